//! The witnesses, in lock step with their peers.

use std::time::Duration;

use nameward_core::flow::{Lane, ListenerId};
use nameward_core::machine::Proto;
use nameward_core::time::UnixTime;
use nameward_tests::assert_parity;
use nameward_tests::parity::Log;
use nameward_tests::stage::{Props, Stage};
use nameward_tests::witness::answerer::{self, Answerer};
use nameward_tests::witness::pipeline::{self, Event, Outcome, Pipeline};

const STREAMS: ListenerId = ListenerId::new(Lane(0), 1);

fn listening(seed: u64, proto: Proto) -> Props {
    Props {
        seed,
        listeners: vec![(STREAMS, proto)],
    }
}

fn silent(seed: u64) -> Props {
    Props {
        seed,
        listeners: Vec::new(),
    }
}

fn ask(question: u64) -> pipeline::Command {
    pipeline::Command::Ask {
        question,
        text: format!("question {question}").into(),
    }
}

/// Four questions at once, answered in reverse, three of them at a time; then one is cancelled; then the stream is idle.
fn pipelining<S: Stage>(stage: &mut S, secure: bool) -> (Vec<Event>, [Log; 2]) {
    let far_future = UnixTime::from_secs(u64::MAX);
    let mut server = stage.enter::<Answerer>(
        &listening(1, Proto::Stream),
        answerer::Config {
            listener: STREAMS,
            certificate_ends: secure.then_some(far_future),
            batch: 3,
            idle: Duration::from_secs(30),
        },
    );
    let mut client = stage.enter::<Pipeline>(
        &silent(2),
        pipeline::Config {
            server: stage.address(&server, STREAMS),
            secure,
            in_flight: 4,
            patience: Duration::from_secs(20),
            idle: Duration::from_millis(500),
        },
    );
    (1..=3).for_each(|question| stage.command(&mut client, ask(question)));
    let mut outcomes = stage.events(&mut client, 3);
    (4..=5).for_each(|question| stage.command(&mut client, ask(question)));
    stage.command(&mut client, pipeline::Command::Cancel { question: 4 });
    outcomes.extend(stage.events(&mut client, 1));
    stage.command(&mut client, ask(6));
    outcomes.extend(stage.events(&mut client, 2));
    outcomes.extend(stage.events(&mut client, 1));
    assert_eq!(stage.events(&mut server, 1), [answerer::Ended::Finished]);
    let logs = [
        Log::of::<Pipeline>(&stage.leave(client)),
        Log::of::<Answerer>(&stage.leave(server)),
    ];
    (outcomes, logs)
}

#[test]
fn pipelining_above_a_secure_channel_is_the_same_everywhere() {
    fn scenario<S: Stage>(stage: &mut S) -> (Vec<Event>, [Log; 2]) {
        pipelining(stage, true)
    }
    let (outcomes, logs) = assert_parity!(scenario);
    let concluded = |question, answer| Event::Concluded(Outcome { question, answer });
    let answer = |question| concluded(question, Ok(format!("QUESTION {question}").into()));
    let cancelled = concluded(4, Err(pipeline::Failure::Cancelled));
    let expected = [
        answer(3),
        answer(2),
        answer(1),
        cancelled,
        answer(6),
        answer(5),
        Event::StreamEnded,
    ];
    assert_eq!(outcomes, expected);
    assert!(logs.iter().all(|log| log.flows.len() == 1), "{logs:#?}");
}
