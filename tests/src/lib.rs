//! What the cross-crate tests share.

pub mod peer;
pub mod scenario;
pub mod seeds;
pub mod kit;
pub mod laws;
pub mod parity;
pub mod stage;
pub mod witness;
