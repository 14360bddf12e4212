//! Presentation format (RFC 1035 section 5): what is written in zone files and what `dig` prints.

mod rdata;
mod record;
pub mod scan;
pub mod zone;

#[cfg(test)]
mod tests;

pub use rdata::{RdataText, read_rdata};
