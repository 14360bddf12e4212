//! How a server responds, as its operator wants it.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::access::{Access, AccessRules};
use super::cookie::CookieConfig;
use super::rate::RateLimit;
use crate::limits::within;
use crate::machine::Misuse;
use crate::tsig::Keys;

/// The largest UDP payload that may be configured, in octets.
const MOST_UDP_PAYLOAD: u16 = 4096;

/// The smallest UDP payload that everybody takes (RFC 6891 section 6.2.3), in octets.
pub(super) const LEAST_UDP_PAYLOAD: u16 = 512;

/// The longest name that a server may give itself, in octets: with the longest question and all options a response without records
/// still has room in [`LEAST_UDP_PAYLOAD`].
const LONGEST_NSID: usize = 128;

/// The longest text that a TXT record has in one piece (RFC 1035 section 3.3), in octets.
const LONGEST_TEXT: usize = 255;

/// What stays the same for all requests.
///
/// ```
/// use nameward_core::server::respond::{Policy, ResponderConfig};
///
/// let config = ResponderConfig { nsid: b"ns1.example".to_vec(), ..ResponderConfig::default() };
/// assert!(Policy::new(config).is_ok());
/// let config = ResponderConfig { udp_payload: 9000, ..ResponderConfig::default() };
/// assert_eq!(Policy::new(config).unwrap_err().to_string(), "udp_payload is 9000, but must be between 512 and 4096");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponderConfig {
    /// Whether EDNS is spoken (RFC 6891): yes. If not, OPT records are passed over.
    pub edns: bool,
    /// The largest UDP payload that is sent and taken, in octets: 1232, from 512 to 4096.
    pub udp_payload: u16,
    /// What the server calls itself to those who ask for NSID (RFC 5001), at most 128 octets: nothing, if it is empty.
    pub nsid: Vec<u8>,
    /// The answer to TXT questions of class CH for `version.bind` and `version.server`, at most 255 octets: none.
    pub version: Option<String>,
    /// The answer to TXT questions of class CH for `id.server` and `hostname.bind` (RFC 4892), at most 255 octets: none.
    pub identity: Option<String>,
    /// Who may send requests other than NOTIFY: all.
    pub queries: AccessRules,
    /// Who may send NOTIFY (RFC 1996): nobody, they get REFUSED.
    pub notify: AccessRules,
    /// Who gets answers about names that none of our zones has, from [elsewhere](super::Responded::Elsewhere), and is told with RA that
    /// there are any: nobody, they get REFUSED. These rules count for what may be asked at all.
    pub recursion: AccessRules,
    /// The keys with which requests may be signed (RFC 8945): none. They need a wall clock.
    pub keys: Keys,
    /// Server cookies (RFC 7873): none. They need a wall clock.
    pub cookies: Option<CookieConfig>,
    /// How many datagrams a network gets: as many as it wants.
    pub rate_limit: Option<RateLimit>,
    /// For how long a connection may be idle, as those are told who ask for it (RFC 7828), in steps of 100 milliseconds up to 6553.5
    /// seconds: nothing is said.
    pub keepalive: Option<Duration>,
    /// To a multiple of so many octets a response is padded, on secure channels and for those who pad: 468 (RFC 8467 section 4.1), at
    /// most 512. With 0 nothing is padded.
    pub padding_block: u16,
}

impl Default for ResponderConfig {
    fn default() -> Self {
        Self {
            edns: true,
            udp_payload: 1232,
            nsid: Vec::new(),
            version: None,
            identity: None,
            queries: AccessRules::all(Access::Allow),
            notify: AccessRules::all(Access::Refuse),
            recursion: AccessRules::all(Access::Refuse),
            keys: Keys::default(),
            cookies: None,
            rate_limit: None,
            keepalive: None,
            padding_block: 468,
        }
    }
}

impl ResponderConfig {
    /// Whether all values lie in their ranges.
    ///
    /// # Errors
    ///
    /// The first one that does not.
    pub fn validate(&self) -> Result<(), Misuse> {
        let octets = |text: &Option<String>| text.as_ref().map_or(0, String::len) as u64;
        let steps = self.keepalive.map_or(0, |idle| idle.as_millis().div_ceil(100));
        let fields = [
            (
                "udp_payload",
                u64::from(self.udp_payload),
                u64::from(LEAST_UDP_PAYLOAD),
                u64::from(MOST_UDP_PAYLOAD),
            ),
            ("length of nsid", self.nsid.len() as u64, 0, LONGEST_NSID as u64),
            ("length of version", octets(&self.version), 0, LONGEST_TEXT as u64),
            (
                "length of identity",
                octets(&self.identity),
                0,
                LONGEST_TEXT as u64,
            ),
            (
                "keepalive in steps of 100 milliseconds",
                u64::try_from(steps).unwrap_or(u64::MAX),
                0,
                u64::from(u16::MAX),
            ),
            ("padding_block", u64::from(self.padding_block), 0, 512),
        ];
        within(&fields)?;
        let rules = [&self.queries, &self.notify, &self.recursion];
        let mut wanted = rules
            .iter()
            .flat_map(|rules| &rules.rules)
            .filter_map(|rule| rule.key.as_ref());
        if wanted.any(|key| self.keys.find(key.view()).is_none()) {
            return Err(Misuse::Impossible(
                "a rule of access asks for a key that is not there",
            ));
        }
        self.rate_limit.as_ref().map_or(Ok(()), RateLimit::validate)
    }
}
