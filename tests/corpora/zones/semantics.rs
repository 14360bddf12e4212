//! Knot's zones for whole-zone checks: each has one fault, or none.

use nameward_core::crypto::{Policy, RustCrypto};
use nameward_core::text::zone::ZoneReaderConfig;
use nameward_core::time::UnixTime;
use nameward_core::wire::Rtype;
use nameward_core::wire::rdata::Rrsig;
use nameward_core::zone::{Place, Zone, ZoneBuilder, verify_zone};

use super::reading::read;
use crate::folders::{corpora, own, table};

/// What was decided about a file of which Knot says something else, with a part of what we say.
struct Decision {
    file: String,
    found: String,
}

fn decisions() -> Vec<Decision> {
    let rows = table(&own("corpora/zones/semantics.tsv"));
    assert!(!rows.is_empty());
    rows.iter()
        .map(|row| {
            let [file, found, reason] = &row[..] else {
                panic!("not three columns: {row:?}");
            };
            assert!(reason.len() > 10, "a decision needs a reason: {row:?}");
            Decision {
                file: file.clone(),
                found: found.clone(),
            }
        })
        .collect()
}

/// A zone that Knot rejects has a finding or a fault, and one that it accepts has none, but where that was decided.
#[test]
fn zones_of_knot_have_the_faults_that_it_finds_or_those_that_were_decided() {
    let Some(corpora) = corpora() else { return };
    let zones = corpora.join("zones");
    let manifest = std::fs::read_to_string(zones.join("MANIFEST.tsv")).expect("a manifest");
    let decisions = decisions();
    let mut used = 0;
    let (mut wrong, mut accepted, mut rejected) = (Vec::new(), 0, 0);
    for row in &table(&manifest) {
        let [file, origin, _, source, note, _, _, knot, ..] = &row[..] else {
            panic!("too few columns: {row:?}");
        };
        if !file.starts_with("knot-semantic/") && !file.starts_with("knot-dnssec-validate/") {
            continue;
        }
        let accepts = match source.as_str() {
            "see-peers" => knot == "accept",
            source => source == "accept",
        };
        let found = findings(&zones.join(file), origin);
        if accepts {
            accepted += 1;
        } else {
            rejected += 1;
        }
        let decided = decisions.iter().find(|decision| decision.file == *file);
        match decided {
            None if found.is_empty() == accepts => {}
            None => wrong.push(format!("{file}: {source}, {note}: {found:#?}")),
            Some(_) if found.is_empty() == accepts => wrong.push(format!("{file}: decides nothing")),
            Some(decision) => {
                used += 1;
                let as_decided = match decision.found.as_str() {
                    "nothing" => found.is_empty(),
                    expected => found.iter().any(|found| found.contains(expected)),
                };
                if !as_decided {
                    wrong.push(format!("{file}: not as decided: {found:#?}"));
                }
            }
        }
    }
    assert_eq!((accepted, rejected), (18, 39));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(used, decisions.len(), "a decision is about no file");
}

/// What is wrong with a file, as a zone and as a signed one.
fn findings(path: &std::path::Path, origin: &str) -> Vec<String> {
    let mut builder = ZoneBuilder::new(origin.parse().expect("a name"), nameward_core::wire::Class::IN);
    let mut found = Vec::new();
    for outcome in read(path, origin, ZoneReaderConfig::default()) {
        let line = outcome.line;
        match outcome.came {
            Ok(record) => builder.add((&record).into(), Place { file: 0, line }),
            Err(fault) => found.push(format!("line {line}: {fault:?}")),
        }
    }
    let built = builder.build();
    let of_zone = built.findings.kept().iter();
    found.extend(of_zone.map(|finding| format!("line {}: {finding}", finding.place.line)));
    if let Some(zone) = built.zone {
        found.extend(faults(&zone));
    }
    found
}

/// What is wrong with the signatures and denials of a zone when its SOA record was signed; nothing, if it is not signed.
fn faults(zone: &Zone) -> Vec<String> {
    let apex = zone.node(zone.apex()).expect("an apex");
    let signatures = apex.rrset(Rtype::SOA).expect("an SOA record");
    let mut signatures = signatures
        .signatures()
        .map(|octets| nameward_core::wire::Rdata::opaque(Rtype::RRSIG, octets));
    let inception = signatures.find_map(|rdata| Some(rdata.view::<Rrsig<'_>>()?.inception));
    let Some(inception) = inception else {
        return Vec::new();
    };
    let wall = Some(UnixTime::from_secs(inception.into()));
    let faults = verify_zone(zone, &RustCrypto, Policy::default(), wall);
    faults.iter().map(ToString::to_string).collect()
}
