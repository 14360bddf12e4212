//! Hosts: who lives in the world.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use core::fmt;
use core::marker::PhantomData;
use core::net::{IpAddr, SocketAddr};

use nameward_core::flow::{FlowId, Lane, ListenerId};
use nameward_core::machine::{Proto, Wake};
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::{Instant, Now};

use crate::clock::{Clock, ClockConfig};
use crate::link::Packet;
use crate::machine::AnyMachine;
use crate::random::PerMille;
use crate::script::Script;
use crate::storage::{Storage, Unanswered};
use crate::stream::EndId;

/// A host of one world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub(crate) u32);

impl HostId {
    pub(crate) const fn index(self) -> usize {
        // A usize has 32 bits at least wherever the simulator runs.
        self.0 as usize
    }
}

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "h{}", self.0)
    }
}

impl fmt::Debug for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A host that runs a machine of type `M`.
pub struct Host<M> {
    /// The host, whatever it runs.
    pub id: HostId,
    pub(crate) machine: PhantomData<fn() -> M>,
}

impl<M> Clone for Host<M> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M> Copy for Host<M> {}

impl<M> fmt::Debug for Host<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.id, f)
    }
}

impl<M> From<Host<M>> for HostId {
    fn from(host: Host<M>) -> Self {
        host.id
    }
}

/// What a host has besides what it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostConfig {
    /// Its name, in messages. It also names the host's streams of randomness, so it is unique.
    pub name: String,
    /// Its addresses, one of each family at least that it uses.
    pub addresses: Vec<IpAddr>,
    /// Where it listens, on all its addresses.
    pub listeners: Vec<Listener>,
    /// How its clocks run.
    pub clock: ClockConfig,
}

impl HostConfig {
    /// A host with exact clocks that listens nowhere.
    pub fn new(name: &str, address: impl Into<IpAddr>) -> Self {
        Self {
            name: name.into(),
            addresses: vec![address.into()],
            listeners: Vec::new(),
            clock: ClockConfig::default(),
        }
    }

    /// A host with exact clocks that listens on `port`, for datagrams as listener 0 and for streams as listener 1, both in
    /// lane 0.
    pub fn server(name: &str, address: impl Into<IpAddr>, port: u16) -> Self {
        let listener = |number, proto| Listener {
            id: ListenerId::new(Lane(0), number),
            proto,
            port,
        };
        Self {
            listeners: vec![listener(0, Proto::Datagram), listener(1, Proto::Stream)],
            ..Self::new(name, address)
        }
    }
}

/// A socket on which a host listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listener {
    /// What the machine calls it.
    pub id: ListenerId,
    /// For datagrams or for streams.
    pub proto: Proto,
    /// The port.
    pub port: u16,
}

/// What a machine is built from when its host starts.
#[derive(Debug)]
pub struct Boot<'a> {
    /// The machine's seed, another one each time.
    pub seed: Seed,
    /// What earlier machines of this host stored.
    pub storage: &'a Storage,
    /// How often the host was restarted before.
    pub restarts: u64,
    /// The host's clocks.
    pub now: Now,
}

/// All that the world knows of a host.
pub(crate) struct HostState {
    pub(crate) config: HostConfig,
    pub(crate) clock: Clock,
    pub(crate) up: bool,
    /// It does nothing before.
    pub(crate) paused_until: Instant,
    pub(crate) restarts: u64,
    pub(crate) storage: Storage,
    pub(crate) store_failures: PerMille,
    /// Where its ports come from.
    pub(crate) ports: Rng,
    pub(crate) resident: Resident,
}

/// Who lives on a host.
pub(crate) enum Resident {
    Machine(Box<Sockets>),
    /// `None` for who only acts.
    Script(Option<Script>),
}

/// A machine, and what its driver keeps for it.
pub(crate) struct Sockets {
    pub(crate) machine: Box<dyn AnyMachine>,
    pub(crate) wake: Option<Wake>,
    /// Counts the wakes that were scheduled: only the last one rings.
    pub(crate) alarm: u64,
    pub(crate) flows: BTreeMap<FlowId, Flow>,
    /// The streams that may have something to write and room for it. All others cost nothing when the machine is drained.
    pub(crate) pumped: BTreeSet<FlowId>,
    /// Every flow that ever was, so that one never named differs from one that ended.
    pub(crate) named: BTreeSet<FlowId>,
    pub(crate) accepted: u64,
    pub(crate) refusing: BTreeSet<ListenerId>,
    /// Streams that wait to be accepted, in the order in which they were opened.
    pub(crate) backlog: BTreeSet<(ListenerId, EndId)>,
    pub(crate) unanswered: Vec<Unanswered>,
    /// When the last of them is answered.
    pub(crate) stored_by: Instant,
    /// When the driver will drain the machine, if it has put that off.
    pub(crate) drained_at: Option<Instant>,
}

impl Sockets {
    pub(crate) fn new(machine: Box<dyn AnyMachine>, alarm: u64) -> Self {
        Self {
            machine,
            wake: None,
            alarm,
            flows: BTreeMap::new(),
            pumped: BTreeSet::new(),
            named: BTreeSet::new(),
            accepted: 0,
            refusing: BTreeSet::new(),
            backlog: BTreeSet::new(),
            unanswered: Vec::new(),
            stored_by: Instant::ZERO,
            drained_at: None,
        }
    }

    /// Takes out the stream that is next to be accepted here.
    pub(crate) fn next_in_backlog(&mut self, listener: ListenerId) -> Option<EndId> {
        let &next = self.backlog.iter().find(|(of, _)| *of == listener)?;
        self.backlog.remove(&next);
        Some(next.1)
    }

    /// The datagram flow with this local address.
    pub(crate) fn bound(&self, local: SocketAddr) -> Option<FlowId> {
        self.flows.iter().find_map(|(&flow, state)| match &state.kind {
            FlowKind::Datagram { local: bound, .. } if *bound == local => Some(flow),
            _ => None,
        })
    }
}

/// One open flow of a machine.
pub(crate) struct Flow {
    pub(crate) reading: bool,
    pub(crate) kind: FlowKind,
}

pub(crate) enum FlowKind {
    Datagram {
        local: SocketAddr,
        remote: SocketAddr,
        /// What arrived while nobody read.
        inbox: VecDeque<Packet>,
    },
    Stream {
        end: EndId,
        open: bool,
        writable: bool,
        finishing: bool,
    },
    /// The host has no address from which the remote could be reached. The answer is on its way.
    Nowhere,
}
