//! Address prefixes, and addresses of which only the end is known.

use core::fmt;
use core::net::{IpAddr, Ipv6Addr};

use super::{Field, FieldType, Fields, Octets};
use crate::wire::error::ParseError;

/// Address prefixes (RFC 3123 section 4), perhaps none, which were checked.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct AddressPrefixes<'a> {
    /// Invariant: each is whole, fits its family if that is IPv4 or IPv6, and does not end with a zero octet.
    wire: &'a [u8],
}

/// One of [`AddressPrefixes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressPrefix<'a> {
    /// The address family by its number in the registry: 1 for IPv4, 2 for IPv6.
    pub family: u16,
    /// Whether addresses below the prefix are excluded.
    pub negated: bool,
    /// How many bits count.
    pub length: u8,
    /// The octets of the address without zeros at the end, up to 127.
    pub octets: &'a [u8],
}

impl AddressPrefix<'_> {
    /// The address, if the family is IPv4 or IPv6.
    pub fn address(&self) -> Option<IpAddr> {
        match self.family {
            1 => padded::<4>(self.octets).map(IpAddr::from),
            2 => padded::<16>(self.octets).map(IpAddr::from),
            _ => None,
        }
    }

    fn is_valid(&self) -> bool {
        let (most_bits, most_octets) = match self.family {
            1 => (32, 4),
            2 => (128, 16),
            _ => (u8::MAX, 127),
        };
        self.length <= most_bits && self.octets.len() <= most_octets && self.octets.last() != Some(&0)
    }
}

impl<'a> AddressPrefixes<'a> {
    /// The prefixes that `wire` consists of.
    ///
    /// # Errors
    ///
    /// One is cut, does not fit its address family, or ends with a zero octet.
    pub fn from_wire(wire: &'a [u8]) -> Result<Self, ParseError> {
        Fields::only(wire, Self::FIELD)
    }

    /// The prefixes, in order.
    pub fn iter(self) -> impl Iterator<Item = AddressPrefix<'a>> + Clone {
        let mut rest = Fields::new(self.wire, 0, self.wire.len());
        core::iter::from_fn(move || {
            if rest.is_empty() {
                None
            } else {
                next(&mut rest).ok()
            }
        })
    }
}

impl fmt::Debug for AddressPrefixes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> FieldType<'a> for AddressPrefixes<'a> {
    const FIELD: Field = Field::AddressPrefixes;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        while !fields.is_empty() {
            let item = fields.clone();
            if !next(fields)?.is_valid() {
                return Err(item.wrong());
            }
        }
        Ok(Self {
            wire: before.until(fields),
        })
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        octets.extend_from_slice(self.wire);
    }
}

/// The bit before the length that negates a prefix.
const NEGATED: u8 = 0x80;

fn next<'a>(fields: &mut Fields<'a>) -> Result<AddressPrefix<'a>, ParseError> {
    let [high, low, length, octet] = fields.array()?;
    Ok(AddressPrefix {
        family: u16::from_be_bytes([high, low]),
        negated: octet & NEGATED != 0,
        length,
        octets: fields.octets(usize::from(octet & !NEGATED))?,
    })
}

/// The octets with zeros after them; none if there are too many.
fn padded<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    let mut all = [0; N];
    all.get_mut(..octets.len())?.copy_from_slice(octets);
    Some(all)
}

/// The end of an IPv6 address (RFC 2874 section 3.1): the first bits are missing, and another name has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialAddress {
    missing: u8,
    /// Invariant: the missing bits are zero.
    suffix: Ipv6Addr,
}

impl PartialAddress {
    /// An address without its first bits; none if more than 128 are missing, or if one of them is set.
    pub fn new(missing: u8, suffix: Ipv6Addr) -> Option<Self> {
        let bits = suffix
            .to_bits()
            .checked_shr(128_u32.checked_sub(u32::from(missing))?);
        bits.is_none_or(|bits| bits == 0)
            .then_some(Self { missing, suffix })
    }

    /// The address with this wire form.
    ///
    /// # Errors
    ///
    /// It is cut or too long, more than 128 bits are missing, or a missing bit is set.
    pub fn from_wire(wire: &[u8]) -> Result<Self, ParseError> {
        let mut fields = Fields::new(wire, 0, wire.len());
        let address = Self::decode(&mut fields)?;
        fields.finish()?;
        Ok(address)
    }

    /// How many bits are missing, from 0 to 128. If some are, a name follows that has them.
    pub const fn missing(self) -> u8 {
        self.missing
    }

    /// The address with zeros for the missing bits.
    pub const fn suffix(self) -> Ipv6Addr {
        self.suffix
    }

    /// Reads the number, and the octets of the address that are not wholly missing.
    fn decode(fields: &mut Fields<'_>) -> Result<Self, ParseError> {
        let before = fields.clone();
        let [missing] = fields.array()?;
        let absent = usize::from(missing >> 3);
        let present = fields.octets(16_usize.checked_sub(absent).ok_or_else(|| before.wrong())?)?;
        let mut address = [0; 16];
        if let Some(place) = address.get_mut(absent..) {
            place.copy_from_slice(present);
        }
        Self::new(missing, address.into()).ok_or_else(|| before.wrong())
    }
}

impl FieldType<'_> for PartialAddress {
    const FIELD: Field = Field::PartialAddress;

    fn read(fields: &mut Fields<'_>, _: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        let address = Self::decode(fields)?;
        // A name follows exactly if bits are missing.
        if (address.missing > 0) == fields.is_empty() {
            return Err(before.wrong());
        }
        Ok(address)
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        octets.push(self.missing);
        octets.extend_from_slice(
            self.suffix
                .octets()
                .get(usize::from(self.missing >> 3)..)
                .unwrap_or_default(),
        );
    }
}
