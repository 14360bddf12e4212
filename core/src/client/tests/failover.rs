//! Servers that keep silent, refuse, fail, are lame, die and come back.

use super::*;
use crate::transport::ExchangeError;

const WWW: &str = "www.example. 300 A 192.0.2.80";

/// Each server does what is said for its number; those without an entry answer.
fn each(reactions: &'static [(u8, Reaction)]) -> impl FnMut(&Asked) -> Reaction {
    move |asked| {
        let mut reactions = reactions.iter();
        let found = reactions.find(|(number, _)| *number == asked.last_octet());
        found.map_or_else(|| answer(WWW).into(), |(_, reaction)| reaction.clone())
    }
}

fn www(world: &mut World) -> Result<Answer, LookupError> {
    world.look_up(records_query("www.example. A"))
}

fn refusing(rcode: Rcode) -> Reply {
    answer("").rcode(rcode)
}

#[test]
fn cares_650_a_question_that_timed_out_goes_to_the_next_server_after_its_share_of_the_time() {
    let mut world = World::new(config(2), each(&[(1, Reaction::Silent)]));
    let answer = www(&mut world).unwrap();
    assert_eq!(addresses(&answer), ["192.0.2.80"]);
    let server = ([192, 0, 2, 2], 53).into();
    assert_eq!(
        answer.source,
        Source::Server {
            address: server,
            proto: Proto::Datagram
        }
    );
    assert_eq!(world.whom(), [1, 2]);
    // Two rounds of two servers and a last stream share seven seconds.
    assert_eq!(world.events[0].0, Duration::from_millis(1_410));
}

#[test]
fn hickory_606_a_reply_of_no_use_leads_to_the_next_server_at_once() {
    let lame = || answer("").authority("example. 300 NS ns.example.");
    let without_recursion = || answer("").flags(|flags| flags.with_ra(false));
    let malformed = || answer("www.example. 300 CNAME a.example.\nwww.example. 300 CNAME b.example.");
    for (reply, expected) in [
        (refusing(Rcode::REFUSED), Trouble::Rcode(Rcode::REFUSED)),
        (refusing(Rcode::SERVFAIL), Trouble::Rcode(Rcode::SERVFAIL)),
        (refusing(Rcode::NOTIMP), Trouble::Rcode(Rcode::NOTIMP)),
        (lame(), Trouble::Lame),
        (without_recursion(), Trouble::Lame),
        (malformed(), Trouble::Malformed),
    ] {
        let useless = reply.clone();
        let mut world = World::new(config(2), move |asked| match asked.last_octet() {
            1 => useless.clone().into(),
            _ => answer(WWW).into(),
        });
        assert_eq!(addresses(&www(&mut world).unwrap()), ["192.0.2.80"], "{expected}");
        assert!(world.events[0].0 < Duration::from_millis(100), "{expected}");
        assert_eq!(world.whom().last(), Some(&2));

        let mut world = World::new(config(2), move |_| reply.clone().into());
        assert_eq!(trouble(www(&mut world)), expected);
        assert!(
            world.elapsed() < Duration::from_millis(100),
            "nobody is asked twice what he has answered"
        );
    }
}

#[test]
fn hickory_3532_two_dead_servers_do_not_eat_the_time_of_the_third() {
    let mut world = World::new(config(3), each(&[(1, Reaction::Silent), (2, Reaction::Silent)]));
    assert_eq!(addresses(&www(&mut world).unwrap()), ["192.0.2.80"]);
    assert_eq!(world.whom(), [1, 2, 3]);
    assert!(world.elapsed() < Duration::from_millis(2_500));
}

#[test]
fn a_port_that_nobody_listens_on_costs_a_moment_and_not_the_timeout() {
    let mut world = World::new(config(2), each(&[(1, Reaction::Reject)]));
    assert_eq!(addresses(&www(&mut world).unwrap()), ["192.0.2.80"]);
    assert!(world.elapsed() < Duration::from_millis(300));
}

#[test]
fn when_all_keep_silent_each_gets_its_rounds_and_a_stream_and_the_time_is_kept() {
    let mut world = World::new(config(3), |_| Reaction::Silent);
    let outcome = www(&mut world);
    assert!(
        matches!(
            outcome,
            Err(LookupError::Exhausted { .. } | LookupError::Servers(_))
        ),
        "{outcome:?}"
    );
    assert!(world.elapsed() <= Duration::from_secs(7));
    let whom = world.whom();
    assert_eq!(whom[..6], [1, 2, 3, 1, 2, 3]);
    assert!(
        whom[6..].iter().all(|&stream| stream > 100) && whom.len() > 6,
        "{whom:?}"
    );
}

#[test]
fn limits_attempts_no_server_gets_more_than_three_datagrams_for_a_question() {
    for attempts in 1..=5 {
        let config = Config {
            attempts,
            timeout: Duration::from_millis(300),
            ..config(1)
        };
        let mut world = World::new(config, |_| Reaction::Silent);
        assert_eq!(
            trouble(www(&mut world)),
            Trouble::Exchange(ExchangeError::TimedOut)
        );
        let whom = world.whom();
        let datagrams = whom.iter().filter(|&&number| number < 100).count();
        assert_eq!(datagrams, usize::from(attempts.min(3)));
        assert!(whom.len() > datagrams, "a last resort over a stream: {whom:?}");
    }
}

#[test]
fn resolv_conf_5_timeout_bounds_each_attempt_and_attempts_says_how_many() {
    let config = Config {
        timeout: Duration::from_secs(1),
        attempts: 1,
        ..config(2)
    };
    let mut world = World::new(config, |_| Reaction::Silent);
    assert!(www(&mut world).is_err());
    let asked: Vec<_> = world
        .asked()
        .iter()
        .map(|asked| (asked.last_octet(), asked.at.as_secs()))
        .collect();
    assert_eq!(asked[..2], [(1, 0), (2, 1)]);
    assert!(world.elapsed() <= Duration::from_secs(4));
}

#[test]
fn a_server_that_is_known_to_be_fast_is_not_waited_for_long() {
    let mut replies = 0;
    let mut world = World::new(config(2), move |asked| {
        replies += 1;
        if asked.last_octet() == 1 && replies > 8 {
            Reaction::Silent
        } else {
            answer("").flags(|f| f.with_aa(true)).into()
        }
    });
    world.answer_each_of(8);
    let begun = world.elapsed();
    world.answer("late.example. A");
    assert!(world.elapsed() - begun < Duration::from_millis(250));
}

#[test]
fn cares_717_a_dead_server_is_tried_again_and_comes_back() {
    let mut world = World::new(config(2), |asked| {
        match (asked.last_octet(), asked.at.as_secs()) {
            (1, ..20) => Reaction::Silent,
            _ => answer("").flags(|flags| flags.with_aa(true)).into(),
        }
    });
    let mut waited = Vec::new();
    let mut probed = 0;
    for number in 0..100 {
        world.asked();
        let begun = world.elapsed();
        world.answer(&std::format!("n{number}.example. A"));
        waited.push(world.elapsed() - begun);
        let whom = world.whom();
        match number {
            0 | 1 => assert_eq!(whom, [1, 2]),
            // Nobody waits for the dead one any more.
            _ if whom == [2] => {}
            _ if whom == [2, 1] => probed += 1,
            _ => assert_eq!(whom, [1], "{number}"),
        }
        if number > 1 {
            assert!(waited[number] < Duration::from_millis(50), "{number}: {waited:?}");
        }
        world.pass(500);
    }
    assert!((3..=8).contains(&probed), "probed {probed} times");
    assert_eq!(world.whom(), []);
    world.answer("last.example. A");
    assert_eq!(world.whom(), [1], "it is the first again");
}

#[test]
fn a_server_that_always_refuses_is_left_alone_like_a_dead_one() {
    let mut world = World::new(config(2), |asked| match asked.last_octet() {
        1 => refusing(Rcode::REFUSED).into(),
        _ => answer("").flags(|flags| flags.with_aa(true)).into(),
    });
    world.answer_each_of(3);
    assert_eq!(world.whom(), [1, 2, 1, 2, 2]);
}

#[test]
fn trafficserver_7843_when_all_are_dead_all_are_still_tried_and_the_first_to_live_answers() {
    let mut world = World::new(config(2), |asked| match asked.at.as_secs() {
        ..15 => Reaction::Silent,
        _ => answer(WWW).into(),
    });
    assert!(www(&mut world).is_err());
    assert!(www(&mut world).is_err());
    world.pass(5_000);
    assert_eq!(addresses(&www(&mut world).unwrap()), ["192.0.2.80"]);
}

#[test]
fn cares_1058_a_probe_that_times_out_is_followed_by_others() {
    let mut world = World::new(config(2), |asked| match asked.last_octet() {
        1 => Reaction::Silent,
        _ => answer("").flags(|flags| flags.with_aa(true)).into(),
    });
    let mut probes = Vec::new();
    for number in 0..600 {
        world.answer(&std::format!("n{number}.example. A"));
        let asked = world.asked();
        let probe = asked.iter().find(|asked| asked.last_octet() == 1);
        probes.extend(probe.filter(|_| number > 1).map(|asked| asked.at.as_secs()));
        world.pass(500);
    }
    assert!(
        probes.len() > 5 && probes.windows(2).all(|pair| pair[1] - pair[0] <= 70),
        "{probes:?}"
    );
}

#[test]
fn inv_2_a_probe_counts_as_one_of_three_datagrams() {
    let silent_now = |asked: &Asked| match (asked.last_octet(), asked.at.as_secs()) {
        (1, _) | (_, 5..) => Reaction::Silent,
        _ => answer("").flags(|flags| flags.with_aa(true)).into(),
    };
    let mut world = World::new(
        Config {
            attempts: 4,
            ..config(2)
        },
        silent_now,
    );
    world.answer_each_of(2);
    world.pass(6_000);
    world.asked();
    world.look_up(records_query("x.example. A")).unwrap_err();
    // The second is asked, and the first is probed; then they take turns, and when a server has got three, over streams.
    assert_eq!(world.whom(), [2, 1, 1, 2, 1, 2, 101, 102, 101]);
}

#[test]
fn servers_as_far_as_a_satellite_are_waited_for_however_many_they_are() {
    for servers in 1..=4 {
        let slow = |_: &Asked| answer(WWW).after(700).into();
        let mut world = World::new(
            Config {
                attempts: 4,
                ..config(servers)
            },
            slow,
        );
        assert_eq!(addresses(&www(&mut world).unwrap()), ["192.0.2.80"]);
        assert_eq!(world.whom(), [1]);
    }
}

#[test]
fn a_cancelled_look_up_takes_its_probe_with_it() {
    let mut world = World::new(config(2), |asked| match asked.last_octet() {
        1 => Reaction::Silent,
        _ if asked.question.rtype == Rtype::A => answer("").flags(|flags| flags.with_aa(true)).into(),
        _ => Reaction::Silent,
    });
    world.answer_each_of(2);
    world.pass(1_500);
    world.asked();
    let id = world.begin(records_query("x.example. AAAA"));
    assert_eq!(world.whom(), [2, 1]);
    world.command(Command::Cancel(id)).unwrap();
    assert!(world.flows.is_empty());
}

#[test]
fn cares_877_a_probe_may_be_the_first_to_answer() {
    let mut world = World::new(config(2), |asked| {
        match (asked.last_octet(), asked.at.as_millis()) {
            (1, ..4_000) => Reaction::Silent,
            (2, 4_000..) => Reaction::Silent,
            _ => answer("").flags(|flags| flags.with_aa(true)).into(),
        }
    });
    world.answer_each_of(2);
    world.pass(6_000);
    world.asked();
    let begun = world.elapsed();
    world.answer("x.example. A");
    assert_eq!(world.whom(), [2, 1]);
    assert!(world.elapsed() - begun < Duration::from_millis(50));
}

#[test]
fn rfc7766_5_a_truncated_answer_is_asked_for_again_over_a_stream_and_never_returned() {
    let mut world = World::new(config(1), |asked| match asked.proto {
        Proto::Datagram => answer("www.example. 300 A 192.0.2.1")
            .flags(|flags| flags.with_tc(true))
            .into(),
        Proto::Stream => answer("www.example. 300 A 192.0.2.1\nwww.example. 300 A 192.0.2.2").into(),
    });
    let answer = www(&mut world).unwrap();
    assert_eq!(addresses(&answer), ["192.0.2.1", "192.0.2.2"]);
    assert!(matches!(
        answer.source,
        Source::Server {
            proto: Proto::Stream,
            ..
        }
    ));
    assert_eq!(world.whom(), [1, 101]);
}

#[test]
fn the_last_stream_is_for_a_server_that_was_not_tried_over_one() {
    let mut world = World::new(
        Config {
            timeout: Duration::from_secs(1),
            ..config(3)
        },
        |asked| match (asked.last_octet(), asked.proto) {
            (3, Proto::Stream) => answer(WWW).into(),
            (3, Proto::Datagram) | (_, Proto::Stream) => Reaction::Silent,
            _ => answer("").flags(|flags| flags.with_tc(true)).into(),
        },
    );
    assert_eq!(addresses(&www(&mut world).unwrap()), ["192.0.2.80"]);
    assert_eq!(world.whom(), [1, 101, 2, 102, 3, 1, 101, 2, 102, 3, 103]);
}

#[test]
fn the_last_stream_has_all_the_time_that_is_left() {
    let mut world = World::new(config(1), |asked| match asked.proto {
        Proto::Datagram => Reaction::Silent,
        Proto::Stream => answer(WWW).after(2_000).into(),
    });
    assert_eq!(addresses(&www(&mut world).unwrap()), ["192.0.2.80"]);
}

#[test]
fn resolv_conf_5_use_vc_asks_over_streams_only() {
    let mut world = World::new(
        Config {
            stream_only: true,
            ..config(2)
        },
        each(&[(1, Reaction::Reject)]),
    );
    assert_eq!(addresses(&www(&mut world).unwrap()), ["192.0.2.80"]);
    assert!(world.whom().iter().all(|&number| number > 100));
}

#[test]
fn cares_652_a_server_that_takes_over_from_one_that_died_is_found_each_time() {
    // One of two lives at a time, and they change every minute.
    let lives = |asked: &Asked| u64::from(asked.last_octet()) == 1 + asked.at.as_secs() / 60 % 2;
    let mut world = World::new(config(2), move |asked| match lives(asked) {
        true => answer(WWW).into(),
        false => Reaction::Silent,
    });
    for minute in 0..6 {
        let fresh = LookupOptions {
            fresh: true,
            ..LookupOptions::default()
        };
        let id = world.begin_with(records_query("www.example. A"), fresh);
        assert_eq!(addresses(&world.outcome(id).unwrap()), ["192.0.2.80"], "{minute}");
        let next = Duration::from_secs(60 * (minute + 1));
        world.pass(u64::try_from((next - world.elapsed()).as_millis()).unwrap());
    }
}

#[test]
fn cares_656_a_first_server_that_does_not_run_leaves_the_second_to_answer() {
    for reaction in [Reaction::Reject, Reaction::Silent] {
        let mut world = World::new(config(3), move |asked| match asked.last_octet() {
            1 => reaction.clone(),
            _ => answer(WWW).into(),
        });
        assert_eq!(addresses(&www(&mut world).unwrap()), ["192.0.2.80"]);
        let whom = world.whom();
        assert_eq!(whom.last(), Some(&2));
        assert!(!whom.contains(&3));
    }
}

#[test]
fn cares_731_a_dead_server_is_left_alone_for_its_pause_and_then_asked_beside_a_live_one() {
    let mut world = World::new(config(2), |asked| match asked.last_octet() {
        1 => Reaction::Silent,
        _ => answer("").flags(|flags| flags.with_aa(true)).into(),
    });
    world.answer_each_of(2);
    world.asked();
    world.answer("soon.example. A");
    assert_eq!(world.whom(), [2]);
    world.pass(1_000);
    let begun = world.elapsed();
    world.answer("later.example. A");
    assert_eq!(world.whom(), [2, 1]);
    assert!(world.elapsed() - begun < Duration::from_millis(50));
}

#[test]
fn resolv_conf_5_rotate_takes_the_servers_in_turn() {
    let preference = Preference::Rotate;
    let mut world = World::new(
        Config {
            preference,
            ..config(3)
        },
        each(&[]),
    );
    for number in 0..6 {
        let what = std::format!("n{number}.example. A");
        world.look_up(records_query(&what)).unwrap();
    }
    assert_eq!(world.whom(), [1, 2, 3, 1, 2, 3]);
}

#[test]
fn the_fastest_server_is_preferred_once_all_are_known() {
    for stream_only in [false, true] {
        let mut world = World::new(
            Config {
                preference: Preference::Fastest,
                stream_only,
                ..config(3)
            },
            |asked| {
                let reply = answer("").flags(|flags| flags.with_aa(true));
                let is_second = asked.last_octet() == 2;
                reply.after(if is_second { 5 } else { 60 }).into()
            },
        );
        world.answer_each_of(20);
        let whom = world.whom();
        let (first, rest) = whom.split_at(3);
        // Who is asked over a stream counts from 101.
        let over = if stream_only { 100 } else { 0 };
        assert!(rest.iter().all(|&server| server == over + 2), "{whom:?}");
        assert!((1..=3).all(|server| first.contains(&(over + server))), "{whom:?}");
    }
}

#[test]
fn what_contradicts_itself_is_asked_of_another_server() {
    let both = || answer(WWW).rcode(Rcode::NXDOMAIN);
    let mut world = World::new(config(2), move |asked| match asked.last_octet() {
        1 => both().into(),
        _ => answer(WWW).into(),
    });
    assert_eq!(www(&mut world).unwrap().outcome, Outcome::Positive);
    assert_eq!(world.whom(), [1, 2]);
}

#[test]
fn rfc2308_2_2_authority_says_that_there_is_nothing_even_without_recursion() {
    let mut world = World::new(config(1), |_| {
        let flags = |flags: Flags| flags.with_aa(true).with_ra(false);
        answer("")
            .flags(flags)
            .authority("example. 60 NS ns.example.")
            .into()
    });
    assert_eq!(www(&mut world).unwrap().outcome, Outcome::NoData);
}

#[test]
fn a_lame_server_is_left_alone_and_one_that_fails_now_and_then_is_not() {
    let lame = || answer("").flags(|flags| flags.with_ra(false));
    for (reply, expected) in [
        (lame(), [1, 2, 1, 2, 2]),
        (refusing(Rcode::SERVFAIL), [1, 2, 1, 2, 1]),
    ] {
        let mut world = World::new(config(2), move |asked| match asked.last_octet() {
            1 => reply.clone().into(),
            _ => answer("").flags(|flags| flags.with_aa(true)).into(),
        });
        world.answer_each_of(3);
        assert_eq!(world.whom()[..5], expected);
    }
}

#[test]
fn our_own_trouble_is_not_held_against_a_server() {
    let mut world = World::new(config(2), |asked| {
        match (asked.last_octet(), asked.at.as_secs()) {
            (1, ..60) => Reaction::Close(CloseCause::Descriptors),
            _ => answer("").flags(|flags| flags.with_aa(true)).into(),
        }
    });
    world.answer_each_of(3);
    world.pass(60_000);
    world.asked();
    world.answer("later.example. A");
    assert_eq!(world.whom(), [1], "it is not dead");
}

#[test]
fn a_probe_ends_with_the_timeout() {
    let timeout = Duration::from_millis(700);
    let mut world = World::new(Config { timeout, ..config(2) }, |asked| {
        match asked.last_octet() {
            1 => Reaction::Silent,
            _ => answer("").flags(|flags| flags.with_aa(true)).into(),
        }
    });
    world.answer_each_of(2);
    world.pass(2_000);
    world.asked();
    world.answer("x.example. A");
    assert_eq!((world.whom(), world.flows.len()), (Vec::from([2, 1]), 1));
    world.pass(700);
    assert!(world.flows.is_empty());
}

#[test]
fn what_a_probe_does_not_spend_is_left_for_the_others() {
    let limits = crate::limits::Limits {
        packets: 5,
        ..crate::limits::Limits::default()
    };
    let timeout = Duration::from_millis(300);
    let mut world = World::new(
        Config {
            limits,
            timeout,
            attempts: 5,
            ..config(4)
        },
        |asked| match asked.last_octet() {
            1 => Reaction::Reject,
            _ if asked.what().starts_with('n') => answer("").flags(|flags| flags.with_aa(true)).into(),
            _ => Reaction::Silent,
        },
    );
    world.answer_each_of(2);
    world.pass(2_000);
    world.asked();
    assert!(world.look_up(records_query("x.example. A")).is_err());
    let whom = world.whom();
    assert_eq!((whom.len(), &whom[..2]), (5, &[2, 1][..]), "{whom:?}");
}
