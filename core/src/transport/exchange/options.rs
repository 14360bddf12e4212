//! How a question is put.

use core::time::Duration;

use crate::limits::Limits;
use crate::machine::{Misuse, Proto};
use crate::wire::Options;

/// How a question is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryOptions {
    /// What the first attempt goes over. A truncated datagram leads to a stream in any case (RFC 7766 section 5).
    pub proto: Proto,
    /// RD: the server may ask others (RFC 1035 section 4.1.1).
    pub recursion_desired: bool,
    /// AD: we understand the AD bit of the response (RFC 6840 section 5.7).
    pub authentic_data: bool,
    /// CD: we check signatures ourselves (RFC 4035 section 3.2.2).
    pub checking_disabled: bool,
    /// The OPT record of the query; `None` asks without EDNS.
    pub edns: Option<Edns>,
    /// Whether a server that does not speak [`Edns::version`] is asked again in the one that it offers (RFC 6891 section 6.1.3). If
    /// not, that it refuses is its answer.
    pub version_negotiation: bool,
    /// Whether a query with EDNS has a cookie (RFC 7873), unless [`Edns::options`] has one.
    pub cookies: bool,
    /// Whether the letters of the question get a random case, which a genuine reply repeats. The reply that comes out has the
    /// letters as they were asked.
    pub case_randomization: bool,
    /// How long the first attempt waits for its reply; each further one waits twice as long as the one before. From 1 ms
    /// to 10 s.
    pub timeout: Duration,
    /// Datagrams that may get lost, and apart from them connections that may break: from 1 to [`Limits::attempts`].
    pub attempts: u8,
    /// How many datagrams other tries of this question at this server have sent in vain. They count for [`Limits::attempts`],
    /// and the next one asks for less than they did.
    pub sent_before: u8,
}

/// What a query says in its OPT record (RFC 6891 section 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edns {
    /// The largest datagram that we take, in octets, at most [`Limits::udp_payload`]. Less than 512 counts as 512.
    pub udp_payload: u16,
    /// DO: DNSSEC records are welcome (RFC 3225).
    pub dnssec_ok: bool,
    /// The version of EDNS, of which there is only 0. A server that does not speak another one says so
    /// (section 6.1.3).
    pub version: u8,
    /// The options, in order: at most 32 768 octets with their headers.
    pub options: Options,
}

/// How many octets the options of a query may have: a query with all of them fits every datagram and stream.
const MOST_OPTIONS: u64 = 32_768;

impl Default for Edns {
    fn default() -> Self {
        Self {
            udp_payload: 1232,
            dnssec_ok: false,
            version: 0,
            options: Options::default(),
        }
    }
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            proto: Proto::Datagram,
            recursion_desired: true,
            authentic_data: false,
            checking_disabled: false,
            edns: Some(Edns::default()),
            version_negotiation: true,
            cookies: true,
            case_randomization: true,
            timeout: Duration::from_secs(1),
            attempts: 3,
            sent_before: 0,
        }
    }
}

impl QueryOptions {
    /// Whether every value lies in its range.
    ///
    /// # Errors
    ///
    /// The first that does not.
    pub fn validate(&self, limits: &Limits) -> Result<(), Misuse> {
        let milliseconds = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        let payload = self.edns.as_ref().map_or(0, |edns| edns.udp_payload);
        let options = self.edns.as_ref().map_or(0, |edns| edns.options.wire_len());
        let most_attempts = u64::from(limits.attempts);
        for (what, value, least, most) in [
            ("timeout in milliseconds", milliseconds, 1, 10_000),
            ("attempts", u64::from(self.attempts), 1, most_attempts),
            ("sent_before", u64::from(self.sent_before), 0, most_attempts),
            (
                "udp_payload",
                u64::from(payload),
                0,
                u64::from(limits.udp_payload),
            ),
            (
                "octets of EDNS options",
                u64::try_from(options).unwrap_or(u64::MAX),
                0,
                MOST_OPTIONS,
            ),
        ] {
            if value < least || value > most {
                return Err(Misuse::OutOfRange {
                    what,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }
}
