//! What an application asks, and how it gets its answer from the servers that it trusts: the stub resolver (RFC 9499 section 6).
//!
//! [`Stub`] is the machine. A *look-up* is what the application asked. It becomes one *resolution* for each candidate name of the
//! search list and each type, which follows aliases; what hosts files, special names and the cache do not know is *fetched*
//! from a group of servers, once for all who wait for it.

mod answer;
pub(crate) mod classify;
mod config;
mod fetch;
mod fetches;
mod hosts;
mod lookup;
mod question;
mod record;
mod resolution;
mod reverse;
mod routes;
mod search;
mod selection;
mod sort;
mod special;
mod stub;

pub use answer::{Answer, Failure, LookupError, Outcome, Source, Trouble};
pub use config::{Config, Preference, Route, Server, Surroundings, Warning, WarningKind};
pub use hosts::HostsIndex;
pub use question::{Families, Lookup, LookupId, LookupOptions, Query, QueryError};
pub use reverse::{Prefix, PrefixError, address_of, reverse_name};
pub use stub::{Command, Event, Stub};

pub(crate) use selection::{Order, SHORTEST_WAIT, Servers};

#[cfg(test)]
mod tests;
