//! Thousands of internets, in virtual time.
//!
//! `NAMEWARD_SEEDS` says how many seeds are run, `NAMEWARD_SEED` runs one alone. A failure prints its seed.

extern crate alloc;

mod attackers;
mod contract;
mod determinism;
mod faults;
mod questions;
mod recording;
mod seeds;
mod sockets;
mod streams;
mod toy;
