//! What the cross-crate tests share.

pub mod corpora;
pub mod internet;
pub mod kit;
pub mod laws;
pub mod name_server;
pub mod packets;
pub mod parity;
pub mod peer;
pub mod recursion;
pub mod resolvers;
pub mod responder;
pub mod scenario;
pub mod seeds;
pub mod serving;
pub mod signing;
pub mod stage;
pub mod witness;
pub mod words;
pub mod zone_server;
pub mod zones;
