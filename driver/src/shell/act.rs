//! What a machine wants to have done, done.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::{Action, Input, LocalAddr, Machine, Proto, StoreError};

use super::Shell;
use super::flow::{Dispatch, Flow};
use super::table::Socket;
use crate::config::{Notice, Occurrence};
use crate::watch::Watch;
use crate::{cause, socket};

impl<M: Machine, W: Watch> Shell<M, W> {
    /// Does one thing. Actions that name a flow that ended are dropped, here as in the tables.
    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Open {
                flow,
                proto,
                remote,
                read,
            } => self.open(flow, proto, remote, read),
            Action::Send { flow, data } => self.send(flow, &data),
            Action::Reply {
                listener,
                to,
                from,
                data,
            } => self.reply(listener, to, from, &data),
            Action::Writable { flow } => self.change(flow, Flow::fill),
            Action::Finish { flow } => self.change(flow, Flow::finish),
            Action::Read { flow, wanted } => self.change(flow, |flow| flow.set_reading(wanted)),
            Action::Accept { listener, wanted } => self.accept(listener, wanted),
            Action::Detach { flow } => self.detach(flow),
            Action::Close { flow } => self.close(flow),
            Action::Store {
                token,
                object,
                change,
            } => {
                let store = self.store.as_mut().ok_or(StoreError::Missing);
                if let Err(error) = store.and_then(|store| store.store(token, object, change)) {
                    self.pending.push_back(Input::Stored {
                        token,
                        result: Err(error),
                    });
                }
            }
        }
    }

    fn open(&mut self, flow: FlowId, proto: Proto, remote: SocketAddr, read: bool) {
        if self.stopped || self.table.knows(flow) {
            return;
        }
        let mut opened = self.try_open(flow, proto, remote, read);
        // What is kept in case it is of use may be what is wanting.
        if opened.is_err() && self.drop_spares() {
            opened = self.try_open(flow, proto, remote, read);
        }
        match opened {
            Ok(None) => {}
            Ok(Some(local)) => self.pending.push_back(Input::Opened { flow, local }),
            Err(error) => {
                self.table.insert_failed(flow);
                self.pending.push_back(Input::Closed {
                    flow,
                    cause: cause::of_socket(&error),
                });
            }
        }
    }

    /// Opens a flow, and says its local address if it is open already.
    fn try_open(
        &mut self,
        flow: FlowId,
        proto: Proto,
        remote: SocketAddr,
        read: bool,
    ) -> io::Result<Option<SocketAddr>> {
        let (socket, local) = match proto {
            Proto::Datagram => {
                if let Some(local) = self.open_spare(flow, remote, read) {
                    return Ok(Some(local));
                }
                let socket = socket::open_datagram(remote)?;
                let local = socket.local_addr()?;
                (Flow::datagram(flow, Arc::new(socket), remote, read), Some(local))
            }
            Proto::Stream => (Flow::connecting(flow, socket::open_stream(remote)?, read), None),
        };
        self.install(Socket::Flow(socket))?;
        Ok(local)
    }

    fn send(&mut self, flow: FlowId, data: &[u8]) {
        match self.table.flow(flow).and_then(|flow| flow.send(data)) {
            None | Some(Dispatch::Sent) => {}
            Some(Dispatch::NoRoom) => (self.observe)(Notice::NotSent { flow }),
            Some(Dispatch::Rejected(cause)) => self.pending.push_back(Input::Rejected { flow, cause }),
        }
    }

    fn reply(&mut self, listener: ListenerId, to: SocketAddr, from: Option<LocalAddr>, data: &[u8]) {
        let Some(slot) = self.table.slot_of_listener(listener) else {
            return;
        };
        let Some(Socket::Requests(requests)) = self.table.place(slot).map(|place| &place.socket) else {
            return;
        };
        if let Err(error) = requests.socket.reply(to, from, data) {
            let cause = cause::of_socket(&error);
            (self.observe)(Notice::NotReplied { listener, to, cause });
        }
    }

    /// Changes what is known of a flow, after which there may be something to do for it.
    fn change(&mut self, flow: FlowId, change: impl FnOnce(&mut Flow)) {
        let Some(slot) = self.table.slot_of_flow(flow) else {
            return;
        };
        let Some(flow) = self.table.flow(flow) else { return };
        change(flow);
        if flow.has_work() {
            self.queue(slot);
        }
    }

    fn accept(&mut self, listener: ListenerId, wanted: bool) {
        let Some(slot) = self.table.slot_of_listener(listener) else {
            return;
        };
        if let Some(place) = self.table.place(slot)
            && let Socket::Connections(connections) = &mut place.socket
        {
            connections.accepting = wanted;
            if wanted && connections.readable {
                self.queue(slot);
            }
        }
    }

    fn detach(&mut self, flow: FlowId) {
        // Invariant: once it has forgotten the socket, the reactor holds on to it no more, and it can be given away.
        if let Some(socket) = self.release(flow).and_then(Flow::detach) {
            self.occurrences.push_back(Occurrence::Detached { flow, socket });
        }
    }
}
