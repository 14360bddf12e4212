//! Each planted bug is found by the simulation, by the invariant that it breaks.
//!
//! Built with `RUSTFLAGS='--cfg planted'`; without it there is nothing planted and nothing to find.

#[cfg(planted)]
mod catalogue;
#[cfg(planted)]
mod hunt;
/// A file of the command, which is no library that a test could use.
#[cfg(planted)]
#[path = "../../cli/src/serve/log.rs"]
#[expect(dead_code, reason = "a line is all that the hunt looks at")]
mod log;
#[cfg(planted)]
mod logging;
#[cfg(planted)]
mod proofs;
#[cfg(planted)]
mod responses;
#[cfg(planted)]
mod signatures;
#[cfg(planted)]
mod transactions;
/// What the log takes the time from.
#[cfg(planted)]
#[path = "../../cli/src/utc.rs"]
#[expect(dead_code, reason = "the log says when, and nothing else of it")]
mod utc;
