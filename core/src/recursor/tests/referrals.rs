//! Which referrals are followed, and what is taken from them.

use super::*;
use crate::client::{Outcome, Trouble};

/// The root refers to `example.` at 11 and 12; what 11 says is given, and 12 has the answer.
fn beside_a_good_server(strange: Option<Words>) -> Bench {
    Bench::new(1, move |server, _| match server {
        1 => referral(
            "example. 600 NS ns1.example.\nexample. 600 NS ns2.example.",
            "ns1.example. 600 A 192.0.2.11\nns2.example. 600 A 192.0.2.12",
        ),
        11 => strange.clone(),
        12 => answer("www.example. 60 A 198.51.100.1"),
        other => panic!("{other} was asked"),
    })
}

/// What comes of it, with the strange server asked first in one of two tries.
fn judged(strange: &Option<Words>) -> Vec<Said> {
    let mut bench = beside_a_good_server(strange.clone());
    let mut seed = 0;
    loop {
        let answer = bench.resolve("www.example. A").unwrap();
        assert_eq!(rdata(&answer), ["198.51.100.1"]);
        if bench.asked().iter().any(|asked| asked.starts_with("11 ")) {
            let said: Vec<Said> = bench.said().into_iter().cloned().collect();
            assert_eq!(said.last(), Some(&Said::Outcome(Outcome::Positive)));
            return said[1..said.len() - 1].to_vec();
        }
        seed += 1;
        assert!(seed < 64, "the strange server is never asked");
        bench = beside_a_good_server(strange.clone());
        bench.recursor = Recorder::new(Seed::from_number(seed), config(1)).unwrap();
    }
}

#[test]
fn rfc1034_4_3_2_a_referral_leads_strictly_down_towards_the_name() {
    let glue = "ns.a. 600 A 192.0.2.99";
    for (servers, why) in [
        (". 600 NS ns.a.", Lame::Upward),
        ("example. 600 NS ns.a.", Lame::Itself),
        ("test. 600 NS ns.a.", Lame::Sideways),
        ("other.example. 600 NS ns.a.", Lame::Sideways),
        ("a.www.example. 600 NS ns.a.", Lame::Sideways),
    ] {
        assert_eq!(judged(&referral(servers, glue)), [Said::Lame(why)], "{servers}");
    }
}

#[test]
fn rfc2181_5_4_1_what_is_not_authoritative_is_no_answer() {
    let cached = |words: Option<Words>| {
        words.map(|words| Words {
            authoritative: false,
            ..words
        })
    };
    for words in [
        answer("www.example. 60 A 203.0.113.66"),
        answer("www.example. 60 CNAME www.test."),
        denial(Rcode::NXDOMAIN, "example."),
        denial(Rcode::NOERROR, "example."),
    ] {
        assert_eq!(judged(&cached(words)), [Said::Lame(Lame::Unauthoritative)]);
    }
}

#[test]
fn records_of_names_outside_the_zone_are_not_believed() {
    for words in [
        answer(". 60 DNAME test."),
        denial(Rcode::NXDOMAIN, "."),
        denial(Rcode::NOERROR, "."),
    ] {
        assert_eq!(judged(&words), [Said::Lame(Lame::OutOfZone)]);
    }
}

#[test]
fn who_fails_is_not_asked_again() {
    for rcode in [Rcode::SERVFAIL, Rcode::REFUSED, Rcode::NOTIMP] {
        assert_eq!(judged(&error(rcode)), [Said::Trouble(Trouble::Rcode(rcode))]);
    }
    // It is and is not there.
    let both = answer("www.example. 60 A 203.0.113.66").map(|words| Words {
        rcode: Rcode::NXDOMAIN,
        ..words
    });
    assert_eq!(judged(&both), [Said::Trouble(Trouble::Malformed)]);
}

#[test]
fn rfc2308_2_2_a_denial_may_come_with_the_servers_of_the_zone() {
    let words = referral("example. 600 NS ns1.example.", "").map(|words| Words {
        authoritative: true,
        ..words
    });
    let mut bench = Bench::new(1, move |server, _| match server {
        1 => referral("example. 600 NS ns1.example.", "ns1.example. 600 A 192.0.2.11"),
        _ => words.clone(),
    });
    assert_eq!(bench.resolve("www.example. A").unwrap().outcome, Outcome::NoData);
}

/// Where the servers of `example.` are asked if the server of `sub.example.` refers with this.
fn led_to(servers: &'static str, glue: &'static str) -> Vec<String> {
    let mut bench = Bench::new(1, move |server, what| match server {
        1 if what.contains("example.") => {
            referral("example. 600 NS ns.example.", "ns.example. 600 A 192.0.2.11")
        }
        1 => denial(Rcode::NXDOMAIN, "."),
        11 => referral(servers, glue),
        _ => answer("www.sub.example. 60 A 198.51.100.1"),
    });
    let _ = bench.resolve("www.sub.example. A");
    bench.asked().split_off(2)
}

#[test]
fn rfc8499_6_glue_is_taken_for_the_servers_that_are_named_and_within_the_zone_that_refers() {
    let www = |last: u8| Vec::from([format!("{last} www.sub.example. A")]);
    // In the zone below, and beside it.
    let own = "sub.example. 600 NS ns.sub.example.";
    assert_eq!(led_to(own, "ns.sub.example. 600 A 192.0.2.21"), www(21));
    let beside = "sub.example. 600 NS ns.other.example.";
    assert_eq!(led_to(beside, "ns.other.example. 600 A 192.0.2.22"), www(22));
    // Outside the zone that refers: its server has to be looked up.
    let outside = "sub.example. 600 NS ns.test.";
    assert_eq!(led_to(outside, "ns.test. 600 A 192.0.2.66"), ["1 ns.test. A"]);
    // Of somebody who is not named.
    assert_eq!(
        led_to(outside, "ns.sub.example. 600 A 192.0.2.66"),
        ["1 ns.test. A"]
    );
    // Only the zone itself could say where its server is.
    assert!(led_to(own, "").is_empty());
}

#[test]
fn cve_2026_50251_no_server_is_asked_where_none_can_be() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.1.1",
        "224.0.0.251",
        "255.255.255.255",
    ] {
        let glue = format!("ns.sub.example. 600 A {address}").leak();
        assert!(
            led_to("sub.example. 600 NS ns.sub.example.", glue).is_empty(),
            "{address}"
        );
    }
    for address in ["::", "::1", "::ffff:192.0.2.1", "fe80::1", "febf::1", "ff02::fb"] {
        let glue = format!("ns.sub.example. 600 AAAA {address}").leak();
        assert!(
            led_to("sub.example. 600 NS ns.sub.example.", glue).is_empty(),
            "{address}"
        );
    }
    let glue = "ns.sub.example. 600 AAAA 2001:db8::21";
    assert_eq!(
        led_to("sub.example. 600 NS ns.sub.example.", glue),
        ["21 www.sub.example. A"]
    );
}
