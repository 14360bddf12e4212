//! Extended DNS errors (RFC 8914).

use alloc::vec::Vec;
use core::fmt;

use super::option::OptionErrorKind;
use super::schema::OptionField;
use super::text::write_visible;
use super::types::ExtendedError;

/// INFO-CODE: what an extended error says (RFC 8914 section 4 and later registrations).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InfoCode(pub u16);

/// Declares the codes: their constants and the table behind `purpose`.
macro_rules! info_codes {
    ($( $constant:ident = $value:literal $purpose:literal, )+) => {
        impl InfoCode {
            $(
                #[doc = concat!("`", $purpose, "`.")]
                pub const $constant: Self = Self($value);
            )+

            /// What the registry calls it, if it has the code.
            pub const fn purpose(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some($purpose), )+
                    _ => None,
                }
            }
        }
    };
}

info_codes! {
    OTHER = 0 "Other",
    UNSUPPORTED_DNSKEY_ALGORITHM = 1 "Unsupported DNSKEY Algorithm",
    UNSUPPORTED_DS_DIGEST_TYPE = 2 "Unsupported DS Digest Type",
    STALE_ANSWER = 3 "Stale Answer",
    FORGED_ANSWER = 4 "Forged Answer",
    DNSSEC_INDETERMINATE = 5 "DNSSEC Indeterminate",
    DNSSEC_BOGUS = 6 "DNSSEC Bogus",
    SIGNATURE_EXPIRED = 7 "Signature Expired",
    SIGNATURE_NOT_YET_VALID = 8 "Signature Not Yet Valid",
    DNSKEY_MISSING = 9 "DNSKEY Missing",
    RRSIGS_MISSING = 10 "RRSIGs Missing",
    NO_ZONE_KEY_BIT_SET = 11 "No Zone Key Bit Set",
    NSEC_MISSING = 12 "NSEC Missing",
    CACHED_ERROR = 13 "Cached Error",
    NOT_READY = 14 "Not Ready",
    BLOCKED = 15 "Blocked",
    CENSORED = 16 "Censored",
    FILTERED = 17 "Filtered",
    PROHIBITED = 18 "Prohibited",
    STALE_NXDOMAIN_ANSWER = 19 "Stale NXDOMAIN Answer",
    NOT_AUTHORITATIVE = 20 "Not Authoritative",
    NOT_SUPPORTED = 21 "Not Supported",
    NO_REACHABLE_AUTHORITY = 22 "No Reachable Authority",
    NETWORK_ERROR = 23 "Network Error",
    INVALID_DATA = 24 "Invalid Data",
    SIGNATURE_EXPIRED_BEFORE_VALID = 25 "Signature Expired before Valid",
    TOO_EARLY = 26 "Too Early",
    UNSUPPORTED_NSEC3_ITERATIONS_VALUE = 27 "Unsupported NSEC3 Iterations Value",
    UNABLE_TO_CONFORM_TO_POLICY = 28 "Unable to conform to policy",
    SYNTHESIZED = 29 "Synthesized",
    INVALID_QUERY_TYPE = 30 "Invalid Query Type",
    RATE_LIMITED = 31 "Rate Limited",
    OVER_QUOTA = 32 "Over Quota",
    NEGATIVE_TRUST_ANCHOR = 33 "Negative Trust Anchor",
}

/// The number and, in parentheses, the purpose if there is one.
impl fmt::Display for InfoCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.purpose() {
            Some(purpose) => write!(f, "{} ({purpose})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

/// As displayed.
impl fmt::Debug for InfoCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl OptionField<'_> for InfoCode {
    fn read(rest: &mut &[u8]) -> Result<Self, OptionErrorKind> {
        u16::read(rest).map(Self)
    }

    fn write(&self, data: &mut Vec<u8>) {
        self.0.write(data);
    }
}

/// The code, its purpose and the text: `22 (No Reachable Authority): (at example.)`. A zero that ends the text is left out, as
/// RFC 8914 section 2 wants readers to bear.
impl fmt::Display for ExtendedError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.code)?;
        let text = self.text.strip_suffix(&[0]).unwrap_or(self.text);
        if text.is_empty() {
            return Ok(());
        }
        f.write_str(": (")?;
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                write!(f, "{}", if character.is_control() { '.' } else { character })?;
            }
            write_visible(f, chunk.invalid())?;
        }
        f.write_str(")")
    }
}
