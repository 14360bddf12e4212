//! Tests of simulation.

extern crate alloc;

mod attackers;
mod contract;
mod determinism;
mod faults;
mod recording;
mod seeds;
mod sockets;
mod streams;
mod toy;
