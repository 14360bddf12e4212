//! Character strings, and octets after their number.

use core::fmt;
use core::ops::Deref;

use super::{Field, FieldType, Fields, Octets};
use crate::wire::error::ParseError;

/// Up to 255 octets after one octet with their number: a character string (RFC 1035 section 3.3), but also a salt, a hash or
/// a tag.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct CharacterString<'a> {
    /// Invariant: at most 255.
    octets: &'a [u8],
}

impl<'a> CharacterString<'a> {
    /// These octets; none if there are more than 255.
    pub fn new(octets: &'a [u8]) -> Option<Self> {
        u8::try_from(octets.len()).is_ok().then_some(Self { octets })
    }

    /// The octets, without their number.
    pub const fn octets(self) -> &'a [u8] {
        self.octets
    }
}

impl Deref for CharacterString<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.octets
    }
}

impl fmt::Debug for CharacterString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.octets.escape_ascii())
    }
}

impl<'a> FieldType<'a> for CharacterString<'a> {
    const FIELD: Field = Field::CharacterString;

    fn read(fields: &mut Fields<'a>, field: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        let [length] = fields.array()?;
        let octets = fields.octets(usize::from(length))?;
        let hollow = octets.is_empty() && matches!(field, Field::Tag | Field::HashedName);
        let strange = field == Field::Tag && !octets.iter().all(u8::is_ascii_alphanumeric);
        if hollow || strange {
            Err(before.wrong())
        } else {
            Ok(Self { octets })
        }
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        // Invariant: the number fits.
        octets.push(u8::try_from(self.octets.len()).unwrap_or_default());
        octets.extend_from_slice(self.octets);
    }
}

impl<'a> FieldType<'a> for Option<CharacterString<'a>> {
    const FIELD: Field = Field::OptionalCharacterString;

    fn read(fields: &mut Fields<'a>, field: Field) -> Result<Self, ParseError> {
        if fields.is_empty() {
            return Ok(None);
        }
        CharacterString::read(fields, field).map(Some)
    }

    fn write(&self, field: Field, octets: &mut Octets) {
        if let Some(string) = self {
            string.write(field, octets);
        }
    }
}

/// One or more character strings of up to 255 octets each (RFC 1035 section 3.3), which were checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CharacterStrings<'a> {
    /// Invariant: at least one string, each after its length.
    wire: &'a [u8],
}

impl<'a> CharacterStrings<'a> {
    /// The strings that `wire` consists of, each after an octet with its length.
    ///
    /// # Errors
    ///
    /// There is none, or the last one is cut.
    pub fn from_wire(wire: &'a [u8]) -> Result<Self, ParseError> {
        Fields::only(wire, Self::FIELD)
    }

    /// The strings, in order.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        let mut rest = self.wire;
        core::iter::from_fn(move || {
            let (&length, after) = rest.split_first()?;
            let (string, after) = after.split_at_checked(usize::from(length))?;
            rest = after;
            Some(string)
        })
    }
}

impl fmt::Debug for CharacterStrings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(<[u8]>::escape_ascii))
            .finish()
    }
}

impl<'a> FieldType<'a> for CharacterStrings<'a> {
    const FIELD: Field = Field::CharacterStrings;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        loop {
            let [length] = fields.array()?;
            fields.octets(usize::from(length))?;
            if fields.is_empty() {
                return Ok(Self {
                    wire: before.until(fields),
                });
            }
        }
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        octets.extend_from_slice(self.wire);
    }
}

/// Up to 65 535 octets after two octets with their number.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct LongOctets<'a> {
    /// Invariant: at most 65 535.
    octets: &'a [u8],
}

impl<'a> LongOctets<'a> {
    /// These octets; none if there are more than 65 535.
    pub fn new(octets: &'a [u8]) -> Option<Self> {
        u16::try_from(octets.len()).is_ok().then_some(Self { octets })
    }

    /// The octets, without their number.
    pub const fn octets(self) -> &'a [u8] {
        self.octets
    }
}

impl Deref for LongOctets<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.octets
    }
}

impl fmt::Debug for LongOctets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.octets.escape_ascii())
    }
}

impl<'a> FieldType<'a> for LongOctets<'a> {
    const FIELD: Field = Field::LongOctets;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        let length = fields.array().map(u16::from_be_bytes)?;
        let octets = fields.octets(usize::from(length))?;
        Ok(Self { octets })
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        // Invariant: the number fits.
        octets.extend_from_slice(&u16::try_from(self.octets.len()).unwrap_or_default().to_be_bytes());
        octets.extend_from_slice(self.octets);
    }
}

/// All that is left of the RDATA.
impl<'a> FieldType<'a> for &'a [u8] {
    const FIELD: Field = Field::Opaque;

    fn read(fields: &mut Fields<'a>, field: Field) -> Result<Self, ParseError> {
        if fields.is_empty() && matches!(field, Field::Hex | Field::Nsap | Field::Base64) {
            return Err(fields.short());
        }
        Ok(fields.rest())
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        octets.extend_from_slice(self);
    }
}
