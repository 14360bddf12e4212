//! What a look-up costs the stub.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;
use nameward_core::client::{
    Command, Config, Event, Lookup, LookupId, LookupOptions, Outcome, Query, Server, Source, Stub,
};
use nameward_core::flow::FlowId;
use nameward_core::limits::CacheLimits;
use nameward_core::machine::{Action, Input, Machine, Output};
use nameward_core::seed::Seed;
use nameward_core::wire::{Question, Rtype};

use super::{allocations, now, response};

/// How many look-ups are counted.
const LOOK_UPS: u64 = 1_000;

/// How many there are before: a hash table that is more than half full grows once more, when all places that were free have been used.
const BEFORE: u64 = 4_000;

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
    for number in 0..waiting + BEFORE + LOOK_UPS {
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
        if number >= waiting + BEFORE {
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

/// Begins a look-up for each number, and lets each end in its way: by a reply, after garbage; by being cancelled; or by time alone. Says how
/// many ended so.
fn flood(stub: &mut Stub, numbers: std::ops::Range<u64>, begun: u64) -> [u64; 3] {
    let mut ended = [0; 3];
    let mut waiting = Vec::new();
    for number in numbers {
        let command = command(number, &format!("n{number}.example.org."));
        stub.command(now(begun), command).unwrap();
        let (sent, over) = drain(stub);
        assert!(over.is_none());
        let (flow, query) = sent.unwrap();
        waiting.push((number, flow, query.to_vec()));
    }
    for (number, flow, query) in waiting {
        let reply = response(&query);
        let mut give = |data: &[u8]| {
            stub.handle(now(begun + 1), Input::Received { flow, data });
            drain(stub).1
        };
        match number % 3 {
            0 => {
                assert!(give(&reply[..20]).is_none());
                let answered = give(&reply);
                assert!(matches!(answered, Some(Event::Answered { .. })), "{answered:?}");
                ended[0] += 1;
            }
            1 => {
                stub.command(now(begun + 1), Command::Cancel(LookupId(number)))
                    .unwrap();
                assert!(drain(stub).1.is_none());
                ended[1] += 1;
            }
            _ => {}
        }
    }
    // The server is silent, and accepts no stream.
    for passed in (1_000..=15_000).step_by(100) {
        stub.handle(now(begun + passed), Input::Tick);
        loop {
            match stub.poll() {
                Output::Event(Event::Failed { .. }) => ended[2] += 1,
                Output::Event(other) => panic!("{other:?}"),
                Output::Do(_) | Output::Ignored { .. } => {}
                Output::Idle(_) => break,
            }
        }
    }
    ended
}

/// INV-10 and INV-15: whatever becomes of thousands of look-ups, no more is in memory than the cache may hold and so much for each that is
/// in progress; and when they are over, nothing of them is left but what the cache kept.
#[test]
fn a_flood_of_look_ups_stays_below_the_limits_and_leaves_nothing_but_the_cache() {
    const IN_PROGRESS: u16 = 1_000;
    const WAVES: u64 = 20;
    /// What a look-up in progress may take, in octets: itself, its fetch and exchange, the query, and its part of all tables.
    const EACH: u64 = 5 * 1024;
    /// What the tables keep for look-ups to come.
    const KEPT: i64 = 16 * 1024;
    const CACHE: u32 = 128 * 1024;
    let whole = Config::default();
    let config = Config {
        servers: vec![Server::new(SocketAddr::from(([192, 0, 2, 53], 53)))],
        cache: whole.cache.clone().map(|cache| CacheLimits {
            octets: CACHE,
            ..cache
        }),
        most_in_flight: IN_PROGRESS,
        ..whole
    };
    let mut stub = Stub::new(Seed::from_number(1), config).unwrap();
    let (mut left, mut most) = (Vec::new(), 0);
    for wave in 0..WAVES {
        let first = wave * u64::from(IN_PROGRESS);
        let mut ended = [0; 3];
        let counted = allocation_counter::measure(|| {
            ended = flood(&mut stub, first..first + u64::from(IN_PROGRESS), wave * 20_000);
        });
        assert_eq!(ended.iter().sum::<u64>(), u64::from(IN_PROGRESS), "{ended:?}");
        left.push(counted.bytes_current);
        most = most.max(counted.bytes_max);
    }
    let all: i64 = left.iter().sum();
    println!("{most} octets more at most, {all} more at the end; each wave left {left:?}");
    assert!(most <= u64::from(CACHE) + u64::from(IN_PROGRESS) * EACH);
    assert!(all <= i64::from(CACHE) + KEPT, "more is left than the cache");
    // What the cache holds is not always of the same length.
    let grown: i64 = left[5..].iter().sum();
    assert!(
        grown.abs() <= i64::from(CACHE) / 100,
        "a wave left something: {left:?}"
    );
}
