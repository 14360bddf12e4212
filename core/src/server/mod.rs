//! Answering questions with authority.
//!
//! [`answer`](answer::answer) is the part that knows zones: one question, one zone, and the records that belong into the response. It has
//! no state, waits for nothing and takes no memory. Whoever calls it has read the request, and writes the header and the OPT record.
//! [`Session`](session::Session) is the machine that does: it takes datagrams and streams, and answers what comes on them.

pub mod answer;
pub mod session;
