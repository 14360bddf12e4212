//! Questions to servers, with at least one fault in every seed.

use nameward_sim::{Fault, Script, Tally, shrink};
use nameward_tests::scenario::{Outcome, Plan, Sightings, replay, run};
use nameward_tests::seeds;

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

/// Faults that a client without a store can suffer.
const FAULTS: [Fault; 26] = [
    Fault::Loss,
    Fault::BurstLoss,
    Fault::Duplication,
    Fault::Reordering,
    Fault::Delay,
    Fault::Corruption,
    Fault::TooLarge,
    Fault::SlowWay,
    Fault::Pieces,
    Fault::Coalescing,
    Fault::Refusal,
    Fault::ZeroWindow,
    Fault::Reset,
    Fault::HalfClose,
    Fault::Stall,
    Fault::Trickle,
    Fault::Drift,
    Fault::WallStep,
    Fault::WallFreeze,
    Fault::Era,
    Fault::LateTimer,
    Fault::SpuriousTick,
    Fault::LateDrain,
    Fault::Pause,
    Fault::Crash,
    Fault::NetworkChange,
];

/// Scripts of runs that broke a rule once.
const REGRESSIONS: [(&str, &str); 1] = [(
    "a late reply to a paused client",
    include_str!("regressions/paused-while-asked.txt"),
)];

fn run_or_panic(seed: u64) -> Outcome {
    let plan = Plan::from_seed(seed);
    match run(&plan) {
        Ok(outcome) => outcome,
        Err(violation) => panic!("{violation}\n\n{}", shrunk(plan)),
    }
}

/// The smallest script that breaks the same rule, to be kept in `regressions`.
fn shrunk(plan: Plan) -> String {
    match shrink(plan) {
        Some(shrunk) => format!("{}\n\n{}", shrunk.violation, shrunk.script),
        None => "the second time no rule is broken: INV-16".into(),
    }
}

#[test]
fn what_broke_a_rule_once_breaks_none_again() {
    for (name, text) in REGRESSIONS {
        let script: Script<Plan> = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        let violation = script.run().violation;
        assert!(violation.is_none(), "{name}: {violation:?}");
    }
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
        for fault in FAULTS {
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
