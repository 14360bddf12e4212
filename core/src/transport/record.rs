//! What a recording holds of a [`Requester`].

use crate::machine::Misuse;
use crate::record;
use crate::seed::Seed;
use crate::trace::Recordable;
use crate::transport::QuestionId;
use crate::transport::exchange::{Edns, ExchangeError, QueryOptions, Reply};
use crate::transport::requester::{Ask, Command, Config, Event, Requester};

record!(struct QuestionId { 0 });
record!(struct Edns { udp_payload, dnssec_ok, version, options });
record!(struct QueryOptions {
    proto, recursion_desired, authentic_data, checking_disabled, edns, version_negotiation, cookies, case_randomization, timeout, attempts,
    sent_before
});
record!(struct Ask { id, server, question, options });
record!(enum Command { 0 => Ask(ask), 1 => Cancel(id) });
record!(struct Config { limits, lane, idle, keepalive });
record!(struct Reply { message, server, proto, round_trip, cookie_verified, edns_dropped });
record!(enum ExchangeError {
    0 => TimedOut, 1 => Rejected(cause), 2 => Closed(cause), 3 => Truncated, 4 => Exhausted(limit)
});
record!(enum Event { 0 => Answered { id, reply }, 1 => Failed { id, error } });

impl Recordable for Requester {
    const KIND: &'static str = "requester";
    type Config = Config;

    fn from_seed(seed: Seed, config: Config) -> Result<Self, Misuse> {
        Self::new(seed, config)
    }
}
