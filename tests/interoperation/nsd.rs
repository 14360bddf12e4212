//! NSD answers; dig says what its answers look like.

use std::collections::BTreeSet;
use std::path::Path;

use nameward_core::wire::{Class, Rtype, Schema};
use nameward_tests::peer::Zone;
use nameward_tests::peer::nsd::Nsd;
use nameward_tests::peer::{corpus, dig, program, skip};

use crate::command::{RUNTIMES, printed, query, server};

/// NSD with three zones: one with every character that a name can have and with many types, one with additional
/// addresses, one with delegations. And dig.
fn peers() -> Option<(Nsd, std::path::PathBuf)> {
    let (Some(nsd), Some(dig)) = (program("nsd"), program("dig")) else {
        skip("NSD and dig are not both installed");
        return None;
    };
    let files = [
        ("records.", "zones/knot-zones/records.zone"),
        ("test.", "zones/knot-zones/basic-additionals-test.zone"),
        ("example.org.", "zones/dnst/example.org"),
    ];
    let zones: Option<Vec<Zone>> = files
        .into_iter()
        .map(|(apex, file)| {
            Some(Zone {
                apex,
                file: corpus(file)?,
            })
        })
        .collect();
    let Some(zones) = zones else {
        skip("NAMEWARD_CORPORA names no folder with the zones");
        return None;
    };
    Some((Nsd::start(&nsd, &zones).expect("NSD starts"), dig))
}

/// Every owner and type of a zone, each owner with a type that it may lack, and a name that does not exist.
fn questions(dig: &Path, nsd: &Nsd, apex: &str) -> BTreeSet<(String, String)> {
    let words = ["+noall", "+answer", "AXFR", apex].map(str::to_owned);
    let transferred = printed(dig::ask(dig, server(nsd.address()).into_iter().chain(words)).unwrap());
    let mut questions = BTreeSet::from([(format!("no.such.name.{apex}"), "AAAA".to_owned())]);
    for line in transferred.lines() {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let &[owner, _ttl, _class, rtype, ..] = fields.as_slice() else {
            panic!("no record: {line}")
        };
        questions.insert((owner.to_owned(), rtype.to_owned()));
        questions.insert((owner.to_owned(), "A".to_owned()));
    }
    questions
}

/// RFC 3597 section 5: a type that is not known here prints as octets, and so dig is asked for octets.
fn format_of(rtype: &str) -> &'static str {
    let rtype: Rtype = rtype.parse().expect("a type");
    if Schema::of(rtype, Class::IN).is_some() {
        "+nounknownformat"
    } else {
        "+unknownformat"
    }
}

#[test]
fn every_record_of_nsd_prints_as_dig_prints_it() {
    let Some((nsd, dig)) = peers() else { return };
    let mut asked = 0;
    for apex in ["records.", "test.", "example.org."] {
        for (owner, rtype) in questions(&dig, &nsd, apex) {
            for transport in ["+notcp", "+tcp"] {
                let words = [transport, &owner, &rtype, format_of(&rtype)];
                let of_dig = dig::ask(
                    &dig,
                    server(nsd.address()).iter().map(String::as_str).chain(words),
                );
                let expected = dig::masked(&printed(of_dig.unwrap()));
                for runtime in RUNTIMES {
                    let ours = printed(query(runtime, nsd.address()).args(words).output().unwrap());
                    assert_eq!(
                        dig::masked(&ours),
                        expected,
                        "{owner} {rtype} {transport} on {runtime}"
                    );
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 500, "only {asked} questions: the zones were not read");
}

#[test]
fn every_flag_means_what_it_means_to_dig() {
    let Some((nsd, dig)) = peers() else { return };
    for words in [
        // More than 512 octets: the reply is truncated, and asked for again over TCP (RFC 7766 section 5).
        "+bufsize=512 naptr.records NAPTR +unknownformat",
        "+noedns naptr.records NAPTR +unknownformat",
        "+short str-test.records TXT",
        "+short +tcp records. NS",
        "+short no.such.name.records. NS",
        "+short +unknownformat dhcid.records DHCID",
        "+noedns +norec mx.test MX",
        "+norecurse +dnssec +bufsize=4096 test. SOA",
        "+noadflag +cdflag records. SOA",
        "+nsid +padding=128 +expire +subnet=192.0.2.0/24 +ednsopt=65001:00 records. SOA",
        "+tcp +keepalive records. SOA",
        "+edns=1 +noednsnegotiation records. SOA",
        "-q records. -t SOA -c IN -4",
        // Not served here: an error, with the extended error that says why (RFC 8914).
        "elsewhere.example A",
        "records. CH TXT",
        "records. TYPE65280",
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let of_dig = dig::ask(
            &dig,
            server(nsd.address())
                .iter()
                .map(String::as_str)
                .chain(words.iter().copied()),
        );
        let expected = dig::masked(&printed(of_dig.unwrap()));
        for runtime in RUNTIMES {
            let ours = printed(query(runtime, nsd.address()).args(&words).output().unwrap());
            assert_eq!(dig::masked(&ours), expected, "{words:?} on {runtime}");
        }
    }
}

/// RFC 9018 section 4: the server's part differs each second.
#[test]
fn a_cookie_of_nsd_is_good() {
    let Some((nsd, _)) = peers() else { return };
    for runtime in RUNTIMES {
        for cookie in ["+cookie", "+cookie=0123456789abcdef"] {
            let words = ["records.", "SOA", cookie];
            let printed = printed(query(runtime, nsd.address()).args(words).output().unwrap());
            let line = printed
                .lines()
                .find(|line| line.starts_with("; COOKIE: "))
                .unwrap();
            assert!(line.ends_with(" (good)") && line.len() == 10 + 48 + 7, "{line}");
        }
    }
}
