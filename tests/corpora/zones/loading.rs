//! Every zone file of the manifest that is no test of DNSSEC: is it a zone that can be served?

use nameward_core::text::zone::ZoneReaderConfig;
use nameward_core::zone::{Built, Place, ZoneBuilder};

use super::reading::{Fault, read};
use crate::folders::{corpora, own, table};

/// What was decided about a file.
struct Decision {
    file: String,
    accepted: bool,
}

fn decisions() -> Vec<Decision> {
    let rows = table(&own("corpora/zones/loading.tsv"));
    assert!(!rows.is_empty());
    rows.iter()
        .map(|row| {
            let [file, verdict, reason] = &row[..] else {
                panic!("not three columns: {row:?}");
            };
            assert!(reason.len() > 10, "a decision needs a reason: {row:?}");
            assert!(matches!(verdict.as_str(), "accept" | "reject"), "{row:?}");
            Decision {
                file: file.clone(),
                accepted: verdict == "accept",
            }
        })
        .collect()
}

/// Where the two peers that check zones agree, they are followed; else what was decided.
#[test]
fn zones_are_served_that_the_peers_serve_or_as_was_decided() {
    let Some(corpora) = corpora() else { return };
    let zones = corpora.join("zones");
    let manifest = std::fs::read_to_string(zones.join("MANIFEST.tsv")).expect("a manifest");
    let decisions = decisions();
    let mut needed = vec![false; decisions.len()];
    let (mut wrong, mut served, mut refused) = (Vec::new(), 0, 0);
    for row in &table(&manifest) {
        let [file, origin, class, _, _, bind, _, knot, ..] = &row[..] else {
            panic!("too few columns: {row:?}");
        };
        // These want signatures and digests checked.
        if ["knot-semantic/", "knot-dnssec-validate/", "zonemd-"]
            .iter()
            .any(|folder| file.starts_with(folder))
        {
            continue;
        }
        let fault = first_error(&zones.join(file), origin, class);
        match &fault {
            Some(_) => refused += 1,
            None => served += 1,
        }
        let agreed = (bind == knot).then_some(bind == "accept");
        let decided = decisions.iter().position(|decision| decision.file == *file);
        if let Some(index) = decided {
            needed[index] = agreed != Some(decisions[index].accepted);
        }
        match (decided.map(|index| decisions[index].accepted).or(agreed), fault) {
            (Some(true), None) | (Some(false), Some(_)) => {}
            (Some(true), Some(fault)) => wrong.push(format!("{file}: {fault}")),
            (Some(false), None) => wrong.push(format!("{file}: served")),
            (None, fault) => wrong.push(format!(
                "{file}: BIND says {bind}, Knot {knot}, we say {fault:?}: decide"
            )),
        }
    }
    for (decision, needed) in decisions.iter().zip(needed) {
        if !needed {
            wrong.push(format!("{}: decides nothing", decision.file));
        }
    }
    assert!(served > 40 && refused > 80, "{served} served, {refused} refused");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong first in a file, or with the zone that it makes.
fn first_error(path: &std::path::Path, origin: &str, class: &str) -> Option<String> {
    let class = class.parse().expect("a class");
    let config = ZoneReaderConfig {
        class: Some(class),
        ..ZoneReaderConfig::default()
    };
    let mut builder = ZoneBuilder::new(origin.parse().expect("a name"), class);
    for outcome in read(path, origin, config) {
        let line = outcome.line;
        match outcome.came {
            Ok(record) => builder.add((&record).into(), Place { file: 0, line }),
            Err(Fault::Text(error)) => return Some(error.to_string()),
            Err(Fault::Include) => return Some(format!("line {line}: no such file")),
        }
    }
    let Built { zone, findings } = builder.build();
    if zone.is_some() {
        return None;
    }
    let error = findings
        .kept()
        .iter()
        .find(|finding| finding.kind.severity() == nameward_core::zone::Severity::Error);
    let error = error.expect("what is not served has an error");
    Some(format!("line {}: {error}", error.place.line))
}
