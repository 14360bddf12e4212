//! The regression tests of PowerDNS, for zones without signatures and for the same zones signed.

use std::fs;
use std::path::Path;

use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::wire::{Name, Record, Rtype};
use nameward_core::zone::{Denial, Zones};
use nameward_tests::signing;

use super::{ask_for, zone};
use crate::folders::{corpora, own, table};

/// Zones that nobody signs.
const UNSIGNED: [&str; 2] = ["insecure.dnssec-parent.com", "delegated.dnssec-parent.com"];

/// What PowerDNS expects of a zone that denies in one way.
struct Variant {
    name: &'static str,
    /// Names of the files with expected replies: the first that is there counts.
    expected: &'static [&'static str],
    denial: Option<Denial>,
}

/// Each answer is the same record for record, or it was decided that it differs.
#[test]
fn zones_of_powerdns_are_answered_alike_or_as_was_decided() {
    let Some(corpora) = corpora() else { return };
    let nsec3 = |opt_out| {
        Some(Denial::Nsec3 {
            iterations: 1,
            salt: vec![0xAB, 0xCD],
            opt_out,
        })
    };
    // Answers that deny narrowly are made for the name that was asked: that is work to come.
    let variants = [
        Variant {
            name: "plain",
            expected: &["expected_result"],
            denial: None,
        },
        Variant {
            name: "dnssec",
            expected: &["expected_result.dnssec", "expected_result"],
            denial: Some(Denial::Nsec),
        },
        Variant {
            name: "nsec3",
            expected: &[
                "expected_result.nsec3",
                "expected_result.dnssec",
                "expected_result",
            ],
            denial: nsec3(false),
        },
        Variant {
            name: "nsec3-optout",
            expected: &[
                "expected_result.nsec3-optout",
                "expected_result.nsec3",
                "expected_result.dnssec",
                "expected_result",
            ],
            denial: nsec3(true),
        },
    ];
    let decided = table(&own("corpora/authority/pdns.tsv"));
    let mut needed = vec![false; decided.len()];
    let mut wrong = Vec::new();
    for variant in &variants {
        compare(
            &corpora.join("zones/pdns-auth"),
            variant,
            &decided,
            &mut needed,
            &mut wrong,
        );
    }
    for (row, needed) in decided.iter().zip(needed) {
        if !needed {
            wrong.push(format!("{row:?}: decides nothing"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The zones, signed as the variant says.
fn zones(folder: &Path, variant: &Variant) -> Zones {
    let mut files: Vec<_> = fs::read_dir(folder.join("zones"))
        .unwrap()
        .map(|file| file.unwrap())
        // What begins with a dot is no zone.
        .filter(|file| !file.file_name().to_string_lossy().starts_with('.'))
        .collect();
    files.sort_by_key(fs::DirEntry::file_name);
    let mut left_out = Vec::new();
    let zones = Zones::new(files.iter().filter_map(|file| {
        let apex = file.file_name().into_string().unwrap();
        let mut text = fs::read_to_string(file.path()).unwrap();
        // A CNAME with other data beside it, which no RFC says how to serve (RFC 2181 section 10.1).
        let alias = text
            .lines()
            .find(|line| line.starts_with("*.mixed-wc") && line.contains("CNAME"));
        if let Some(alias) = alias.map(str::to_owned) {
            text = text.replace(&alias, "");
        }
        let (zone, wrong) = zone(&format!("{apex}."), text.as_bytes());
        if zone.is_none() || wrong > 0 {
            left_out.push(format!("{apex} {wrong} {}", zone.is_some()));
        }
        match &variant.denial {
            Some(denial) if !UNSIGNED.contains(&apex.as_str()) => Some(signing::signed(&zone?, denial)),
            _ => zone,
        }
    }));
    // Their entries have strings of more than 255 octets, which PowerDNS splits, or keys of SVCB that break rules. Three files are no zones
    // by themselves, and one has a name server without address; nothing is asked of these.
    assert_eq!(
        left_out,
        [
            "addzone.com 1 true",
            "example.com 3 true",
            "sub.test.dyndns.orig 0 false",
            "test.com 1 true",
            "test.dyndns.orig 1 false",
            "unit.test 1 false",
            "unit2.test 0 false",
        ]
    );
    zones
}

fn compare(
    folder: &Path,
    variant: &Variant,
    decided: &[Vec<String>],
    needed: &mut [bool],
    wrong: &mut Vec<String>,
) {
    let zones = zones(folder, variant);
    let mut compared = 0;
    for case in &table(&fs::read_to_string(folder.join("CASES.tsv")).unwrap()) {
        let [test, step, qname, qtype, flags, variants, skip, ..] = &case[..] else {
            panic!("too few columns: {case:?}");
        };
        let dnssec_ok = variant.denial.is_some();
        let skipped = if dnssec_ok {
            // Keys are not those of PowerDNS.
            !flags.split(' ').any(|flag| flag == "dnssec")
                || qtype == "DNSKEY"
                || skip
                    .split(',')
                    .any(|setup| setup.strip_prefix("skip.") == Some(variant.name))
        } else {
            !variants.split(' ').any(|variant| variant == "plain") || skip.contains("nodnssec")
        };
        if skipped {
            continue;
        }
        compared += 1;
        let texts = variant
            .expected
            .iter()
            .map(|name| folder.join("expected").join(test).join(name));
        let expected = texts
            .into_iter()
            .find_map(|path| fs::read_to_string(path).ok())
            .unwrap();
        let qname: Name = qname.parse().unwrap();
        let (outcome, sections) = ask_for(&zones, &qname, qtype.to_uppercase().parse().unwrap(), dnssec_ok);
        let aa = if outcome.authoritative { "AA: 1" } else { "AA: 0" };
        let mut got = vec![format!("Rcode: {} {aa}", outcome.rcode.0)];
        for (number, section) in (0..).zip(&sections) {
            got.extend(section.iter().map(|record| line(number, record)));
        }
        let replies = replies(&expected);
        let mut want = replies
            .get(step.parse::<usize>().unwrap() - 1)
            .unwrap_or_else(|| panic!("{test} {step}: no such reply"))
            .clone();
        got.sort();
        want.sort();
        let is_about = |row: &Vec<String>| {
            let about = row[2] == "*" || row[2].split(' ').any(|name| name == variant.name);
            row[0] == *test && row[1] == *step && about
        };
        let index = decided.iter().position(is_about);
        if let Some(index) = index {
            assert!(decided[index][3].len() > 20, "a decision needs a reason");
            needed[index] |= got != want;
        } else if got != want {
            wrong.push(format!(
                "{} {test} {step}\n  want {want:#?}\n  got {got:#?}",
                variant.name
            ));
        }
    }
    let least = if variant.denial.is_some() { 25 } else { 50 };
    assert!(compared > least, "{}: only {compared} cases", variant.name);
}

/// RCODE, AA and the records of each reply in a file.
fn replies(text: &str) -> Vec<Vec<String>> {
    let mut replies = Vec::new();
    let mut reply = Vec::new();
    for row in text.lines() {
        if let Some(rest) = row.strip_prefix("Rcode: ") {
            let rcode = rest.split(' ').next().unwrap();
            let aa = rest.split(", ").find(|field| field.starts_with("AA")).unwrap();
            reply.push(format!("Rcode: {rcode} {aa}"));
            replies.push(std::mem::take(&mut reply));
        } else if let [number, owner, ttl, class, rtype, rdata] = row.splitn(6, '\t').collect::<Vec<_>>()[..]
            && rtype != "OPT"
        {
            let text = format!("{owner} {ttl} {class} {rtype} {rdata}\n");
            // What is no record, or is masked, stays text.
            reply.push(match (rtype, record(&text)) {
                ("RRSIG", _) => {
                    let owner = owner.to_ascii_lowercase();
                    format!("{number} {owner}\t{ttl}\t{class}\t{rtype}\t{rdata}")
                }
                ("NSEC3", _) => {
                    let fields: Vec<&str> = rdata.split(' ').collect();
                    let rdata = [&["1", "[flags]"][..], &fields[2..]].concat().join(" ");
                    format!("{number} {owner}\t{ttl}\t{class}\t{rtype}\t{rdata}").to_ascii_lowercase()
                }
                (_, Some(record)) => line(number.parse().unwrap(), &record),
                (_, None) => text,
            });
        }
    }
    replies
}

/// The record that a line of a zone file is.
fn record(text: &str) -> Option<Record> {
    let records = read_records(text.as_bytes(), Name::root(), ZoneReaderConfig::default()).ok()?;
    records.into_iter().next()
}

/// A record, without what depends on keys, times, and tastes.
fn line(section: u8, record: &Record) -> String {
    let record = record.to_canonical(record.ttl);
    let text = format!("{section} {record}");
    let (before, rdata) = text.rsplit_once('\t').unwrap();
    let fields: Vec<&str> = rdata.split(' ').collect();
    match record.rtype() {
        Rtype::RRSIG => {
            let [signed, signer] = [fields[..4].join(" "), fields[7].to_owned()];
            format!("{before}\t{signed} [expiry] [inception] [keytag] {signer} ...")
        }
        Rtype::NSEC3 => {
            let rdata = [&["1", "[flags]"][..], &fields[2..]].concat().join(" ");
            format!("{before}\t{rdata}").to_ascii_lowercase()
        }
        _ => text,
    }
}
