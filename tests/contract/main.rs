//! Tests of contract.

mod kit_mio;
mod kit_tokio;
mod witness_laws;
