//! The catalogue, and the hunt.

use nameward_core::planted::{Bug, activate};
use nameward_sim::Violation;
use nameward_tests::scenario::{Plan, run};

/// Every bug, with the invariant that must report it.
const CATALOGUE: [(Bug, &str); 8] = [
    (Bug::PredictableIds, "INV-1:"),
    (Bug::MalformedReplyEndsQuestion, "INV-11:"),
    (Bug::MatchedOnIdAlone, "INV-1:"),
    (Bug::TakenAfterClose, "INV-1:"),
    (Bug::BudgetRefilledOnRetry, "INV-11:"),
    (Bug::CaseIgnored, "INV-1:"),
    (Bug::TruncatedIsFinal, "INV-1:"),
    (Bug::CancelLeavesFlow, "INV-15:"),
];

/// A bug that is not found in so many seeds is not found.
const SEEDS: u64 = 10_000;

/// One test, because one bug at a time is planted in the whole process.
#[test]
fn every_planted_bug_is_found_by_its_invariant_and_nothing_is_found_without_one() {
    activate(None, 0);
    if let Some((seed, violation)) = (0..200).find_map(violated) {
        panic!("seed {seed} fails without any bug: {violation}");
    }
    let mut missed = Vec::new();
    for (bug, invariant) in CATALOGUE {
        let found = (0..SEEDS).find_map(|seed| {
            activate(Some(bug), 0x5eed ^ seed as u32);
            violated(seed).filter(|(_, violation)| violation.reason.starts_with(invariant))
        });
        match found {
            Some((seed, violation)) => println!("{bug:?}: found in seed {seed}: {}", violation.reason),
            None => missed.push((bug, invariant)),
        }
    }
    activate(None, 0);
    assert!(missed.is_empty(), "not found in {SEEDS} seeds: {missed:?}");
}

fn violated(seed: u64) -> Option<(u64, Violation)> {
    run(&Plan::from_seed(seed))
        .err()
        .map(|violation| (seed, violation))
}
