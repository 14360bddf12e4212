//! Stream flows, and whose questions are on them.
//!
//! A connection is used again, takes several questions at a time, and gives their replies in any order (RFC 7766 section 6).
//! Each question on it has an ID that no other one there has, be it answered or given up: who gave up may still be answered.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;

use crate::budget::{Budget, Debit, Exhausted, Packet};
use crate::context::Cx;
use crate::deadlines::Deadlines;
use crate::edns::TcpKeepalive;
use crate::flow::FlowId;
use crate::machine::{Action, Proto, Wake};
use crate::numbered::Numbered;
use crate::planted::planted;
use crate::time::Instant;
use crate::transport::QuestionId;
use crate::transport::framing::{Deframer, Outgoing, TooLong};
use crate::transport::ports::Lease;
use crate::wire::Message;

/// How many questions a connection takes at a time: many servers take no more.
const MOST_IN_FLIGHT: usize = 25;

/// How long a connection is kept at most, whatever the server allows.
const MOST_IDLE: Duration = Duration::from_secs(120);

/// Opens streams, frames what goes out on them, and cuts what comes in into messages.
#[derive(Debug)]
pub(crate) struct Connections {
    /// How long a connection without questions is kept if the server does not say (RFC 7766 section 6.2.3).
    idle: Duration,
    open: Numbered<FlowId, Connection>,
    /// The connection to each server that takes further questions.
    reusable: BTreeMap<SocketAddr, FlowId>,
    deadlines: Deadlines<FlowId>,
}

#[derive(Debug)]
struct Connection {
    remote: SocketAddr,
    outgoing: Outgoing,
    deframer: Deframer,
    /// By ID: whose question, or nobody's any more.
    pending: BTreeMap<u16, Option<QuestionId>>,
    idle: Duration,
    /// When something was last received.
    heard: Option<Instant>,
}

/// Whose message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Addressee {
    /// This question's.
    Question(QuestionId),
    /// The one of a question that nobody waits for any more.
    GivenUp,
    /// Nobody's: the ID was never used here, or it was answered.
    Nobody,
}

impl Connections {
    pub(crate) const fn new(idle: Duration) -> Self {
        Self {
            idle,
            open: Numbered::new(),
            reusable: BTreeMap::new(),
            deadlines: Deadlines::new(),
        }
    }

    /// Finds a place for a question on a stream to `remote`, and says whether the stream was there before. A stream that is
    /// opened for it is paid from `budget`.
    pub(crate) fn lend(
        &mut self,
        cx: &mut Cx<'_>,
        budget: &mut Budget,
        borrower: QuestionId,
        remote: SocketAddr,
    ) -> Result<(Lease, bool), Exhausted> {
        let reusable = self.reusable.get(&remote).copied();
        let reused = reusable.filter(|flow| {
            let connection = self.open.get(*flow);
            connection.is_some_and(|connection| connection.pending.len() < MOST_IN_FLIGHT)
        });
        let flow = match reused {
            Some(flow) => flow,
            None => {
                let paid = budget.packet(cx.now.mono)?;
                self.open(cx, paid, remote)
            }
        };
        let mut id = cx.rng.next_u16();
        if let Some(connection) = self.open.get_mut(flow) {
            while connection.pending.contains_key(&id) {
                id = cx.rng.next_u16();
            }
            connection.pending.insert(id, Some(borrower));
        }
        self.deadlines.set(flow, None);
        Ok((Lease { flow, id }, reused.is_some()))
    }

    fn open(&mut self, cx: &mut Cx<'_>, _paid: Debit<Packet>, remote: SocketAddr) -> FlowId {
        let flow = cx.flows.fresh();
        let connection = Connection {
            remote,
            outgoing: Outgoing::new(),
            deframer: Deframer::new(),
            pending: BTreeMap::new(),
            idle: self.idle,
            heard: None,
        };
        self.open.insert(flow, connection);
        self.reusable.insert(remote, flow);
        cx.actions.push_back(Action::Open {
            flow,
            proto: Proto::Stream,
            remote,
            read: true,
        });
        flow
    }

    /// Queues a message that is paid for.
    pub(crate) fn send(
        &mut self,
        cx: &mut Cx<'_>,
        _paid: Debit<Packet>,
        flow: FlowId,
        message: &[u8],
    ) -> Result<(), TooLong> {
        if let Some(connection) = self.open.get_mut(flow)
            && connection.outgoing.push(message)?
        {
            cx.actions.push_back(Action::Writable { flow });
        }
        Ok(())
    }

    /// Takes a piece of the stream; [`message`](Self::message) then gives what is whole.
    pub(crate) fn received(&mut self, now: Instant, flow: FlowId, piece: &[u8]) {
        if let Some(connection) = self.open.get_mut(flow) {
            connection.deframer.push(piece);
            connection.heard = Some(now);
        }
    }

    /// The next whole message on this stream, and whose it is.
    pub(crate) fn message(&mut self, flow: FlowId) -> Option<(Bytes, Addressee)> {
        let connection = self.open.get_mut(flow)?;
        let message = connection.deframer.message()?;
        let id = message.first_chunk().copied().map(u16::from_be_bytes);
        let addressee = match id.and_then(|id| Some((id, *connection.pending.get(&id)?))) {
            Some((_, Some(question))) => Addressee::Question(question),
            Some((id, None)) => {
                connection.pending.remove(&id);
                Addressee::GivenUp
            }
            None => Addressee::Nobody,
        };
        Some((message, addressee))
    }

    /// Takes from a reply, whoever waits for it, how long the connection may be idle; not at all means that the server wants no
    /// further question (RFC 7828 section 3.2.2).
    pub(crate) fn heed(&mut self, flow: FlowId, message: &[u8]) {
        let opt = Message::parse(message).ok().and_then(|message| message.opt());
        let keepalive = opt.and_then(|opt| opt.options().first::<TcpKeepalive>());
        let Some(Ok(TcpKeepalive {
            timeout: Some(timeout),
        })) = keepalive
        else {
            return;
        };
        if planted!(KeepaliveIgnored) {
            return;
        }
        if let Some(connection) = self.open.get_mut(flow) {
            let timeout = Duration::from_millis(100).saturating_mul(timeout.into());
            connection.idle = timeout.min(MOST_IDLE);
            if timeout.is_zero() {
                self.withdraw(flow);
            }
        }
    }

    /// The reply was taken: its ID is free again.
    pub(crate) fn settle(&mut self, cx: &mut Cx<'_>, lease: Lease) {
        if let Some(connection) = self.open.get_mut(lease.flow) {
            connection.pending.remove(&lease.id);
        }
        self.rest(cx, lease.flow);
    }

    /// Nobody waits for this reply any more. It may come nevertheless.
    pub(crate) fn give_up(&mut self, cx: &mut Cx<'_>, lease: Lease) {
        let pending = self.open.get_mut(lease.flow);
        if let Some(place) = pending.and_then(|connection| connection.pending.get_mut(&lease.id)) {
            *place = None;
        }
        self.rest(cx, lease.flow);
    }

    /// The questions that wait for a reply on this stream.
    pub(crate) fn waiting(&self, flow: FlowId) -> impl Iterator<Item = QuestionId> {
        let pending = self.open.get(flow).map(|connection| &connection.pending);
        pending.into_iter().flat_map(BTreeMap::values).flatten().copied()
    }

    /// Whether nothing was heard on this stream since then.
    pub(crate) fn is_silent(&self, flow: FlowId, since: Instant) -> bool {
        let connection = self.open.get(flow);
        connection.is_some_and(|connection| connection.heard.is_none_or(|heard| heard < since))
    }

    /// A connection without questions closes after a while, or at once where none will follow.
    pub(crate) fn rest(&mut self, cx: &mut Cx<'_>, flow: FlowId) {
        let Some(connection) = self.open.get(flow) else {
            return;
        };
        if connection.pending.values().any(Option::is_some) {
            return;
        }
        let further = self.reusable.get(&connection.remote) == Some(&flow);
        if connection.idle.is_zero() || !further {
            self.close(cx, flow);
        } else {
            let wake = Wake {
                at: cx.now.mono.after(connection.idle),
                why: "an idle connection: close it",
            };
            self.deadlines.set(flow, Some(wake));
        }
    }

    /// Time passed.
    pub(crate) fn tick(&mut self, cx: &mut Cx<'_>) {
        while let Some(flow) = self.deadlines.take_due(cx.now.mono) {
            self.close(cx, flow);
        }
    }

    /// When the first idle connection is to be closed.
    pub(crate) fn wake(&self) -> Option<Wake> {
        self.deadlines.earliest()
    }

    /// Ends a stream, and says who still waited for a reply on it.
    pub(crate) fn close(&mut self, cx: &mut Cx<'_>, flow: FlowId) -> Vec<QuestionId> {
        if self.open.contains(flow) {
            cx.actions.push_back(Action::Close { flow });
        }
        self.lost(flow)
    }

    /// Ends all streams, in the order in which they were opened.
    pub(crate) fn close_all(&mut self, cx: &mut Cx<'_>) {
        for flow in self.open.numbers() {
            self.close(cx, flow);
        }
    }

    /// The stream ended by itself. Says who still waited for a reply on it.
    pub(crate) fn lost(&mut self, flow: FlowId) -> Vec<QuestionId> {
        self.withdraw(flow);
        self.deadlines.set(flow, None);
        let waiting = self.open.remove(flow).map(|connection| connection.pending);
        waiting
            .into_iter()
            .flatten()
            .filter_map(|(_, waiting)| waiting)
            .collect()
    }

    /// No further question goes to this stream.
    pub(crate) fn withdraw(&mut self, flow: FlowId) {
        if let Some(remote) = self.open.get(flow).map(|connection| connection.remote)
            && self.reusable.get(&remote) == Some(&flow)
        {
            self.reusable.remove(&remote);
        }
    }

    /// Whether this is a stream of ours.
    pub(crate) fn contains(&self, flow: FlowId) -> bool {
        self.open.contains(flow)
    }

    /// What waits to be written to this stream.
    pub(crate) fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.open
            .get(flow)
            .map_or(&[], |connection| connection.outgoing.as_slice())
    }

    /// That much of it was written.
    pub(crate) fn stream_sent(&mut self, flow: FlowId, count: usize) {
        if let Some(connection) = self.open.get_mut(flow) {
            connection.outgoing.sent(count);
        }
    }

    /// How many streams are open.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }
}
