//! Hosts files, special names, search lists and routes.

use super::*;
use crate::text::resolv_conf::ResolvConf;

/// The configuration of a `resolv.conf`, of which everything is understood.
fn of_file(text: &str) -> Config {
    let file = ResolvConf::read(text.as_bytes());
    let (config, warnings) = Config::from_resolv_conf(&file, &Surroundings::default());
    assert!(warnings.is_empty(), "{warnings:?}");
    config
}

const ZONE: &str = "example. 600 SOA ns.example. who.example. 1 7200 3600 86400 300";

/// Knows `www.a.example.` and `www.x.`, and denies everything else.
fn two_names(asked: &Asked) -> Reaction {
    match asked.what().as_str() {
        "www.a.example. A" => answer("www.a.example. 60 A 192.0.2.10").into(),
        "www.x. A" => answer("www.x. 60 A 192.0.2.11").into(),
        _ => answer("")
            .rcode(Rcode::NXDOMAIN)
            .authority(". 60 SOA ns. who. 1 2 3 4 60")
            .into(),
    }
}

fn searching() -> Config {
    Config {
        search: ["b.example", "a.example"]
            .map(|name| name.parse().unwrap())
            .into(),
        ..config(1)
    }
}

#[test]
fn netty_10202_hosts_come_before_dns_both_ways_and_nobody_is_asked() {
    let hosts = HostsIndex::read(b"192.0.2.7 box.example box\n2001:db8::7 box.example\n");
    let mut world = World::new(Config { hosts, ..searching() }, |_| Reaction::Silent);
    let answer = world.look_up(Query::addresses("BOX").unwrap()).unwrap();
    assert_eq!(addresses(&answer), ["192.0.2.7"]);
    assert_eq!(
        (answer.source, answer.outcome),
        (Source::Hosts, Outcome::Positive)
    );
    let answer = world.look_up(Query::addresses("box.example").unwrap()).unwrap();
    assert_eq!(addresses(&answer), ["192.0.2.7", "2001:db8::7"]);
    let answer = world
        .look_up(Query::reverse("2001:db8::7".parse().unwrap()))
        .unwrap();
    assert!(
        shown(&answer)[0].ends_with("PTR box.example."),
        "{:?}",
        shown(&answer)
    );
    // The file knows the name, and that it has no other address.
    let answer = world.answer("box AAAA");
    assert_eq!((answer.source, answer.outcome), (Source::Hosts, Outcome::NoData));
    assert_eq!(world.whom(), []);
}

#[test]
fn a_name_in_the_hosts_file_is_asked_about_if_another_type_is_wanted() {
    let hosts = HostsIndex::read(b"192.0.2.7 www.a.example\n");
    let mut world = World::new(Config { hosts, ..config(1) }, two_names);
    assert_eq!(world.answer("www.a.example. MX").outcome, Outcome::NxDomain);
    assert_eq!(world.what(), ["www.a.example. MX"]);
}

#[test]
fn rfc6761_special_names_are_answered_without_asking_and_without_search() {
    let mut world = World::new(searching(), |_| Reaction::Silent);
    let answer = world.look_up(Query::addresses("localhost").unwrap()).unwrap();
    assert_eq!(addresses(&answer), ["127.0.0.1", "::1"]);
    assert_eq!(answer.source, Source::SpecialUse);
    let answer = world.answer("mail.localhost. MX");
    assert_eq!(
        (answer.outcome, answer.source),
        (Outcome::NoData, Source::SpecialUse)
    );
    for name in ["x.onion", "x.invalid", "printer.local", "x.alt"] {
        let answer = world.look_up(Query::addresses(name).unwrap()).unwrap();
        assert_eq!(
            (answer.outcome, answer.source),
            (Outcome::NxDomain, Source::SpecialUse),
            "{name}"
        );
    }
    assert_eq!(world.whom(), []);
}

#[test]
fn an_alias_to_a_special_name_is_followed_to_what_that_means_and_not_to_what_the_server_says() {
    let mut world = World::new(config(1), |_| {
        answer("x.example. 60 CNAME localhost.\nlocalhost. 60 A 192.0.2.66").into()
    });
    let answer = world.answer("x.example. A");
    assert_eq!(
        shown(&answer),
        ["x.example. CNAME localhost.", "localhost. A 127.0.0.1"]
    );
}

#[test]
fn rfc1123_2_1_an_address_in_text_is_its_own_answer() {
    let mut world = World::new(searching(), |_| Reaction::Silent);
    for (text, family) in [("192.0.2.1", Rtype::A), ("2001:db8::1", Rtype::AAAA)] {
        let answer = world.look_up(Query::addresses(text).unwrap()).unwrap();
        assert_eq!(
            (addresses(&answer), answer.source),
            (Vec::from([text.to_string()]), Source::Literal)
        );
        assert_eq!(answer.rrsets[0].rtype(), family);
    }
    let name = "192.0.2.1".parse().unwrap();
    let query = Query::Addresses {
        name,
        families: Families::Ipv6,
        search: true,
    };
    assert_eq!(world.look_up(query).unwrap().outcome, Outcome::NoData);
    assert_eq!(world.whom(), []);
}

#[test]
fn resolv_conf_5_the_search_list_is_tried_in_order_until_there_is_an_answer() {
    let mut world = World::new(searching(), two_names);
    let answer = world.answer("www A");
    assert_eq!(
        (answer.name.to_string(), addresses(&answer)),
        ("www.a.example.".into(), Vec::from(["192.0.2.10".into()]))
    );
    assert_eq!(world.what(), ["www.b.example. A", "www.a.example. A"]);
    assert_eq!(world.answer("www.x A").name.to_string(), "www.x.");
    assert_eq!(world.what(), ["www.x. A"]);
}

#[test]
fn resolv_conf_5_a_name_that_is_nowhere_is_denied_for_as_long_as_all_denials_are_valid() {
    let mut world = World::new(searching(), |asked| match asked.what().as_str() {
        "no.b.example. A" => answer("").authority(ZONE).into(),
        _ => answer("")
            .rcode(Rcode::NXDOMAIN)
            .authority(". 60 SOA ns. who. 1 2 3 4 40")
            .into(),
    });
    let answer = world.answer("no A");
    // The name that exists, without such data, says more than those that do not.
    assert_eq!(
        (answer.outcome, answer.name.to_string()),
        (Outcome::NoData, "no.b.example.".into())
    );
    // Forty seconds, less the moment that the others took.
    assert_eq!(answer.ttl, 39);
    assert_eq!(world.what(), ["no.b.example. A", "no.a.example. A", "no. A"]);
}

#[test]
fn resolv_conf_5_a_server_failure_does_not_end_the_search_but_silence_does() {
    let mut world = World::new(searching(), |asked| match asked.what().as_str() {
        "www.b.example. A" | "no.b.example. A" => answer("").rcode(Rcode::SERVFAIL).into(),
        _ => two_names(asked),
    });
    assert_eq!(world.answer("www A").name.to_string(), "www.a.example.");
    // That there is no such name cannot be said.
    assert_eq!(
        trouble(world.look_up(records_query("no A"))),
        Trouble::Rcode(Rcode::SERVFAIL)
    );
    let mut world = World::new(searching(), |asked| match asked.what().as_str() {
        "www.b.example. A" => Reaction::Silent,
        _ => two_names(asked),
    });
    assert!(world.look_up(records_query("www A")).is_err());
    assert!(world.what().iter().all(|what| what == "www.b.example. A"));
}

#[test]
fn firezone_1158_routes_send_names_to_their_own_servers_and_keep_what_they_say_apart() {
    let servers = |last| Vec::from([Server::new(([192, 0, 2, last], 53).into())]);
    let route = |suffix: &str, last| Route {
        suffix: suffix.parse().unwrap(),
        servers: servers(last),
    };
    let config = Config {
        routes: Vec::from([route("corp.example", 7), route("local", 8)]),
        ..config(1)
    };
    let mut world = World::new(config, |asked| {
        match (asked.last_octet(), asked.what().as_str()) {
            // The server of the route says what it has no business to say.
            (7, "www.corp.example. A") => {
                answer("www.corp.example. 60 CNAME www.bank.example.\nwww.bank.example. 60 A 192.0.2.66")
                    .into()
            }
            (1, "www.bank.example. A") => answer("www.bank.example. 60 A 192.0.2.1").into(),
            (8, "printer.local. A") => answer("printer.local. 60 A 192.0.2.8").into(),
            _ => answer("").rcode(Rcode::REFUSED).into(),
        }
    });
    assert_eq!(addresses(&world.answer("www.corp.example. A")), ["192.0.2.1"]);
    assert_eq!(world.whom(), [7, 1]);
    assert_eq!(addresses(&world.answer("www.bank.example. A")), ["192.0.2.1"]);
    assert_eq!(world.whom(), []);
    assert_eq!(addresses(&world.answer("printer.local. A")), ["192.0.2.8"]);
    assert_eq!(world.whom(), [8]);
}

#[test]
fn a_route_without_servers_is_an_error_and_not_a_question_to_somebody_else() {
    let route = Route {
        suffix: "secret.example".parse().unwrap(),
        servers: Vec::new(),
    };
    let mut world = World::new(
        Config {
            routes: Vec::from([route]),
            ..config(1)
        },
        two_names,
    );
    assert_eq!(
        world.look_up(records_query("www.secret.example. A")),
        Err(LookupError::NoServer)
    );
    assert_eq!(world.whom(), []);
}

#[test]
fn resolv_conf_5_sortlist_orders_the_addresses_of_an_answer() {
    let file = ResolvConf::read(b"nameserver 192.0.2.1\nsortlist 198.51.100.0\n");
    let (config, _) = Config::from_resolv_conf(&file, &Surroundings::default());
    let mut world = World::new(config, |_| {
        answer("m.example. 60 A 192.0.2.1\nm.example. 60 A 198.51.100.1\nm.example. 60 A 192.0.2.0").into()
    });
    assert_eq!(
        addresses(&world.answer("m.example. A")),
        ["198.51.100.1", "192.0.2.1", "192.0.2.0"]
    );
}

#[test]
fn netty_6885_with_ndots_0_a_name_without_dots_is_tried_as_it_is_first() {
    let mut world = World::new(
        Config {
            ndots: 0,
            ..searching()
        },
        two_names,
    );
    assert_eq!(world.answer("www A").name.to_string(), "www.a.example.");
    assert_eq!(world.what(), ["www. A", "www.b.example. A", "www.a.example. A"]);
}

#[test]
fn amphp_89_search_list_ndots_and_rotation_of_a_file_act_together() {
    let text =
        "nameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch b.example a.example\noptions ndots:2 rotate\n";
    let mut world = World::new(of_file(text), two_names);
    assert_eq!(world.answer("www.x A").name.to_string(), "www.x.");
    let asked = world.asked();
    let what: Vec<_> = asked
        .iter()
        .map(|asked| (asked.what(), asked.last_octet()))
        .collect();
    assert_eq!(
        what,
        [
            ("www.x.b.example. A".into(), 1),
            ("www.x.a.example. A".into(), 2),
            ("www.x. A".into(), 1)
        ]
    );
}

#[test]
fn dnspython_445_timeout_and_attempts_of_a_file_act() {
    let text = "nameserver 192.0.2.1\nnameserver 192.0.2.2\noptions timeout:1 attempts:1 edns0\n";
    let mut world = World::new(of_file(text), |_| Reaction::Silent);
    assert!(world.look_up(records_query("www.example. A")).is_err());
    let asked = world.asked();
    let datagrams = asked.iter().filter(|asked| asked.proto == Proto::Datagram);
    let at: Vec<_> = datagrams
        .map(|asked| (asked.last_octet(), asked.at.as_secs()))
        .collect();
    assert_eq!(at, [(1, 0), (2, 1)]);
    assert!(asked.iter().all(|asked| asked.edns));
}

#[test]
fn fastdialer_524_a_short_name_is_found_through_the_search_list_of_a_file() {
    let text = "nameserver 192.0.2.1\nsearch b.example a.example\n";
    let mut world = World::new(of_file(text), two_names);
    let answer = world.look_up(Query::addresses("www").unwrap()).unwrap();
    assert_eq!(
        (answer.name.to_string(), addresses(&answer)),
        ("www.a.example.".into(), Vec::from(["192.0.2.10".into()]))
    );
}

#[test]
fn kubernetes_56903_each_denial_of_a_long_search_is_kept() {
    let text = "nameserver 192.0.2.1\nsearch default.svc.k8s svc.k8s k8s\noptions ndots:5\n";
    let mut world = World::new(of_file(text), |asked| match asked.what().as_str() {
        "www.example. A" => answer("www.example. 60 A 192.0.2.1").into(),
        _ => answer("")
            .rcode(Rcode::NXDOMAIN)
            .authority(". 60 SOA ns. who. 1 2 3 4 60")
            .into(),
    });
    for _ in 0..3 {
        assert_eq!(addresses(&world.answer("www.example A")), ["192.0.2.1"]);
    }
    assert_eq!(
        world.asked().len(),
        4,
        "the second and the third time nobody is asked"
    );
}

#[test]
fn kubernetes_a_route_to_a_special_name_is_asked_about_it() {
    let route = Route {
        suffix: "cluster.local".parse().unwrap(),
        servers: config(1).servers,
    };
    let config = Config {
        routes: Vec::from([route]),
        ..config(0)
    };
    let mut world = World::new(config, |_| answer("db.cluster.local. 60 A 192.0.2.5").into());
    assert_eq!(addresses(&world.answer("db.cluster.local. A")), ["192.0.2.5"]);
    assert_eq!(world.answer("printer.local. A").source, Source::SpecialUse);
}
