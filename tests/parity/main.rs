//! Tests of parity: the same scenario gives the same logs on every runtime and in the simulator.

mod requester;
mod resolver;
mod server;
mod stub;
mod witness;
