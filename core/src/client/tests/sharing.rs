//! Equal questions asked once, and who pays.

use super::*;
use crate::budget::Exhausted;
use crate::limits::Limits;

fn slow(asked: &Asked) -> Reaction {
    let name = asked.question.name.to_canonical();
    answer(&std::format!("{name} 60 A 192.0.2.1")).after(100).into()
}

#[test]
fn hickory_3198_equal_questions_are_asked_once_and_all_get_the_answer() {
    let mut world = World::new(config(1), slow);
    let ids: Vec<_> = (0..500)
        .map(|number| {
            world.begin(records_query(if number % 2 == 0 {
                "www.example. A"
            } else {
                "WWW.Example. A"
            }))
        })
        .collect();
    let first = world.outcome(ids[0]).unwrap();
    for id in ids {
        assert_eq!(world.outcome(id).unwrap().rrsets, first.rrsets);
    }
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn rfc5452_5_equal_questions_through_aliases_are_asked_once_too() {
    let mut world = World::new(config(1), |asked| match asked.what().as_str() {
        "a.example. A" => answer("a.example. 60 CNAME t.example.").into(),
        "b.example. A" => answer("b.example. 60 CNAME t.example.").after(15).into(),
        _ => slow(asked),
    });
    let ids = ["a.example. A", "b.example. A", "t.example. A"].map(|what| world.begin(records_query(what)));
    for id in ids {
        assert_eq!(addresses(&world.outcome(id).unwrap()), ["192.0.2.1"]);
    }
    assert_eq!(world.asked().len(), 3);
}

#[test]
fn who_cancels_leaves_the_question_to_those_who_wait() {
    let mut world = World::new(config(1), slow);
    let first = world.begin(records_query("www.example. A"));
    let second = world.begin(records_query("www.example. A"));
    world.command(Command::Cancel(first)).unwrap();
    assert_eq!(world.flows.len(), 1);
    assert_eq!(addresses(&world.outcome(second).unwrap()), ["192.0.2.1"]);
    assert_eq!((world.asked().len(), world.ended(first)), (1, None));
}

#[test]
fn when_the_last_cancels_the_flow_is_closed_at_once() {
    let mut world = World::new(config(1), slow);
    let ids = [(); 3].map(|()| world.begin(records_query("www.example. A")));
    for id in ids {
        assert_eq!(world.flows.len(), 1);
        world.command(Command::Cancel(id)).unwrap();
    }
    assert!(world.flows.is_empty());
    assert_eq!(world.command(Command::Cancel(ids[0])), Err(Misuse::NotInUse(0)));
}

#[test]
fn whose_time_is_over_takes_it_from_nobody_else() {
    let mut world = World::new(config(1), |asked| match asked.at.as_millis() {
        ..7_500 => Reaction::Silent,
        _ => slow(asked),
    });
    let early = world.begin(records_query("www.example. A"));
    world.pass(6_000);
    let late = world.begin(records_query("www.example. A"));
    assert!(matches!(
        world.outcome(early),
        Err(LookupError::Exhausted {
            limit: Exhausted::Time,
            ..
        } | LookupError::Servers(_))
    ));
    assert_eq!(addresses(&world.outcome(late).unwrap()), ["192.0.2.1"]);
}

#[test]
fn inv_6_no_question_of_many_that_share_costs_more_than_its_budget() {
    let limits = Limits {
        packets: 4,
        ..Limits::default()
    };
    let mut world = World::new(
        Config {
            limits,
            attempts: 5,
            ..config(4)
        },
        |_| Reaction::Silent,
    );
    let outcome = world.look_up(records_query("www.example. A"));
    assert!(
        matches!(
            outcome,
            Err(LookupError::Exhausted {
                limit: Exhausted::Packets,
                last: Some(_)
            })
        ),
        "{outcome:?}"
    );
    assert_eq!(world.asked().len(), 4);
}

#[test]
fn who_waits_for_the_fetch_of_another_keeps_enough_to_go_on_from_there() {
    let mut world = World::new(config(1), |asked| match asked.what().as_str() {
        "www.example. A" => answer("www.example. 60 CNAME t.example.").into(),
        "www.example. AAAA" => denial(Rcode::NOERROR).after(500).into(),
        _ => slow(asked),
    });
    world.begin(records_query("www.example. A"));
    let both = world.begin(Query::addresses("www.example.").unwrap());
    let answer = world.outcome(both).unwrap();
    assert_eq!(
        (addresses(&answer), answer.incomplete),
        (Vec::from(["192.0.2.1".into()]), None)
    );
}

#[test]
fn whose_budget_is_spent_takes_nothing_from_those_who_wait_with_it() {
    let limits = Limits {
        packets: 3,
        ..Limits::default()
    };
    let mut count = 0;
    let mut world = World::new(
        Config {
            limits,
            timeout: Duration::from_millis(300),
            attempts: 5,
            ..config(1)
        },
        move |asked| match asked.what().as_str() {
            "a.example. A" => answer("a.example. 60 CNAME t.example.").into(),
            _ => {
                count += 1;
                if count < 3 { Reaction::Silent } else { slow(asked) }
            }
        },
    );
    let first = world.begin(records_query("a.example. A"));
    world.pass(50);
    let second = world.begin(records_query("t.example. A"));
    assert!(matches!(
        world.outcome(first),
        Err(LookupError::Exhausted {
            limit: Exhausted::Packets,
            ..
        })
    ));
    assert_eq!(addresses(&world.outcome(second).unwrap()), ["192.0.2.1"]);
}

#[test]
fn who_joins_pays_for_it() {
    let limits = Limits {
        packets: 1,
        ..Limits::default()
    };
    let mut world = World::new(Config { limits, ..config(1) }, |asked| {
        match asked.what().as_str() {
            "www.example. A" => answer("www.example. 60 CNAME t.example.").into(),
            _ => slow(asked),
        }
    });
    let ids = [(); 2].map(|()| world.begin(records_query("www.example. A")));
    for id in ids {
        assert!(matches!(
            world.outcome(id),
            Err(LookupError::Exhausted {
                limit: Exhausted::Packets,
                ..
            })
        ));
    }
}

#[test]
fn what_a_cancelled_look_up_began_is_not_paid_back_to_another_with_its_number() {
    let limits = Limits {
        packets: 4,
        ..Limits::default()
    };
    let mut world = World::new(Config { limits, ..config(1) }, |asked| {
        let what = asked.what();
        let Some(number) = what.strip_prefix('n') else {
            return slow(asked);
        };
        let number: u32 = number.split('.').next().unwrap().parse().unwrap();
        let line = std::format!("n{number}.example. 60 CNAME n{}.example.", number + 1);
        answer(&line).after(40).into()
    });
    let first = world.begin(records_query("www.example. A"));
    let second = world.begin(records_query("www.example. A"));
    world.command(Command::Cancel(first)).unwrap();
    let (query, options) = (records_query("n0.example. A"), LookupOptions::default());
    let id = first;
    world
        .command(Command::Lookup(Lookup { id, query, options }))
        .unwrap();
    assert!(matches!(world.outcome(first), Err(LookupError::Exhausted { .. })));
    assert!(world.ended(second).is_some());
    let of_chain = world
        .what()
        .into_iter()
        .filter(|what| what.starts_with('n'))
        .count();
    assert_eq!(of_chain, 4);
}
