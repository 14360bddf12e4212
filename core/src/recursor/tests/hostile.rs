//! Servers that want to make work.

use core::fmt::Write as _;

use super::*;
use crate::budget::Exhausted;

fn limit(outcome: &Result<Answer, ResolutionError>) -> Option<Exhausted> {
    match outcome {
        Err(ResolutionError::Exhausted { limit, .. }) => Some(*limit),
        _ => None,
    }
}

/// `evil.` is at 66, and `victim.` at 77.
fn root(what: &str) -> Option<Words> {
    if what.split(' ').next().unwrap().ends_with("victim.") {
        referral("victim. 600 NS ns.victim.", "ns.victim. 600 A 192.0.2.77")
    } else {
        referral("evil. 600 NS ns.evil.", "ns.evil. 600 A 192.0.2.66")
    }
}

/// NXNSAttack: each name of a server is another question to the victim.
#[test]
fn cve_2020_12662_a_delegation_to_many_names_costs_a_victim_little() {
    let mut bench = Bench::new(1, |server, what| match server {
        1 => root(what),
        66 => {
            let mut servers = String::new();
            for number in 0..100 {
                writeln!(servers, "sub.evil. 600 NS n{number}.victim.").unwrap();
            }
            referral(&servers, "")
        }
        77 => denial(Rcode::NXDOMAIN, "victim."),
        other => panic!("{other}"),
    });
    assert!(bench.resolve("www.sub.evil. A").is_err());
    let victim = bench
        .asked()
        .iter()
        .filter(|asked| asked.starts_with("77 "))
        .count();
    assert_eq!(victim, 5);
}

/// The same with an address for each, where nobody answers.
#[test]
fn cve_2022_3204_of_a_delegation_thirteen_servers_with_six_addresses_each_are_asked_at_most() {
    let config = Config {
        limits: Limits {
            packets: 100,
            time: Limits::MOST.time,
            ..config(1).limits
        },
        options: QueryOptions {
            timeout: Duration::from_millis(1),
            attempts: 1,
            ..config(1).options
        },
        ..config(1)
    };
    let mut bench = Bench::with(config, |server, what| match server {
        1 => root(what),
        66 => {
            let (mut servers, mut glue) = (String::new(), String::new());
            for number in 0..20 {
                writeln!(servers, "sub.evil. 600 NS n{number}.sub.evil.").unwrap();
                for address in 100..110 {
                    writeln!(glue, "n{number}.sub.evil. 600 A 198.51.{number}.{address}").unwrap();
                }
            }
            referral(&servers, &glue)
        }
        _ => None,
    });
    assert!(bench.resolve("www.sub.evil. A").is_err());
    assert_eq!(bench.asked.len(), 2 + 13 * 6);
}

/// TsuNAME: two zones whose servers have names in each other.
#[test]
fn tsuname_servers_that_can_only_be_found_by_each_other_are_not_found() {
    let mut bench = Bench::new(1, |_, what| {
        if what.split(' ').next().unwrap().ends_with("victim.") {
            referral("victim. 600 NS ns.evil.", "")
        } else {
            referral("evil. 600 NS ns.victim.", "")
        }
    });
    let error = bench.resolve("www.evil. A").unwrap_err();
    assert!(matches!(error, ResolutionError::Servers { .. }), "{error}");
    assert!(bench.asked.len() <= 6, "{:?}", bench.asked());
}

/// Each name of a server lies in a zone whose server has a name in yet another one.
#[test]
fn x41_24_01_questions_that_wait_for_each_other_are_nested_as_deeply_as_the_limit_says() {
    for nesting in [1, 2, 4] {
        let limits = Limits {
            nesting,
            packets: 100,
            ..config(1).limits
        };
        let mut bench = Bench::with(Config { limits, ..config(1) }, |_, what| {
            let zone = what.split(' ').next().unwrap().rsplit('.').nth(1).unwrap();
            let number: u32 = zone[1..].parse().unwrap();
            referral(&format!("z{number}. 600 NS ns.z{}.", number + 1), "")
        });
        let outcome = bench.resolve("www.z0. A");
        assert_eq!(limit(&outcome), Some(Exhausted::Nesting));
        assert_eq!(bench.asked.len(), usize::from(nesting) + 1);
        let deepest = bench.events.iter().filter_map(|event| match event {
            Event::Stepped { step, .. } => Some(step.depth),
            _ => None,
        });
        assert_eq!(deepest.max(), Some(nesting));
    }
}

/// CVE-2014-8500: a delegation in each delegation.
#[test]
fn cve_2014_8500_referrals_without_end_end_with_the_packets() {
    let name = "a.".repeat(120);
    let mut bench = Bench::new(1, |server, what| {
        let name = what.split(' ').next().unwrap();
        // Each server refers to a zone one label below its own.
        let labels = usize::from(server);
        let zone = "a.".repeat(labels);
        assert!(name.ends_with(&zone));
        referral(
            &format!("{zone} 600 NS ns.{zone}"),
            &format!("ns.{zone} 600 A 192.0.2.{}", labels + 1),
        )
    });
    let outcome = bench.resolve(&format!("{name} A"));
    assert_eq!(limit(&outcome), Some(Exhausted::Packets));
    assert_eq!(bench.asked.len(), usize::from(Limits::default().packets));
}

/// What one server may waste is half of what is left, so that another one still answers.
#[test]
fn the_address_of_one_server_does_not_cost_the_whole_budget() {
    let mut bench = Bench::new(1, |server, what| {
        let name = what.split(' ').next().unwrap();
        if name.ends_with("deep.") {
            let zone = format!("{}deep.", "a.".repeat(usize::from(server - 1)));
            return referral(
                &format!("{zone} 600 NS ns.{zone}"),
                &format!("ns.{zone} 600 A 192.0.2.{}", server + 1),
            );
        }
        match (server, what) {
            (1, "good.victim. A") => referral("victim. 600 NS ns.victim.", "ns.victim. 600 A 192.0.2.77"),
            (1, _) => referral(
                &format!(
                    "evil. 600 NS {}deep.\nevil. 600 NS good.victim.",
                    "a.".repeat(100)
                ),
                "",
            ),
            (77, _) => answer("good.victim. 60 A 192.0.2.88"),
            (88, _) => answer("www.evil. 60 A 198.51.100.1"),
            other => panic!("{other:?}"),
        }
    });
    let answer = bench.resolve("www.evil. A").unwrap();
    assert_eq!(rdata(&answer), ["198.51.100.1"]);
}
