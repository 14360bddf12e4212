//! Every zone file of the manifest: is it read without a fault?

use std::path::Path;

use nameward_core::text::zone::ZoneReaderConfig;

use super::decisions::decisions;
use super::reading::{Fault, read};
use crate::folders::{corpora, table};

/// The TTL that NSD and ldns give to records without one.
const FIRST_TTL: u32 = 3600;

/// Where the two peers that only read agree, they are followed; else what was decided.
#[test]
fn zone_files_are_read_as_the_peers_read_them_or_as_was_decided() {
    let Some(corpora) = corpora() else { return };
    let zones = corpora.join("zones");
    let manifest = std::fs::read_to_string(zones.join("MANIFEST.tsv")).expect("a manifest");
    let rows = table(&manifest);
    assert!(rows.len() > 250, "the manifest has {} files", rows.len());
    let decisions: Vec<_> = decisions()
        .into_iter()
        .filter(|decision| decision.line.is_none())
        .collect();
    let mut needed = vec![false; decisions.len()];
    let mut wrong = Vec::new();
    for row in &rows {
        let [file, origin, class, _, _, _, nsd, _, ldns, ..] = &row[..] else {
            panic!("too few columns: {row:?}");
        };
        let fault = first_fault(&zones.join(file), origin, class);
        let agreed = (nsd == ldns).then_some(nsd == "accept");
        let decided = decisions.iter().position(|decision| decision.is_about(file));
        if let Some(index) = decided {
            let exception = decisions[index + 1..]
                .iter()
                .any(|decision| decision.is_about(file));
            needed[index] |= exception || agreed != Some(decisions[index].accepted);
        }
        match (decided.map(|index| decisions[index].accepted).or(agreed), fault) {
            (Some(true), None) | (Some(false), Some(_)) => {}
            (Some(true), Some(fault)) => wrong.push(format!("{file}: {fault}")),
            (Some(false), None) => wrong.push(format!("{file}: read without a fault")),
            (None, fault) => wrong.push(format!(
                "{file}: NSD says {nsd}, ldns {ldns}, we say {fault:?}: decide"
            )),
        }
    }
    for (decision, needed) in decisions.iter().zip(needed) {
        // Those about other folders have tests of their own.
        if !needed && !decision.file.starts_with("domain-yaml/") {
            wrong.push(format!("{}: decides nothing", decision.file));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

/// What is wrong first in a file.
fn first_fault(path: &Path, origin: &str, class: &str) -> Option<String> {
    let config = ZoneReaderConfig {
        class: (class != "IN").then(|| class.parse().expect("a class")),
        first_ttl: Some(FIRST_TTL),
        ..ZoneReaderConfig::default()
    };
    let outcomes = read(path, origin, config);
    outcomes.iter().find_map(|outcome| match &outcome.came {
        Ok(_) => None,
        Err(Fault::Text(error)) => Some(error.to_string()),
        Err(Fault::Include) => Some(format!("line {}: no such file", outcome.line)),
    })
}
