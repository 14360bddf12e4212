//! A server that contains a client: what it is asked, it asks others.
//!
//! It takes the questions of an [`asker`] on a datagram listener, and the application's as commands, and has an
//! asker of its own in another lane. Each request gets exactly one reply.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use nameward_core::deadlines::Deadlines;
use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::{Action, Ignored, Input, LocalAddr, Machine, Misuse, Output, Wake};
use nameward_core::record;
use nameward_core::seed::Seed;
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

use super::asker::{self, Asker, Failure, Outcome};
use super::outbox::Outbox;

/// How a [`Forwarder`] behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens. Its lane is that of the forwarder.
    pub listener: ListenerId,
    /// Questions that may be open at once.
    pub open: u16,
    /// From the request to the reply. Not zero.
    pub patience: Duration,
    /// The client inside, in another lane.
    pub asker: asker::Config,
}
record!(struct Config { listener, open, patience, asker });

/// The status of a reply to a request that no server answered in time.
pub const TIMED_OUT: u8 = 1;
/// The status of a reply to a request that came when too many were open.
pub const BUSY: u8 = 2;

/// The server.
#[derive(Debug)]
pub struct Forwarder {
    config: Config,
    asker: Asker,
    asker_wake: Option<Wake>,
    /// Who asked, by the asker's number for the question.
    origins: BTreeMap<u64, Origin>,
    questions: u64,
    patience: Deadlines<u64>,
    outbox: Outbox<Outcome>,
}

#[derive(Clone, Copy, Debug)]
enum Origin {
    Request {
        peer: SocketAddr,
        local: Option<LocalAddr>,
        id: [u8; 2],
    },
    Application {
        question: u64,
    },
}

impl Recordable for Forwarder {
    const KIND: &'static str = "witness forwarder";
    type Config = Config;

    fn from_seed(seed: Seed, config: Config) -> Result<Self, Misuse> {
        if config.listener.lane() == config.asker.lane || config.patience.is_zero() {
            return Err(Misuse::Impossible(
                "two parts have one lane, or there is no patience",
            ));
        }
        Ok(Self {
            asker: Asker::from_seed(seed, config.asker.clone())?,
            asker_wake: None,
            config,
            origins: BTreeMap::new(),
            questions: 0,
            patience: Deadlines::new(),
            outbox: Outbox::new(),
        })
    }
}

impl Machine for Forwarder {
    type Event = Outcome;
    type Command = asker::Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => {
                while let Some(question) = self.patience.take_due(now.mono) {
                    self.asker_command(now, asker::Command::Cancel { question });
                }
                self.asker.handle(now, input);
            }
            _ if input.lane().is_none_or(|lane| lane == self.config.asker.lane) => {
                self.asker.handle(now, input);
            }
            Input::Request {
                listener,
                peer,
                local,
                data,
            } if listener == self.config.listener => {
                self.requested(now, peer, local, data);
            }
            _ => self.outbox.ignore_foreign(&input),
        }
        self.drain_asker();
    }

    fn command(&mut self, now: Now, command: asker::Command) -> Result<(), Misuse> {
        let asked = |question| {
            let is_it = |(_, origin): &(&u64, &Origin)| matches!(origin, Origin::Application { question: other } if *other == question);
            self.origins.iter().find(is_it).map(|(&inner, _)| inner)
        };
        match command {
            asker::Command::Ask { question, text } => {
                if asked(question).is_some() {
                    return Err(Misuse::InUse(question));
                }
                self.forward(now, Origin::Application { question }, text);
            }
            asker::Command::Cancel { question } => {
                let question = asked(question).ok_or(Misuse::NotInUse(question))?;
                self.asker_command(now, asker::Command::Cancel { question });
            }
        }
        self.drain_asker();
        Ok(())
    }

    fn poll(&mut self) -> Output<Outcome> {
        self.outbox
            .poll(Wake::earlier(self.patience.earliest(), self.asker_wake))
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.asker.stream_out(flow)
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        self.asker.stream_sent(now, flow, count);
        self.drain_asker();
    }
}

impl Forwarder {
    fn requested(&mut self, now: Now, peer: SocketAddr, local: Option<LocalAddr>, data: &[u8]) {
        let Some((&id, text)) = data.split_first_chunk::<2>() else {
            return self.outbox.ignore(None, Ignored::Malformed { offset: 0 });
        };
        let origin = Origin::Request { peer, local, id };
        if self.origins.len() >= usize::from(self.config.open) {
            return self.answer(origin, Err(Failure::Status(BUSY)));
        }
        self.forward(now, origin, Bytes::copy_from_slice(text));
    }

    fn forward(&mut self, now: Now, origin: Origin, text: Bytes) {
        let question = self.questions;
        self.questions += 1;
        self.origins.insert(question, origin);
        let at = now.mono.after(self.config.patience);
        self.patience.set(
            question,
            Some(Wake {
                at,
                why: "request times out",
            }),
        );
        self.asker_command(now, asker::Command::Ask { question, text });
    }

    fn asker_command(&mut self, now: Now, command: asker::Command) {
        // Invariant: numbers are given once, and only open questions are cancelled.
        self.asker
            .command(now, command)
            .expect("the forwarder makes no mistake");
    }

    /// Passes on what the asker wants, at once: what it says may change our state, and that is no matter for `poll`.
    fn drain_asker(&mut self) {
        loop {
            match self.asker.poll() {
                Output::Do(action) => self.outbox.act(action),
                Output::Ignored { flow, why } => self.outbox.ignore(flow, why),
                Output::Event(Outcome { question, answer }) => {
                    self.patience.set(question, None);
                    if let Some(origin) = self.origins.remove(&question) {
                        self.answer(origin, answer);
                    }
                }
                Output::Idle(wake) => {
                    self.asker_wake = wake;
                    return;
                }
            }
        }
    }

    fn answer(&mut self, origin: Origin, answer: Result<Bytes, Failure>) {
        let (to, from, id) = match origin {
            Origin::Application { question } => return self.outbox.tell(Outcome { question, answer }),
            Origin::Request { peer, local, id } => (peer, local, id),
        };
        let (status, text) = match answer {
            Ok(text) => (0, text),
            Err(Failure::Status(status)) => (status, Bytes::new()),
            Err(Failure::TimedOut | Failure::Cancelled) => (TIMED_OUT, Bytes::new()),
        };
        let data = [&id[..], &[status], &text].concat().into();
        self.outbox.act(Action::Reply {
            listener: self.config.listener,
            to,
            from,
            data,
        });
    }
}
