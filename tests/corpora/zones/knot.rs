//! The scanner tests of Knot DNS: the same records in the same order, and faults at the same entries.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use nameward_core::text::zone::ZoneReaderConfig;
use nameward_core::wire::Record;

use super::decisions::decisions;
use super::reading::{Outcome, read_text};
use crate::folders::corpora;

/// What Knot expects of an entry.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// This record.
    Record(String),
    /// A fault after which it goes on.
    Warning,
    /// A fault after which it stops.
    Error,
    /// It stops after a fault in an included file, which was one already.
    Stop,
}

#[test]
fn knots_scanner_tests_give_the_same_records_and_faults() {
    let Some(corpora) = corpora() else { return };
    let folder = corpora.join("zones/knot-zscanner");
    let tests = fs::read_to_string(folder.join("TESTS")).expect("a list of tests");
    assert!(tests.lines().count() >= 55);
    let decided: Vec<_> = decisions()
        .into_iter()
        .filter(|decision| decision.line.is_some() && decision.file.starts_with("knot-zscanner/"))
        .collect();
    let mut used = 0;
    let mut wrong = String::new();
    for test in tests.lines() {
        let of_this =
            |decision: &&super::decisions::Decision| decision.file == format!("knot-zscanner/{test}.in");
        let decided: Vec<_> = decided
            .iter()
            .filter(of_this)
            .map(|decision| (decision.line, decision.accepted))
            .collect();
        used += decided.len();
        if let Err(difference) = compare(&folder, test, &decided) {
            writeln!(wrong, "{test}: {difference}").expect("memory");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(
        used,
        decided.len(),
        "a decision is about a test that does not exist"
    );
}

/// Reads a test and compares entry by entry. A decision says what comes of an entry of which Knot expects the contrary.
fn compare(folder: &Path, test: &str, decided: &[(Option<u32>, bool)]) -> Result<(), String> {
    let text = fs::read(folder.join(format!("{test}.in"))).expect("a zone file");
    let config = ZoneReaderConfig {
        first_ttl: Some(0),
        ..ZoneReaderConfig::default()
    };
    let outcomes = read_text(&text, folder, ".", config);
    let expected =
        expectations(&fs::read_to_string(folder.join(format!("{test}.out"))).expect("what is expected"));
    let mut outcomes = outcomes.into_iter();
    let mut decided = decided.to_vec();
    for (index, expected) in expected.iter().enumerate() {
        if *expected == Expected::Stop {
            return unused(&decided);
        }
        let Some(Outcome { line, came }) = outcomes.next() else {
            // A directive that is in order gives nothing.
            return match (expected, &decided[..]) {
                (Expected::Error, [(_, true)]) => Ok(()),
                _ => Err(format!("the file ends before event {index}, {expected:?}")),
            };
        };
        let decision = decided.iter().position(|(decided, _)| *decided == Some(line));
        if let Some(decision) = decision {
            let (_, accepted) = decided.swap_remove(decision);
            if came.is_ok() != accepted || matches!(expected, Expected::Record(_)) == accepted {
                return Err(format!(
                    "line {line}: {came:?}\n  but the decision is another, against {expected:?}"
                ));
            }
            if *expected == Expected::Error {
                return unused(&decided);
            }
            continue;
        }
        match (expected, &came) {
            (Expected::Record(expected), Ok(record)) if *expected == shown(record) => {}
            (Expected::Warning, Err(_)) => {}
            (Expected::Error, Err(_)) => return unused(&decided),
            (expected, Ok(record)) => {
                return Err(format!(
                    "line {line}: {record}\n  {}\n  but expected {expected:?}",
                    shown(record)
                ));
            }
            (expected, Err(fault)) => {
                return Err(format!("line {line}: {fault:?}\n  but expected {expected:?}"));
            }
        }
    }
    match outcomes.next() {
        Some(outcome) => Err(format!("line {}: {:?} is too much", outcome.line, outcome.came)),
        None => unused(&decided),
    }
}

fn unused(decided: &[(Option<u32>, bool)]) -> Result<(), String> {
    match decided {
        [] => Ok(()),
        _ => Err(format!(
            "nothing happens at the lines that were decided: {decided:?}"
        )),
    }
}

fn expectations(text: &str) -> Vec<Expected> {
    let blocks = text
        .split("------")
        .map(str::trim)
        .filter(|block| !block.is_empty());
    blocks
        .map(|block| match block.split_once('=') {
            Some(("OWNER", _)) => Expected::Record(block.split_whitespace().collect::<Vec<_>>().join(" ")),
            Some(("WARNG", _)) => Expected::Warning,
            Some(("ERROR", "ZS_UNPROCESSED_INCLUDE")) => Expected::Stop,
            Some(("ERROR", _)) => Expected::Error,
            _ => panic!("neither a record nor a fault: {block}"),
        })
        .collect()
}

/// A record as Knot's tests show it.
fn shown(record: &Record) -> String {
    let hex = |octets: &[u8]| {
        octets
            .iter()
            .fold(String::new(), |text, octet| text + &format!("{octet:02X}"))
    };
    format!(
        "OWNER={} CLASS={:04X} RRTTL={:08X} RTYPE={:04X} RDATA={}",
        hex(record.owner.as_wire()),
        record.class.0,
        record.ttl,
        record.rtype().0,
        hex(record.rdata.octets())
    )
}
