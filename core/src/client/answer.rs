//! What comes of a look-up.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use crate::budget::Exhausted;
use crate::machine::Proto;
use crate::rrset::Rrset;
use crate::time::Instant;
use crate::transport::ExchangeError;
use crate::wire::{A, Aaaa, Name, Ptr, Rcode, Rtype};

/// The answer to a look-up. That there is no such name, or no such data, is an answer, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name that was asked about in the end: a relative one with the suffix of the search list that led to this answer.
    pub name: Name,
    /// Whether there is what was asked for.
    pub outcome: Outcome,
    /// The aliases that lead from the name to where the answer is, in order, and then the records that were asked for. With DO in the
    /// query, the signatures of a set follow it as a set of their own. TTLs are what is left of them.
    pub rrsets: Vec<Rrset>,
    /// What proves that something does not exist, as far as the server sent it: the SOA record, and with DO in the query the
    /// denial records and all signatures.
    pub authority: Vec<Rrset>,
    /// How many seconds it is valid: the lowest TTL of all sets; for what does not exist, the negative TTL (RFC 2308 section
    /// 5). Zero if it is good for this look-up only.
    pub ttl: u32,
    /// The first instant at which it is no longer valid: the present one if it is good for this look-up only.
    pub valid_until: Instant,
    /// Where it, or the last part of it, came from.
    pub source: Source,
    /// Whether a server that is configured as trusted said of all of it that it is authentic (bit AD, RFC 6840 section 5.8).
    pub authentic_data: bool,
    /// Of the addresses of a host, those of one family could not be found out: why.
    pub incomplete: Option<LookupError>,
}

/// Whether there is what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// There is.
    Positive,
    /// The name exists, without records of this type (NODATA, RFC 2308 section 2.2).
    NoData,
    /// The name does not exist (NXDOMAIN, RFC 2308 section 2.1).
    NxDomain,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The hosts file.
    Hosts,
    /// The name means something special, and nobody needs to be asked (RFC 6761).
    SpecialUse,
    /// The name is an address in text (RFC 1123 section 2.1).
    Literal,
    /// The cache.
    Cache,
    /// A server.
    Server {
        /// Which.
        address: SocketAddr,
        /// Over what.
        proto: Proto,
    },
}

/// Why a look-up has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// No server is configured for the name.
    #[error("no server is configured for this name")]
    NoServer,
    /// No server gave an answer that can be used. This is what went wrong last.
    #[error("no server gave an answer: {0}")]
    Servers(Failure),
    /// A limit was reached.
    #[error("{limit}")]
    Exhausted {
        /// Which.
        limit: Exhausted,
        /// What had gone wrong until then, if anything had.
        last: Option<Failure>,
    },
}

/// What went wrong with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{server}: {trouble}")]
pub struct Failure {
    /// Which server.
    pub server: SocketAddr,
    /// What.
    pub trouble: Trouble,
}

/// Why a server's reply, or its silence, is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// It did not answer.
    #[error("{0}")]
    Exchange(ExchangeError),
    /// It answered with an error.
    #[error("it answered {0}")]
    Rcode(Rcode),
    /// It knows no answer and only refers to other servers, or does not look for one: it is no resolver (lame).
    #[error("it does not resolve this name")]
    Lame,
    /// The answer contradicts itself, or a record in it cannot be read.
    #[error("its answer makes no sense")]
    Malformed,
    /// The TTLs of an RRset differ, and the configuration says that such a one is not taken (RFC 2181 section 5.2).
    #[error("the TTLs of an RRset in its answer differ")]
    TtlsDiffer,
}

impl Answer {
    /// The addresses in it, IPv4 first, each family in its order. Which are best tried first depends on the addresses of the host
    /// itself (RFC 6724).
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let records = self.rrsets.iter().flat_map(Rrset::rdata);
        records.filter_map(|rdata| match rdata.rtype() {
            Rtype::A => rdata.view::<A>().map(|a| a.address.into()),
            Rtype::AAAA => rdata.view::<Aaaa>().map(|aaaa| aaaa.address.into()),
            _ => None,
        })
    }

    /// The names in it that the look-up of an address gives (PTR, RFC 1035 section 3.5), in the order of their RRset.
    pub fn names(&self) -> impl Iterator<Item = Name> {
        let records = self.rrsets.iter().flat_map(Rrset::rdata);
        records.filter_map(|rdata| rdata.view::<Ptr<'_>>().map(|ptr| ptr.target.to_name()))
    }

    /// Whether records of an RRset in it had different TTLs, and got the lowest (RFC 2181 section 5.2).
    pub fn inconsistent(&self) -> bool {
        self.rrsets.iter().chain(&self.authority).any(Rrset::inconsistent)
    }

    /// When to ask again, for who wants to know it always: when it is no longer valid, but not before `least` from `now` on. Who asks
    /// again as soon as a TTL of zero is over asks without end.
    pub fn refresh_at(&self, now: Instant, least: Duration) -> Instant {
        self.valid_until.max(now.after(least))
    }
}
