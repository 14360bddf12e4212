//! The machine around the parts of a session.

use alloc::collections::VecDeque;
use core::net::SocketAddr;

use bytes::{Bytes, BytesMut};

use super::config::SessionConfig;
use super::forward::{Forwarded, Forwarder};
use super::hosts;
use super::pending::{Origin, Pending, PendingRequests, RequestId};
use super::response::{Response, pass_on};
use super::streams::{Counters, Streams};
use crate::client::HostsIndex;
use crate::context::Cx;
use crate::edns::InfoCode;
use crate::flow::{FlowId, FlowNames, Lane, ListenerId};
use crate::machine::{Action, Ignored, Input, LocalAddr, Machine, Misuse, Output, Wake};
use crate::planted::planted;
use crate::queue;
use crate::seed::{Rng, Seed};
use crate::server::answer::{NOT_AUTHORITATIVE, Outcome, answer_if_any};
use crate::server::respond::{Policy, Query, Request, Responded, Shard, Transport, respond_with};
use crate::time::Now;
use crate::wire::{Message, MessageWriter, Question, QuestionRef, Rcode, SharedMessage};
use crate::zone::Zones;

/// Serves zones: answers what comes to the listeners of its lane.
///
/// ```
/// use nameward_core::flow::ListenerId;
/// use nameward_core::machine::{Action, Input, Machine, Output};
/// use nameward_core::seed::Seed;
/// use nameward_core::server::session::{Session, SessionConfig};
/// use nameward_core::time::{Instant, Now};
/// use nameward_core::wire::{Class, Flags, Message, MessageWriter, Name, Rcode, Rtype};
///
/// let mut session = Session::new(Seed::from_number(1), SessionConfig::default())?;
/// let mut query = bytes::BytesMut::new();
/// let mut writer = MessageWriter::new(&mut query, 512, 7, Flags::default());
/// writer.question(&"www.example.".parse::<Name>()?, Rtype::A, Class::IN)?;
/// writer.finish();
/// let request = Input::Request {
///     listener: ListenerId(0),
///     peer: "192.0.2.1:4000".parse()?,
///     local: None,
///     data: &query,
/// };
/// session.handle(Now::without_wall(Instant::ZERO), request);
/// let Output::Do(Action::Reply { data, .. }) = session.poll() else { panic!() };
/// // It has no zone.
/// assert_eq!(Message::parse(&data)?.rcode(), Rcode::REFUSED);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Session {
    lane: Lane,
    rng: Rng,
    flows: FlowNames,
    layers: Layers,
    forwarder: Option<Forwarder>,
    pending: PendingRequests,
    policy: Policy,
    shard: Shard,
    streams: Streams,
    /// Streams that may have room for another query.
    ready: VecDeque<FlowId>,
    stopping: bool,
    stopped: bool,
    actions: VecDeque<Action>,
    outputs: VecDeque<Output<Event>>,
    scratch: BytesMut,
}

/// What is asked about a request, one after the other.
#[derive(Debug)]
struct Layers {
    hosts: HostsIndex,
    zones: Zones,
    application: bool,
    /// Whether there is a [`Forwarder`].
    forwards: bool,
}

impl Layers {
    /// The answer that is here. If it has to come from elsewhere there is none, and `recursion` says whether other servers may be asked.
    fn answer(
        &self,
        query: &Query<'_>,
        recursion: &mut bool,
        out: &mut MessageWriter<'_>,
    ) -> Option<Outcome> {
        *recursion = self.forwards && (query.recursion || planted!(ForwardedForAll));
        if *recursion && planted!(ZonesForwarded) {
            return None;
        }
        let found = hosts::answer(&self.hosts, query.question, out)
            .or_else(|| answer_if_any(&self.zones, &query.asked(), out));
        let nobody_else = !self.application && !*recursion;
        found.or_else(|| nobody_else.then_some(NOT_AUTHORITATIVE))
    }
}

/// What one asks of a [`Session`].
#[derive(Clone, Debug)]
pub enum Command {
    /// Answer from these zones from now on.
    Zones(Zones),
    /// Answer what this hosts file says from now on.
    Hosts(HostsIndex),
    /// The application's answer to [`Event::Asked`]. If it is [not in use](Misuse::NotInUse), the answer comes too late.
    Answer {
        /// The number of the request.
        id: RequestId,
        /// The answer.
        answer: Answer,
    },
    /// Take no request any more, answer those that were taken, and say [`Event::Stopped`] when that is done.
    Shutdown,
}

/// What a [`Session`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// After [`Command::Shutdown`]: all that was taken is answered, and all streams are closed.
    Stopped,
    /// A request that no zone has an answer to. It wants one [`Command::Answer`].
    Asked(Asked),
}

/// A request that the application is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its number.
    pub id: RequestId,
    /// Who claims to have sent it.
    pub peer: SocketAddr,
    /// Where it arrived; a stream, where it was accepted.
    pub listener: ListenerId,
    /// How it came.
    pub transport: Transport,
    /// What it asks.
    pub question: Question,
    /// All of it.
    pub message: SharedMessage,
}

/// What an application answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This response.
    Response(Response),
    /// The application has none: other servers are asked, or the request is refused.
    Pass,
    /// Nothing is said.
    Silence,
}

impl Session {
    /// A session that was asked nothing yet.
    ///
    /// # Errors
    ///
    /// The configuration is out of its ranges.
    pub fn new(seed: Seed, config: SessionConfig) -> Result<Self, Misuse> {
        config.validate()?;
        let mut rng = Rng::new(&seed);
        let policy = Policy::new(config.responder)?;
        let shard = Shard::new(&policy, &rng.fork());
        let forward_seed = rng.fork();
        let forward_lane = config.forward.as_ref().map(|forward| forward.lane);
        Ok(Self {
            shard,
            policy,
            flows: FlowNames::new(forward_lane.unwrap_or(config.lane)),
            rng,
            layers: Layers {
                hosts: config.hosts,
                zones: config.zones,
                application: config.application,
                forwards: config.forward.is_some(),
            },
            forwarder: config
                .forward
                .map(|forward| Forwarder::new(&forward_seed, forward)),
            pending: PendingRequests::new(config.pending),
            streams: Streams::new(config.streams),
            lane: config.lane,
            ready: VecDeque::new(),
            stopping: false,
            stopped: false,
            actions: VecDeque::new(),
            outputs: VecDeque::new(),
            scratch: BytesMut::new(),
        })
    }

    /// What became of the streams so far.
    pub const fn counters(&self) -> Counters {
        self.streams.counters
    }

    /// How many streams are open.
    pub fn open_streams(&self) -> usize {
        self.streams.len()
    }

    /// How many octets are held for the clients of all streams: what is not answered, and what is not taken. It is counted.
    pub fn held_octets(&self) -> u64 {
        self.streams.held()
    }

    /// How many requests wait for the application or for other servers.
    pub fn pending_requests(&self) -> usize {
        self.pending.len()
    }

    /// Lets the streams act, and queues what they want done.
    fn act<T>(&mut self, now: Now, act: impl FnOnce(&mut Streams, &mut Cx<'_>) -> T) -> T {
        let mut cx = Cx {
            now,
            rng: &mut self.rng,
            flows: &mut self.flows,
            actions: &mut self.actions,
            scratch: &mut self.scratch,
        };
        let result = act(&mut self.streams, &mut cx);
        self.flush();
        result
    }

    /// Lets the questions to other servers go on. Those that are over wait for [`settle`](Self::settle).
    fn forward(&mut self, now: Now, act: impl FnOnce(&mut Forwarder, &mut Cx<'_>)) {
        let Some(forwarder) = &mut self.forwarder else {
            return;
        };
        let mut cx = Cx {
            now,
            rng: &mut self.rng,
            flows: &mut self.flows,
            actions: &mut self.actions,
            scratch: &mut self.scratch,
        };
        act(forwarder, &mut cx);
        while let Some((flow, why)) = forwarder.next_ignored(&mut cx) {
            self.outputs.extend(cx.actions.drain(..).map(Output::Do));
            self.outputs.push_back(Output::Ignored { flow, why });
        }
        self.flush();
    }

    /// Queues what parts want done, behind what is queued already.
    fn flush(&mut self) {
        self.outputs.extend(self.actions.drain(..).map(Output::Do));
        queue::rest(&mut self.actions);
    }

    /// A question to other servers is over: answers the requests that waited for it.
    fn forwarded(&mut self, now: Now, done: Forwarded) {
        let reply = done.reply.as_ref().map(|reply| reply.message.view());
        for id in done.requests {
            self.answer(now, id, |out| match reply {
                Some(message) => {
                    let authentic = done.trusted && message.flags().ad();
                    out.set_flags(out.flags().with_ad(authentic));
                    pass_on(message, out)
                }
                None => Outcome::bare(Rcode::SERVFAIL).because(InfoCode::NETWORK_ERROR),
            });
        }
    }

    fn ignore(&mut self, flow: Option<FlowId>, why: Ignored) {
        self.outputs.push_back(Output::Ignored { flow, why });
    }

    /// A request came: answers it, or lets it wait for somebody who may have an answer. The reply, if there is one already.
    fn take(&mut self, now: Now, request: &Request<'_>, origin: Origin) -> Result<Option<Bytes>, Ignored> {
        let Self {
            layers,
            policy,
            shard,
            scratch,
            ..
        } = self;
        scratch.clear();
        let mut recursion = false;
        let responded = respond_with(policy, shard, now, request, scratch, |query, out| {
            layers.answer(query, &mut recursion, out)
        });
        match responded {
            Responded::Reply(reply) => {
                if reply.rcode == Rcode::REFUSED && planted!(RefusedWaits) {
                    self.wait(request, origin, false);
                }
                Ok(Some(self.scratch.split().freeze()))
            }
            Responded::Ignored(why) => Err(why),
            Responded::Elsewhere if !self.pending.has_room(request.peer) => {
                let busy = Outcome::bare(Rcode::SERVFAIL).because(InfoCode::NOT_READY);
                self.respond(now, request, |_| busy).map(Some)
            }
            Responded::Elsewhere => {
                let id = self.wait(request, origin, recursion);
                if let Origin::Stream(flow) = origin {
                    self.streams.later(flow);
                }
                if self.layers.application {
                    self.ask_application(now, id);
                } else {
                    self.ask_others(now, id);
                }
                Ok(None)
            }
        }
    }

    /// Keeps a request whose answer comes later.
    fn wait(&mut self, request: &Request<'_>, origin: Origin, recursion: bool) -> RequestId {
        self.pending.insert(Pending {
            peer: request.peer,
            listener: request.listener,
            transport: request.transport,
            data: Bytes::copy_from_slice(request.data),
            origin,
            recursion,
        })
    }

    /// Writes a response whose answer is known.
    fn respond(
        &mut self,
        now: Now,
        request: &Request<'_>,
        answer: impl FnOnce(&mut MessageWriter<'_>) -> Outcome,
    ) -> Result<Bytes, Ignored> {
        let Self {
            policy,
            shard,
            scratch,
            ..
        } = self;
        scratch.clear();
        match respond_with(policy, shard, now, request, scratch, |_, out| Some(answer(out))) {
            Responded::Reply(_) => Ok(self.scratch.split().freeze()),
            Responded::Ignored(why) => Err(why),
            Responded::Elsewhere => Err(Ignored::Unexpected),
        }
    }

    fn ask_application(&mut self, now: Now, id: RequestId) {
        let Some(pending) = self.pending.get(id) else {
            return;
        };
        // Invariant: it was read before, and its question was looked for in the zones.
        let Ok(message) = SharedMessage::parse(pending.data.clone()) else {
            return;
        };
        let Some(question) = message.view().question().map(QuestionRef::to_question) else {
            return;
        };
        let asked = Asked {
            id,
            peer: pending.peer,
            listener: pending.listener,
            transport: pending.transport,
            question,
            message,
        };
        self.pending.ask_application(now.mono, id, true);
        self.outputs.push_back(Output::Event(Event::Asked(asked)));
    }

    /// Asks other servers, if there are any for this client.
    fn ask_others(&mut self, now: Now, id: RequestId) {
        let pending = self.pending.get(id).filter(|pending| pending.recursion);
        let query = pending.map(|pending| pending.data.clone());
        let message = query.as_ref().and_then(|query| Message::parse(query).ok());
        let Some(message) = message else {
            return self.answer(now, id, |_| NOT_AUTHORITATIVE);
        };
        self.forward(now, |forwarder, cx| forwarder.ask(cx, id, message));
    }

    /// The answer to a request that waited for it.
    fn answer(&mut self, now: Now, id: RequestId, answer: impl FnOnce(&mut MessageWriter<'_>) -> Outcome) {
        let Some(pending) = self.pending.remove(id) else {
            return;
        };
        let reply = self.respond(now, &pending.request(), answer);
        self.reply(now, &pending.request(), pending.origin, reply.map(Some));
        self.came(pending.origin);
    }

    /// A request does not wait any more. Its stream may have room for the next query.
    fn came(&mut self, origin: Origin) {
        if let Origin::Stream(flow) = origin {
            self.streams.came(flow);
            self.ready.push_back(flow);
        }
    }

    /// Sends a reply where it belongs, if there is one.
    fn reply(
        &mut self,
        now: Now,
        request: &Request<'_>,
        origin: Origin,
        reply: Result<Option<Bytes>, Ignored>,
    ) {
        match (reply, origin) {
            (Ok(None), _) => {}
            (Ok(Some(data)), Origin::Datagram(from)) => self.outputs.push_back(Output::Do(Action::Reply {
                listener: request.listener,
                to: request.peer,
                from,
                data,
            })),
            (Ok(Some(data)), Origin::Stream(flow)) => {
                self.act(now, |streams, cx| streams.reply(cx, flow, &data));
            }
            (Err(why), Origin::Datagram(_)) => self.ignore(None, why),
            (Err(why), Origin::Stream(flow)) => self.ignore(Some(flow), why),
        }
    }

    /// A datagram came.
    fn requested(&mut self, now: Now, request: &Request<'_>, local: Option<LocalAddr>) {
        if self.stopping || request.listener.lane() != self.lane {
            return self.ignore(None, Ignored::UnknownListener);
        }
        let origin = Origin::Datagram(local);
        let reply = self.take(now, request, origin);
        self.reply(now, request, origin, reply);
    }

    /// Takes what can be taken of a stream.
    fn advance(&mut self, now: Now, flow: FlowId) {
        while let Some((query, listener, peer)) = self.streams.query(flow) {
            let request = Request {
                peer,
                listener,
                transport: Transport::Stream,
                data: &query,
            };
            let origin = Origin::Stream(flow);
            let reply = self.take(now, &request, origin);
            self.reply(now, &request, origin, reply);
        }
        self.act(now, |streams, cx| streams.settle(cx, flow));
    }

    /// The application answered, or it did not.
    fn application_answered(&mut self, now: Now, id: RequestId, answer: &Answer) {
        self.pending.ask_application(now.mono, id, false);
        match answer {
            Answer::Response(response) => self.answer(now, id, |out| response.write(out)),
            Answer::Pass => self.ask_others(now, id),
            Answer::Silence => {
                if let Some(pending) = self.pending.remove(id) {
                    self.came(pending.origin);
                }
            }
        }
    }

    /// Time passed.
    fn tick(&mut self, now: Now) {
        self.act(now, |streams, cx| streams.tick(cx));
        while let Some(id) = self.pending.take_overdue(now.mono) {
            let late = Outcome::bare(Rcode::SERVFAIL).because(InfoCode::NOT_READY);
            self.answer(now, id, |_| late);
        }
        self.forward(now, |forwarder, cx| forwarder.handle(cx, Input::Tick));
    }

    /// What comes on a stream, or happens to one.
    fn on_stream(&mut self, now: Now, flow: FlowId, input: Input<'_>) {
        let Some(stream) = self.streams.get(flow) else {
            return self.ignore(Some(flow), Ignored::UnknownFlow);
        };
        match input {
            Input::Received { data, .. } if !stream.finished => {
                self.streams.received(flow, data);
                self.advance(now, flow);
            }
            Input::Finished { .. } if self.streams.finished(flow) => self.advance(now, flow),
            Input::Closed { .. } => self.act(now, |streams, cx| streams.closed(cx, flow)),
            Input::Received { .. }
            | Input::Finished { .. }
            | Input::Accepted { .. }
            | Input::Opened { .. }
            | Input::Rejected { .. }
            | Input::Request { .. }
            | Input::Tick
            | Input::Stored { .. }
            | Input::NetworkChanged => self.ignore(Some(flow), Ignored::OutOfPlace),
        }
    }

    fn is_forwarders(&self, flow: Option<FlowId>) -> bool {
        let lane = self.forwarder.as_ref().map(Forwarder::lane);
        lane.is_some() && flow.map(FlowId::lane) == lane
    }

    fn wake(&self) -> Option<Wake> {
        let of_forwarder = self.forwarder.as_ref().and_then(Forwarder::wake);
        let wake = Wake::earlier(self.streams.wake(), self.pending.wake());
        Wake::earlier(wake, of_forwarder)
    }

    /// Answers the requests whose questions to others are over, and takes the queries for which that makes room, until neither is left; and
    /// says that nothing is left to do, once that is so.
    ///
    /// An answer makes room for a query, whose question may be over at once: one after the other, for if one led to the other as a call,
    /// clients would choose how deep the stack is.
    fn settle(&mut self, now: Now) {
        loop {
            if let Some(done) = self.forwarder.as_mut().and_then(Forwarder::next_done) {
                self.forwarded(now, done);
            } else if let Some(flow) = queue::next(&mut self.ready) {
                self.advance(now, flow);
            } else {
                break;
            }
        }
        if self.stopping && !self.stopped && self.streams.len() == 0 && self.pending.len() == 0 {
            self.stopped = true;
            self.outputs.push_back(Output::Event(Event::Stopped));
        }
    }
}

impl Machine for Session {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => self.tick(now),
            Input::NetworkChanged => self.forward(now, |forwarder, cx| forwarder.handle(cx, input)),
            Input::Request {
                listener,
                peer,
                local,
                data,
            } => {
                let transport = Transport::Datagram;
                let request = Request {
                    peer,
                    listener,
                    transport,
                    data,
                };
                self.requested(now, &request, local);
            }
            Input::Accepted {
                flow, listener, peer, ..
            } if !self.streams.contains(flow) => {
                if listener.lane() == self.lane {
                    self.act(now, |streams, cx| streams.accepted(cx, flow, listener, peer));
                } else {
                    self.ignore(Some(flow), Ignored::UnknownListener);
                }
            }
            Input::Opened { .. }
            | Input::Received { .. }
            | Input::Rejected { .. }
            | Input::Finished { .. }
            | Input::Closed { .. }
                if self.is_forwarders(input.flow()) =>
            {
                self.forward(now, |forwarder, cx| forwarder.handle(cx, input));
            }
            Input::Accepted { flow, .. }
            | Input::Opened { flow, .. }
            | Input::Received { flow, .. }
            | Input::Rejected { flow, .. }
            | Input::Finished { flow }
            | Input::Closed { flow, .. } => self.on_stream(now, flow, input),
            Input::Stored { .. } => self.ignore(None, Ignored::UnknownStore),
        }
        self.settle(now);
    }

    fn command(&mut self, now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Zones(zones) => self.layers.zones = zones,
            Command::Hosts(hosts) => self.layers.hosts = hosts,
            Command::Answer { id, answer } => {
                if !self.pending.is_asked(id) {
                    return Err(Misuse::NotInUse(id.0));
                }
                self.application_answered(now, id, &answer);
            }
            Command::Shutdown => {
                if self.stopping {
                    return Err(Misuse::Impossible("the session is being shut down already"));
                }
                self.stopping = true;
                self.act(now, |streams, cx| streams.stop(cx));
            }
        }
        self.settle(now);
        Ok(())
    }

    fn poll(&mut self) -> Output<Event> {
        queue::next(&mut self.outputs).unwrap_or_else(|| Output::Idle(self.wake()))
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        match (self.streams.get(flow), &self.forwarder) {
            (Some(stream), _) => stream.waiting_octets(),
            (None, Some(forwarder)) => forwarder.stream_out(flow),
            (None, None) => &[],
        }
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        if self.is_forwarders(Some(flow)) {
            self.forward(now, |forwarder, _| forwarder.stream_sent(now, flow, count));
        } else {
            self.act(now, |streams, cx| streams.taken(cx, flow, count));
            self.advance(now, flow);
        }
        self.settle(now);
    }
}
