//! Questions to servers, with at least one fault in every seed.

use nameward_sim::Tally;
use nameward_tests::scenario::{Outcome, Plan, Sightings, replay, run};
use nameward_tests::seeds;

use crate::failures;
use crate::faults::WITHOUT_A_STORE;
use crate::golden;

/// From so many seeds on, everything that can happen must have happened.
const ENOUGH: u64 = 1_000;

/// What must be seen now and then, or it is not tested.
const SOMETIMES: [&str; 19] = [
    "answered because nothing was in the way",
    "answered by datagram",
    "answered over a stream",
    "failed Closed",
    "failed Exhausted",
    "failed Rejected",
    "failed TimedOut",
    "failed Truncated",
    "ignored LargerThanAdvertised",
    "ignored Malformed",
    "ignored NotAResponse",
    "ignored UnknownFlow",
    "ignored WrongId",
    "ignored WrongOpcode",
    "ignored WrongQuestion",
    "sent again",
    "cancelled",
    "power lost with questions in flight",
    "asked over a stream",
];

/// Scripts of runs that broke a rule once.
const REGRESSIONS: [(&str, &str); 1] = [(
    "a late reply to a paused client",
    include_str!("regressions/paused-while-asked.txt"),
)];

fn run_or_panic(seed: u64) -> Outcome {
    let plan = Plan::from_seed(seed);
    failures::or_panic(run(&plan), plan)
}

#[test]
fn what_broke_a_rule_once_breaks_none_again() {
    failures::assert_fixed::<Plan>(&REGRESSIONS);
}

#[test]
fn invariants_hold_in_every_seed() {
    let (mut faults, mut sightings, mut count) = (Tally::default(), Sightings::default(), 0);
    seeds::for_each(seeds::many(), |seed| {
        let outcome = run_or_panic(seed);
        count += 1;
        faults.add(&outcome.faults);
        sightings.add(&outcome.sightings);
        if seed.is_multiple_of(8) {
            let again = run_or_panic(seed);
            assert_eq!(
                outcome.trace_hash, again.trace_hash,
                "INV-16: it ran differently the second time"
            );
            assert_eq!(
                outcome.recording, again.recording,
                "INV-16: it was recorded differently"
            );
            let replayed = replay(&outcome.recording);
            assert!(
                replayed.as_ref().is_ok_and(|entries| *entries > 0),
                "{replayed:?}"
            );
        }
    });
    println!("{count} seeds; faults: {faults:?}; seen: {:?}", sightings.0);
    if count >= ENOUGH {
        for fault in WITHOUT_A_STORE {
            assert!(faults.of(fault) > 0, "{fault:?} never happened");
        }
        for what in SOMETIMES {
            assert!(sightings.0.contains_key(what), "never seen: {what}");
        }
    }
}

/// INV-16: these questions run everywhere as they did when the file was written.
#[test]
fn golden_seeds_run_the_same_everywhere() {
    golden::assert_same(include_str!("golden.txt"), |seed| run_or_panic(seed).trace_hash);
}
