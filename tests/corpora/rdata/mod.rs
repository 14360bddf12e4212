//! RDATA of each type, from text to wire and back.

mod bind;
mod service;
mod unbound;

use std::path::PathBuf;

use nameward_core::text::scan::TextError;
use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::wire::{Name, Record};
use nameward_tests::peer;

/// The text of a file of the corpora; none, and a word about it, if they are not there.
fn file(path: &str) -> Option<String> {
    folder(path).map(|found| std::fs::read_to_string(found).unwrap())
}

/// Where a folder or a file of the corpora is; none, and a word about it, if they are not there.
fn folder(path: &str) -> Option<PathBuf> {
    let found = peer::corpus(path);
    if found.is_none() {
        peer::skip(&format!("{path} is not in NAMEWARD_CORPORA"));
    }
    found
}

/// The octets that hexadecimal digits stand for.
fn octets(digits: &str) -> Vec<u8> {
    let digits: Vec<_> = digits.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    assert!(digits.len().is_multiple_of(2));
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap())
        .collect()
}

/// The records that a text consists of. Relative names are below the root.
fn records(text: &str) -> Result<Vec<Record>, TextError> {
    let config = ZoneReaderConfig {
        first_ttl: Some(3600),
        ..ZoneReaderConfig::default()
    };
    read_records(text.as_bytes(), Name::root(), config)
}

/// The one record that a text is.
fn record(text: &str) -> Record {
    match records(text) {
        Ok(mut records) if records.len() == 1 => records.remove(0),
        other => panic!("{text}: {other:?}"),
    }
}
