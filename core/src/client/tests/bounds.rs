//! How much may be under way at a time.

use super::*;

fn slow(asked: &Asked) -> Reaction {
    let name = asked.question.name.to_canonical();
    answer(&std::format!("{name} 60 A 192.0.2.1")).after(100).into()
}

#[test]
fn hickory_1398_more_questions_than_may_be_in_flight_wait_and_all_are_answered() {
    let mut world = World::new(
        Config {
            most_in_flight: 8,
            ..config(1)
        },
        slow,
    );
    let ids: Vec<_> = (0..300)
        .map(|number| world.begin(records_query(&std::format!("n{number}.example. A"))))
        .collect();
    let mut most = 0;
    while world.events.len() < ids.len() {
        most = most.max(world.flows.len());
        assert!(world.step());
    }
    assert_eq!(most, 8);
    assert!(
        world
            .events
            .iter()
            .all(|(_, event)| matches!(event, Event::Answered { .. }))
    );
    // First come, first served.
    let order: Vec<_> = world.events.iter().map(|(_, event)| event.id()).collect();
    assert_eq!(order, ids);
    assert_eq!(world.asked().len(), 300);
}

#[test]
fn hickory_1540_questions_that_were_cancelled_while_they_waited_block_nobody() {
    let mut world = World::new(
        Config {
            most_in_flight: 1,
            ..config(1)
        },
        slow,
    );
    let ids: Vec<_> = (0..100)
        .map(|number| world.begin(records_query(&std::format!("n{number}.example. A"))))
        .collect();
    for id in ids[..99].iter().rev() {
        world.command(Command::Cancel(*id)).unwrap();
    }
    assert_eq!(addresses(&world.outcome(ids[99]).unwrap()), ["192.0.2.1"]);
    assert_eq!(world.what(), ["n0.example. A", "n99.example. A"]);
}

#[test]
fn who_waits_for_too_long_fails_in_time() {
    let mut world = World::new(
        Config {
            most_in_flight: 1,
            ..config(1)
        },
        |_| Reaction::Silent,
    );
    let ids: Vec<_> = (0..3)
        .map(|number| world.begin(records_query(&std::format!("n{number}.example. A"))))
        .collect();
    for id in ids {
        assert!(world.outcome(id).is_err());
    }
    assert!(world.elapsed() <= Duration::from_secs(7));
}

#[test]
fn a_number_in_use_is_refused_and_changes_nothing() {
    let mut world = World::new(config(1), slow);
    let id = world.begin(records_query("www.example. A"));
    let (query, options) = (records_query("other.example. A"), LookupOptions::default());
    assert_eq!(
        world.command(Command::Lookup(Lookup { id, query, options })),
        Err(Misuse::InUse(0))
    );
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn what_is_no_look_up_is_refused() {
    let mut world = World::new(config(1), slow);
    for rtype in [Rtype::OPT, Rtype::AXFR, Rtype::IXFR, Rtype::TSIG, Rtype::TKEY] {
        let (query, options) = (
            Query::records("example.", rtype).unwrap(),
            LookupOptions::default(),
        );
        let refused = world.command(Command::Lookup(Lookup {
            id: LookupId(9),
            query,
            options,
        }));
        assert!(matches!(refused, Err(Misuse::Impossible(_))), "{rtype}");
    }
}

#[test]
fn a_look_up_may_ask_for_less_time_and_not_for_more() {
    let mut world = World::new(config(1), |_| Reaction::Silent);
    for (time, until) in [(300, 300), (60_000, 7_000), (0, 0)] {
        let begun = world.elapsed();
        let time = Some(Duration::from_millis(time));
        let id = world.begin_with(
            records_query("www.example. A"),
            LookupOptions {
                time,
                ..LookupOptions::default()
            },
        );
        assert!(world.outcome(id).is_err());
        assert!(world.elapsed() - begun <= Duration::from_millis(until));
    }
}

#[test]
fn massdns_117_of_a_thousand_questions_none_is_lost_or_answered_with_the_answer_of_another() {
    let mut count = 0;
    let mut world = World::new(config(1), move |asked| {
        count += 1;
        let name = asked.question.name.to_canonical();
        let number: u32 = name.to_string()[1..].split('.').next().unwrap().parse().unwrap();
        let [_, _, high, low] = number.to_be_bytes();
        let reply = answer(&std::format!("{name} 60 A 198.51.{high}.{low}"));
        // Every fourth datagram is lost, and replies overtake each other.
        match (asked.proto, count % 4) {
            (Proto::Datagram, 0) => Reaction::Silent,
            _ => reply.after(u64::from(number * 7 % 100)).into(),
        }
    });
    let ids: Vec<_> = (0..1_000)
        .map(|number| world.begin(records_query(&std::format!("n{number}.example. A"))))
        .collect();
    for (number, id) in (0u32..).zip(ids) {
        let [_, _, high, low] = number.to_be_bytes();
        let answer = world.outcome(id).unwrap();
        assert_eq!(addresses(&answer), [std::format!("198.51.{high}.{low}")]);
    }
}

/// What waits is bounded, too, as is what one look-up may take in memory.
#[test]
fn inv_10_so_many_look_ups_are_in_progress_and_no_more() {
    let mut stub = Stub::new(Seed::from_number(1), config(1)).unwrap();
    let now = Now::without_wall(Instant::ZERO);
    let begin = |stub: &mut Stub, number: u64| {
        let query = records_query("www.example. A");
        let options = LookupOptions::default();
        let id = LookupId(number);
        stub.command(now, Command::Lookup(Lookup { id, query, options }))
    };
    for number in 0..65_536 {
        begin(&mut stub, number).unwrap();
    }
    assert!(matches!(begin(&mut stub, 65_536), Err(Misuse::OutOfRange { .. })));
    assert_eq!((stub.in_progress(), stub.open_flows()), (65_536, 1));
    stub.command(now, Command::Cancel(LookupId(7))).unwrap();
    begin(&mut stub, 65_537).unwrap();
}
