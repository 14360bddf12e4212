//! How streams travel: segment by segment, in order.

use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;
use nameward_core::flow::FlowId;
use nameward_core::machine::{CloseCause, Input, Proto};

use crate::attacker::{Fate, Passing};
use crate::crossing::draw_segment;
use crate::decision::{Choice, Place, Site};
use crate::fault::Fault;
use crate::host::{HostId, Resident};
use crate::link::StreamFaults;
use crate::random::{PerMille, duration_up_to};
use crate::script::{Arrival, StreamId};
use crate::stream::{End, EndId, Owner, Segment, Side, Stream, retransmission};
use crate::world::{Scheduled, World};

/// What a peer is sent that talks to nobody.
const RESET: Segment = Segment::Cut(CloseCause::Reset);

/// What an attacker on the way left of a segment.
enum Intercepted {
    Passes(Segment),
    IsDropped,
    IsCut,
}

impl World {
    /// A machine opens a stream.
    pub(crate) fn connect_flow(
        &mut self,
        host: HostId,
        flow: FlowId,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> EndId {
        self.connect_end(Owner::Machine(flow), host, local, remote)
    }

    /// A scripted host opens a stream to `remote`. It gets [`Arrival::Opened`], or [`Arrival::Closed`].
    ///
    /// # Panics
    ///
    /// The host has no address of that family.
    pub fn connect(&mut self, host: HostId, remote: SocketAddr) -> StreamId {
        let local = self.fresh_local(host, remote);
        let local = local.expect("the host has an address of the remote's family");
        self.connect_end(Owner::Script, host, local, remote).stream
    }

    fn connect_end(&mut self, owner: Owner, host: HostId, local: SocketAddr, remote: SocketAddr) -> EndId {
        let id = StreamId(self.next_stream);
        self.next_stream += 1;
        let to = self.routes.get(&remote.ip()).copied();
        self.streams
            .insert(id, Stream::new(owner, host, local, to, remote));
        let end = EndId {
            stream: id,
            side: Side::Opener,
        };
        if to.is_some() {
            self.send_segment(end, Segment::Connect);
        } else {
            let latency = self.way(host, host).latency;
            let segment = Segment::Cut(CloseCause::Unreachable);
            self.schedule(self.now.after(latency), Scheduled::Segment { end, segment });
        }
        end
    }

    pub(crate) fn end(&mut self, end: EndId) -> Option<&mut End> {
        Some(self.streams.get_mut(&end.stream)?.end(end.side))
    }

    /// The peer's and the own address of an end.
    pub(crate) fn addresses(&mut self, end: EndId) -> (SocketAddr, SocketAddr) {
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut address = |end| self.end(end).map_or(nowhere, |end| end.address);
        (address(end.other()), address(end))
    }

    /// Who has an end, and what the stream suffers on the way to it.
    fn place(&mut self, end: EndId) -> Option<(HostId, StreamFaults)> {
        let host = self.end(end)?.host?;
        let from = self.end(end.other())?.host?;
        Some((host, self.way(from, host).streams))
    }

    /// Sends from `end` to its other end, in order.
    fn send_segment(&mut self, end: EndId, segment: Segment) {
        let to = end.other();
        let (Some(from_host), Some((to_host, _))) = (self.end(end).and_then(|end| end.host), self.place(to))
        else {
            return;
        };
        let segment = match self.intercept_segment(end, (from_host, to_host), segment) {
            Intercepted::Passes(segment) => segment,
            Intercepted::IsDropped => return self.stall(end.stream),
            Intercepted::IsCut => {
                self.schedule(self.now, Scheduled::Segment { end, segment: RESET });
                RESET
            }
        };
        let link = self.way(from_host, to_host);
        let (mut state, carries_data) = (
            self.ways.get(&(from_host, to_host)).copied().unwrap_or_default(),
            matches!(segment, Segment::Data(_)),
        );
        let place = Place::between(Site::Crossing, from_host, to_host);
        let choices = self.decide(place, |rng| draw_segment(&link, &mut state, carries_data, rng));
        let (_, address) = self.addresses(to);
        if link.blocked.blocks(address, true) {
            self.stall(end.stream);
        }
        let mut takes = link.latency;
        if let (Some(rate), Segment::Data(data)) = (link.rate, &segment) {
            if state.is_busy(self.now) {
                self.tally.count(Fault::SlowWay);
            }
            let waits = state.admit(rate, self.now, data.len(), Proto::Stream);
            takes += waits.unwrap_or_default();
        }
        self.ways.insert((from_host, to_host), state);
        let (mut segment, mut losses) = (segment, 0);
        for choice in choices {
            match choice {
                Choice::Late(by) => takes += by,
                Choice::Resent(times) => {
                    self.tally.count(Fault::Loss);
                    losses += u32::from(times);
                }
                Choice::LostInBurst => {
                    self.tally.count(Fault::BurstLoss);
                    losses += 1;
                }
                Choice::Stalled if self.stall_once(end.stream) => self.tally.count(Fault::Stall),
                Choice::Reset if !matches!(segment, Segment::Cut(_)) => {
                    self.tally.count(Fault::Reset);
                    segment = RESET;
                }
                Choice::HalfClosed if carries_data => {
                    self.tally.count(Fault::HalfClose);
                    segment = Segment::Finish;
                }
                _ => {}
            }
        }
        let now = self.now;
        let Some(stream) = self.streams.get_mut(&end.stream) else {
            return;
        };
        if carries_data && segment == Segment::Finish {
            stream.end(end.side).finish_sent = true;
        }
        let target = stream.end(to.side);
        let at = now.after(takes + retransmission(losses)).max(target.last_arrival);
        target.last_arrival = at;
        if carries_data && segment == RESET {
            self.schedule(at, Scheduled::Segment { end, segment: RESET });
        }
        self.schedule(at, Scheduled::Segment { end: to, segment });
    }

    /// Lets an attacker on the way have the bytes of a stream.
    fn intercept_segment(&mut self, end: EndId, way: (HostId, HostId), segment: Segment) -> Intercepted {
        let Segment::Data(data) = &segment else {
            return Intercepted::Passes(segment);
        };
        let (to, from) = self.addresses(end);
        let stream = end.stream;
        let passing = Passing::Bytes {
            stream,
            from,
            to,
            data,
        };
        match self.interfere(way, passing) {
            None | Some((_, Fate::Passes)) => Intercepted::Passes(segment),
            Some((_, Fate::IsReplaced(data))) => Intercepted::Passes(Segment::Data(data)),
            Some((_, Fate::IsDropped)) => Intercepted::IsDropped,
            Some((_, Fate::IsCut)) => Intercepted::IsCut,
        }
    }

    /// From now on nothing passes on a stream. Says whether anything did before.
    fn stall_once(&mut self, stream: StreamId) -> bool {
        let stream = self.streams.get_mut(&stream);
        stream.is_some_and(|stream| !core::mem::replace(&mut stream.stalled, true))
    }

    fn stall(&mut self, stream: StreamId) {
        self.stall_once(stream);
    }

    /// The host that has an end.
    pub(crate) fn host_of(&mut self, end: EndId) -> Option<HostId> {
        self.end(end)?.host
    }

    pub(crate) fn segment_arrives(&mut self, end: EndId, segment: Segment) {
        let Some(stream) = self.streams.get_mut(&end.stream) else {
            return;
        };
        let stalled = stream.stalled;
        let state = stream.end(end.side);
        let (owner, host) = (state.owner, state.host);
        let local_cut = matches!(segment, Segment::Cut(CloseCause::Unreachable));
        let is_up = host.is_some_and(|host| self.hosts[host.index()].up);
        if !local_cut && (stalled || !is_up) {
            // Whoever waits for an answer from the other side gives up in the end.
            let waiting = match segment {
                Segment::Cut(_) => return,
                Segment::Connect | Segment::Data(_) | Segment::Finish => end.other(),
                Segment::Connected | Segment::Room(_) => end,
            };
            let patience = self
                .place(end)
                .map_or(Duration::ZERO, |(_, faults)| faults.patience);
            self.schedule(self.now.after(patience), Scheduled::GiveUp { end: waiting });
            return;
        }
        let waits = matches!(owner, Owner::System | Owner::Application);
        if self.holder(end).is_none() && !waits {
            // Whoever still sends to an end that is gone is told so.
            if matches!(segment, Segment::Data(_)) {
                self.send_segment(end, RESET);
            }
            return;
        }
        match segment {
            Segment::Connect => self.knock(end),
            Segment::Connected => self.connected(end),
            Segment::Data(data) => {
                let faults = self.place(end).map(|(_, faults)| faults);
                if let Some(state) = self.end(end) {
                    state.inbox.extend(data);
                }
                self.read_soon(end, faults);
            }
            Segment::Room(count) => {
                if let Some(state) = self.end(end) {
                    state.in_flight = state.in_flight.saturating_sub(count);
                }
                if let Some((host, flow)) = self.holder(end) {
                    flow.into_iter().for_each(|flow| self.pump_again(host, flow));
                    self.settle(host, false);
                }
            }
            Segment::Finish => {
                if let Some(state) = self.end(end) {
                    state.finished = true;
                }
                self.read(end);
            }
            Segment::Cut(cause) => self.cut(end, cause),
        }
    }

    /// Reads at once, or waits for more to come.
    fn read_soon(&mut self, end: EndId, faults: Option<StreamFaults>) {
        let Some(host) = self.end(end).and_then(|end| end.host) else {
            return;
        };
        let chance = faults.map_or(PerMille::NEVER, |faults| faults.coalescing);
        if chance == PerMille::NEVER && !self.is_replaying() {
            return self.read(end);
        }
        let choices = self.decide(Place::at(Site::Reading, host), |rng| {
            let waits = chance.happens(rng);
            let after = duration_up_to(Duration::from_millis(50), rng);
            Vec::from_iter(waits.then_some(Choice::Late(after)))
        });
        match choices.first() {
            Some(Choice::Late(after)) => {
                self.tally.count(Fault::Coalescing);
                self.schedule(self.now.after(*after), Scheduled::Read { end });
            }
            _ => self.read(end),
        }
    }

    /// The host of an end and the machine's flow there, while somebody holds it.
    fn holder(&mut self, end: EndId) -> Option<(HostId, Option<FlowId>)> {
        let state = self.end(end)?;
        let (owner, host) = (state.owner, state.host?);
        match owner {
            Owner::System | Owner::Application | Owner::Gone => None,
            Owner::Script => Some((host, None)),
            Owner::Machine(flow) => {
                let sockets = self.sockets(host)?;
                sockets.flows.contains_key(&flow).then_some((host, Some(flow)))
            }
        }
    }

    /// Somebody wants to connect to the accepter's end.
    fn knock(&mut self, end: EndId) {
        let Some((host, faults)) = self.place(end) else {
            return;
        };
        let (_, local) = self.addresses(end);
        let listens = self.hosts[host.index()]
            .config
            .listeners
            .iter()
            .any(|listener| listener.proto == Proto::Stream && listener.port == local.port());
        let from = self.host_of(end.other()).unwrap_or(host);
        let choices = self.decide(Place::between(Site::Connection, from, host), |rng| {
            let refused = faults.refusal.happens(rng);
            let shut = faults.zero_window.happens(rng);
            let choice = if refused {
                Some(Choice::Refused)
            } else {
                shut.then_some(Choice::Shut)
            };
            Vec::from_iter(choice)
        });
        if listens && choices != [Choice::Refused] {
            if choices == [Choice::Shut] {
                self.tally.count(Fault::ZeroWindow);
                if let Some(state) = self.end(end) {
                    state.shut = true;
                }
            }
            self.send_segment(end, Segment::Connected);
            return self.read(end);
        }
        if listens {
            self.tally.count(Fault::Refusal);
        }
        self.send_segment(end, Segment::Cut(CloseCause::Refused));
        self.set_owner(end, Owner::Gone);
    }

    fn connected(&mut self, end: EndId) {
        let (peer, local) = self.addresses(end);
        match self.holder(end) {
            Some((host, Some(flow))) => self.stream_opened(host, flow, local),
            Some((host, None)) => {
                let stream = end.stream;
                self.run_script(host, Arrival::Opened { stream, peer });
            }
            None => {}
        }
    }

    /// Gives what waits at an end to its holder, in pieces, as long as that one reads.
    pub(crate) fn read(&mut self, end: EndId) {
        if self.end(end).is_none_or(|end| end.shut) {
            return;
        }
        if self.end(end).is_some_and(|end| end.owner == Owner::System) && !self.admit(end) {
            return;
        }
        let trickle = self
            .place(end)
            .map_or(Duration::ZERO, |(_, faults)| faults.trickle);
        loop {
            let Some((host, flow)) = self.holder(end) else {
                return;
            };
            if flow.is_some_and(|flow| !self.is_reading(host, flow)) || self.violation.is_some() {
                return;
            }
            let now = self.now;
            let Some(state) = self.end(end) else {
                return;
            };
            let next_read = state.next_read;
            if next_read > now && !state.inbox.is_empty() {
                // Once, however many segments arrive meanwhile.
                if core::mem::replace(&mut state.read_planned, next_read) != next_read {
                    self.schedule(next_read, Scheduled::Read { end });
                }
                return;
            }
            // What is not there draws no length.
            let most = match (trickle.is_zero(), state.inbox.len()) {
                (_, 0) => 0,
                (true, _) => self.piece(host, end) as usize,
                (false, _) => 1,
            };
            if most == 1 && !trickle.is_zero() {
                self.tally.count(Fault::Trickle);
            }
            let Some(state) = self.end(end) else {
                return;
            };
            state.next_read = now.after(trickle);
            let piece: Vec<u8> = {
                let count = state.inbox.len().min(most);
                state.inbox.drain(..count).collect()
            };
            if piece.is_empty() {
                if state.finished && !state.finish_told {
                    state.finish_told = true;
                    let stream = end.stream;
                    match flow {
                        Some(flow) => self.input(host, &Input::Finished { flow }, None),
                        None => self.run_script(host, Arrival::Finished { stream }),
                    }
                }
                return;
            }
            // A piece is no longer than the window, which has 32 bits.
            self.send_segment(end, Segment::Room(piece.len() as u32));
            match flow {
                Some(flow) => self.input(host, &Input::Received { flow, data: &piece }, None),
                None => {
                    let stream = end.stream;
                    self.run_script(host, Arrival::Bytes { stream, data: &piece });
                }
            }
        }
    }

    /// Somebody takes an end that the system holds. Says whether there is now a holder.
    fn admit(&mut self, end: EndId) -> bool {
        let (peer, local) = self.addresses(end);
        let Some(host) = self.end(end).and_then(|end| end.host) else {
            return false;
        };
        let state = &self.hosts[host.index()];
        if !state.up {
            return false;
        }
        let listener = state
            .config
            .listeners
            .iter()
            .find(|listener| listener.proto == Proto::Stream && listener.port == local.port())
            .map(|listener| listener.id);
        match (listener, &state.resident) {
            (None, _) => false,
            (Some(listener), Resident::Machine(_)) => self.accept(host, listener, end),
            (Some(_), Resident::Script(_)) => {
                self.set_owner(end, Owner::Script);
                let stream = end.stream;
                self.run_script(host, Arrival::Opened { stream, peer });
                true
            }
        }
    }

    fn set_owner(&mut self, end: EndId, owner: Owner) {
        if let Some(state) = self.end(end) {
            state.owner = owner;
        }
    }

    pub(crate) fn own(&mut self, end: EndId, flow: FlowId) {
        self.set_owner(end, Owner::Machine(flow));
    }

    /// How much an end may send now; `None` if it may not send any more.
    pub(crate) fn room(&mut self, end: EndId) -> Option<u32> {
        let (_, faults) = self.place(end.other())?;
        let is_shut = self.end(end.other())?.shut;
        let window = if is_shut { 0 } else { faults.window.max(1) };
        let state = self.end(end)?;
        (!state.finish_sent).then(|| window.saturating_sub(state.in_flight))
    }

    /// How many octets are written to or read from an end this time, at most.
    pub(crate) fn piece(&mut self, host: HostId, end: EndId) -> u32 {
        let most = self.place(end).map_or(1, |(_, faults)| faults.piece);
        let longest = StreamFaults::default().piece;
        if most >= longest && !self.is_replaying() {
            return longest;
        }
        let choices = self.decide(Place::at(Site::Piece, host), |rng| {
            vec![Choice::Piece(rng.below(most.max(1)) + 1)]
        });
        let Some(Choice::Piece(length)) = choices.first() else {
            return longest;
        };
        self.tally.count(Fault::Pieces);
        *length
    }

    pub(crate) fn send_bytes(&mut self, end: EndId, data: Bytes) {
        if let Some(state) = self.end(end) {
            // A segment is no longer than the window, which has 32 bits.
            state.in_flight = state.in_flight.saturating_add(data.len() as u32);
        }
        self.send_segment(end, Segment::Data(data));
    }

    pub(crate) fn finish(&mut self, end: EndId) {
        if let Some(state) = self.end(end)
            && !core::mem::replace(&mut state.finish_sent, true)
        {
            self.send_segment(end, Segment::Finish);
        }
    }

    /// Nobody holds the end any more. The peer's stream is finished, or cut if something was left unread.
    pub(crate) fn abandon(&mut self, end: EndId) {
        let Some(state) = self.end(end) else {
            return;
        };
        state.owner = Owner::Gone;
        if state.inbox.is_empty() {
            self.finish(end);
        } else {
            self.send_segment(end, RESET);
        }
    }

    /// The end is in other hands now; the peer does not notice.
    pub(crate) fn detach(&mut self, end: EndId) {
        self.set_owner(end, Owner::Application);
    }

    /// A host loses its power, and forgets its streams.
    pub(crate) fn forget_streams(&mut self, host: HostId) {
        for stream in self.streams.values_mut() {
            for side in [Side::Opener, Side::Accepter] {
                let end = stream.end(side);
                if end.host == Some(host) {
                    end.owner = Owner::Gone;
                }
            }
        }
    }

    fn cut(&mut self, end: EndId, cause: CloseCause) {
        let holder = self.holder(end);
        self.set_owner(end, Owner::Gone);
        match holder {
            Some((host, Some(flow))) => self.flow_ends(host, flow, cause),
            Some((host, None)) => {
                let stream = end.stream;
                self.run_script(host, Arrival::Closed { stream, cause });
            }
            None => {}
        }
    }

    /// The system of an end takes its silent peer for dead.
    pub(crate) fn give_up(&mut self, end: EndId) {
        self.cut(end, CloseCause::TimedOut);
    }

    pub(crate) fn reset(&mut self, end: EndId) {
        self.set_owner(end, Owner::Gone);
        self.send_segment(end, RESET);
    }

    /// The end of a stream that a scripted host holds.
    pub(crate) fn scripted_end(&mut self, host: HostId, stream: StreamId) -> Option<EndId> {
        [Side::Opener, Side::Accepter]
            .map(|side| EndId { stream, side })
            .into_iter()
            .find(|&end| {
                self.end(end)
                    .is_some_and(|state| state.host == Some(host) && state.owner == Owner::Script)
            })
    }
}
