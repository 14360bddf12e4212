//! Zone files, in and out (RFC 1035 section 5, RFC 2308 section 4, RFC 3597 section 5).
//!
//! [`ZoneReader`] takes a file in pieces and gives records; files that it includes it asks for. [`ZonePrinter`] writes a
//! file that reads back as the same records. [`read_records`] reads a text that is there as a whole.

mod assembly;
mod directive;
mod generate;
mod printer;
mod reader;
mod record;
mod whole;

#[cfg(test)]
mod tests;

pub use printer::{ZonePrinter, ZoneStyle};
pub use reader::{InvalidConfig, OpenFile, ZoneEvent, ZoneReader, ZoneReaderConfig};
pub use record::ZoneRecord;
pub use whole::read_records;
