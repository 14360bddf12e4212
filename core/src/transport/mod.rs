//! How a question reaches a server, and how its reply is told from a forged one.
//!
//! [`Requester`] is the machine: it puts questions to servers. Inside, an exchange is one question to one server; `ports` owns
//! the datagram flows and the message IDs, `connections` the streams, [`framing`] cuts streams into messages.

mod connections;
mod exchange;
mod exchanges;
pub mod framing;
mod letter_case;
mod ports;
mod query;
mod record;
mod requester;
mod servers;

#[cfg(test)]
mod tests;

pub use exchange::{Edns, ExchangeError, QueryOptions, Reply};
pub(crate) use exchanges::{Budgets, Ended, Exchanges, Note};
pub use requester::{Ask, Command, Config, Event, Requester};

/// A question in flight, by the number that its asker gave it. Numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(pub u64);
