//! Differences: what is one, and that they lead from one version to the next.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::zone::ZoneBuilder;
use crate::zone::tests::build;

const HEAD: &str = "@ 60 SOA ns. h. 7 1 1 1 60\n@ 60 NS ns.\n";

fn zone(text: &str) -> Zone {
    build("example.", text).zone.unwrap()
}

/// The changes between two texts: the kind of each, then its records.
fn changes(old: &str, new: &str, config: &DifferenceConfig) -> Vec<String> {
    let difference = Difference::between(&zone(old), &zone(new), config).unwrap();
    let mut lines = Vec::new();
    for change in &difference.changes {
        lines.push(format!("{:?} {} {}", change.kind, change.owner, change.rtype));
        lines.extend(
            change
                .deleted
                .iter()
                .map(|record| format!("- {record}").replace('\t', " ")),
        );
        lines.extend(
            change
                .added
                .iter()
                .map(|record| format!("+ {record}").replace('\t', " ")),
        );
    }
    lines
}

/// RFC 1995 section 4: the SOA record first, then the rest.
#[test]
fn rfc1995_4_the_soa_record_comes_first_and_then_what_changed() {
    let old = format!(
        "{HEAD}@ 60 A 192.0.2.1\na 60 A 192.0.2.1\na 60 A 192.0.2.2\nb 60 A 192.0.2.1\nd 60 TXT same\n"
    );
    let new = "@ 60 SOA ns. h. 8 1 1 1 60\n@ 60 NS ns.\n@ 60 A 192.0.2.9\na 60 A 192.0.2.2\na 60 A 192.0.2.3\nc 60 A 192.0.2.1\nD 60 TXT same\n";
    assert_eq!(
        changes(&old, new, &DifferenceConfig::default()),
        [
            "Changed example. SOA",
            "- example. 60 IN SOA ns. h. 7 1 1 1 60",
            "+ example. 60 IN SOA ns. h. 8 1 1 1 60",
            "Changed example. A",
            "- example. 60 IN A 192.0.2.1",
            "+ example. 60 IN A 192.0.2.9",
            "Changed a.example. A",
            "- a.example. 60 IN A 192.0.2.1",
            "+ a.example. 60 IN A 192.0.2.3",
            "Removed b.example. A",
            "- b.example. 60 IN A 192.0.2.1",
            "Added c.example. A",
            "+ c.example. 60 IN A 192.0.2.1",
        ]
    );
    let difference = Difference::between(&zone(&old), &zone(new), &DifferenceConfig::default()).unwrap();
    assert_eq!((difference.old_serial, difference.new_serial), (7, 8));
    assert!(!difference.is_empty());
    let first = |records: Vec<&Record>| records.first().map(|record| record.rtype());
    assert_eq!(first(difference.deleted().collect()), Some(Rtype::SOA));
    assert_eq!(first(difference.added().collect()), Some(Rtype::SOA));
}

#[test]
fn rfc2181_5_2_another_ttl_is_another_set() {
    let old = format!("{HEAD}a 60 A 192.0.2.1\na 60 A 192.0.2.2\n");
    let new = format!("{HEAD}a 61 A 192.0.2.1\na 61 A 192.0.2.2\n");
    assert_eq!(
        changes(&old, &new, &DifferenceConfig::default()),
        [
            "Changed a.example. A",
            "- a.example. 60 IN A 192.0.2.1",
            "- a.example. 60 IN A 192.0.2.2",
            "+ a.example. 61 IN A 192.0.2.1",
            "+ a.example. 61 IN A 192.0.2.2",
        ]
    );
}

#[test]
fn order_and_case_do_not_matter_and_what_is_ignored_does_not() {
    let old = format!("{HEAD}a 60 MX 1 b\na 60 MX 2 c\n");
    let new = format!("{HEAD}A 60 MX 2 C\na 60 MX 1 b\n");
    assert_eq!(changes(&old, &new, &DifferenceConfig::default()), [""; 0]);

    let rrsig =
        |number: u32| format!("a 60 RRSIG MX 15 1 60 2030010100000{number} 20200101000000 1 @ AAAA\n");
    let old = format!("{old}{}", rrsig(1));
    let new = format!(
        "@ 60 SOA ns. h. 8 1 1 1 60\n@ 60 NS ns.\na 60 MX 1 b\na 60 MX 2 c\n{}",
        rrsig(2)
    );
    let kinds = |ignored_types: &[Rtype], ignore_serial| {
        let config = DifferenceConfig {
            ignored_types: ignored_types.to_vec(),
            ignore_serial,
        };
        let lines = changes(&old, &new, &config);
        let kinds = lines.into_iter().filter(|line| line.starts_with("Changed"));
        kinds.collect::<Vec<_>>()
    };
    let (soa, signature) = ("Changed example. SOA", "Changed a.example. RRSIG");
    assert_eq!(kinds(&[], false), [soa, signature]);
    assert_eq!(kinds(&[], true), [signature]);
    assert_eq!(kinds(&[Rtype::RRSIG], false), [soa]);
    assert_eq!(kinds(&[Rtype::RRSIG], true), [""; 0]);
    // Only the serial is ignored.
    let other = "@ 60 SOA ns. h. 8 2 1 1 60\n@ 60 NS ns.\n";
    let config = DifferenceConfig {
        ignore_serial: true,
        ..DifferenceConfig::default()
    };
    assert_eq!(changes(HEAD, other, &config)[0], soa);
}

#[test]
fn versions_of_different_zones_are_not_compared() {
    let (a, b) = (zone(HEAD), build("other.", HEAD).zone.unwrap());
    let error = Difference::between(&a, &b, &DifferenceConfig::default()).unwrap_err();
    assert_eq!(error.to_string(), "example. IN and other. IN are different zones");
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let owner = prop_oneof![
        Just("example."),
        Just("a.example."),
        Just("b.A.example."),
        Just("c.example.")
    ];
    let rdata = prop_oneof![
        (0_u8..4).prop_map(|octet| crate::wire::A {
            address: [192, 0, 2, octet].into()
        }
        .to_rdata()),
        (0_u8..4).prop_map(|octet| Rdata::opaque(Rtype(65_280), &[octet])),
        (0_u8..4, prop_oneof![Just(Rtype::A), Just(Rtype::TXT)]).prop_map(|(octet, covered)| {
            let mut octets = covered.0.to_be_bytes().to_vec();
            octets.extend([15, 1, 0, 0, 0, 60, 9, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, octet]);
            Rdata::from_wire(Rtype::RRSIG, &octets).unwrap()
        }),
    ];
    let record = (owner, rdata).prop_map(|(owner, rdata)| Record {
        owner: owner.parse().unwrap(),
        class: Class::IN,
        ttl: 60,
        rdata,
    });
    prop::collection::vec(record, 0..12)
}

fn zone_of(serial: u32, records: &[Record]) -> Zone {
    let mut builder = ZoneBuilder::new("example.".parse().unwrap(), Class::IN);
    let head = zone(&HEAD.replace('7', &serial.to_string()));
    all(&head)
        .iter()
        .chain(records)
        .for_each(|record| builder.add_record(record));
    builder.build().zone.unwrap()
}

/// All records of a zone.
fn all(zone: &Zone) -> Vec<Record> {
    let mut records = Vec::new();
    for node in zone.nodes() {
        for set in node.covered_sets() {
            let signatures = set.signatures().map(|octets| Rdata::opaque(Rtype::RRSIG, octets));
            records.extend(set.rdata().chain(signatures).map(|rdata| Record {
                owner: node.name().to_name(),
                class: zone.class(),
                ttl: set.ttl(),
                rdata,
            }));
        }
    }
    records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// What is deleted was there, what is added was not, and after both the newer version is left. Backwards all is reversed.
    #[test]
    fn a_difference_leads_from_one_version_to_the_next(old in records(), new in records()) {
        let (old, new) = (zone_of(7, &old), zone_of(8, &new));
        let config = DifferenceConfig::default();
        let difference = Difference::between(&old, &new, &config).unwrap();
        let mut records = all(&old);
        for deleted in difference.deleted() {
            let place = records.iter().position(|record| record == deleted);
            prop_assert!(place.is_some(), "{deleted} was not there");
            records.remove(place.unwrap());
        }
        for added in difference.added() {
            prop_assert!(!records.contains(added), "{added} is there");
            records.push(added.clone());
        }
        let sorted = |mut records: Vec<Record>| {
            records.sort_by(Record::canonical_cmp);
            records
        };
        prop_assert_eq!(sorted(records), sorted(all(&new)));
        prop_assert!(difference.changes.iter().all(|change| change.deleted.len() + change.added.len() > 0));
        for change in &difference.changes {
            let expected = match (change.deleted.is_empty(), change.added.is_empty()) {
                (true, _) => SetChangeKind::Removed,
                (_, true) => SetChangeKind::Added,
                _ => continue,
            };
            // Not the contrary: records can be added to a set that stays.
            prop_assert!(change.kind != expected, "{change:?}");
        }
        let back = Difference::between(&new, &old, &config).unwrap();
        prop_assert!(back.deleted().eq(difference.added()) && back.added().eq(difference.deleted()));
        prop_assert!(Difference::between(&new, &new.clone(), &config).unwrap().is_empty());
    }
}
