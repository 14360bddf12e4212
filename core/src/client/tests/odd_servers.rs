//! Servers that do not take EDNS, and what cookies and the case of letters do with them.

use super::*;
use crate::edns::ClientSubnet;
use crate::machine::Ignored;
use crate::transport::Edns;
use crate::wire::Options;

const WWW: &str = "www.example. 60 A 192.0.2.1";

/// A server that answers queries without OPT record, and all others with this error.
fn without_edns(rcode: Rcode) -> impl FnMut(&Asked) -> Reaction {
    move |asked| {
        if asked.edns {
            answer("").rcode(rcode).plain().into()
        } else {
            named(asked).into()
        }
    }
}

fn named(asked: &Asked) -> Reply {
    answer(&std::format!(
        "{} 60 A 192.0.2.1",
        asked.question.name.to_canonical()
    ))
}

/// Which queries had an OPT record, since the last time.
fn with_opt(world: &mut World) -> Vec<bool> {
    world.asked().iter().map(|asked| asked.edns).collect()
}

#[test]
fn zdns_617_a_formerr_of_twelve_octets_leads_to_a_query_without_edns() {
    let mut world = World::new(config(1), |asked| {
        if !asked.edns {
            return named(asked).into();
        }
        let mut header = asked.octets[..2].to_vec();
        header.extend([0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0]);
        Reaction::Octets(Vec::from([header]))
    });
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
    assert_eq!(with_opt(&mut world), [true, false]);
}

#[test]
fn numa_349_an_old_server_behind_a_route_is_asked_without_edns_and_its_formerr_is_not_kept() {
    let route = Route {
        suffix: "corp.example".parse().unwrap(),
        servers: config(1).servers,
    };
    let config = Config {
        routes: Vec::from([route]),
        ..config(0)
    };
    for rcode in [Rcode::FORMERR, Rcode::NOTIMP] {
        let mut world = World::new(config.clone(), without_edns(rcode));
        assert_eq!(addresses(&world.answer("www.corp.example. A")), ["192.0.2.1"]);
        assert_eq!(world.answer("www.corp.example. A").source, Source::Cache);
    }
}

#[test]
fn ocaml_dns_281_it_is_asked_without_edns_over_a_stream_too() {
    let config = Config {
        stream_only: true,
        ..config(1)
    };
    let mut world = World::new(config, without_edns(Rcode::FORMERR));
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
    assert_eq!(with_opt(&mut world), [true, false]);
}

#[test]
fn hickory_667_silence_says_nothing_of_edns() {
    let mut world = World::new(config(1), |asked| {
        if asked.at.as_secs() < 3 {
            Reaction::Silent
        } else {
            named(asked).into()
        }
    });
    assert!(world.look_up(records_query("www.example. A")).is_ok());
    world.answer("other.example. A");
    assert!(with_opt(&mut world).iter().all(|&edns| edns));
}

#[test]
fn cares_244_what_one_reply_says_counts_for_one_question() {
    let mut world = World::new(config(1), |asked| {
        if asked.edns && asked.at.is_zero() {
            answer("").rcode(Rcode::FORMERR).plain().into()
        } else {
            named(asked).into()
        }
    });
    world.answer("a.example. A");
    assert_eq!(with_opt(&mut world), [true, false]);
    world.answer("b.example. A");
    assert_eq!(with_opt(&mut world), [true]);
}

#[test]
fn pdns_10825_the_asker_s_own_options_do_not_keep_it_from_asking_without_them() {
    let mut options = Options::default();
    options.push(OptionCode::CLIENT_SUBNET, &[0, 1, 24, 0, 192, 0, 2]);
    let config = Config {
        edns: Some(Edns {
            options,
            ..Edns::default()
        }),
        ..config(1)
    };
    let mut world = World::new(config.clone(), without_edns(Rcode::FORMERR));
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
    let asked = world.asked();
    let subnet = asked[0].query().opt().unwrap().options().first::<ClientSubnet>();
    assert!(subnet.is_some_and(|subnet| subnet.is_ok()));
    assert!(!asked[1].edns);
    // SERVFAIL may mean anything.
    let mut world = World::new(config, without_edns(Rcode::SERVFAIL));
    assert_eq!(
        trouble(world.look_up(records_query("www.example. A"))),
        Trouble::Rcode(Rcode::SERVFAIL)
    );
    assert!(with_opt(&mut world).iter().all(|&edns| edns));
}

#[test]
fn rfc4035_4_1_who_wants_signatures_is_not_talked_out_of_edns() {
    let config = Config {
        edns: Some(Edns {
            dnssec_ok: true,
            ..Edns::default()
        }),
        ..config(1)
    };
    let mut world = World::new(config, without_edns(Rcode::FORMERR));
    assert_eq!(
        trouble(world.look_up(records_query("www.example. A"))),
        Trouble::Rcode(Rcode::FORMERR)
    );
    assert!(with_opt(&mut world).iter().all(|&edns| edns));
}

#[test]
fn cares_620_queries_have_a_cookie_of_the_client_unless_it_is_switched_off() {
    let mut world = World::new(config(2), |asked| match asked.last_octet() {
        1 => answer("").rcode(Rcode::REFUSED).into(),
        _ => named(asked).into(),
    });
    world.answer("www.example. A");
    let cookies: Vec<_> = world.asked().iter().map(Asked::cookie).collect();
    let [Some(first), Some(second)] = &cookies[..] else {
        panic!("{cookies:?}");
    };
    assert_eq!((first.len(), second.len()), (8, 8));
    assert_ne!(first, second, "each server sees another one");
    let mut world = World::new(
        Config {
            cookies: false,
            ..config(1)
        },
        |asked| named(asked).into(),
    );
    world.answer("www.example. A");
    assert_eq!(world.asked()[0].cookie(), None);
}

#[test]
fn cares_833_the_cookie_of_a_server_is_sent_back_and_a_reply_without_it_is_not_believed() {
    let mut world = World::new(config(1), |asked| {
        let reply = named(asked).cookie(b"of the server");
        if asked.at.is_zero() || asked.proto == Proto::Stream {
            return reply.into();
        }
        let forged = asked.written(&answer("b.example. 60 A 192.0.2.66"));
        Reaction::Octets(Vec::from([forged, asked.written(&reply)]))
    });
    world.answer("a.example. A");
    assert_eq!(addresses(&world.answer("b.example. A")), ["192.0.2.1"]);
    assert!(world.ignored.contains(&Ignored::WrongCookie));
    let asked = world.asked();
    assert_eq!(asked[1].cookie().unwrap()[8..], *b"of the server");
    assert_eq!(asked[1].cookie().unwrap()[..8], asked[0].cookie().unwrap());
}

#[test]
fn pdns_10618_answers_are_kept_without_regard_to_cookies_and_badcookie_is_answered_with_the_new_one() {
    let mut world = World::new(config(1), |asked| {
        let reply = named(asked).cookie(b"a new cookie");
        let known = asked.cookie().is_some_and(|cookie| cookie.len() > 8);
        if known {
            reply.into()
        } else {
            reply.rcode(Rcode::BADCOOKIE).into()
        }
    });
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
    assert_eq!(world.whom(), [1, 1]);
    assert_eq!(world.answer("www.example. A").source, Source::Cache);
}

#[test]
fn cares_795_letters_are_drawn_anew_and_a_reply_in_others_is_not_believed() {
    let spelt = |asked: &Asked| asked.question.name.to_string();
    let mut world = World::new(config(1), move |asked| {
        let mut forged = asked.written(&answer("www.example. 60 A 192.0.2.66"));
        // Who has not seen the query cannot know its letters.
        for octet in &mut forged[12..25] {
            if octet.is_ascii_alphabetic() {
                *octet ^= 0x20;
            }
        }
        match asked.proto {
            Proto::Datagram => Reaction::Octets(Vec::from([forged, asked.written(&answer(WWW))])),
            Proto::Stream => answer(WWW).into(),
        }
    });
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
    assert!(world.ignored.contains(&Ignored::WrongQuestion));
    let mut world = World::new(
        Config {
            cache: None,
            ..config(1)
        },
        |_| answer(WWW).into(),
    );
    let spellings: std::collections::BTreeSet<_> = (0..20)
        .map(|_| {
            let answer = world.answer("www.example. A");
            assert_eq!(shown(&answer), ["www.example. A 192.0.2.1"]);
            spelt(&world.asked()[0])
        })
        .collect();
    assert!(spellings.len() > 15, "{spellings:?}");
}

#[test]
fn cares_800_a_server_that_changes_letters_is_still_understood() {
    let mut world = World::new(config(1), |asked| {
        let mut reply = asked.written(&named(asked));
        reply[12..].make_ascii_lowercase();
        Reaction::Octets(Vec::from([reply]))
    });
    for name in ["a", "b", "c", "d"] {
        let answer = world.answer(&std::format!("{name}.example. A"));
        assert_eq!(addresses(&answer), ["192.0.2.1"]);
    }
    assert!(world.elapsed() < Duration::from_secs(1));
    let asked = world.asked();
    assert!(asked.iter().any(|asked| asked.proto == Proto::Stream));
    // Once it is known, letters are left as they are for it, and datagrams suffice.
    let last = asked.last().unwrap();
    assert_eq!(
        (last.proto, last.question.name.to_string()),
        (Proto::Datagram, "d.example.".into())
    );
}

#[test]
fn letters_stay_as_they_are_where_that_is_configured() {
    let config = Config {
        case_randomization: false,
        ..config(1)
    };
    let mut world = World::new(config, |_| answer(WWW).into());
    world.answer("www.example. A");
    assert_eq!(world.asked()[0].question.name.to_string(), "www.example.");
}
