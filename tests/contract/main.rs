//! Tests of contract.

mod kit_mio;
mod kit_tokio;
mod witness_forwarder;
mod witness_laws;
mod witness_pipeline;
mod witness_reservoir;
mod witness_secondary;
