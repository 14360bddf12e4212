//! What a look-up costs the stub.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;
use nameward_core::client::{
    Command, Config, Event, Lookup, LookupId, LookupOptions, Outcome, Query, Server, Source, Stub,
};
use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Input, Machine, Output};
use nameward_core::seed::Seed;
use nameward_core::wire::{Question, Rtype};

use super::{allocations, now, response};

/// How many look-ups are counted, after as many to warm up.
const LOOK_UPS: u64 = 1_000;

fn stub(cached: bool) -> Stub {
    let server = SocketAddr::from(([192, 0, 2, 53], 53));
    let whole = Config::default();
    let config = Config {
        servers: vec![Server::new(server)],
        cache: whole.cache.clone().filter(|_| cached),
        ..whole
    };
    Stub::new(Seed::from_number(1), config).unwrap()
}

fn drain(stub: &mut Stub) -> (Option<(FlowId, Bytes)>, Option<Event>) {
    let (mut sent, mut ended) = (None, None);
    loop {
        match stub.poll() {
            Output::Do(Action::Send { flow, data }) => sent = Some((flow, data)),
            Output::Do(_) | Output::Ignored { .. } => {}
            Output::Event(event) => ended = Some(event),
            Output::Idle(_) => return (sent, ended),
        }
    }
}

/// A look-up for an address that the application hands over, which is not counted.
fn command(number: u64, name: &str) -> Command {
    let question = Question::new(name.parse().unwrap(), Rtype::A);
    let query = Query::Records {
        question,
        search: false,
    };
    let options = LookupOptions::default();
    Command::Lookup(Lookup {
        id: LookupId(number),
        query,
        options,
    })
}

/// Counts what a stub allocates for so many look-ups among others that wait for their replies, each from asking to its event.
/// `name` gives the name of each, and `apart` are the milliseconds between two.
fn count(
    stub: &mut Stub,
    waiting: u64,
    apart: u64,
    source: fn(Source) -> bool,
    name: impl Fn(u64) -> String,
) -> u64 {
    let mut replies = VecDeque::new();
    let mut total = 0;
    for number in 0..waiting + 2 * LOOK_UPS {
        let begun = number * apart;
        let command = command(number, &name(number));
        let (asked, (sent, mut ended)) = allocations(|| {
            stub.command(now(begun), command).unwrap();
            drain(stub)
        });
        replies.extend(sent.map(|(flow, query)| (flow, response(&query))));
        let mut answered = 0;
        if replies.len() > usize::try_from(waiting).unwrap() {
            let (flow, reply) = replies.pop_front().unwrap();
            let (count, (_, event)) = allocations(|| {
                stub.handle(now(begun), Input::Received { flow, data: &reply });
                drain(stub)
            });
            answered = count;
            ended = ended.or(event);
        }
        let Some(event) = ended else {
            assert!(number < waiting, "a look-up has not ended");
            continue;
        };
        let Event::Answered { answer, .. } = event else {
            panic!("{event:?}")
        };
        assert_eq!(
            (answer.outcome, answer.addresses().count()),
            (Outcome::Positive, 1)
        );
        if number >= waiting + LOOK_UPS {
            assert!(source(answer.source), "{:?}", answer.source);
            total += asked + answered;
        }
    }
    total
}

fn server(source: Source) -> bool {
    matches!(source, Source::Server { .. })
}

/// The list of the answer's RRsets.
#[test]
fn an_answer_from_the_cache_is_allocated_once() {
    let from_cache = |source| source == Source::Cache;
    let total = count(&mut stub(true), 0, 0, from_cache, |_| {
        "www.example.org.".to_owned()
    });
    assert_eq!(total, LOOK_UPS);
}

/// Again it is the list; the query, the reply, its reading and all tables take nothing.
#[test]
fn an_answer_from_a_server_is_allocated_once_alone_and_among_a_hundred() {
    for waiting in [0, 100] {
        let total = count(&mut stub(false), waiting, 1, server, |number| {
            format!("n{number}.example.org.")
        });
        assert_eq!(total, LOOK_UPS, "among {waiting}");
    }
}

#[test]
fn what_the_cache_keeps_of_it_is_allocated_beside_it() {
    for waiting in [0, 100] {
        let total = count(&mut stub(true), waiting, 1, server, |number| {
            format!("n{number}.example.org.")
        });
        assert_eq!(total, 2 * LOOK_UPS, "among {waiting}");
    }
}
