//! The machine that serves.
//!
//! [`Session`] takes requests from datagram listeners and from streams, and answers them from the zones that it was given. It has no
//! listeners of its own: it serves whichever of its lane the driver has.
//!
//! # Layers
//!
//! What a request asks is answered by the first of these that has an answer, each of which is there only if it is configured:
//!
//! 1. the hosts file ([`SessionConfig::hosts`]);
//! 2. the zones ([`SessionConfig::zones`]);
//! 3. the application ([`SessionConfig::application`]), which is asked by an [`Event`] and answers by a [`Command`];
//! 4. other servers ([`SessionConfig::forward`]).
//!
//! What none of them answers is refused. A request that waits for one of the latter two has a time within which it gets SERVFAIL at the
//! latest, and how many wait is bounded ([`PendingLimits`]).
//!
//! # Streams
//!
//! A client may send query after query on a stream without waiting (RFC 7766 section 6.2.1.1). What it can take of the server by that
//! is bounded, whatever it does:
//!
//! * A stream waits for one thing at a time, and each has its time: for a whole query ([`StreamLimits::idle`]), or for the client to take
//!   a whole reply ([`StreamLimits::patience`]). Single octets prolong neither, so that neither a client that writes slowly nor one that
//!   reads slowly stays.
//! * With [`StreamLimits::in_flight`] queries waiting for their replies, or [`StreamLimits::output`] octets for the client, the stream is
//!   not read.
//! * A [`Client`] has no more than [`StreamLimits::streams_per_client`].
//! * With [`StreamLimits::streams`] in all, none is accepted, and a stream that has rested for [`StreamLimits::pressed_idle`] makes room.
//!
//! A stream that ends from our side a moment after a reply is half-closed first, and read in vain for two seconds and 65 536 octets at most,
//! unless places are wanting: what the client sends meanwhile would reset the connection, and lose what it has not read of the reply.
//!
//! So a stream never takes more memory than [`StreamLimits::octets_per_stream`] says.

mod ages;
mod client;
mod config;
mod forward;
mod hosts;
mod machine;
mod pending;
mod record;
mod response;
mod stream;
mod streams;

#[cfg(test)]
mod tests;

pub use client::Client;
pub use config::{SessionConfig, StreamLimits};
pub use forward::ForwardConfig;
pub use machine::{Answer, Asked, Command, Event, Session};
pub use pending::{PendingLimits, RequestId};
pub use response::Response;
pub use streams::Counters;
