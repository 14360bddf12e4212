//! The way down, and along aliases.

use alloc::string::ToString as _;

use super::*;
use crate::budget::Exhausted;
use crate::client::Outcome;

/// The root, `example.` at 11 and `test.` at 12.
fn root(what: &str) -> Option<Words> {
    if what.split(' ').next().unwrap().ends_with("test.") {
        referral("test. 600 NS ns.test.", "ns.test. 600 A 192.0.2.12")
    } else {
        referral("example. 600 NS ns.example.", "ns.example. 600 A 192.0.2.11")
    }
}

#[test]
fn rfc1034_5_3_3_from_the_root_down_to_the_answer() {
    let mut bench = Bench::new(1, |server, what| match server {
        1 => root(what),
        11 => referral(
            "sub.example. 600 NS ns.sub.example.",
            "ns.sub.example. 600 A 192.0.2.21",
        ),
        _ => answer("www.sub.example. 60 A 198.51.100.1"),
    });
    let answer = bench.resolve("www.sub.example. A").unwrap();
    assert_eq!(rdata(&answer), ["198.51.100.1"]);
    assert_eq!(answer.outcome, Outcome::Positive);
    let asked = [
        "1 www.sub.example. A",
        "11 www.sub.example. A",
        "21 www.sub.example. A",
    ];
    assert_eq!(bench.asked(), asked);
    let zone = |name: &str| Said::Referral(name.parse().unwrap());
    let last = Said::Outcome(Outcome::Positive);
    assert_eq!(bench.said(), [&zone("example."), &zone("sub.example."), &last]);
}

#[test]
fn rfc2308_2_denials_are_answers() {
    for (rcode, outcome) in [
        (Rcode::NXDOMAIN, Outcome::NxDomain),
        (Rcode::NOERROR, Outcome::NoData),
    ] {
        let mut bench = Bench::new(1, move |server, what| match server {
            1 => root(what),
            _ => denial(rcode, "example."),
        });
        let answer = bench.resolve("no.example. A").unwrap();
        assert_eq!(
            (answer.outcome, answer.rrsets.len(), answer.authority.len()),
            (outcome, 0, 1)
        );
    }
}

#[test]
fn rfc1034_5_3_3_an_alias_leads_to_the_root_again() {
    let mut bench = Bench::new(1, |server, what| match server {
        1 => root(what),
        // What is sent along about the name in another zone is not believed.
        11 => answer("www.example. 60 CNAME www.test.\nwww.test. 60 A 203.0.113.66"),
        _ => answer("www.test. 60 A 198.51.100.1"),
    });
    let answer = bench.resolve("www.example. A").unwrap();
    assert_eq!(rdata(&answer), ["www.test.", "198.51.100.1"]);
    assert_eq!(answer.name.to_string(), "www.test.");
    let asked = [
        "1 www.example. A",
        "11 www.example. A",
        "1 www.test. A",
        "12 www.test. A",
    ];
    assert_eq!(bench.asked(), asked);
}

#[test]
fn rfc6672_3_1_a_dname_record_redirects_into_another_zone() {
    let mut bench = Bench::new(1, |server, what| match server {
        1 => root(what),
        11 => answer("old.example. 60 DNAME new.test."),
        _ => answer("www.new.test. 60 A 198.51.100.1"),
    });
    let answer = bench.resolve("www.old.example. A").unwrap();
    assert_eq!(rdata(&answer), ["new.test.", "www.new.test.", "198.51.100.1"]);
}

#[test]
fn a_circle_of_aliases_ends_as_soon_as_it_closes() {
    let mut bench = Bench::new(1, |server, what| match server {
        1 => root(what),
        11 => answer("www.example. 60 CNAME www.test."),
        _ => answer("www.test. 60 CNAME www.example."),
    });
    let error = bench.resolve("www.example. A").unwrap_err();
    let limit = Exhausted::Aliases;
    assert!(
        matches!(error, ResolutionError::Exhausted { limit: reached, .. } if reached == limit),
        "{error}"
    );
    assert_eq!(bench.asked.len(), 4);
}

#[test]
fn a_chain_of_aliases_ends_with_the_budget_and_not_before() {
    for (length, fits) in [(11, true), (12, false)] {
        let mut bench = Bench::with(
            Config {
                limits: Limits {
                    packets: 100,
                    ..config(1).limits
                },
                ..config(1)
            },
            move |server, what| {
                if server == 1 {
                    return root(what);
                }
                let number: u32 = what[1..].split('.').next().unwrap().parse().unwrap();
                if number == length {
                    return answer(&format!("n{number}.example. 60 A 198.51.100.1"));
                }
                // The target lies elsewhere for each second one, so that some steps are in one reply and some are not.
                answer(&format!("n{number}.example. 60 CNAME n{}.example.", number + 1))
            },
        );
        let outcome = bench.resolve("n0.example. A");
        assert_eq!(outcome.is_ok(), fits, "{outcome:?}");
    }
}

/// A server may leave the CNAME record out that a DNAME record makes (RFC 6672 section 3.1): the substitution costs an alias nevertheless.
#[test]
fn rfc6672_3_1_a_redirection_without_its_alias_costs_one_alias() {
    for in_one_reply in [false, true] {
        for (length, fits) in [(11, true), (12, false)] {
            let limits = Limits {
                packets: 100,
                ..config(1).limits
            };
            let mut bench = Bench::with(Config { limits, ..config(1) }, move |server, what| {
                if server == 1 {
                    return root(what);
                }
                let asked: u32 = what.split('.').nth(1).unwrap()[1..].parse().unwrap();
                if asked == length {
                    return answer(&format!("www.d{length}.example. 60 A 198.51.100.1"));
                }
                let last = if in_one_reply { length } else { asked + 1 };
                let mut lines = String::new();
                for number in asked..last {
                    lines += &format!("d{number}.example. 60 DNAME d{}.example.\n", number + 1);
                }
                answer(&lines)
            });
            let outcome = bench.resolve("www.d0.example. A");
            assert_eq!(outcome.is_ok(), fits, "{in_one_reply} {outcome:?}");
        }
    }
}

#[test]
fn rfc4035_3_1_4_1_ds_records_are_asked_of_the_zone_above() {
    let mut bench = Bench::new(2, |server, what| match server {
        // One server of the root wrongly leads to the zone itself.
        1 if what == "example. DS" => root(what),
        1 | 2 => denial(Rcode::NOERROR, "."),
        _ => panic!("the zone below was asked"),
    });
    assert_eq!(bench.resolve("example. DS").unwrap().outcome, Outcome::NoData);
}

#[test]
fn servers_that_keep_silent_are_asked_in_turn_and_again_and_the_time_ends_it() {
    let mut bench = Bench::new(2, |server, what| {
        let _ = (server, what);
        None
    });
    let error = bench.resolve("www.example. A").unwrap_err();
    assert!(
        matches!(error, ResolutionError::Servers { last: Some(_), .. }),
        "{error}"
    );
    let each = |last: u8| {
        bench
            .asked
            .iter()
            .filter(|(server, _)| *server == IpAddr::from([192, 0, 2, last]))
            .count()
    };
    assert_eq!((each(1), each(2)), (3, 3));
    assert!(bench.now.mono <= Instant::ZERO.after(Limits::default().time));
    // In turn: nobody is asked twice before all were asked once.
    assert_ne!(bench.asked[0].0, bench.asked[1].0);
}

#[test]
fn a_server_without_an_address_is_looked_up_and_both_families_count() {
    for (families, outcome) in [
        (crate::client::Families::Both, true),
        (crate::client::Families::Ipv4, false),
        (crate::client::Families::Ipv6, true),
    ] {
        let config = Config {
            families,
            ..config(1)
        };
        let mut config = config;
        config.hints.push(Hint {
            server: "v6.root.".parse().unwrap(),
            address: "2001:db8::1".parse().unwrap(),
        });
        let mut bench = Bench::with(config, |server, what| match (server, what) {
            (1, _) if what.contains("example") => referral("example. 600 NS ns.test.", ""),
            (1, _) => referral(
                "test. 600 NS ns.test.",
                "ns.test. 600 A 192.0.2.12\nns.test. 600 AAAA 2001:db8::12",
            ),
            (0x12 | 12, "ns.test. AAAA") => answer("ns.test. 60 AAAA 2001:db8::21"),
            (0x12 | 12, "ns.test. A") => denial(Rcode::NOERROR, "test."),
            (0x21, "www.example. A") => answer("www.example. 60 A 198.51.100.1"),
            other => panic!("{other:?}"),
        });
        assert_eq!(bench.resolve("www.example. A").is_ok(), outcome, "{families:?}");
        let v4 = bench.asked.iter().any(|(server, _)| server.is_ipv4());
        assert!(!v4 || families != crate::client::Families::Ipv6);
    }
}

#[test]
fn rfc2181_10_3_the_name_of_a_server_is_no_alias() {
    let mut bench = Bench::new(1, |server, what| match (server, what) {
        (1, _) if what.contains("example") => referral("example. 600 NS ns.test.", ""),
        (1, _) => root(what),
        _ => answer("ns.test. 60 CNAME a.test.\na.test. 60 A 192.0.2.99"),
    });
    assert!(bench.resolve("www.example. A").is_err());
    assert!(bench.asked().iter().all(|asked| !asked.starts_with("99")));
}

#[test]
fn what_is_cancelled_says_nothing_more_and_what_is_no_question_is_refused() {
    let mut bench = Bench::new(1, |_, _| None);
    let question = Question::new("www.example.".parse().unwrap(), Rtype::A);
    let resolve = |question: &Question| {
        Command::Resolve(Resolution {
            id: ResolutionId(7),
            question: question.clone(),
        })
    };
    assert_eq!(bench.command(resolve(&question)), Ok(()));
    assert_eq!(bench.command(resolve(&question)), Err(Misuse::InUse(7)));
    assert_eq!(bench.command(Command::Cancel(ResolutionId(7))), Ok(()));
    assert_eq!(
        bench.command(Command::Cancel(ResolutionId(7))),
        Err(Misuse::NotInUse(7))
    );
    for question in [
        Question {
            class: Class::CH,
            ..question.clone()
        },
        Question {
            rtype: Rtype::AXFR,
            ..question
        },
    ] {
        assert!(matches!(
            bench.command(resolve(&question)),
            Err(Misuse::Impossible(_))
        ));
    }
    assert!(bench.events.is_empty() && bench.wake.is_none());
}
