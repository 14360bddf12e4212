//! Opcodes.

use core::fmt;

use super::codes;

codes! {
    /// What kind of request a message is (RFC 1035 section 4.1.1), from 0 to 15.
    pub struct Opcode(u8);
    QUERY = 0 "QUERY": "a question (RFC 1035).",
    IQUERY = 1 "IQUERY": "an inverse question, obsolete (RFC 3425).",
    STATUS = 2 "STATUS": "a server's status, never specified (RFC 1035).",
    NOTIFY = 4 "NOTIFY": "a zone has changed (RFC 1996).",
    UPDATE = 5 "UPDATE": "change a zone (RFC 2136).",
    DSO = 6 "DSO": "stateful operations (RFC 8490).",
}

/// The mnemonic, or `RESERVED` and the number.
impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(mnemonic) => f.pad(mnemonic),
            None => write!(f, "RESERVED{}", self.0),
        }
    }
}
