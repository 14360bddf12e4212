//! The network in which a client is (RFC 7871).

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::option::OptionErrorKind;
use super::types::ClientSubnet;

/// How many bits an address of a family has.
const FAMILIES: [(u16, u8); 2] = [(1, 32), (2, 128)];

impl<'a> ClientSubnet<'a> {
    /// The network of the first `prefix` bits of an address, as a query has it; none if the address has fewer bits. The octets of
    /// the address that are told go to `octets`, those behind the prefix as zeros.
    ///
    /// ```
    /// use nameward_core::edns::ClientSubnet;
    ///
    /// let mut octets = [0; 16];
    /// let subnet = ClientSubnet::of("192.0.2.255".parse().unwrap(), 22, &mut octets).unwrap();
    /// assert_eq!(subnet.address, [192, 0, 0]);
    /// ```
    pub fn of(address: IpAddr, prefix: u8, octets: &'a mut [u8; 16]) -> Option<Self> {
        let (family, bits, address) = match address {
            IpAddr::V4(address) => (1, 32, u128::from(address.to_bits()) << 96),
            IpAddr::V6(address) => (2, 128, address.to_bits()),
        };
        if prefix > bits {
            return None;
        }
        let behind = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
        *octets = (address & !behind).to_be_bytes();
        Some(Self {
            family,
            source_prefix: prefix,
            scope_prefix: 0,
            address: octets.get(..octet_count(prefix))?,
        })
    }

    /// The address, with zeros for what is not told, and how many bits of it are; none if it is neither IPv4 nor IPv6.
    pub fn prefix(self) -> Option<(IpAddr, u8)> {
        let mut octets = [0; 16];
        octets
            .get_mut(..self.address.len())?
            .copy_from_slice(self.address);
        let address = match self.family {
            1 => IpAddr::V4(Ipv4Addr::from(*octets.first_chunk::<4>()?)),
            2 => IpAddr::V6(Ipv6Addr::from(octets)),
            _ => return None,
        };
        Some((address, self.source_prefix))
    }

    /// Whether the prefixes fit the family, and the address the source prefix.
    pub(super) fn check(&self) -> Result<(), OptionErrorKind> {
        let bits = FAMILIES.iter().find(|(family, _)| *family == self.family);
        let most = bits.map_or(u8::MAX, |&(_, bits)| bits);
        if self.source_prefix > most || self.scope_prefix > most {
            return Err(OptionErrorKind::PrefixLength);
        }
        if self.address.len() != octet_count(self.source_prefix) {
            return Err(OptionErrorKind::AddressLength);
        }
        let bits_told = match self.source_prefix % 8 {
            0 => 8,
            bits => u32::from(bits),
        };
        let behind = u8::MAX.checked_shr(bits_told).unwrap_or(0);
        match self.address.last() {
            Some(last) if last & behind != 0 => Err(OptionErrorKind::AddressBits),
            _ => Ok(()),
        }
    }
}

/// How many octets a prefix takes.
fn octet_count(prefix: u8) -> usize {
    usize::from(prefix.div_ceil(8))
}

/// Address, source prefix and scope prefix: `192.0.2.0/24/0`. The octets in hexadecimal if it is no IP address.
impl fmt::Display for ClientSubnet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix() {
            Some((address, _)) => write!(f, " {address}")?,
            None if self.address.is_empty() => write!(f, " {}", self.family)?,
            None => {
                write!(f, " {}:", self.family)?;
                self.address
                    .iter()
                    .try_for_each(|octet| write!(f, "{octet:02x}"))?;
            }
        }
        write!(f, "/{}/{}", self.source_prefix, self.scope_prefix)
    }
}
