//! How a stub is set up.

mod resolv_conf;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::hosts::HostsIndex;
use crate::flow::Lane;
use crate::limits::{CacheLimits, Limits};
use crate::machine::Misuse;
use crate::rrset::TtlRule;
use crate::text::resolv_conf::SortedNetwork;
use crate::transport::Edns;
use crate::wire::Name;

pub use resolv_conf::{Surroundings, Warning, WarningKind};

/// How a [`Stub`](super::Stub) is set up.
///
/// ```
/// use nameward_core::client::{Config, Surroundings};
/// use nameward_core::text::resolv_conf::ResolvConf;
///
/// let file = ResolvConf::read(b"nameserver 192.0.2.53\nsearch example.org\noptions ndots:2 timeout:1\n");
/// let (config, warnings) = Config::from_resolv_conf(&file, &Surroundings::default());
/// assert!(warnings.is_empty() && config.validate().is_ok());
/// assert_eq!((config.servers[0].address.port(), config.ndots), (53, 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The servers for all names that no route takes: at most 64. They are resolvers, and are asked to do all the work (RD).
    pub servers: Vec<Server>,
    /// Other servers for some domains (split DNS): at most 1 024. The longest suffix wins.
    pub routes: Vec<Route>,
    /// The order in which servers are asked.
    pub preference: Preference,
    /// The suffixes that a relative name is tried with, in order: at most 64.
    pub search: Vec<Name>,
    /// How many dots a relative name needs to be tried as it is before the search list is: at most 15.
    pub ndots: u8,
    /// Whether a relative name of one label is never tried as it is if there is a search list.
    pub no_top_level: bool,
    /// How long a reply is waited for at most before the next server is asked, or the same one again: from 1 ms to 30 s.
    pub timeout: Duration,
    /// How often to go through the servers: from 1 to 5. Beyond [`Limits::attempts`] over streams.
    pub attempts: u8,
    /// Whether questions go over streams only.
    pub stream_only: bool,
    /// The OPT record of queries; `None` asks without EDNS. Its DO bit asks for DNSSEC records, which the application then
    /// checks itself.
    pub edns: Option<Edns>,
    /// Whether queries say that we understand the AD bit of responses (RFC 6840 section 5.7). DO says so, too.
    pub authentic_data: bool,
    /// Whether servers are to leave checking signatures to us (CD, RFC 4035 section 3.2.2).
    pub checking_disabled: bool,
    /// Whether queries have cookies (RFC 7873).
    pub cookies: bool,
    /// Whether the letters of questions get a random case, which guards against forged replies.
    pub case_randomization: bool,
    /// Whether no AAAA is asked for. To tell NODATA from NXDOMAIN, A is asked for in its place.
    pub no_aaaa: bool,
    /// Whether A and AAAA of a host are asked for one after the other, for routers that drop the second of two questions.
    /// Different ports, which other routers need for that, all questions have anyway.
    pub single_request: bool,
    /// What is answered without asking anybody.
    pub hosts: HostsIndex,
    /// The IPv4 networks whose addresses come first in answers, in order. Others follow as they were received.
    pub sortlist: Vec<SortedNetwork>,
    /// What becomes of an RRset whose records have different TTLs: another server is asked, or all get the lowest.
    pub ttl_rule: TtlRule,
    /// What is kept; `None` keeps nothing.
    pub cache: Option<CacheLimits>,
    /// What each look-up may cost.
    pub limits: Limits,
    /// How many questions may be at servers at a time: from 1 to 65 535. More wait for their turn.
    pub most_in_flight: u16,
    /// How long a connection without questions is kept if its server does not say (RFC 7766 section 6.2.3): at most 120 s.
    pub idle: Duration,
    /// The lane of the stub's flows, where it is part of another machine.
    pub lane: Lane,
}

/// A server to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    /// Its address.
    pub address: SocketAddr,
    /// Whether it, and the way to it, are trusted to say what is authentic: then [`Answer::authentic_data`] is what its AD
    /// bit says.
    ///
    /// [`Answer::authentic_data`]: super::Answer::authentic_data
    pub trust_ad: bool,
}

/// Servers for a domain and all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The domain.
    pub suffix: Name,
    /// Whom to ask: at most 64. Without a server, names in the domain are not looked up.
    pub servers: Vec<Server>,
}

/// The order in which the servers of a group are asked. Servers that keep silent come last, whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preference {
    /// Whichever has replied fastest lately. The others are tried from time to time, lest they have become faster.
    #[default]
    Fastest,
    /// As configured.
    InOrder,
    /// Each in turn.
    Rotate,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            routes: Vec::new(),
            preference: Preference::default(),
            search: Vec::new(),
            ndots: 1,
            no_top_level: false,
            timeout: Duration::from_secs(5),
            attempts: 2,
            stream_only: false,
            edns: Some(Edns::default()),
            authentic_data: false,
            checking_disabled: false,
            cookies: true,
            case_randomization: true,
            no_aaaa: false,
            single_request: false,
            hosts: HostsIndex::default(),
            sortlist: Vec::new(),
            ttl_rule: TtlRule::Lowest,
            cache: Some(CacheLimits::default()),
            limits: Limits::default(),
            most_in_flight: 256,
            idle: Duration::from_secs(5),
            lane: Lane::default(),
        }
    }
}

impl Server {
    /// A server that is not trusted to say what is authentic.
    pub const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            trust_ad: false,
        }
    }
}

impl Config {
    /// Whether every value lies in its range.
    ///
    /// # Errors
    ///
    /// The first that does not.
    pub fn validate(&self) -> Result<(), Misuse> {
        self.limits.validate()?;
        if let Some(cache) = &self.cache {
            cache.validate()?;
        }
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let payload = self.edns.as_ref().map_or(512, |edns| edns.udp_payload);
        let of_routes = self.routes.iter().map(|route| route.servers.len());
        let most_servers = of_routes.fold(self.servers.len(), usize::max);
        for (what, value, least, most) in [
            ("servers", count(most_servers), 0, 64),
            ("routes", count(self.routes.len()), 0, 1_024),
            ("search", count(self.search.len()), 0, 64),
            ("ndots", self.ndots.into(), 0, 15),
            ("timeout in milliseconds", milliseconds(self.timeout), 1, 30_000),
            ("attempts", self.attempts.into(), 1, 5),
            ("udp_payload", payload.into(), 0, self.limits.udp_payload.into()),
            ("most_in_flight", self.most_in_flight.into(), 1, u16::MAX.into()),
            ("idle in milliseconds", milliseconds(self.idle), 0, 120_000),
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
