//! Each checker objects to a trace that breaks its rule, and to no other.

use std::net::SocketAddr;
use std::time::Duration;

use nameward_core::client::{Answer, LookupError, Outcome, Source};
use nameward_core::flow::{FlowId, Lane};
use nameward_core::machine::Proto;
use nameward_core::rrset::Rrset;
use nameward_core::time::Instant;
use nameward_core::wire::{Class, Name, Rdata, Rtype};

use super::{Seen, all};
use crate::internet::plan::Plan;
use crate::internet::seen::Query;

/// Three servers, from `198.51.100.1` on, whom nobody trusts, and one of corp, `198.51.100.21`, who is trusted, and a few look-ups.
fn plan() -> Plan {
    let text = "seed is=0\n\
        stub packets=50 octets=1000 time=7000 timeout=1000 attempts=2 in-flight=1 preference=InOrder edns cache\n\
        server number=1 behaviour=Honest edns=Full cookies=None thinks=1 says-authentic\n\
        server number=2 behaviour=Honest edns=Full cookies=None thinks=1 keeps=0\n\
        server number=3 behaviour=Honest edns=Full cookies=None thinks=1\n\
        server number=21 behaviour=Honest edns=Full cookies=None thinks=1 corp trusted\n\
        lookup id=1 at=0 name=a1.example. type=1\n\
        lookup id=2 at=0 name=x2.example. type=1\n\
        lookup id=3 at=0 name=a4.corp.example. type=1\n\
        lookup id=5 at=0 name=a5 type=1\n\
        lookup id=6 at=0 name=c2-6.example. type=1\n";
    text.parse().expect("it is a plan")
}

/// What the first checker says that objects.
fn objection(trace: impl IntoIterator<Item = Seen>) -> Option<String> {
    let mut checks = all(&plan());
    trace
        .into_iter()
        .find_map(|seen| checks.iter_mut().find_map(|check| check.look(&seen).err()))
}

fn at(milliseconds: u64) -> Instant {
    Instant::ZERO.after(Duration::from_millis(milliseconds))
}

fn begun(id: u64) -> Seen {
    Seen::Begun { id, at: at(0) }
}

fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, number], 53))
}

fn server(number: u8) -> Source {
    Source::Server {
        address: address(number),
        proto: Proto::Datagram,
    }
}

fn set(owner: &str, addresses: &[[u8; 4]]) -> Rrset {
    let rdata = addresses.iter().map(|octets| Rdata::opaque(Rtype::A, octets));
    Rrset::new(name(owner), Rtype::A, Class::IN, 60, rdata).expect("it is a set")
}

fn name(text: &str) -> Name {
    text.parse().expect("a valid name")
}

fn answer(about: &str, outcome: Outcome, rrsets: Vec<Rrset>) -> Answer {
    Answer {
        name: name(about),
        outcome,
        rrsets,
        authority: Vec::new(),
        ttl: 30,
        valid_until: at(30_000),
        source: server(1),
        authentic_data: false,
        incomplete: None,
    }
}

fn answered(id: u64, answer: Answer) -> Seen {
    Seen::Answered {
        id,
        at: at(20),
        answer: Box::new(answer),
    }
}

/// What is true of `a1.example.`.
fn true_answer() -> Answer {
    let set = set("A1.example.", &[[198, 18, 0, 1], [198, 19, 0, 1]]);
    answer("a1.example.", Outcome::Positive, vec![set])
}

fn flow(number: u64) -> FlowId {
    FlowId::from_machine(Lane(0), number)
}

fn opened(number: u64, proto: Proto, to: u8) -> Seen {
    Seen::Opened {
        flow: flow(number),
        proto,
        server: address(to),
    }
}

fn query_to(number: u64, proto: Proto, to: u8, name: &str, advertised: usize) -> Seen {
    let query = Query {
        server: address(to),
        proto,
        name: name.into(),
        rtype: 1,
        edns: true,
        advertised,
    };
    Seen::Query {
        flow: flow(number),
        query,
    }
}

fn query(number: u64, name: &str) -> Seen {
    query_to(number, Proto::Datagram, 1, name, 1_232)
}

fn closed(number: u64) -> Seen {
    Seen::Closed { flow: flow(number) }
}

#[track_caller]
fn objects(number: &str, trace: Vec<Seen>) {
    let objection = objection(trace).unwrap_or_else(|| panic!("nobody objects in the name of {number}"));
    assert!(objection.starts_with(&format!("{number}: ")), "{objection}");
}

#[test]
fn nobody_objects_to_what_is_right() {
    let trace = vec![
        begun(1),
        begun(2),
        opened(0, Proto::Datagram, 1),
        query(0, "a1.example."),
        Seen::Input { at: at(0) },
        Seen::Output,
        closed(0),
        answered(1, true_answer()),
        answered(2, answer("x2.example.", Outcome::NxDomain, Vec::new())),
        begun(3),
        Seen::Failed {
            id: 3,
            at: at(7_000),
            error: LookupError::NoServer,
        },
        begun(5),
        Seen::Cancelled { id: 5 },
        Seen::AtRest { left: [0; 3] },
    ];
    assert_eq!(objection(trace), None);
}

#[test]
fn inv_1_what_is_not_true_is_no_answer() {
    let told = |id, answer| vec![begun(id), answered(id, answer)];
    let forged = set("a1.example.", &[[203, 0, 113, 66]]);
    objects(
        "INV-1",
        told(1, answer("a1.example.", Outcome::Positive, vec![forged])),
    );
    let half = set("a1.example.", &[[198, 18, 0, 1]]);
    objects(
        "INV-1",
        told(1, answer("a1.example.", Outcome::Positive, vec![half])),
    );
    let extra = set("a9.example.", &[[203, 0, 113, 66]]);
    let with_extra = [true_answer().rrsets, vec![extra]].concat();
    objects(
        "INV-1",
        told(1, answer("a1.example.", Outcome::Positive, with_extra)),
    );
    objects(
        "INV-1",
        told(1, answer("a1.example.", Outcome::Positive, Vec::new())),
    );
    objects(
        "INV-1",
        told(1, answer("a1.example.", Outcome::NxDomain, Vec::new())),
    );
    objects(
        "INV-1",
        told(1, answer("a1.example.", Outcome::NoData, Vec::new())),
    );
    objects(
        "INV-1",
        told(2, answer("x2.example.", Outcome::NoData, Vec::new())),
    );
    objects(
        "INV-1",
        told(2, answer("x2.example.", Outcome::Positive, Vec::new())),
    );
}

#[test]
fn inv_2_the_same_question_is_out_once_and_three_times_in_all() {
    objects(
        "INV-2",
        vec![begun(1), query(0, "a1.example."), query(1, "a1.example.")],
    );
    objects("INV-2", vec![begun(1), query(0, "a2.example.")]);
    let often = |times| {
        let asked = (0..times).flat_map(|number| [query(number, "a1.example."), closed(number)]);
        [begun(1)].into_iter().chain(asked).collect::<Vec<_>>()
    };
    objects("INV-2", often(4));
    assert_eq!(objection(often(3)), None);
}

#[test]
fn inv_6_packets_are_bounded() {
    // 51 packets about one name, where 50 are allowed, and one server gets 20 at most.
    let asked = |times: u64, servers: u64| {
        let stream = move |number: u64| {
            let server = u8::try_from(1 + number % servers).expect("a small number");
            query_to(number, Proto::Stream, server, "a1.example.", 1_232)
        };
        [begun(1)]
            .into_iter()
            .chain((0..times).map(stream))
            .collect::<Vec<_>>()
    };
    objects("INV-6", asked(51, 3));
    assert_eq!(objection(asked(50, 3)), None);
    objects("INV-6", asked(21, 1));
    assert_eq!(objection(asked(20, 1)), None);
    // As many connections.
    let open = |number| [opened(number, Proto::Stream, 1), closed(number)];
    let opened: Vec<_> = [begun(1)].into_iter().chain((0..51).flat_map(open)).collect();
    objects("INV-6", opened);
}

#[test]
fn inv_7_sizes_are_bounded() {
    objects(
        "INV-7",
        vec![begun(1), query_to(0, Proto::Datagram, 1, "a1.example.", 4_096)],
    );
    let octets = |count| Seen::Octets { flow: flow(0), count };
    let asked = || vec![begun(1), query_to(0, Proto::Stream, 1, "a1.example.", 1_232)];
    objects("INV-7", [asked(), vec![octets(65_536), octets(1_001)]].concat());
    let enough = vec![octets(65_536), octets(1_000)];
    assert_eq!(objection([asked(), enough].concat()), None);
}

#[test]
fn inv_9_no_ttl_is_longer_than_it_was() {
    let longer = Answer {
        ttl: 301,
        ..true_answer()
    };
    objects("INV-9", vec![begun(1), answered(1, longer)]);
    // The first alias is valid for 280 seconds.
    let address = set("c0-6.example.", &[[198, 18, 0, 6], [198, 19, 0, 6]]);
    let alias = |owner, target| {
        let rdata = Rdata::opaque(Rtype::CNAME, name(target).as_wire());
        Rrset::new(name(owner), Rtype::CNAME, Class::IN, 300, [rdata]).expect("it is a set")
    };
    let chain = vec![
        alias("c2-6.example.", "c1-6.example."),
        alias("c1-6.example.", "c0-6.example."),
        address,
    ];
    let valid_for = |ttl| Answer {
        ttl,
        ..answer("c2-6.example.", Outcome::Positive, chain.clone())
    };
    objects("INV-9", vec![begun(6), answered(6, valid_for(281))]);
    assert_eq!(objection([begun(6), answered(6, valid_for(280))]), None);
    let longer = Answer {
        ttl: 31,
        ..answer("x2.example.", Outcome::NxDomain, Vec::new())
    };
    objects("INV-9", vec![begun(2), answered(2, longer)]);
}

#[test]
fn inv_10_flows_are_bounded() {
    let open = |number| opened(number, Proto::Datagram, 1);
    objects("INV-10", [begun(1)].into_iter().chain((0..6).map(open)).collect());
    let open = |number| opened(number, Proto::Stream, 1);
    objects(
        "INV-10",
        [begun(1)].into_iter().chain((0..10).map(open)).collect(),
    );
}

#[test]
fn inv_11_every_look_up_ends_once_and_in_time() {
    let ended = |milliseconds| Seen::Answered {
        id: 1,
        at: at(milliseconds),
        answer: Box::new(true_answer()),
    };
    let failed = |milliseconds| Seen::Failed {
        id: 1,
        at: at(milliseconds),
        error: LookupError::NoServer,
    };
    objects("INV-11", vec![begun(1), ended(20), ended(21)]);
    objects("INV-11", vec![begun(1), failed(20), ended(21)]);
    objects("INV-11", vec![begun(1), Seen::Cancelled { id: 1 }, ended(21)]);
    objects("INV-11", vec![begun(1), Seen::Crashed, ended(21)]);
    objects("INV-11", vec![ended(20)]);
    objects("INV-11", vec![begun(1), ended(7_002)]);
    objects("INV-11", vec![begun(1), failed(7_002)]);
    objects("INV-11", vec![begun(1), Seen::AtRest { left: [0; 3] }]);
    assert_eq!(
        objection([begun(1), Seen::Paused(Duration::from_secs(1)), ended(8_000)]),
        None
    );
}

#[test]
fn inv_12_one_input_has_few_outputs() {
    let outputs = std::iter::repeat_n(Seen::Output, 10_001);
    objects(
        "INV-12",
        [Seen::Input { at: at(0) }]
            .into_iter()
            .chain(outputs.clone())
            .collect(),
    );
    let in_between = outputs
        .clone()
        .take(10_000)
        .chain([Seen::Input { at: at(0) }])
        .chain(outputs.take(10_000));
    assert_eq!(objection(in_between), None);
}

#[test]
fn inv_14_an_answer_is_about_what_was_asked() {
    objects("INV-14", vec![begun(2), answered(2, true_answer())]);
    objects("INV-14", vec![begun(9), answered(9, true_answer())]);
    let searched = set("a5.example.", &[[198, 18, 0, 5], [198, 19, 0, 5]]);
    let searched = answer("a5.example.", Outcome::Positive, vec![searched]);
    assert_eq!(objection([begun(5), answered(5, searched)]), None);
}

#[test]
fn inv_15_nothing_is_left() {
    for left in [[1, 0, 0], [0, 1, 0], [0, 0, 1]] {
        objects("INV-15", vec![Seen::AtRest { left }]);
    }
}

#[test]
fn inv_15_what_nobody_waits_for_is_asked_nobody_new() {
    let cancelled = Seen::Cancelled { id: 1 };
    let asked = |number, server| query_to(number, Proto::Datagram, server, "a1.example.", 1_232);
    objects(
        "INV-15",
        vec![begun(1), asked(0, 1), closed(0), cancelled.clone(), asked(1, 2)],
    );
    // A server that is probed may be asked once more.
    let probed = [begun(1), asked(0, 1), closed(0), cancelled, asked(1, 1)];
    assert_eq!(objection(probed), None);
}

#[test]
fn s4_a_guess_leads_to_a_stream() {
    let guess = |right_id| Seen::Datagram {
        flow: flow(0),
        octets: 50,
        advertised: 1_232,
        right_id,
    };
    let asked = || vec![begun(1), opened(0, Proto::Datagram, 1), query(0, "a1.example.")];
    objects("S4", [asked(), vec![guess(false), closed(0)]].concat());
    let to_stream = opened(1, Proto::Stream, 1);
    assert_eq!(
        objection([asked(), vec![guess(false), to_stream, closed(0)]].concat()),
        None
    );
    assert_eq!(objection([asked(), vec![guess(true), closed(0)]].concat()), None);
}

#[test]
fn s6_nothing_is_learnt_from_what_may_be_forged() {
    let plain = |number| {
        let Seen::Query { flow, query } = query(number, "a1.example.") else {
            unreachable!("it is a query")
        };
        let query = Query { edns: false, ..query };
        Seen::Query { flow, query }
    };
    objects("S6", vec![begun(1), plain(0)]);
    let refused = [begun(1), query(0, "a1.example."), closed(0), plain(1)];
    assert_eq!(objection(refused), None);
    let evident = [
        begun(1),
        opened(0, Proto::Stream, 1),
        Seen::Octets {
            flow: flow(0),
            count: 12,
        },
        plain(1),
    ];
    assert_eq!(objection(evident), None);
}

#[test]
fn rfc7828_a_stream_that_the_server_does_not_want_is_closed() {
    let asked = || {
        vec![
            begun(1),
            opened(0, Proto::Stream, 2),
            query_to(0, Proto::Stream, 2, "a1.example.", 1_232),
            Seen::Message { flow: flow(0) },
        ]
    };
    let later = || vec![Seen::Input { at: at(200) }];
    objects("RFC 7828", [asked(), later()].concat());
    assert_eq!(objection([asked(), vec![closed(0)], later()].concat()), None);
    let another = query_to(0, Proto::Stream, 2, "a1.example.", 1_232);
    assert_eq!(objection([asked(), vec![another], later()].concat()), None);
}

#[test]
fn inv_17_questions_go_where_they_should() {
    objects("INV-17", vec![query(0, "localhost.")]);
    objects("INV-17", vec![query(0, "a1.invalid.")]);
    objects("INV-17", vec![opened(0, Proto::Datagram, 66)]);
    objects("INV-17", vec![query(0, "a4.corp.example.")]);
    objects(
        "INV-17",
        vec![query_to(0, Proto::Datagram, 21, "a1.example.", 1_232)],
    );
}

#[test]
fn inv_20_trust_is_not_made_of_nothing() {
    let told = |id, answer| vec![begun(id), answered(id, answer)];
    objects(
        "INV-20",
        told(
            1,
            Answer {
                authentic_data: true,
                ..true_answer()
            },
        ),
    );
    // Of an odd number no trusted server says so.
    objects(
        "INV-20",
        told(
            1,
            Answer {
                authentic_data: true,
                source: server(21),
                ..true_answer()
            },
        ),
    );
    let of_corp = set("a4.corp.example.", &[[198, 18, 0, 4], [198, 19, 0, 4]]);
    let of_corp = answer("a4.corp.example.", Outcome::Positive, vec![of_corp]);
    let right = Answer {
        authentic_data: true,
        source: server(21),
        ..of_corp
    };
    assert_eq!(objection(told(3, right)), None);
}
