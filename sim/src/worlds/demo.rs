//! The demo world: a small internet, as zone files in the tree.

use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use nameward_core::wire::{Class, Name};
use nameward_core::zone::{Place, Zone, ZoneBuilder};

use super::Internet;

/// A zone of the demo world.
#[derive(Clone, Copy, Debug)]
pub struct DemoZone {
    /// Its name.
    pub name: &'static str,
    /// Its zone file, which is the file of that name in `sim/worlds/demo`.
    pub text: &'static str,
    /// What vouches for it.
    pub protection: Protection,
}

/// What vouches for the data of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// Nothing: it is served as it stands in its file.
    Unsigned,
}

macro_rules! zones {
    ($($name:literal in $file:literal: $protection:ident,)*) => {
        &[$(DemoZone {
            name: $name,
            text: include_str!(concat!("../../worlds/demo/", $file)),
            protection: Protection::$protection,
        }),*]
    };
}

/// The zones of the demo world.
pub const ZONES: &[DemoZone] = zones! {
    "." in "root.zone": Unsigned,
    "example." in "example.zone": Unsigned,
    "test." in "test.zone": Unsigned,
    "shop.example." in "shop.example.zone": Unsigned,
    "blog.example." in "blog.example.zone": Unsigned,
    "corp.example." in "corp.example.zone": Unsigned,
    "eu.corp.example." in "eu.corp.example.zone": Unsigned,
    "hosting.example." in "hosting.example.zone": Unsigned,
    "dns.test." in "dns.test.zone": Unsigned,
    "cdn.test." in "cdn.test.zone": Unsigned,
};

/// The demo world.
///
/// # Panics
///
/// It does not: its zones are a part of this crate, and tests read them all.
pub fn demo() -> Internet {
    let internet = Internet::new(ZONES.iter().map(read));
    // Invariant: the zones are a part of this crate, and a test makes an internet of them.
    internet.expect("the demo world is whole")
}

fn read(zone: &DemoZone) -> Zone {
    // Invariant: as of `demo`.
    let apex: Name = zone.name.parse().expect("a zone has a name");
    let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
    let mut reader = ZoneReader::new(apex, ZoneReaderConfig::default());
    reader.push(zone.text.as_bytes());
    reader.finish();
    loop {
        match reader.advance() {
            Ok(ZoneEvent::Record(record)) => builder.add(record, Place::default()),
            Ok(ZoneEvent::Ended) => break,
            // Invariant: as of `demo`.
            other => panic!("{}: {other:?}", zone.name),
        }
    }
    let built = builder.build();
    let findings = built.findings;
    // Invariant: as of `demo`.
    built
        .zone
        .unwrap_or_else(|| panic!("{}: {:?}", zone.name, findings.kept()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_zone_of_the_demo_world_is_read_and_named_as_the_list_says() {
        for zone in ZONES {
            assert_eq!(read(zone).apex().to_string(), zone.name);
        }
        let internet = demo();
        assert_eq!(internet.hints().len(), 4);
        let served: usize = internet
            .servers()
            .iter()
            .map(|server| server.zones.iter().len())
            .sum();
        assert!(served > ZONES.len(), "{served}");
    }
}
