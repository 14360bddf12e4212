//! Host identity tags and their keys.

use super::{Field, FieldType, Fields, Octets};
use crate::wire::error::ParseError;

/// The tag and the key of a host (RFC 8005 section 5), both of at least one octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostIdentity<'a> {
    algorithm: u8,
    /// Invariant: 1 to 255 octets.
    tag: &'a [u8],
    /// Invariant: 1 to 65 535 octets.
    key: &'a [u8],
}

impl<'a> HostIdentity<'a> {
    /// A tag of 1 to 255 and a key of 1 to 65 535 octets; none if they have others.
    pub fn new(algorithm: u8, tag: &'a [u8], key: &'a [u8]) -> Option<Self> {
        let fit = u8::try_from(tag.len()).is_ok() && u16::try_from(key.len()).is_ok();
        (fit && !tag.is_empty() && !key.is_empty()).then_some(Self { algorithm, tag, key })
    }

    /// The algorithm of the key, numbered as in IPSECKEY records.
    pub const fn algorithm(self) -> u8 {
        self.algorithm
    }

    /// The host identity tag.
    pub const fn tag(self) -> &'a [u8] {
        self.tag
    }

    /// The public key.
    pub const fn key(self) -> &'a [u8] {
        self.key
    }
}

impl<'a> FieldType<'a> for HostIdentity<'a> {
    const FIELD: Field = Field::HostIdentity;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        let [tag_length, algorithm, high, low] = fields.array()?;
        let tag = fields.octets(usize::from(tag_length))?;
        let key = fields.octets(usize::from(u16::from_be_bytes([high, low])))?;
        Self::new(algorithm, tag, key).ok_or_else(|| before.wrong())
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        // Invariant: both lengths fit.
        octets.push(u8::try_from(self.tag.len()).unwrap_or_default());
        octets.push(self.algorithm);
        octets.extend_from_slice(&u16::try_from(self.key.len()).unwrap_or_default().to_be_bytes());
        octets.extend_from_slice(self.tag);
        octets.extend_from_slice(self.key);
    }
}
