//! The zone files of the crate `domain` with the records that come of them, in a narrow form of YAML.

use std::fs;
use std::path::Path;

use nameward_core::text::zone::ZoneReaderConfig;
use nameward_core::wire::Record;

use super::decisions::decisions;
use super::reading::read_text;
use crate::folders::corpora;

#[test]
fn the_zone_files_of_domain_give_its_records() {
    let Some(corpora) = corpora() else { return };
    let folder = corpora.join("zones/domain-yaml");
    let refused: Vec<_> = decisions()
        .into_iter()
        .filter(|decision| decision.line.is_none() && !decision.accepted)
        .collect();
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("a folder")
        .map(|file| file.expect("a file").file_name())
        .collect();
    files.sort();
    assert_eq!(files.len(), 10);
    for file in files {
        let file = file.to_string_lossy().into_owned();
        let text = fs::read_to_string(folder.join(&file)).expect("a test");
        let refused = refused
            .iter()
            .any(|decision| decision.file == format!("domain-yaml/{file}"));
        compare(&file, &text, refused);
    }
}

fn compare(file: &str, text: &str, refused: bool) {
    let (origin, rest) = text.split_once('\n').expect("an origin");
    let origin = origin.strip_prefix("origin: ").expect("an origin");
    let (zone, result) = rest.split_once("\nresult:").expect("a result");
    let zone: Vec<&str> = zone
        .lines()
        .skip(1)
        .map(|line| line.get(2..).unwrap_or_default())
        .collect();
    let outcomes = read_text(
        zone.join("\n").as_bytes(),
        Path::new("."),
        origin,
        ZoneReaderConfig::default(),
    );
    if refused {
        assert!(
            outcomes.iter().any(|outcome| outcome.came.is_err()),
            "{file}: nothing is refused"
        );
        return;
    }
    let records: Vec<String> = outcomes
        .iter()
        .map(|outcome| shown(outcome.came.as_ref().expect(file)))
        .collect();
    let expected: Vec<String> = result.split("\n  - owner: ").skip(1).map(expectation).collect();
    assert!(!expected.is_empty(), "{file}: no records");
    assert_eq!(records, expected, "{file}");
}

/// Owner, class, TTL, type and the fields of the RDATA as the test lists them.
fn expectation(block: &str) -> String {
    let lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut unknown = false;
    let words = lines.filter_map(|line| {
        let value = line.split_once(": ").map_or(line, |(_, value)| value);
        match (line.strip_prefix("- "), value.strip_prefix('!')) {
            (Some(string), _) => Some(string.to_owned()),
            (None, Some("Unknown")) => {
                unknown = true;
                None
            }
            (None, Some(rtype)) => Some(rtype.to_uppercase()),
            (None, None) if unknown && line.starts_with("rtype") => Some(value.to_uppercase()),
            (None, None) if unknown && line.starts_with("data") => Some(from_hex(value)),
            (None, None) => Some(value.to_owned()),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The character strings in the octets, for the only type that is written in hexadecimal there.
fn from_hex(hex: &str) -> String {
    let octets: Vec<u8> = (2..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal"))
        .collect();
    String::from_utf8(octets).expect("text")
}

/// A record in the same form.
fn shown(record: &Record) -> String {
    let rdata = match record.rtype() {
        nameward_core::wire::Rtype::TXT => {
            let view = record
                .rdata
                .view::<nameward_core::wire::Txt<'_>>()
                .expect("strings");
            let strings = view
                .strings
                .iter()
                .map(|string| String::from_utf8_lossy(string).into_owned());
            strings.collect::<Vec<_>>().join(" ")
        }
        _ => record.rdata.to_string(),
    };
    format!(
        "{} {} {} {} {rdata}",
        record.owner,
        record.class,
        record.ttl,
        record.rtype()
    )
}
