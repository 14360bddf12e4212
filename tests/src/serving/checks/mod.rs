//! What must hold after every event, from outside. The numbers are those of the project's list of invariants.
//!
//! Each check is a machine of its own over what happens at the server's host, so that a trace made by hand can show that it objects.

mod denied;
mod limits;
mod requests;
mod streams;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use nameward_sim::What;

pub(super) use denied::{Denied, Seeds};
use limits::StreamPlaces;
use requests::Requests;

use super::plan::Plan;

/// What a check says.
pub(super) type Verdict = Result<(), String>;

/// A rule.
pub(super) trait Check {
    /// Looks at the next thing that happens.
    fn look(&mut self, what: &What<'_>) -> Verdict;

    /// Nothing more will happen.
    fn at_rest(&mut self) -> Verdict {
        Ok(())
    }
}

/// How often something happened, by its name, for all who note it. What never happens in many seeds is not tested.
pub(super) type Noted = Rc<RefCell<BTreeMap<String, u64>>>;

/// All of them. A server starts with the next of these seeds each time.
pub(super) fn all(plan: &Plan, seeds: &Seeds, noted: &Noted) -> Vec<Box<dyn Check>> {
    vec![
        Box::new(Requests::new(plan, noted)),
        Box::new(StreamPlaces::new(plan)),
        Box::new(Denied::new(plan, seeds, noted)),
    ]
}

/// Notes that something happened.
pub(super) fn note(noted: &Noted, what: &str) {
    *noted.borrow_mut().entry(what.to_owned()).or_default() += 1;
}
