//! The regression tests of PowerDNS for zones without signatures.

use std::fs;

use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use nameward_core::wire::{Name, Record};
use nameward_core::zone::Zones;

use super::{ask, zone};
use crate::folders::{corpora, own, table};

/// Each answer is the same record for record, or it was decided that it differs.
#[test]
fn unsigned_zones_of_powerdns_are_answered_alike_or_as_was_decided() {
    let Some(corpora) = corpora() else { return };
    let folder = corpora.join("zones/pdns-auth");
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
        zone
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
    let decided = table(&own("corpora/authority/pdns.tsv"));
    let mut needed = vec![false; decided.len()];
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for case in &table(&fs::read_to_string(folder.join("CASES.tsv")).unwrap()) {
        let [test, step, qname, qtype, _, variants, skip, ..] = &case[..] else {
            panic!("too few columns: {case:?}");
        };
        if !variants.split(' ').any(|variant| variant == "plain") || skip.contains("nodnssec") {
            continue;
        }
        compared += 1;
        let expected =
            fs::read_to_string(folder.join("expected").join(test).join("expected_result")).unwrap();
        let qname: Name = qname.parse().unwrap();
        let (outcome, sections) = ask(&zones, &qname, qtype.to_uppercase().parse().unwrap());
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
        let index = decided.iter().position(|row| row[0] == *test && row[1] == *step);
        if let Some(index) = index {
            assert!(decided[index][2].len() > 20, "a decision needs a reason");
            needed[index] = got != want;
        } else if got != want {
            wrong.push(format!("{test} {step}\n  want {want:#?}\n  got {got:#?}"));
        }
    }
    for (row, needed) in decided.iter().zip(needed) {
        if !needed {
            wrong.push(format!("{row:?}: decides nothing"));
        }
    }
    assert!(compared > 50, "only {compared} cases");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
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
            // What is no record stays text.
            reply.push(record(&text).map_or(text, |record| line(number.parse().unwrap(), &record)));
        }
    }
    replies
}

/// The record that a line of a zone file is.
fn record(text: &str) -> Option<Record> {
    let mut reader = ZoneReader::new(Name::root(), ZoneReaderConfig::default());
    reader.push(text.as_bytes());
    reader.finish();
    match reader.advance() {
        Ok(ZoneEvent::Record(record)) => Some(record.to_record()),
        Ok(_) | Err(_) => None,
    }
}

fn line(section: u8, record: &Record) -> String {
    format!("{section} {}", record.to_canonical(record.ttl))
}
