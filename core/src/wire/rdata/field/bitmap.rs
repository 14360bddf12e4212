//! Sets of types, as in denials of existence.

use core::fmt;

use super::{Field, FieldType, Fields, Octets};
use crate::wire::codes::Rtype;
use crate::wire::error::ParseError;

/// A set of types as NSEC, NSEC3 and CSYNC have it (RFC 4034 section 4.1.2), which was checked.
///
/// ```
/// use nameward_core::wire::Rtype;
/// use nameward_core::wire::rdata::TypeBitmap;
///
/// let types = TypeBitmap::from_wire(b"\x00\x06\x40\x01\x00\x00\x00\x03").unwrap();
/// assert!(types.contains(Rtype::MX) && !types.contains(Rtype::NS));
/// assert!(types.iter().eq([Rtype::A, Rtype::MX, Rtype::RRSIG, Rtype::NSEC]));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct TypeBitmap<'a> {
    /// Invariant: windows in rising order, each 1 to 32 octets after its number and its length, the last one not zero.
    wire: &'a [u8],
}

impl<'a> TypeBitmap<'a> {
    /// The set with this wire form.
    ///
    /// # Errors
    ///
    /// A window is cut, empty, too long, not above the one before, or ends with a zero octet.
    pub fn from_wire(wire: &'a [u8]) -> Result<Self, ParseError> {
        Fields::only(wire, Self::FIELD)
    }

    /// Whether the type is in the set.
    pub fn contains(self, rtype: Rtype) -> bool {
        let [window, low] = rtype.0.to_be_bytes();
        let bits = self
            .windows()
            .find_map(|(number, bits)| (number == window).then_some(bits));
        bits.is_some_and(|bits| is_set(bits, u16::from(low)))
    }

    /// The types, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Rtype> + Clone {
        self.windows()
            .flat_map(|(number, bits)| set_bits(bits).map(move |bit| Rtype(u16::from(number) << 8 | bit)))
    }

    /// Whether it is empty, as of an empty non-terminal.
    pub const fn is_empty(self) -> bool {
        self.wire.is_empty()
    }

    fn windows(self) -> impl Iterator<Item = (u8, &'a [u8])> + Clone {
        let mut rest = self.wire;
        core::iter::from_fn(move || {
            let (&[number, length], after) = rest.split_first_chunk()?;
            let (bits, after) = after.split_at_checked(usize::from(length))?;
            rest = after;
            Some((number, bits))
        })
    }
}

impl fmt::Debug for TypeBitmap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<'a> FieldType<'a> for TypeBitmap<'a> {
    const FIELD: Field = Field::TypeBitmap;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        let mut last = None;
        while !fields.is_empty() {
            let window = fields.clone();
            let [number, length] = fields.array()?;
            let bits = fields.octets(usize::from(length))?;
            if last >= Some(number) || bits.len() > 32 || bits.last().is_none_or(|&octet| octet == 0) {
                return Err(window.wrong());
            }
            last = Some(number);
        }
        Ok(Self {
            wire: before.until(fields),
        })
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        octets.extend_from_slice(self.wire);
    }
}

/// The set of types of an NXT record, of which none has a number above 127 (RFC 2535 section 5.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NxtBitmap<'a> {
    /// Invariant: 1 to 16 octets, the last one not zero. The first bit is zero.
    bits: &'a [u8],
}

impl<'a> NxtBitmap<'a> {
    /// The set with this wire form.
    ///
    /// # Errors
    ///
    /// It is empty, too long, ends with a zero octet, or has the first bit, which means another format.
    pub fn from_wire(wire: &'a [u8]) -> Result<Self, ParseError> {
        Fields::only(wire, Self::FIELD)
    }

    /// Whether the type is in the set.
    pub fn contains(self, rtype: Rtype) -> bool {
        is_set(self.bits, rtype.0)
    }

    /// The types, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Rtype> + Clone {
        set_bits(self.bits).map(Rtype)
    }
}

impl fmt::Debug for NxtBitmap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<'a> FieldType<'a> for NxtBitmap<'a> {
    const FIELD: Field = Field::NxtBitmap;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        let bits = fields.rest();
        match bits {
            [] => Err(before.short()),
            [_, ..] if is_set(bits, 0) || bits.last() == Some(&0) => Err(before.wrong()),
            _ if bits.len() > 16 => Err(before.wrong()),
            _ => Ok(Self { bits }),
        }
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        octets.extend_from_slice(self.bits);
    }
}

/// Whether the bit is set, of which number 0 is the most significant of the first octet.
pub(super) fn is_set(bits: &[u8], bit: u16) -> bool {
    let octet = bits.get(usize::from(bit >> 3)).copied().unwrap_or_default();
    octet << (bit & 7) & 0x80 != 0
}

/// The numbers of the bits that are set, of up to 65 536.
pub(super) fn set_bits(bits: &[u8]) -> impl Iterator<Item = u16> + Clone {
    (0..=u16::MAX)
        .take(bits.len().saturating_mul(8))
        .filter(|&bit| is_set(bits, bit))
}
