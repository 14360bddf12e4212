//! Another network, another configuration.

use super::*;

fn www(asked: &Asked) -> Reaction {
    let name = asked.question.name.to_canonical();
    answer(&std::format!("{name} 60 A 192.0.2.{}", asked.last_octet())).into()
}

fn reconfigure(world: &mut World, config: Config) {
    world.command(Command::Reconfigure(Box::new(config))).unwrap();
}

#[test]
fn firezone_2939_in_another_network_what_is_in_flight_is_asked_again_at_once() {
    let mut world = World::new(config(1), |asked| {
        if asked.at.is_zero() {
            Reaction::Silent
        } else {
            www(asked)
        }
    });
    let id = world.begin(records_query("www.example. A"));
    world.pass(50);
    let before: Vec<_> = world.flows.keys().copied().collect();
    world.network_changed();
    assert!(world.flows.keys().all(|flow| !before.contains(flow)));
    assert_eq!(addresses(&world.outcome(id).unwrap()), ["192.0.2.1"]);
    assert!(world.elapsed() < Duration::from_millis(100));
}

#[test]
fn firezone_6033_servers_that_were_dead_in_one_network_are_not_dead_in_another() {
    let mut world = World::new(config(2), |asked| {
        match (asked.last_octet(), asked.at.as_secs()) {
            (1, ..60) => Reaction::Silent,
            _ => www(asked),
        }
    });
    world.answer_each_of(3);
    assert_eq!(world.whom(), [1, 2, 1, 2, 2]);
    world.pass(60_000);
    world.network_changed();
    world.answer("later.example. A");
    assert_eq!(world.whom(), [1]);
}

#[test]
fn hickory_1132_look_ups_in_flight_survive_another_configuration() {
    let mut world = World::new(config(1), |asked| {
        if asked.last_octet() == 1 {
            Reaction::Silent
        } else {
            www(asked)
        }
    });
    let id = world.begin(records_query("www.example. A"));
    let waiting = world.begin(Query::addresses("other.example.").unwrap());
    world.pass(100);
    let elsewhere = Config {
        servers: Vec::from([Server::new(([192, 0, 2, 9], 53).into())]),
        ..config(1)
    };
    reconfigure(&mut world, elsewhere);
    assert_eq!(addresses(&world.outcome(id).unwrap()), ["192.0.2.9"]);
    assert!(world.outcome(waiting).is_ok());
    assert!(world.elapsed() < Duration::from_millis(200));
}

#[test]
fn the_same_configuration_again_disturbs_nobody() {
    let mut world = World::new(config(1), www);
    let id = world.begin(records_query("www.example. A"));
    reconfigure(&mut world, config(1));
    reconfigure(
        &mut world,
        Config {
            search: Vec::from(["x.example".parse().unwrap()]),
            ndots: 3,
            ..config(1)
        },
    );
    assert_eq!(addresses(&world.outcome(id).unwrap()), ["192.0.2.1"]);
    world.answer("www.example. A");
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn other_servers_are_not_answered_for_from_what_the_old_ones_said() {
    let mut world = World::new(config(1), www);
    world.answer("www.example. A");
    let elsewhere = Config {
        servers: Vec::from([Server::new(([192, 0, 2, 9], 53).into())]),
        ..config(1)
    };
    reconfigure(&mut world, elsewhere);
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.9"]);
}

#[test]
fn a_bad_configuration_is_refused_and_the_old_one_stays() {
    let mut world = World::new(config(1), www);
    let bad = Config {
        ndots: 99,
        ..config(1)
    };
    assert!(matches!(
        world.command(Command::Reconfigure(Box::new(bad))),
        Err(Misuse::OutOfRange { what: "ndots", .. })
    ));
    let moved = Config {
        lane: crate::flow::Lane(3),
        ..config(1)
    };
    assert!(matches!(
        world.command(Command::Reconfigure(Box::new(moved))),
        Err(Misuse::Impossible(_))
    ));
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
}

#[test]
fn without_servers_look_ups_fail_and_with_them_they_do_not() {
    let mut world = World::new(config(0), www);
    assert_eq!(
        world.look_up(records_query("www.example. A")),
        Err(LookupError::NoServer)
    );
    reconfigure(&mut world, config(1));
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
}

#[test]
fn getdns_1_no_connection_of_the_old_network_is_used_again() {
    let mut world = World::new(
        Config {
            stream_only: true,
            ..config(1)
        },
        www,
    );
    world.answer("a.example. A");
    world.answer("b.example. A");
    let flows: Vec<_> = world.asked().iter().map(|asked| asked.flow).collect();
    assert_eq!(flows[0], flows[1], "a connection is kept for the next question");
    world.network_changed();
    assert!(world.flows.is_empty());
    world.answer("c.example. A");
    assert_ne!(world.asked()[0].flow, flows[0]);
}

#[test]
fn firezone_2939_in_another_network_all_servers_are_tried_again() {
    let mut world = World::new(
        Config {
            attempts: 1,
            timeout: Duration::from_secs(1),
            ..config(1)
        },
        |asked| match (asked.proto, asked.at.as_millis()) {
            (Proto::Datagram, 1_500..) => www(asked),
            _ => Reaction::Silent,
        },
    );
    let id = world.begin(records_query("www.example. A"));
    world.pass(1_500);
    assert_eq!(world.whom(), [1, 101], "the last resort");
    world.network_changed();
    assert_eq!(addresses(&world.outcome(id).unwrap()), ["192.0.2.1"]);
}

#[test]
fn inv_2_a_probe_that_outlives_a_network_still_counts() {
    let mut world = World::new(config(2), |asked| match asked.last_octet() {
        1 => Reaction::Silent,
        _ if asked.what().starts_with('n') => www(asked),
        _ => Reaction::Silent,
    });
    world.answer_each_of(2);
    world.pass(2_000);
    world.asked();
    let id = world.begin(records_query("x.example. A"));
    assert_eq!(world.whom(), [2, 1]);
    world.network_changed();
    // The world sees to it that no server is asked the same twice at a time.
    assert!(world.outcome(id).is_err());
}

#[test]
fn a_server_that_comes_back_into_the_configuration_is_a_new_one() {
    let mut world = World::new(config(2), |asked| {
        match (asked.last_octet(), asked.at.as_secs()) {
            (1, ..60) => Reaction::Silent,
            _ => www(asked),
        }
    });
    world.answer_each_of(3);
    assert_eq!(world.whom().last(), Some(&2), "the first is dead");
    world.pass(60_000);
    let second = Config {
        servers: config(2).servers[1..].to_vec(),
        ..config(2)
    };
    reconfigure(&mut world, second);
    reconfigure(&mut world, config(2));
    world.answer("later.example. A");
    assert_eq!(world.whom(), [1]);
}

#[test]
fn who_asks_otherwise_is_not_answered_with_what_was_said_before() {
    let signed = crate::transport::Edns {
        dnssec_ok: true,
        ..crate::transport::Edns::default()
    };
    for changed in [
        Config {
            edns: Some(signed),
            ..config(1)
        },
        Config {
            checking_disabled: true,
            ..config(1)
        },
        Config {
            ttl_rule: crate::rrset::TtlRule::Strict,
            ..config(1)
        },
    ] {
        let mut world = World::new(config(1), www);
        world.answer("www.example. A");
        reconfigure(&mut world, changed);
        assert!(matches!(
            world.answer("www.example. A").source,
            Source::Server { .. }
        ));
    }
}

#[test]
fn another_size_of_the_cache_is_kept_to_at_once() {
    let mut world = World::new(config(1), www);
    world.answer("www.example. A");
    let without = Config {
        cache: None,
        ..config(1)
    };
    reconfigure(&mut world, without);
    assert!(world.stub.machine().cache().is_none());
}

#[test]
fn however_often_servers_change_nothing_that_others_said_comes_back() {
    let now = Now::without_wall(Instant::ZERO);
    let mut stub = Stub::new(Seed::from_number(1), config(1)).unwrap();
    let begin = |stub: &mut Stub, id| {
        let query = records_query("www.example. A");
        let options = LookupOptions::default();
        let id = LookupId(id);
        stub.command(now, Command::Lookup(Lookup { id, query, options }))
            .unwrap();
    };
    let asked = |stub: &mut Stub| loop {
        match stub.poll() {
            Output::Do(Action::Send { flow, data }) => return Some((flow, data)),
            Output::Idle(_) => return None,
            _ => {}
        }
    };
    begin(&mut stub, 0);
    let (flow, query) = asked(&mut stub).unwrap();
    let reply = write(
        Message::parse(&query).unwrap(),
        &answer("www.example. 60 A 192.0.2.1"),
    );
    stub.handle(now, Input::Received { flow, data: &reply });
    // As many groups as there are numbers for, the first one again with another meaning.
    for number in 0..=u16::MAX {
        let servers = config(2 + u8::from(number % 2 == 0));
        stub.command(now, Command::Reconfigure(Box::new(servers)))
            .unwrap();
        while asked(&mut stub).is_some() {}
    }
    begin(&mut stub, 1);
    assert!(asked(&mut stub).is_some(), "not from the cache");
}
