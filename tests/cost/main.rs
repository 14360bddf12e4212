//! What things cost, in units that are the same on every machine: octets and allocations.

#![allow(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod authority;
mod cache;
mod lookup;
mod resolver;
mod signing;
mod tsig;
mod wire;

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Input, Machine, Output};
use nameward_core::seed::Seed;
use nameward_core::time::{Instant, Now};
use nameward_core::transport::{Ask, Command, Config, Event, QueryOptions, QuestionId, Requester};
use nameward_core::wire::{A, Flags, Message, MessageWriter, Question, Record, Rtype, Section};

fn allocations<T>(act: impl FnOnce() -> T) -> (u64, T) {
    let mut result = None;
    let counted = allocation_counter::measure(|| result = Some(act()));
    (counted.count_total, result.expect("it was done"))
}

fn now(milliseconds: u64) -> Now {
    Now::without_wall(Instant::ZERO.after(Duration::from_millis(milliseconds)))
}

fn ask(id: u64) -> Command {
    Command::Ask(Ask {
        id: QuestionId(id),
        server: SocketAddr::from(([192, 0, 2, 53], 53)),
        question: Question::new("www.example.org.".parse().unwrap(), Rtype::A),
        options: QueryOptions::default(),
    })
}

fn drain(requester: &mut Requester) -> (Option<(FlowId, Bytes)>, Option<Event>) {
    let (mut sent, mut ended) = (None, None);
    loop {
        match requester.poll() {
            Output::Do(Action::Send { flow, data }) => sent = Some((flow, data)),
            Output::Do(_) | Output::Ignored { .. } => {}
            Output::Event(event) => ended = Some(event),
            Output::Idle(_) => return (sent, ended),
        }
    }
}

fn response(query: &[u8]) -> Vec<u8> {
    let query = Message::parse(query).unwrap();
    let Question { name, rtype, class } = query.question().unwrap().to_question();
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, 512, query.id(), Flags::default().with_qr(true));
    writer.question(&name, rtype, class).unwrap();
    let rdata = A {
        address: [198, 51, 100, 1].into(),
    }
    .to_rdata();
    writer
        .record(
            Section::Answer,
            &Record {
                owner: name,
                class,
                ttl: 300,
                rdata,
            },
        )
        .unwrap();
    writer.finish();
    out.to_vec()
}

/// A requester in whose tables `idle` questions wait.
fn with_idle(idle: u64) -> Requester {
    let mut requester = Requester::new(Seed::from_number(1), Config::default()).unwrap();
    for id in 0..idle {
        requester.command(now(id % 100), ask(id)).unwrap();
    }
    drain(&mut requester);
    requester
}

/// One question from asking to its event: the reply that is handed over. The query is written where the one before it was, and
/// the tables take nothing.
#[test]
fn a_question_allocates_once_alone_and_among_ten_thousand() {
    for idle in [10, 10_000] {
        let mut requester = with_idle(idle);
        let mut total = 0;
        const QUESTIONS: u64 = 100;
        // The first ones still make room: for what is in flight at once, and for deadlines that were wanted before.
        const WARMING: u64 = 100;
        for id in idle..idle + WARMING + QUESTIONS {
            let command = ask(id);
            let (asked, (sent, _)) = allocations(|| {
                requester.command(now(100), command).unwrap();
                drain(&mut requester)
            });
            let (flow, query) = sent.expect("a query is sent");
            let reply = response(&query);
            drop(query);
            let (answered, (_, ended)) = allocations(|| {
                requester.handle(now(130), Input::Received { flow, data: &reply });
                drain(&mut requester)
            });
            assert!(matches!(ended, Some(Event::Answered { .. })));
            if id >= idle + WARMING {
                total += asked + answered;
            }
        }
        println!("with {idle} idle questions: {total} allocations for {QUESTIONS} questions");
        assert_eq!(total, QUESTIONS, "among {idle}");
    }
}

#[test]
fn a_drain_allocates_nothing_at_10_and_at_10_000_idle_questions() {
    for idle in [10, 10_000] {
        let mut requester = with_idle(idle);
        let (count, ()) = allocations(|| {
            for _ in 0..1_000 {
                requester.handle(now(100), Input::Tick);
                assert!(matches!(black_box(requester.poll()), Output::Idle(Some(_))));
            }
        });
        println!("with {idle} idle questions: {count} allocations for 1000 ticks and drains");
        assert_eq!(count, 0);
    }
}

/// What is ignored costs nothing that lasts, but for the one stream that a first wrong guess leads to: an outsider cannot make
/// a table grow.
#[test]
fn ignored_datagrams_leave_nothing_behind() {
    let mut requester = Requester::new(Seed::from_number(1), Config::default()).unwrap();
    requester.command(now(0), ask(0)).unwrap();
    let (sent, _) = drain(&mut requester);
    let (flow, query) = sent.expect("a query is sent");
    let mut forged = response(&query);
    forged[0] ^= 1;
    requester.handle(now(1), Input::Received { flow, data: &forged });
    drain(&mut requester);
    assert_eq!(requester.open_flows(), 2);
    let counted = allocation_counter::measure(|| {
        for _ in 0..10_000 {
            requester.handle(now(1), Input::Received { flow, data: &forged });
            requester.handle(
                now(1),
                Input::Received {
                    flow,
                    data: b"garbage",
                },
            );
            drain(&mut requester);
        }
    });
    println!(
        "20000 ignored datagrams: {} allocations, {} octets kept",
        counted.count_total, counted.bytes_current
    );
    assert!(
        counted.bytes_current <= 0,
        "{} octets are kept",
        counted.bytes_current
    );
    assert_eq!(requester.open_flows(), 2);
}
