//! What a driver is told at its start, and what it tells about itself.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::net::{TcpStream, UdpSocket};
use std::sync::Arc;

use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::{CloseCause, Ignored, Misuse, Proto};

use crate::clock::{Clock, SystemClock};
use crate::places::Places;
use crate::store::Directory;
use crate::system::ReadError;

/// What a driver needs to know. The default listens nowhere, stores nothing and takes the time from the system.
pub struct Config {
    /// Where to listen. No two listeners may have the same name.
    pub listeners: Vec<Listener>,
    /// Whether other drivers may listen at the same addresses. The system then gives each datagram and each connection to one of them, by
    /// whom it comes from (`SO_REUSEPORT`). It takes them from the same user only.
    pub share_ports: bool,
    /// How many streams each client may have of all drivers that have this in common; as many as it wants, if there is none.
    pub places: Option<Arc<Places>>,
    /// Where the machine's stored objects are. Without it every store request fails with
    /// [`StoreError::Missing`](nameward_core::machine::StoreError::Missing).
    pub store: Option<Directory>,
    /// The clocks.
    pub clock: Box<dyn Clock + Send>,
    /// Is called with each notice, at once, in the driver's own turn: it must not wait. A function and not a queue,
    /// because who sends rubbish decides how many there are.
    pub observe: Box<dyn FnMut(Notice) + Send>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listeners: Vec::new(),
            share_ports: false,
            places: None,
            store: None,
            clock: Box::new(SystemClock::new()),
            observe: Box::new(|_| {}),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listeners", &self.listeners)
            .field("share_ports", &self.share_ports)
            .field("places", &self.places)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

/// A socket on which to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The machine's name for it. Its lane is copied into the flows that are accepted here.
    pub id: ListenerId,
    /// Datagrams or streams.
    pub proto: Proto,
    /// Where. Port 0 leaves the choice to the system. The wildcard address of IPv6 does not include IPv4; on a wildcard
    /// address, datagrams are answered from the address to which they were sent.
    pub address: SocketAddr,
}

/// What comes out of a driver for the application, in order.
#[derive(Debug)]
pub enum Occurrence<E> {
    /// The machine said this.
    Event(E),
    /// The machine detached a flow: the socket is the application's.
    Detached {
        /// The flow that ended so.
        flow: FlowId,
        /// Its socket.
        socket: Detached,
    },
}

/// A socket of a flow that was detached: connected, not blocking, and nothing was read from it while the machine did not
/// want to read. The `from_std` of the runtime's own type takes it.
#[derive(Debug)]
pub enum Detached {
    /// The socket of a datagram flow.
    Datagram(UdpSocket),
    /// The socket of a stream.
    Stream(TcpStream),
}

/// Something that nobody has to react to, but that an operator may want to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The machine ignored what arrived.
    Ignored {
        /// Where it arrived; `None` for a listener or a store.
        flow: Option<FlowId>,
        /// Why it is worth nothing.
        why: Ignored,
    },
    /// A datagram of this flow was dropped because the system had no room for it.
    NotSent {
        /// Whose.
        flow: FlowId,
    },
    /// A reply could not be sent, and was dropped.
    NotReplied {
        /// From where.
        listener: ListenerId,
        /// To whom.
        to: SocketAddr,
        /// Why not.
        cause: CloseCause,
    },
    /// A connection could not be accepted. If that is for want of descriptors or buffers, the driver tries again in a
    /// moment; until then connections wait in the system's queue.
    NotAccepted {
        /// Where.
        listener: ListenerId,
        /// Why not.
        cause: CloseCause,
    },
    /// A connection was closed as it came, for its client has as many of [all drivers](Config::places) as it may.
    TooManyOfClient {
        /// Where.
        listener: ListenerId,
        /// Whose.
        peer: SocketAddr,
    },
}

/// Why a driver could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Two listeners have the same name.
    #[error("listener {} is configured twice: give each one its own number", .0.0)]
    ListenerTwice(ListenerId),
    /// The system does not let us listen there.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The thread that writes the stored objects could not be started.
    #[error("cannot start the store")]
    Store(#[source] io::Error),
    /// The runtime cannot watch a socket.
    #[error("the runtime cannot watch a socket")]
    Runtime(#[source] io::Error),
    /// The configuration of the machine is a mistake.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Seed(#[from] getrandom::Error),
    /// The configuration of the system cannot be read.
    #[error(transparent)]
    System(#[from] ReadError),
}
