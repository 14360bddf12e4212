use super::*;
use crate::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use crate::wire::{Class, Name, QuestionRef, Record, Rtype};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;

/// What comes of the records of a zone file.
pub(crate) fn build(apex: &str, text: &str) -> Built {
    let apex: Name = apex.parse().unwrap();
    let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
    let config = ZoneReaderConfig {
        first_ttl: Some(3600),
        ..ZoneReaderConfig::default()
    };
    let mut reader = ZoneReader::new(apex, config);
    reader.push(text.as_bytes());
    reader.finish();
    let mut line = 0;
    loop {
        match reader.advance().unwrap() {
            ZoneEvent::Record(record) => {
                line += 1;
                builder.add(record, Place { file: 0, line });
            }
            ZoneEvent::Ended => return builder.build(),
            other => panic!("{other:?}"),
        }
    }
}

const HEAD: &str = "@ SOA ns hostmaster 7 3600 600 604800 300\n@ NS ns.other.\n";

/// The findings of a zone with two lines before these.
fn findings(text: &str) -> Vec<String> {
    let built = build("example.", &format!("{HEAD}{text}"));
    assert_eq!(built.zone.is_some(), built.findings.errors() == 0);
    let kept = built.findings.kept().iter();
    kept.map(|finding| format!("{} {finding}", finding.place.line))
        .collect()
}

#[test]
fn a_zone_needs_an_soa_record_and_name_servers() {
    for (text, expected) in [
        ("@ NS ns.other.\n", "the zone has no SOA (RFC 1035 section 5.2)"),
        (
            "@ SOA a b 1 2 3 4 5\n",
            "the zone has no NS at its apex (RFC 1034 section 4.2.1)",
        ),
    ] {
        let built = build("example.", text);
        assert!(built.zone.is_none());
        let [finding] = built.findings.kept() else {
            panic!()
        };
        assert_eq!(finding.to_string(), format!("example.: {expected}"));
    }
}

#[test]
fn each_rule_has_its_finding_and_the_line_that_breaks_it() {
    for (text, expected) in [
        (
            "@ SOA ns hostmaster 8 3600 600 604800 300\n",
            "3 example.: this is not the only SOA of the zone (RFC 1035 section 5.2)",
        ),
        (
            "a SOA ns hostmaster 8 3600 600 604800 300\n",
            "3 a.example.: this is not the only SOA of the zone (RFC 1035 section 5.2)",
        ),
        (
            "other. A 192.0.2.1\n",
            "3 other.: the owner is not in the zone: the record is left out (RFC 1035 section 5.2)",
        ),
        (
            "a A 192.0.2.1\na CNAME b.other.\n",
            "4 a.example.: the owner of a CNAME has other records (RFC 2181 section 10.1)",
        ),
        (
            "@ NS ns.sub\nsub NS ns.other.\n",
            "3 example.: the NS leads to ns.sub.example., which has no address in the zone",
        ),
        (
            "a CNAME b.other.\na CNAME c.other.\n",
            "4 a.example.: the owner has several CNAMEs (RFC 2181 section 10.1)",
        ),
        (
            "a DNAME b.other.\na DNAME c.other.\n",
            "4 a.example.: the owner has several DNAMEs (RFC 6672 section 2.4)",
        ),
        (
            "@ NS ns\n",
            "3 example.: the name server ns.example. of the zone has no address in it (RFC 1034 section 4.2.1)",
        ),
        (
            "a 1 A 192.0.2.1\na 2 A 192.0.2.2\n",
            "4 a.example.: the TTLs of the A records differ: all get the lowest (RFC 2181 section 5.2)",
        ),
        (
            "a MX 0 b.other.\na MX 0 B.OTHER.\n",
            "4 a.example.: the same MX record stands here twice (RFC 2181 section 5)",
        ),
        (
            "a NS ns.a\n",
            "3 a.example.: the name server ns.a.example. below the zone cut has no address (RFC 9471 section 2.1)",
        ),
        (
            "a DNAME b.other.\nc.a TXT x\n",
            "4 c.a.example.: nobody sees what is below the DNAME of a.example. (RFC 6672 section 2.4)",
        ),
        (
            "a NS ns.other.\nc.a TXT x\n",
            "4 c.a.example.: nobody sees what is below the zone cut a.example. (RFC 1034 section 4.2.1)",
        ),
        (
            "a NS ns.other.\na TXT x\n",
            "4 a.example.: nobody sees TXT records at a zone cut (RFC 1034 section 4.2.1)",
        ),
        (
            "a NS ns.other.\na DNAME b.other.\n",
            "4 a.example.: a DNAME does nothing beside NS (RFC 6672 section 2.3)",
        ),
        (
            "a DS 1 8 2 00\n",
            "3 a.example.: a DS means something at zone cuts only (RFC 4035 section 2.4)",
        ),
        (
            "a MX 0 b\nb CNAME c.other.\n",
            "3 a.example.: the MX leads to b.example., which is an alias (RFC 2181 section 10.3)",
        ),
        (
            "a MX 0 b\n",
            "3 a.example.: the MX leads to b.example., which has no address in the zone",
        ),
        (
            "a NS ns.b\nb TXT x\n",
            "3 a.example.: the NS leads to ns.b.example., which has no address in the zone",
        ),
        (
            "a RRSIG A 8 2 1 20300101000000 20200101000000 1 example. AAAA\n",
            "3 a.example.: there are signatures of A records that are not there (RFC 4034 section 3)",
        ),
    ] {
        assert_eq!(findings(text), [expected], "{text}");
    }
}

#[test]
fn what_breaks_no_rule_has_no_finding() {
    for text in [
        "@ NS ns\nns AAAA 2001:db8::1\n",
        "a NS ns.a\nns.a A 192.0.2.1\na DS 1 8 2 00\n",
        "a NS ns.b\nb NS ns.b\nns.b A 192.0.2.1\n",
        "a NS a\na A 192.0.2.1\n",
        "a CNAME b\na RRSIG CNAME 8 2 1 20300101000000 20200101000000 1 example. AAAA\na NSEC b CNAME RRSIG NSEC\n",
        "@ MX 0 .\n_s._tcp SRV 0 0 0 .\n",
        "@ MX 0 mail\n*  A 192.0.2.1\n",
        "a DNAME b\n",
        "@ DNAME b.other.\n",
    ] {
        assert_eq!(findings(text), [""; 0], "{text}");
    }
}

/// Some are found when a record is read, others when all are there.
#[test]
fn findings_come_in_the_order_of_the_lines() {
    let lines = findings("a DS 1 8 2 00\nx.other. A 192.0.2.1\n");
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].starts_with("3 a.example.:") && lines[1].starts_with("4 x.other.:"),
        "{lines:?}"
    );
}

/// RFC 7505 section 3: the root in an MX record stands for no host at all; in an NS record it is one.
#[test]
fn the_root_zone_may_say_that_it_has_no_mail() {
    let found = |line: &str| {
        let text = format!("@ SOA ns. h. 1 2 3 4 5\n@ NS ns.\nns. A 192.0.2.1\n{line}");
        let built = build(".", &text);
        let kept = built.findings.kept().iter().map(ToString::to_string);
        kept.collect::<Vec<_>>()
    };
    assert_eq!(found("@ MX 0 .\n"), [""; 0]);
    assert_eq!(found("@ NS .\n").len(), 1);
}

#[test]
fn an_rrset_that_no_message_can_hold_is_an_error() {
    let text: String = (0..300)
        .map(|number| format!("a TXT {number} {0} {0}\n", "x".repeat(120)))
        .collect();
    assert_eq!(
        findings(&text),
        ["3 a.example.: the TXT records do not fit a message together"]
    );
    // Header and question take 12 octets at least, and each record 12 beside its RDATA.
    let addresses = |count: u16| -> String {
        let address = |number: u16| {
            let [high, low] = number.to_be_bytes();
            format!("a A 192.0.{high}.{low}\n")
        };
        (0..count).map(address).collect()
    };
    assert_eq!(findings(&addresses(4095)), [""; 0]);
    assert_eq!(findings(&addresses(4096)).len(), 1);
    let unknown = |octets: usize| format!("a TYPE65280 \\# {octets} {}\n", "00".repeat(octets));
    assert_eq!(findings(&unknown(65_511)), [""; 0]);
    assert_eq!(findings(&unknown(65_512)).len(), 1);
}

#[test]
fn a_file_that_is_wrong_in_each_line_has_its_first_findings_and_their_number() {
    let text = "x.other. A 192.0.2.1\n".repeat(3000);
    let built = build("example.", &format!("{HEAD}{text}"));
    assert_eq!(built.findings.warnings(), 3000);
    assert_eq!(built.findings.kept().len(), 1000);
}

#[test]
fn rfc2181_5_2_an_rrset_has_the_lowest_of_its_ttls() {
    let text = format!("{HEAD}a 300 A 192.0.2.1\na 100 A 192.0.2.2\na 200 A 192.0.2.3\n");
    let zone = build("example.", &text).zone.unwrap();
    let set = zone
        .node(&"A.example.".parse().unwrap())
        .unwrap()
        .rrset(Rtype::A)
        .unwrap();
    assert_eq!((set.ttl(), set.record_count()), (100, 3));
}

/// Where there are signatures of NS or DNAME records and no records, nothing is cut and nobody is sent on.
#[test]
fn what_lies_above_a_name_is_known() {
    let signature = "8 2 3600 20300101000000 20200101000000 1 example. AAAA";
    let text = format!(
        "{HEAD}f RRSIG NS {signature}\nx.f TXT x\ng RRSIG DNAME {signature}\nx.g TXT x\nx.b.a A 192.0.2.1\na NS ns.other.\nb.a NS ns.other.\nd DNAME e\nx.d TXT x\n*.w TXT x\n"
    );
    let zone = build("example.", &text).zone.unwrap();
    let seen: Vec<String> = zone
        .nodes()
        .map(|node| {
            let above = node
                .occluded_by()
                .map_or_else(String::new, |above| format!(" {above:?}"));
            let cut = if node.is_delegation() { " cut" } else { "" };
            format!("{node:?} {}{cut}{above}", node.rrsets().count())
        })
        .collect();
    assert_eq!(
        seen,
        [
            "example. 2",
            "a.example. 1 cut",
            "b.a.example. 1 cut a.example.",
            "x.b.a.example. 1 a.example.",
            "d.example. 1",
            "x.d.example. 1 d.example.",
            "f.example. 0",
            "x.f.example. 1",
            "g.example. 0",
            "x.g.example. 1",
            "w.example. 0",
            "*.w.example. 1",
        ]
    );
}

fn label() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(alloc::vec![
            b"a".to_vec(),
            b"A".to_vec(),
            b"*".to_vec(),
            b"longlabel".to_vec(),
            b"longlabel0".to_vec()
        ]),
        prop::collection::vec(any::<u8>(), 1..12),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    prop::collection::vec(label(), 0..5).prop_map(|labels| {
        let mut wire = Vec::new();
        for label in labels.iter().map(Vec::as_slice).chain([&b"example"[..]]) {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend(label);
        }
        wire.push(0);
        Name::from_wire(&wire).unwrap()
    })
}

proptest! {
    /// Nodes are the owners and what lies between them and the apex, in the order of `Name`, and each has its records.
    #[test]
    fn rfc4034_6_1_nodes_are_all_names_in_canonical_order(names in prop::collection::vec(name(), 0..40)) {
        let head = build("example.", HEAD).zone.unwrap();
        let mut builder = ZoneBuilder::new("example.".parse().unwrap(), Class::IN);
        let mut expected: alloc::collections::BTreeSet<Name> = [head.apex().clone()].into();
        let apex = head.nodes().next().unwrap();
        let mut records: Vec<Record> = apex.rrsets().flat_map(|set| set.rdata().map(move |rdata| (set.ttl(), rdata)))
            .map(|(ttl, rdata)| Record { owner: "example.".parse().unwrap(), class: Class::IN, ttl, rdata }).collect();
        for (number, name) in (0_u16..).zip(&names) {
            let rdata = crate::wire::Rdata::opaque(Rtype(65_000), &number.to_be_bytes());
            records.push(Record { owner: name.clone(), class: Class::IN, ttl: 1, rdata });
            let mut name = name.clone();
            while name != *head.apex() {
                let parent = name.parent().unwrap();
                expected.insert(name);
                name = parent;
            }
        }
        for record in &records {
            builder.add_record(record);
        }
        let zone = builder.build().zone.unwrap();
        let nodes: Vec<Name> = zone.nodes().map(|node| node.name().to_name()).collect();
        prop_assert_eq!(nodes, expected.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(zone.record_count(), records.len() as u64);
        for record in &records {
            let set = zone.node(&record.owner).unwrap().rrset(record.rtype()).unwrap();
            prop_assert!(set.rdata().any(|rdata| rdata == record.rdata));
        }
        prop_assert!(zone.node(&"missing.example.".parse().unwrap()).is_none());
        prop_assert!(zone.node(&"example0.".parse().unwrap()).is_none());
    }
}

#[test]
fn rfc1034_4_3_2_the_zone_with_the_longest_name_answers_and_its_parent_for_ds() {
    let zone = |apex: &str| {
        let address = if apex == "." {
            "ns.invalid. A 192.0.2.1\n"
        } else {
            ""
        };
        let text = format!("@ SOA a. b. 1 2 3 4 5\n@ NS ns.invalid.\n{address}");
        build(apex, &text).zone.unwrap()
    };
    let zones = Zones::new(["example.", "sub.example.", "x.other."].map(zone));
    let found = |zones: &Zones, name: &str, rtype, class| {
        let name: Name = name.parse().unwrap();
        let question = QuestionRef {
            name: name.view(),
            rtype,
            class,
        };
        zones.find(question).map(|zone| zone.apex().to_string())
    };
    for (name, rtype, expected) in [
        ("example.", Rtype::A, Some("example.")),
        ("a.b.EXAMPLE.", Rtype::A, Some("example.")),
        ("SUB.example.", Rtype::A, Some("sub.example.")),
        ("a.sub.example.", Rtype::DS, Some("sub.example.")),
        ("sub.example.", Rtype::DS, Some("example.")),
        ("example.", Rtype::DS, Some("example.")),
        ("x.other.", Rtype::DS, Some("x.other.")),
        ("other.", Rtype::A, None),
        (".", Rtype::A, None),
    ] {
        let zone = found(&zones, name, rtype, Class::IN);
        assert_eq!(zone.as_deref(), expected, "{name} {rtype}");
    }
    assert_eq!(found(&zones, "example.", Rtype::A, Class::CH), None);
    let fewer = zones.without(&"sub.example.".parse().unwrap(), Class::IN);
    assert_eq!(
        found(&fewer, "sub.example.", Rtype::A, Class::IN).as_deref(),
        Some("example.")
    );
    assert_eq!(zones.iter().len(), 3);
    let again = fewer.with(zone("EXAMPLE.")).with(zone("."));
    assert_eq!(found(&again, "test.", Rtype::A, Class::IN).as_deref(), Some("."));
    assert_eq!(again.iter().len(), 3);
}
