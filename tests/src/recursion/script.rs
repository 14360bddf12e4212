//! A plan as text, and how it is made smaller.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use nameward_sim::{Case, Decisions, Ran, kept};

use super::hostile::Malice;
use super::{Asked, Plan, run_in};
use crate::words::{Line, LineError, Millis};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.malice;
        writeln!(f, "seed is={}", self.seed)?;
        writeln!(f, "hostile first={first:?} second={second:?}")?;
        write!(f, "ways latency={}", Millis(self.latency))?;
        for (name, set) in [("lossy", self.lossy), ("forged", self.forged)] {
            if set {
                write!(f, " {name}")?;
            }
        }
        writeln!(f)?;
        self.asked.iter().try_for_each(|asked| match asked {
            Asked::Honest(number) => writeln!(f, "ask honest={number}"),
            Asked::Evil(number) => writeln!(f, "ask evil={number}"),
            Asked::Deep(labels) => writeln!(f, "ask deep={labels}"),
        })
    }
}

impl FromStr for Plan {
    type Err = LineError;

    fn from_str(text: &str) -> Result<Self, LineError> {
        let mut lines = text.lines().map(Line::read);
        let mut first = |word: &str| {
            let line = lines.next().unwrap_or_else(|| Line::read(""));
            if line.word == word {
                Ok(line)
            } else {
                Err(line.error(word))
            }
        };
        let seed = first("seed")?.get("is")?;
        let hostile = first("hostile")?;
        let ways = first("ways")?;
        let asked = lines.map(|line| match line.word {
            "ask" => asked(&line),
            _ => Err(line.error(line.word)),
        });
        Ok(Self {
            seed,
            malice: [
                hostile.one_of("first", Malice::ALL)?,
                hostile.one_of("second", Malice::ALL)?,
            ],
            latency: ways.get::<Millis>("latency")?.0,
            lossy: ways.has("lossy"),
            forged: ways.has("forged"),
            asked: asked.collect::<Result<_, _>>()?,
        })
    }
}

fn asked(line: &Line<'_>) -> Result<Asked, LineError> {
    if let Some(number) = line.maybe("honest")? {
        Ok(Asked::Honest(number))
    } else if let Some(number) = line.maybe("evil")? {
        Ok(Asked::Evil(number))
    } else {
        line.get("deep").map(Asked::Deep)
    }
}

impl Case for Plan {
    fn run(&self, decisions: Option<Decisions>) -> Ran {
        Ran::of(self.seed, decisions, |world| run_in(self, world))
    }

    fn parts(&self) -> Vec<usize> {
        vec![self.asked.len()]
    }

    fn keep(&self, _kind: usize, positions: &[usize]) -> Self {
        Self {
            asked: kept(&self.asked, positions),
            ..self.clone()
        }
    }

    fn simpler(&self) -> Vec<Self> {
        let mut simpler = Vec::new();
        let mut add = |change: &dyn Fn(&mut Self)| {
            let mut plan = self.clone();
            change(&mut plan);
            if plan != *self {
                simpler.push(plan);
            }
        };
        add(&|plan| plan.forged = false);
        add(&|plan| plan.lossy = false);
        add(&|plan| plan.latency = Duration::from_millis(5));
        add(&|plan| plan.malice[1] = plan.malice[0]);
        simpler
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_reads_back_as_it_was_written() {
        for seed in 0..300 {
            let plan = Plan::from_seed(seed);
            assert_eq!(plan.to_string().parse(), Ok(plan));
        }
    }

    #[test]
    fn what_is_simpler_is_not_as_it_was_and_what_is_kept_is_less() {
        for seed in 0..50 {
            let plan = Plan::from_seed(seed);
            assert!(plan.simpler().iter().all(|simpler| *simpler != plan));
            assert_eq!(plan.keep(0, &[1]).asked, [plan.asked[1]]);
        }
    }
}
