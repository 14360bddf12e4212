//! The examples of RFC 4592 and RFC 6672.

use std::fs;

use nameward_core::wire::{Name, Rcode, Rtype};
use nameward_core::zone::Zones;

use super::{ask, zone};
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
fn short(record: &nameward_core::wire::Record) -> String {
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
