//! Presentation format (RFC 1035 section 5): what is written in zone files and what `dig` prints.

mod encoded;
pub mod hosts;
mod rdata;
mod record;
pub mod resolv_conf;
pub mod scan;
mod words;
pub mod zone;

#[cfg(test)]
mod tests;

pub(crate) use encoded::{Base32Hex, Base64, Moment};
pub use rdata::{RdataText, read_rdata};
