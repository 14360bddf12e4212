//! What must hold after every event. The numbers are those of the project's list of invariants.
//!
//! Each checker is a small machine of its own over what was [`Seen`], so that a trace made by hand can show that it objects.

pub(super) mod answers;
mod costs;
mod manners;
mod outcomes;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use nameward_sim::Fault;

use super::plan::Plan;
use super::seen::Seen;
use super::truth::parts;
use answers::AGAIN;

pub(super) use answers::{Authentic, Truthful};
pub(super) use costs::{Destinations, InFlight, Packets, Repetition, Sizes, Steps};
pub(super) use manners::{Keepalive, Learning, Suspicion};
pub(super) use outcomes::{Forsaken, Outcomes, Rest};

/// What a checker says.
pub(super) type Verdict = Result<(), String>;

/// A rule.
pub(super) trait Check {
    /// Looks at the next thing that was seen.
    fn look(&mut self, seen: &Seen) -> Verdict;
}

/// All of them.
pub(super) fn all(plan: &Plan) -> Vec<Box<dyn Check>> {
    vec![
        Box::new(Truthful::new(plan)),
        Box::new(Authentic::new(plan)),
        Box::new(Destinations::new(plan)),
        Box::new(Forsaken::new(plan)),
        Box::new(Repetition::new(plan)),
        Box::new(Packets::new(plan)),
        Box::new(Sizes::new(plan)),
        Box::new(InFlight::new(plan)),
        Box::new(Learning::new(plan)),
        Box::new(Suspicion::new(plan)),
        Box::new(Keepalive::new(plan)),
        Box::new(Steps::default()),
        Box::new(Outcomes::new(plan)),
        Box::new(Rest),
    ]
}

/// Whether what the machine does may be seen late, after what happened next.
fn is_late(plan: &Plan) -> bool {
    let late = [Fault::LateDrain, Fault::LateTimer, Fault::Pause];
    late.iter().any(|fault| plan.faults.faults().contains_key(fault))
}

/// How many look-ups may cause a query about a name: those of its number that have begun. A name is taken by its first label, for a
/// search adds to the rest.
#[derive(Debug)]
struct Sharers {
    /// The number that each look-up is about.
    about: BTreeMap<u64, u32>,
    begun: BTreeMap<u32, u32>,
    /// Those that ask for two types.
    of_two_types: BTreeSet<u64>,
    /// How many types the look-ups ask for together.
    types: BTreeMap<u32, u32>,
    /// Altered bits may hit the target of an alias.
    altered: bool,
}

impl Sharers {
    fn new(plan: &Plan) -> Self {
        Self {
            about: plan.numbers(),
            begun: BTreeMap::new(),
            of_two_types: plan
                .lookups
                .iter()
                .filter(|lookup| lookup.rtype.is_none())
                .map(|lookup| lookup.id)
                .collect(),
            types: BTreeMap::new(),
            altered: plan.faults.faults().contains_key(&Fault::Corruption),
        }
    }

    fn look(&mut self, seen: &Seen) {
        if let Seen::Begun { id, .. } = seen
            && let Some(number) = self.about.get(&(id % AGAIN))
        {
            *self.begun.entry(*number).or_default() += 1;
            let two = self.of_two_types.contains(&(id % AGAIN));
            *self.types.entry(*number).or_default() += if two { 2 } else { 1 };
        }
    }

    /// How many types the look-ups for a number ask for.
    fn types(&self, number: u32) -> u32 {
        self.types.get(&number).copied().unwrap_or(0)
    }

    /// The number of a name, and how many look-ups there are for it; nothing if one cannot know.
    fn of(&self, name: &str) -> Result<Option<(u32, u32)>, String> {
        if self.altered {
            return Ok(None);
        }
        let known = number_of(name).and_then(|number| Some((number, *self.begun.get(&number)?)));
        known
            .map(Some)
            .ok_or_else(|| format!("INV-2: nobody wants to know {name}"))
    }
}

/// The number of a name, by its first label.
fn number_of(name: &str) -> Option<u32> {
    let label = name.split('.').next()?;
    parts(&format!("{label}.example.")).map(|parts| parts.number)
}
