//! Tests of contract.

mod witness_laws;
mod witness_reservoir;
