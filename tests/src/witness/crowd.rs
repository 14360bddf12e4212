//! Many slow clients of the [`reservoir`](super::reservoir) in one machine: each asks for much, and then reads a
//! piece at a time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use nameward_core::deadlines::Deadlines;
use nameward_core::flow::{FlowId, FlowNames, Lane};
use nameward_core::machine::{Action, CloseCause, Ignored, Input, Machine, Misuse, Output, Proto, Wake};
use nameward_core::record;
use nameward_core::seed::Seed;
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

use super::octets::{OctetQueue, StreamOutput, frame};
use super::outbox::Outbox;

/// What a [`Crowd`] is.
#[derive(Clone, Debug)]
pub struct Config {
    /// The server.
    pub server: SocketAddr,
    /// How long a client rests after each piece that it read. Not zero.
    pub rest: Duration,
}
record!(struct Config { server, rest });

/// What the application wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// So many clients more.
    Join {
        /// How many.
        clients: u32,
        /// How many requests each of them sends at once. Not zero.
        requests: u16,
        /// How many octets each answer is to have.
        size: u16,
    },
    /// All clients, and those that join later, begin to read.
    Read,
}
record!(enum Command { 0 => Join { clients, requests, size }, 1 => Read });

/// What the application is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A client is connected.
    Connected,
    /// A client is done.
    Done(Outcome),
}
record!(enum Event { 0 => Connected, 1 => Done(outcome) });

/// How it went for one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has all its answers, and they are right.
    Served,
    /// An answer was wrong, or one too many.
    WrongAnswer,
    /// The server sends no more, but did not answer everything.
    CutOff,
    /// The stream is no more.
    Closed(CloseCause),
}
record!(enum Outcome { 0 => Served, 1 => WrongAnswer, 2 => CutOff, 3 => Closed(cause) });

/// The clients.
#[derive(Debug)]
pub struct Crowd {
    config: Config,
    names: FlowNames,
    reading: bool,
    clients: BTreeMap<FlowId, Client>,
    resting: Deadlines<FlowId>,
    outbox: Outbox<Event>,
}

#[derive(Debug)]
struct Client {
    opened: bool,
    out: StreamOutput,
    answer: OctetQueue,
    answers: u16,
    requests: u16,
    size: u16,
}

impl Recordable for Crowd {
    const KIND: &'static str = "witness crowd";
    type Config = Config;

    fn from_seed(_seed: Seed, config: Config) -> Result<Self, Misuse> {
        if config.rest.is_zero() {
            return Err(Misuse::Impossible("no number in the configuration may be zero"));
        }
        Ok(Self {
            config,
            names: FlowNames::new(Lane(0)),
            reading: false,
            clients: BTreeMap::new(),
            resting: Deadlines::new(),
            outbox: Outbox::new(),
        })
    }
}

impl Machine for Crowd {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => {
                while let Some(flow) = self.resting.take_due(now.mono) {
                    self.outbox.act(Action::Read { flow, wanted: true });
                }
            }
            Input::NetworkChanged => {
                while let Some((&flow, _)) = self.clients.first_key_value() {
                    self.close(flow, Outcome::CutOff);
                }
            }
            _ => match input
                .flow()
                .and_then(|flow| Some((flow, self.clients.get_mut(&flow)?)))
            {
                Some((flow, client)) => match input {
                    Input::Opened { .. } if !client.opened => {
                        client.opened = true;
                        self.outbox.tell(Event::Connected);
                    }
                    Input::Received { data, .. } => self.received(now, flow, data),
                    Input::Finished { .. } if client.answers == client.requests => {
                        self.close(flow, Outcome::Served)
                    }
                    Input::Finished { .. } => self.close(flow, Outcome::CutOff),
                    Input::Closed { cause, .. } => self.forget(flow, Outcome::Closed(cause)),
                    _ => self.outbox.ignore(Some(flow), Ignored::OutOfPlace),
                },
                None => self.outbox.ignore_foreign(&input),
            },
        }
    }

    fn command(&mut self, _now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Join { requests: 0, .. } => {
                return Err(Misuse::Impossible("a client sends one request at least"));
            }
            Command::Join {
                clients,
                requests,
                size,
            } => {
                (0..clients).for_each(|_| self.join(requests, size));
            }
            Command::Read => {
                self.reading = true;
                let clients = self
                    .clients
                    .keys()
                    .filter(|flow| self.resting.get(**flow).is_none());
                clients.for_each(|&flow| self.outbox.act(Action::Read { flow, wanted: true }));
            }
        }
        Ok(())
    }

    fn poll(&mut self) -> Output<Event> {
        self.outbox.poll(self.resting.earliest())
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.clients.get(&flow).map_or(&[], |client| client.out.waiting())
    }

    fn stream_sent(&mut self, _now: Now, flow: FlowId, count: usize) {
        if let Some(client) = self.clients.get_mut(&flow) {
            client.out.sent(count);
        }
    }
}

impl Crowd {
    fn join(&mut self, requests: u16, size: u16) {
        let flow = self.names.fresh();
        let (proto, remote) = (Proto::Stream, self.config.server);
        self.outbox.act(Action::Open {
            flow,
            proto,
            remote,
            read: self.reading,
        });
        let mut out = StreamOutput::default();
        let request = frame(&[&size.to_be_bytes()]).unwrap_or_default();
        *out.end() = request.repeat(usize::from(requests));
        out.announce(flow, &mut self.outbox);
        let answer = OctetQueue::default();
        self.clients.insert(
            flow,
            Client {
                opened: false,
                out,
                answer,
                answers: 0,
                requests,
                size,
            },
        );
    }

    fn received(&mut self, now: Now, flow: FlowId, data: &[u8]) {
        let Some(client) = self.clients.get_mut(&flow) else {
            return;
        };
        client.answer.end().extend_from_slice(data);
        while let Some(answer) = client.answer.take_frame() {
            let [.., number] = client.answers.to_be_bytes();
            let is_right = answer.len() == usize::from(client.size)
                && answer.iter().all(|&octet| octet == number)
                && client.answers < client.requests;
            if !is_right {
                return self.close(flow, Outcome::WrongAnswer);
            }
            client.answers += 1;
            if client.answers == client.requests {
                self.outbox.act(Action::Finish { flow });
            }
        }
        self.outbox.act(Action::Read { flow, wanted: false });
        let at = now.mono.after(self.config.rest);
        self.resting.set(
            flow,
            Some(Wake {
                at,
                why: "client reads on",
            }),
        );
    }

    fn close(&mut self, flow: FlowId, outcome: Outcome) {
        self.outbox.act(Action::Close { flow });
        self.forget(flow, outcome);
    }

    fn forget(&mut self, flow: FlowId, outcome: Outcome) {
        self.clients.remove(&flow);
        self.resting.set(flow, None);
        self.outbox.tell(Event::Done(outcome));
    }
}
