//! Classes.

use core::fmt;
use core::str::FromStr;

use super::{UnknownMnemonic, codes, numbered};

codes! {
    /// A class (RFC 1035 section 3.2.4). In practice all is [`IN`](Self::IN).
    pub struct Class(u16);
    IN = 1 "IN": "the Internet (RFC 1035).",
    CH = 3 "CH": "Chaosnet, where servers tell their version (RFC 1035, RFC 4892).",
    HS = 4 "HS": "Hesiod.",
    NONE = 254 "NONE": "in updates: no such record (RFC 2136 section 2.4).",
    ANY = 255 "ANY": "any class, in questions and updates (RFC 1035 section 3.2.5).",
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(mnemonic) => f.pad(mnemonic),
            None => write!(f, "CLASS{}", self.0),
        }
    }
}

impl FromStr for Class {
    type Err = UnknownMnemonic;

    fn from_str(text: &str) -> Result<Self, UnknownMnemonic> {
        Self::from_mnemonic(text)
            .or_else(|| numbered(text, "CLASS").map(Self))
            .ok_or(UnknownMnemonic { prefix: "CLASS" })
    }
}
