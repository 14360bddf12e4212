//! Resolvers on every runtime ask Knot DNS, as it is and set to strange things; kdig and dig say what is right.
//!
//! Knot cannot be set to refuse EDNS, nor to keep silent over UDP.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nameward_core::client::Config;
use nameward_core::machine::Proto;
use nameward_core::transport::Edns;
use nameward_core::wire::{Name, Rtype};
use nameward_tests::peer::knot::{Knot, Module};
use nameward_tests::peer::{program, skip};
use nameward_tests::zone_server::{Manner, Serving};

use crate::command::printed;
use crate::resolvers::{Peers, Seen, asking, assert_seen, over, without_ttl};

struct Tools {
    peers: Peers,
    knotd: PathBuf,
    kdig: PathBuf,
}

impl Tools {
    fn find() -> Option<Self> {
        let peers = Peers::find()?;
        let (Some(knotd), Some(kdig)) = (program("knotd"), program("kdig")) else {
            skip("Knot and kdig are not both installed");
            return None;
        };
        Some(Self { peers, knotd, kdig })
    }

    fn start(&self, modules: &[Module<'_>]) -> Knot {
        Knot::start(&self.knotd, &self.peers.zones, &[], modules).expect("Knot starts")
    }

    /// The questions that Knot answers wholly, and what dig sees then.
    fn questions(&self, knot: &Knot) -> (Vec<(String, Rtype)>, Vec<Seen>) {
        let questions = self.peers.questions(knot.address());
        let seen = self.peers.seen(knot.address(), &questions, &[]);
        // It does not look for what an alias leads to outside of its zones.
        let is_whole = |seen: &Seen| !seen.records.iter().any(|record| record.contains(" CNAME "));
        let whole = questions.into_iter().zip(seen).filter(|(_, seen)| is_whole(seen));
        let (questions, expected): (Vec<_>, Vec<_>) = whole.unzip();
        assert!(questions.len() > 50, "{}", questions.len());
        (questions, expected)
    }
}

/// What kdig sees: of records what does not depend on how it writes their data.
fn seen_by_kdig(
    kdig: &Path,
    address: SocketAddr,
    questions: &[(String, Rtype)],
    words: &[&str],
) -> Vec<Seen> {
    let ask = |(name, rtype): &(String, Rtype)| {
        let output = Command::new(kdig)
            .arg(format!("@{}", address.ip()))
            .args(["-p", &address.port().to_string()])
            .args(words)
            .args([name, &rtype.to_string()])
            .output()
            .unwrap();
        let printed = printed(output);
        let (_, rest) = printed.split_once("status: ").unwrap();
        let answer = printed
            .split_once(";; ANSWER SECTION:\n")
            .map_or("", |(_, rest)| rest);
        let lines = answer
            .lines()
            .take_while(|line| !line.is_empty() && !line.starts_with(';'));
        Seen {
            status: rest.split(';').next().unwrap().to_owned(),
            records: heads(lines.map(without_ttl)),
        }
    };
    questions.iter().map(ask).collect()
}

/// Owner, class and type of records, and how many there are of each.
fn heads(records: impl Iterator<Item = String>) -> BTreeSet<String> {
    let mut counted = BTreeMap::<String, u32>::new();
    for record in records {
        let mut words = record.splitn(4, ' ');
        let owner: Name = words.next().unwrap().parse().unwrap();
        let class_and_type: Vec<_> = words.take(2).collect();
        let head = format!("{owner} {}", class_and_type.join(" "));
        *counted.entry(head).or_default() += 1;
    }
    counted
        .into_iter()
        .map(|(head, count)| format!("{count} {head}"))
        .collect()
}

#[test]
fn every_record_of_knot_is_what_dig_and_kdig_see_whatever_it_is_set_to() {
    let Some(tools) = Tools::find() else { return };
    let knot = tools.start(&[]);
    let (questions, expected) = tools.questions(&knot);
    assert!(expected.iter().any(|seen| seen.status == "NXDOMAIN"));
    let by_kdig = seen_by_kdig(&tools.kdig, knot.address(), &questions, &[]);
    assert_eq!(by_kdig.len(), expected.len());
    for ((by_kdig, by_dig), question) in by_kdig.iter().zip(&expected).zip(&questions) {
        let by_dig = Seen {
            status: by_dig.status.clone(),
            records: heads(by_dig.records.iter().cloned()),
        };
        assert_eq!(*by_kdig, by_dig, "{question:?}");
    }
    let by_knot = assert_seen(&asking([knot.address()]), &questions, &expected);
    assert!(
        by_knot
            .iter()
            .all(|outcomes| over(outcomes, Proto::Datagram) > 50)
    );
    let plain = Config {
        edns: None,
        cookies: false,
        ..asking([knot.address()])
    };
    assert_seen(&plain, &questions, &expected);

    // A small buffer of ours, as Knot's are never smaller than 1 220 octets: more is truncated.
    let small = Config {
        edns: Some(Edns {
            udp_payload: 512,
            ..Edns::default()
        }),
        ..asking([knot.address()])
    };
    for outcomes in assert_seen(&small, &questions, &expected) {
        assert!(over(&outcomes, Proto::Stream) > over(&by_knot[0], Proto::Stream));
    }

    // Who has no cookie of the server's gets BADCOOKIE and that (RFC 7873 section 5.2.3), and is served from then on.
    let strict = tools.start(&[("cookies", &["badcookie-slip: 1"])]);
    for outcomes in assert_seen(&asking([strict.address()]), &questions, &expected) {
        assert_eq!(over(&outcomes, Proto::Stream), over(&by_knot[0], Proto::Stream));
    }

    // Every datagram is answered with TC and nothing else.
    let truncating = tools.start(&[("noudp", &[])]);
    for outcomes in assert_seen(&asking([truncating.address()]), &questions, &expected) {
        assert_eq!(over(&outcomes, Proto::Datagram), 0);
    }

    let with_dnssec = Config {
        edns: Some(Edns {
            dnssec_ok: true,
            ..Edns::default()
        }),
        ..asking([knot.address()])
    };
    let expected = tools.peers.seen(knot.address(), &questions, &["+dnssec"]);
    assert_seen(&with_dnssec, &questions, &expected);
}

/// One that asks a slow server once, and passes on what comes of it; and one that keeps silent, before one that is well.
#[test]
fn a_slow_knot_is_asked_again_and_a_dead_one_is_passed_over() {
    const ZONE: &str =
        "$TTL 60\nexample. SOA . . 1 1 1 1 60\nwww.example. A 192.0.2.1\nmail.example. CNAME www.example.\n";
    let Some(tools) = Tools::find() else { return };
    let questions = [
        ("www.example.", Rtype::A),
        ("mail.example.", Rtype::A),
        ("no.example.", Rtype::TXT),
    ]
    .map(|(name, rtype)| (name.to_owned(), rtype));
    let (good, late) = (
        Serving::start(ZONE, Manner::Good),
        Serving::start(ZONE, Manner::Late),
    );
    let forward = |upstream: SocketAddr| {
        Knot::forward(&tools.knotd, &tools.peers.zones, upstream).expect("Knot starts")
    };
    let (knot, dead) = (forward(good.address()), forward(good.address()));
    dead.freeze();
    let expected = tools.peers.seen(knot.address(), &questions, &[]);
    assert_eq!(expected[1].records.len(), 2, "{expected:?}");
    let impatient = Config {
        timeout: Duration::from_millis(50),
        ..asking([dead.address(), knot.address()])
    };
    assert_seen(&impatient, &questions, &expected);
    // Of the same slow server they ask the same questions: the second one is the second to ask.
    let slow = [forward(late.address()), forward(late.address())];
    let patient = asking(slow.each_ref().map(Knot::address));
    assert_seen(&patient, &questions, &expected);
}
