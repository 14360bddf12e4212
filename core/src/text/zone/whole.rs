//! Reading a text that is there as a whole.

use alloc::vec::Vec;

use super::reader::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use crate::text::scan::TextError;
use crate::wire::{Name, Record};

/// All records of a text in zone-file format that is there as a whole. It includes no files.
///
/// ```
/// use nameward_core::text::zone::{ZoneReaderConfig, read_records};
///
/// let records = read_records(b"$TTL 60\n@ NS ns\nns A 192.0.2.1\n", "example.".parse()?, ZoneReaderConfig::default())?;
/// assert_eq!(records[1].to_string(), "ns.example.\t60\tIN\tA\t192.0.2.1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The first entry that is wrong, which one with `$INCLUDE` is.
pub fn read_records(text: &[u8], origin: Name, config: ZoneReaderConfig) -> Result<Vec<Record>, TextError> {
    let config = ZoneReaderConfig {
        deepest_include: 0,
        ..config
    };
    let mut reader = ZoneReader::new(origin, config);
    reader.push(text);
    reader.finish();
    let mut records = Vec::new();
    loop {
        match reader.advance()? {
            ZoneEvent::Record(record) => records.push(record.to_record()),
            ZoneEvent::Include { .. } | ZoneEvent::IncludeEnded => {}
            ZoneEvent::Wanted | ZoneEvent::Ended => return Ok(records),
        }
    }
}
