//! Octets and moments as text, for those who have a format of their own.

use alloc::vec::Vec;
use core::fmt;

use super::rdata::encoding::Encoding;
use super::rdata::time;

/// Octets, displayed in base 64.
pub(crate) struct Base64<'a>(pub(crate) &'a [u8]);

/// Octets, displayed in base 32 with the extended hexadecimal alphabet, in lower case and without padding, as NSEC3 owners have them.
pub(crate) struct Base32Hex<'a>(pub(crate) &'a [u8]);

/// Seconds since 1970, displayed as `YYYYMMDDHHmmSS` in UTC.
pub(crate) struct Moment(pub(crate) u64);

impl Base64<'_> {
    /// The octets of a text without blanks; none if it is not in order.
    pub(crate) fn read(text: &[u8]) -> Option<Vec<u8>> {
        read(Encoding::Base64, text)
    }
}

impl Base32Hex<'_> {
    /// The octets of a text without blanks, in upper or lower case; none if it is not in order.
    pub(crate) fn read(text: &[u8]) -> Option<Vec<u8>> {
        read(Encoding::Base32Hex, text)
    }
}

impl Moment {
    /// The seconds since 1970 of 14 digits; none if there is no such moment.
    pub(crate) fn read(digits: &[u8]) -> Option<u64> {
        time::read(digits)
    }
}

impl fmt::Display for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Encoding::Base64.write(f, self.0)
    }
}

impl fmt::Display for Base32Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// As the records' text has it.
        struct Upper<'a>(&'a [u8]);
        impl fmt::Display for Upper<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Encoding::Base32Hex.write(f, self.0)
            }
        }
        f.write_str(&alloc::format!("{}", Upper(self.0)).to_ascii_lowercase())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        time::write(f, self.0)
    }
}

fn read(encoding: Encoding, text: &[u8]) -> Option<Vec<u8>> {
    let mut reader = encoding.reader();
    let mut octets = Vec::new();
    reader.read(text, &mut octets).ok()?;
    reader.is_complete().then_some(octets)
}
