//! Making a failing run small.
//!
//! A test draws a [`Case`] from a seed: who is there, what is asked, what goes wrong. When it breaks a rule, [`shrink`] leaves out
//! what does not matter: parts of the case, then decisions, then details; and keeps each step only if the same rule is broken in
//! the same way. What is left is a [`Script`], whose text can be kept as a regression and read by a human.

mod minimize;

use alloc::collections::BTreeSet;
use core::fmt;
use core::str::FromStr;

use crate::decision::{Decision, DecisionError, Decisions, Occasion};
use crate::observe::Violation;
use crate::world::World;

use minimize::minimize;

/// A run that is drawn from a seed and can be made smaller.
///
/// Printed, it is lines of text, none of which is empty.
pub trait Case: Clone + fmt::Display {
    /// Runs it in a world that draws, or, with decisions, in one that replays them.
    fn run(&self, decisions: Option<Decisions>) -> Ran;

    /// How many parts there are of each kind that can be left out. The kinds whose parts matter least come first.
    fn parts(&self) -> Vec<usize>;

    /// The same case with these parts only of a kind, by their positions.
    #[must_use]
    fn keep(&self, kind: usize, kept: &[usize]) -> Self;

    /// The same case with one detail simpler, in each possible way. None is as it was.
    fn simpler(&self) -> Vec<Self>;
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The rule that was broken, if one was.
    pub violation: Option<Violation>,
    /// What went wrong.
    pub decisions: Decisions,
    /// How many datagrams were sent.
    pub packets: u64,
}

impl Ran {
    /// Runs something in a world of this seed: one that draws, or, with decisions, one that replays them.
    pub fn of<T>(
        seed: u64,
        decisions: Option<Decisions>,
        run: impl FnOnce(&mut World) -> Result<T, Violation>,
    ) -> Self {
        let mut world = match decisions {
            Some(decisions) => World::replaying(seed, decisions),
            None => World::new(seed),
        };
        let violation = run(&mut world).err();
        Self {
            violation,
            decisions: world.decisions().clone(),
            packets: world.sent().0,
        }
    }
}

/// The parts at these positions: what [`Case::keep`] leaves of a list. A position beyond the end is none.
pub fn kept<T: Clone>(parts: &[T], positions: &[usize]) -> Vec<T> {
    positions
        .iter()
        .filter_map(|&at| parts.get(at).cloned())
        .collect()
}

/// A case, and what goes wrong in it: all that is needed to have the same run again, whatever becomes of the generator.
///
/// Its text is the case, an empty line, and the decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script<C> {
    /// The case.
    pub case: C,
    /// What goes wrong.
    pub decisions: Decisions,
}

/// What was left of a failing case.
#[derive(Clone, Debug)]
pub struct Shrunk<C> {
    /// What is left.
    pub script: Script<C>,
    /// The rule that it breaks.
    pub violation: Violation,
    /// How many datagrams are sent in it.
    pub packets: u64,
    /// How many runs it took.
    pub runs: u32,
}

/// How many runs are made at most.
const MOST_RUNS: u32 = 5_000;

impl<C: Case> Script<C> {
    /// Runs the case with its decisions.
    pub fn run(&self) -> Ran {
        self.case.run(Some(self.decisions.clone()))
    }
}

impl<C: fmt::Display> fmt::Display for Script<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let case = self.case.to_string();
        write!(f, "{}\n\n{}", case.trim_end(), self.decisions)
    }
}

/// A text that is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptError<E> {
    /// The case cannot be read.
    Case(E),
    /// The decisions cannot be read.
    Decisions(DecisionError),
}

impl<E: fmt::Display> fmt::Display for ScriptError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(error) => write!(f, "the case: {error}"),
            Self::Decisions(error) => write!(f, "the decisions: {error}"),
        }
    }
}

impl<E: core::error::Error> core::error::Error for ScriptError<E> {}

impl<C: FromStr> FromStr for Script<C> {
    type Err = ScriptError<C::Err>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (case, decisions) = text
            .trim_start()
            .split_once("\n\n")
            .unwrap_or_else(|| (text.trim(), ""));
        Ok(Self {
            case: case.parse().map_err(ScriptError::Case)?,
            decisions: decisions.parse().map_err(ScriptError::Decisions)?,
        })
    }
}

/// Makes a case that fails as small as it gets; `None` if it does not fail.
pub fn shrink<C: Case>(case: C) -> Option<Shrunk<C>> {
    let ran = case.run(None);
    let violation = ran.violation?;
    let mut hunt = Hunt {
        shrunk: Shrunk {
            script: Script {
                case,
                decisions: ran.decisions,
            },
            violation,
            packets: ran.packets,
            runs: 1,
        },
    };
    loop {
        let before = hunt.size();
        hunt.drop_rows();
        hunt.drop_decisions();
        hunt.drop_parts();
        hunt.drop_decisions();
        hunt.simplify();
        if hunt.size() == before || hunt.shrunk.runs >= MOST_RUNS {
            return Some(hunt.shrunk);
        }
    }
}

struct Hunt<C> {
    /// The smallest that is known to fail in the same way.
    shrunk: Shrunk<C>,
}

impl<C: Case> Hunt<C> {
    fn size(&self) -> (Vec<usize>, usize, String) {
        let Script { case, decisions } = &self.shrunk.script;
        (case.parts(), decisions.len(), case.to_string())
    }

    /// Takes a candidate if it breaks the same rule in the same way.
    fn takes(&mut self, case: &C, decisions: Decisions) -> bool {
        if self.shrunk.runs >= MOST_RUNS {
            return false;
        }
        self.shrunk.runs += 1;
        let ran = case.run(Some(decisions));
        let Some(violation) = ran
            .violation
            .filter(|violation| is_alike(violation, &self.shrunk.violation))
        else {
            return false;
        };
        self.shrunk.script = Script {
            case: case.clone(),
            // What was not reached in the end is left out at no cost.
            decisions: ran.decisions,
        };
        self.shrunk.violation = violation;
        self.shrunk.packets = ran.packets;
        true
    }

    /// Leaves out all decisions about one fault, fault by fault.
    fn drop_rows(&mut self) {
        let rows: BTreeSet<_> = self
            .shrunk
            .script
            .decisions
            .iter()
            .map(|decision| row(&decision))
            .collect();
        for dropped in rows {
            let Script { case, decisions } = self.shrunk.script.clone();
            let rest = decisions
                .iter()
                .filter(|decision| row(decision) != dropped)
                .collect();
            self.takes(&case, rest);
        }
    }

    fn drop_decisions(&mut self) {
        let Script { case, decisions } = self.shrunk.script.clone();
        let all: Vec<_> = decisions.iter().collect();
        minimize(&all, |kept| self.takes(&case, kept.iter().cloned().collect()));
    }

    fn drop_parts(&mut self) {
        for kind in 0..self.shrunk.script.case.parts().len() {
            let case = self.shrunk.script.case.clone();
            let all: Vec<_> = (0..case.parts()[kind]).collect();
            minimize(&all, |kept| {
                let smaller = case.keep(kind, kept);
                let decisions = self.shrunk.script.decisions.clone();
                self.takes(&smaller, decisions.clone()) || self.takes_shifted(&smaller, &decisions)
            });
        }
    }

    /// With fewer questions, what went wrong at the ninth crossing must perhaps go wrong at the third: tries earlier occasions for
    /// all decisions together, if there are few.
    fn takes_shifted(&mut self, case: &C, decisions: &Decisions) -> bool {
        if decisions.len() > 4 {
            return false;
        }
        let numbers = decisions.iter().filter_map(|decision| match decision.occasion {
            Occasion::Number(number) => Some(number),
            Occasion::At(_) => None,
        });
        let most = numbers.min().unwrap_or(1) - 1;
        (1..=most.min(16)).any(|by| {
            self.takes(
                case,
                decisions.iter().map(|decision| earlier(decision, by)).collect(),
            )
        })
    }

    fn simplify(&mut self) {
        loop {
            let Script { case, decisions } = self.shrunk.script.clone();
            let mut simpler = case.simpler().into_iter();
            if !simpler.any(|case| self.takes(&case, decisions.clone())) {
                return;
            }
        }
    }
}

/// What a decision is about: a fault, or an attacker.
fn row(decision: &Decision) -> Result<crate::fault::Fault, String> {
    decision.fault().ok_or_else(|| decision.subject.clone())
}

fn earlier(mut decision: Decision, by: u64) -> Decision {
    if let Occasion::Number(number) = &mut decision.occasion {
        *number -= by;
    }
    decision
}

/// Whether two violations are of the same rule: that of the same observer with the same number, if the reason begins with one.
fn is_alike(one: &Violation, other: &Violation) -> bool {
    let number = |violation: &Violation| {
        violation
            .reason
            .split_once(": ")
            .map(|(number, _)| number.to_owned())
    };
    one.rule == other.rule && number(one) == number(other)
}
