//! A server and its clients, with at least one fault in every seed.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use nameward_core::client::Server;
use nameward_core::limits::Limits;
use nameward_core::machine::Proto;
use nameward_core::server::respond::{Access, AccessRules, ResponderConfig};
use nameward_core::server::session::{ForwardConfig, Session, SessionConfig, StreamLimits};
use nameward_core::time::Instant;
use nameward_core::transport::{self, Ask, Event, QueryOptions, QuestionId, Requester};
use nameward_core::wire::{Question, Rcode, Rtype};
use nameward_core::zone::Zones;
use nameward_sim::{Host, HostConfig, What, World};
use nameward_tests::serving::{Hostile, Manner, Plan, ZONES, run};
use nameward_tests::zones::zone;

use crate::failures;
use crate::swarm::{self, Ran};

/// What must be seen now and then, or it is not tested.
const SOMETIMES: [&str; 25] = [
    "answered NOERROR by Datagram",
    "answered NOERROR by Stream",
    "answered NXDOMAIN by Datagram",
    "answered REFUSED by Datagram",
    "failed",
    "whole",
    "truncated",
    "left out what only helps",
    "datagram ignored",
    "accepting stopped",
    "reading stopped",
    "streams idle",
    "streams slow",
    "answered SERVFAIL by Datagram",
    "application asked by Datagram",
    "application asked by Stream",
    "asked elsewhere",
    "not even refused",
    "refused by datagram",
    "too many wait",
    "truncated, from others",
    "truncated, from the application",
    "whole, by Stream",
    "whole, from others",
    "whole, from the application",
];

/// Scripts of runs that broke a rule once.
const REGRESSIONS: [(&str, &str); 1] = [(
    "an application that is seen to be asked when the stream was reset",
    include_str!("regressions/asked-and-reset.txt"),
)];

#[test]
fn what_broke_a_rule_once_breaks_none_again() {
    failures::assert_fixed::<Plan>(&REGRESSIONS);
}

#[test]
fn invariants_hold_in_every_seed() {
    let sightings = swarm::sightings::<Session>(|seed| {
        let plan = Plan::from_seed(seed);
        let outcome = failures::or_panic(run(&plan), plan);
        Ran {
            trace_hash: outcome.trace_hash,
            sightings: outcome.sightings,
            recording: outcome.recording,
        }
    });
    for what in SOMETIMES {
        let seen = sightings
            .as_ref()
            .is_none_or(|sightings| sightings.contains_key(what));
        assert!(seen, "never seen: {what}");
    }
}

/// Five thousand streams on which an octet comes now and then, from 250 addresses, against the default limits: honest clients are served,
/// and the server's memory is bounded.
#[test]
fn slow_loris_on_5000_streams_keeps_nobody_from_being_served() {
    let mut world = World::new(1);
    let limits = StreamLimits::default();
    let most = limits.streams;
    let server: Host<Session> = world.host(HostConfig::server("server", [192, 0, 2, 53], 53), |boot| {
        let config = SessionConfig {
            zones: Zones::new([zone("example.", ZONES[0])]),
            ..SessionConfig::default()
        };
        Session::new(boot.seed, config).unwrap()
    });
    let address = "192.0.2.53:53".parse().unwrap();
    for number in 0..250 {
        let attacker = Hostile::new(address, Manner::Trickling, 20);
        let place = HostConfig::new(&format!("attacker {number}"), [203, 0, 113, number]);
        world.host(place, move |_| attacker.clone());
    }
    let client: Host<Requester> = world.host(HostConfig::new("client", [198, 51, 100, 1]), |boot| {
        let config = transport::Config {
            idle: Duration::ZERO,
            ..transport::Config::default()
        };
        Requester::new(boot.seed, config).unwrap()
    });
    let (mut most_streams, mut most_octets) = (0, 0);
    for second in 0..60 {
        let ask = Ask {
            id: QuestionId(second),
            server: address,
            question: Question::new("mail.example.".parse().unwrap(), Rtype::A),
            options: QueryOptions {
                proto: Proto::Stream,
                timeout: Duration::from_secs(7),
                ..QueryOptions::default()
            },
        };
        assert_eq!(world.command(client, transport::Command::Ask(ask)), Ok(()));
        world
            .run_until(Instant::ZERO.after(Duration::from_secs(second + 1)))
            .unwrap();
        let machine = world.machine(server);
        most_streams = most_streams.max(machine.open_streams());
        most_octets = most_octets.max(machine.held_octets());
    }
    world.run_for(Duration::from_secs(10)).unwrap();
    let counters = world.machine(server).counters();
    println!("{most_streams} streams at most, {most_octets} octets held at most, {counters:?}");
    let answered = world
        .events(client)
        .iter()
        .filter(|(_, event)| matches!(event, Event::Answered { .. }));
    assert_eq!(answered.count(), 60);
    assert_eq!(most_streams as u64, u64::from(most));
    assert!(most_octets < 100 * u64::from(most));
    assert!(
        counters.idle > 10_000 && counters.refused < counters.accepted,
        "{counters:?}"
    );
}

/// Three servers that forward to each other in a circle: what one client asks once does not go round for ever.
#[test]
fn servers_that_forward_in_a_circle_ask_each_other_a_few_times_and_say_servfail() {
    let mut world = World::new(1);
    let address = |number: u8| SocketAddr::from(([192, 0, 2, number], 53));
    for number in 0..3 {
        let config = SessionConfig {
            forward: Some(ForwardConfig {
                servers: vec![Server::new(address((number + 1) % 3))],
                ..ForwardConfig::default()
            }),
            responder: ResponderConfig {
                recursion: AccessRules::all(Access::Allow),
                ..ResponderConfig::default()
            },
            ..SessionConfig::default()
        };
        let place = HostConfig::server(&format!("server {number}"), address(number).ip(), 53);
        world.host(place, move |boot| {
            Session::new(boot.seed, config.clone()).unwrap()
        });
    }
    let client: Host<Requester> = world.host(HostConfig::new("client", [198, 51, 100, 1]), |boot| {
        let limits = Limits {
            time: Limits::MOST.time,
            ..Limits::default()
        };
        let config = transport::Config {
            limits,
            ..transport::Config::default()
        };
        Requester::new(boot.seed, config).unwrap()
    });
    let queries = Rc::new(Cell::new(0));
    let count = Rc::clone(&queries);
    world.observe("queries", move |happening| {
        if let What::Sent(packet) = happening.what
            && packet.data[2] & 0x80 == 0
        {
            count.set(count.get() + 1);
        }
        Ok(())
    });
    let ask = Ask {
        id: QuestionId(0),
        server: address(0),
        question: Question::new("mail.example.".parse().unwrap(), Rtype::A),
        options: QueryOptions {
            timeout: Duration::from_secs(10),
            attempts: 1,
            ..QueryOptions::default()
        },
    };
    assert_eq!(world.command(client, transport::Command::Ask(ask)), Ok(()));
    world.run().unwrap();
    let [(at, Event::Answered { reply, .. })] = world.events(client) else {
        panic!("{:?}", world.events(client))
    };
    assert_eq!(reply.message.view().rcode(), Rcode::SERVFAIL);
    assert!(at.since(Instant::ZERO) < Duration::from_secs(8), "{at}");
    assert!((4..=10).contains(&queries.get()), "{} queries", queries.get());
}
