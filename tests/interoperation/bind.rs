//! Resolvers on every runtime ask BIND, as it is and set to strange things; dig says what is right.
//!
//! BIND cannot be set to refuse EDNS, nor to answer over TCP only.

use std::net::SocketAddr;
use std::time::Duration;

use nameward_core::client::Config;
use nameward_core::machine::Proto;
use nameward_core::transport::Edns;
use nameward_core::wire::Rtype;
use nameward_tests::peer::bind::Bind;
use nameward_tests::peer::{program, skip};
use nameward_tests::zone_server::{Manner, Serving};

use crate::resolvers::{Peers, Seen, ask_dig, asking, assert_seen, over};

/// Those who are there in any case, and named.
fn peers() -> Option<(Peers, std::path::PathBuf)> {
    let peers = Peers::find()?;
    let Some(named) = program("named") else {
        skip("BIND is not installed");
        return None;
    };
    Some((peers, named))
}

#[test]
fn every_record_that_bind_answers_itself_is_what_dig_sees_whatever_it_is_set_to() {
    let Some((peers, named)) = peers() else { return };
    let start = |settings| Bind::start(&named, &peers.zones, settings).expect("BIND starts");
    let bind = start(&[]);
    let questions = peers.questions(bind.address());
    let seen = peers.seen(bind.address(), &questions, &[]);
    // It does not look for what an alias leads to outside of its zones.
    let is_whole = |seen: &Seen| !seen.records.iter().any(|record| record.contains(" CNAME "));
    let whole = questions.into_iter().zip(seen).filter(|(_, seen)| is_whole(seen));
    let (questions, expected): (Vec<_>, Vec<_>) = whole.unzip();
    assert!(questions.len() > 50, "{}", questions.len());
    assert!(expected.iter().any(|seen| seen.status == "NXDOMAIN"));
    let by_bind = assert_seen(&asking([bind.address()]), &questions, &expected);
    assert!(
        by_bind
            .iter()
            .all(|outcomes| over(outcomes, Proto::Datagram) > 50)
    );

    // Small buffers: more is truncated.
    let small = start(&["max-udp-size 512;", "nocookie-udp-size 512;"]);
    let by_small = assert_seen(&asking([small.address()]), &questions, &expected);
    for outcomes in &by_small {
        assert!(over(outcomes, Proto::Stream) > over(&by_bind[0], Proto::Stream));
    }

    // Who has no cookie of the server's gets BADCOOKIE and that (RFC 7873 section 5.2.3), and is served from then on.
    let strict = start(&["require-server-cookie yes;"]);
    let by_strict = assert_seen(&asking([strict.address()]), &questions, &expected);
    for outcomes in &by_strict {
        assert_eq!(over(outcomes, Proto::Stream), over(&by_bind[0], Proto::Stream));
    }
    // Without EDNS there are no cookies to require.
    let plain = Config {
        edns: None,
        cookies: false,
        ..asking([strict.address()])
    };
    assert_seen(&plain, &questions, &expected);

    let with_dnssec = Config {
        edns: Some(Edns {
            dnssec_ok: true,
            ..Edns::default()
        }),
        ..asking([bind.address()])
    };
    let expected = peers.seen(bind.address(), &questions, &["+dnssec"]);
    assert_seen(&with_dnssec, &questions, &expected);
}

/// Response rate limiting truncates all that is asked without a cookie.
#[test]
fn a_bind_that_truncates_everything_is_asked_over_streams() {
    let Some((peers, named)) = peers() else { return };
    let limit = "rate-limit { responses-per-second 1; slip 1; window 3600; };";
    let bind = Bind::start(&named, &peers.zones, &[limit]).expect("BIND starts");
    let questions = [
        ("records.", Rtype::SOA),
        ("naptr.records.", Rtype::NAPTR),
        ("nobody.records.", Rtype::AAAA),
    ]
    .map(|(name, rtype)| (name.to_owned(), rtype));
    let expected = peers.seen(bind.address(), &questions, &["+tcp"]);
    // So many in one second that all of the next minute is used up.
    let many: Vec<_> = std::iter::repeat_n(questions.clone(), 60).flatten().collect();
    let _truncated = peers.seen(bind.address(), &many, &["+ignore"]);
    let without_cookies = Config {
        cookies: false,
        ..asking([bind.address()])
    };
    for outcomes in assert_seen(&without_cookies, &questions, &expected) {
        assert_eq!(over(&outcomes, Proto::Datagram), 0);
    }
    // A cookie shows who asks, and exempts from the limit.
    assert_seen(&asking([bind.address()]), &questions, &expected);
}

/// A resolver that has to ask twice itself, and one that keeps silent, before one that is well.
#[test]
fn a_slow_bind_is_waited_for_and_a_dead_one_is_passed_over() {
    const ZONE: &str =
        "$TTL 60\nexample. SOA . . 1 1 1 1 60\nwww.example. A 192.0.2.1\nmail.example. CNAME www.example.\n";
    let Some((peers, named)) = peers() else { return };
    let forward = |upstream: SocketAddr| Bind::forward(&named, upstream, &[]).expect("BIND starts");
    let (good, late) = (
        Serving::start(ZONE, Manner::Good),
        Serving::start(ZONE, Manner::Late),
    );
    let (bind, dead) = (forward(good.address()), forward(good.address()));
    dead.freeze();
    let questions = [
        ("www.example.", Rtype::A),
        ("mail.example.", Rtype::A),
        ("no.example.", Rtype::TXT),
    ]
    .map(|(name, rtype)| (name.to_owned(), rtype));
    let replies = ask_dig(&peers.dig, bind.address(), &questions, &[]);
    let expected: Vec<_> = replies.iter().map(|reply| Seen::by_dig(reply)).collect();
    assert_eq!(expected[1].records.len(), 2, "{expected:?}");
    // It asks its forwarder again when that keeps silent.
    let slow = forward(late.address());
    assert_seen(&asking([slow.address()]), &questions, &expected);
    let impatient = Config {
        timeout: Duration::from_millis(50),
        ..asking([dead.address(), bind.address()])
    };
    assert_seen(&impatient, &questions, &expected);
}
