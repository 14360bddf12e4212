//! The machine that puts questions to servers.

use alloc::collections::{BTreeMap, VecDeque};
use core::net::SocketAddr;

use bytes::BytesMut;

use crate::budget::Budget;
use crate::context::Cx;
use crate::deadlines::Deadlines;
use crate::flow::{FlowId, FlowNames, Lane};
use crate::limits::Limits;
use crate::machine::{Action, CloseCause, Ignored, Input, Machine, Misuse, Output};
use crate::planted::planted;
use crate::seed::{Rng, Seed};
use crate::time::Now;
use crate::transport::connections::Connections;
use crate::transport::exchange::{Exchange, Means, Progress};
use crate::transport::ports::Ports;
use crate::transport::{ExchangeError, QueryOptions, QuestionId, Reply};
use crate::wire::Question;

/// Puts questions to servers that the asker names, each under a budget of its own.
///
/// Each question gets exactly one [`Event`] within [`Limits::time`], unless it is cancelled. It does not choose servers, follow
/// aliases, remember anything, or ask equal questions once: those who embed it do.
///
/// ```
/// use nameward_core::machine::{Machine, Output};
/// use nameward_core::seed::Seed;
/// use nameward_core::time::{Instant, Now};
/// use nameward_core::transport::{Ask, Command, Config, QueryOptions, QuestionId, Requester};
/// use nameward_core::wire::{Class, Question, Rtype};
///
/// let mut requester = Requester::new(Seed::from_number(1), Config::default())?;
/// let ask = Ask {
///     id: QuestionId(0),
///     server: "192.0.2.1:53".parse()?,
///     question: Question { name: "example.org".parse()?, rtype: Rtype::AAAA, class: Class::IN },
///     options: QueryOptions::default(),
/// };
/// requester.command(Now::without_wall(Instant::ZERO), Command::Ask(ask))?;
/// // It wants a flow to be opened and a datagram to be sent, and to be woken if no reply comes.
/// assert!(matches!(requester.poll(), Output::Do(_)));
/// assert!(matches!(requester.poll(), Output::Do(_)));
/// assert!(matches!(requester.poll(), Output::Idle(Some(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Requester {
    config: Config,
    rng: Rng,
    flows: FlowNames,
    ports: Ports,
    connections: Connections,
    questions: BTreeMap<QuestionId, Asked>,
    deadlines: Deadlines<QuestionId>,
    actions: VecDeque<Action>,
    outputs: VecDeque<Output<Event>>,
    scratch: BytesMut,
}

#[derive(Debug)]
struct Asked {
    exchange: Exchange,
    budget: Budget,
}

/// How a [`Requester`] is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What each question may cost.
    pub limits: Limits,
    /// The lane of the requester's flows, where it is part of another machine.
    pub lane: Lane,
}

/// What one asks of a [`Requester`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Put a question.
    Ask(Ask),
    /// Forget a question. No event will come for it.
    Cancel(QuestionId),
}

/// A question to one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The asker's number for it.
    pub id: QuestionId,
    /// Whom to ask.
    pub server: SocketAddr,
    /// What to ask.
    pub question: Question,
    /// How.
    pub options: QueryOptions,
}

/// How a question ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server answered, with whatever RCODE.
    Answered {
        /// The asker's number.
        id: QuestionId,
        /// The answer.
        reply: Reply,
    },
    /// The server did not answer.
    Failed {
        /// The asker's number.
        id: QuestionId,
        /// Why.
        error: ExchangeError,
    },
}

impl Event {
    /// The question that ended.
    pub const fn id(&self) -> QuestionId {
        match *self {
            Self::Answered { id, .. } | Self::Failed { id, .. } => id,
        }
    }
}

impl Requester {
    /// A requester that was asked nothing yet.
    ///
    /// # Errors
    ///
    /// The limits are out of their ranges.
    pub fn new(seed: Seed, config: Config) -> Result<Self, Misuse> {
        config.limits.validate()?;
        Ok(Self {
            rng: Rng::new(&seed),
            flows: FlowNames::new(config.lane),
            config,
            ports: Ports::default(),
            connections: Connections::default(),
            questions: BTreeMap::new(),
            deadlines: Deadlines::new(),
            actions: VecDeque::new(),
            outputs: VecDeque::new(),
            scratch: BytesMut::new(),
        })
    }

    /// How many questions are in flight.
    pub fn in_flight(&self) -> usize {
        self.questions.len()
    }

    /// How many flows are open.
    pub fn open_flows(&self) -> usize {
        self.ports.len().saturating_add(self.connections.len())
    }

    fn ask(&mut self, now: Now, ask: Ask) -> Result<(), Misuse> {
        let Ask {
            id,
            server,
            question,
            options,
        } = ask;
        options.validate(&self.config.limits)?;
        if self.questions.contains_key(&id) {
            return Err(Misuse::InUse(id.0));
        }
        let mut budget = Budget::new(&self.config.limits, now.mono);
        let (cx, ports, connections) = self.context(now);
        let mut means = Means {
            ports,
            connections,
            budget: &mut budget,
        };
        let (exchange, progress) = Exchange::start(&mut { cx }, &mut means, id, server, question, options);
        self.questions.insert(id, Asked { exchange, budget });
        self.settle(id, None, progress);
        Ok(())
    }

    fn cancel(&mut self, now: Now, id: QuestionId) -> Result<(), Misuse> {
        let mut asked = self.questions.remove(&id).ok_or(Misuse::NotInUse(id.0))?;
        let (mut cx, ports, connections) = self.context(now);
        let mut means = Means {
            ports,
            connections,
            budget: &mut asked.budget,
        };
        asked.exchange.cancel(&mut cx, &mut means);
        self.deadlines.set(id, None);
        self.flush();
        Ok(())
    }

    /// Lets the exchange of question `id` act, and takes in what it says.
    fn step(
        &mut self,
        now: Now,
        id: QuestionId,
        flow: Option<FlowId>,
        act: impl FnOnce(&mut Exchange, &mut Cx<'_>, &mut Means<'_>) -> Progress,
    ) {
        let Self {
            rng,
            flows,
            ports,
            connections,
            questions,
            actions,
            scratch,
            ..
        } = self;
        // Invariant: whoever borrows a flow or has a deadline is in the table.
        let Some(Asked { exchange, budget }) = questions.get_mut(&id) else {
            debug_assert!(
                planted!(TakenAfterClose),
                "a question that has ended still has a flow or a deadline"
            );
            return;
        };
        let mut cx = Cx {
            now,
            rng,
            flows,
            actions,
            scratch,
        };
        let progress = act(
            exchange,
            &mut cx,
            &mut Means {
                ports,
                connections,
                budget,
            },
        );
        self.settle(id, flow, progress);
    }

    /// Brings deadline, table and outputs in line with what an exchange said.
    fn settle(&mut self, id: QuestionId, flow: Option<FlowId>, progress: Progress) {
        self.flush();
        match progress {
            Progress::Waiting => {
                let wake = self
                    .questions
                    .get(&id)
                    .map(|asked| asked.exchange.wake(&asked.budget));
                self.deadlines.set(id, wake);
            }
            Progress::Ignored(why) => self.outputs.push_back(Output::Ignored { flow, why }),
            Progress::Done(outcome) => {
                self.questions.remove(&id);
                self.deadlines.set(id, None);
                self.outputs.push_back(Output::Event(match outcome {
                    Ok(reply) => Event::Answered { id, reply },
                    Err(error) => Event::Failed { id, error },
                }));
            }
        }
    }

    /// Queues what parts want done, behind what is queued already.
    fn flush(&mut self) {
        self.outputs.extend(self.actions.drain(..).map(Output::Do));
    }

    fn context(&mut self, now: Now) -> (Cx<'_>, &mut Ports, &mut Connections) {
        let Self {
            rng,
            flows,
            ports,
            connections,
            actions,
            scratch,
            ..
        } = self;
        (
            Cx {
                now,
                rng,
                flows,
                actions,
                scratch,
            },
            ports,
            connections,
        )
    }

    fn ignore(&mut self, flow: Option<FlowId>, why: Ignored) {
        self.outputs.push_back(Output::Ignored { flow, why });
    }

    fn received(&mut self, now: Now, flow: FlowId, data: &[u8]) {
        if let Some(id) = self.connections.borrower(flow) {
            self.connections.received(flow, data);
            self.step(now, id, Some(flow), |exchange, cx, means| {
                exchange.piece(cx, means, data.len())
            });
            // The stream ends with the question, and then gives no more messages.
            while let Some(message) = self.connections.message(flow) {
                self.step(now, id, Some(flow), |exchange, cx, means| {
                    exchange.message(cx, means, message)
                });
            }
            return;
        }
        match self.ports.addressee(flow, data) {
            Ok(id) => {
                self.step(now, id, Some(flow), |exchange, cx, means| {
                    exchange.datagram(cx, means, data)
                });
            }
            Err(why) => self.ignore(Some(flow), why),
        }
    }

    fn closed(&mut self, now: Now, flow: FlowId, cause: CloseCause) {
        let Some(id) = self
            .connections
            .borrower(flow)
            .or_else(|| self.ports.borrower(flow))
        else {
            return self.ignore(Some(flow), Ignored::UnknownFlow);
        };
        self.connections.lost(flow);
        self.ports.lost(flow);
        self.step(now, id, Some(flow), |exchange, cx, means| {
            exchange.closed(cx, means, cause)
        });
    }
}

impl Machine for Requester {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => {
                while let Some(id) = self.deadlines.take_due(now.mono) {
                    self.step(now, id, None, Exchange::tick);
                }
            }
            Input::Received { flow, data } => self.received(now, flow, data),
            Input::Closed { flow, cause } => self.closed(now, flow, cause),
            Input::Finished { flow } => match self.connections.borrower(flow) {
                Some(id) => self.step(now, id, Some(flow), |exchange, cx, means| {
                    exchange.closed(cx, means, CloseCause::Finished)
                }),
                None if self.ports.borrower(flow).is_some() => self.ignore(Some(flow), Ignored::OutOfPlace),
                None => self.ignore(Some(flow), Ignored::UnknownFlow),
            },
            Input::Rejected { flow, cause } => match self.ports.borrower(flow) {
                Some(id) => {
                    self.step(now, id, Some(flow), |exchange, cx, _| {
                        exchange.rejected(cx, cause)
                    });
                }
                None if self.connections.borrower(flow).is_some() => {
                    self.ignore(Some(flow), Ignored::OutOfPlace);
                }
                None => self.ignore(Some(flow), Ignored::UnknownFlow),
            },
            Input::Opened { flow, .. } => {
                if self
                    .ports
                    .borrower(flow)
                    .or_else(|| self.connections.borrower(flow))
                    .is_none()
                {
                    self.ignore(Some(flow), Ignored::UnknownFlow);
                }
            }
            Input::NetworkChanged => {
                let mut next = self.questions.first_key_value().map(|(&id, _)| id);
                while let Some(id) = next {
                    self.step(now, id, None, Exchange::network_changed);
                    let after = (core::ops::Bound::Excluded(id), core::ops::Bound::Unbounded);
                    next = self.questions.range(after).next().map(|(&id, _)| id);
                }
            }
            Input::Accepted { flow, .. } => self.ignore(Some(flow), Ignored::UnknownListener),
            Input::Request { .. } => self.ignore(None, Ignored::UnknownListener),
            Input::Stored { .. } => self.ignore(None, Ignored::UnknownStore),
        }
    }

    fn command(&mut self, now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Ask(ask) => self.ask(now, ask),
            Command::Cancel(id) => self.cancel(now, id),
        }
    }

    fn poll(&mut self) -> Output<Event> {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Idle(self.deadlines.earliest()))
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.connections.stream_out(flow)
    }

    fn stream_sent(&mut self, _now: Now, flow: FlowId, count: usize) {
        self.connections.stream_sent(flow, count);
    }
}
