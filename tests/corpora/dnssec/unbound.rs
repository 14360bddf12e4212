//! The tests of Unbound: signatures and digests of real zones of 2007 to 2017.

use nameward_core::crypto::{KeyError, KeyMaterial, PublicKey};
use nameward_core::dnssec::{RrsigError, matches_ds};
use nameward_core::wire::rdata::{Dnskey, Ds};
use nameward_core::wire::{Name, Rdata, Record, Rtype};
use nameward_tests::corpora::table;

use super::{folder, records, seconds, sets, text, verified};

/// What stands between ENTRY_BEGIN and ENTRY_END.
pub(super) struct Entry {
    pub(super) name: Name,
    pub(super) answer: Vec<Record>,
    pub(super) authority: Vec<Record>,
    additional: Vec<Record>,
}

/// The entries of a file.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let bodies = text.split("ENTRY_BEGIN").skip(1);
    bodies
        .map(|body| {
            let body = body.split("ENTRY_END").next().expect("something before the end");
            let section = |name: &str| {
                let after = body.split(&format!("SECTION {name}")).nth(1).unwrap_or_default();
                after.split("SECTION").next().unwrap_or_default()
            };
            // Owners that stand at the beginning of their lines, blanks or not.
            let records = |name: &str| {
                let lines: Vec<_> = section(name).lines().map(str::trim).collect();
                records(&format!("{}\n", lines.join("\n")))
            };
            let question = section("QUESTION").split_whitespace().next().expect("a question");
            Entry {
                name: question.parse().expect("a name"),
                answer: records("ANSWER"),
                authority: records("AUTHORITY"),
                additional: records("ADDITIONAL"),
            }
        })
        .collect()
}

/// How many sets came to which end.
#[derive(Debug, Default, PartialEq)]
struct Count {
    secure: u32,
    bogus: u32,
    /// Of algorithms that are not implemented.
    unknown: u32,
    /// With RSA keys that are too short today, or written in more octets than they need.
    unusable: u32,
}

/// Sets with a good signature are secure; those without, and those whose name says so, are not. What only keys could say that are not used
/// here has no verdict.
#[test]
fn signatures_of_unbound() {
    let Some(folder) = folder("unbound") else { return };
    let manifest = table(&text(&folder.join("../MANIFEST.tsv")));
    let mut total = Count::default();
    let mut files = 0;
    for row in manifest
        .iter()
        .filter(|row| row[0].starts_with("unbound/test_sig"))
    {
        let entries = entries(&text(&folder.join("..").join(&row[0])));
        let (first, rest) = entries.split_first().expect("keys");
        let keys: Vec<Rdata> = first
            .answer
            .iter()
            .filter(|record| record.rtype() == Rtype::DNSKEY)
            .map(|record| record.rdata.clone())
            .collect();
        let zone = &first.answer[0].owner;
        assert!(!keys.is_empty() && !rest.is_empty(), "{}", row[0]);
        let mut count = Count::default();
        for entry in rest {
            for section in [&entry.answer, &entry.authority, &entry.additional] {
                for (set, signatures) in sets(section) {
                    let starts = |name: &Name| {
                        name.labels()
                            .next()
                            .is_some_and(|label| label.starts_with(b"bogus"))
                    };
                    let is_bogus = signatures.is_empty() || starts(set.owner()) || starts(&entry.name);
                    let outcomes: Vec<_> = signatures
                        .iter()
                        .map(|signature| verified(&set, signature, zone, &keys, seconds(&row[1])))
                        .collect();
                    if is_bogus {
                        // Unbound wants a good signature of each algorithm, where RFC 6840 section 5.11 is content with one.
                        let bad = outcomes.is_empty() || outcomes.iter().any(Result::is_err);
                        assert!(bad, "{}: {set:?}: {outcomes:?}", row[0]);
                        count.bogus += 1;
                    } else if outcomes.iter().any(Result::is_ok) {
                        count.secure += 1;
                    } else {
                        match outcomes[0] {
                            Err(RrsigError::Key(KeyError::Algorithm(_))) => count.unknown += 1,
                            Err(RrsigError::Key(KeyError::RsaModulusBits { bits: 512 | 768 })) => {
                                count.unusable += 1
                            }
                            ref other => panic!("{}: {set:?}: {other:?}", row[0]),
                        }
                    }
                }
            }
        }
        println!("{}: {count:?}", row[0]);
        total.secure += count.secure;
        total.bogus += count.bogus;
        total.unknown += count.unknown;
        total.unusable += count.unusable;
        files += 1;
    }
    println!("all: {total:?}");
    assert_eq!(files, 12);
    assert!(total.secure > 50 && total.bogus > 10, "{total:?}");
}

#[test]
fn digests_of_unbound() {
    let Some(folder) = folder("unbound") else { return };
    let entries = entries(&text(&folder.join("test_ds.sha384")));
    let mut count = [0; 2];
    for entry in &entries {
        let of = |rtype| {
            entry
                .answer
                .iter()
                .find(|record| record.rtype() == rtype)
                .unwrap()
        };
        let (ds, dnskey) = (of(Rtype::DS), of(Rtype::DNSKEY));
        let ds: Ds<'_> = ds.rdata.view().unwrap();
        let matches = matches_ds(&dnskey.owner, &dnskey.rdata, &ds);
        let expected = entry.name.labels().next() == Some(b"yes");
        assert_eq!(matches, expected, "{dnskey}");
        count[usize::from(matches)] += 1;
    }
    assert!(count[0] > 0 && count[1] > 0, "{count:?}");
}

/// Zones of BIND's tests: how long the moduli of their keys are.
#[test]
fn rsa_keys_of_bind_have_the_lengths_of_their_files() {
    let Some(folder) = folder("bind9") else { return };
    for (file, lengths) in [
        ("min-1024.db", &[1024, 2048, 4096][..]),
        ("2048.db", &[2048]),
        ("min-2048.db", &[2048, 4096]),
    ] {
        let records = records(&text(&folder.join(file)));
        let keys = records
            .iter()
            .filter_map(|record| record.rdata.view::<Dnskey<'_>>());
        let bits: Vec<_> = keys
            .map(|dnskey| {
                match PublicKey::parse(dnskey.algorithm, dnskey.public_key)
                    .unwrap()
                    .material()
                {
                    KeyMaterial::Rsa(key) => key.modulus().len() * 8,
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        assert_eq!(bits, lengths, "{file}");
    }
}
