//! Which seeds a test runs.

use std::ops::Range;

/// The seed in `NAMEWARD_SEED` alone; else as many from 0 on as `NAMEWARD_SEEDS` says; else a few.
///
/// # Panics
///
/// A variable is not a number.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are configured by their environment"
)]
pub fn to_run() -> Range<u64> {
    let number = |name| {
        std::env::var(name).ok().map(|text| match text.parse::<u64>() {
            Ok(number) => number,
            Err(_) => panic!("{name} is {text:?}, but must be a number"),
        })
    };
    match number("NAMEWARD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("NAMEWARD_SEEDS").unwrap_or(100),
    }
}
