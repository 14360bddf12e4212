//! A client of small datagrams, with retries: a fresh flow for each attempt, as a resolver does it against forgery.
//!
//! ```text
//! question = id: u16, text      answer = id: u16, status: u8, text
//! ```

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use nameward_core::deadlines::Deadlines;
use nameward_core::flow::{FlowId, FlowNames, Lane};
use nameward_core::machine::{Action, Ignored, Input, Machine, Misuse, Output, Proto, Wake};
use nameward_core::record;
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

use super::outbox::Outbox;

/// How an [`Asker`] behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The lane of its flows.
    pub lane: Lane,
    /// Whom to ask, one attempt after the other. Not empty.
    pub servers: Vec<SocketAddr>,
    /// Attempts for each question. Not zero.
    pub attempts: u8,
    /// How long each attempt waits before the next. Not zero.
    pub attempt: Duration,
}
record!(struct Config { lane, servers, attempts, attempt });

/// What the application wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask, under a number that is not in use.
    Ask {
        /// The application's name for the question.
        question: u64,
        /// What to ask.
        text: Bytes,
    },
    /// End this question, with [`Failure::Cancelled`].
    Cancel {
        /// Which.
        question: u64,
    },
}
record!(enum Command { 0 => Ask { question, text }, 1 => Cancel { question } });

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
    /// No server answered.
    TimedOut,
    /// A server answered with this status, which is not 0.
    Status(u8),
    /// The application cancelled it.
    Cancelled,
}
record!(enum Failure { 0 => TimedOut, 1 => Status(status), 2 => Cancelled });

/// The client.
#[derive(Debug)]
pub struct Asker {
    config: Config,
    rng: Rng,
    names: FlowNames,
    questions: BTreeMap<u64, Question>,
    flows: BTreeMap<FlowId, Attempt>,
    deadlines: Deadlines<u64>,
    outbox: Outbox<Outcome>,
}

#[derive(Debug)]
struct Question {
    text: Bytes,
    /// How often it was asked.
    attempts: u8,
    /// The last attempt, and those before, which may still be answered.
    flows: Vec<FlowId>,
}

#[derive(Clone, Copy, Debug)]
struct Attempt {
    question: u64,
    id: u16,
}

impl Recordable for Asker {
    const KIND: &'static str = "witness asker";
    type Config = Config;

    fn from_seed(seed: Seed, config: Config) -> Result<Self, Misuse> {
        if config.servers.is_empty() || config.attempts == 0 || config.attempt.is_zero() {
            return Err(Misuse::Impossible("no server, no attempt, or no time"));
        }
        Ok(Self {
            rng: Rng::new(&seed),
            names: FlowNames::new(config.lane),
            questions: BTreeMap::new(),
            flows: BTreeMap::new(),
            deadlines: Deadlines::new(),
            outbox: Outbox::new(),
            config,
        })
    }
}

impl Machine for Asker {
    type Event = Outcome;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => {
                while let Some(question) = self.deadlines.take_due(now.mono) {
                    self.attempt(now, question);
                }
            }
            Input::NetworkChanged => {
                let flows = std::mem::take(&mut self.flows).into_keys();
                flows.for_each(|flow| self.outbox.act(Action::Close { flow }));
                self.questions
                    .values_mut()
                    .for_each(|question| question.flows.clear());
                for question in self.questions.keys().copied().collect::<Vec<_>>() {
                    self.attempt(now, question);
                }
            }
            _ => match input
                .flow()
                .and_then(|flow| Some((flow, *self.flows.get(&flow)?)))
            {
                Some((flow, attempt)) => self.about(now, flow, attempt, &input),
                None => self.outbox.ignore_foreign(&input),
            },
        }
    }

    fn command(&mut self, now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Ask { question, text } => {
                if self.questions.contains_key(&question) {
                    return Err(Misuse::InUse(question));
                }
                self.questions.insert(
                    question,
                    Question {
                        text,
                        attempts: 0,
                        flows: Vec::new(),
                    },
                );
                self.attempt(now, question);
            }
            Command::Cancel { question } => {
                if !self.questions.contains_key(&question) {
                    return Err(Misuse::NotInUse(question));
                }
                self.conclude(question, Err(Failure::Cancelled));
            }
        }
        Ok(())
    }

    fn poll(&mut self) -> Output<Outcome> {
        self.outbox.poll(self.deadlines.earliest())
    }

    fn stream_out(&self, _flow: FlowId) -> &[u8] {
        &[]
    }

    fn stream_sent(&mut self, _now: Now, _flow: FlowId, _count: usize) {}
}

impl Asker {
    /// Something about a flow of ours.
    fn about(&mut self, now: Now, flow: FlowId, attempt: Attempt, input: &Input<'_>) {
        let Some(question) = self.questions.get_mut(&attempt.question) else {
            return;
        };
        let is_last = question.flows.last() == Some(&flow);
        match input {
            Input::Received { data, .. } => match data.split_first_chunk::<3>() {
                None => self.outbox.ignore(Some(flow), Ignored::Malformed { offset: 0 }),
                Some(([high, low, _], _)) if u16::from_be_bytes([*high, *low]) != attempt.id => {
                    self.outbox.ignore(Some(flow), Ignored::WrongId);
                }
                Some(([_, _, 0], text)) => {
                    self.conclude(attempt.question, Ok(Bytes::copy_from_slice(text)));
                }
                Some(([_, _, status], _)) => {
                    self.conclude(attempt.question, Err(Failure::Status(*status)));
                }
            },
            Input::Closed { .. } => {
                self.flows.remove(&flow);
                question.flows.retain(|&other| other != flow);
                if is_last {
                    self.attempt(now, attempt.question);
                }
            }
            // Whoever guesses the port can say so. The next attempt comes at once, but this one may still be answered.
            Input::Rejected { .. } if is_last && question.attempts < self.config.attempts => {
                self.attempt(now, attempt.question);
            }
            Input::Opened { .. } | Input::Rejected { .. } => {}
            _ => self.outbox.ignore(Some(flow), Ignored::OutOfPlace),
        }
    }

    /// Asks once more, if it was not asked often enough.
    fn attempt(&mut self, now: Now, number: u64) {
        let Some(question) = self.questions.get_mut(&number) else {
            return;
        };
        if question.attempts >= self.config.attempts {
            return self.conclude(number, Err(Failure::TimedOut));
        }
        let servers = self.config.servers.iter().cycle();
        let Some(&remote) = servers.clone().nth(usize::from(question.attempts)) else {
            return;
        };
        let (flow, id) = (self.names.fresh(), self.rng.next_u16());
        question.attempts += 1;
        question.flows.push(flow);
        self.flows.insert(flow, Attempt { question: number, id });
        self.outbox.act(Action::Open {
            flow,
            proto: Proto::Datagram,
            remote,
            read: true,
        });
        let data = [&id.to_be_bytes(), &question.text[..]].concat().into();
        self.outbox.act(Action::Send { flow, data });
        let at = now.mono.after(self.config.attempt);
        self.deadlines.set(
            number,
            Some(Wake {
                at,
                why: "attempt times out",
            }),
        );
    }

    fn conclude(&mut self, number: u64, answer: Result<Bytes, Failure>) {
        let Some(question) = self.questions.remove(&number) else {
            return;
        };
        for flow in question.flows {
            self.flows.remove(&flow);
            self.outbox.act(Action::Close { flow });
        }
        self.deadlines.set(number, None);
        self.outbox.tell(Outcome {
            question: number,
            answer,
        });
    }
}
