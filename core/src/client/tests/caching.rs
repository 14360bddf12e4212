//! What is kept, for how long, and what an answer says about that.

use super::*;
use crate::limits::CacheLimits;
use crate::rrset::Rrset;

fn www(asked: &Asked) -> Reaction {
    match asked.what().as_str() {
        "www.example. A" => answer("www.example. 60 A 192.0.2.1").into(),
        "zero.example. A" => answer("zero.example. 0 A 192.0.2.1").into(),
        "long.example. A" => answer("long.example. 4000000000 A 192.0.2.1").into(),
        "bare.example. A" => answer("").flags(|flags| flags.with_aa(true)).into(),
        "no.example. A" => denial(Rcode::NXDOMAIN).into(),
        _ => denial(Rcode::NOERROR).into(),
    }
}

/// One server, and a cache with these limits.
fn caching(cache: CacheLimits) -> Config {
    Config {
        cache: Some(cache),
        ..config(1)
    }
}

#[test]
fn linkerd2_711_an_answer_says_until_when_it_is_valid_and_its_ttl_counts_down() {
    let mut world = World::new(config(1), www);
    let first = world.answer("www.example. A");
    assert_eq!(
        (first.ttl, first.valid_until),
        (60, world.now.mono.after(Duration::from_secs(60)))
    );
    world.pass(20_500);
    let second = world.answer("www.example. A");
    assert_eq!(
        (second.ttl, second.rrsets[0].ttl(), second.source),
        (39, 39, Source::Cache)
    );
    assert_eq!(second.valid_until, first.valid_until);
    assert_eq!(world.asked().len(), 1);
    world.pass(40_000);
    assert_eq!(world.answer("www.example. A").ttl, 60);
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn linkerd2_974_a_denial_is_an_answer_with_its_negative_ttl() {
    let mut world = World::new(config(1), www);
    for (what, outcome) in [
        ("no.example. A", Outcome::NxDomain),
        ("www.example. AAAA", Outcome::NoData),
    ] {
        let first = world.answer(what);
        // The lesser of the SOA's TTL and its MINIMUM (RFC 2308 section 5).
        assert_eq!((first.outcome, first.ttl), (outcome, 300));
        world.pass(100_000);
        let again = world.answer(what);
        assert_eq!(
            (again.outcome, again.ttl, again.source),
            (outcome, 200, Source::Cache)
        );
    }
    assert_eq!(world.asked().len(), 2);
    // RFC 8020 aside, NXDOMAIN is about the name: whatever type is asked for.
    assert_eq!(world.answer("no.example. MX").source, Source::Cache);
}

#[test]
fn linkerd2_13508_who_refreshes_has_a_least_interval_even_if_the_ttl_is_zero() {
    let mut world = World::new(config(1), www);
    let answer = world.answer("zero.example. A");
    assert_eq!((answer.ttl, answer.valid_until), (0, world.now.mono));
    let least = Duration::from_secs(5);
    assert_eq!(
        answer.refresh_at(world.now.mono, least),
        world.now.mono.after(least)
    );
    let answer = world.answer("www.example. A");
    assert_eq!(answer.refresh_at(world.now.mono, least), answer.valid_until);
}

#[test]
fn what_has_no_ttl_is_good_for_one_look_up() {
    let mut world = World::new(config(1), www);
    for what in ["zero.example. A", "bare.example. A"] {
        assert_eq!(world.answer(what).ttl, 0, "{what}");
        assert_eq!(world.answer(what).ttl, 0, "{what}");
        assert_eq!(world.asked().len(), 2, "{what}");
    }
}

#[test]
fn rfc8767_4_ttls_are_capped_in_answers_as_in_the_cache() {
    let mut world = World::new(config(1), www);
    let answer = world.answer("long.example. A");
    assert_eq!((answer.ttl, answer.rrsets[0].ttl()), (86_400, 86_400));
    assert_eq!(world.answer("long.example. A").ttl, 86_400);
    let cache = CacheLimits {
        negative_ttl: 10,
        ..CacheLimits::default()
    };
    let mut world = World::new(caching(cache), www);
    assert_eq!(world.answer("no.example. A").ttl, 10);
}

#[test]
fn reqwest_2922_a_negative_aaaa_is_kept_on_its_own_and_nobody_is_asked_again() {
    let mut world = World::new(config(1), www);
    for _ in 0..5 {
        let answer = world.look_up(Query::addresses("www.example.").unwrap()).unwrap();
        assert_eq!(
            (addresses(&answer), answer.outcome),
            (Vec::from(["192.0.2.1".into()]), Outcome::Positive)
        );
    }
    assert_eq!(world.what(), ["www.example. A", "www.example. AAAA"]);
    // The A expires, the denial of the AAAA does not.
    world.pass(61_000);
    world.look_up(Query::addresses("www.example.").unwrap()).unwrap();
    assert_eq!(world.what(), ["www.example. A"]);
}

#[test]
fn a_fresh_look_up_does_not_look_into_the_cache_but_feeds_it() {
    let mut world = World::new(config(1), www);
    world.answer("www.example. A");
    world.pass(30_000);
    let id = world.begin_with(
        records_query("www.example. A"),
        LookupOptions {
            fresh: true,
            ..LookupOptions::default()
        },
    );
    assert_eq!(world.outcome(id).unwrap().ttl, 60);
    assert_eq!(world.answer("www.example. A").ttl, 60);
    assert_eq!(world.asked().len(), 2);
}

#[test]
fn without_cache_each_look_up_asks() {
    let mut world = World::new(
        Config {
            cache: None,
            ..config(1)
        },
        www,
    );
    world.answer("www.example. A");
    world.answer("www.example. A");
    assert_eq!(world.asked().len(), 2);
}

#[test]
fn a_failure_is_not_remembered_for_the_servers_do_that() {
    let mut world = World::new(config(1), |asked| match asked.at.as_millis() {
        0 => answer("").rcode(Rcode::SERVFAIL).into(),
        _ => answer("www.example. 60 A 192.0.2.1").into(),
    });
    assert!(world.look_up(records_query("www.example. A")).is_err());
    assert!(world.look_up(records_query("www.example. A")).is_ok());
}

#[test]
fn linkerd2_proxy_639_that_a_name_does_not_exist_is_told_from_failure_with_the_time_of_its_zone() {
    let mut world = World::new(config(1), |asked| match asked.what().as_str() {
        "failing.example. A" => answer("").rcode(Rcode::SERVFAIL).into(),
        "starting.example. A" if asked.at.as_secs() >= 1 => answer("starting.example. 60 A 192.0.2.1").into(),
        _ => {
            let soa = "example. 60 SOA ns.example. who.example. 1 7200 3600 86400 1";
            answer("").rcode(Rcode::NXDOMAIN).authority(soa).into()
        }
    });
    let answer = world.answer("starting.example. A");
    assert_eq!((answer.outcome, answer.ttl), (Outcome::NxDomain, 1));
    assert!(world.look_up(records_query("failing.example. A")).is_err());
    // As soon as the zone lets it, and not a minute later.
    world.pass(1_001);
    assert_eq!(addresses(&world.answer("starting.example. A")), ["192.0.2.1"]);
}

#[test]
fn inv_10_the_cache_keeps_within_its_limits() {
    let cache = CacheLimits {
        entries: 10,
        ..CacheLimits::default()
    };
    let mut world = World::new(caching(cache), |asked| {
        answer(&std::format!(
            "{} 60 A 192.0.2.1",
            asked.question.name.to_canonical()
        ))
        .into()
    });
    world.answer_each_of(100);
    assert_eq!(world.stub.machine().cache().unwrap().entries(), 10);
    assert_eq!(world.answer("n99.example. A").source, Source::Cache);
}

#[test]
fn rfc2308_5_a_soa_record_of_another_zone_or_class_says_nothing() {
    for soa in [
        "other. 600 SOA ns.other. who.other. 1 7200 3600 86400 300",
        "sub.no.example. 600 SOA ns.example. who.example. 1 7200 3600 86400 300",
    ] {
        let mut world = World::new(config(1), move |_| {
            answer("").rcode(Rcode::NXDOMAIN).authority(soa).into()
        });
        let first = world.answer("no.example. A");
        assert_eq!(
            (first.outcome, first.ttl, first.authority.len()),
            (Outcome::NxDomain, 0, 0)
        );
        world.answer("no.example. A");
        assert_eq!(world.asked().len(), 2, "it is not kept");
    }
    let mut world = World::new(config(1), |_| {
        let mut reply = denial(Rcode::NXDOMAIN);
        reply.authority[0].class = Class::CH;
        reply.into()
    });
    assert_eq!(world.answer("no.example. A").ttl, 0);
}

#[test]
fn rfc2308_5_the_negative_ttl_is_the_lesser_of_two_and_capped() {
    let cache = CacheLimits {
        negative_ttl: 200,
        ..CacheLimits::default()
    };
    let mut world = World::new(caching(cache), |asked| {
        let ttl = if asked.what().starts_with("short") {
            100
        } else {
            600
        };
        let soa = std::format!("example. {ttl} SOA ns.example. who.example. 1 7200 3600 86400 300");
        answer("").authority(&soa).into()
    });
    assert_eq!(world.answer("short.example. A").ttl, 100);
    assert_eq!(world.answer("long.example. A").ttl, 200);
}

#[test]
fn rfc8767_4_the_ttls_of_signatures_are_capped_like_those_of_what_they_cover() {
    let signature =
        "www.example. 4000000000 RRSIG A 13 2 4000000000 20300101000000 20250101000000 1 example. AAAA";
    let lines = std::format!("www.example. 4000000000 A 192.0.2.1\n{signature}");
    let mut world = World::new(config(1), move |_| answer(&lines).into());
    for source in ["a server", "the cache"] {
        let ttls = world
            .answer("www.example. A")
            .rrsets
            .iter()
            .map(Rrset::ttl)
            .collect::<Vec<_>>();
        assert_eq!(ttls, [86_400, 86_400], "from {source}");
    }
}
