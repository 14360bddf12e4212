//! Chains of aliases, inside an answer and beyond it, and what does not belong to them.

use super::*;
use crate::budget::Exhausted;

/// Each name is an alias of the next, and the last has an address. Each reply has one link.
fn chain(length: u32) -> impl FnMut(&Asked) -> Reaction {
    move |asked| {
        let name = asked.what();
        let number: u32 = name
            .trim_start_matches('n')
            .split('.')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let line = if number < length {
            std::format!("n{number}.example. 60 CNAME n{}.example.", number + 1)
        } else {
            std::format!("n{number}.example. 60 A 192.0.2.80")
        };
        answer(&line).into()
    }
}

#[test]
fn rfc1034_3_6_2_aliases_are_followed_beyond_the_answer() {
    let mut world = World::new(config(1), chain(3));
    let answer = world.answer("n0.example. A");
    assert_eq!(
        shown(&answer),
        [
            "n0.example. CNAME n1.example.",
            "n1.example. CNAME n2.example.",
            "n2.example. CNAME n3.example.",
            "n3.example. A 192.0.2.80"
        ]
    );
    assert_eq!(world.asked().len(), 4);
}

#[test]
fn aliases_inside_the_answer_cost_one_question_in_whatever_order_they_stand() {
    let mut world = World::new(config(1), |_| {
        answer("c.example. 30 A 192.0.2.3\nb.example. 60 CNAME c.example.\nA.example. 90 CNAME b.example.")
            .into()
    });
    let answer = world.answer("a.example. A");
    assert_eq!(
        shown(&answer),
        [
            "A.example. CNAME b.example.",
            "b.example. CNAME c.example.",
            "c.example. A 192.0.2.3"
        ]
    );
    assert_eq!((answer.ttl, world.asked().len()), (30, 1));
}

#[test]
fn limits_aliases_eleven_are_followed_and_the_twelfth_is_not() {
    let mut world = World::new(config(1), chain(11));
    assert_eq!(addresses(&world.answer("n0.example. A")), ["192.0.2.80"]);
    let mut world = World::new(config(1), chain(12));
    let outcome = world.look_up(records_query("n0.example. A"));
    assert_eq!(
        outcome,
        Err(LookupError::Exhausted {
            limit: Exhausted::Aliases,
            last: None
        })
    );
}

#[test]
fn limits_aliases_two_families_may_have_chains_as_long_as_one() {
    let long = (0..11).map(|number| std::format!("n{number}.example. 60 CNAME n{}.example.\n", number + 1));
    let long: String = long.collect();
    let mut world = World::new(config(1), move |asked| {
        let data = match asked.question.rtype {
            Rtype::AAAA => "AAAA 2001:db8::6",
            _ => "A 192.0.2.80",
        };
        answer(&std::format!("{long}n11.example. 60 {data}")).into()
    });
    let found = world.look_up(Query::Addresses {
        name: "n0.example".parse().unwrap(),
        families: Families::Both,
        search: false,
    });
    assert_eq!(addresses(&found.unwrap()), ["192.0.2.80", "2001:db8::6"]);
}

#[test]
fn a_long_chain_in_one_answer_is_bounded_like_one_in_many() {
    for length in [11u32, 12, 200] {
        let links =
            (0..length).map(|number| std::format!("n{number}.example. 60 CNAME n{}.example.\n", number + 1));
        let lines = links.collect::<String>() + &std::format!("n{length}.example. 60 A 192.0.2.80");
        let mut world = World::new(config(1), move |_| answer(&lines).into());
        assert_eq!(
            world.look_up(records_query("n0.example. A")).is_ok(),
            length <= 11
        );
    }
}

#[test]
fn a_loop_ends_at_once() {
    for lines in [
        "a.example. 60 CNAME a.example.",
        "a.example. 60 CNAME b.example.\nb.example. 60 CNAME a.example.",
    ] {
        let mut world = World::new(config(1), move |_| answer(lines).into());
        let outcome = world.look_up(records_query("a.example. A"));
        assert_eq!(
            outcome,
            Err(LookupError::Exhausted {
                limit: Exhausted::Aliases,
                last: None
            })
        );
        assert!(world.asked().len() <= 2);
    }
}

#[test]
fn rfc2181_10_1_a_name_with_two_aliases_is_not_believed() {
    let mut world = World::new(config(1), |_| {
        answer("a.example. 60 CNAME b.example.\na.example. 60 CNAME c.example.").into()
    });
    assert_eq!(
        trouble(world.look_up(records_query("a.example. A"))),
        Trouble::Malformed
    );
}

#[test]
fn rfc6672_3_1_what_follows_from_a_dname_is_computed_and_not_believed() {
    let mut world = World::new(config(1), |asked| {
        match asked.what().as_str() {
        "www.old.example. A" => answer(
            "old.example. 70 DNAME new.example.\nwww.old.example. 9000 CNAME evil.example.\nevil.example. 60 A 192.0.2.66\n\
             www.new.example. 60 A 192.0.2.80",
        )
        .into(),
        _ => answer("").rcode(Rcode::REFUSED).into(),
    }
    });
    let answer = world.answer("www.old.example. A");
    assert_eq!(
        shown(&answer),
        [
            "old.example. DNAME new.example.",
            "www.old.example. CNAME www.new.example.",
            "www.new.example. A 192.0.2.80"
        ]
    );
    assert_eq!(answer.rrsets[1].ttl(), 70);
}

#[test]
fn rfc6672_2_2_a_name_that_a_dname_makes_too_long_has_no_answer() {
    let label = "x".repeat(63);
    let long = [&*label; 3].join(".");
    let dname = std::format!("d.example. 60 DNAME {long}.example.");
    let mut world = World::new(config(1), move |_| answer(&dname).into());
    let query = Query::records(&std::format!("{label}.d.example."), Rtype::A).unwrap();
    assert_eq!(trouble(world.look_up(query)), Trouble::Rcode(Rcode::YXDOMAIN));
}

#[test]
fn rfc6604_3_the_response_code_is_about_the_end_of_the_chain() {
    let soa = "example. 600 SOA ns.example. who.example. 1 7200 3600 86400 300";
    let mut world = World::new(config(1), move |_| {
        answer("a.example. 60 CNAME b.example.")
            .rcode(Rcode::NXDOMAIN)
            .authority(soa)
            .into()
    });
    let answer = world.answer("a.example. A");
    assert_eq!(
        (answer.outcome, shown(&answer)),
        (
            Outcome::NxDomain,
            Vec::from(["a.example. CNAME b.example.".into()])
        )
    );
    assert_eq!(answer.ttl, 60);
    assert_eq!(answer.authority[0].rtype(), Rtype::SOA);
    // The alias is known, and that its target does not exist: the alias itself does.
    assert_eq!(world.answer("a.example. MX").outcome, Outcome::NxDomain);
    assert_eq!(
        shown(&world.answer("a.example. CNAME")),
        ["a.example. CNAME b.example."]
    );
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn kaminsky_records_that_the_question_does_not_lead_to_are_neither_returned_nor_kept() {
    let mut world = World::new(config(1), |asked| match asked.what().as_str() {
        "www.example. A" => {
            answer("www.example. 60 A 192.0.2.1\nbank.example. 60 A 192.0.2.66\nwww.example. 60 TXT \"x\"")
                .authority("example. 60 NS bank.example.\nbank.example. 60 A 192.0.2.66")
                .into()
        }
        _ => answer("bank.example. 60 A 192.0.2.7").into(),
    });
    assert_eq!(
        shown(&world.answer("www.example. A")),
        ["www.example. A 192.0.2.1"]
    );
    assert_eq!(addresses(&world.answer("bank.example. A")), ["192.0.2.7"]);
    assert_eq!(world.asked().len(), 2);
}

#[test]
fn a_question_for_the_alias_itself_or_for_any_type_is_not_led_on() {
    let mut world = World::new(config(1), |_| {
        answer("a.example. 60 CNAME b.example.\nb.example. 60 A 192.0.2.1").into()
    });
    assert_eq!(
        shown(&world.answer("a.example. CNAME")),
        ["a.example. CNAME b.example."]
    );
    assert_eq!(
        shown(&world.answer("a.example. ANY")),
        ["a.example. CNAME b.example."]
    );
}
