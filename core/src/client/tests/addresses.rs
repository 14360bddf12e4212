//! The addresses of a host: two questions that have nothing to do with each other.

use super::*;

fn both(asked: &Asked) -> Reaction {
    match asked.what().as_str() {
        "two.example. A" | "four.example. A" => {
            answer(&std::format!("{} 60 A 192.0.2.4", asked.question.name)).into()
        }
        "two.example. AAAA" => answer("two.example. 30 AAAA 2001:db8::6").after(50).into(),
        "four.example. AAAA" => denial(Rcode::NOERROR).into(),
        "alias.example. A" => {
            answer("alias.example. 60 CNAME two.example.\ntwo.example. 60 A 192.0.2.4").into()
        }
        "alias.example. AAAA" => {
            answer("alias.example. 60 CNAME two.example.\ntwo.example. 30 AAAA 2001:db8::6").into()
        }
        _ => denial(Rcode::NXDOMAIN).into(),
    }
}

fn of(name: &str, families: Families) -> Query {
    Query::Addresses {
        name: name.parse().unwrap(),
        families,
        search: false,
    }
}

#[test]
fn both_families_are_asked_for_at_once_and_come_in_one_answer() {
    let mut world = World::new(config(1), both);
    let answer = world.look_up(of("two.example", Families::Both)).unwrap();
    assert_eq!(addresses(&answer), ["192.0.2.4", "2001:db8::6"]);
    assert_eq!(answer.ttl, 30);
    let asked = world.asked();
    assert_eq!(asked.iter().map(|asked| asked.at).max(), Some(Duration::ZERO));
    assert_ne!(
        asked[0].flow, asked[1].flow,
        "each question has a port of its own"
    );
    let answer = world.look_up(of("alias.example", Families::Both)).unwrap();
    assert_eq!(
        shown(&answer),
        [
            "alias.example. CNAME two.example.",
            "two.example. A 192.0.2.4",
            "two.example. AAAA 2001:db8::6"
        ]
    );
}

#[test]
fn one_family_is_enough_and_none_is_a_denial() {
    let mut world = World::new(config(1), both);
    let answer = world.look_up(of("four.example", Families::Both)).unwrap();
    assert_eq!(
        (answer.outcome, addresses(&answer)),
        (Outcome::Positive, Vec::from(["192.0.2.4".into()]))
    );
    let answer = world.look_up(of("four.example", Families::Ipv6)).unwrap();
    assert_eq!((answer.outcome, answer.source), (Outcome::NoData, Source::Cache));
    assert_eq!(
        world.look_up(of("no.example", Families::Both)).unwrap().outcome,
        Outcome::NxDomain
    );
}

#[test]
fn if_one_family_cannot_be_found_out_the_other_is_an_answer_that_says_so() {
    let mut world = World::new(config(1), |asked| match asked.question.rtype {
        Rtype::A => both(asked),
        _ => answer("").rcode(Rcode::SERVFAIL).into(),
    });
    let answer = world.look_up(of("two.example", Families::Both)).unwrap();
    assert_eq!(addresses(&answer), ["192.0.2.4"]);
    assert!(matches!(answer.incomplete, Some(LookupError::Servers(_))));
    let mut world = World::new(config(1), |asked| match asked.question.rtype {
        Rtype::A => denial(Rcode::NOERROR).into(),
        _ => Reaction::Silent,
    });
    // That there is no address cannot be said.
    assert!(world.look_up(of("two.example", Families::Both)).is_err());
}

#[test]
fn when_the_time_is_over_the_family_that_is_known_is_the_answer() {
    let mut world = World::new(config(1), |asked| {
        if asked.question.rtype == Rtype::A {
            both(asked)
        } else {
            Reaction::Silent
        }
    });
    let options = LookupOptions {
        time: Some(Duration::from_millis(900)),
        ..LookupOptions::default()
    };
    let id = world.begin_with(of("two.example", Families::Both), options);
    let answer = world.outcome(id).unwrap();
    assert_eq!(addresses(&answer), ["192.0.2.4"]);
    assert!(answer.incomplete.is_some() && world.elapsed() <= Duration::from_millis(900));
}

#[test]
fn resolv_conf_5_single_request_asks_for_one_after_the_other() {
    let mut world = World::new(
        Config {
            single_request: true,
            ..config(1)
        },
        both,
    );
    assert_eq!(
        addresses(&world.look_up(of("two.example", Families::Both)).unwrap()).len(),
        2
    );
    let asked: Vec<_> = world
        .asked()
        .iter()
        .map(|asked| (asked.question.rtype, asked.at.as_millis()))
        .collect();
    assert_eq!(asked, [(Rtype::A, 0), (Rtype::AAAA, 10)]);
    // The second is asked for even if the first failed.
    let mut world = World::new(
        Config {
            single_request: true,
            ..config(1)
        },
        |asked| match asked.question.rtype {
            Rtype::A => answer("").rcode(Rcode::SERVFAIL).into(),
            _ => both(asked),
        },
    );
    assert_eq!(
        addresses(&world.look_up(of("two.example", Families::Both)).unwrap()),
        ["2001:db8::6"]
    );
}

#[test]
fn resolv_conf_5_no_aaaa_asks_for_a_in_place_of_aaaa() {
    let hosts = HostsIndex::read(b"2001:db8::1 six.example\n");
    let mut world = World::new(
        Config {
            no_aaaa: true,
            hosts,
            ..config(1)
        },
        both,
    );
    let answer = world.answer("two.example. AAAA");
    assert_eq!((answer.outcome, answer.rrsets.len()), (Outcome::NoData, 0));
    assert_eq!(world.answer("no.example. AAAA").outcome, Outcome::NxDomain);
    assert_eq!(
        addresses(&world.look_up(of("two.example", Families::Both)).unwrap()),
        ["192.0.2.4"]
    );
    // What needs no question is not concerned.
    assert_eq!(addresses(&world.answer("six.example. AAAA")), ["2001:db8::1"]);
    assert!(world.what().iter().all(|what| what.ends_with(" A")));
}

#[test]
fn the_search_goes_on_until_there_is_an_address_of_either_family() {
    let search = Vec::from(["x.example", "example"].map(|name| name.parse().unwrap()));
    let mut world = World::new(Config { search, ..config(1) }, both);
    let answer = world.look_up(Query::addresses("four").unwrap()).unwrap();
    assert_eq!(
        (answer.name.to_string(), addresses(&answer)),
        ("four.example.".into(), Vec::from(["192.0.2.4".into()]))
    );
}

#[test]
fn the_second_family_may_be_the_one_that_there_is() {
    let mut world = World::new(config(1), |asked| match asked.question.rtype {
        Rtype::A => denial(Rcode::NOERROR).into(),
        _ => answer("six.example. 30 AAAA 2001:db8::6").into(),
    });
    let answer = world.look_up(of("six.example", Families::Both)).unwrap();
    assert_eq!(
        (answer.outcome, addresses(&answer)),
        (Outcome::Positive, Vec::from(["2001:db8::6".into()]))
    );
}
