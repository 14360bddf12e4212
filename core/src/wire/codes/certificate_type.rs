//! Certificate types.

use core::fmt;

use super::codes;

codes! {
    /// What a CERT record holds (RFC 4398 section 2.1).
    pub struct CertificateType(u16);
    PKIX = 1 "PKIX": "an X.509 certificate.",
    SPKI = 2 "SPKI": "an SPKI certificate.",
    PGP = 3 "PGP": "an OpenPGP packet.",
    IPKIX = 4 "IPKIX": "where an X.509 certificate is.",
    ISPKI = 5 "ISPKI": "where an SPKI certificate is.",
    IPGP = 6 "IPGP": "where an OpenPGP packet is, and its fingerprint.",
    ACPKIX = 7 "ACPKIX": "an attribute certificate.",
    IACPKIX = 8 "IACPKIX": "where an attribute certificate is.",
    URI = 253 "URI": "a private format named by a URI.",
    OID = 254 "OID": "a private format named by an object identifier.",
}

/// The mnemonic, else the number.
impl fmt::Display for CertificateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(mnemonic) => f.pad(mnemonic),
            None => write!(f, "{}", self.0),
        }
    }
}
