//! Which seeds a test runs, and what it prints when one fails.
//!
//! `NAMEWARD_SEED` names one seed that is run alone; `NAMEWARD_SEEDS` says how many are run where a test leaves that open.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Runs `test` for each seed below `count`, or only for the one in `NAMEWARD_SEED`. A seed that fails is printed, with what to
/// do to see it alone.
///
/// # Panics
///
/// If `test` does, or the variable is not a number.
#[track_caller]
pub fn for_each(count: u64, mut test: impl FnMut(u64)) {
    assert!(count > 0, "no seeds: nothing would be tested");
    let seeds = match number("NAMEWARD_SEED") {
        Some(seed) => seed..=seed,
        None => 0..=count - 1,
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(seed))) {
            eprintln!("seed {seed} failed; see it alone with NAMEWARD_SEED={seed}");
            resume_unwind(panic);
        }
    }
}

/// How many seeds a long test runs: `NAMEWARD_SEEDS`, else a few.
pub fn many() -> u64 {
    number("NAMEWARD_SEEDS").unwrap_or(50)
}

/// Whether all seeds run, so that a test may ask for what only many seeds show.
pub fn all_run() -> bool {
    number("NAMEWARD_SEED").is_none()
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are configured by their environment, here alone"
)]
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    match text.parse() {
        Ok(number) => Some(number),
        Err(_) => panic!("{name} is {text:?}, but must be a number"),
    }
}
