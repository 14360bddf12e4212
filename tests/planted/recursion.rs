//! Bugs of a recursor that show among hostile servers.

use nameward_core::planted::{Bug, activate};
use nameward_tests::recursion::{Plan, run};

const CATALOGUE: [(Bug, &str); 3] = [
    (Bug::GlueBelievedFromElsewhere, "INV-4:"),
    (Bug::AnswerBelievedFromElsewhere, "INV-4:"),
    (Bug::ServerGetsFullBudget, "INV-6:"),
];

/// A bug that is not found in so many seeds is not found.
const SEEDS: u64 = 1_000;

/// Finds every bug by the invariant that it breaks, and nothing without one.
pub(crate) fn hunt() {
    activate(None, 0);
    for seed in 0..200 {
        assert_eq!(violation(seed), None, "without any bug, seed {seed}");
    }
    for (bug, invariant) in CATALOGUE {
        activate(Some(bug), 0);
        let found = (0..SEEDS).find_map(|seed| {
            let reason = violation(seed).filter(|reason| reason.starts_with(invariant))?;
            Some((seed, reason))
        });
        let (seed, reason) = found.unwrap_or_else(|| panic!("{bug:?} is not found in {SEEDS} seeds"));
        println!("{bug:?}: found in seed {seed}: {reason}");
    }
    activate(None, 0);
}

fn violation(seed: u64) -> Option<String> {
    run(&Plan::from_seed(seed))
        .err()
        .map(|violation| violation.reason)
}
