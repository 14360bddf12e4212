//! Each planted bug is found by the simulation, by the invariant that it breaks.
//!
//! Built with `RUSTFLAGS='--cfg planted'`; without it there is nothing planted and nothing to find.

#[cfg(planted)]
mod catalogue;
#[cfg(planted)]
mod hunt;
#[cfg(planted)]
mod proofs;
#[cfg(planted)]
mod recursion;
#[cfg(planted)]
mod responses;
#[cfg(planted)]
mod signatures;
#[cfg(planted)]
mod transactions;
