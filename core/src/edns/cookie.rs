//! DNS cookies (RFC 7873, RFC 9018).

use core::fmt;

use super::option::OptionErrorKind;
use super::types::Cookie;

impl Cookie<'_> {
    /// How many octets a server cookie can have.
    const SERVER: core::ops::RangeInclusive<usize> = 8..=32;

    /// The timestamp of a server cookie that is made as RFC 9018 section 4.3 has it (version 1, 16 octets): seconds since 1970,
    /// compared by serial arithmetic. A client need not look at it.
    pub fn timestamp(self) -> Option<u32> {
        match *self.server {
            [1, _, _, _, a, b, c, d, _, _, _, _, _, _, _, _] => Some(u32::from_be_bytes([a, b, c, d])),
            _ => None,
        }
    }

    pub(super) fn check(&self) -> Result<(), OptionErrorKind> {
        if self.server.is_empty() || Self::SERVER.contains(&self.server.len()) {
            Ok(())
        } else {
            Err(OptionErrorKind::ServerCookieLength)
        }
    }
}

/// Both cookies in hexadecimal, one after the other.
impl fmt::Display for Cookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(" ")?;
        let mut octets = self.client.iter().chain(self.server);
        octets.try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
