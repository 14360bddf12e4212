//! Every number that bounds work, in one place.

use core::time::Duration;

use crate::machine::Misuse;

/// How much work one question may cause, whoever asks and whatever the servers answer.
///
/// Each field has a default and a hard bound; [`validate`](Self::validate) refuses what lies beyond the bound. A question
/// that reaches a limit ends with a defined outcome ([`Exhausted`](crate::budget::Exhausted)).
///
/// ```
/// use nameward_core::limits::Limits;
///
/// let patient = Limits { time: core::time::Duration::from_secs(10), ..Limits::default() };
/// assert!(patient.validate().is_ok());
/// let unbounded = Limits { packets: 1_000, ..Limits::default() };
/// assert_eq!(unbounded.validate().unwrap_err().to_string(), "packets is 1000, but must be between 1 and 100");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Datagrams, connections and stream messages sent for a question: 50, at most 100.
    pub packets: u16,
    /// Octets of the replies that were taken for a question: 100 000, at most 262 144.
    pub octets: u32,
    /// From asking to the outcome: 7 s, at most 10 s.
    pub time: Duration,
    /// Datagrams sent to one server for one question: 3, at most 3.
    pub attempts: u8,
    /// The largest UDP payload that we advertise and take, in octets (RFC 6891 section 6.2.3): 1232, from 512 to 4096.
    pub udp_payload: u16,
    /// Cost of cryptography for a question, in units of about one Ed25519 verification: 1 000, at most 5 000.
    pub crypto_units: u32,
    /// Signatures checked for a question: 32, at most 64.
    pub signature_checks: u16,
    /// Signatures that may turn out wrong for a question: 8, at most 16.
    pub failed_signature_checks: u16,
    /// NSEC3 owner names hashed for a question (RFC 9276): 600, at most 600.
    pub nsec3_hashes: u16,
    /// CNAME and DNAME records followed for a question: 11, at most 16.
    pub aliases: u8,
    /// Questions that may wait for each other, one inside the other: 8, at most 16.
    pub nesting: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            packets: 50,
            octets: 100_000,
            time: Duration::from_secs(7),
            attempts: 3,
            udp_payload: 1232,
            crypto_units: 1_000,
            signature_checks: 32,
            failed_signature_checks: 8,
            nsec3_hashes: 600,
            aliases: 11,
            nesting: 8,
        }
    }
}

impl Limits {
    /// The hard bounds themselves.
    pub const MOST: Self = Self {
        packets: 100,
        octets: 256 * 1024,
        time: Duration::from_secs(10),
        attempts: 3,
        udp_payload: 4096,
        crypto_units: 5_000,
        signature_checks: 64,
        failed_signature_checks: 16,
        nsec3_hashes: 600,
        aliases: 16,
        nesting: 16,
    };

    /// Whether every limit lies within its hard bound.
    ///
    /// # Errors
    ///
    /// The first field that does not, with its range.
    pub fn validate(&self) -> Result<(), Misuse> {
        let most = Self::MOST;
        let fields = [
            ("packets", u64::from(self.packets), 1, u64::from(most.packets)),
            ("octets", u64::from(self.octets), 512, u64::from(most.octets)),
            (
                "time in milliseconds",
                milliseconds(self.time),
                1,
                milliseconds(most.time),
            ),
            ("attempts", u64::from(self.attempts), 1, u64::from(most.attempts)),
            (
                "udp_payload",
                u64::from(self.udp_payload),
                512,
                u64::from(most.udp_payload),
            ),
            (
                "crypto_units",
                u64::from(self.crypto_units),
                0,
                u64::from(most.crypto_units),
            ),
            (
                "signature_checks",
                u64::from(self.signature_checks),
                0,
                u64::from(most.signature_checks),
            ),
            (
                "failed_signature_checks",
                u64::from(self.failed_signature_checks),
                0,
                u64::from(most.failed_signature_checks),
            ),
            (
                "nsec3_hashes",
                u64::from(self.nsec3_hashes),
                0,
                u64::from(most.nsec3_hashes),
            ),
            ("aliases", u64::from(self.aliases), 0, u64::from(most.aliases)),
            ("nesting", u64::from(self.nesting), 1, u64::from(most.nesting)),
        ];
        within(&fields)
    }
}

/// What a [`Cache`](crate::cache::Cache) may hold, and for how long. Each field has a default and a hard bound.
///
/// ```
/// use nameward_core::limits::CacheLimits;
///
/// let small = CacheLimits { octets: 128 * 1024, entries: 300, ..CacheLimits::default() };
/// assert!(small.validate().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Memory in octets, tables and negative entries included: 2 MiB, from 128 KiB to 1 GiB.
    pub octets: u32,
    /// RRsets, denials and failures together: 4 096, at most 1 048 576.
    pub entries: u32,
    /// Memory that one entry may take, in octets: 8 192, from 1 024 to 65 536.
    pub entry_octets: u32,
    /// Records that an RRset may have: 256, at most 256.
    pub records: u16,
    /// The longest time that an RRset is kept, in seconds: 1 day, at most 7 days.
    pub positive_ttl: u32,
    /// The longest time that a denial is kept, in seconds (RFC 2308 section 5): 1 hour, at most 3 hours.
    pub negative_ttl: u32,
    /// How long a failure is remembered at first (RFC 9520 section 3.2): 5 s, from 1 s to 5 s.
    pub first_failure: Duration,
    /// How long a failure that comes again and again is remembered at most: 5 minutes, from 5 s to 5 minutes.
    pub longest_failure: Duration,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self {
            octets: 2 * 1024 * 1024,
            entries: 4_096,
            entry_octets: 8 * 1024,
            records: 256,
            positive_ttl: 86_400,
            negative_ttl: 3_600,
            first_failure: Duration::from_secs(5),
            longest_failure: Duration::from_secs(300),
        }
    }
}

impl CacheLimits {
    /// The hard bounds themselves.
    pub const MOST: Self = Self {
        octets: 1024 * 1024 * 1024,
        entries: 1024 * 1024,
        entry_octets: 64 * 1024,
        records: 256,
        positive_ttl: 7 * 86_400,
        negative_ttl: 3 * 3_600,
        first_failure: Duration::from_secs(5),
        longest_failure: Duration::from_secs(300),
    };

    /// Whether every limit lies within its hard bound.
    ///
    /// # Errors
    ///
    /// The first field that does not, with its range.
    pub fn validate(&self) -> Result<(), Misuse> {
        let most = Self::MOST;
        within(&[
            (
                "octets",
                u64::from(self.octets),
                128 * 1024,
                u64::from(most.octets),
            ),
            ("entries", u64::from(self.entries), 1, u64::from(most.entries)),
            (
                "entry_octets",
                u64::from(self.entry_octets),
                1_024,
                u64::from(most.entry_octets),
            ),
            ("records", u64::from(self.records), 1, u64::from(most.records)),
            (
                "positive_ttl",
                u64::from(self.positive_ttl),
                0,
                u64::from(most.positive_ttl),
            ),
            (
                "negative_ttl",
                u64::from(self.negative_ttl),
                0,
                u64::from(most.negative_ttl),
            ),
            (
                "first_failure in milliseconds",
                milliseconds(self.first_failure),
                1_000,
                milliseconds(most.first_failure),
            ),
            (
                "longest_failure in milliseconds",
                milliseconds(self.longest_failure),
                5_000,
                milliseconds(most.longest_failure),
            ),
        ])
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Whether each field, with its value, its least and its most, is in range.
pub(crate) fn within(fields: &[(&'static str, u64, u64, u64)]) -> Result<(), Misuse> {
    match fields
        .iter()
        .find(|&&(_, value, least, most)| value < least || value > most)
    {
        Some(&(what, value, least, most)) => Err(Misuse::OutOfRange {
            what,
            value,
            least,
            most,
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_hard_bounds_are_valid_and_one_more_is_not() {
        assert_eq!(Limits::default().validate(), Ok(()));
        assert_eq!(Limits::MOST.validate(), Ok(()));
        let beyond = Limits {
            time: Limits::MOST.time + Duration::from_millis(1),
            ..Limits::default()
        };
        assert!(matches!(
            beyond.validate(),
            Err(Misuse::OutOfRange {
                what: "time in milliseconds",
                ..
            })
        ));
        let none = Limits {
            attempts: 0,
            ..Limits::default()
        };
        assert!(matches!(
            none.validate(),
            Err(Misuse::OutOfRange {
                what: "attempts",
                value: 0,
                ..
            })
        ));
    }

    #[test]
    fn cache_defaults_and_hard_bounds_are_valid_and_one_more_is_not() {
        assert_eq!(CacheLimits::default().validate(), Ok(()));
        assert_eq!(CacheLimits::MOST.validate(), Ok(()));
        let beyond = CacheLimits {
            negative_ttl: CacheLimits::MOST.negative_ttl + 1,
            ..CacheLimits::default()
        };
        assert!(matches!(
            beyond.validate(),
            Err(Misuse::OutOfRange {
                what: "negative_ttl",
                ..
            })
        ));
    }
}
