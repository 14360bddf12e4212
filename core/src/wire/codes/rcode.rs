//! Response codes.

use core::fmt;

use super::codes;

codes! {
    /// How a request went (RFC 1035 section 4.1.1), with the upper eight bits of the OPT record (RFC 6891 section 6.1.3):
    /// from 0 to 4095.
    pub struct Rcode(u16);
    NOERROR = 0 "NOERROR": "no error (RFC 1035).",
    FORMERR = 1 "FORMERR": "the server cannot read the request (RFC 1035).",
    SERVFAIL = 2 "SERVFAIL": "the server failed (RFC 1035).",
    NXDOMAIN = 3 "NXDOMAIN": "the name does not exist (RFC 1035).",
    NOTIMP = 4 "NOTIMP": "the server does not do that (RFC 1035).",
    REFUSED = 5 "REFUSED": "the server does not want to (RFC 1035).",
    YXDOMAIN = 6 "YXDOMAIN": "a name exists that should not (RFC 2136), or DNAME made one too long (RFC 6672).",
    YXRRSET = 7 "YXRRSET": "an RRset exists that should not (RFC 2136).",
    NXRRSET = 8 "NXRRSET": "an RRset does not exist that should (RFC 2136).",
    NOTAUTH = 9 "NOTAUTH": "not authoritative (RFC 2136), or not authorized (RFC 8945).",
    NOTZONE = 10 "NOTZONE": "a name is not inside the zone (RFC 2136).",
    DSOTYPENI = 11 "DSOTYPENI": "the type of stateful operation is not implemented (RFC 8490).",
    BADVERS = 16 "BADVERS": "the EDNS version is not implemented (RFC 6891).",
    BADKEY = 17 "BADKEY": "the key is not recognised (RFC 8945). In TSIG and TKEY only.",
    BADTIME = 18 "BADTIME": "the signature is out of its time window (RFC 8945). In TSIG and TKEY only.",
    BADMODE = 19 "BADMODE": "the TKEY mode is not supported (RFC 2930). In TKEY only.",
    BADNAME = 20 "BADNAME": "the key name is in use (RFC 2930). In TKEY only.",
    BADALG = 21 "BADALG": "the algorithm is not supported (RFC 2930). In TKEY only.",
    BADTRUNC = 22 "BADTRUNC": "the signature was cut too short (RFC 8945). In TSIG only.",
    BADCOOKIE = 23 "BADCOOKIE": "the server cookie is missing or wrong (RFC 7873).",
}

impl Rcode {
    /// The bits that the header has room for, and the bits that only an OPT record carries.
    pub const fn split(self) -> (u8, u8) {
        let [high, low] = (self.0 << 4).to_be_bytes();
        (low >> 4, high)
    }
}

/// The mnemonic; else `RESERVED` and the number, if it fits the header; else `RCODE` and the number.
impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(mnemonic) => f.pad(mnemonic),
            None if self.0 < 16 => write!(f, "RESERVED{}", self.0),
            None => write!(f, "RCODE{}", self.0),
        }
    }
}
