//! What a recording holds of a [`Stub`].

use alloc::vec::Vec;
use core::net::IpAddr;

use crate::client::answer::{Answer, Failure, LookupError, Outcome, Source, Trouble};
use crate::client::config::{Config, Preference, Route, Server};
use crate::client::hosts::HostsIndex;
use crate::client::question::{Families, Lookup, LookupId, LookupOptions, Query};
use crate::client::reverse::Prefix;
use crate::client::stub::{Command, Event, Stub};
use crate::limits::CacheLimits;
use crate::machine::Misuse;
use crate::record;
use crate::seed::Seed;
use crate::text::resolv_conf::SortedNetwork;
use crate::trace::{Damage, Reader, Record, Recordable, RecordingError};
use crate::wire::Rcode;

record!(struct LookupId { 0 });
record!(struct Rcode { 0 });
record!(enum Families { 0 => Both, 1 => Ipv4, 2 => Ipv6 });
record!(enum Query { 0 => Records { question, search }, 1 => Addresses { name, families, search } });
record!(struct LookupOptions { time, fresh });
record!(struct Lookup { id, query, options });
record!(enum Command { 0 => Lookup(lookup), 1 => Cancel(id), 2 => Reconfigure(config) });
record!(enum Event { 0 => Answered { id, answer }, 1 => Failed { id, error } });

record!(struct Answer {
    name, outcome, rrsets, authority, ttl, valid_until, source, authentic_data, incomplete
});
record!(enum Outcome { 0 => Positive, 1 => NoData, 2 => NxDomain });
record!(enum Source { 0 => Hosts, 1 => SpecialUse, 2 => Literal, 3 => Cache, 4 => Server { address, proto } });
record!(enum LookupError { 0 => NoServer, 1 => Servers(failure), 2 => Exhausted { limit, last } });
record!(struct Failure { server, trouble });
record!(enum Trouble { 0 => Exchange(error), 1 => Rcode(rcode), 2 => Lame, 3 => Malformed, 4 => TtlsDiffer });

record!(struct Config {
    servers, routes, preference, search, ndots, no_top_level, timeout, attempts, stream_only, edns, authentic_data,
    checking_disabled, cookies, case_randomization, no_aaaa, single_request, hosts, sortlist, ttl_rule, cache, limits,
    most_in_flight, idle, lane
});
record!(struct Server { address, trust_ad });
record!(struct Route { suffix, servers });
record!(enum Preference { 0 => Fastest, 1 => InOrder, 2 => Rotate });
record!(struct HostsIndex { addresses, names });
record!(struct SortedNetwork { address, mask });
record!(struct CacheLimits {
    octets, entries, entry_octets, records, positive_ttl, negative_ttl, first_failure, longest_failure
});

/// Its first address, and how many bits count.
impl Record for Prefix {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.first(), self.length()).encode(out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let undefined = reader.error(Damage::Undefined("prefix"));
        let (first, length) = <(IpAddr, u8)>::decode(reader)?;
        let prefix = Self::new(first, length).ok();
        prefix.filter(|prefix| prefix.first() == first).ok_or(undefined)
    }
}

impl Recordable for Stub {
    const KIND: &'static str = "stub";
    type Config = Config;

    fn from_seed(seed: Seed, config: Config) -> Result<Self, Misuse> {
        Self::new(seed, config)
    }
}
