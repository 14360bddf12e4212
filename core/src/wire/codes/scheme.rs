//! Schemes of DSYNC records.

use core::fmt;

use super::codes;

codes! {
    /// How to notify about a change in a delegation (RFC 9859 section 2.3).
    pub struct Scheme(u8);
    NOTIFY = 1 "NOTIFY": "a NOTIFY message (RFC 1996, RFC 9859).",
}

/// The mnemonic, else the number.
impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(mnemonic) => f.pad(mnemonic),
            None => write!(f, "{}", self.0),
        }
    }
}
