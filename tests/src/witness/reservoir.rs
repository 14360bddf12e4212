//! A server of many streams that takes as much as its clients take: no client makes it hold more than a fixed amount.
//!
//! ```text
//! request = 2: u16, size: u16      answer = size: u16, [low octet of the answer's number on this stream; size]
//! ```
//!
//! What limits memory: a stream whose output is full is not read; what was read already is kept as it came, and answered when
//! there is room; at the limit of streams none is accepted; a stream on which nothing moves is closed.

use std::collections::BTreeMap;
use std::time::Duration;

use nameward_core::deadlines::Deadlines;
use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::{Action, CloseCause, Ignored, Input, Machine, Misuse, Output, Wake};
use nameward_core::record;
use nameward_core::seed::Seed;
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

use super::octets::{OctetQueue, StreamOutput};
use super::outbox::Outbox;

/// How a [`Reservoir`] behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub listener: ListenerId,
    /// Streams at most. Not zero.
    pub streams: u32,
    /// A stream with so many octets of output is not read, and gets no further answer. Not zero.
    pub output: u32,
    /// How long a stream on which nothing moves stays. Not zero.
    pub idle: Duration,
}
record!(struct Config { listener, streams, output, idle });

/// What the application wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// [`Event::Report`] how things are.
    Report,
}
record!(enum Command { 0 => Report });

/// What the application is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// There are as many streams as there may be. No other is accepted until one has ended.
    Full,
    /// A stream has ended.
    Ended(End),
    /// How things are.
    Report {
        /// Streams that are open.
        streams: u32,
        /// The most that were open at once.
        most_streams: u32,
        /// The most octets that waited at once, to be answered or to be written.
        most_octets: u64,
        /// How often a stream was not read for want of room.
        pauses: u64,
    },
}
record!(enum Event { 0 => Full, 1 => Ended(end), 2 => Report { streams, most_streams, most_octets, pauses } });

/// Why a stream has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything was answered, and both sides send no more.
    Finished,
    /// The client sent something that is no request.
    Malformed,
    /// Nothing moved for too long.
    Idle,
    /// It came when there were too many.
    Refused,
    /// It is no more.
    Closed(CloseCause),
}
record!(enum End { 0 => Finished, 1 => Malformed, 2 => Idle, 3 => Refused, 4 => Closed(cause) });

/// The server.
#[derive(Debug)]
pub struct Reservoir {
    config: Config,
    streams: BTreeMap<FlowId, Stream>,
    idle: Deadlines<FlowId>,
    outbox: Outbox<Event>,
    octets: u64,
    most_octets: u64,
    most_streams: u32,
    pauses: u64,
}

#[derive(Debug, Default)]
struct Stream {
    requests: OctetQueue,
    out: StreamOutput,
    answers: u8,
    paused: bool,
    /// The client sends no more.
    finished: bool,
    /// And neither do we, once the output is written.
    finishing: bool,
}

impl Recordable for Reservoir {
    const KIND: &'static str = "witness reservoir";
    type Config = Config;

    fn from_seed(_seed: Seed, config: Config) -> Result<Self, Misuse> {
        if config.streams == 0 || config.output == 0 || config.idle.is_zero() {
            return Err(Misuse::Impossible("no number in the configuration may be zero"));
        }
        Ok(Self {
            config,
            streams: BTreeMap::new(),
            idle: Deadlines::new(),
            outbox: Outbox::new(),
            octets: 0,
            most_octets: 0,
            most_streams: 0,
            pauses: 0,
        })
    }
}

impl Machine for Reservoir {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => {
                while let Some(flow) = self.idle.take_due(now.mono) {
                    self.close(flow, End::Idle);
                }
            }
            Input::NetworkChanged => {}
            Input::Accepted { flow, listener, .. } if listener == self.config.listener => {
                self.accepted(now, flow);
            }
            _ => match input.flow().filter(|flow| self.streams.contains_key(flow)) {
                Some(flow) => match input {
                    Input::Received { data, .. } => {
                        self.moved(now, flow, |stream| stream.requests.end().extend_from_slice(data));
                    }
                    Input::Finished { .. } => self.moved(now, flow, |stream| stream.finished = true),
                    Input::Closed { cause, .. } => self.forget(flow, End::Closed(cause)),
                    _ => self.outbox.ignore(Some(flow), Ignored::OutOfPlace),
                },
                None => self.outbox.ignore_foreign(&input),
            },
        }
    }

    fn command(&mut self, _now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Report => self.outbox.tell(Event::Report {
                streams: self.open_streams(),
                most_streams: self.most_streams,
                most_octets: self.most_octets,
                pauses: self.pauses,
            }),
        }
        Ok(())
    }

    fn poll(&mut self) -> Output<Event> {
        self.outbox.poll(self.idle.earliest())
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.streams.get(&flow).map_or(&[], |stream| stream.out.waiting())
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        if self.streams.contains_key(&flow) {
            self.moved(now, flow, |stream| stream.out.sent(count));
        }
    }
}

impl Reservoir {
    /// How many octets of memory all queues take, used or not.
    pub fn memory(&self) -> usize {
        let capacity = |stream: &Stream| stream.requests.capacity() + stream.out.capacity();
        self.streams.values().map(capacity).sum()
    }

    fn open_streams(&self) -> u32 {
        u32::try_from(self.streams.len()).unwrap_or(u32::MAX)
    }

    fn accepted(&mut self, now: Now, flow: FlowId) {
        if self.streams.contains_key(&flow) {
            return self.outbox.ignore(Some(flow), Ignored::OutOfPlace);
        }
        if self.open_streams() >= self.config.streams {
            // It was accepted before the driver knew that there were enough.
            self.outbox.act(Action::Close { flow });
            return self.outbox.tell(Event::Ended(End::Refused));
        }
        self.streams.insert(flow, Stream::default());
        self.most_streams = self.most_streams.max(self.open_streams());
        if self.open_streams() == self.config.streams {
            self.accept(false);
            self.outbox.tell(Event::Full);
        }
        self.restart_timer(now, flow);
    }

    fn accept(&mut self, wanted: bool) {
        let listener = self.config.listener;
        self.outbox.act(Action::Accept { listener, wanted });
    }

    fn restart_timer(&mut self, now: Now, flow: FlowId) {
        let at = now.mono.after(self.config.idle);
        self.idle.set(
            flow,
            Some(Wake {
                at,
                why: "stream is idle",
            }),
        );
    }

    /// Something moved on this stream: answers what there is room for.
    fn moved(&mut self, now: Now, flow: FlowId, change: impl FnOnce(&mut Stream)) {
        let Some(stream) = self.streams.get_mut(&flow) else {
            return;
        };
        let before = stream.octets();
        change(stream);
        let limit = usize::try_from(self.config.output).unwrap_or(usize::MAX);
        let is_sound = stream.answer(limit);
        self.octets = self.octets - before + stream.octets();
        self.most_octets = self.most_octets.max(self.octets);
        stream.out.announce(flow, &mut self.outbox);
        let is_full = stream.out.waiting().len() >= limit;
        if is_full != stream.paused {
            stream.paused = is_full;
            self.pauses += u64::from(is_full);
            self.outbox.act(Action::Read {
                flow,
                wanted: !is_full,
            });
        }
        if !is_sound || stream.finished && !is_full && !stream.requests.is_empty() {
            return self.close(flow, End::Malformed);
        }
        if stream.finished && stream.requests.is_empty() {
            if !std::mem::replace(&mut stream.finishing, true) {
                self.outbox.act(Action::Finish { flow });
            }
            if stream.out.waiting().is_empty() {
                return self.close(flow, End::Finished);
            }
        }
        self.restart_timer(now, flow);
    }

    fn close(&mut self, flow: FlowId, end: End) {
        self.outbox.act(Action::Close { flow });
        self.forget(flow, end);
    }

    fn forget(&mut self, flow: FlowId, end: End) {
        if let Some(stream) = self.streams.remove(&flow) {
            self.octets -= stream.octets();
            self.idle.set(flow, None);
            if self.open_streams() + 1 == self.config.streams {
                self.accept(true);
            }
            self.outbox.tell(Event::Ended(end));
        }
    }
}

impl Stream {
    fn octets(&self) -> u64 {
        u64::try_from(self.requests.len() + self.out.waiting().len()).unwrap_or(u64::MAX)
    }

    /// Answers while the output is not full. `false` if what came is no request.
    fn answer(&mut self, limit: usize) -> bool {
        while self.out.waiting().len() < limit {
            let Some(request) = self.requests.take_frame() else {
                break;
            };
            let Ok(size) = <[u8; 2]>::try_from(request) else {
                return false;
            };
            let out = self.out.end();
            out.extend_from_slice(&size);
            let length = out.len() + usize::from(u16::from_be_bytes(size));
            out.resize(length, self.answers);
            self.answers = self.answers.wrapping_add(1);
        }
        // A frame of any other length than 2 would wait for ever, and let the queue grow.
        self.requests
            .waiting()
            .first_chunk()
            .is_none_or(|length| u16::from_be_bytes(*length) == 2)
    }
}
