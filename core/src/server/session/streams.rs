//! All streams of all clients, and what bounds them.

use alloc::collections::{BTreeMap, BTreeSet};
use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;

use super::ages::Ages;
use super::client::Client;
use super::config::StreamLimits;
use super::stream::{Stream, Waiting};
use crate::context::Cx;
use crate::flow::{FlowId, ListenerId};
use crate::machine::{Action, Wake};
use crate::numbered::Numbered;
use crate::planted::planted;
use crate::time::Instant;

/// How long a stream is read in vain at its end, from when we send no more, if its last reply was not taken longer ago than that.
const FAREWELL: Duration = Duration::from_secs(2);

/// How many octets are read in vain.
const FAREWELL_OCTETS: usize = 65_536;

/// Cuts streams into queries, frames replies, and ends what takes too long or too much.
#[derive(Debug)]
pub(super) struct Streams {
    limits: StreamLimits,
    open: Numbered<FlowId, Stream>,
    clients: BTreeMap<Client, u32>,
    /// Where streams were accepted so far.
    listeners: BTreeSet<ListenerId>,
    /// The driver was told to accept none.
    full: bool,
    /// No query is taken any more.
    stopping: bool,
    /// Those that wait for a query.
    resting: Ages,
    /// Those that wait for the client to take a reply.
    taking: Ages,
    /// Those that wait for the client to see that nothing more comes.
    parting: Ages,
    pub(super) counters: Counters,
}

/// What became of the streams of a [`Session`](super::Session), for those who watch it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Streams that were accepted and served.
    pub accepted: u64,
    /// Streams that were closed as they came: there were too many, in all or of this client.
    pub refused: u64,
    /// Streams that were closed because no whole query came in time.
    pub idle: u64,
    /// Streams that were closed because the client took no whole reply in time.
    pub slow: u64,
}

impl Streams {
    pub(super) fn new(limits: StreamLimits) -> Self {
        Self {
            limits,
            open: Numbered::new(),
            clients: BTreeMap::new(),
            listeners: BTreeSet::new(),
            full: false,
            stopping: false,
            resting: Ages::default(),
            taking: Ages::default(),
            parting: Ages::default(),
            counters: Counters::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn contains(&self, flow: FlowId) -> bool {
        self.open.contains(flow)
    }

    pub(super) fn get(&self, flow: FlowId) -> Option<&Stream> {
        self.open.get(flow)
    }

    /// A client connected.
    pub(super) fn accepted(&mut self, cx: &mut Cx<'_>, flow: FlowId, listener: ListenerId, peer: SocketAddr) {
        self.listeners.insert(listener);
        let of_client = self.clients.get(&Client::of(peer.ip())).copied().unwrap_or(0);
        if self.stopping || self.is_full() || of_client >= self.limits.streams_per_client {
            self.counters.refused = self.counters.refused.saturating_add(1);
            cx.actions.push_back(Action::Close { flow });
            if self.stopping || self.is_full() {
                // It comes from a listener of which nobody knew.
                cx.actions.push_back(Action::Accept {
                    listener,
                    wanted: false,
                });
            }
            return;
        }
        self.counters.accepted = self.counters.accepted.saturating_add(1);
        self.clients
            .insert(Client::of(peer.ip()), of_client.saturating_add(1));
        self.open.insert(flow, Stream::new(listener, peer));
        self.settle(cx, flow);
        self.press(cx);
    }

    /// Takes a piece of a stream; [`query`](Self::query) then gives what is whole.
    pub(super) fn received(&mut self, flow: FlowId, piece: &[u8]) {
        if let Some(stream) = self.open.get_mut(flow) {
            stream.received(piece);
        }
    }

    /// The next whole query of a stream that may be answered now, and where it came from.
    pub(super) fn query(&mut self, flow: FlowId) -> Option<(Bytes, ListenerId, SocketAddr)> {
        let output = usize::try_from(self.limits.output).unwrap_or(usize::MAX);
        let stream = self.open.get_mut(flow)?;
        let has_room = stream.in_flight < self.limits.in_flight && stream.waiting_octets().len() < output;
        let query = has_room.then(|| stream.message())??;
        Some((query, stream.listener, stream.peer))
    }

    /// The reply to a query of this stream comes later.
    pub(super) fn later(&mut self, flow: FlowId) {
        if let Some(stream) = self.open.get_mut(flow) {
            stream.in_flight = stream.in_flight.saturating_add(1);
        }
    }

    /// A query of this stream does not wait any more for a reply that was to come later.
    pub(super) fn came(&mut self, flow: FlowId) {
        if let Some(stream) = self.open.get_mut(flow) {
            stream.in_flight = stream.in_flight.saturating_sub(1);
        }
    }

    /// Queues a reply.
    pub(super) fn reply(&mut self, cx: &mut Cx<'_>, flow: FlowId, reply: &[u8]) {
        if let Some(stream) = self.open.get_mut(flow)
            && stream.queue(reply)
        {
            cx.actions.push_back(Action::Writable { flow });
        }
    }

    /// The client sends no more. `false` if it said so before.
    pub(super) fn finished(&mut self, flow: FlowId) -> bool {
        self.open
            .get_mut(flow)
            .is_some_and(|stream| !core::mem::replace(&mut stream.finished, true))
    }

    /// The client took so many octets.
    pub(super) fn taken(&mut self, cx: &Cx<'_>, flow: FlowId, count: usize) {
        if let Some(stream) = self.open.get_mut(flow)
            && stream.taken(count)
        {
            stream.served = Some(cx.now.mono);
            // The time of the next reply begins.
            self.wait(cx, flow, None);
        }
    }

    /// No query of this stream can be answered at the moment: begins to wait for what it lacks, or ends it if nothing is to come.
    pub(super) fn settle(&mut self, cx: &mut Cx<'_>, flow: FlowId) {
        let output = usize::try_from(self.limits.output).unwrap_or(usize::MAX);
        let Some(stream) = self.open.get_mut(flow) else {
            return;
        };
        let waiting = stream.waits_for();
        if let Some(octets) = stream.parting() {
            if stream.finished || octets > FAREWELL_OCTETS {
                self.close(cx, flow);
            }
            return;
        }
        if waiting == Waiting::Query && (stream.finished || self.stopping) {
            return self.part(cx, flow);
        }
        let wanted = !self.stopping
            && stream.in_flight < self.limits.in_flight
            && stream.waiting_octets().len() < output;
        if wanted != stream.reading && !stream.finished {
            stream.reading = wanted;
            cx.actions.push_back(Action::Read { flow, wanted });
        }
        self.wait(cx, flow, Some(waiting));
    }

    /// Ends a stream on which no reply is to come.
    ///
    /// The system resets a connection that is closed while octets of the client are there, or come; and what the client has not got of its
    /// last reply may be lost with it. So who got one a moment ago, and may still send, is told that nothing more comes, and is read in
    /// vain until it has seen that. Where places are wanting, nobody is waited for.
    fn part(&mut self, cx: &mut Cx<'_>, flow: FlowId) {
        let full = self.is_full();
        let Some(stream) = self.open.get_mut(flow) else {
            return;
        };
        let lately = |served: Instant| cx.now.mono.since(served) < FAREWELL;
        if full || stream.finished || !stream.served.is_some_and(lately) {
            return self.close(cx, flow);
        }
        stream.part();
        cx.actions.push_back(Action::Finish { flow });
        if !core::mem::replace(&mut stream.reading, true) {
            cx.actions.push_back(Action::Read { flow, wanted: true });
        }
        self.wait(cx, flow, Some(Waiting::Farewell));
    }

    /// Lets a stream wait for something, from now on if it did not wait for that before.
    fn wait(&mut self, cx: &Cx<'_>, flow: FlowId, waiting: Option<Waiting>) {
        let Some(stream) = self.open.get_mut(flow) else {
            return;
        };
        let before = stream.waiting;
        if before.map(|(before, _)| before) == waiting {
            return;
        }
        stream.waiting = waiting.map(|waiting| (waiting, cx.now.mono));
        if let Some((before, since)) = before {
            match before {
                Waiting::Query => self.resting.remove(since, flow),
                Waiting::Taking => self.taking.remove(since, flow),
                Waiting::Farewell => self.parting.remove(since, flow),
                Waiting::Reply => {}
            }
        }
        match waiting {
            Some(Waiting::Query) => self.resting.insert(cx.now.mono, flow),
            Some(Waiting::Taking) => self.taking.insert(cx.now.mono, flow),
            Some(Waiting::Farewell) => self.parting.insert(cx.now.mono, flow),
            Some(Waiting::Reply) | None => {}
        }
    }

    /// Time passed.
    pub(super) fn tick(&mut self, cx: &mut Cx<'_>) {
        while let Some((flow, _)) = self.next_rested().filter(|(_, wake)| wake.at <= cx.now.mono) {
            self.counters.idle = self.counters.idle.saturating_add(1);
            self.part(cx, flow);
        }
        while let Some((flow, _)) = self.next_slow().filter(|(_, wake)| wake.at <= cx.now.mono) {
            self.counters.slow = self.counters.slow.saturating_add(1);
            self.close(cx, flow);
        }
        while let Some((flow, _)) = self.next_parted().filter(|(_, wake)| wake.at <= cx.now.mono) {
            self.close(cx, flow);
        }
    }

    /// When the next stream has waited for too long.
    pub(super) fn wake(&self) -> Option<Wake> {
        let nexts = [self.next_rested(), self.next_slow(), self.next_parted()];
        let wakes = nexts.into_iter().map(|next| next.map(|(_, wake)| wake));
        wakes.fold(None, Wake::earlier)
    }

    fn next_rested(&self) -> Option<(FlowId, Wake)> {
        let (since, flow) = self.resting.oldest()?;
        let (idle, why) = if self.is_full() {
            (
                self.limits.pressed_idle,
                "an idle stream while there is no place: close it",
            )
        } else {
            (self.limits.idle, "an idle stream: close it")
        };
        let at = since.after(idle);
        Some((flow, Wake { at, why }))
    }

    fn next_slow(&self) -> Option<(FlowId, Wake)> {
        let (since, flow) = self.taking.oldest()?;
        let at = since.after(self.limits.patience);
        let why = "a client that takes no reply: close its stream";
        Some((flow, Wake { at, why }))
    }

    fn next_parted(&self) -> Option<(FlowId, Wake)> {
        let (since, flow) = self.parting.oldest()?;
        let time = if self.is_full() { Duration::ZERO } else { FAREWELL };
        let at = since.after(time);
        let why = "a client that does not see the end of its stream: close it";
        Some((flow, Wake { at, why }))
    }

    /// Takes no query any more, and ends the streams on which no reply is to come.
    pub(super) fn stop(&mut self, cx: &mut Cx<'_>) {
        self.stopping = true;
        self.press(cx);
        for flow in self.open.numbers() {
            self.settle(cx, flow);
        }
    }

    fn close(&mut self, cx: &mut Cx<'_>, flow: FlowId) {
        cx.actions.push_back(Action::Close { flow });
        self.closed(cx, flow);
    }

    /// A stream is no more.
    pub(super) fn closed(&mut self, cx: &mut Cx<'_>, flow: FlowId) {
        self.wait(cx, flow, None);
        let Some(stream) = self.open.remove(flow) else {
            return;
        };
        let client = Client::of(stream.peer.ip());
        if let Some(count) = self
            .clients
            .get_mut(&client)
            .filter(|_| !planted!(StreamKeepsPlace))
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.clients.remove(&client);
            }
        }
        self.press(cx);
    }

    fn is_full(&self) -> bool {
        u32::try_from(self.open.len()).is_ok_and(|open| open >= self.limits.streams)
    }

    /// Tells the driver whether streams are wanted, if that has changed.
    fn press(&mut self, cx: &mut Cx<'_>) {
        let full = self.stopping || self.is_full();
        if full != core::mem::replace(&mut self.full, full) {
            let accept = |&listener: &ListenerId| Action::Accept {
                listener,
                wanted: !full,
            };
            cx.actions.extend(self.listeners.iter().map(accept));
        }
    }

    /// How many octets are held for all clients.
    pub(super) fn held(&self) -> u64 {
        let held = |flow| self.open.get(flow).map_or(0, Stream::held);
        let held = self.open.numbers().into_iter().map(held);
        u64::try_from(held.fold(0, usize::saturating_add)).unwrap_or(u64::MAX)
    }
}
