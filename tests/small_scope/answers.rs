//! What the server answers, compared with the specification.

use std::collections::BTreeMap;
use std::io::Write as _;

use bytes::BytesMut;
use nameward_core::server::answer::answer;
use nameward_core::wire::{
    A, Class, Cname, Dname, Flags, Message, MessageWriter, Name, NameRef, Ns, QuestionRef, Rdata, Record,
    RecordRef, Rtype, Section, Soa,
};
use nameward_core::zone::{Denial, ZoneBuilder};
use nameward_tests::{seeds, signing};

use super::scope::{all_records, names, subsets};
use super::signed;
use super::specification::{Rec, Response, Specification};

const TYPES: [Rtype; 7] = [
    Rtype::A,
    Rtype::NS,
    Rtype::DS,
    Rtype::CNAME,
    Rtype::DNAME,
    Rtype::TXT,
    Rtype::ANY,
];

/// Of the zones each so manieth is asked, unless many seeds are wanted.
fn stride() -> usize {
    if seeds::many() < 1000 { 16 } else { 1 }
}

/// Zones of up to two records at names up to three labels deep.
#[test]
fn zones_of_two_records_are_answered_as_specified() {
    let records = all_records(&names("ab*", 3));
    let counts = compare(&records, &[0, 1, 2], &names("ab*", 3), None);
    assert!(counts.pairs > 1_000_000, "{} pairs", counts.pairs);
}

/// Zones of three records at names up to two labels deep.
#[test]
fn zones_of_three_records_are_answered_as_specified() {
    let records = all_records(&names("a*", 2));
    let counts = compare(&records, &[3], &names("a*", 3), None);
    assert!(counts.pairs > 100_000, "{} pairs", counts.pairs);
}

/// The same, signed: what such an answer says does not exist, it proves, and nothing in the proof can be left out.
#[test]
fn signed_zones_prove_what_they_deny_with_nothing_to_spare() {
    let mut pairs = 0;
    for (name, denial) in signing::denials() {
        let records = all_records(&names("ab*", 2));
        let deep = compare(&records, &[0, 1, 2], &names("ab*", 3), Some(&denial));
        let records = all_records(&names("a*", 2));
        let wide = compare(&records, &[3], &names("a*", 3), Some(&denial));
        let proofs = [&deep.proofs[..], &wide.proofs[..]].concat();
        let _ = writeln!(std::io::stderr(), "{name}: {} proofs", proofs.iter().sum::<u64>());
        pairs += deep.pairs + wide.pairs;
    }
    assert!(pairs > 100_000, "{pairs} pairs");
}

/// What was compared.
#[derive(Debug, Default)]
struct Counts {
    zones: u64,
    /// Zones that cannot be served.
    refused: u64,
    pairs: u64,
    /// Answers by how many denials they have.
    proofs: [u64; 8],
    /// Pairs by what the answer is like, so that nobody believes in a comparison of empty answers.
    kinds: BTreeMap<String, u64>,
}

/// Zones that are signed have a way to deny.
fn compare(records: &[Rec], sizes: &[usize], below: &[String], signing: Option<&Denial>) -> Counts {
    let questions: Vec<(String, Name)> = std::iter::once(String::new())
        .chain(below.iter().cloned())
        .map(|path| (path.clone(), name(&path)))
        .collect();
    let owned: Vec<Record> = records.iter().map(record).collect();
    let mut counts = Counts::default();
    let (stride, mut number) = (stride(), 0);
    let mut out = BytesMut::new();
    for &size in sizes {
        subsets(records.len(), size, |chosen| {
            number += 1;
            if number % stride != 0 {
                return;
            }
            let zone: Vec<Rec> = chosen.iter().map(|&index| records[index].clone()).collect();
            let specification = Specification(&zone);
            // RFC 4592 section 4.2 does not say what NS records of a wildcard do in a signed zone.
            let undefined = |record: &Rec| record.rtype == Rtype::NS && record.owner.ends_with('*');
            if signing.is_some() && zone.iter().any(undefined) {
                return;
            }
            let mut builder = ZoneBuilder::new(name(""), Class::IN);
            apex()
                .iter()
                .chain(chosen.iter().map(|&index| &owned[index]))
                .for_each(|record| builder.add_record(record));
            let built = builder.build();
            assert_eq!(
                built.zone.is_some(),
                specification.is_served(),
                "{zone:?}: {:?}",
                built.findings
            );
            let Some(served) = built.zone else {
                counts.refused += 1;
                return;
            };
            counts.zones += 1;
            let dnssec_ok = signing.is_some() || counts.zones % 2 == 0;
            let served = signing.map_or_else(|| served.clone(), |denial| signing::signed(&served, denial));
            let zone: Vec<Rec> = zone.iter().cloned().chain(apex_records()).collect();
            let specification = Specification(&zone);
            for (path, name) in &questions {
                for rtype in TYPES {
                    let question = QuestionRef {
                        name: name.view(),
                        rtype,
                        class: Class::IN,
                    };
                    out.clear();
                    let mut writer = MessageWriter::new(&mut out, u16::MAX, 1, Flags::default());
                    let outcome = answer(&served, question, dnssec_ok, &mut writer);
                    assert_eq!(outcome.truncated, None);
                    writer.finish();
                    let response = Response {
                        rcode: outcome.rcode,
                        authoritative: outcome.authoritative,
                        sections: read(&out, signing.is_some()),
                    };
                    let (expected, claims) = specification.answer(path, rtype, signing.is_some());
                    if response != expected {
                        panic!("{zone:?}\nasked for {path:?} {rtype}: {response:#?}\nexpected {expected:#?}");
                    }
                    if signing.is_some() {
                        match signed::check(&out, &claims) {
                            Ok(denials) => counts.proofs[denials] += 1,
                            Err(error) => panic!("{zone:?}\nasked for {path:?} {rtype}: {error}"),
                        }
                    }
                    *counts.kinds.entry(kind(&response)).or_default() += 1;
                    counts.pairs += 1;
                }
            }
        });
    }
    let _ = writeln!(std::io::stderr(), "{counts:#?}");
    for kind in [
        "NOERROR aa 1 0 0",
        "NOERROR aa 0 1 0",
        "NXDOMAIN aa 0 1 0",
        "NOERROR 0 1 0",
        "NOERROR 0 1 1",
        "NOERROR aa 2 0 0",
        "NXDOMAIN aa 2 1 0",
    ] {
        assert!(
            stride > 1 || counts.kinds.contains_key(kind),
            "no answer is {kind}"
        );
    }
    counts
}

/// RCODE, AA and how many records each section has.
fn kind(response: &Response) -> String {
    let aa = if response.authoritative { " aa" } else { "" };
    let [answer, authority, additional] = &response.sections;
    format!(
        "{}{aa} {} {} {}",
        response.rcode,
        answer.len(),
        authority.len(),
        additional.len()
    )
}

/// What each zone has at its apex.
fn apex_records() -> [Rec; 2] {
    [Rtype::SOA, Rtype::NS].map(|rtype| Rec {
        owner: String::new(),
        rtype,
        target: if rtype == Rtype::NS {
            "!".to_owned()
        } else {
            String::new()
        },
    })
}

fn apex() -> [Record; 2] {
    apex_records().map(|rec| record(&rec))
}

/// The name of a path.
fn name(path: &str) -> Name {
    let (path, zone) = match path.strip_prefix('!') {
        Some(path) => (path, "out"),
        None => (path, "zone"),
    };
    let labels: String = path.chars().rev().map(|label| format!("{label}.")).collect();
    format!("{labels}{zone}.").parse().unwrap()
}

/// The path of a name.
pub(crate) fn path(name: NameRef<'_>) -> String {
    let labels: Vec<&[u8]> = name.labels().collect();
    let (&zone, labels) = labels.split_last().unwrap();
    let mark = if zone == b"zone" { None } else { Some('!') };
    let labels = labels.iter().rev().map(|label| {
        assert_eq!(label.len(), 1);
        char::from(label[0])
    });
    mark.into_iter().chain(labels).collect()
}

fn record(record: &Rec) -> Record {
    let target = name(&record.target);
    let target = target.view();
    let rdata = match record.rtype {
        Rtype::A => A {
            address: [192, 0, 2, 1].into(),
        }
        .to_rdata(),
        Rtype::DS => Rdata::from_wire(Rtype::DS, &[0, 1, 8, 2, 0]).unwrap(),
        Rtype::NS => Ns { server: target }.to_rdata(),
        Rtype::CNAME => Cname { target }.to_rdata(),
        Rtype::DNAME => Dname { target }.to_rdata(),
        Rtype::SOA => Soa {
            primary: target,
            mailbox: target,
            serial: 1,
            refresh: 2,
            retry: 3,
            expire: 4,
            minimum: 5,
        }
        .to_rdata(),
        rtype => panic!("{rtype}"),
    };
    Record {
        owner: name(&record.owner),
        class: Class::IN,
        ttl: 60,
        rdata,
    }
}

/// The records in the sections of a message, but for those that only signed zones have.
fn read(octets: &[u8], signed: bool) -> [Vec<Rec>; 3] {
    let message = Message::parse(octets).unwrap();
    Section::ALL.map(|section| {
        let made = |record: &RecordRef<'_>| matches!(record.rtype, Rtype::RRSIG | Rtype::NSEC | Rtype::NSEC3);
        let records = message.records(section);
        let mut records: Vec<Rec> = records
            .filter(|record| !signed || !made(record))
            .map(rec)
            .collect();
        records.sort();
        records
    })
}

fn rec(record: RecordRef<'_>) -> Rec {
    let ttl = if record.rtype == Rtype::SOA { 5 } else { 60 };
    assert_eq!((record.ttl, record.class), (ttl, Class::IN));
    let target = match record.rtype {
        Rtype::NS => path(record.rdata::<Ns<'_>>().unwrap().unwrap().server),
        Rtype::CNAME => path(record.rdata::<Cname<'_>>().unwrap().unwrap().target),
        Rtype::DNAME => path(record.rdata::<Dname<'_>>().unwrap().unwrap().target),
        _ => String::new(),
    };
    Rec {
        owner: path(record.owner),
        rtype: record.rtype,
        target,
    }
}
