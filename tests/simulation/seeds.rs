//! Which seeds the tests of the simulator itself run, and what they print when one fails.

use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

use nameward_tests::seeds;

/// Runs `test` for each seed below `count`, or only for the one that was chosen. A seed that fails is printed.
pub(crate) fn for_each_seed(count: u64, mut test: impl FnMut(u64)) {
    assert!(count > 0, "no seeds: nothing would be tested");
    let seeds = if all_run() { 0..count } else { seeds::to_run() };
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(seed))) {
            eprintln!("seed {seed} failed; run it alone with NAMEWARD_SEED={seed}");
            resume_unwind(panic);
        }
    }
}

/// Whether more than one chosen seed runs, so that a test may ask for what only many seeds show.
pub(crate) fn all_run() -> bool {
    let seeds = seeds::to_run();
    seeds.end - seeds.start > 1
}
