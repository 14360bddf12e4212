//! The sockets of a shell: in slots for the runtime, by name for the machine.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use nameward_core::flow::{FlowId, ListenerId};

use super::flow::Flow;
use super::spare::Spare;
use crate::socket::{self, RequestSocket};
use crate::watch::{Descriptor, Interest, Slot};

/// All sockets.
#[derive(Default)]
pub(super) struct Table {
    places: Vec<Option<Place>>,
    free: Vec<Slot>,
    /// Where each flow is; `None` while it still has to be said that it could not be opened.
    flows: BTreeMap<FlowId, Option<Slot>>,
    listeners: BTreeMap<ListenerId, Slot>,
}

/// A socket and whether it stands in the queue of work.
pub(super) struct Place {
    pub(super) queued: bool,
    pub(super) socket: Socket,
}

pub(super) enum Socket {
    Flow(Flow),
    Requests(Requests),
    Connections(Connections),
    /// Readable when the store has results.
    Results(Arc<UnixStream>),
    Spare(Spare),
}

/// A listener for datagrams.
pub(super) struct Requests {
    pub(super) id: ListenerId,
    pub(super) socket: RequestSocket,
}

/// A listener for streams.
pub(super) struct Connections {
    pub(super) id: ListenerId,
    pub(super) socket: Arc<TcpListener>,
    pub(super) local: SocketAddr,
    /// The machine wants new connections.
    pub(super) accepting: bool,
    pub(super) readable: bool,
}

impl Socket {
    pub(super) fn interest(&self) -> Interest {
        match self {
            Self::Flow(flow) => flow.interest(),
            Self::Requests(_) | Self::Connections(_) | Self::Results(_) | Self::Spare(_) => Interest::Read,
        }
    }

    pub(super) fn descriptor(&self) -> Descriptor {
        match self {
            Self::Flow(flow) => flow.descriptor(),
            Self::Requests(requests) => requests.socket.descriptor(),
            Self::Connections(connections) => Descriptor::of(&connections.socket),
            Self::Results(socket) => Descriptor::of(socket),
            Self::Spare(spare) => Descriptor::of(&spare.socket),
        }
    }
}

impl Table {
    /// A slot that is free, for the socket that is inserted next.
    pub(super) fn vacancy(&self) -> Slot {
        self.free.last().copied().unwrap_or(Slot(self.places.len()))
    }

    /// Puts a socket into the [`vacancy`](Self::vacancy), under its name.
    pub(super) fn insert(&mut self, socket: Socket) {
        let slot = self.vacancy();
        match &socket {
            Socket::Flow(flow) => {
                self.flows.insert(flow.id, Some(slot));
            }
            Socket::Requests(Requests { id, .. }) | Socket::Connections(Connections { id, .. }) => {
                self.listeners.insert(*id, slot);
            }
            Socket::Results(_) | Socket::Spare(_) => {}
        }
        let place = Some(Place {
            queued: false,
            socket,
        });
        if self.free.pop().is_some() {
            self.places[slot.0] = place;
        } else {
            self.places.push(place);
        }
    }

    pub(super) fn place(&mut self, slot: Slot) -> Option<&mut Place> {
        self.places.get_mut(slot.0)?.as_mut()
    }

    /// Whether the flow has not ended.
    pub(super) fn knows(&self, flow: FlowId) -> bool {
        self.flows.contains_key(&flow)
    }

    pub(super) fn flow(&mut self, id: FlowId) -> Option<&mut Flow> {
        let slot = self.slot_of_flow(id)?;
        self.flow_at(slot, id)
    }

    /// The flow, if it has not ended since it was seen in this slot.
    pub(super) fn flow_at(&mut self, slot: Slot, id: FlowId) -> Option<&mut Flow> {
        match self.place(slot)? {
            Place {
                socket: Socket::Flow(flow),
                ..
            } if flow.id == id => Some(flow),
            Place { .. } => None,
        }
    }

    pub(super) fn slot_of_flow(&self, id: FlowId) -> Option<Slot> {
        self.flows.get(&id).copied()?
    }

    pub(super) fn slot_of_listener(&self, id: ListenerId) -> Option<Slot> {
        self.listeners.get(&id).copied()
    }

    /// Where a listener listens.
    pub(super) fn listening_at(&self, id: ListenerId) -> Option<SocketAddr> {
        let place = self.places.get(self.listeners.get(&id)?.0)?.as_ref()?;
        match &place.socket {
            Socket::Requests(requests) => Some(requests.socket.local_addr()),
            Socket::Connections(connections) => Some(connections.local),
            Socket::Flow(_) | Socket::Results(_) | Socket::Spare(_) => None,
        }
    }

    /// Ends a datagram flow, and leaves its socket where it is, without a port. Says where that is; none if that cannot be done, and then
    /// nothing was.
    pub(super) fn set_aside(&mut self, id: FlowId) -> Option<Slot> {
        let slot = self.slot_of_flow(id)?;
        let (socket, ipv6) = self.flow_at(slot, id)?.datagram_socket()?;
        socket::leave_port(socket).ok()?;
        let socket = Arc::clone(socket);
        self.flows.remove(&id);
        self.place(slot)?.socket = Socket::Spare(Spare { socket, ipv6 });
        Some(slot)
    }

    /// The socket that was set aside here, and whether it is one of IPv6.
    pub(super) fn spare(&self, slot: Slot) -> Option<(Arc<UdpSocket>, bool)> {
        match &self.places.get(slot.0)?.as_ref()?.socket {
            Socket::Spare(Spare { socket, ipv6 }) => Some((Arc::clone(socket), *ipv6)),
            _ => None,
        }
    }

    /// Gives a socket that was set aside to a flow.
    pub(super) fn take_up(&mut self, slot: Slot, flow: Flow) {
        self.flows.insert(flow.id, Some(slot));
        if let Some(place) = self.place(slot) {
            place.socket = Socket::Flow(flow);
        }
    }

    /// Remembers a flow that could not be opened, until that is said.
    pub(super) fn insert_failed(&mut self, id: FlowId) {
        self.flows.insert(id, None);
    }

    /// Ends a flow: its name is forgotten, and its socket is given back if it has one.
    pub(super) fn end_flow(&mut self, id: FlowId) -> Option<(Slot, Flow)> {
        let slot = self.flows.remove(&id)??;
        match self.remove(slot)? {
            Socket::Flow(flow) => Some((slot, flow)),
            Socket::Requests(_) | Socket::Connections(_) | Socket::Results(_) | Socket::Spare(_) => None,
        }
    }

    /// Takes out the socket of a slot.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<Socket> {
        let place = self.places.get_mut(slot.0)?.take()?;
        self.free.push(slot);
        Some(place.socket)
    }

    /// All flows, in the order of their names.
    pub(super) fn flow_names(&self) -> Vec<FlowId> {
        self.flows.keys().copied().collect()
    }

    /// Where all listeners are.
    pub(super) fn listener_slots(&self) -> Vec<Slot> {
        self.listeners.values().copied().collect()
    }

    /// Takes out the names of all listeners, and says where they are.
    pub(super) fn take_listeners(&mut self) -> Vec<Slot> {
        std::mem::take(&mut self.listeners).into_values().collect()
    }
}
