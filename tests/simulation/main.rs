//! Thousands of internets, in virtual time.
//!
//! `NAMEWARD_SEEDS` says how many seeds are run, `NAMEWARD_SEED` runs one alone. A failure prints its seed.

mod questions;
