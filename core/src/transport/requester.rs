//! The machine that puts questions to servers.

use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::time::Duration;

use bytes::BytesMut;

use crate::budget::Budget;
use crate::context::Cx;
use crate::flow::{FlowId, FlowNames, Lane};
use crate::limits::Limits;
use crate::machine::{Action, Input, Machine, Misuse, Output};
use crate::numbered::Numbered;
use crate::queue;
use crate::seed::{Rng, Seed};
use crate::time::Now;
use crate::transport::exchanges::{Budgets, Ended, Exchanges, Note};
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
    exchanges: Exchanges,
    budgets: Questions,
    actions: VecDeque<Action>,
    outputs: VecDeque<Output<Event>>,
    scratch: BytesMut,
}

/// The budgets of the questions in flight.
#[derive(Debug, Default)]
struct Questions(Numbered<QuestionId, Budget>);

impl Budgets for Questions {
    fn budget(&mut self, id: QuestionId) -> Option<&mut Budget> {
        self.0.get_mut(id)
    }
}

/// How a [`Requester`] is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What each question may cost.
    pub limits: Limits,
    /// The lane of the requester's flows, where it is part of another machine.
    pub lane: Lane,
    /// How long a connection without questions is kept if its server does not say (RFC 7766 section 6.2.3): 5 s, at most
    /// 120 s. With 0 it is closed with its last question.
    pub idle: Duration,
    /// Whether servers are asked how long they want to keep a connection (RFC 7828).
    pub keepalive: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            lane: Lane::default(),
            idle: Duration::from_secs(5),
            keepalive: true,
        }
    }
}

impl Config {
    /// Whether every value lies in its range.
    ///
    /// # Errors
    ///
    /// The first that does not.
    pub fn validate(&self) -> Result<(), Misuse> {
        self.limits.validate()?;
        let value = u64::try_from(self.idle.as_millis()).unwrap_or(u64::MAX);
        if value > 120_000 {
            return Err(Misuse::OutOfRange {
                what: "idle in milliseconds",
                value,
                least: 0,
                most: 120_000,
            });
        }
        Ok(())
    }
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
    /// The configuration is out of its ranges.
    pub fn new(seed: Seed, config: Config) -> Result<Self, Misuse> {
        config.validate()?;
        Ok(Self {
            rng: Rng::new(&seed),
            flows: FlowNames::new(config.lane),
            exchanges: Exchanges::new(
                config.limits.attempts,
                config.idle,
                config.keepalive,
                BytesMut::new(),
            ),
            config,
            budgets: Questions::default(),
            actions: VecDeque::new(),
            outputs: VecDeque::new(),
            scratch: BytesMut::new(),
        })
    }

    /// How many questions are in flight.
    pub fn in_flight(&self) -> usize {
        self.exchanges.len()
    }

    /// How many flows are open.
    pub fn open_flows(&self) -> usize {
        self.exchanges.open_flows()
    }

    /// Lets the exchanges act, and queues what they want done and what they say.
    fn act(&mut self, now: Now, act: impl FnOnce(&mut Exchanges, &mut Cx<'_>, &mut Questions)) {
        let Self {
            rng,
            flows,
            exchanges,
            budgets,
            actions,
            outputs,
            scratch,
            ..
        } = self;
        let mut cx = Cx {
            now,
            rng,
            flows,
            actions,
            scratch,
        };
        act(exchanges, &mut cx, budgets);
        outputs.extend(actions.drain(..).map(Output::Do));
        queue::rest(actions);
        while let Some(note) = exchanges.next_note() {
            outputs.push_back(match note {
                Note::Ignored(flow, why) => Output::Ignored { flow, why },
                Note::Ended(Ended { id, outcome, .. }) => {
                    budgets.0.remove(id);
                    Output::Event(match outcome {
                        Ok(reply) => Event::Answered { id, reply },
                        Err(error) => Event::Failed { id, error },
                    })
                }
            });
        }
    }

    fn ask(&mut self, now: Now, ask: Ask) -> Result<(), Misuse> {
        ask.options.validate(&self.config.limits)?;
        if self.exchanges.contains(ask.id) {
            return Err(Misuse::InUse(ask.id.0));
        }
        let budget = Budget::new(&self.config.limits, now.mono);
        self.act(now, |exchanges, cx, budgets| {
            let budget = budgets.0.insert(ask.id, budget);
            exchanges.ask(cx, budget, ask);
        });
        Ok(())
    }

    fn cancel(&mut self, now: Now, id: QuestionId) -> Result<(), Misuse> {
        let mut budget = self.budgets.0.remove(id).ok_or(Misuse::NotInUse(id.0))?;
        self.act(now, |exchanges, cx, _| {
            exchanges.cancel(cx, &mut budget, id);
        });
        Ok(())
    }
}

impl Machine for Requester {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        self.act(now, |exchanges, cx, budgets| exchanges.handle(cx, budgets, input));
    }

    fn command(&mut self, now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Ask(ask) => self.ask(now, ask),
            Command::Cancel(id) => self.cancel(now, id),
        }
    }

    fn poll(&mut self) -> Output<Event> {
        queue::next(&mut self.outputs).unwrap_or_else(|| Output::Idle(self.exchanges.wake()))
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.exchanges.stream_out(flow)
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        self.exchanges.stream_sent(now, flow, count);
    }
}
