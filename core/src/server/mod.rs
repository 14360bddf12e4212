//! Responding to requests.
//!
//! * [`Session`](session::Session) is the machine that serves: it takes datagrams and streams, and answers what comes on them.
//! * [`respond`](respond::respond) takes the octets of a request the whole way to those of its response.
//! * [`answer`](answer::answer) is the part of it that knows zones: one question, and the records that belong into the response.
//!
//! The latter two wait for nothing, and take no memory.

pub mod answer;
pub mod respond;
pub mod session;
