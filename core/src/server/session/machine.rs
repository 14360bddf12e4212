//! The machine around the parts of a session.

use alloc::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::config::SessionConfig;
use super::streams::{Counters, Streams};
use crate::context::Cx;
use crate::flow::{FlowId, FlowNames};
use crate::machine::{Action, Ignored, Input, LocalAddr, Machine, Misuse, Output};
use crate::seed::{Rng, Seed};
use crate::server::respond::{Policy, Request, Responded, Shard, Transport, respond};
use crate::time::Now;
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
    config: SessionConfig,
    rng: Rng,
    flows: FlowNames,
    zones: Zones,
    policy: Policy,
    shard: Shard,
    streams: Streams,
    stopping: bool,
    stopped: bool,
    actions: VecDeque<Action>,
    outputs: VecDeque<Output<Event>>,
    scratch: BytesMut,
}

/// What one asks of a [`Session`].
#[derive(Clone, Debug)]
pub enum Command {
    /// Answer from these zones from now on.
    Zones(Zones),
    /// Take no request any more, answer those that were taken, and say [`Event::Stopped`] when that is done.
    Shutdown,
}

/// What a [`Session`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// After [`Command::Shutdown`]: all that was taken is answered, and all streams are closed.
    Stopped,
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
        let policy = Policy::new(config.responder.clone())?;
        Ok(Self {
            shard: Shard::new(&policy, &rng.fork()),
            policy,
            rng,
            flows: FlowNames::new(config.lane),
            zones: config.zones.clone(),
            streams: Streams::new(config.streams.clone()),
            config,
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
        self.outputs.extend(self.actions.drain(..).map(Output::Do));
        result
    }

    fn ignore(&mut self, flow: Option<FlowId>, why: Ignored) {
        self.outputs.push_back(Output::Ignored { flow, why });
    }

    /// A datagram came.
    fn requested(&mut self, now: Now, request: &Request<'_>, local: Option<LocalAddr>) {
        if self.stopping || request.listener.lane() != self.config.lane {
            return self.ignore(None, Ignored::UnknownListener);
        }
        match self.respond(now, request) {
            Ok(data) => self.outputs.push_back(Output::Do(Action::Reply {
                listener: request.listener,
                to: request.peer,
                from: local,
                data,
            })),
            Err(why) => self.ignore(None, why),
        }
    }

    fn respond(&mut self, now: Now, request: &Request<'_>) -> Result<Bytes, Ignored> {
        self.scratch.clear();
        let Self {
            zones,
            policy,
            shard,
            scratch,
            ..
        } = self;
        match respond(zones, policy, shard, now, request, scratch) {
            Responded::Reply(_) => Ok(self.scratch.split().freeze()),
            Responded::Elsewhere => Err(Ignored::Unexpected),
            Responded::Ignored(why) => Err(why),
        }
    }

    /// Answers what can be answered on a stream.
    fn advance(&mut self, now: Now, flow: FlowId) {
        while let Some((query, listener, peer)) = self.streams.query(flow) {
            let request = Request {
                peer,
                listener,
                transport: Transport::Stream,
                data: &query,
            };
            match self.respond(now, &request) {
                Ok(reply) => self.act(now, |streams, cx| streams.reply(cx, flow, &reply)),
                Err(why) => self.ignore(Some(flow), why),
            }
        }
        self.act(now, |streams, cx| streams.settle(cx, flow));
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

    /// Says that nothing is left to do, once that is so.
    fn conclude(&mut self) {
        if self.stopping && !self.stopped && self.streams.len() == 0 {
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
            Input::Tick => self.act(now, |streams, cx| streams.tick(cx)),
            Input::NetworkChanged => {}
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
                if listener.lane() == self.config.lane {
                    self.act(now, |streams, cx| streams.accepted(cx, flow, listener, peer));
                } else {
                    self.ignore(Some(flow), Ignored::UnknownListener);
                }
            }
            Input::Accepted { flow, .. }
            | Input::Opened { flow, .. }
            | Input::Received { flow, .. }
            | Input::Rejected { flow, .. }
            | Input::Finished { flow }
            | Input::Closed { flow, .. } => self.on_stream(now, flow, input),
            Input::Stored { .. } => self.ignore(None, Ignored::UnknownStore),
        }
        self.conclude();
    }

    fn command(&mut self, now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Zones(zones) => self.zones = zones,
            Command::Shutdown => {
                if self.stopping {
                    return Err(Misuse::Impossible("the session is being shut down already"));
                }
                self.stopping = true;
                self.act(now, |streams, cx| streams.stop(cx));
            }
        }
        self.conclude();
        Ok(())
    }

    fn poll(&mut self) -> Output<Event> {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Idle(self.streams.wake()))
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.streams
            .get(flow)
            .map_or(&[], |stream| stream.waiting_octets())
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        self.act(now, |streams, cx| streams.taken(cx, flow, count));
        self.advance(now, flow);
        self.conclude();
    }
}
