//! A client that keeps many questions in flight on one stream, whose answers come in any order.
//!
//! ```text
//! question, answer = length: u16, id: u16, text     above a secure channel, or above none
//! ```
//!
//! Each question has exactly one outcome, however the stream dies.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use nameward_core::deadlines::Deadlines;
use nameward_core::flow::{FlowId, FlowNames, Lane};
use nameward_core::machine::{Action, CloseCause, Ignored, Input, Machine, Misuse, Output, Proto, Wake};
use nameward_core::record;
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

use super::channel::{ChannelError, ChannelState, FakeChannel, PlainChannel, SecureChannel};
use super::octets::{OctetQueue, StreamOutput, frame};
use super::outbox::Outbox;

/// How a [`Pipeline`] behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The server.
    pub server: SocketAddr,
    /// Whether there is a secure channel.
    pub secure: bool,
    /// Questions in flight at most; more wait.
    pub in_flight: u16,
    /// From asking to the outcome. Not zero.
    pub patience: Duration,
    /// How long a stream without questions stays, and how long the peer may take to finish it. Not zero.
    pub idle: Duration,
}
record!(struct Config { server, secure, in_flight, patience, idle });

/// What the application wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask, under a number that is not in use.
    Ask {
        /// The application's name for the question.
        question: u64,
        /// What to ask: at most 65 533 octets.
        text: Bytes,
    },
    /// End this question at once, with [`Failure::Cancelled`].
    Cancel {
        /// Which.
        question: u64,
    },
}
record!(enum Command { 0 => Ask { question, text }, 1 => Cancel { question } });

/// What the application is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A question has its outcome.
    Concluded(Outcome),
    /// The stream is no more. The next question opens another.
    StreamEnded,
}
record!(enum Event { 0 => Concluded(outcome), 1 => StreamEnded });

/// The one outcome of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which question.
    pub question: u64,
    /// The answer, or why there is none.
    pub answer: Result<Bytes, Failure>,
}
record!(struct Outcome { question, answer });

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The application cancelled it.
    Cancelled,
    /// It took too long.
    TimedOut,
    /// The stream is no more, or there never was one.
    Closed(CloseCause),
    /// The secure channel broke.
    Channel(ChannelError),
    /// The peer ended the stream in order, but did not answer.
    PeerFinished,
    /// What the peer sent is no answer.
    Malformed,
    /// The device moved to another network.
    NetworkChanged,
}
record!(enum Failure {
    0 => Cancelled, 1 => TimedOut, 2 => Closed(cause), 3 => Channel(error), 4 => PeerFinished, 5 => Malformed,
    6 => NetworkChanged,
});

/// The client.
#[derive(Debug)]
pub struct Pipeline {
    config: Config,
    rng: Rng,
    names: FlowNames,
    /// Every question without outcome.
    questions: BTreeMap<u64, Bytes>,
    /// Those that are not on a stream yet.
    waiting: VecDeque<u64>,
    connection: Option<Connection>,
    deadlines: Deadlines<Due>,
    outbox: Outbox<Event>,
}

#[derive(Debug)]
struct Connection {
    flow: FlowId,
    opened: bool,
    channel: Box<dyn SecureChannel>,
    phase: Phase,
    out: StreamOutput,
    plain: OctetQueue,
    /// Which ID belongs to which question; `None` if the question had its outcome but the answer may still come.
    in_flight: BTreeMap<u16, Option<u64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Handshaking,
    Ready,
    /// We have finished, and wait for the peer to do so.
    Finishing,
    /// Both have finished: all that is left is to write what waits.
    Draining,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Due {
    Question(u64),
    Connection(FlowId),
}

impl Recordable for Pipeline {
    const KIND: &'static str = "witness pipeline";
    type Config = Config;

    fn from_seed(seed: Seed, config: Config) -> Result<Self, Misuse> {
        if config.in_flight == 0 || config.patience.is_zero() || config.idle.is_zero() {
            return Err(Misuse::Impossible("no number in the configuration may be zero"));
        }
        Ok(Self {
            config,
            rng: Rng::new(&seed),
            names: FlowNames::new(Lane(0)),
            questions: BTreeMap::new(),
            waiting: VecDeque::new(),
            connection: None,
            deadlines: Deadlines::new(),
            outbox: Outbox::new(),
        })
    }
}

impl Machine for Pipeline {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => self.tick(now),
            Input::NetworkChanged => self.abandon(Failure::NetworkChanged),
            _ => match self
                .connection
                .as_mut()
                .filter(|connection| input.flow() == Some(connection.flow))
            {
                Some(connection) => match input {
                    Input::Opened { .. } if !connection.opened => connection.opened = true,
                    Input::Received { data, .. } => self.received(now, data),
                    Input::Finished { .. } => self.finished(),
                    Input::Closed { cause, .. } => {
                        self.forget();
                        self.fail_all(Failure::Closed(cause));
                    }
                    _ => self.outbox.ignore(input.flow(), Ignored::OutOfPlace),
                },
                None => self.outbox.ignore_foreign(&input),
            },
        }
        self.advance(now);
    }

    fn command(&mut self, now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Ask { question, text } => {
                if self.questions.contains_key(&question) {
                    return Err(Misuse::InUse(question));
                }
                if text.len() > usize::from(u16::MAX) - 2 {
                    return Err(Misuse::Impossible("a question has at most 65 533 octets"));
                }
                self.questions.insert(question, text);
                self.waiting.push_back(question);
                let at = now.mono.after(self.config.patience);
                self.deadlines.set(
                    Due::Question(question),
                    Some(Wake {
                        at,
                        why: "question times out",
                    }),
                );
            }
            Command::Cancel { question } => {
                if !self.questions.contains_key(&question) {
                    return Err(Misuse::NotInUse(question));
                }
                self.conclude(question, Err(Failure::Cancelled));
            }
        }
        self.advance(now);
        Ok(())
    }

    fn poll(&mut self) -> Output<Event> {
        self.outbox.poll(self.deadlines.earliest())
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        let connection = self
            .connection
            .as_ref()
            .filter(|connection| connection.flow == flow);
        connection.map_or(&[], |connection| connection.out.waiting())
    }

    fn stream_sent(&mut self, _now: Now, flow: FlowId, count: usize) {
        if let Some(connection) = self
            .connection
            .as_mut()
            .filter(|connection| connection.flow == flow)
        {
            connection.out.sent(count);
            self.close_drained();
        }
    }
}

impl Pipeline {
    fn tick(&mut self, now: Now) {
        while let Some(due) = self.deadlines.take_due(now.mono) {
            match due {
                Due::Question(question) => self.conclude(question, Err(Failure::TimedOut)),
                Due::Connection(_) => match &mut self.connection {
                    Some(connection) if connection.phase == Phase::Ready => {
                        connection.channel.finish(connection.out.end());
                        finish(connection, &mut self.outbox);
                    }
                    _ => self.close(),
                },
            }
        }
    }

    fn received(&mut self, now: Now, data: &[u8]) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if matches!(connection.phase, Phase::Finishing | Phase::Draining) {
            return self.outbox.ignore(Some(connection.flow), Ignored::Unexpected);
        }
        let Connection {
            channel, plain, out, ..
        } = connection;
        let state = channel.receive(now.wall, data, plain.end(), out.end());
        if matches!(state, Ok(ChannelState::Ready)) {
            connection.phase = Phase::Ready;
        }
        while let Some(frame) = self
            .connection
            .as_mut()
            .and_then(|connection| connection.plain.take_frame())
        {
            self.answered(frame.into());
        }
        let Some(connection) = &mut self.connection else {
            return;
        };
        match state {
            Ok(ChannelState::Handshaking | ChannelState::Ready) => return,
            Ok(ChannelState::PeerFinished) => connection.channel.finish(connection.out.end()),
            Err(_) => {}
        }
        // The last words of the channel are still sent: an alert, or the answer to the notice.
        finish(connection, &mut self.outbox);
        self.fail_all(state.map_or_else(Failure::Channel, |_| Failure::PeerFinished));
    }

    fn answered(&mut self, frame: Bytes) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let Some((id, _)) = frame.split_first_chunk::<2>() else {
            return self.abandon(Failure::Malformed);
        };
        match connection.in_flight.remove(&u16::from_be_bytes(*id)) {
            Some(Some(question)) => self.conclude(question, Ok(frame.slice(2..))),
            Some(None) => self.outbox.ignore(Some(connection.flow), Ignored::Unexpected),
            None => self.outbox.ignore(Some(connection.flow), Ignored::WrongId),
        }
    }

    fn finished(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if connection.phase == Phase::Finishing {
            connection.phase = Phase::Draining;
            return self.close_drained();
        }
        let failure = connection
            .channel
            .received_end()
            .map_or_else(Failure::Channel, |()| Failure::PeerFinished);
        self.abandon(failure);
    }

    /// Closes a stream on which neither side has anything left to say. To close it earlier would drop our last words.
    fn close_drained(&mut self) {
        let is_drained = |connection: &Connection| {
            connection.phase == Phase::Draining && connection.out.waiting().is_empty()
        };
        if self.connection.as_ref().is_some_and(is_drained) {
            self.close();
        }
    }

    /// A question has its outcome. If it is in flight, its ID stays taken: the answer may still come.
    fn conclude(&mut self, question: u64, answer: Result<Bytes, Failure>) {
        self.questions.remove(&question);
        self.waiting.retain(|&waiting| waiting != question);
        self.deadlines.set(Due::Question(question), None);
        if let Some(connection) = &mut self.connection {
            let asked = connection
                .in_flight
                .values_mut()
                .find(|asked| **asked == Some(question));
            asked.into_iter().for_each(|asked| *asked = None);
        }
        self.outbox.tell(Event::Concluded(Outcome { question, answer }));
    }

    fn fail_all(&mut self, failure: Failure) {
        for question in self.questions.keys().copied().collect::<Vec<_>>() {
            self.conclude(question, Err(failure));
        }
    }

    /// The stream is worth nothing any more.
    fn abandon(&mut self, failure: Failure) {
        self.close();
        self.fail_all(failure);
    }

    fn close(&mut self) {
        if let Some(flow) = self.forget() {
            self.outbox.act(Action::Close { flow });
        }
    }

    fn forget(&mut self) -> Option<FlowId> {
        let flow = self.connection.take()?.flow;
        self.deadlines.set(Due::Connection(flow), None);
        self.outbox.tell(Event::StreamEnded);
        Some(flow)
    }

    /// Does what the present state asks for: opens or closes the stream, sends questions, sets the timer of the stream.
    fn advance(&mut self, now: Now) {
        let limit = usize::from(self.config.in_flight);
        let useless = |connection: &Connection| {
            matches!(connection.phase, Phase::Finishing | Phase::Draining)
                || connection.in_flight.len() >= limit && connection.in_flight.values().all(Option::is_none)
        };
        if !self.waiting.is_empty() && self.connection.as_ref().is_none_or(useless) {
            self.close();
            self.open();
        }
        let Some(connection) = &mut self.connection else {
            return;
        };
        while connection.phase == Phase::Ready && connection.in_flight.len() < limit {
            let Some(question) = self.waiting.pop_front() else {
                break;
            };
            let id = loop {
                let id = self.rng.next_u16();
                if !connection.in_flight.contains_key(&id) {
                    break id;
                }
            };
            connection.in_flight.insert(id, Some(question));
            let text = self.questions.get(&question).map_or(&[][..], |text| text);
            let frame = frame(&[&id.to_be_bytes(), text]).unwrap_or_default();
            connection.channel.send(&frame, connection.out.end());
        }
        connection.out.announce(connection.flow, &mut self.outbox);
        // Once the timer of an idle stream runs, only a question stops it.
        let key = Due::Connection(connection.flow);
        if !self.questions.is_empty() {
            self.deadlines.set(key, None);
        } else if self.deadlines.get(key).is_none() {
            let at = now.mono.after(self.config.idle);
            self.deadlines.set(
                key,
                Some(Wake {
                    at,
                    why: "idle stream is closed",
                }),
            );
        }
    }

    fn open(&mut self) {
        let mut connection = Connection {
            flow: self.names.fresh(),
            opened: false,
            channel: match self.config.secure {
                true => Box::new(FakeChannel::client(&mut self.rng)),
                false => Box::new(PlainChannel),
            },
            phase: Phase::Handshaking,
            out: StreamOutput::default(),
            plain: OctetQueue::default(),
            in_flight: BTreeMap::new(),
        };
        let (flow, remote) = (connection.flow, self.config.server);
        self.outbox.act(Action::Open {
            flow,
            proto: Proto::Stream,
            remote,
            read: true,
        });
        if connection.channel.start(connection.out.end()) == ChannelState::Ready {
            connection.phase = Phase::Ready;
        }
        self.connection = Some(connection);
    }
}

/// Sends what is left to send, and then no more.
fn finish(connection: &mut Connection, outbox: &mut Outbox<Event>) {
    connection.phase = Phase::Finishing;
    connection.out.announce(connection.flow, outbox);
    outbox.act(Action::Finish {
        flow: connection.flow,
    });
}

#[cfg(test)]
mod tests;
