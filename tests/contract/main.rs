//! What machines, adapters and the simulator owe each other.

#![allow(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod kit_async_std;
mod kit_mio;
mod kit_tokio;
mod recursor_laws;
mod resolver;
mod responses;
mod servers;
mod session_laws;
mod stub_laws;
mod witness_forwarder;
mod witness_laws;
mod witness_pipeline;
mod witness_reservoir;
mod witness_secondary;
