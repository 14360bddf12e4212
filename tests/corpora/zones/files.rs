//! Every zone file of the manifest: is it read without a fault?

use std::collections::BTreeSet;
use std::path::Path;

use nameward_core::text::zone::{ZonePrinter, ZoneReaderConfig, ZoneStyle};
use nameward_core::wire::Record;

use super::decisions::decisions;
use super::reading::{Fault, read, read_text};
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

/// All records that the files have, whatever else is wrong with them, survive being printed.
#[test]
fn records_of_zone_files_survive_being_printed() {
    let Some(corpora) = corpora() else { return };
    let zones = corpora.join("zones");
    let manifest = std::fs::read_to_string(zones.join("MANIFEST.tsv")).expect("a manifest");
    let mut count = 0;
    for row in &table(&manifest) {
        let records = records(&zones.join(&row[0]), &row[1]);
        let Some(class) = records.first().map(|record| record.class) else {
            continue;
        };
        let style = ZoneStyle {
            origin: Some(row[1].parse().expect("a name")),
            owner_width: 24,
            omit_repeated_owners: true,
        };
        let mut printer = ZonePrinter::new(String::new(), style).expect("memory");
        for record in &records {
            printer.write(record).expect("memory");
        }
        let config = ZoneReaderConfig {
            class: Some(class),
            ..ZoneReaderConfig::default()
        };
        let text = printer.into_inner();
        let back = read_text(text.as_bytes(), &zones, ".", config);
        assert_eq!(back.len(), records.len(), "{}", row[0]);
        for (back, record) in back.iter().zip(&records) {
            assert_eq!(
                back.came.as_ref().expect("a record"),
                record,
                "{} line {}",
                row[0],
                back.line
            );
        }
        count += records.len();
    }
    assert!(count > 10_000, "only {count} records");
}

/// Files that say the same in other words have the same records.
#[test]
fn prints_of_a_zone_have_the_records_of_the_zone() {
    let Some(corpora) = corpora() else { return };
    let zones = corpora.join("zones");
    for (origin, files) in [
        (
            "example",
            &[
                "dnspython/example",
                "dnspython/example1.good",
                "dnspython/example2.good",
                "dnspython/example3.good",
                "dnspython/example4.good",
            ][..],
        ),
        (
            ".",
            &["ldns/08-zonereader.inputzone", "ldns/08-zonereader.outputzone"],
        ),
    ] {
        let sets: Vec<_> = files
            .iter()
            .map(|file| sorted(records(&zones.join(file), origin)))
            .collect();
        assert!(sets[0].len() > 10, "{}: {} records", files[0], sets[0].len());
        for (file, set) in files.iter().zip(&sets) {
            let differing: Vec<&String> = set.symmetric_difference(&sets[0]).collect();
            assert!(differing.is_empty(), "{file}:\n{differing:#?}");
        }
    }
}

/// NSD prints the zones that it tests itself with. Both files of a pair have the same records, and faults where that was decided.
#[test]
fn zones_of_nsd_have_the_records_that_it_prints() {
    let Some(corpora) = corpora() else { return };
    let decisions = decisions();
    for (zone, print, origin) in [
        ("nsd/rr-test.zone", "nsd/rr-test.cmp_zone", "example.com"),
        (
            "nsd/svcb.success-cases.zone",
            "nsd/svcb.success-cases.zone.cmp",
            "success-cases",
        ),
    ] {
        let [zone, print] = [zone, print].map(|file| {
            let path = corpora.join("zones").join(file);
            let outcomes = read(&path, origin, ZoneReaderConfig::default());
            let faults: Vec<_> = outcomes.iter().filter(|outcome| outcome.came.is_err()).collect();
            let decided = decisions.iter().filter(|decision| decision.file == file);
            let decided: Vec<_> = decided.filter_map(|decision| decision.line).collect();
            let lines: Vec<_> = faults.iter().map(|outcome| outcome.line).collect();
            assert_eq!(lines, decided, "{file}: {faults:?}");
            sorted(records(&path, origin))
        });
        assert!(zone.len() > 5, "{} records", zone.len());
        let differing: Vec<&String> = zone.symmetric_difference(&print).collect();
        assert!(differing.is_empty(), "{differing:#?}");
    }
}

/// The records of a file without those that are wrong.
fn records(path: &Path, origin: &str) -> Vec<Record> {
    let config = ZoneReaderConfig {
        first_ttl: Some(FIRST_TTL),
        ..ZoneReaderConfig::default()
    };
    read(path, origin, config)
        .into_iter()
        .filter_map(|outcome| outcome.came.ok())
        .collect()
}

/// The records in canonical form, each once, in some order.
fn sorted(records: Vec<Record>) -> BTreeSet<String> {
    let canonical = |record: Record| Record {
        owner: record.owner.to_canonical(),
        rdata: record.rdata.to_canonical(),
        ..record
    };
    records
        .into_iter()
        .map(|record| canonical(record).to_string())
        .collect()
}
