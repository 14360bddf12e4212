//! What the cross-crate tests share.

pub mod peer;
pub mod scenario;
pub mod seeds;
pub mod kit;
