//! The command against real peers: other people's servers answer, other people's clients say what is right.

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "tests of processes: they are about the system, and a panic is how they fail"
)]

mod bind;
mod command;
mod dnsmasq;
mod hostile;
mod hostile_servers;
mod knot;
mod nsd;
mod options;
mod output;
mod queries;
mod real_replies;
mod recordings;
mod resolvers;
mod scripted;
mod serve;
mod signing;
mod tsig;
mod versions;
mod worlds;
mod zones;
