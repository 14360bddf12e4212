//! Codes of EDNS options.

use core::fmt;

use super::codes;

codes! {
    /// What an EDNS option means (RFC 6891 section 6.1.2).
    pub struct OptionCode(u16);
    LLQ = 1 "LLQ": "long-lived queries (RFC 8764).",
    UL = 2 "UL": "update lease (RFC 9664).",
    NSID = 3 "NSID": "which server answers (RFC 5001).",
    DAU = 5 "DAU": "DNSSEC algorithms understood (RFC 6975).",
    DHU = 6 "DHU": "DS hashes understood (RFC 6975).",
    N3U = 7 "N3U": "NSEC3 hashes understood (RFC 6975).",
    CLIENT_SUBNET = 8 "CLIENT-SUBNET": "whereabouts of the client (RFC 7871).",
    EXPIRE = 9 "EXPIRE": "when a zone expires (RFC 7314).",
    COOKIE = 10 "COOKIE": "protection against forgery (RFC 7873).",
    TCP_KEEPALIVE = 11 "TCP-KEEPALIVE": "how long to keep the connection (RFC 7828).",
    PADDING = 12 "PADDING": "hides the length (RFC 7830).",
    CHAIN = 13 "CHAIN": "asks for the chain of trust (RFC 7901).",
    KEY_TAG = 14 "KEY-TAG": "which trust anchors are configured (RFC 8145).",
    EDE = 15 "EDE": "extended error (RFC 8914).",
    CLIENT_TAG = 16 "CLIENT-TAG": "a tag of the client.",
    SERVER_TAG = 17 "SERVER-TAG": "a tag of the server.",
    REPORT_CHANNEL = 18 "REPORT-CHANNEL": "where to report errors (RFC 9567).",
    ZONEVERSION = 19 "ZONEVERSION": "the version of the zone that answered (RFC 9660).",
}

/// The mnemonic, or `OPT` and the number.
impl fmt::Display for OptionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(mnemonic) => f.pad(mnemonic),
            None => write!(f, "OPT{}", self.0),
        }
    }
}
