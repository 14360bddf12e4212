//! Zones from text, for those who serve them in a test.

use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use nameward_core::wire::{Class, Name};
use nameward_core::zone::{Place, Zone, ZoneBuilder};

/// The zone of this name, of class IN.
///
/// # Panics
///
/// The text has a fault, or it makes no zone.
pub fn zone(apex: &str, text: &str) -> Zone {
    let apex: Name = apex.parse().expect("a name");
    let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
    let mut reader = ZoneReader::new(apex, ZoneReaderConfig::default());
    reader.push(text.as_bytes());
    reader.finish();
    loop {
        match reader.advance().expect("the zone is without faults") {
            ZoneEvent::Record(record) => builder.add(record, Place::default()),
            ZoneEvent::Ended => break,
            other => panic!("{other:?} in a zone that is whole"),
        }
    }
    let built = builder.build();
    built
        .zone
        .unwrap_or_else(|| panic!("{:?}", built.findings.kept()))
}
