//! Ways that are bad for ever: blocked, narrow, slow.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::time::Duration;

use bytes::Bytes;
use nameward_core::machine::CloseCause;
use nameward_core::time::Instant;
use nameward_sim::{
    AttackerConfig, BlindAttackerConfig, Blocked, Dropped, Fate, Fault, FaultPlan, Forgery, HostConfig,
    Interference, Knowledge, Larger, Link, Passing, PerMille, Rate, StreamFaults, What, World,
};

use crate::toy::{self, Command, Event, Pair, pair, server_address, settle_pair};

/// What becomes of a ping, large or small, and of a stream, where the ways are like this.
fn outcome(link: Link, command: Command) -> (Vec<Event>, Vec<Dropped>, Duration) {
    let mut world = World::new(0);
    let (client, _) = settle_pair(&mut world, &FaultPlan::NONE);
    world.set_default_link(link);
    let dropped = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&dropped);
    world.observe("log", move |happening| {
        if let What::Dropped(_, why) = happening.what {
            log.borrow_mut().push(why);
        }
        Ok(())
    });
    world.command(client, command).expect("a new number");
    world.run().expect("no rule is broken");
    let events = world.events(client);
    let took = events
        .last()
        .map_or(Duration::ZERO, |(at, _)| at.since(Instant::ZERO));
    let events = events.iter().skip(1).map(|(_, event)| event.clone()).collect();
    (events, dropped.take(), took)
}

const SMALL: Command = Command::Ping { number: 2 };
const LARGE: Command = Command::Ping { number: 1 };
const STREAM: Command = Command::Stream {
    number: 1,
    length: 20,
};

#[test]
fn a_server_that_is_reached_over_streams_only_answers_over_streams_only() {
    let link = |blocked| Link {
        blocked,
        ..Link::default()
    };
    let no_datagrams = link(Blocked {
        datagrams: true,
        ..Blocked::default()
    });
    let (events, dropped, _) = outcome(no_datagrams.clone(), SMALL);
    assert_eq!(
        (events, dropped),
        (vec![Event::Unanswered { number: 2 }], vec![Dropped::Blocked; 3])
    );
    assert_eq!(
        outcome(no_datagrams, STREAM).0,
        [Event::Echoed {
            number: 1,
            length: 20
        }]
    );
    let no_streams = link(Blocked {
        streams: true,
        ..Blocked::default()
    });
    assert_eq!(
        outcome(no_streams.clone(), SMALL).0,
        [Event::Answered { number: 2 }]
    );
    let cause = Some(CloseCause::TimedOut);
    assert_eq!(
        outcome(no_streams, STREAM).0,
        [Event::Broken { number: 1, cause }]
    );
    let only_ipv6 = link(Blocked {
        ipv4: true,
        ..Blocked::default()
    });
    assert_eq!(outcome(only_ipv6, SMALL).0, [Event::Unanswered { number: 2 }]);
    let only_ipv4 = link(Blocked {
        ipv6: true,
        ..Blocked::default()
    });
    assert_eq!(outcome(only_ipv4, SMALL).0, [Event::Answered { number: 2 }]);
}

#[test]
fn fragments_arrive_together_or_not_at_all() {
    let link = |larger, loss| Link {
        mtu: 600,
        larger,
        loss,
        ..Link::default()
    };
    let whole = outcome(link(Larger::IsFragmented, PerMille::NEVER), LARGE);
    assert_eq!(whole.0, [Event::Answered { number: 1 }]);
    let black_hole = outcome(link(Larger::Vanishes, PerMille::NEVER), LARGE);
    assert_eq!(
        (black_hole.0, black_hole.1),
        (vec![Event::Unanswered { number: 1 }], vec![Dropped::TooLarge; 3])
    );
    // With a third of all fragments lost, of three fragments each way less than one ping in ten comes back.
    let answered = (0..200).filter(|seed| {
        let mut world = World::new(*seed);
        let (client, _) = settle_pair(&mut world, &FaultPlan::NONE);
        world.set_default_link(link(Larger::IsFragmented, PerMille(333)));
        world.command(client, LARGE).expect("a new number");
        world.run().expect("no rule is broken");
        matches!(world.events(client).last(), Some((_, Event::Answered { .. })))
    });
    let answered = answered.count();
    assert!((20..100).contains(&answered), "three tries each: {answered}");
}

#[test]
fn who_substitutes_fragments_changes_all_but_the_first() {
    let Pair {
        mut world,
        client,
        server,
    } = pair(0, &FaultPlan::NONE);
    world.set_default_link(Link {
        mtu: 600,
        larger: Larger::IsFragmented,
        ..Link::default()
    });
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&seen);
    let attacker = world.substitute_fragments("attacker", server, client, move |rest, _| {
        log.borrow_mut().push(rest.len());
        Some(Bytes::from(vec![0; rest.len()]))
    });
    let received = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&received);
    world.observe("log", move |happening| {
        if let What::Input {
            packet: Some(packet), ..
        } = happening.what
            && happening.host == client.id
        {
            log.borrow_mut().push((
                packet.author,
                packet.data[..600].to_vec(),
                packet.data[600..].to_vec(),
            ));
        }
        Ok(())
    });
    world.command(client, LARGE).expect("a new number");
    world.run().expect("no rule is broken");
    assert_eq!(*seen.borrow(), [1_002; 3]);
    assert_eq!(received.borrow().len(), 3);
    for (author, first, rest) in &*received.borrow() {
        assert_eq!(
            (*author, &first[2..6], &rest[..]),
            (attacker, &b"ping"[..], &[0; 1_002][..])
        );
    }
}

#[test]
fn a_slow_way_takes_its_time_and_a_full_one_drops() {
    let rate = |octets_per_second, queue| Link {
        rate: Some(Rate {
            octets_per_second,
            queue,
        }),
        ..Link::default()
    };
    // 1602 octets there and back at 32 040 a second: twice 50 ms, and twice 20 ms of latency.
    let (events, _, took) = outcome(rate(32_040, 10_000), LARGE);
    assert_eq!(
        (events, took),
        (vec![Event::Answered { number: 1 }], Duration::from_millis(140))
    );
    // The second copy is sent after half a second, when most of the first still waits.
    let (_, dropped, _) = outcome(rate(1_000, 1_000), LARGE);
    assert!(dropped.contains(&Dropped::Congested), "{dropped:?}");
}

#[test]
fn streams_trickle_octet_by_octet_and_windows_stay_closed() {
    let link = |streams| Link {
        streams,
        ..Link::default()
    };
    let trickle = Duration::from_secs(1);
    let (events, _, took) = outcome(
        link(StreamFaults {
            trickle,
            ..StreamFaults::default()
        }),
        STREAM,
    );
    assert_eq!(
        events,
        [Event::Echoed {
            number: 1,
            length: 20
        }]
    );
    assert!(
        (Duration::from_secs(19)..Duration::from_secs(25)).contains(&took),
        "{took:?}"
    );
    let shut = StreamFaults {
        zero_window: PerMille::ALWAYS,
        ..StreamFaults::default()
    };
    let (events, _, took) = outcome(link(shut), STREAM);
    let cause = Some(CloseCause::TimedOut);
    assert_eq!(
        (events, took),
        (vec![Event::Broken { number: 1, cause }], Duration::from_secs(100))
    );
    let half = StreamFaults {
        half_close: PerMille::ALWAYS,
        ..StreamFaults::default()
    };
    let (events, _, _) = outcome(link(half), STREAM);
    assert_eq!(
        events,
        [Event::Broken {
            number: 1,
            cause: None
        }]
    );
}

#[test]
fn a_host_that_pauses_finds_all_that_came_meanwhile_in_order() {
    let Pair {
        mut world, client, ..
    } = pair(0, &FaultPlan::NONE);
    world.command(client, SMALL).expect("a new number");
    world.command(client, STREAM).expect("streams are opened");
    world.pause(client, Duration::from_millis(400));
    world.run().expect("no rule is broken");
    let answered = world
        .events(client)
        .iter()
        .find(|(_, event)| *event == Event::Answered { number: 2 });
    assert_eq!(
        answered.map(|(at, _)| at.since(Instant::ZERO)),
        Some(Duration::from_millis(400))
    );
    assert_eq!(
        world.events(client).last().map(|(_, event)| event),
        Some(&Event::Echoed {
            number: 1,
            length: 20
        })
    );
    assert_eq!(world.tally().of(Fault::Pause), 1);
}

/// Whoever is on the way sees all, and may do anything.
#[test]
fn an_attacker_on_the_way_drops_replaces_cuts_and_injects() {
    let outcome = |command: Command, fate: fn(&[u8]) -> Fate| {
        let Pair {
            mut world,
            client,
            server,
        } = pair(0, &FaultPlan::NONE);
        world.on_path_attacker("attacker", server, client, move |passing, _| {
            let data = match passing {
                Passing::Datagram(packet) => &packet.data[..],
                Passing::Bytes { data, .. } => data,
            };
            Interference {
                fate: fate(data),
                injected: Vec::new(),
            }
        });
        world.command(client, command).expect("a new number");
        world.run().expect("no rule is broken");
        world.events(client).last().map(|(_, event)| event.clone())
    };
    let broken = |cause| Some(Event::Broken { number: 1, cause });
    let echoed = Some(Event::Echoed {
        number: 1,
        length: 20,
    });
    assert_eq!(
        outcome(SMALL, |_| Fate::Passes),
        Some(Event::Answered { number: 2 })
    );
    assert_eq!(
        outcome(SMALL, |_| Fate::IsDropped),
        Some(Event::Unanswered { number: 2 })
    );
    let replaced = |data: &[u8]| Fate::IsReplaced(Bytes::from(vec![b'x'; data.len()]));
    assert_eq!(outcome(SMALL, replaced), Some(Event::Unanswered { number: 2 }));
    assert_eq!(outcome(STREAM, |_| Fate::Passes), echoed);
    assert_eq!(
        outcome(STREAM, |_| Fate::IsDropped),
        broken(Some(CloseCause::TimedOut))
    );
    assert_eq!(outcome(STREAM, |_| Fate::IsCut), broken(Some(CloseCause::Reset)));

    let Pair {
        mut world,
        client,
        server,
    } = pair(0, &FaultPlan::NONE);
    world.on_path_attacker("attacker", client, server, |passing, _| {
        let Passing::Datagram(packet) = passing else {
            return Interference::default();
        };
        // It answers at once what the server will not get to see.
        let answer = (Duration::ZERO, packet.to, packet.from, packet.data.clone());
        Interference {
            fate: Fate::IsDropped,
            injected: vec![answer],
        }
    });
    world.command(client, SMALL).expect("a new number");
    world.run().expect("no rule is broken");
    assert_eq!(
        world.events(client).last(),
        Some(&(Instant::from_nanos(20_000_000), Event::Answered { number: 2 }))
    );
}

/// SAD DNS: who finds the open port floods it with every message ID. Only luck would help, and nobody here has any.
#[test]
fn a_blind_attacker_that_finds_the_port_still_guesses_no_id() {
    let Pair {
        mut world, client, ..
    } = pair(0, &FaultPlan::NONE);
    world.set_default_link(Link {
        latency: Duration::from_millis(100),
        ..Link::default()
    });
    let config = BlindAttackerConfig {
        name: "attacker".into(),
        victim: [192, 0, 2, 2].into(),
        server: server_address(),
        first: Instant::ZERO,
        every: Duration::from_millis(10),
        rounds: 12,
        finds_ports: true,
    };
    let aimed = Rc::new(RefCell::new(0));
    let count = Rc::clone(&aimed);
    world.blind_attacker(config, move |round, _| {
        let forgery = |port, id: u16| Forgery {
            after: Duration::ZERO,
            port,
            data: [&id.to_be_bytes()[..], b"ping"].concat().into(),
        };
        *count.borrow_mut() += round.open.len();
        match (round.number, &round.open[..]) {
            (0, _) => (1024..=u16::MAX).map(|port| forgery(port, 1)).collect(),
            (_, [port]) => (0..=u16::MAX).map(|id| forgery(*port, id)).collect(),
            _ => Vec::new(),
        }
    });
    world.command(client, SMALL).expect("a new number");
    world.run().expect("no rule is broken");
    assert_eq!(*aimed.borrow(), 1, "the scan found the one open port");
    assert_eq!(
        world.events(client).last(),
        Some(&(Instant::from_nanos(200_000_000), Event::Answered { number: 2 }))
    );
}

#[test]
fn a_blind_attacker_that_finds_nothing_out_is_told_nothing() {
    let Pair {
        mut world, client, ..
    } = pair(0, &FaultPlan::NONE);
    let config = BlindAttackerConfig {
        name: "attacker".into(),
        victim: [192, 0, 2, 2].into(),
        server: server_address(),
        first: Instant::ZERO,
        every: Duration::from_millis(5),
        rounds: 4,
        finds_ports: false,
    };
    let rounds = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&rounds);
    world.blind_attacker(config, move |round, _| {
        log.borrow_mut().push((round.number, round.open.len()));
        let all = 1024..=u16::MAX;
        all.map(|port| Forgery {
            after: Duration::ZERO,
            port,
            data: Bytes::from_static(b"\0\x01ping"),
        })
        .collect()
    });
    world.command(client, SMALL).expect("a new number");
    world.run().expect("no rule is broken");
    assert_eq!(*rounds.borrow(), [(0, 0), (1, 0), (2, 0), (3, 0)]);
}

/// A server that changes its mind in mid-run, and one that is gone for a while.
#[test]
fn a_scripted_server_can_change_crash_and_come_back() {
    let mut world = World::new(0);
    let config = HostConfig::server("server", server_address().ip(), server_address().port());
    let echo = |_: Instant, arrival: nameward_sim::Arrival<'_>| match arrival {
        nameward_sim::Arrival::Datagram { data, .. } => {
            Vec::from_iter(arrival.answer(data.to_vec()).map(|act| (Duration::ZERO, act)))
        }
        _ => Vec::new(),
    };
    let server = world.script(config, |_, _| Vec::new());
    let client = world.host(HostConfig::new("client", [192, 0, 2, 2]), toy::boot_client);
    let ask = |world: &mut World, number| {
        world
            .command(client, Command::Ping { number })
            .expect("a new number");
        world.run().expect("no rule is broken");
        world.events(client).last().map(|(_, event)| event.clone())
    };
    assert_eq!(ask(&mut world, 2), Some(Event::Unanswered { number: 2 }));
    world.change_script(server, echo);
    assert_eq!(ask(&mut world, 4), Some(Event::Answered { number: 4 }));
    world.crash(server);
    assert_eq!(ask(&mut world, 6), Some(Event::Unanswered { number: 6 }));
    world.restart(server);
    assert_eq!(ask(&mut world, 8), Some(Event::Answered { number: 8 }));
}

/// Deleting what an attacker did is deleting decisions.
#[test]
fn a_replay_without_its_decisions_has_attackers_that_do_nothing() {
    let run = |mut world: World| {
        let (client, _) = settle_pair(&mut world, &FaultPlan::NONE);
        let config = AttackerConfig {
            name: "attacker".into(),
            victim: [192, 0, 2, 2].into(),
            server: server_address(),
            knows: Knowledge {
                port: true,
                id: true,
                question: true,
            },
        };
        world.attacker(config, |sight, _| {
            let (Some(port), Some(id), Some(rest)) = (sight.port, sight.id, &sight.question) else {
                return Vec::new();
            };
            let data = [&id.to_be_bytes()[..], rest].concat().into();
            vec![Forgery {
                after: Duration::ZERO,
                port,
                data,
            }]
        });
        world.command(client, SMALL).expect("a new number");
        world.run().expect("no rule is broken");
        let at = world.events(client).last().map(|(at, _)| at.since(Instant::ZERO));
        (at, world.decisions().clone())
    };
    let (at, decisions) = run(World::new(0));
    assert_eq!(
        (at, decisions.to_string().as_str()),
        (Some(Duration::from_millis(20)), "attack attacker #1: forged 0\n")
    );
    assert_eq!(run(World::replaying(0, decisions)).0, at);
    let none = nameward_sim::Decisions::default();
    assert_eq!(run(World::replaying(0, none)).0, Some(Duration::from_millis(40)));
}
