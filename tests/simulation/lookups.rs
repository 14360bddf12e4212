//! Look-ups of a stub, with at least one fault in every seed.

use std::collections::BTreeMap;

use nameward_sim::{Fault, Tally};
use nameward_tests::internet::{Outcome, Plan, Sightings, replay, run};
use nameward_tests::seeds;

use crate::failures;
use crate::faults::WITHOUT_A_STORE;
use crate::golden;

/// From so many seeds on, everything that can happen must have happened.
const ENOUGH: u64 = 1_000;

/// What must be seen now and then, or it is not tested.
const SOMETIMES: [&str; 34] = [
    "AD from who is trusted",
    "NoData from a datagram",
    "NoData from a stream",
    "NoData from the cache",
    "NxDomain from a datagram",
    "NxDomain from a stream",
    "NxDomain from the cache",
    "Positive from a datagram",
    "Positive from a stream",
    "Positive from the cache",
    "a chain of aliases beyond one reply",
    "asked for 512 octets",
    "asked over a datagram",
    "asked over a stream",
    "cancelled",
    "exhausted: aliases",
    "exhausted: octets",
    "exhausted: packets",
    "exhausted: time",
    "failed: REFUSED",
    "failed: SERVFAIL",
    "failed: lame",
    "failed: no exchange",
    "half of the aliases",
    "half of the datagrams to one server",
    "half of the largest payload",
    "half of the octets",
    "half of the packets",
    "half of the time",
    "one family is missing",
    "power lost with look-ups in progress",
    "resolved at the second time",
    "resolved when all had healed",
    "three datagrams to one server",
];

/// Scripts of runs that broke a rule once.
const REGRESSIONS: [(&str, &str); 6] = [
    (
        "many servers, each too far away for its share of the time",
        include_str!("regressions/four-distant-servers.txt"),
    ),
    (
        "a server that is asked again over a stream, without EDNS",
        include_str!("regressions/no-edns-over-streams.txt"),
    ),
    (
        "a chain of aliases that both families follow",
        include_str!("regressions/chain-of-both-families.txt"),
    ),
    (
        "a probe that is the fourth datagram",
        include_str!("regressions/probe-beside-three-datagrams.txt"),
    ),
    (
        "streams to a server that has none take the time of one that has nothing else",
        include_str!("regressions/stream-of-a-server-without-streams.txt"),
    ),
    (
        "a reply that nobody waits for says that the stream is not wanted",
        include_str!("regressions/keepalive-in-a-late-reply.txt"),
    ),
];

fn run_or_panic(seed: u64) -> Outcome {
    let plan = Plan::from_seed(seed);
    failures::or_panic(run(&plan), plan)
}

#[test]
fn what_broke_a_rule_once_breaks_none_again() {
    failures::assert_fixed::<Plan>(&REGRESSIONS);
}

#[test]
fn invariants_hold_in_every_seed_and_all_resolves_when_all_has_healed() {
    let (mut faults, mut sightings, mut steps) = (Tally::default(), Sightings::default(), Vec::new());
    let mut pairs: BTreeMap<(Fault, Fault), u64> = BTreeMap::new();
    seeds::for_each(seeds::many(), |seed| {
        let outcome = run_or_panic(seed);
        steps.push(outcome.steps);
        faults.add(&outcome.faults);
        sightings.add(&outcome.sightings);
        let happened: Vec<_> = WITHOUT_A_STORE
            .into_iter()
            .filter(|&fault| outcome.faults.of(fault) > 0)
            .collect();
        assert!(!happened.is_empty(), "nothing went wrong in seed {seed}");
        for (number, &one) in happened.iter().enumerate() {
            for &other in &happened[number + 1..] {
                *pairs.entry((one, other)).or_default() += 1;
            }
        }
        if seed.is_multiple_of(8) {
            let again = run_or_panic(seed);
            assert_eq!(
                outcome.trace_hash, again.trace_hash,
                "INV-16: it ran differently the second time"
            );
            let replayed = replay(&outcome.recording);
            assert!(
                replayed.as_ref().is_ok_and(|entries| *entries > 0),
                "{replayed:?}"
            );
        }
    });
    steps.sort_unstable();
    let (count, median) = (steps.len(), steps[steps.len() / 2]);
    let rarest = pairs.iter().min_by_key(|(_, count)| **count);
    println!(
        "{count} seeds, {median} events in the middle; seen: {:?}",
        sightings.counts
    );
    println!(
        "faults: {faults:?}; {} pairs of faults, the rarest: {rarest:?}",
        pairs.len()
    );
    if count as u64 >= ENOUGH {
        assert!(median >= 200, "{median} events in the middle");
        for what in SOMETIMES {
            assert!(sightings.counts.contains_key(what), "never seen: {what}");
        }
        for (number, one) in WITHOUT_A_STORE.into_iter().enumerate() {
            for other in &WITHOUT_A_STORE[number + 1..] {
                assert!(
                    pairs.contains_key(&(one, *other)),
                    "{one:?} and {other:?} never happened together"
                );
            }
        }
    }
}

/// INV-16: these look-ups run everywhere as they did when the file was written.
#[test]
fn golden_seeds_run_the_same_everywhere() {
    golden::assert_same(include_str!("golden-lookups.txt"), |seed| {
        run_or_panic(seed).trace_hash
    });
}
