//! Digest types of DS records.

use core::fmt;

use super::codes;

codes! {
    /// How the key behind a DS record was digested (RFC 4034 section 5.1.3, RFC 9904).
    pub struct DigestType(u8);
    SHA1 = 1 "SHA-1": "SHA-1, not for new records (RFC 3658).",
    SHA256 = 2 "SHA-256": "SHA-256 (RFC 4509).",
    GOST = 3 "GOST": "GOST R 34.11-94, deprecated (RFC 5933).",
    SHA384 = 4 "SHA-384": "SHA-384 (RFC 6605).",
    GOST12 = 5 "GOST12": "GOST R 34.11-2012 (RFC 9558).",
    SM3 = 6 "SM3": "SM3 (RFC 9563).",
}

/// The mnemonic, else the number.
impl fmt::Display for DigestType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(mnemonic) => f.pad(mnemonic),
            None => write!(f, "{}", self.0),
        }
    }
}
