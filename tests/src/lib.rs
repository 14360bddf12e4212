//! What the cross-crate tests share.

pub mod laws;
pub mod parity;
pub mod stage;
pub mod witness;
