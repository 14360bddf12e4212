//! Who is not on the way sees nothing, and wins nothing by luck.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::time::Duration;

use nameward_core::machine::{Ignored, Input, Output};
use nameward_sim::{AttackerConfig, Dropped, FaultPlan, Forgery, HostId, Knowledge, Sight, What};

use crate::toy::{Command, Event, Pair, pair, server_address};
use nameward_tests::seeds::for_each;

/// What reached the victim from the attacker, and what became of it.
#[derive(Default)]
struct Seen {
    sights: Vec<Sight>,
    foreign: u64,
    lucky: u64,
    received: u64,
    wrong_id: u64,
}

fn attack(seed: u64, knows: Knowledge) -> (Seen, Vec<Event>) {
    let Pair {
        mut world, client, ..
    } = pair(seed, &FaultPlan::NONE);
    let seen = Rc::new(RefCell::new(Seen::default()));
    let config = AttackerConfig {
        name: "attacker".into(),
        victim: [192, 0, 2, 2].into(),
        server: server_address(),
        knows,
    };
    let sights = Rc::clone(&seen);
    let attacker = world.attacker(config, move |sight, rng| {
        sights.borrow_mut().sights.push(sight.clone());
        let ports = sight
            .port
            .map_or_else(|| (0..50).map(|_| rng.next_u16()).collect(), |port| vec![port]);
        let mut forgeries = Vec::new();
        for port in ports {
            // Who knows the port but not the ID can try all of them.
            let ids = sight.id.map_or(0..=u16::MAX, |id| id..=id);
            for id in ids.step_by(if sight.port.is_some() { 1 } else { 4096 }) {
                let data = [&id.to_be_bytes()[..], b"ping"].concat().into();
                let after = Duration::ZERO;
                forgeries.push(Forgery { after, port, data });
            }
        }
        forgeries
    });
    let watch = Rc::clone(&seen);
    world.observe("look on", move |happening| {
        let mut seen = watch.borrow_mut();
        let is_forged = |author: HostId| author == attacker;
        match happening.what {
            What::Dropped(packet, Dropped::Foreign) if is_forged(packet.author) => seen.foreign += 1,
            What::Dropped(packet, Dropped::Lucky) if is_forged(packet.author) => seen.lucky += 1,
            What::Input {
                packet: Some(packet),
                input: Input::Received { .. },
                ..
            } if is_forged(packet.author) => {
                seen.received += 1;
            }
            What::Output {
                output:
                    Output::Ignored {
                        why: Ignored::WrongId,
                        ..
                    },
                ..
            } => seen.wrong_id += 1,
            _ => {}
        }
        Ok(())
    });
    world
        .command(client, Command::Ping { number: 2 })
        .expect("a new number");
    world.run().expect("no rule is broken");
    let events = world
        .events(client)
        .iter()
        .map(|(_, event)| event.clone())
        .collect();
    drop(world);
    let seen = Rc::into_inner(seen).expect("the world is gone").into_inner();
    (seen, events)
}

#[test]
fn an_attacker_is_told_what_it_knows_and_nothing_else() {
    for number in 0..8_u8 {
        let knows = Knowledge {
            port: number & 1 != 0,
            id: number & 2 != 0,
            question: number & 4 != 0,
        };
        let (seen, _) = attack(0, knows);
        let [sight] = &seen.sights[..] else {
            panic!("one datagram was sent to the server, not {}", seen.sights.len());
        };
        assert_eq!(
            (sight.port.is_some(), sight.id.is_some(), sight.question.is_some()),
            (knows.port, knows.id, knows.question)
        );
        assert!(
            sight
                .question
                .as_ref()
                .is_none_or(|question| &question[..] == b"ping")
        );
    }
}

#[test]
fn who_knows_the_port_tries_every_id_and_none_is_right_by_luck() {
    for_each(3, |seed| {
        let (seen, events) = attack(
            seed,
            Knowledge {
                port: true,
                ..Knowledge::default()
            },
        );
        assert_eq!(
            (seen.lucky, seen.received),
            (1, 65_535),
            "the right guess alone is lost"
        );
        assert_eq!(seen.wrong_id, 65_535);
        assert_eq!(events.last(), Some(&Event::Answered { number: 2 }));
    });
}

#[test]
fn who_knows_port_and_id_is_believed() {
    let (seen, events) = attack(
        0,
        Knowledge {
            port: true,
            id: true,
            question: false,
        },
    );
    assert_eq!((seen.lucky, seen.received), (0, 1));
    assert_eq!(events.last(), Some(&Event::Answered { number: 2 }));
}
