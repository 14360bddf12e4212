//! How the world drives machines: as a real driver does, and as strictly.

use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::{Action, Change, CloseCause, Input, LocalAddr, Proto, StoreError, Wake};
use nameward_core::time::Instant;

use crate::decision::{Choice, Place, Site};
use crate::fault::Fault;
use crate::host::{Flow, FlowKind, HostId, Resident, Sockets};
use crate::link::Packet;
use crate::observe::What;
use crate::random::duration_up_to;
use crate::storage::{Unanswered, prefix};
use crate::stream::EndId;
use crate::world::{OpenedEnd, Polled, Scheduled, World};

/// How many outputs may come out of a machine at one moment.
const MOST_OUTPUTS: u32 = 100_000;

impl World {
    /// The driver's side of a machine that runs.
    pub(crate) fn sockets(&mut self, host: HostId) -> Option<&mut Sockets> {
        let state = &mut self.hosts[host.index()];
        match &mut state.resident {
            Resident::Machine(sockets) if state.up => Some(sockets),
            _ => None,
        }
    }

    /// The driver's side of a machine, if it is still the one that ran after so many restarts.
    pub(crate) fn sockets_of(&mut self, host: HostId, restarts: u64) -> Option<&mut Sockets> {
        if self.hosts[host.index()].restarts != restarts {
            return None;
        }
        self.sockets(host)
    }

    /// Gives one input to the machine of a host, if one runs there, and drains it.
    pub(crate) fn input(&mut self, host: HostId, input: &Input<'_>, packet: Option<&Packet>) {
        if self.sockets(host).is_none() || self.violation.is_some() {
            return;
        }
        let now = self.clock(host);
        self.tell(host, What::Input { now, input, packet });
        if let Some(sockets) = self.sockets(host) {
            sockets.machine.handle(now, *input);
        }
        if !self.dawdles(host) {
            self.settle(host, matches!(input, Input::Tick));
        }
    }

    /// Whether the driver sees to something else before it drains the machine of a host. It drains it a little later.
    fn dawdles(&mut self, host: HostId) -> bool {
        let state = &self.hosts[host.index()];
        let (dawdling, restarts) = (state.clock.dawdling(), state.restarts);
        match self.sockets(host).map(|sockets| sockets.drained_at) {
            None => return false,
            // It does not put off what it has put off already.
            Some(Some(_)) => {
                self.tally.count(Fault::LateDrain);
                return true;
            }
            Some(None) if dawdling.is_zero() && !self.is_replaying() => return false,
            Some(None) => {}
        }
        let choices = self.decide(Place::at(Site::Drain, host), |rng| {
            vec![Choice::Late(duration_up_to(dawdling, rng))]
        });
        let (Some(Choice::Late(after)), now) = (choices.first(), self.now) else {
            return false;
        };
        if let Some(sockets) = self.sockets(host) {
            sockets.drained_at = Some(now.after(*after));
        }
        self.schedule(now.after(*after), Scheduled::Drain { host, restarts });
        true
    }

    /// The driver comes back to a machine that it has put off.
    pub(crate) fn drain(&mut self, host: HostId, restarts: u64) {
        if self.hosts[host.index()].restarts != restarts {
            return;
        }
        if let Some(sockets) = self.sockets(host) {
            // Its alarm may have rung meanwhile.
            sockets.wake = None;
        }
        self.settle(host, false);
    }

    /// Drains a machine: does what it wants until it wants nothing more, and sets its alarm.
    pub(crate) fn settle(&mut self, host: HostId, ticked: bool) {
        if let Some(sockets) = self.sockets(host) {
            sockets.drained_at = None;
        }
        let mut outputs = 0;
        loop {
            if self.violation.is_some() || self.sockets(host).is_none() {
                return;
            }
            outputs += 1;
            if outputs > MOST_OUTPUTS {
                return self.violate(host, "contract", format!("{MOST_OUTPUTS} outputs and never idle"));
            }
            match self.poll(host) {
                Polled::Do(action) => self.perform(host, action),
                Polled::Told => {}
                Polled::Idle(wake) if !self.pump(host) => return self.set_alarm(host, wake, ticked),
                Polled::Idle(_) => {}
            }
        }
    }

    fn set_alarm(&mut self, host: HostId, wake: Option<Wake>, ticked: bool) {
        let state = &mut self.hosts[host.index()];
        let now = state.clock.now(self.now).mono;
        let Resident::Machine(sockets) = &mut state.resident else {
            return;
        };
        if let Some(Wake { at, why }) = wake.filter(|wake| ticked && wake.at <= now) {
            let reason = format!("after a tick at {now} the next wake is {at}: {why}");
            return self.violate(host, "contract", reason);
        }
        if sockets.wake == wake {
            return;
        }
        sockets.wake = wake;
        sockets.alarm += 1;
        let alarm = sockets.alarm;
        if let Some(wake) = wake {
            let late = self.late_timer(host);
            let at = self.hosts[host.index()].clock.world_time(wake.at).after(late);
            self.schedule(at, Scheduled::Wake { host, alarm });
        }
    }

    /// How much too late the timer of a host fires this time.
    fn late_timer(&mut self, host: HostId) -> Duration {
        let lateness = self.hosts[host.index()].clock.lateness();
        if lateness.is_zero() && !self.is_replaying() {
            return Duration::ZERO;
        }
        let choices = self.decide(Place::at(Site::Timer, host), |rng| {
            let late = duration_up_to(lateness, rng);
            Vec::from_iter((!late.is_zero()).then_some(Choice::Late(late)))
        });
        match choices.first() {
            Some(Choice::Late(late)) => {
                self.tally.count(Fault::LateTimer);
                *late
            }
            _ => Duration::ZERO,
        }
    }

    pub(crate) fn wake(&mut self, host: HostId, alarm: u64) {
        if self.sockets(host).is_some_and(|sockets| sockets.alarm == alarm) {
            self.input(host, &Input::Tick, None);
        }
    }

    fn perform(&mut self, host: HostId, action: Action) {
        let Some(sockets) = self.sockets(host) else {
            return;
        };
        if let Some(flow) = action.flow()
            && !matches!(action, Action::Open { .. })
            && !sockets.flows.contains_key(&flow)
        {
            // What names a flow that ended is dropped in silence.
            if !sockets.named.contains(&flow) {
                self.violate(host, "contract", format!("{flow} was never opened: {action:?}"));
            }
            return;
        }
        match action {
            Action::Open {
                flow,
                proto,
                remote,
                read,
            } => self.open(host, flow, proto, remote, read),
            Action::Send { flow, data } => match sockets.kind(flow) {
                Some(FlowKind::Datagram { local, remote, .. }) => {
                    let (from, to) = (*local, *remote);
                    self.send_datagram(host, from, to, data);
                }
                Some(FlowKind::Stream { .. }) => {
                    self.violate(
                        host,
                        "contract",
                        format!("a datagram is sent on the stream {flow}"),
                    );
                }
                Some(FlowKind::Nowhere) | None => {}
            },
            Action::Reply {
                listener,
                to,
                from,
                data,
            } => self.reply(host, listener, to, from, data),
            Action::Writable { flow } => match sockets.kind(flow) {
                Some(FlowKind::Stream { writable, .. }) => {
                    *writable = true;
                    sockets.pumped.insert(flow);
                }
                Some(FlowKind::Datagram { .. }) => {
                    self.violate(host, "contract", format!("the datagram flow {flow} is writable"));
                }
                Some(FlowKind::Nowhere) | None => {}
            },
            Action::Finish { flow } => match sockets.kind(flow) {
                Some(FlowKind::Stream { finishing, .. }) => {
                    *finishing = true;
                    sockets.pumped.insert(flow);
                }
                Some(FlowKind::Datagram { .. }) => {
                    self.violate(host, "contract", format!("the datagram flow {flow} is finished"));
                }
                Some(FlowKind::Nowhere) | None => {}
            },
            Action::Read { flow, wanted } => self.set_reading(host, flow, wanted),
            Action::Accept { listener, wanted } => self.set_accepting(host, listener, wanted),
            Action::Detach { flow } => {
                if let Some(end) = self.take_stream(host, flow) {
                    self.detach(end);
                }
            }
            Action::Close { flow } => {
                if let Some(end) = self.take_stream(host, flow) {
                    self.abandon(end);
                }
            }
            Action::Store {
                token,
                object,
                change,
            } => self.store(
                host,
                Unanswered {
                    token,
                    object,
                    change,
                },
            ),
        }
    }

    fn open(&mut self, host: HostId, flow: FlowId, proto: Proto, remote: SocketAddr, reading: bool) {
        let restarts = self.hosts[host.index()].restarts;
        let is_fresh = self
            .sockets(host)
            .is_some_and(|sockets| sockets.named.insert(flow));
        if flow.is_from_driver() || !is_fresh {
            return self.violate(
                host,
                "contract",
                format!("{flow} is opened, which is no fresh name"),
            );
        }
        let kind = match (self.fresh_local(host, remote), proto) {
            (None, _) => {
                self.at(self.now, move |world| {
                    if world.sockets_of(host, restarts).is_some() {
                        world.flow_ends(host, flow, CloseCause::Unreachable);
                    }
                });
                FlowKind::Nowhere
            }
            (Some(local), Proto::Datagram) => {
                let end = OpenedEnd {
                    host,
                    restarts,
                    flow,
                    local,
                };
                self.schedule(self.now, Scheduled::Opened { end });
                FlowKind::Datagram {
                    local,
                    remote,
                    inbox: VecDeque::new(),
                }
            }
            (Some(local), Proto::Stream) => FlowKind::Stream {
                end: self.connect_flow(host, flow, local, remote),
                open: false,
                writable: false,
                finishing: false,
            },
        };
        if let Some(sockets) = self.sockets(host) {
            sockets.flows.insert(flow, Flow { reading, kind });
        }
    }

    pub(crate) fn opened(
        &mut self,
        OpenedEnd {
            host,
            restarts,
            flow,
            local,
        }: OpenedEnd,
    ) {
        let open = self
            .sockets_of(host, restarts)
            .is_some_and(|sockets| sockets.flows.contains_key(&flow));
        if open {
            self.input(host, &Input::Opened { flow, local }, None);
        }
    }

    /// A flow ends because the world says so.
    pub(crate) fn flow_ends(&mut self, host: HostId, flow: FlowId, cause: CloseCause) {
        let ended = self.sockets(host).and_then(|sockets| sockets.flows.remove(&flow));
        if ended.is_some() {
            self.input(host, &Input::Closed { flow, cause }, None);
        }
    }

    /// A flow ends because the machine says so. If it was a stream, somebody must take its end.
    fn take_stream(&mut self, host: HostId, flow: FlowId) -> Option<EndId> {
        match self.sockets(host)?.flows.remove(&flow)?.kind {
            FlowKind::Stream { end, .. } => Some(end),
            FlowKind::Datagram { .. } | FlowKind::Nowhere => None,
        }
    }

    fn set_accepting(&mut self, host: HostId, listener: ListenerId, wanted: bool) {
        let now = self.now;
        let Some(sockets) = self.sockets(host) else {
            return;
        };
        if !wanted {
            sockets.refusing.insert(listener);
        } else if sockets.refusing.remove(&listener) {
            self.accept_next(host, listener, now);
        }
    }

    /// Lets the next stream that waits be accepted. The one after it follows when it was: meanwhile the machine may say that it wants no
    /// more, as it may between two calls of a real driver.
    fn accept_next(&mut self, host: HostId, listener: ListenerId, now: Instant) {
        while let Some(end) = self
            .sockets(host)
            .and_then(|sockets| sockets.next_in_backlog(listener))
        {
            // Its client may have given it up.
            if self.end(end).is_some() {
                return self.schedule(now, Scheduled::Read { end });
            }
        }
    }

    fn set_reading(&mut self, host: HostId, flow: FlowId, wanted: bool) {
        let now = self.now;
        let Some(state) = self
            .sockets(host)
            .and_then(|sockets| sockets.flows.get_mut(&flow))
        else {
            return;
        };
        state.reading = wanted;
        if !wanted {
            return;
        }
        match &mut state.kind {
            FlowKind::Datagram { inbox, .. } => {
                for packet in core::mem::take(inbox) {
                    self.schedule(now, Scheduled::Packet(packet));
                }
            }
            FlowKind::Stream { end, .. } => {
                let end = *end;
                self.schedule(now, Scheduled::Read { end });
            }
            FlowKind::Nowhere => {}
        }
    }

    /// Lets the streams of a machine take what waits to be written. Says whether the machine must be drained again.
    fn pump(&mut self, host: HostId) -> bool {
        let Some(sockets) = self.sockets(host) else {
            return false;
        };
        let mut changed = false;
        for flow in core::mem::take(&mut sockets.pumped) {
            let Some(FlowKind::Stream {
                end,
                open: true,
                writable,
                finishing,
            }) = self.sockets(host).and_then(|sockets| sockets.kind(flow))
            else {
                continue;
            };
            if !*writable && !*finishing {
                continue;
            }
            let end = *end;
            if self.pump_flow(host, flow, end) {
                changed = true;
                self.pump_again(host, flow);
            }
        }
        changed
    }

    /// There may be room now in what the stream writes to.
    pub(crate) fn pump_again(&mut self, host: HostId, flow: FlowId) {
        if let Some(sockets) = self.sockets(host) {
            sockets.pumped.insert(flow);
        }
    }

    fn pump_flow(&mut self, host: HostId, flow: FlowId, end: EndId) -> bool {
        let Some(room) = self.room(end) else {
            return false;
        };
        // What cannot be written draws no length.
        let piece = if room == 0 { 0 } else { self.piece(host, end) };
        let now = self.clock(host);
        let Some(sockets) = self.sockets(host) else {
            return false;
        };
        let waiting = sockets.machine.stream_out(flow);
        if waiting.is_empty() {
            if let Some(FlowKind::Stream {
                writable, finishing, ..
            }) = sockets.kind(flow)
            {
                *writable = false;
                if core::mem::take(finishing) {
                    self.finish(end);
                }
            }
            return false;
        }
        let count = waiting.len().min(room as usize).min(piece as usize);
        if count == 0 {
            return false;
        }
        let data = Bytes::copy_from_slice(&waiting[..count]);
        self.tell(
            host,
            What::StreamSent {
                now,
                flow,
                data: &data,
            },
        );
        if let Some(sockets) = self.sockets(host) {
            sockets.machine.stream_sent(now, flow, count);
        }
        self.send_bytes(end, data);
        true
    }

    fn store(&mut self, host: HostId, request: Unanswered) {
        let (now, restarts) = (self.now, self.hosts[host.index()].restarts);
        let takes = duration_up_to(
            Duration::from_millis(20),
            &mut self.rng(host, &format!("store {}", request.token.as_u64())),
        );
        let Some(sockets) = self.sockets(host) else {
            return;
        };
        if sockets
            .unanswered
            .iter()
            .any(|other| other.token == request.token)
        {
            let token = request.token.as_u64();
            return self.violate(host, "contract", format!("store token {token} is used twice"));
        }
        sockets.unanswered.push(request);
        let at: Instant = sockets.stored_by.max(now).after(takes);
        sockets.stored_by = at;
        self.schedule(at, Scheduled::Stored { host, restarts });
    }

    pub(crate) fn stored(&mut self, host: HostId, restarts: u64) {
        let Some(sockets) = self.sockets_of(host, restarts) else {
            return;
        };
        if sockets.unanswered.is_empty() {
            return;
        }
        let Unanswered {
            token,
            object,
            change,
        } = sockets.unanswered.remove(0);
        let chance = self.hosts[host.index()].store_failures;
        let choices = self.decide(Place::at(Site::Store, host), |rng| {
            let fails = chance.happens(rng);
            // A change is shorter than 2^32 octets.
            let kept = match &change {
                Change::Append(data) => prefix(data, rng).len() as u32,
                Change::Replace(_) => 0,
            };
            let full = rng.below(2) == 0;
            Vec::from_iter(fails.then_some(Choice::Failed { full, kept }))
        });
        let storage = &mut self.hosts[host.index()].storage;
        let result = match choices.first() {
            Some(Choice::Failed { full, kept }) => {
                if let Change::Append(data) = &change {
                    let part = data.slice(..data.len().min(*kept as usize));
                    storage.apply(object, &Change::Append(part));
                }
                self.tally.count(Fault::StoreFailure);
                Err(if *full {
                    StoreError::Full
                } else {
                    StoreError::Device
                })
            }
            _ => {
                storage.apply(object, &change);
                Ok(())
            }
        };
        self.input(host, &Input::Stored { token, result }, None);
    }

    fn reply(
        &mut self,
        host: HostId,
        listener: ListenerId,
        to: SocketAddr,
        from: Option<LocalAddr>,
        data: Bytes,
    ) {
        let config = &self.hosts[host.index()].config;
        let port = config
            .listeners
            .iter()
            .find(|candidate| candidate.id == listener && candidate.proto == Proto::Datagram)
            .map(|listener| listener.port);
        let address = match from {
            Some(local) => config.addresses.iter().find(|address| **address == local.ip),
            None => config
                .addresses
                .iter()
                .find(|address| address.is_ipv4() == to.is_ipv4()),
        };
        match (port, address) {
            (None, _) => {
                let reason = format!("a reply is sent from listener {}, which is none", listener.0);
                self.violate(host, "contract", reason);
            }
            // The address was taken from the host meanwhile: the system refuses to send.
            (_, None) => {}
            (Some(port), Some(&address)) => {
                let from = SocketAddr::new(address, port);
                self.send_datagram(host, from, to, data);
            }
        }
    }

    /// The machine accepts a stream. Says whether it may be read.
    pub(crate) fn accept(&mut self, host: HostId, listener: ListenerId, end: EndId) -> bool {
        let (peer, local) = self.addresses(end);
        let Some(sockets) = self.sockets(host) else {
            return false;
        };
        if sockets.refusing.contains(&listener) {
            sockets.backlog.insert((listener, end));
            return false;
        }
        let flow = FlowId::from_driver(listener.lane(), sockets.accepted);
        sockets.accepted += 1;
        sockets.named.insert(flow);
        let kind = FlowKind::Stream {
            end,
            open: true,
            writable: false,
            finishing: false,
        };
        sockets.flows.insert(flow, Flow { reading: true, kind });
        self.own(end, flow);
        self.input(
            host,
            &Input::Accepted {
                flow,
                listener,
                peer,
                local,
            },
            None,
        );
        self.accept_next(host, listener, self.now);
        true
    }

    /// What a machine's flow is told when its stream is open.
    pub(crate) fn stream_opened(&mut self, host: HostId, flow: FlowId, local: SocketAddr) {
        if let Some(FlowKind::Stream { open, .. }) = self.sockets(host).and_then(|sockets| sockets.kind(flow))
        {
            *open = true;
            self.pump_again(host, flow);
            self.input(host, &Input::Opened { flow, local }, None);
        }
    }

    /// Segments that the peer sends count for the machine only while the flow is read.
    pub(crate) fn is_reading(&mut self, host: HostId, flow: FlowId) -> bool {
        self.sockets(host)
            .and_then(|sockets| sockets.flows.get(&flow))
            .is_some_and(|flow| flow.reading)
    }
}

impl Sockets {
    pub(crate) fn kind(&mut self, flow: FlowId) -> Option<&mut FlowKind> {
        self.flows.get_mut(&flow).map(|flow| &mut flow.kind)
    }
}
