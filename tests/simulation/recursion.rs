//! A recursor among honest and hostile servers.

use nameward_core::limits::Limits;
use nameward_core::recursor::Recursor;
use nameward_tests::recursion::{Malice, Plan, run};

use crate::failures;
use crate::swarm::{self, Ran};

#[test]
fn invariants_hold_in_every_seed() {
    let mut most = 0;
    let sightings = swarm::sightings::<Recursor>(|seed| {
        let plan = Plan::from_seed(seed);
        let outcome = failures::or_panic(run(&plan), plan);
        most = most.max(outcome.most_packets);
        Ran {
            trace_hash: outcome.trace_hash,
            sightings: outcome.sightings,
            recording: outcome.recording,
        }
    });
    println!("{most} packets at most");
    let Some(sightings) = sightings else { return };
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
