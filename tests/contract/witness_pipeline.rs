//! The pipelining client over streams that die in every way.

use std::time::Duration;

use nameward_core::flow::{Lane, ListenerId};
use nameward_core::time::UnixTime;
use nameward_core::trace::Recorder;
use nameward_sim::{Fault, HostConfig, Link, PerMille, StreamFaults, Tally, World};
use nameward_tests::laws::assert_good;
use nameward_tests::seeds::{all_run, for_each};
use nameward_tests::witness::answerer::{self, Answerer};
use nameward_tests::witness::pipeline::{self, Event, Outcome, Pipeline};

const QUESTIONS: u64 = 40;

/// Asks one question every 30 ms. Returns how many were answered.
fn run(seed: u64, tally: &mut Tally) -> usize {
    let mut world = World::new(seed);
    let address = [192, 0, 2, 1];
    let server = world.host(HostConfig::server("server", address, 853), |boot| {
        let config = answerer::Config {
            listener: ListenerId::new(Lane(0), 1),
            certificate_ends: Some(UnixTime::from_secs(u64::MAX)),
            batch: 3,
            idle: Duration::from_secs(4),
        };
        Recorder::<Answerer>::new(boot.seed, config).expect("the configuration is valid")
    });
    let client = world.host(HostConfig::new("client", [192, 0, 2, 2]), move |boot| {
        let config = pipeline::Config {
            server: (address, 853).into(),
            secure: true,
            in_flight: 8,
            patience: Duration::from_secs(3),
            idle: Duration::from_secs(1),
        };
        Recorder::<Pipeline>::new(boot.seed, config).expect("the configuration is valid")
    });
    world.set_default_link(Link {
        loss: PerMille(20),
        streams: StreamFaults {
            refusal: PerMille(150),
            reset: PerMille(10),
            stall: PerMille(5),
            coalescing: PerMille(200),
            piece: 40,
            window: 100,
            patience: Duration::from_secs(20),
            ..StreamFaults::default()
        },
        ..Link::default()
    });
    for question in 1..=QUESTIONS {
        let text = format!("question {question}").into();
        let asked = world.command(client, pipeline::Command::Ask { question, text });
        asked.expect("the command is no mistake");
        world
            .run_for(Duration::from_millis(30))
            .expect("no rule is broken");
    }
    world.run().expect("no rule is broken");
    assert_eq!([world.open_flows(client), world.open_flows(server)], [0, 0]);
    let (mut concluded, mut answered) = (Vec::new(), 0);
    for (_, event) in world.events(client) {
        let Event::Concluded(Outcome { question, answer }) = event else {
            continue;
        };
        concluded.push(*question);
        if let Ok(text) = answer {
            assert_eq!(*text, format!("QUESTION {question}"));
            answered += 1;
        }
    }
    concluded.sort_unstable();
    assert_eq!(concluded, (1..=QUESTIONS).collect::<Vec<_>>());
    assert_good::<Pipeline>(&world.machine_mut(client).expect("it is up").take());
    assert_good::<Answerer>(&world.machine_mut(server).expect("it is up").take());
    tally.add(world.tally());
    answered
}

#[test]
fn each_question_has_exactly_one_outcome_however_the_stream_dies() {
    let (mut answered, mut tally) = (0, Tally::default());
    for_each(40, |seed| answered += run(seed, &mut tally));
    println!("{answered} questions were answered; {tally:?}");
    let happened = [
        Fault::Refusal,
        Fault::Reset,
        Fault::Stall,
        Fault::Coalescing,
        Fault::Pieces,
    ]
    .into_iter()
    .all(|fault| tally.of(fault) > 5);
    assert!(
        !all_run() || happened && answered > 400,
        "{answered} answered, {tally:?}"
    );
}
