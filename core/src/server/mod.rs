//! Responding to requests.
//!
//! * [`respond`](respond::respond) takes the octets of a request the whole way to those of its response.
//! * [`answer`](answer::answer) is the part of it that knows zones: one question, and the records that belong into the response.
//!
//! Neither waits for anything, and neither takes memory.

pub mod answer;
pub mod respond;
