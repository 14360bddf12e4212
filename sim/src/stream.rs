//! Streams between hosts.

use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use nameward_core::flow::FlowId;
use nameward_core::machine::CloseCause;
use nameward_core::time::Instant;

use crate::host::HostId;
use crate::script::StreamId;

/// One end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EndId {
    pub(crate) stream: StreamId,
    pub(crate) side: Side,
}

impl EndId {
    pub(crate) const fn other(self) -> Self {
        Self {
            stream: self.stream,
            side: match self.side {
                Side::Opener => Side::Accepter,
                Side::Accepter => Side::Opener,
            },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Opener,
    Accepter,
}

/// What passes from one end of a stream to the other, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// The opener knocks.
    Connect,
    /// The accepter's system opens.
    Connected,
    Data(Bytes),
    /// So many octets were read: there is room for more.
    Room(u32),
    Finish,
    /// The stream is no more, for this reason.
    Cut(CloseCause),
}

/// A stream: two ends.
#[derive(Debug)]
pub(crate) struct Stream {
    opener: End,
    accepter: End,
    /// Nothing passes any more.
    pub(crate) stalled: bool,
}

#[derive(Debug)]
pub(crate) struct End {
    pub(crate) owner: Owner,
    pub(crate) host: Option<HostId>,
    pub(crate) address: SocketAddr,
    pub(crate) inbox: VecDeque<u8>,
    /// The peer will send no more, and whether the owner knows.
    pub(crate) finished: bool,
    pub(crate) finish_told: bool,
    /// How much was sent and not read yet by the peer.
    pub(crate) in_flight: u32,
    /// When the last segment arrives here: the next comes no earlier.
    pub(crate) last_arrival: Instant,
    /// Nothing is sent any more.
    pub(crate) finish_sent: bool,
    /// Nothing is ever read here: the window stays closed.
    pub(crate) shut: bool,
    /// Before, nothing more is read, for all comes in a trickle.
    pub(crate) next_read: Instant,
    /// The moment for which that read was planned.
    pub(crate) read_planned: Instant,
}

/// Who holds an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The system, until somebody accepts.
    System,
    /// A machine's flow, as long as the host is not restarted.
    Machine(FlowId),
    Script,
    /// The application, which got it from a machine. It reads nothing.
    Application,
    /// Nobody any more.
    Gone,
}

impl End {
    const fn new(owner: Owner, host: Option<HostId>, address: SocketAddr) -> Self {
        Self {
            owner,
            host,
            address,
            inbox: VecDeque::new(),
            finished: false,
            finish_told: false,
            in_flight: 0,
            last_arrival: Instant::ZERO,
            finish_sent: false,
            shut: false,
            next_read: Instant::ZERO,
            read_planned: Instant::ZERO,
        }
    }
}

impl Stream {
    pub(crate) const fn new(
        owner: Owner,
        host: HostId,
        local: SocketAddr,
        to: Option<HostId>,
        remote: SocketAddr,
    ) -> Self {
        Self {
            opener: End::new(owner, Some(host), local),
            accepter: End::new(Owner::System, to, remote),
            stalled: false,
        }
    }

    pub(crate) const fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Opener => &mut self.opener,
            Side::Accepter => &mut self.accepter,
        }
    }
}

/// How much longer a segment takes that is lost `times` times: the timer doubles (RFC 6298 section 5.5).
pub(crate) fn retransmission(times: u32) -> Duration {
    Duration::from_millis(200) * (2_u32.pow(times.min(16)) - 1)
}
