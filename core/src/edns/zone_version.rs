//! The version of a zone (RFC 9660).

use alloc::vec::Vec;
use core::fmt;

use super::option::OptionErrorKind;
use super::schema::OptionField;
use super::text::write_octets;
use super::types::ZoneVersion;

/// The version of a zone (RFC 9660 section 2).
///
/// Reading makes sure that a serial has four octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    /// LABELCOUNT: how many labels of the question's name are those of the zone, the root not counted.
    pub labels: u8,
    /// TYPE: what kind of version it is; 0 for the serial of the SOA record.
    pub kind: u8,
    /// VERSION: what a version of this kind consists of.
    pub octets: &'a [u8],
}

impl Version<'_> {
    /// SOA-SERIAL: the kind of version that is the serial of the SOA record.
    pub const SOA_SERIAL: u8 = 0;

    /// The serial of the zone's SOA record; none if the version is of another kind.
    pub fn serial(self) -> Option<u32> {
        match *self.octets {
            [a, b, c, d] if self.kind == Self::SOA_SERIAL => Some(u32::from_be_bytes([a, b, c, d])),
            _ => None,
        }
    }
}

impl<'a> OptionField<'a> for Version<'a> {
    fn read(rest: &mut &'a [u8]) -> Result<Self, OptionErrorKind> {
        let version = Self {
            labels: u8::read(rest)?,
            kind: u8::read(rest)?,
            octets: OptionField::read(rest)?,
        };
        if version.kind == Self::SOA_SERIAL && version.serial().is_none() {
            return Err(OptionErrorKind::Length);
        }
        Ok(version)
    }

    fn write(&self, data: &mut Vec<u8>) {
        data.extend_from_slice(&[self.labels, self.kind]);
        data.extend_from_slice(self.octets);
    }
}

/// The serial, and how many labels the zone has: `SOA-SERIAL 2024010101 (2 labels)`.
impl fmt::Display for ZoneVersion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(version) = self.version else {
            return Ok(());
        };
        match version.serial() {
            Some(serial) => write!(f, " SOA-SERIAL {serial}")?,
            None => {
                write!(f, " TYPE{}", version.kind)?;
                write_octets(f, version.octets)?;
            }
        }
        let plural = if version.labels == 1 { "" } else { "s" };
        write!(f, " ({} label{plural})", version.labels)
    }
}
