//! A recursor among honest and hostile servers.

use std::collections::BTreeMap;

use nameward_core::limits::Limits;
use nameward_core::recursor::Recursor;
use nameward_tests::parity::assert_replays;
use nameward_tests::recursion::{Malice, Plan, run};
use nameward_tests::seeds;

/// From so many seeds on, everything that can happen must have happened.
const ENOUGH: u64 = 1_000;

#[test]
fn invariants_hold_in_every_seed() {
    let (mut sightings, mut count, mut most) = (BTreeMap::<String, u64>::new(), 0, 0);
    seeds::for_each(seeds::many(), |seed| {
        let plan = Plan::from_seed(seed);
        let outcome = run(&plan).unwrap_or_else(|violation| panic!("{violation}; {plan:#?}"));
        count += 1;
        most = most.max(outcome.most_packets);
        for (what, times) in &outcome.sightings {
            *sightings.entry(what.clone()).or_default() += times;
        }
        if seed.is_multiple_of(8) {
            let again = run(&plan).unwrap_or_else(|violation| panic!("{violation}"));
            assert_eq!(
                outcome.trace_hash, again.trace_hash,
                "INV-16: it ran differently the second time"
            );
            assert_replays::<Recursor>(&outcome.recording);
        }
    });
    println!("{count} seeds; {most} packets at most; seen: {sightings:#?}");
    if count >= ENOUGH {
        let seen = |what: &str| sightings.keys().any(|seen| seen.starts_with(what));
        for malice in Malice::ALL {
            assert!(seen(&format!("{malice:?}: ")), "never seen: {malice:?}");
        }
        for what in [
            "honest: Positive",
            "honest: NxDomain",
            "Endless: Packets",
            "Aliases: Aliases",
            "streams",
        ] {
            assert!(seen(what), "never seen: {what}");
        }
        assert_eq!(
            most,
            Limits::default().packets.into(),
            "somebody used up the budget"
        );
    }
}
