//! Witnesses: miniature machines over the contract of [`nameward_core::machine`].
//!
//! None of them speaks DNS. Each is a small, honest and complete protocol that needs from the contract what a DNS machine will
//! need, so that a change of the contract which could not carry DNS fails here first:
//!
//! | Witness | Its peer | What it needs |
//! |---|---|---|
//! | [`pipeline`] | [`answerer`] | many questions on one stream, above a [secure channel](channel) |
//! | [`reservoir`] | [`crowd`] | ten thousand streams, slow readers, bounded memory |
//! | [`secondary`] | [`primary`] | a journal that survives a crash at any moment |
//! | [`forwarder`], in a [`site`] | [`echo`] | machines inside of machines, one reply for each request |

pub mod answerer;
pub mod asker;
pub mod channel;
pub mod crowd;
pub mod echo;
pub mod forwarder;
pub mod octets;
pub mod outbox;
pub mod pipeline;
pub mod primary;
pub mod reservoir;
pub mod secondary;
pub mod site;
