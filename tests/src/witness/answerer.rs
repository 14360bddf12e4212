//! A server of what the [`pipeline`](super::pipeline) asks: it collects a batch of questions and answers the last one first.
//!
//! The answer to a text is the text in capital letters. A batch that the client leaves incomplete is answered when it says that
//! it sends no more.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use nameward_core::deadlines::Deadlines;
use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::{Action, CloseCause, Ignored, Input, Machine, Misuse, Output, Wake};
use nameward_core::record;
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::{Now, UnixTime};
use nameward_core::trace::Recordable;

use super::channel::{ChannelError, ChannelState, FakeChannel, PlainChannel, SecureChannel};
use super::octets::{OctetQueue, StreamOutput, frame};
use super::outbox::Outbox;

/// How an [`Answerer`] behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub listener: ListenerId,
    /// Until when its certificate is valid; `None` for plain streams.
    pub certificate_ends: Option<UnixTime>,
    /// How many questions it waits for before it answers. Not zero.
    pub batch: u16,
    /// How long a client may say nothing, whatever it still wants. Not zero.
    pub idle: Duration,
}
record!(struct Config { listener, certificate_ends, batch, idle });

/// A stream has ended. Which one, its place in the log tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Both sides said that they send no more.
    Finished,
    /// The secure channel broke.
    Channel(ChannelError),
    /// The client sent something that is no question.
    Malformed,
    /// The client said nothing for too long.
    Idle,
    /// The stream is no more.
    Closed(CloseCause),
}
record!(enum Ended { 0 => Finished, 1 => Channel(error), 2 => Malformed, 3 => Idle, 4 => Closed(cause) });

/// The server.
#[derive(Debug)]
pub struct Answerer {
    config: Config,
    rng: Rng,
    streams: BTreeMap<FlowId, Stream>,
    deadlines: Deadlines<FlowId>,
    outbox: Outbox<Ended>,
}

#[derive(Debug)]
struct Stream {
    channel: Box<dyn SecureChannel>,
    plain: OctetQueue,
    out: StreamOutput,
    batch: Vec<Vec<u8>>,
    /// Why we have finished, once we have.
    finished: Option<Ended>,
    /// The client has finished, too: all that is left is to write what waits.
    draining: bool,
}

impl Recordable for Answerer {
    const KIND: &'static str = "witness answerer";
    type Config = Config;

    fn from_seed(seed: Seed, config: Config) -> Result<Self, Misuse> {
        if config.batch == 0 || config.idle.is_zero() {
            return Err(Misuse::Impossible("no number in the configuration may be zero"));
        }
        Ok(Self {
            config,
            rng: Rng::new(&seed),
            streams: BTreeMap::new(),
            deadlines: Deadlines::new(),
            outbox: Outbox::new(),
        })
    }
}

impl Machine for Answerer {
    type Event = Ended;
    type Command = Infallible;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => {
                while let Some(flow) = self.deadlines.take_due(now.mono) {
                    self.close(flow, Ended::Idle);
                }
            }
            Input::NetworkChanged => {}
            Input::Accepted { flow, listener, .. } if listener == self.config.listener => {
                self.accepted(now, flow);
            }
            _ => match input.flow().filter(|flow| self.streams.contains_key(flow)) {
                Some(flow) => match input {
                    Input::Received { data, .. } => self.received(now, flow, data),
                    Input::Finished { .. } => self.finished(flow),
                    Input::Closed { cause, .. } => self.forget(flow, Ended::Closed(cause)),
                    _ => self.outbox.ignore(Some(flow), Ignored::OutOfPlace),
                },
                None => self.outbox.ignore_foreign(&input),
            },
        }
    }

    fn command(&mut self, _now: Now, command: Infallible) -> Result<(), Misuse> {
        match command {}
    }

    fn poll(&mut self) -> Output<Ended> {
        self.outbox.poll(self.deadlines.earliest())
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.streams.get(&flow).map_or(&[], |stream| stream.out.waiting())
    }

    fn stream_sent(&mut self, _now: Now, flow: FlowId, count: usize) {
        if let Some(stream) = self.streams.get_mut(&flow) {
            stream.out.sent(count);
            self.close_drained(flow);
        }
    }
}

impl Answerer {
    fn accepted(&mut self, now: Now, flow: FlowId) {
        if self.streams.contains_key(&flow) {
            return self.outbox.ignore(Some(flow), Ignored::OutOfPlace);
        }
        let mut stream = Stream {
            channel: match self.config.certificate_ends {
                Some(ends) => Box::new(FakeChannel::server(ends, &mut self.rng)),
                None => Box::new(PlainChannel),
            },
            plain: OctetQueue::default(),
            out: StreamOutput::default(),
            batch: Vec::new(),
            finished: None,
            draining: false,
        };
        stream.channel.start(stream.out.end());
        self.streams.insert(flow, stream);
        self.restart_timer(now, flow);
    }

    fn restart_timer(&mut self, now: Now, flow: FlowId) {
        let at = now.mono.after(self.config.idle);
        self.deadlines.set(
            flow,
            Some(Wake {
                at,
                why: "silent client is closed",
            }),
        );
    }

    fn received(&mut self, now: Now, flow: FlowId, data: &[u8]) {
        let Some(stream) = self.streams.get_mut(&flow) else {
            return;
        };
        if stream.finished.is_some() {
            return self.outbox.ignore(Some(flow), Ignored::Unexpected);
        }
        let state = stream
            .channel
            .receive(now.wall, data, stream.plain.end(), stream.out.end());
        let mut end = match state {
            Ok(ChannelState::Handshaking | ChannelState::Ready) => None,
            Ok(ChannelState::PeerFinished) => Some(Ended::Finished),
            Err(error) => Some(Ended::Channel(error)),
        };
        while let Some(question) = stream.plain.take_frame() {
            if question.len() < 2 {
                end = Some(Ended::Malformed);
                break;
            }
            stream.batch.push(question);
            if stream.batch.len() >= usize::from(self.config.batch) {
                stream.answer();
            }
        }
        if end == Some(Ended::Finished) {
            stream.answer();
        }
        if end.is_some() {
            if state.is_ok() {
                stream.channel.finish(stream.out.end());
            }
            stream.finished = end;
        }
        stream.out.announce(flow, &mut self.outbox);
        if end.is_some() {
            self.outbox.act(Action::Finish { flow });
        }
        self.restart_timer(now, flow);
    }

    /// The client sends no more. If it did not say so before, it cut its own stream off.
    fn finished(&mut self, flow: FlowId) {
        let Some(stream) = self.streams.get_mut(&flow) else {
            return;
        };
        stream.draining = true;
        if let Err(error) = stream.channel.received_end() {
            stream.finished.get_or_insert(Ended::Channel(error));
        }
        if stream.finished.is_none() {
            stream.answer();
            stream.channel.finish(stream.out.end());
            stream.finished = Some(Ended::Finished);
            stream.out.announce(flow, &mut self.outbox);
        }
        self.close_drained(flow);
    }

    /// Closes a stream on which neither side has anything left to say. To close it earlier would drop our last words.
    fn close_drained(&mut self, flow: FlowId) {
        if let Some(Stream {
            finished: Some(end),
            draining: true,
            out,
            ..
        }) = self.streams.get(&flow)
            && out.waiting().is_empty()
        {
            let end = *end;
            self.close(flow, end);
        }
    }

    fn close(&mut self, flow: FlowId, end: Ended) {
        self.outbox.act(Action::Close { flow });
        self.forget(flow, end);
    }

    fn forget(&mut self, flow: FlowId, end: Ended) {
        self.streams.remove(&flow);
        self.deadlines.set(flow, None);
        self.outbox.tell(end);
    }
}

impl Stream {
    fn answer(&mut self) {
        for mut question in self.batch.drain(..).rev() {
            let (_, text) = question.split_at_mut(2);
            text.make_ascii_uppercase();
            let frame = frame(&[&question]).unwrap_or_default();
            self.channel.send(&frame, self.out.end());
        }
    }
}
