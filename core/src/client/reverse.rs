//! Addresses as names (RFC 1035 section 3.5, RFC 3596 section 2.5).

use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use crate::wire::Name;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The name that stands for an address: `1.2.0.192.in-addr.arpa.`, or 32 nibbles below `ip6.arpa.`.
///
/// ```
/// use nameward_core::client::{address_of, reverse_name};
///
/// let name = reverse_name([192, 0, 2, 1].into());
/// assert_eq!(name.to_string(), "1.2.0.192.in-addr.arpa.");
/// assert_eq!(address_of(&name), Some([192, 0, 2, 1].into()));
/// ```
pub fn reverse_name(address: IpAddr) -> Name {
    let name = match address {
        IpAddr::V4(address) => {
            let octets = address.octets().map(decimal);
            let labels = octets
                .iter()
                .rev()
                .map(|(digits, start)| digits.get(*start..).unwrap_or_default());
            Name::from_labels(labels.chain([&b"in-addr"[..], b"arpa"]))
        }
        IpAddr::V6(address) => {
            let octets = address.octets();
            let nibbles = octets.iter().rev().flat_map(|octet| [octet & 0xF, octet >> 4]);
            let labels = nibbles.filter_map(|nibble| HEX.get(usize::from(nibble)..)?.first_chunk::<1>());
            Name::from_labels(labels.map(|label| &label[..]).chain([&b"ip6"[..], b"arpa"]))
        }
    };
    // Invariant: neither name is longer than 74 octets.
    name.unwrap_or_else(Name::root)
}

/// The address that a name stands for; none if it stands for none, or for a whole prefix.
pub fn address_of(name: &Name) -> Option<IpAddr> {
    let labels: Vec<_> = name.labels().collect();
    let (last, rest) = labels.split_last()?;
    let (family, digits) = rest.split_last()?;
    if !last.eq_ignore_ascii_case(b"arpa") {
        return None;
    }
    if family.eq_ignore_ascii_case(b"in-addr") {
        let mut address = [0; 4];
        if digits.len() != address.len() {
            return None;
        }
        for (octet, label) in address.iter_mut().rev().zip(digits) {
            *octet = read_decimal(label)?;
        }
        return Some(Ipv4Addr::from(address).into());
    }
    if !family.eq_ignore_ascii_case(b"ip6") || digits.len() != 32 {
        return None;
    }
    let mut address = 0u128;
    for label in digits.iter().rev() {
        let [digit] = label else { return None };
        let nibble = char::from(*digit).to_digit(16)?;
        address = address << 4 | u128::from(nibble);
    }
    Some(Ipv6Addr::from(address).into())
}

/// The digits of an octet, and where among three they begin.
fn decimal(octet: u8) -> ([u8; 3], usize) {
    let digit = |value: u8| b'0'.saturating_add(value.checked_rem(10).unwrap_or(0));
    let digits = [digit(octet / 100), digit(octet / 10), digit(octet)];
    let start = match octet {
        0..=9 => 2,
        10..=99 => 1,
        100.. => 0,
    };
    (digits, start)
}

/// One to three digits without a leading zero.
fn read_decimal(label: &[u8]) -> Option<u8> {
    let plain = label.iter().all(u8::is_ascii_digit) && (label.len() == 1 || label.first() != Some(&b'0'));
    core::str::from_utf8(label).ok().filter(|_| plain)?.parse().ok()
}

/// All addresses that begin with the same bits, as in `192.0.2.0/24` (RFC 4632 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefix {
    /// Invariant: the bits beyond `length` are zero.
    first: IpAddr,
    length: u8,
}

/// Why something is no prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixError {
    /// Before the slash is no address.
    #[error("a prefix begins with an IP address")]
    Address,
    /// After the slash is no number of bits that the address has.
    #[error("after the slash stands how many bits count: up to 32 for IPv4, up to 128 for IPv6")]
    Length,
}

impl Prefix {
    /// The prefix of `length` bits in which `address` lies.
    ///
    /// # Errors
    ///
    /// The address has fewer bits.
    pub fn new(address: IpAddr, length: u8) -> Result<Self, PrefixError> {
        let bits = address_bits(address);
        let beyond = u32::from(bits.checked_sub(length).ok_or(PrefixError::Length)?);
        let kept = as_number(address).checked_shr(beyond).unwrap_or(0);
        let first = from_number(address, kept.checked_shl(beyond).unwrap_or(0));
        Ok(Self { first, length })
    }

    /// The first address.
    pub const fn first(&self) -> IpAddr {
        self.first
    }

    /// How many bits all addresses have in common.
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        address_bits(address) == address_bits(self.first) && Self::new(address, self.length) == Ok(*self)
    }

    /// All addresses in it, in order. A short prefix has very many: take as many as you need.
    pub fn addresses(&self) -> impl DoubleEndedIterator<Item = IpAddr> + use<> {
        let first = self.first;
        let beyond = u32::from(address_bits(first).saturating_sub(self.length));
        let last = u128::MAX.checked_shl(beyond).map_or(u128::MAX, |mask| !mask) | as_number(first);
        (as_number(first)..=last).map(move |number| from_number(first, number))
    }
}

const fn address_bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn as_number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// The address with this number, of the same family as `like`.
fn from_number(like: IpAddr, number: u128) -> IpAddr {
    match like {
        // Invariant: a number that came from an IPv4 address, or lies in its prefix, has 32 bits.
        IpAddr::V4(_) => Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).into(),
        IpAddr::V6(_) => Ipv6Addr::from(number).into(),
    }
}

/// An address, a slash, and how many bits count; an address alone is a prefix of all its bits.
impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let (address, length) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| PrefixError::Address)?;
        let length = match length {
            Some(length) => length.parse().map_err(|_| PrefixError::Length)?,
            None => address_bits(address),
        };
        Self::new(address, length)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;
    use proptest::prelude::*;

    #[test]
    fn rfc1035_3_5_and_rfc3596_2_5_examples() {
        let name = |address: &str| reverse_name(address.parse().unwrap()).to_string();
        assert_eq!(name("10.2.0.52"), "52.0.2.10.in-addr.arpa.");
        assert_eq!(
            name("4321:0:1:2:3:4:567:89ab"),
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa."
        );
    }

    #[test]
    fn names_that_stand_for_no_single_address_give_none() {
        for text in [
            ".",
            "arpa.",
            "in-addr.arpa.",
            "2.0.192.in-addr.arpa.",
            "256.2.0.192.in-addr.arpa.",
            "01.2.0.192.in-addr.arpa.",
            "0/25.2.0.192.in-addr.arpa.",
            "1.2.3.4.in-addr.example.",
            "1.2.3.4.5.in-addr.arpa.",
            "a.b.ip6.arpa.",
        ] {
            assert_eq!(address_of(&text.parse().unwrap()), None, "{text}");
        }
        let name = reverse_name("2001:db8::".parse().unwrap()).to_string();
        assert_eq!(address_of(&name.replacen('0', "g", 1).parse().unwrap()), None);
        assert_eq!(
            address_of(&name.to_uppercase().parse().unwrap()),
            Some("2001:db8::".parse().unwrap())
        );
    }

    #[test]
    fn rfc4632_3_1_a_prefix_has_all_addresses_that_begin_with_its_bits() {
        let prefix = |text: &str| text.parse::<Prefix>();
        let small = prefix("192.0.2.77/30").unwrap();
        let all: Vec<_> = small.addresses().map(|address| address.to_string()).collect();
        assert_eq!(all, ["192.0.2.76", "192.0.2.77", "192.0.2.78", "192.0.2.79"]);
        assert_eq!(small.to_string(), "192.0.2.76/30");
        assert_eq!(prefix("192.0.2.0/24").unwrap().addresses().count(), 256);
        assert_eq!(
            prefix("0.0.0.0/0").unwrap().addresses().next_back(),
            Some([255; 4].into())
        );
        assert_eq!(
            prefix("::/0").unwrap().addresses().nth(1),
            Some("::1".parse().unwrap())
        );
        assert_eq!(prefix("2001:db8::1").unwrap().addresses().count(), 1);
        assert!(!small.contains("::c000:24d".parse().unwrap()) && !small.contains([192, 0, 2, 80].into()));
        assert_eq!(prefix("192.0.2.0/33"), Err(PrefixError::Length));
        assert_eq!(prefix("192.0.2.0/"), Err(PrefixError::Length));
        assert_eq!(prefix("192.0.2/24"), Err(PrefixError::Address));
    }

    proptest! {
        #[test]
        fn an_address_survives_its_name(address: IpAddr) {
            prop_assert_eq!(address_of(&reverse_name(address)), Some(address));
        }

        #[test]
        fn a_prefix_contains_the_address_that_it_is_made_of(address: IpAddr, length in 0u8..=32) {
            let prefix = Prefix::new(address, length).unwrap();
            prop_assert!(prefix.contains(address) && prefix.contains(prefix.first()));
            prop_assert_eq!(prefix.to_string().parse(), Ok(prefix));
        }
    }
}
