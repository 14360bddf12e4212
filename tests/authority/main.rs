//! Answers from zones beside those of other servers.

#![allow(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod bind;
mod comparison;
mod differences;
mod knot;
mod nsd;
mod reply;
mod signed;
