//! Another network, another configuration (features.md section 4, row 10).

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
    for number in 0..3 {
        world.answer(&std::format!("n{number}.example. A"));
    }
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
