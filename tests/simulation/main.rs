//! Thousands of internets, in virtual time.
//!
//! `NAMEWARD_SEEDS` says how many seeds the long tests run, `NAMEWARD_SEED` runs one alone. A failure prints its seed.

extern crate alloc;

mod attackers;
mod canned;
mod contract;
mod determinism;
mod failures;
mod faults;
mod golden;
mod links;
mod lookups;
mod questions;
mod recording;
mod recursion;
mod serving;
mod sockets;
mod streams;
mod swarm;
mod toy;
