//! How an exchange ends.

use core::net::SocketAddr;
use core::time::Duration;

use crate::budget::Exhausted;
use crate::machine::{CloseCause, Proto};
use crate::wire::SharedMessage;

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The whole message. It answers the question, whatever its RCODE says, and it is not truncated.
    pub message: SharedMessage,
    /// Who answered.
    pub server: SocketAddr,
    /// What it came over.
    pub proto: Proto,
    /// From the sending of the attempt that was answered to its reply; with a new connection, its opening included.
    pub round_trip: Duration,
    /// Whether it had the cookie that we sent (RFC 7873 section 5.3): then nobody off the path can have made it.
    pub cookie_verified: bool,
    /// Whether the question was asked without EDNS in the end, because the server does not take it.
    pub edns_dropped: bool,
}

/// Why a server did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// No reply came in time.
    #[error("no reply came in time")]
    TimedOut,
    /// The network refused the datagrams, and no reply came nevertheless.
    #[error("the network refused the query: {0}")]
    Rejected(CloseCause),
    /// The flow could not be opened, or it ended before the reply was whole.
    #[error("the connection failed: {0}")]
    Closed(CloseCause),
    /// The server said over a stream that its answer is truncated, where nothing can be too long for it.
    #[error("the reply is truncated even over a stream")]
    Truncated,
    /// The question has used up its budget.
    #[error("{0}")]
    Exhausted(Exhausted),
}
