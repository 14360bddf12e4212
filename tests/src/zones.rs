//! Zones from text, for those who serve them in a test.

use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::wire::{Class, Name};
use nameward_core::zone::{Zone, ZoneBuilder};

/// The zone of this name, of class IN.
///
/// # Panics
///
/// The text has a fault, or it makes no zone.
pub fn zone(apex: &str, text: &str) -> Zone {
    let apex: Name = apex.parse().expect("a name");
    let records = read_records(text.as_bytes(), apex.clone(), ZoneReaderConfig::default());
    let mut builder = ZoneBuilder::new(apex, Class::IN);
    for record in &records.expect("the zone is without faults") {
        builder.add_record(record);
    }
    let built = builder.build();
    built
        .zone
        .unwrap_or_else(|| panic!("{:?}", built.findings.kept()))
}
