//! What the fuzzers of BIND begin with, and what its `named-rrchecker` says to it.

use super::{file, octets, records};
use nameward_core::text::scan::TextErrorKind;
use nameward_core::wire::Rdata;
use nameward_core::wire::rdata::Schema;

/// The verdicts are those of BIND, and what it prints is what we print.
#[test]
fn each_text_of_bind_has_its_verdict() {
    let Some(table) = file("messages/rdata/bind9-rdata_fromtext.tsv") else {
        return;
    };
    let mut count = 0;
    for line in table.lines().skip(1) {
        let [name, digits, verdict] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        count += 1;
        let text = String::from_utf8(octets(digits)).unwrap();
        let read = records(&format!(". {text}"));
        match (verdict.strip_prefix("accept: "), read) {
            (Some(printed), Ok(read)) if read.len() == 1 => {
                let (class, rtype, rdata) = (read[0].class, read[0].rtype(), read[0].rdata_text());
                assert_eq!(printed, format!("{class} {rtype} {rdata}"), "{name}");
            }
            (None, Err(_)) => {}
            // Decided otherwise: the mnemonic is BIND's own, for a private type.
            (Some(_), Err(error)) if name == "keydata" => {
                assert_eq!(error.kind(), TextErrorKind::Unrecognised);
            }
            (_, read) => panic!("{name}: {verdict}, but {read:?} of {text}"),
        }
    }
    assert!(count > 0);
}

/// Octets of any type: what is RDATA is the same after a way through text.
#[test]
fn octets_of_bind_survive_text() {
    let Some(table) = file("messages/rdata/bind9-rdata_fromwire_text.tsv") else {
        return;
    };
    let mut accepted = 0;
    for line in table.lines().skip(1) {
        let seed = octets(line.split('\t').nth(1).unwrap());
        // The first octet chooses the type in a way of its own: all types are tried.
        let rdata = seed.get(2..).unwrap_or_default();
        for rtype in Schema::all().map(|schema| schema.rtype) {
            let Ok(read) = Rdata::from_wire(rtype, rdata) else {
                continue;
            };
            accepted += 1;
            assert_eq!(Rdata::from_text(rtype, &read.to_string(), None), Ok(read));
        }
    }
    assert!(accepted > 300, "{accepted}");
}
