//! What must hold after every event. The numbers are those of the project's list of invariants.
//!
//! Each checker is a small machine of its own over what was [`Seen`], so that a trace made by hand can show that it objects.

pub(super) mod answers;
mod costs;
mod manners;
mod outcomes;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use nameward_sim::Fault;

use super::plan::Plan;
use super::seen::Seen;
use super::truth::parts;

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

/// How many look-ups may cause a query about a name: those of its number. A name is taken by its first label, for a search adds to
/// the rest.
#[derive(Debug)]
struct Sharers {
    of: BTreeMap<u32, u32>,
    /// Altered bits may hit the target of an alias.
    altered: bool,
}

impl Sharers {
    fn new(plan: &Plan) -> Self {
        let mut of = BTreeMap::new();
        for lookup in &plan.lookups {
            let name = lookup.candidates().into_iter().find_map(|name| parts(&name));
            if let Some(parts) = name {
                *of.entry(parts.number).or_default() += 1;
            }
        }
        let altered = plan.faults.faults().contains_key(&Fault::Corruption);
        Self { of, altered }
    }

    /// The number of a name, and how many look-ups there are for it; nothing if one cannot know.
    fn of(&self, name: &str) -> Result<Option<(u32, u32)>, String> {
        if self.altered {
            return Ok(None);
        }
        let label = name.split('.').next().unwrap_or_default();
        let number = parts(&format!("{label}.example.")).map(|parts| parts.number);
        let known = number.and_then(|number| Some((number, *self.of.get(&number)?)));
        known
            .map(Some)
            .ok_or_else(|| format!("INV-2: nobody wants to know {name}"))
    }
}
