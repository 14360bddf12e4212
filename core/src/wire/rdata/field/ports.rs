//! Sets of ports.

use core::fmt;

use super::bitmap::{is_set, set_bits};
use super::{Field, FieldType, Fields, Octets};
use crate::wire::error::ParseError;

/// The ports at which a host has services (RFC 1035 section 3.4.2).
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Ports<'a> {
    /// Invariant: at most 8192 octets.
    bits: &'a [u8],
}

impl<'a> Ports<'a> {
    /// The set with this wire form: bit 0 is the most significant of the first octet and stands for port 0.
    ///
    /// # Errors
    ///
    /// It is longer than 8192 octets.
    pub fn from_wire(wire: &'a [u8]) -> Result<Self, ParseError> {
        Fields::only(wire, Self::FIELD)
    }

    /// Whether the port is in the set.
    pub fn contains(self, port: u16) -> bool {
        is_set(self.bits, port)
    }

    /// The ports, in order.
    pub fn iter(self) -> impl Iterator<Item = u16> + Clone {
        set_bits(self.bits)
    }
}

impl fmt::Debug for Ports<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<'a> FieldType<'a> for Ports<'a> {
    const FIELD: Field = Field::Ports;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        let bits = fields.rest();
        if bits.len() > 8192 {
            return Err(before.wrong());
        }
        Ok(Self { bits })
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        octets.extend_from_slice(self.bits);
    }
}
