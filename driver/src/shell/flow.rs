//! One flow: its socket, and what we know of its readiness.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;

use nameward_core::flow::FlowId;
use nameward_core::machine::CloseCause;

use crate::cause;
use crate::config::Detached;
use crate::places::Place;
use crate::watch::{Descriptor, Interest, Readiness};

/// A flow that is open or being opened.
///
/// Readiness is remembered: `readable` and `writable` hold from the change that set them to the call that would block.
pub(super) struct Flow {
    pub(super) id: FlowId,
    socket: Socket,
    /// The machine wants to read.
    reading: bool,
    readable: bool,
    writable: bool,
    /// That of a client's stream, where such places are counted. It is free when the flow has ended.
    _place: Option<Place>,
}

enum Socket {
    Datagram {
        socket: Arc<UdpSocket>,
        remote: SocketAddr,
    },
    Stream {
        socket: Arc<TcpStream>,
        state: Stream,
    },
}

#[derive(Default)]
struct Stream {
    connecting: bool,
    /// The machine said that it has bytes to send, and was not seen without since.
    filled: bool,
    /// The machine will send no more once it has no bytes to send.
    finishing: bool,
    /// The peer will send no more.
    finished: bool,
    /// Writing failed. What the peer sent before is still read.
    broken: Option<CloseCause>,
}

/// What a connection attempt came to.
pub(super) enum Connection {
    Waiting,
    Established(SocketAddr),
    Failed(CloseCause),
}

/// What one attempt to read came to.
pub(super) enum Arrival {
    /// Nothing is wanted, or nothing is there.
    Nothing,
    Bytes(usize),
    /// The call came to nothing; the next one may.
    Again,
    Rejected(CloseCause),
    Finished,
    Ended(CloseCause),
}

/// What one attempt to write came to.
pub(super) enum Departure {
    /// Nothing is to be written, or there is no room.
    Nothing,
    /// The call came to nothing; the next one may.
    Again,
    Bytes(usize),
}

/// What became of a datagram.
pub(super) enum Dispatch {
    Sent,
    NoRoom,
    /// The network refused this datagram, or an earlier one and then took this.
    Rejected(CloseCause),
}

impl Flow {
    pub(super) fn datagram(id: FlowId, socket: Arc<UdpSocket>, remote: SocketAddr, reading: bool) -> Self {
        Self::new(id, Socket::Datagram { socket, remote }, reading)
    }

    /// A stream that is being connected.
    pub(super) fn connecting(id: FlowId, socket: TcpStream, reading: bool) -> Self {
        let state = Stream {
            connecting: true,
            ..Stream::default()
        };
        let socket = Arc::new(socket);
        Self::new(id, Socket::Stream { socket, state }, reading)
    }

    /// A stream that was accepted.
    pub(super) fn connected(id: FlowId, socket: TcpStream, place: Option<Place>) -> Self {
        let socket = Socket::Stream {
            socket: Arc::new(socket),
            state: Stream::default(),
        };
        Self {
            _place: place,
            ..Self::new(id, socket, true)
        }
    }

    fn new(id: FlowId, socket: Socket, reading: bool) -> Self {
        Self {
            id,
            socket,
            reading,
            readable: false,
            writable: false,
            _place: None,
        }
    }

    pub(super) fn interest(&self) -> Interest {
        match self.socket {
            Socket::Datagram { .. } => Interest::Read,
            Socket::Stream { .. } => Interest::ReadWrite,
        }
    }

    pub(super) fn note(&mut self, readiness: Readiness) {
        self.readable |= readiness.readable;
        self.writable |= readiness.writable;
    }

    pub(super) fn readiness(&self) -> Readiness {
        Readiness {
            readable: self.readable,
            writable: self.writable,
        }
    }

    pub(super) fn set_reading(&mut self, wanted: bool) {
        self.reading = wanted;
    }

    /// The machine has bytes for the stream.
    pub(super) fn fill(&mut self) {
        if let Socket::Stream { state, .. } = &mut self.socket {
            state.filled = true;
        }
    }

    /// The machine will have no more bytes for the stream.
    pub(super) fn finish(&mut self) {
        if let Socket::Stream { state, .. } = &mut self.socket {
            state.finishing = true;
            // The end is written like bytes: in turn, once there is room.
            state.filled = true;
        }
    }

    /// Whether a call would now be made for this flow.
    pub(super) fn has_work(&self) -> bool {
        match &self.socket {
            Socket::Datagram { .. } => self.reading && self.readable,
            Socket::Stream { state, .. } if state.connecting => self.writable,
            Socket::Stream { state, .. } => {
                (self.reading && self.readable && !state.finished)
                    || (self.writable && state.filled)
                    || state.broken.is_some()
            }
        }
    }

    /// Looks whether a stream that is being connected is now; `None` if it was not being connected.
    pub(super) fn connect(&mut self) -> Option<Connection> {
        let Socket::Stream { socket, state } = &mut self.socket else {
            return None;
        };
        if !state.connecting {
            return None;
        }
        if !self.writable {
            return Some(Connection::Waiting);
        }
        if let Err(error) | Ok(Some(error)) = socket.take_error() {
            return Some(Connection::Failed(cause::of_socket(&error)));
        }
        if socket.peer_addr().is_err() {
            // Woken too early: the change that tells is still to come.
            self.writable = false;
            return Some(Connection::Waiting);
        }
        state.connecting = false;
        Some(match socket.local_addr() {
            Ok(local) => Connection::Established(local),
            Err(error) => Connection::Failed(cause::of_socket(&error)),
        })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Arrival {
        let wanted = self.reading && self.readable;
        match &mut self.socket {
            Socket::Datagram { .. } if !wanted => Arrival::Nothing,
            Socket::Datagram { socket, remote } => match socket.recv_from(buffer) {
                // The kernel filters once the socket is connected; in the moment before, anyone could send to the port.
                Ok((_, from)) if !is_same(from, *remote) => Arrival::Again,
                Ok((length, _)) => Arrival::Bytes(length),
                Err(error) => self.failed_to_read(&error, Arrival::Rejected),
            },
            Socket::Stream { state, .. } if !wanted || state.finished => {
                state.broken.map_or(Arrival::Nothing, Arrival::Ended)
            }
            Socket::Stream { socket, state } => match (&**socket).read(buffer) {
                Ok(0) => {
                    state.finished = true;
                    Arrival::Finished
                }
                Ok(length) => Arrival::Bytes(length),
                Err(error) => self.failed_to_read(&error, Arrival::Ended),
            },
        }
    }

    fn failed_to_read(&mut self, error: &io::Error, other: impl FnOnce(CloseCause) -> Arrival) -> Arrival {
        match error.kind() {
            ErrorKind::WouldBlock => {
                self.readable = false;
                // A broken stream ends here, now that nothing is left to read.
                Arrival::Again
            }
            ErrorKind::Interrupted => Arrival::Again,
            _ => other(cause::of_socket(error)),
        }
    }

    /// Writes from `waiting`, all that the machine has at hand.
    pub(super) fn write(&mut self, waiting: &[u8]) -> Departure {
        let Socket::Stream { socket, state } = &mut self.socket else {
            return Departure::Nothing;
        };
        if state.connecting || !state.filled || !self.writable {
            return Departure::Nothing;
        }
        let result = if waiting.is_empty() {
            state.filled = false;
            if !std::mem::take(&mut state.finishing) {
                return Departure::Nothing;
            }
            socket.shutdown(Shutdown::Write).map(|()| 0)
        } else {
            (&**socket).write(waiting)
        };
        match result {
            Ok(0) => Departure::Nothing,
            Ok(length) => Departure::Bytes(length),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.writable = false;
                Departure::Nothing
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Departure::Again,
            Err(error) => {
                state.filled = false;
                state.broken = Some(cause::of_socket(&error));
                // What is left to read comes first, and then the end.
                self.readable = true;
                Departure::Nothing
            }
        }
    }

    /// Sends one datagram; `None` if this is a stream.
    pub(super) fn send(&self, data: &[u8]) -> Option<Dispatch> {
        let Socket::Datagram { socket, .. } = &self.socket else {
            return None;
        };
        let mut earlier = None;
        Some(loop {
            match socket.send(data) {
                Ok(_) => break earlier.map_or(Dispatch::Sent, Dispatch::Rejected),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break Dispatch::NoRoom,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // An error may tell of an earlier datagram, and then this one was not even tried.
                Err(error) if earlier.is_none() => earlier = Some(cause::of_socket(&error)),
                Err(error) => break Dispatch::Rejected(cause::of_socket(&error)),
            }
        })
    }

    /// The socket of a datagram flow, and whether it is one of IPv6.
    pub(super) fn datagram_socket(&self) -> Option<(&Arc<UdpSocket>, bool)> {
        match &self.socket {
            Socket::Datagram { socket, remote } => Some((socket, remote.is_ipv6())),
            Socket::Stream { .. } => None,
        }
    }

    /// The socket itself, which nobody else may hold any more.
    pub(super) fn detach(self) -> Option<Detached> {
        match self.socket {
            Socket::Datagram { socket, .. } => Arc::into_inner(socket).map(Detached::Datagram),
            Socket::Stream { socket, .. } => Arc::into_inner(socket).map(Detached::Stream),
        }
    }

    pub(super) fn descriptor(&self) -> Descriptor {
        match &self.socket {
            Socket::Datagram { socket, .. } => Descriptor::of(socket),
            Socket::Stream { socket, .. } => Descriptor::of(socket),
        }
    }
}

/// Whether these name one end. The flow label of IPv6 is nobody's name, and a scope that was not asked for may be filled in.
fn is_same(a: SocketAddr, b: SocketAddr) -> bool {
    (a.ip(), a.port()) == (b.ip(), b.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameward_core::flow::Lane;
    use socket2::SockRef;
    use std::net::TcpListener;
    use std::time::Duration;

    /// A peer answers, does not wait for our next bytes, and resets. Writing fails, and the answer must not be lost with it.
    #[test]
    fn what_a_peer_said_before_it_reset_is_read_after_writing_failed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        socket.set_nonblocking(true).unwrap();
        let mut flow = Flow::connected(FlowId::from_machine(Lane(0), 1), socket, None);
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(b"answer").unwrap();
        SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
        drop(peer);

        // Only room to write was reported so far.
        flow.note(Readiness {
            readable: false,
            writable: true,
        });
        flow.fill();
        assert!(matches!(flow.write(b"question"), Departure::Nothing));
        assert!(flow.has_work());
        let mut buffer = [0; 16];
        assert!(matches!(flow.read(&mut buffer), Arrival::Bytes(6)));
        assert_eq!(&buffer[..6], b"answer");
        assert!(matches!(
            flow.read(&mut buffer),
            Arrival::Finished | Arrival::Ended(CloseCause::Reset)
        ));
    }
}
