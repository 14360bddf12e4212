//! All exchanges of a machine: whose an input is, and what they share.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::BytesMut;

use crate::budget::Budget;
use crate::context::Cx;
use crate::deadlines::Deadlines;
use crate::flow::FlowId;
use crate::machine::{CloseCause, Ignored, Input, Proto, Wake};
use crate::numbered::Numbered;
use crate::queue;
use crate::time::Now;
use crate::transport::connections::{Addressee, Connections};
use crate::transport::exchange::{Exchange, Means, Progress};
use crate::transport::ports::Ports;
use crate::transport::query::QueryWriter;
use crate::transport::servers::Servers;
use crate::transport::{Ask, ExchangeError, QuestionId, Reply};

/// The exchanges of one machine, the flows that they borrow, and what they remember about servers.
///
/// Budgets belong to whoever asks: every verb that may cost something gets them beside the context.
#[derive(Debug)]
pub(crate) struct Exchanges {
    ports: Ports,
    connections: Connections,
    servers: Servers,
    writer: QueryWriter,
    replies: BytesMut,
    keepalive: bool,
    most_datagrams: u8,
    in_flight: Numbered<QuestionId, Exchange>,
    deadlines: Deadlines<QuestionId>,
    notes: VecDeque<Note>,
    /// Questions whose stream ended under them, and why.
    stranded: VecDeque<(QuestionId, CloseCause)>,
}

/// Gives out the budgets of questions.
pub(crate) trait Budgets {
    /// The budget of this question; none if it has none any more, and then it costs nothing any more.
    fn budget(&mut self, id: QuestionId) -> Option<&mut Budget>;
}

/// What there is to say, in order.
#[derive(Debug)]
pub(crate) enum Note {
    /// Something that arrived is worth nothing.
    Ignored(Option<FlowId>, Ignored),
    /// An exchange ended.
    Ended(Ended),
}

/// How an exchange ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) id: QuestionId,
    /// How many datagrams it sent.
    pub(crate) datagrams: u8,
    /// How many connections it tried.
    pub(crate) streams: u8,
    pub(crate) outcome: Result<Reply, ExchangeError>,
}

impl Exchanges {
    /// No exchange yet. A server gets so many datagrams for one question at most. Connections without questions are kept for
    /// `idle`; `keepalive` says whether servers are asked for how long they want to keep them. Replies are copied into `replies` as
    /// long as there is room: for who drops one before the next comes, that is always; who hands them on gives no room.
    pub(crate) fn new(most_datagrams: u8, idle: Duration, keepalive: bool, replies: BytesMut) -> Self {
        Self {
            ports: Ports::default(),
            connections: Connections::new(idle),
            servers: Servers::default(),
            writer: QueryWriter::default(),
            replies,
            keepalive,
            most_datagrams,
            in_flight: Numbered::new(),
            deadlines: Deadlines::new(),
            notes: VecDeque::new(),
            stranded: VecDeque::new(),
        }
    }

    /// What there is to say next.
    pub(crate) fn next_note(&mut self) -> Option<Note> {
        queue::next(&mut self.notes)
    }

    /// When time will matter next.
    pub(crate) fn wake(&self) -> Option<Wake> {
        Wake::earlier(self.deadlines.earliest(), self.connections.wake())
    }

    /// Whether this question is in flight.
    pub(crate) fn contains(&self, id: QuestionId) -> bool {
        self.in_flight.contains(id)
    }

    /// How many questions are in flight.
    pub(crate) fn len(&self) -> usize {
        self.in_flight.len()
    }

    /// How many flows are open.
    pub(crate) fn open_flows(&self) -> usize {
        self.ports.len().saturating_add(self.connections.len())
    }

    /// Puts a question, whose options are valid.
    pub(crate) fn ask(&mut self, cx: &mut Cx<'_>, budget: &mut Budget, ask: Ask) {
        let Ask {
            id,
            server,
            question,
            options,
        } = ask;
        let Self {
            ports,
            connections,
            servers,
            writer,
            replies,
            keepalive,
            most_datagrams,
            ..
        } = self;
        let mut means = Means {
            ports,
            connections,
            servers,
            writer,
            replies,
            keepalive: *keepalive,
            most_datagrams: *most_datagrams,
            budget,
        };
        let (exchange, progress) = Exchange::start(cx, &mut means, id, server, question, options);
        let wake = exchange.wake(budget);
        self.in_flight.insert(id, exchange);
        self.deadlines.set(id, Some(wake));
        self.settle(id, None, progress);
    }

    /// Forgets a question, which will not end, and says how many datagrams were sent for it.
    pub(crate) fn cancel(&mut self, cx: &mut Cx<'_>, budget: &mut Budget, id: QuestionId) -> u8 {
        let Some(mut exchange) = self.in_flight.remove(id) else {
            return 0;
        };
        self.deadlines.set(id, None);
        let Self {
            ports,
            connections,
            servers,
            writer,
            replies,
            keepalive,
            most_datagrams,
            ..
        } = self;
        let mut means = Means {
            ports,
            connections,
            servers,
            writer,
            replies,
            keepalive: *keepalive,
            most_datagrams: *most_datagrams,
            budget,
        };
        exchange.cancel(cx, &mut means);
        exchange.datagrams()
    }

    /// Lets the exchange of question `id` act, and takes in what it says.
    fn step(
        &mut self,
        cx: &mut Cx<'_>,
        budgets: &mut dyn Budgets,
        id: QuestionId,
        flow: Option<FlowId>,
        act: impl FnOnce(&mut Exchange, &mut Cx<'_>, &mut Means<'_>) -> Progress,
    ) {
        let Self {
            ports,
            connections,
            servers,
            writer,
            replies,
            keepalive,
            most_datagrams,
            in_flight,
            ..
        } = self;
        // Invariant: whoever borrows a flow or has a deadline is in the table, and has a budget.
        let (Some(exchange), Some(budget)) = (in_flight.get_mut(id), budgets.budget(id)) else {
            debug_assert!(
                cfg!(planted),
                "a question that has ended still has a flow or a deadline"
            );
            return;
        };
        let mut means = Means {
            ports,
            connections,
            servers,
            writer,
            replies,
            keepalive: *keepalive,
            most_datagrams: *most_datagrams,
            budget,
        };
        let progress = act(exchange, cx, &mut means);
        let wake = exchange.wake(budget);
        self.deadlines.set(id, Some(wake));
        self.settle(id, flow, progress);
    }

    fn settle(&mut self, id: QuestionId, flow: Option<FlowId>, progress: Progress) {
        match progress {
            Progress::Waiting => {}
            Progress::Ignored(why) => self.ignore(flow, why),
            Progress::Done(outcome) => {
                let exchange = self.in_flight.remove(id);
                let (datagrams, streams) =
                    exchange.map_or((0, 0), |exchange| (exchange.datagrams(), exchange.streams()));
                self.deadlines.set(id, None);
                self.notes.push_back(Note::Ended(Ended {
                    id,
                    datagrams,
                    streams,
                    outcome,
                }));
            }
        }
    }

    /// Lets those act whose stream ended under them.
    fn rescue(&mut self, cx: &mut Cx<'_>, budgets: &mut dyn Budgets) {
        while let Some((id, cause)) = queue::next(&mut self.stranded) {
            self.step(cx, budgets, id, None, |exchange, cx, means| {
                exchange.closed(cx, means, Proto::Stream, cause)
            });
        }
    }

    fn strand(&mut self, waiting: Vec<QuestionId>, cause: CloseCause) {
        self.stranded.extend(waiting.into_iter().map(|id| (id, cause)));
    }

    /// Takes what happened outside.
    pub(crate) fn handle(&mut self, cx: &mut Cx<'_>, budgets: &mut dyn Budgets, input: Input<'_>) {
        match input {
            Input::Tick => self.tick(cx, budgets),
            Input::Opened { flow, .. } => self.opened(flow),
            Input::Received { flow, data } => self.received(cx, budgets, flow, data),
            Input::Closed { flow, cause } => self.closed(cx, budgets, flow, cause),
            Input::Finished { flow } => self.finished(cx, budgets, flow),
            Input::Rejected { flow, cause } => self.rejected(cx, budgets, flow, cause),
            Input::NetworkChanged => self.network_changed(cx, budgets),
            Input::Accepted { flow, .. } => self.ignore(Some(flow), Ignored::UnknownListener),
            Input::Request { .. } => self.ignore(None, Ignored::UnknownListener),
            Input::Stored { .. } => self.ignore(None, Ignored::UnknownStore),
        }
    }

    fn ignore(&mut self, flow: Option<FlowId>, why: Ignored) {
        self.notes.push_back(Note::Ignored(flow, why));
    }

    /// Something arrived.
    fn received(&mut self, cx: &mut Cx<'_>, budgets: &mut dyn Budgets, flow: FlowId, data: &[u8]) {
        if self.connections.contains(flow) {
            return self.streamed(cx, budgets, flow, data);
        }
        match (self.ports.addressee(flow, data), self.ports.borrower(flow)) {
            (Ok(id), _) => self.step(cx, budgets, id, Some(flow), |exchange, cx, means| {
                exchange.datagram(cx, means, data)
            }),
            (Err(why @ Ignored::WrongId), Some(id)) => {
                self.step(cx, budgets, id, Some(flow), |exchange, cx, means| {
                    exchange.near_miss(cx, means, why)
                });
            }
            (Err(why), _) => self.ignore(Some(flow), why),
        }
    }

    fn streamed(&mut self, cx: &mut Cx<'_>, budgets: &mut dyn Budgets, flow: FlowId, data: &[u8]) {
        self.connections.received(cx.now.mono, flow, data);
        // The stream may end with a question, and then gives no more messages.
        while let Some((message, addressee)) = self.connections.message(flow) {
            if addressee != Addressee::Nobody {
                self.connections.heed(flow, &message);
            }
            match addressee {
                Addressee::Question(id) => self.step(cx, budgets, id, Some(flow), |exchange, cx, means| {
                    exchange.message(cx, means, &message)
                }),
                Addressee::GivenUp => {
                    self.connections.rest(cx, flow);
                    self.ignore(Some(flow), Ignored::Unexpected);
                }
                // Only the server itself can have sent it: it cannot be relied on to keep answers apart.
                Addressee::Nobody => {
                    let why = match message.first_chunk::<2>() {
                        Some(_) => Ignored::WrongId,
                        None => Ignored::Malformed { offset: 0 },
                    };
                    self.ignore(Some(flow), why);
                    let waiting = self.connections.close(cx, flow);
                    self.strand(waiting, CloseCause::Reset);
                }
            }
        }
        self.rescue(cx, budgets);
    }

    /// A flow can carry data.
    fn opened(&mut self, flow: FlowId) {
        if self.ports.borrower(flow).is_none() && !self.connections.contains(flow) {
            self.unknown(flow);
        }
    }

    /// A flow ended.
    fn closed(&mut self, cx: &mut Cx<'_>, budgets: &mut dyn Budgets, flow: FlowId, cause: CloseCause) {
        if self.connections.contains(flow) {
            let waiting = self.connections.lost(flow);
            self.strand(waiting, cause);
            return self.rescue(cx, budgets);
        }
        let Some(id) = self.ports.borrower(flow) else {
            return self.unknown(flow);
        };
        self.ports.lost(flow);
        self.step(cx, budgets, id, Some(flow), |exchange, cx, means| {
            exchange.closed(cx, means, Proto::Datagram, cause)
        });
    }

    /// The peer will send no more on a stream: then nothing can be asked there either.
    fn finished(&mut self, cx: &mut Cx<'_>, budgets: &mut dyn Budgets, flow: FlowId) {
        if self.connections.contains(flow) {
            let waiting = self.connections.close(cx, flow);
            self.strand(waiting, CloseCause::Finished);
            self.rescue(cx, budgets);
        } else if self.ports.borrower(flow).is_some() {
            self.ignore(Some(flow), Ignored::OutOfPlace);
        } else {
            self.unknown(flow);
        }
    }

    /// The network refused a datagram.
    fn rejected(&mut self, cx: &mut Cx<'_>, budgets: &mut dyn Budgets, flow: FlowId, cause: CloseCause) {
        if let Some(id) = self.ports.borrower(flow) {
            self.step(cx, budgets, id, Some(flow), |exchange, cx, _| {
                exchange.rejected(cx, cause)
            });
        } else if self.connections.contains(flow) {
            self.ignore(Some(flow), Ignored::OutOfPlace);
        } else {
            self.unknown(flow);
        }
    }

    /// The device moved to another network.
    fn network_changed(&mut self, cx: &mut Cx<'_>, budgets: &mut dyn Budgets) {
        self.servers.forget();
        self.connections.close_all(cx);
        for id in self.in_flight.numbers() {
            self.step(cx, budgets, id, None, Exchange::network_changed);
        }
    }

    /// Time passed.
    fn tick(&mut self, cx: &mut Cx<'_>, budgets: &mut dyn Budgets) {
        while let Some(id) = self.deadlines.take_due(cx.now.mono) {
            let exchange = self.in_flight.get(id);
            let silent = exchange.and_then(|exchange| exchange.silent_stream(cx.now.mono, &self.connections));
            if let Some(flow) = silent {
                self.silent(cx, id, flow);
            }
            self.step(cx, budgets, id, None, Exchange::tick);
            self.rescue(cx, budgets);
        }
        self.connections.tick(cx);
    }

    /// A stream said nothing for as long as this question waits for a reply. It is dead, for all questions on it; only if one of them was
    /// to wait longer in the first place, the others leave it to that one.
    fn silent(&mut self, cx: &mut Cx<'_>, id: QuestionId, flow: FlowId) {
        let patience = |id| self.in_flight.get(id).and_then(Exchange::patience);
        if self
            .connections
            .waiting(flow)
            .any(|other| patience(other) > patience(id))
        {
            return self.connections.withdraw(flow);
        }
        let mut waiting = self.connections.close(cx, flow);
        waiting.retain(|&other| other != id);
        self.strand(waiting, CloseCause::TimedOut);
    }

    fn unknown(&mut self, flow: FlowId) {
        self.ignore(Some(flow), Ignored::UnknownFlow);
    }

    /// What waits to be written to a stream.
    pub(crate) fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.connections.stream_out(flow)
    }

    /// That much of it was written.
    pub(crate) fn stream_sent(&mut self, _now: Now, flow: FlowId, count: usize) {
        self.connections.stream_sent(flow, count);
    }
}
