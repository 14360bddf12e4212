//! The witnesses, in lock step with their peers.

use std::time::Duration;

use bytes::Bytes;
use nameward_core::flow::{Lane, ListenerId, ObjectId};
use nameward_core::machine::Proto;
use nameward_core::time::UnixTime;
use nameward_tests::assert_parity;
use nameward_tests::parity::Log;
use nameward_tests::stage::{Props, Stage};
use nameward_tests::witness::answerer::{self, Answerer};
use nameward_tests::witness::asker::{self, Asker};
use nameward_tests::witness::crowd::{self, Crowd};
use nameward_tests::witness::echo::{self, Echo};
use nameward_tests::witness::forwarder;
use nameward_tests::witness::pipeline::{self, Event, Outcome, Pipeline};
use nameward_tests::witness::primary::{self, Acknowledged, Primary};
use nameward_tests::witness::reservoir::{self, Reservoir};
use nameward_tests::witness::secondary::{self, Secondary};
use nameward_tests::witness::site::{self, Site};

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

fn concluded(question: u64, answer: Result<Bytes, pipeline::Failure>) -> Event {
    Event::Concluded(Outcome { question, answer })
}

fn answer(question: u64) -> Event {
    concluded(question, Ok(format!("QUESTION {question}").into()))
}

fn pipeline_and_answerer<S: Stage>(
    stage: &mut S,
    secure: bool,
    batch: u16,
) -> (S::Host<Answerer>, S::Host<Pipeline>) {
    let far_future = UnixTime::from_secs(u64::MAX);
    let config = answerer::Config {
        listener: STREAMS,
        certificate_ends: secure.then_some(far_future),
        batch,
        idle: Duration::from_secs(30),
    };
    let server = stage.enter::<Answerer>(&listening(1, Proto::Stream), config);
    let config = pipeline::Config {
        server: stage.address(&server, STREAMS),
        secure,
        in_flight: 4,
        patience: Duration::from_secs(20),
        idle: Duration::from_millis(500),
    };
    let client = stage.enter::<Pipeline>(&silent(2), config);
    (server, client)
}

/// Three questions at once, answered in reverse. Then three more, of which one is cancelled. Then the stream is idle.
fn pipelining<S: Stage>(stage: &mut S) -> (Vec<Event>, [Log; 2]) {
    let (mut server, mut client) = pipeline_and_answerer(stage, true, 3);
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
    let (outcomes, logs) = assert_parity!(pipelining);
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

/// Three questions, each one when the one before is answered, without a secure channel.
fn plain_questions<S: Stage>(stage: &mut S) -> (Vec<Event>, [Log; 2]) {
    let (mut server, mut client) = pipeline_and_answerer(stage, false, 1);
    let mut outcomes = Vec::new();
    for question in 1..=3 {
        stage.command(&mut client, ask(question));
        outcomes.extend(stage.events(&mut client, 1));
    }
    outcomes.extend(stage.events(&mut client, 1));
    assert_eq!(stage.events(&mut server, 1), [answerer::Ended::Finished]);
    let logs = [
        Log::of::<Pipeline>(&stage.leave(client)),
        Log::of::<Answerer>(&stage.leave(server)),
    ];
    (outcomes, logs)
}

#[test]
fn questions_on_a_plain_stream_are_the_same_everywhere() {
    let (outcomes, _) = assert_parity!(plain_questions);
    assert_eq!(outcomes, [answer(1), answer(2), answer(3), Event::StreamEnded]);
}

/// One client, whose answer does not fit in the server's output. There is only one: what a stream brings while nobody reads comes
/// in one piece or in several, and then this client rests once or several times.
fn back_pressure<S: Stage>(stage: &mut S) -> [Log; 2] {
    let config = reservoir::Config {
        listener: STREAMS,
        streams: 1,
        output: 500,
        idle: Duration::from_secs(30),
    };
    let mut server = stage.enter::<Reservoir>(&listening(1, Proto::Stream), config);
    let server_address = stage.address(&server, STREAMS);
    let rest = Duration::from_millis(1);
    let config = crowd::Config {
        server: server_address,
        rest,
    };
    let mut crowd = stage.enter::<Crowd>(&silent(2), config);
    let join = crowd::Command::Join {
        clients: 1,
        requests: 1,
        size: 1_000,
    };
    stage.command(&mut crowd, join);
    assert_eq!(stage.events(&mut crowd, 1), [crowd::Event::Connected]);
    assert_eq!(stage.events(&mut server, 1), [reservoir::Event::Full]);
    stage.command(&mut crowd, crowd::Command::Read);
    let served = crowd::Event::Done(crowd::Outcome::Served);
    assert_eq!(stage.events(&mut crowd, 1), [served]);
    let ended = reservoir::Event::Ended(reservoir::End::Finished);
    assert_eq!(stage.events(&mut server, 1), [ended]);
    [
        Log::of::<Crowd>(&stage.leave(crowd)),
        Log::of::<Reservoir>(&stage.leave(server)),
    ]
}

#[test]
fn back_pressure_is_the_same_everywhere() {
    let [_, server] = assert_parity!(back_pressure);
    let accepting: Vec<_> = server
        .elsewhere
        .iter()
        .map(|line| line.ends_with("true"))
        .collect();
    assert_eq!(accepting, [false, true], "{server:#?}");
    assert!(server.flows[0].contains(&"read false".into()), "{server:#?}");
}

/// Five updates, each one when the one before is acknowledged. After the third one the journal is replaced.
fn journal<S: Stage>(stage: &mut S) -> [Log; 2] {
    let config = secondary::Config {
        listener: STREAMS,
        object: ObjectId(7),
        stored: Bytes::new(),
        compact_at: 80,
    };
    let mut secondary = stage.enter::<Secondary>(&listening(1, Proto::Datagram), config);
    let config = primary::Config {
        secondary: stage.address(&secondary, STREAMS),
        retry: Duration::from_secs(20),
    };
    let mut primary = stage.enter::<Primary>(&silent(2), config);
    for serial in 1..=5 {
        let entries = vec![(1, 100), (serial, 200)];
        stage.command(&mut primary, primary::Command::Publish { entries });
        let serial = serial.into();
        assert_eq!(stage.events(&mut primary, 1), [Acknowledged { serial }]);
        let durable = secondary::Event::Durable { serial };
        assert_eq!(stage.events(&mut secondary, 1), [durable]);
    }
    [
        Log::of::<Primary>(&stage.leave(primary)),
        Log::of::<Secondary>(&stage.leave(secondary)),
    ]
}

#[test]
fn journalling_is_the_same_everywhere() {
    let [_, secondary] = assert_parity!(journal);
    let replaced = secondary.elsewhere.iter().filter(|line| line.contains("Replace"));
    assert_eq!(replaced.count(), 1, "{secondary:#?}");
    assert_eq!(secondary.elsewhere.len(), 10, "{secondary:#?}");
}

fn asking(lane: Lane, server: std::net::SocketAddr, attempt: Duration) -> asker::Config {
    asker::Config {
        lane,
        servers: vec![server],
        attempts: 2,
        attempt,
    }
}

fn question(question: u64) -> asker::Command {
    asker::Command::Ask {
        question,
        text: format!("question {question}").into(),
    }
}

/// Two forwarders in one machine. The server of one hears badly, that of the other not at all.
fn forwarding<S: Stage>(stage: &mut S) -> (Vec<asker::Outcome>, Vec<site::Event>, [Log; 2]) {
    let [first, second] = [ListenerId::new(Lane(1), 0), ListenerId::new(Lane(3), 0)];
    let mut echo = |deaf| {
        let props = listening(3, Proto::Datagram);
        stage.enter::<Echo>(
            &props,
            echo::Config {
                listener: STREAMS,
                deaf,
            },
        )
    };
    let echoes = [echo(1), echo(u32::MAX)];
    let forwarder = |listener: ListenerId, server| forwarder::Config {
        listener,
        open: 10,
        patience: Duration::from_secs(20),
        asker: asking(Lane(listener.lane().0 + 1), server, Duration::from_millis(200)),
    };
    let servers = [0, 1].map(|number| stage.address(&echoes[number], STREAMS));
    let forwarders = vec![forwarder(first, servers[0]), forwarder(second, servers[1])];
    let props = Props {
        seed: 1,
        listeners: vec![(first, Proto::Datagram), (second, Proto::Datagram)],
    };
    let mut site = stage.enter::<Site>(&props, site::Config { forwarders });
    let mut outcomes = Vec::new();
    let mut logs = Vec::new();
    for listener in [first, second] {
        let patient = asking(Lane(0), stage.address(&site, listener), Duration::from_secs(20));
        let mut client = stage.enter::<Asker>(&silent(2), patient);
        for number in 1..=2 {
            stage.command(&mut client, question(number));
            outcomes.extend(stage.events(&mut client, 1));
        }
        logs.push(Log::of::<Asker>(&stage.leave(client)));
    }
    let mut events = Vec::new();
    for forwarder in [0, 1] {
        let command = question(3);
        stage.command(&mut site, site::Command { forwarder, command });
        events.extend(stage.events(&mut site, 1));
    }
    let site = Log::of::<Site>(&stage.leave(site));
    (outcomes, events, [logs.swap_remove(0), site])
}

#[test]
fn forwarding_by_nested_machines_is_the_same_everywhere() {
    let (outcomes, events, [_, site]) = assert_parity!(forwarding);
    let backwards = |number| Ok(Bytes::from(format!("{number} noitseuq")));
    let answers: Vec<_> = outcomes.into_iter().map(|outcome| outcome.answer).collect();
    let refused = Err(asker::Failure::Status(forwarder::TIMED_OUT));
    assert_eq!(answers, [backwards(1), backwards(2), refused.clone(), refused]);
    let answers: Vec<_> = events.into_iter().map(|event| event.event.answer).collect();
    assert_eq!(answers, [backwards(3), Err(asker::Failure::TimedOut)]);
    // Three questions to one server, the first one twice; three to the other, all twice.
    assert_eq!((site.flows.len(), site.elsewhere.len()), (10, 4), "{site:#?}");
}
