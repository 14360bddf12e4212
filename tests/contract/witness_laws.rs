//! The laws of every machine, on every witness.

use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use nameward_core::flow::{Lane, ListenerId, ObjectId};
use nameward_core::time::UnixTime;
use nameward_tests::laws::{check, steps};
use nameward_tests::witness::answerer::{self, Answerer};
use nameward_tests::witness::asker::{self, Asker};
use nameward_tests::witness::crowd::{self, Crowd};
use nameward_tests::witness::echo::{self, Echo};
use nameward_tests::witness::forwarder::{self, Forwarder};
use nameward_tests::witness::octets::frame;
use nameward_tests::witness::pipeline::{self, Pipeline};
use nameward_tests::witness::primary::{self, Primary};
use nameward_tests::witness::reservoir::{self, Reservoir};
use nameward_tests::witness::secondary::{self, Secondary, update};
use nameward_tests::witness::site::{self, Site};
use proptest::prelude::*;

const LISTENER: ListenerId = ListenerId::new(Lane(0), 0);

fn octets() -> impl Strategy<Value = Vec<u8>> + Clone {
    prop::collection::vec(any::<u8>(), 1..40)
}

proptest! {
    #[test]
    fn pipeline(secure: bool, steps in steps(Vec::new(), Some(ask_or_cancel(
        |question, text| pipeline::Command::Ask { question, text },
        |question| pipeline::Command::Cancel { question },
    )), prop_oneof![octets(), octets().prop_map(|octets| frame(&[&octets]).unwrap())])) {
        let config = pipeline::Config {
            server: ([192, 0, 2, 9], 853).into(),
            secure,
            in_flight: 3,
            patience: Duration::from_secs(3),
            idle: Duration::from_secs(2),
        };
        check::<Pipeline>(1, &config, &steps)?;
    }

    #[test]
    fn answerer(secure: bool, steps in steps(vec![LISTENER], None, prop_oneof![
        octets().prop_map(|octets| frame(&[&octets]).unwrap()),
        Just(vec![1, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]),
        Just(vec![5, 0, 1, 0]),
    ])) {
        let certificate_ends = secure.then_some(UnixTime::from_secs(5_000));
        let idle = Duration::from_secs(2);
        check::<Answerer>(1, &answerer::Config { listener: LISTENER, certificate_ends, batch: 2, idle }, &steps)?;
    }

    #[test]
    fn reservoir(steps in steps(vec![LISTENER], Some(Just(reservoir::Command::Report).boxed()), prop_oneof![
        9 => prop::collection::vec(0u8..200, 1..9).prop_map(|sizes| {
            sizes.into_iter().flat_map(|size| frame(&[&[0, size]]).unwrap()).collect::<Vec<_>>()
        }),
        1 => octets(),
    ])) {
        let idle = Duration::from_secs(2);
        check::<Reservoir>(1, &reservoir::Config { listener: LISTENER, streams: 3, output: 100, idle }, &steps)?;
    }

    #[test]
    fn crowd(steps in steps(Vec::new(), Some(prop_oneof![
        3 => (0u32..3, 0u16..4, 0u16..9).prop_map(|(clients, requests, size)| {
            crowd::Command::Join { clients, requests, size }
        }),
        1 => Just(crowd::Command::Read),
    ].boxed()), prop_oneof![Just(vec![0, 2, 0, 0]), Just(vec![0, 1, 0, 0, 1, 1]), octets()])) {
        let server = ([192, 0, 2, 9], 853).into();
        check::<Crowd>(1, &crowd::Config { server, rest: Duration::from_millis(700) }, &steps)?;
    }

    #[test]
    fn secondary(compact_at in 0u32..200, torn in 0usize..20, steps in steps(vec![LISTENER], Some(
        (0u16..4).prop_map(|key| secondary::Command::Get { key }).boxed(),
    ), prop_oneof![
        9 => (1u64..9, prop::collection::vec((0u16..4, any::<u32>()), 0..3))
            .prop_map(|(serial, entries)| update(serial, entries)),
        1 => octets(),
    ])) {
        let stored = Bytes::from(vec![1; torn]);
        let config = secondary::Config { listener: LISTENER, object: ObjectId(1), stored, compact_at };
        check::<Secondary>(1, &config, &steps)?;
    }

    #[test]
    fn primary(steps in steps(Vec::new(), Some(
        prop::collection::vec((0u16..4, any::<u32>()), 0..3)
            .prop_map(|entries| primary::Command::Publish { entries }).boxed(),
    ), prop_oneof![9 => (0u64..9).prop_map(|serial| serial.to_be_bytes().to_vec()), 1 => octets()])) {
        let secondary = ([192, 0, 2, 9], 53).into();
        check::<Primary>(1, &primary::Config { secondary, retry: Duration::from_secs(1) }, &steps)?;
    }

    #[test]
    fn asker(steps in steps(Vec::new(), Some(asker_commands()), octets())) {
        check::<Asker>(1, &asker_in(Lane(0)), &steps)?;
    }

    #[test]
    fn echo(deaf in 0u32..4, steps in steps(vec![LISTENER], None, octets())) {
        check::<Echo>(1, &echo::Config { listener: LISTENER, deaf }, &steps)?;
    }

    #[test]
    fn forwarder(steps in steps(vec![LISTENER], Some(asker_commands()), octets())) {
        check::<Forwarder>(1, &forwarder_in(Lane(0), Lane(1)), &steps)?;
    }

    #[test]
    fn site(steps in steps(
        vec![ListenerId::new(Lane(3), 0), ListenerId::new(Lane(5), 0)],
        Some((0u8..3, asker_commands()).prop_map(|(forwarder, command)| site::Command { forwarder, command }).boxed()),
        octets(),
    )) {
        let forwarders = vec![forwarder_in(Lane(3), Lane(4)), forwarder_in(Lane(5), Lane(6))];
        check::<Site>(1, &site::Config { forwarders }, &steps)?;
    }
}

/// Questions with numbers that come again, so that some are in use.
fn ask_or_cancel<C: Debug + 'static>(ask: fn(u64, Bytes) -> C, cancel: fn(u64) -> C) -> BoxedStrategy<C> {
    let ask = (0u64..12, octets()).prop_map(move |(question, text)| ask(question, text.into()));
    prop_oneof![4 => ask, 1 => (0u64..12).prop_map(cancel)].boxed()
}

fn asker_commands() -> BoxedStrategy<asker::Command> {
    ask_or_cancel(
        |question, text| asker::Command::Ask { question, text },
        |question| asker::Command::Cancel { question },
    )
}

fn asker_in(lane: Lane) -> asker::Config {
    asker::Config {
        lane,
        servers: vec![([192, 0, 2, 9], 53).into(), ([192, 0, 2, 10], 53).into()],
        attempts: 3,
        attempt: Duration::from_millis(900),
    }
}

fn forwarder_in(lane: Lane, asker_lane: Lane) -> forwarder::Config {
    forwarder::Config {
        listener: ListenerId::new(lane, 0),
        open: 4,
        patience: Duration::from_secs(2),
        asker: asker_in(asker_lane),
    }
}
