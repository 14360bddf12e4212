//! Hosts that run a closure instead of a machine: servers that do exactly what a test wants.

use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use nameward_core::machine::CloseCause;
use nameward_core::time::Instant;

use crate::host::{HostId, Resident};
use crate::world::{Scheduled, World};

/// One end of one stream, as a script sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub(crate) u64);

/// Something that reached a scripted host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival<'a> {
    /// A datagram, to any port where the host listens.
    Datagram {
        /// The source that it claims.
        from: SocketAddr,
        /// The address of the host that it was sent to.
        to: SocketAddr,
        /// What it carries.
        data: &'a [u8],
    },
    /// Somebody opened a stream, or a stream that the host opened is open.
    Opened {
        /// The stream.
        stream: StreamId,
        /// The other end.
        peer: SocketAddr,
    },
    /// Some bytes of a stream.
    Bytes {
        /// The stream.
        stream: StreamId,
        /// The bytes.
        data: &'a [u8],
    },
    /// The peer will send no more.
    Finished {
        /// The stream.
        stream: StreamId,
    },
    /// The stream is no more.
    Closed {
        /// The stream.
        stream: StreamId,
        /// Why.
        cause: CloseCause,
    },
}

impl Arrival<'_> {
    /// What sends `data` back to where this came from; `None` for what cannot be answered.
    pub fn answer(&self, data: impl Into<Bytes>) -> Option<Act> {
        match *self {
            Self::Datagram { from, to, .. } => Some(Act::Datagram {
                from: to,
                to: from,
                data: data.into(),
            }),
            Self::Opened { stream, .. } | Self::Bytes { stream, .. } | Self::Finished { stream } => {
                Some(Act::Bytes {
                    stream,
                    data: data.into(),
                })
            }
            Self::Closed { .. } => None,
        }
    }
}

/// Something that a scripted host does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sends a datagram, from any address: it need not be its own.
    Datagram {
        /// The source that it claims.
        from: SocketAddr,
        /// Where it goes.
        to: SocketAddr,
        /// What it carries.
        data: Bytes,
    },
    /// Claims, as the network does by ICMP, that a datagram was refused.
    Reject {
        /// Who sent the datagram.
        from: SocketAddr,
        /// Where it went.
        to: SocketAddr,
        /// What the network says.
        cause: CloseCause,
    },
    /// Sends bytes on a stream.
    Bytes {
        /// The stream.
        stream: StreamId,
        /// The bytes.
        data: Bytes,
    },
    /// Sends no more on a stream.
    Finish {
        /// The stream.
        stream: StreamId,
    },
    /// Cuts a stream.
    Reset {
        /// The stream.
        stream: StreamId,
    },
    /// From now on nothing passes on the stream, in either direction.
    Stall {
        /// The stream.
        stream: StreamId,
    },
}

/// Answers each arrival with acts, each after a while.
pub(crate) type Script = Box<dyn FnMut(Instant, Arrival<'_>) -> Vec<(Duration, Act)>>;

impl World {
    /// Something reaches a scripted host.
    pub(crate) fn run_script(&mut self, host: HostId, arrival: Arrival<'_>) {
        let state = &mut self.hosts[host.index()];
        if !state.up {
            return;
        }
        let Resident::Script(script) = &mut state.resident else {
            return;
        };
        let Some(script) = script else {
            return;
        };
        for (after, act) in script(self.now, arrival) {
            self.schedule(self.now.after(after), Scheduled::Act { host, act });
        }
    }

    pub(crate) fn act_out(&mut self, host: HostId, act: Act) {
        if !self.hosts[host.index()].up {
            return;
        }
        let stream = match act {
            Act::Datagram { from, to, data } => return self.send_datagram(host, from, to, data),
            Act::Reject { from, to, cause } => {
                let latency = self.way(host, host).latency;
                let rejection = Scheduled::Rejection { from, to, cause };
                return self.schedule(self.now.after(latency), rejection);
            }
            Act::Bytes { stream, .. }
            | Act::Finish { stream }
            | Act::Reset { stream }
            | Act::Stall { stream } => stream,
        };
        let Some(end) = self.scripted_end(host, stream) else {
            return;
        };
        match act {
            Act::Bytes { data, .. } => self.send_bytes(end, data),
            Act::Finish { .. } => self.finish(end),
            Act::Reset { .. } => self.reset(end),
            Act::Stall { .. } => {
                if let Some(stream) = self.streams.get_mut(&stream) {
                    stream.stalled = true;
                }
            }
            Act::Datagram { .. } | Act::Reject { .. } => {}
        }
    }
}
