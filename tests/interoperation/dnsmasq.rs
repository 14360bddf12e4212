//! Resolvers on every runtime ask dnsmasq, which stands between them and NSD or a strange server; dig says what is right.
//!
//! dnsmasq cannot be set to refuse EDNS, to require cookies, nor to answer over TCP only: what comes from behind it does that.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use nameward_core::client::Config;
use nameward_core::machine::Proto;
use nameward_core::wire::Rtype;
use nameward_tests::peer::dnsmasq::Dnsmasq;
use nameward_tests::peer::{program, skip};
use nameward_tests::zone_server::{Manner, Serving};

use crate::resolvers::{Peers, Seen, ask_dig, asking, assert_seen, over};

const ZONE: &str =
    "$TTL 60\nexample. SOA . . 1 1 1 1 60\nwww.example. A 192.0.2.1\nmail.example. CNAME www.example.\n";

fn peers() -> Option<(Peers, PathBuf)> {
    let peers = Peers::find()?;
    let Some(dnsmasq) = program("dnsmasq") else {
        skip("dnsmasq is not installed");
        return None;
    };
    Some((peers, dnsmasq))
}

/// dnsmasq's words for whom it forwards to.
fn server(upstream: SocketAddr) -> String {
    format!("server={}#{}", upstream.ip(), upstream.port())
}

#[test]
fn every_record_that_comes_through_dnsmasq_is_what_dig_sees() {
    let Some((peers, dnsmasq)) = peers() else { return };
    let nsd = peers.nsd(&[]);
    let start = |settings: &[&str]| {
        let server = server(nsd.address());
        let settings: Vec<_> = settings.iter().copied().chain([server.as_str()]).collect();
        Dnsmasq::start(&dnsmasq, &settings).expect("dnsmasq starts")
    };
    let whole = start(&["cache-size=0"]);
    let questions = peers.questions(nsd.address());
    let seen = peers.seen(whole.address(), &questions, &[]);
    // NSD is no resolver: of an alias that leads out of its zone it says no more.
    let is_whole = |seen: &Seen| !seen.records.iter().any(|record| record.contains(" CNAME "));
    let (questions, expected): (Vec<_>, Vec<_>) = questions
        .into_iter()
        .zip(seen)
        .filter(|(_, seen)| is_whole(seen))
        .unzip();
    assert!(questions.len() > 50, "{}", questions.len());
    let by_dnsmasq = assert_seen(&asking([whole.address()]), &questions, &expected);
    assert!(
        by_dnsmasq
            .iter()
            .all(|outcomes| over(outcomes, Proto::Datagram) > 50)
    );

    // A small buffer: more is truncated.
    let small = start(&["cache-size=0", "edns-packet-max=512"]);
    for outcomes in assert_seen(&asking([small.address()]), &questions, &expected) {
        assert!(over(&outcomes, Proto::Stream) > over(&by_dnsmasq[0], Proto::Stream));
    }
    // It keeps what it has heard, with the TTLs that are left, and adds to queries what an operator may want.
    let busy = start(&[
        "cache-size=1000",
        "add-mac",
        "add-subnet=24,64",
        "dnssec-check-unsigned=no",
    ]);
    for _ in 0..2 {
        assert_seen(&asking([busy.address()]), &questions, &expected);
    }
}

#[test]
fn what_dnsmasq_knows_itself_is_what_dig_sees() {
    let Some((peers, dnsmasq)) = peers() else { return };
    let dnsmasq = Dnsmasq::start(
        &dnsmasq,
        &[
            "local=/lan/",
            "host-record=host.lan,192.0.2.1,2001:db8::1",
            "cname=alias.lan,host.lan",
            "mx-host=lan,host.lan,10",
            "srv-host=_ldap._tcp.lan,host.lan,389",
            "txt-record=lan,text",
            "caa-record=lan,0,issue,example",
        ],
    )
    .expect("dnsmasq starts");
    let questions = [
        ("host.lan.", Rtype::A),
        ("host.lan.", Rtype::AAAA),
        ("alias.lan.", Rtype::A),
        ("lan.", Rtype::MX),
        ("_ldap._tcp.lan.", Rtype::SRV),
        ("lan.", Rtype::TXT),
        ("lan.", Rtype::CAA),
        ("host.lan.", Rtype::TXT),
        ("nobody.lan.", Rtype::A),
        ("1.2.0.192.in-addr.arpa.", Rtype::PTR),
    ]
    .map(|(name, rtype)| (name.to_owned(), rtype));
    let replies = ask_dig(&peers.dig, dnsmasq.address(), &questions, &[]);
    let expected: Vec<_> = replies.iter().map(|reply| Seen::by_dig(reply)).collect();
    assert!(
        expected.iter().filter(|seen| !seen.records.is_empty()).count() >= 8,
        "{expected:?}"
    );
    assert_seen(&asking([dnsmasq.address()]), &questions, &expected);
}

/// It asks again only when it is asked again: a client that gives up after one try gets nothing.
#[test]
fn a_dnsmasq_before_a_strange_server_is_asked_until_it_answers() {
    let Some((peers, dnsmasq)) = peers() else { return };
    let questions = [
        ("www.example.", Rtype::A),
        ("mail.example.", Rtype::A),
        ("no.example.", Rtype::TXT),
    ]
    .map(|(name, rtype)| (name.to_owned(), rtype));
    let good = Serving::start(ZONE, Manner::Good);
    let replies = ask_dig(&peers.dig, good.address(), &questions, &[]);
    let expected: Vec<_> = replies.iter().map(|reply| Seen::by_dig(reply)).collect();
    let start =
        |upstream| Dnsmasq::start(&dnsmasq, &["cache-size=0", &server(upstream)]).expect("dnsmasq starts");
    for manner in [Manner::Good, Manner::RefusesEdns, Manner::Truncates, Manner::Late] {
        let strange = Serving::start(ZONE, manner);
        let dnsmasq = start(strange.address());
        let config = Config {
            timeout: Duration::from_millis(200),
            attempts: 3,
            ..asking([dnsmasq.address()])
        };
        for outcomes in assert_seen(&config, &questions, &expected) {
            if manner == Manner::Truncates {
                assert_eq!(over(&outcomes, Proto::Datagram), 0);
            }
        }
    }
    // What it forwards to is dead, or it is itself.
    let (forsaken, frozen, well) = (
        start(Serving::start(ZONE, Manner::Silent).address()),
        start(good.address()),
        start(good.address()),
    );
    frozen.freeze();
    let config = Config {
        timeout: Duration::from_millis(50),
        ..asking([forsaken.address(), frozen.address(), well.address()])
    };
    assert_seen(&config, &questions, &expected);
}
