//! The test corpora of other projects and of RFCs about keys, signatures, digests and denials, over each backend.
//!
//! `NAMEWARD_CORPORA` says where they are. Without it these tests are skipped, but for the vectors that a crate brings.

#![allow(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod backends;
mod denials;
mod keys;
mod rfc;
mod unbound;
mod wycheproof;

use std::fs;
use std::path::PathBuf;

use nameward_core::budget::Budget;
use nameward_core::dnssec::{RrsigError, Verified, ZoneKey, verify_rrset};
use nameward_core::limits::Limits;
use nameward_core::rrset::Rrset;
use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::time::{Instant, UnixTime};
use nameward_core::wire::rdata::Rrsig;
use nameward_core::wire::{Name, Rdata, Record, Rtype};

use nameward_tests::corpora::corpora;

use backends::agreed;

/// A folder of the corpora; none if there are no corpora.
fn folder(name: &str) -> Option<PathBuf> {
    Some(corpora()?.join("dnssec").join(name))
}

fn text(path: &std::path::Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All records of a text in zone-file format, which has no faults.
fn records(text: &str) -> Vec<Record> {
    let config = ZoneReaderConfig {
        first_ttl: Some(3600),
        ..ZoneReaderConfig::default()
    };
    read_records(text.as_bytes(), Name::root(), config).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The sets of these records, each with the RDATA of its signatures.
fn sets(records: &[Record]) -> Vec<(Rrset, Vec<Rdata>)> {
    let mut sets: Vec<(Vec<Record>, Vec<Rdata>)> = Vec::new();
    let kind = |record: &Record| match record.rdata.view::<Rrsig<'_>>() {
        Some(rrsig) => (record.owner.clone(), rrsig.type_covered),
        None => (record.owner.clone(), record.rtype()),
    };
    for record in records.iter().filter(|record| record.rtype() != Rtype::RRSIG) {
        match sets.iter_mut().find(|(set, _)| kind(&set[0]) == kind(record)) {
            Some((set, _)) => set.push(record.clone()),
            None => sets.push((vec![record.clone()], Vec::new())),
        }
    }
    for signature in records.iter().filter(|record| record.rtype() == Rtype::RRSIG) {
        let set = sets.iter_mut().find(|(set, _)| kind(&set[0]) == kind(signature));
        let (_, signatures) = set.unwrap_or_else(|| panic!("{signature} covers nothing"));
        signatures.push(signature.rdata.clone());
    }
    sets.into_iter()
        .map(|(records, signatures)| {
            let set = Rrset::from_records(&records, nameward_core::rrset::TtlRule::Lowest);
            (set.expect("records of one set"), signatures)
        })
        .collect()
}

/// What becomes of one signature of a set with the keys of `zone`: what the key that it names makes of it.
fn verified(
    set: &Rrset,
    signature: &Rdata,
    zone: &Name,
    keys: &[Rdata],
    time: u64,
) -> Result<Verified, RrsigError> {
    let rrsig: Rrsig<'_> = signature.view().expect("an RRSIG record");
    let outcomes = keys.iter().map(|key| {
        let key = ZoneKey::new(zone, key).expect("a DNSKEY record");
        let wall = Some(UnixTime::from_secs(time));
        agreed(|backend| {
            let mut budget = Budget::new(&Limits::default(), Instant::ZERO);
            verify_rrset(backend.verifier, &mut budget, wall, set, &rrsig, &key)
        })
    });
    let mut last = Err(RrsigError::OtherKey);
    for outcome in outcomes {
        if outcome.is_ok() || outcome != Err(RrsigError::OtherKey) {
            last = outcome;
        }
        if last.is_ok() {
            break;
        }
    }
    last
}

/// The seconds since 1970 of a moment of 14 digits.
fn seconds(moment: &str) -> u64 {
    let text = format!("A 8 0 0 {moment} {moment} 0 . AAAA");
    let rdata =
        Rdata::from_text(Rtype::RRSIG, &text, None).unwrap_or_else(|error| panic!("{moment}: {error}"));
    rdata
        .view::<Rrsig<'_>>()
        .expect("an RRSIG record")
        .inception
        .into()
}
