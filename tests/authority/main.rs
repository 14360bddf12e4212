//! Answers from zones beside those of another server.

#![allow(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod differences;
mod nsd;
mod reply;
