//! Bugs of a server that show in what it proves.

use bytes::BytesMut;
use nameward_core::planted::Bug;
use nameward_core::server::answer::answer;
use nameward_core::wire::{Class, Flags, Message, MessageWriter, Name, QuestionRef, Rtype, Section};
use nameward_core::zone::Zone;

use crate::hunt::hunt_directly;

/// The sections of RFC 4035 that the bugs break.
const CATALOGUE: [(Bug, &str); 2] = [
    (Bug::WildcardUnproved, "RFC 4035 section 3.1.3.3:"),
    (Bug::ProofOptional, "RFC 4035 section 3.1.3:"),
];

/// Finds every bug by what it does, and nothing without one.
pub(crate) fn hunt() {
    hunt_directly(&CATALOGUE, violation);
}

fn violation() -> Option<String> {
    let zone = zone();
    let (expanded, _) = said(&zone, "x.wild.example.", u16::MAX);
    if expanded != 1 {
        return Some("RFC 4035 section 3.1.3.3: nothing proves that the wildcard stands for the name".into());
    }
    let (all, _) = said(&zone, "missing.example.", u16::MAX);
    let without_tc = (100..400).find(|&limit| {
        let (proofs, truncated) = said(&zone, "missing.example.", limit);
        proofs < all && !truncated
    });
    without_tc.map(|limit| {
        format!("RFC 4035 section 3.1.3: {limit} octets have no room for the proof, and TC is not set")
    })
}

/// How many NSEC records are in a response that may have so many octets, and whether it is truncated.
fn said(zone: &Zone, name: &str, limit: u16) -> (usize, bool) {
    let name: Name = name.parse().expect("it is a name");
    let question = QuestionRef {
        name: name.view(),
        rtype: Rtype::A,
        class: Class::IN,
    };
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, limit, 1, Flags::default());
    let outcome = answer(zone, question, true, &mut writer);
    writer.finish();
    let message = Message::parse(&out).expect("we wrote it");
    let authority = message.records(Section::Authority);
    let proofs = authority.filter(|record| record.rtype == Rtype::NSEC);
    (proofs.count(), outcome.truncated.is_some())
}

fn zone() -> Zone {
    let mut text = String::from("$TTL 60\n");
    for (name, data, next, labels) in [
        ("@", "SOA ns h 1 2 3 4 5\n@ NS ns", "ns", 1),
        ("ns", "A 192.0.2.53", "*.wild", 2),
        ("*.wild", "A 192.0.2.1", "@", 2),
    ] {
        text += &format!("{name} {data}\n{name} NSEC {next} A NSEC RRSIG\n");
        for rtype in ["SOA", "A", "NSEC"] {
            if rtype == "NSEC" || data.starts_with(rtype) {
                text +=
                    &format!("{name} RRSIG {rtype} 13 {labels} 60 20300101000000 20200101000000 1 @ AAAA\n");
            }
        }
    }
    nameward_tests::zones::zone("example.", &text)
}
