//! What the cross-crate tests share.

pub mod kit;
pub mod peer;
pub mod scenario;
pub mod seeds;
