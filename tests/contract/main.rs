//! Tests of contract.

mod witness_laws;
