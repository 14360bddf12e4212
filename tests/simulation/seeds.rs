//! Which seeds a test runs, and what it prints when one fails.

use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

/// Runs `test` for each seed below `count`, or only for the one in the environment variable `NAMEWARD_SEED`. A seed that
/// fails is printed, with what to do to see it alone.
#[track_caller]
pub(crate) fn for_each_seed(count: u64, mut test: impl FnMut(u64)) {
    assert!(count > 0, "no seeds: nothing would be tested");
    #[expect(
        clippy::disallowed_methods,
        reason = "the one variable that the tests read, here alone"
    )]
    let chosen = std::env::var("NAMEWARD_SEED").ok();
    let seeds = match chosen {
        Some(seed) => {
            let seed = seed.parse().expect("NAMEWARD_SEED is a number");
            seed..=seed
        }
        None => 0..=count - 1,
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(seed))) {
            eprintln!("seed {seed} failed; see it alone with NAMEWARD_SEED={seed}");
            resume_unwind(panic);
        }
    }
}

/// Whether all seeds run, so that a test may ask for what only many seeds show.
pub(crate) fn all_run() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one variable that the tests read, here alone"
    )]
    let chosen = std::env::var_os("NAMEWARD_SEED");
    chosen.is_none()
}
