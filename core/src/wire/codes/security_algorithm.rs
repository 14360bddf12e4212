//! Algorithms of DNSSEC.

use core::fmt;

use super::codes;

codes! {
    /// The algorithm of a key or a signature (RFC 4034 appendix A.1, RFC 9904).
    pub struct SecurityAlgorithm(u8);
    DELETE = 0 "DELETE": "no algorithm: the parent should remove its DS records (RFC 8078).",
    RSAMD5 = 1 "RSAMD5": "RSA with MD5, not to be used (RFC 6725).",
    DH = 2 "DH": "Diffie-Hellman (RFC 2539).",
    DSA = 3 "DSA": "DSA with SHA-1 (RFC 2536).",
    RSASHA1 = 5 "RSASHA1": "RSA with SHA-1, not for new signatures (RFC 3110).",
    DSA_NSEC3_SHA1 = 6 "DSA-NSEC3-SHA1": "DSA with SHA-1 in zones with NSEC3 (RFC 5155).",
    RSASHA1_NSEC3_SHA1 = 7 "RSASHA1-NSEC3-SHA1": "RSA with SHA-1 in zones with NSEC3 (RFC 5155).",
    RSASHA256 = 8 "RSASHA256": "RSA with SHA-256 (RFC 5702).",
    RSASHA512 = 10 "RSASHA512": "RSA with SHA-512 (RFC 5702).",
    ECC_GOST = 12 "ECC-GOST": "GOST R 34.10-2001, deprecated (RFC 5933).",
    ECDSAP256SHA256 = 13 "ECDSAP256SHA256": "ECDSA on P-256 with SHA-256 (RFC 6605).",
    ECDSAP384SHA384 = 14 "ECDSAP384SHA384": "ECDSA on P-384 with SHA-384 (RFC 6605).",
    ED25519 = 15 "ED25519": "Ed25519 (RFC 8080).",
    ED448 = 16 "ED448": "Ed448 (RFC 8080).",
    SM2SM3 = 17 "SM2SM3": "SM2 with SM3 (RFC 9563).",
    ECC_GOST12 = 23 "ECC-GOST12": "GOST R 34.10-2012 (RFC 9558).",
    INDIRECT = 252 "INDIRECT": "the key is elsewhere (RFC 4034).",
    PRIVATEDNS = 253 "PRIVATEDNS": "private, named by a domain name (RFC 4034).",
    PRIVATEOID = 254 "PRIVATEOID": "private, named by an object identifier (RFC 4034).",
}

/// The mnemonic, else the number.
impl fmt::Display for SecurityAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(mnemonic) => f.pad(mnemonic),
            None => write!(f, "{}", self.0),
        }
    }
}
