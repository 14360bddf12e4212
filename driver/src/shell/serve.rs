//! Sockets that are ready, seen to in turn.

use std::io::{self, ErrorKind, Read as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::{CloseCause, Input, Machine};

use super::flow::{Arrival, Connection, Departure, Flow};
use super::table::{Place, Socket};
use super::{CALLS_PER_SOCKET, CALLS_PER_TURN, Shell};
use crate::cause;
use crate::config::Notice;
use crate::socket::Batch;
use crate::store::Writer;
use crate::watch::{Direction, Slot, Watch};

/// How long accepting rests after it failed for want of descriptors or buffers. The system reports no change when some
/// become free, and trying at once would spin.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// How many requests are received one by one in a turn. To receive several takes preparation, which pays where they queue up.
const SINGLE_REQUESTS: usize = 2;

impl<M: Machine, W: Watch> Shell<M, W> {
    /// Sees to the slots that are queued now, each once, until the calls of this turn are used up.
    pub(super) fn serve_queue(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut calls = 0;
        for _ in 0..self.work.len() {
            if calls >= CALLS_PER_TURN {
                break;
            }
            let Some(slot) = self.work.pop_front() else { break };
            calls += self.serve(slot, &mut buffer);
        }
        self.buffer = buffer;
    }

    /// Sees to one slot, and says how many calls that took.
    fn serve(&mut self, slot: Slot, buffer: &mut [u8]) -> usize {
        // The slot may have been given to another socket since it was queued, which then is not, or is for itself.
        let Some(place) = self.table.place(slot) else {
            return 0;
        };
        if !std::mem::take(&mut place.queued) {
            return 0;
        }
        match &place.socket {
            Socket::Flow(flow) => {
                let flow = flow.id;
                self.serve_flow(flow, slot, buffer)
            }
            Socket::Requests(_) => self.serve_requests(slot),
            Socket::Connections(_) => self.serve_connections(slot),
            Socket::Results(_) => self.serve_results(slot, buffer),
            Socket::Spare(_) => 0,
        }
    }

    fn serve_flow(&mut self, id: FlowId, slot: Slot, buffer: &mut [u8]) -> usize {
        let Some(before) = self.table.flow_at(slot, id).map(|flow| flow.readiness()) else {
            return 0;
        };
        let calls = self.call_for_flow(id, slot, buffer);
        if let Some(flow) = self.table.flow_at(slot, id) {
            let after = flow.readiness();
            let has_work = flow.has_work();
            if before.readable && !after.readable {
                self.watch.blocked(slot, Direction::Read);
            }
            if before.writable && !after.writable {
                self.watch.blocked(slot, Direction::Write);
            }
            if has_work {
                self.queue(slot);
            }
        }
        calls
    }

    fn call_for_flow(&mut self, id: FlowId, slot: Slot, buffer: &mut [u8]) -> usize {
        match self.table.flow_at(slot, id).and_then(Flow::connect) {
            None => {}
            Some(Connection::Waiting) => return 1,
            Some(Connection::Established(local)) => self.deliver(Input::Opened { flow: id, local }),
            Some(Connection::Failed(cause)) => {
                self.end(id, cause);
                return 1;
            }
        }
        self.read(id, slot, buffer) + self.write(id, slot)
    }

    fn read(&mut self, id: FlowId, slot: Slot, buffer: &mut [u8]) -> usize {
        for calls in 0..CALLS_PER_SOCKET {
            // Looked up anew each time: what was delivered may have ended the flow.
            let Some(flow) = self.table.flow_at(slot, id) else {
                return calls;
            };
            match flow.read(buffer) {
                Arrival::Nothing => return calls,
                Arrival::Again => {}
                Arrival::Bytes(length) => self.deliver(Input::Received {
                    flow: id,
                    data: &buffer[..length],
                }),
                Arrival::Rejected(cause) => self.deliver(Input::Rejected { flow: id, cause }),
                Arrival::Finished => self.deliver(Input::Finished { flow: id }),
                Arrival::Ended(cause) => {
                    self.end(id, cause);
                    return calls;
                }
            }
        }
        CALLS_PER_SOCKET
    }

    fn write(&mut self, id: FlowId, slot: Slot) -> usize {
        for calls in 0..CALLS_PER_SOCKET {
            let Some(flow) = self.table.flow_at(slot, id) else {
                return calls;
            };
            match flow.write(self.machine.stream_out(id)) {
                Departure::Nothing => return calls,
                Departure::Again => {}
                Departure::Bytes(length) => {
                    self.machine.stream_sent(self.now, id, length);
                    self.drain();
                }
            }
        }
        CALLS_PER_SOCKET
    }

    fn serve_requests(&mut self, slot: Slot) -> usize {
        let mut batch = std::mem::take(&mut self.batch);
        let calls = self.answer_requests(slot, &mut batch);
        self.batch = batch;
        calls
    }

    fn answer_requests(&mut self, slot: Slot, batch: &mut Batch) -> usize {
        let mut calls = 0;
        while calls < CALLS_PER_SOCKET {
            let Some(Place {
                socket: Socket::Requests(requests),
                ..
            }) = self.table.place(slot)
            else {
                return calls;
            };
            let listener = requests.id;
            match requests.socket.receive(batch, calls >= SINGLE_REQUESTS) {
                Ok(()) => {
                    for (peer, local, data) in batch.iter() {
                        self.deliver(Input::Request {
                            listener,
                            peer,
                            local,
                            data,
                        });
                    }
                    calls += batch.len();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.watch.blocked(slot, Direction::Read);
                    return calls;
                }
                // It is about an earlier reply, or the call was interrupted.
                Err(_) => calls += 1,
            }
        }
        self.queue(slot);
        calls
    }

    fn serve_connections(&mut self, slot: Slot) -> usize {
        for calls in 0..CALLS_PER_SOCKET {
            let Some(Place {
                socket: Socket::Connections(connections),
                ..
            }) = self.table.place(slot)
            else {
                return calls;
            };
            if !connections.accepting || !connections.readable || self.accept_again.is_some() {
                return calls;
            }
            let listener = connections.id;
            match connections.socket.accept() {
                Ok((socket, peer)) => {
                    if let Err(error) = self.accepted(listener, socket, peer) {
                        (self.observe)(Notice::NotAccepted {
                            listener,
                            cause: cause::of_socket(&error),
                        });
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    connections.readable = false;
                    self.watch.blocked(slot, Direction::Read);
                    return calls;
                }
                Err(error) => {
                    let cause = cause::of_socket(&error);
                    (self.observe)(Notice::NotAccepted { listener, cause });
                    if matches!(cause, CloseCause::Descriptors | CloseCause::Buffers) {
                        self.drop_spares();
                        self.accept_again = Some(self.now.mono.after(ACCEPT_REST));
                    }
                }
            }
        }
        self.queue(slot);
        CALLS_PER_SOCKET
    }

    fn accepted(&mut self, listener: ListenerId, socket: TcpStream, peer: SocketAddr) -> io::Result<()> {
        let taken = self.places.as_ref().map(|places| places.take(peer.ip()));
        if let Some(None) = taken {
            (self.observe)(Notice::TooManyOfClient { listener, peer });
            return Ok(());
        }
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        // The listener's own address may be the wildcard.
        let local = socket.local_addr()?;
        let flow = FlowId::from_driver(listener.lane(), self.accepted);
        self.install(Socket::Flow(Flow::connected(flow, socket, taken.flatten())))?;
        self.accepted += 1;
        self.deliver(Input::Accepted {
            flow,
            listener,
            peer,
            local,
        });
        Ok(())
    }

    fn serve_results(&mut self, slot: Slot, buffer: &mut [u8]) -> usize {
        let Some(Place {
            socket: Socket::Results(socket),
            ..
        }) = self.table.place(slot)
        else {
            return 0;
        };
        // The bytes mean nothing. They are taken first: a result that comes after that is a change of its own.
        let blocked = loop {
            match (&**socket).read(buffer) {
                Ok(0) => break false,
                Err(error) if error.kind() != ErrorKind::Interrupted => {
                    break error.kind() == ErrorKind::WouldBlock;
                }
                Ok(_) | Err(_) => {}
            }
        };
        if blocked {
            self.watch.blocked(slot, Direction::Read);
        }
        while let Some((token, result)) = self.store.as_mut().and_then(Writer::next_result) {
            self.deliver(Input::Stored { token, result });
        }
        1
    }
}
