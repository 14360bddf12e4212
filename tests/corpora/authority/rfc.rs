//! The examples of RFC 4035, RFC 4592 and RFC 6672.

use std::collections::BTreeSet;
use std::fs;

use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::wire::{Name, Rcode, Record, Rtype};
use nameward_core::zone::Zones;
use serde_json::Value;

use super::{ask, ask_for, zone};
use crate::folders::{corpora, table};

#[test]
fn rfc4592_2_2_1_wildcards_synthesise_what_the_examples_say() {
    let Some(corpora) = corpora() else { return };
    let folder = corpora.join("dnssec/rfc");
    let text = fs::read(folder.join("rfc4592-wildcards.zone")).unwrap();
    let zones = Zones::new(zone("example.", &text).0);
    let cases = table(&fs::read_to_string(folder.join("rfc4592-cases.tsv")).unwrap());
    assert_eq!(cases.len(), 11);
    for case in &cases {
        let [qname, qtype, rcode, expected] = &case[..] else {
            panic!("{case:?}")
        };
        let (outcome, [answer, authority, _]) = ask(&zones, &qname.parse().unwrap(), qtype.parse().unwrap());
        assert_eq!(outcome.rcode.to_string(), *rcode, "{case:?}");
        let answer: Vec<String> = answer.iter().map(short).collect();
        let authority: Vec<Rtype> = authority.iter().map(|record| record.rtype()).collect();
        let referral = expected.contains("referral");
        assert_eq!(outcome.authoritative, !referral, "{case:?}");
        if let Some(record) = expected.strip_prefix("synthesised: ") {
            assert_eq!(answer, [record], "{case:?}");
        } else if expected.contains("RRset itself") {
            assert_eq!(answer, ["*.example. TXT \"this is a wildcard\""], "{case:?}");
        } else {
            assert!(answer.is_empty(), "{case:?}: {answer:?}");
            let expected: &[Rtype] = if referral {
                &[Rtype::NS, Rtype::NS]
            } else {
                &[Rtype::SOA]
            };
            assert_eq!(authority, expected, "{case:?}");
        }
    }
}

/// Owner, type and RDATA.
fn short(record: &Record) -> String {
    format!("{} {} {}", record.owner, record.rtype(), record.rdata)
}

#[test]
fn rfc6672_2_2_dname_substitutes_as_the_table_says() {
    let Some(corpora) = corpora() else { return };
    let text = fs::read_to_string(corpora.join("dnssec/rfc/rfc6672-dname-table.tsv")).unwrap();
    let cases = table(&text);
    assert_eq!(cases.len(), 12);
    for case in &cases {
        let [qname, owner, target, result] = &case[..] else {
            panic!("{case:?}")
        };
        let text = format!(". SOA . . 1 2 3 4 5\n. NS ns.\nns. A 192.0.2.1\n{owner} DNAME {target}\n");
        let zones = Zones::new(zone(".", text.as_bytes()).0);
        let qname: Name = qname.parse().unwrap();
        let (outcome, [answer, ..]) = ask(&zones, &qname, Rtype::DNAME);
        let synthesised = answer
            .iter()
            .find(|record| record.rtype() == Rtype::CNAME && record.owner == qname);
        match result
            .split_once(' ')
            .map_or(result.as_str(), |(result, _)| result)
        {
            "-" => assert!(synthesised.is_none(), "{case:?}: {answer:?}"),
            result => {
                assert!(
                    matches!(outcome.rcode, Rcode::NOERROR | Rcode::NXDOMAIN),
                    "{case:?}"
                );
                assert_eq!(synthesised.unwrap().rdata.to_string(), result, "{case:?}");
            }
        }
    }
}

/// RFC 4035 appendix B: responses that are made of the zone of appendix A, as its signatures are. There are two things that the RFC does and
/// we do not: name servers beside an answer, and their addresses.
#[test]
fn rfc4035_appendix_b_responses_are_those_of_the_examples() {
    let Some(corpora) = corpora() else { return };
    let folder = corpora.join("dnssec/rfc");
    let text = fs::read_to_string(folder.join("rfc4035-appendix-a.zone")).unwrap();
    // A line of the prose got into the file.
    let lines: String = text
        .lines()
        .filter(|line| !line.starts_with("The\t"))
        .map(|line| format!("{line}\n"))
        .collect();
    let zones = Zones::new(zone("example.", lines.as_bytes()).0);
    let replies: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("rfc4035-appendix-b.json")).unwrap()).unwrap();
    let replies = replies.as_array().unwrap();
    assert_eq!(replies.len(), 8);
    for reply in replies {
        let header = reply["header"].as_str().unwrap();
        let question: Vec<&str> = reply["question"].as_str().unwrap().split(' ').collect();
        let (outcome, sections) = ask_for(
            &zones,
            &question[0].parse().unwrap(),
            question[2].parse().unwrap(),
            true,
        );
        assert_eq!(outcome.authoritative, header.contains("AA"), "{reply}");
        assert!(header.ends_with(&format!("RCODE={}", outcome.rcode.0)), "{reply}");
        let [answer, authority, additional] = sections.map(|section| lines_of(&section));
        let [expected_answer, mut expected_authority, expected_additional] =
            ["answer", "authority", "additional"].map(|name| expected(&reply[name]));
        if outcome.authoritative {
            let of_servers =
                |line: &String| line.starts_with("example. NS ") || line.starts_with("example. RRSIG NS ");
            expected_authority.retain(|line| !of_servers(line));
        }
        assert_eq!(
            (answer, authority),
            (expected_answer, expected_authority),
            "{question:?}"
        );
        assert!(
            additional.is_subset(&expected_additional),
            "{question:?}: {additional:?}"
        );
    }
}

fn lines_of(records: &[Record]) -> BTreeSet<String> {
    records.iter().map(short).collect()
}

fn expected(section: &Value) -> BTreeSet<String> {
    let lines = section.as_array().unwrap().iter().map(|record| {
        let [owner, ttl, rtype, rdata] = [0, 1, 2, 3].map(|part| match &record[part] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let text = format!("{owner} {ttl} IN {rtype} {rdata}\n");
        let records = read_records(text.as_bytes(), Name::root(), ZoneReaderConfig::default());
        short(&records.unwrap_or_else(|error| panic!("{text}: {error}"))[0])
    });
    lines.collect()
}
