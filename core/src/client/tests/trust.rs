//! Whom to believe what: the AD bit (INV-20), and TTLs that differ.

use super::*;
use crate::rrset::TtlRule;
use crate::transport::Edns;

fn authentic(asked: &Asked) -> Reaction {
    let name = asked.question.name.to_canonical();
    let reply = answer(&std::format!("{name} 60 A 192.0.2.1"));
    reply.flags(|flags| flags.with_ad(true)).into()
}

/// A configuration with AD in queries, and a server that is trusted or not.
fn asking(trust_ad: bool) -> Config {
    let server = Server {
        address: ([192, 0, 2, 1], 53).into(),
        trust_ad,
    };
    Config {
        servers: Vec::from([server]),
        authentic_data: true,
        ..config(0)
    }
}

#[test]
fn systemd_15767_the_ad_bit_counts_only_if_the_server_is_trusted_and_was_asked() {
    for (config, expected) in [
        (asking(true), true),
        (asking(false), false),
        (
            Config {
                authentic_data: false,
                ..asking(true)
            },
            false,
        ),
        (config(1), false),
    ] {
        let wanted = config.authentic_data;
        let mut world = World::new(config, authentic);
        assert_eq!(world.answer("www.example. A").authentic_data, expected);
        assert_eq!(world.asked()[0].flags.ad(), wanted);
        // The cache has not lost it, and has not found it either.
        assert_eq!(world.answer("www.example. A").authentic_data, expected);
        assert_eq!(world.asked().len(), 0);
    }
}

#[test]
fn a_chain_is_as_authentic_as_its_weakest_link() {
    let mut world = World::new(asking(true), |asked| match asked.what().as_str() {
        "a.example. A" => answer("a.example. 60 CNAME b.example.").into(),
        _ => authentic(asked),
    });
    assert!(!world.answer("a.example. A").authentic_data);
    assert!(world.answer("b.example. A").authentic_data);
    assert!(!world.answer("a.example. A").authentic_data);
}

#[test]
fn what_nobody_vouches_for_is_not_authentic() {
    let hosts = HostsIndex::read(b"192.0.2.9 www.example\n");
    let mut world = World::new(
        Config {
            hosts,
            ..asking(true)
        },
        authentic,
    );
    for what in ["www.example. A", "localhost. A"] {
        assert!(!world.answer(what).authentic_data, "{what}");
    }
}

#[test]
fn inv_20_trust_that_is_taken_back_is_gone() {
    let mut world = World::new(asking(true), authentic);
    assert!(world.answer("www.example. A").authentic_data);
    world
        .command(Command::Reconfigure(Box::new(asking(false))))
        .unwrap();
    assert!(!world.answer("www.example. A").authentic_data);
}

#[test]
fn a_security_aware_stub_gets_signatures_with_what_they_cover() {
    let signature = |covered: &str, owner: &str| {
        std::format!("{owner} 60 RRSIG {covered} 13 2 60 20300101000000 20250101000000 1 example. AAAA")
    };
    let (of_a, of_soa, of_nsec) = (
        signature("A", "www.example."),
        signature("SOA", "example."),
        signature("NSEC", "www.example."),
    );
    let mut world = World::new(
        Config {
            edns: Some(Edns {
                dnssec_ok: true,
                ..Edns::default()
            }),
            checking_disabled: true,
            ..config(1)
        },
        move |asked| match asked.question.rtype {
            Rtype::A => answer(&std::format!("www.example. 60 A 192.0.2.1\n{of_a}")).into(),
            _ => answer("")
                .authority(&std::format!(
                    "{SOA}\n{of_soa}\nwww.example. 60 NSEC example. A\n{of_nsec}"
                ))
                .into(),
        },
    );
    let types = |sets: &[crate::rrset::Rrset]| sets.iter().map(|set| set.rtype()).collect::<Vec<_>>();
    assert_eq!(
        types(&world.answer("www.example. A").rrsets),
        [Rtype::A, Rtype::RRSIG]
    );
    assert_eq!(
        types(&world.answer("www.example. A").rrsets),
        [Rtype::A, Rtype::RRSIG],
        "from the cache, too"
    );
    let answer = world.answer("www.example. AAAA");
    assert_eq!(answer.outcome, Outcome::NoData);
    assert_eq!(
        types(&answer.authority),
        [Rtype::SOA, Rtype::RRSIG, Rtype::NSEC, Rtype::RRSIG]
    );
    let asked = world.asked();
    assert!(asked.iter().all(|asked| asked.dnssec_ok && asked.flags.cd()));
}

#[test]
fn rfc2181_5_2_ttls_that_differ_lead_to_another_server_or_to_the_lowest_with_a_mark() {
    let servers = |asked: &Asked| match asked.last_octet() {
        1 => answer("www.example. 60 A 192.0.2.1\nwww.example. 90 A 192.0.2.2").into(),
        _ => answer("www.example. 70 A 192.0.2.1\nwww.example. 70 A 192.0.2.2").into(),
    };
    let mut world = World::new(
        Config {
            ttl_rule: TtlRule::Lowest,
            ..config(2)
        },
        servers,
    );
    let answer = world.answer("www.example. A");
    assert_eq!(
        (answer.ttl, answer.inconsistent(), world.whom()),
        (60, true, Vec::from([1]))
    );
    assert!(
        world.answer("www.example. A").inconsistent(),
        "the mark is kept with the set"
    );
    let mut world = World::new(
        Config {
            ttl_rule: TtlRule::Strict,
            ..config(2)
        },
        servers,
    );
    let answer = world.answer("www.example. A");
    assert_eq!(
        (answer.ttl, answer.inconsistent(), world.whom()),
        (70, false, Vec::from([1, 2]))
    );
    let mut world = World::new(
        Config {
            ttl_rule: TtlRule::Strict,
            ..config(1)
        },
        servers,
    );
    assert_eq!(
        trouble(world.look_up(records_query("www.example. A"))),
        Trouble::TtlsDiffer
    );
}

#[test]
fn the_families_of_a_host_are_as_authentic_as_the_lesser() {
    let mut world = World::new(asking(true), |asked| match asked.question.rtype {
        Rtype::A => authentic(asked),
        _ => answer("www.example. 60 AAAA 2001:db8::1").into(),
    });
    let both = world.look_up(Query::addresses("www.example.").unwrap()).unwrap();
    assert_eq!((both.addresses().count(), both.authentic_data), (2, false));
    assert!(world.answer("www.example. A").authentic_data);
}

#[test]
fn trust_in_one_server_is_not_trust_in_another() {
    let mut servers = config(2).servers;
    servers[0].trust_ad = true;
    let config = Config {
        servers,
        ..asking(true)
    };
    let mut world = World::new(config, |asked| match asked.last_octet() {
        1 => answer("").rcode(Rcode::REFUSED).into(),
        _ => authentic(asked),
    });
    assert!(!world.answer("www.example. A").authentic_data);
}

#[test]
fn rfc6840_5_8_do_asks_for_the_ad_bit_too() {
    let config = Config {
        authentic_data: false,
        edns: Some(Edns {
            dnssec_ok: true,
            ..Edns::default()
        }),
        ..asking(true)
    };
    let mut world = World::new(config, authentic);
    assert!(world.answer("www.example. A").authentic_data);
    assert!(!world.asked()[0].flags.ad());
}

#[test]
fn rfc4034_3_signatures_of_different_sets_may_differ_in_ttl_under_the_strict_rule_too() {
    let signature = |key: u16, ttl: u32| {
        std::format!("www.example. {ttl} RRSIG A 13 2 60 20300101000000 20250101000000 {key} example. AAAA\n")
    };
    let lines = std::format!(
        "www.example. 60 A 192.0.2.1\n{}{}",
        signature(1, 60),
        signature(2, 50)
    );
    let config = Config {
        ttl_rule: TtlRule::Strict,
        ..config(1)
    };
    let mut world = World::new(config, move |_| answer(&lines).into());
    assert_eq!(world.answer("www.example. A").rrsets.len(), 2);
}
