//! The test corpora of other projects and of RFCs, each consumed with the result that its source expects.
//!
//! `NAMEWARD_CORPORA` says where they are. Without it these tests are skipped.

#![allow(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod authority;
mod folders;
mod messages;
mod rdata;
mod zones;
