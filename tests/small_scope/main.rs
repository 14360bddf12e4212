//! All small zones against all small questions: answers are those of a specification that anybody can check by reading it.
//!
//! It runs in the profile `simulation`; unoptimised it takes minutes.

#![allow(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod answers;
mod proofs;
mod scope;
mod signed;
mod specification;
