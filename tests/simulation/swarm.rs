//! A scenario in many seeds.

use std::collections::BTreeMap;

use nameward_core::trace::Recordable;
use nameward_tests::parity::assert_replays;
use nameward_tests::seeds;

/// From so many seeds on, everything that can happen must have happened.
const ENOUGH: u64 = 1_000;

/// What came of one seed.
pub(crate) struct Ran {
    /// Over all that went into machines and came out.
    pub(crate) trace_hash: u128,
    /// How often each thing happened that should happen sometimes.
    pub(crate) sightings: BTreeMap<String, u64>,
    /// What the machine did that the scenario is about.
    pub(crate) recording: Vec<u8>,
}

/// Runs many seeds, now and then one of them twice, and replays it. How often each thing happened that should happen sometimes, if they were
/// enough that each has to have happened.
///
/// # Panics
///
/// INV-16: a seed ran differently the second time, or its recording does not replay.
pub(crate) fn sightings<M: Recordable>(mut run: impl FnMut(u64) -> Ran) -> Option<BTreeMap<String, u64>> {
    let (mut sightings, mut count) = (BTreeMap::<String, u64>::new(), 0);
    seeds::for_each(seeds::many(), |seed| {
        let ran = run(seed);
        count += 1;
        for (what, times) in &ran.sightings {
            *sightings.entry(what.clone()).or_default() += times;
        }
        if seed.is_multiple_of(8) {
            assert_eq!(
                ran.trace_hash,
                run(seed).trace_hash,
                "INV-16: it ran differently the second time"
            );
            assert_replays::<M>(&ran.recording);
        }
    });
    println!("{count} seeds; seen: {sightings:?}");
    (count >= ENOUGH).then_some(sightings)
}
