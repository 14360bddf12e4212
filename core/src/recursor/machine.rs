//! The machine around the walks.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use bytes::BytesMut;

use super::answer::{Answer, ResolutionError, Step};
use super::config::Config;
use super::walk::{Course, Next, Walk};
use crate::budget::Budget;
use crate::client::Query;
use crate::context::Cx;
use crate::flow::{FlowId, FlowNames};
use crate::machine::{Action, Input, Machine, Misuse, Output};
use crate::numbered::Numbered;
use crate::queue;
use crate::seed::{Rng, Seed};
use crate::time::Now;
use crate::transport::{Ask, Budgets, Ended, Exchanges, Note, QuestionId};
use crate::wire::{Class, Question};

/// How many resolutions there may be at a time.
const MOST_RESOLUTIONS: u64 = 4_096;

/// A recursor: it finds out what the servers that are responsible for a name say.
///
/// Each resolution gets exactly one [`Event::Answered`] or [`Event::Failed`], by [`Limits::time`](crate::limits::Limits::time) at the latest,
/// unless it is cancelled, and an [`Event::Stepped`] before that for each server that was asked.
///
/// ```
/// use nameward_core::machine::{Machine, Output};
/// use nameward_core::recursor::{Command, Config, Hint, Recursor, Resolution, ResolutionId};
/// use nameward_core::seed::Seed;
/// use nameward_core::time::{Instant, Now};
/// use nameward_core::wire::{Name, Question, Rtype};
///
/// let hint = Hint { server: "a.root.".parse()?, address: "192.0.2.1".parse()? };
/// let config = Config { hints: vec![hint], ..Config::default() };
/// let mut recursor = Recursor::new(Seed::from_number(1), config)?;
/// let question = Question::new("www.example.".parse()?, Rtype::A);
/// let resolution = Resolution { id: ResolutionId(0), question };
/// recursor.command(Now::without_wall(Instant::ZERO), Command::Resolve(resolution))?;
/// // It opens a flow to the server of the root, and asks there.
/// assert!(matches!(recursor.poll(), Output::Do(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Recursor {
    config: Config,
    rng: Rng,
    flows: FlowNames,
    exchanges: Exchanges,
    table: Table,
    next: u64,
    actions: VecDeque<Action>,
    outputs: VecDeque<Output<Event>>,
    scratch: BytesMut,
}

/// A resolution, by the number that its asker gave it. Numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResolutionId(pub u64);

/// What one asks of a [`Recursor`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Resolve a question. At most 4 096 are in progress at a time.
    Resolve(Resolution),
    /// Forget a question. No event will come for it.
    Cancel(ResolutionId),
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The asker's number for it.
    pub id: ResolutionId,
    /// What is asked, in class IN.
    pub question: Question,
}

/// What a [`Recursor`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A server was asked.
    Stepped {
        /// The asker's number.
        id: ResolutionId,
        /// Which server, and what came of it.
        step: Box<Step>,
    },
    /// There is an answer, even if it is that there is nothing.
    Answered {
        /// The asker's number.
        id: ResolutionId,
        /// The answer.
        answer: Answer,
    },
    /// There is no answer.
    Failed {
        /// The asker's number.
        id: ResolutionId,
        /// Why.
        error: ResolutionError,
    },
}

/// The walks in progress, and whose the questions are that are at servers.
#[derive(Debug, Default)]
struct Table {
    walks: Numbered<ResolutionId, Underway>,
    asking: Numbered<QuestionId, ResolutionId>,
}

#[derive(Debug)]
struct Underway {
    walk: Walk,
    /// The question that is at a server.
    question: Option<QuestionId>,
}

impl Budgets for Table {
    fn budget(&mut self, id: QuestionId) -> Option<&mut Budget> {
        let walk = self.walks.get_mut(*self.asking.get(id)?)?;
        walk.walk.budget()
    }
}

impl Recursor {
    /// A recursor that was asked nothing yet.
    ///
    /// # Errors
    ///
    /// The configuration is out of its ranges.
    pub fn new(seed: Seed, config: Config) -> Result<Self, Misuse> {
        config.validate()?;
        Ok(Self {
            rng: Rng::new(&seed),
            flows: FlowNames::new(config.lane),
            exchanges: Exchanges::new(config.limits.attempts, config.idle, false, BytesMut::new()),
            table: Table::default(),
            next: 0,
            actions: VecDeque::new(),
            outputs: VecDeque::new(),
            scratch: BytesMut::new(),
            config,
        })
    }

    /// How many resolutions are in progress.
    pub fn in_progress(&self) -> usize {
        self.table.walks.len()
    }

    /// How many flows are open.
    pub fn open_flows(&self) -> usize {
        self.exchanges.open_flows()
    }

    fn with<T>(
        &mut self,
        now: Now,
        act: impl FnOnce(&mut Exchanges, &mut Cx<'_>, &mut Table, &Config) -> T,
    ) -> T {
        let mut cx = Cx {
            now,
            rng: &mut self.rng,
            flows: &mut self.flows,
            actions: &mut self.actions,
            scratch: &mut self.scratch,
        };
        let result = act(&mut self.exchanges, &mut cx, &mut self.table, &self.config);
        self.outputs.extend(self.actions.drain(..).map(Output::Do));
        queue::rest(&mut self.actions);
        result
    }

    fn resolve(&mut self, now: Now, resolution: Resolution) -> Result<(), Misuse> {
        let Resolution { id, question } = resolution;
        if question.class != Class::IN {
            return Err(Misuse::Impossible("a recursor resolves in class IN only"));
        }
        let search = false;
        Query::Records {
            question: question.clone(),
            search,
        }
        .validate()?;
        if self.table.walks.contains(id) {
            return Err(Misuse::InUse(id.0));
        }
        let value = u64::try_from(self.table.walks.len()).unwrap_or(u64::MAX);
        if value >= MOST_RESOLUTIONS {
            return Err(Misuse::OutOfRange {
                what: "resolutions in progress",
                value: value.saturating_add(1),
                least: 0,
                most: MOST_RESOLUTIONS,
            });
        }
        let walk = Walk::new(&mut self.rng, &self.config, question, now.mono);
        let question = None;
        self.table.walks.insert(id, Underway { walk, question });
        self.advance(now, id);
        self.settle(now);
        Ok(())
    }

    fn cancel(&mut self, now: Now, id: ResolutionId) -> Result<(), Misuse> {
        let Underway { mut walk, question } = self.table.walks.remove(id).ok_or(Misuse::NotInUse(id.0))?;
        if let (Some(question), Some(budget)) = (question, walk.budget()) {
            self.table.asking.remove(question);
            self.with(now, |exchanges, cx, _, _| exchanges.cancel(cx, budget, question));
        }
        self.settle(now);
        Ok(())
    }

    /// Goes on with a resolution: asks the next server, or ends it.
    fn advance(&mut self, now: Now, id: ResolutionId) {
        let number = QuestionId(self.next);
        let over = self.with(now, |exchanges, cx, table, config| {
            let Underway { walk, question } = table.walks.get_mut(id)?;
            let ask = match walk.next(cx.rng, config) {
                Next::Ask(ask) => ask,
                Next::Over(result) => return Some(result),
            };
            *question = Some(number);
            table.asking.insert(number, id);
            let ask = Ask {
                id: number,
                server: ask.server,
                question: ask.question,
                options: ask.options,
            };
            if let Some(budget) = walk.budget() {
                exchanges.ask(cx, budget, ask);
            }
            None
        });
        self.next = self.next.wrapping_add(1);
        if let Some(result) = over {
            self.end(id, result);
        }
    }

    /// Goes on until nothing more can be done now.
    fn settle(&mut self, now: Now) {
        while let Some(note) = self.exchanges.next_note() {
            match note {
                Note::Ignored(flow, why) => self.outputs.push_back(Output::Ignored { flow, why }),
                Note::Ended(ended) => self.asked(now, ended),
            }
        }
    }

    /// A server was asked.
    fn asked(&mut self, now: Now, ended: Ended) {
        let Some(id) = self.table.asking.remove(ended.id) else {
            return;
        };
        let Some(Underway { walk, question }) = self.table.walks.get_mut(id) else {
            return;
        };
        *question = None;
        let (step, course) = walk.take(&mut self.rng, &self.config, now.mono, ended);
        if let Some(step) = step.map(Box::new) {
            self.outputs.push_back(Output::Event(Event::Stepped { id, step }));
        }
        match course {
            Course::Continue(()) => self.advance(now, id),
            Course::Break(result) => self.end(id, result),
        }
    }

    fn end(&mut self, id: ResolutionId, result: Result<Answer, ResolutionError>) {
        self.table.walks.remove(id);
        self.outputs.push_back(Output::Event(match result {
            Ok(answer) => Event::Answered { id, answer },
            Err(error) => Event::Failed { id, error },
        }));
    }
}

impl Machine for Recursor {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        self.with(now, |exchanges, cx, table, _| exchanges.handle(cx, table, input));
        self.settle(now);
    }

    fn command(&mut self, now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Resolve(resolution) => self.resolve(now, resolution),
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
