//! The laws of every machine, on the session.

use std::time::Duration;

use nameward_core::client::{HostsIndex, Server};
use nameward_core::flow::{Lane, ListenerId};
use nameward_core::server::respond::{Access, AccessRules, ResponderConfig};
use nameward_core::server::session::{
    Answer, Command, ForwardConfig, PendingLimits, RequestId, Response, Session, SessionConfig, StreamLimits,
};
use nameward_core::wire::{Class, Rdata, Record, Rtype};
use nameward_core::zone::Zones;
use nameward_tests::laws::{check, steps};
use nameward_tests::zones::zone;
use proptest::prelude::*;

const ZONE: &str = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";

fn zones(count: u8) -> Zones {
    Zones::new(
        ["example.", "a.example."]
            .iter()
            .take(count.into())
            .map(|apex| zone(apex, ZONE)),
    )
}

/// With the application and with other servers, or without.
fn config(application: bool, forward: bool) -> SessionConfig {
    let server = |last| Server::new(([203, 0, 113, last], 53).into());
    SessionConfig {
        zones: zones(1),
        application,
        forward: forward.then(|| ForwardConfig {
            servers: vec![server(1), server(2)],
            idle: Duration::from_millis(700),
            ..ForwardConfig::default()
        }),
        pending: PendingLimits {
            requests: 5,
            requests_per_client: 2,
            application: Duration::from_millis(800),
        },
        streams: StreamLimits {
            streams: 4,
            streams_per_client: 2,
            in_flight: 2,
            output: 512,
            idle: Duration::from_millis(1_500),
            pressed_idle: Duration::from_millis(400),
            patience: Duration::from_millis(900),
        },
        responder: ResponderConfig {
            recursion: AccessRules::all(Access::Allow),
            ..ResponderConfig::default()
        },
        ..SessionConfig::default()
    }
}

fn command() -> impl Strategy<Value = Command> {
    let record = Record {
        owner: "other.".parse().unwrap(),
        class: Class::IN,
        ttl: 1,
        rdata: Rdata::opaque(Rtype::A, &[192, 0, 2, 7]),
    };
    let answer = prop::sample::select(vec![
        Answer::Response(Response::answer(vec![record; 40])),
        Answer::Pass,
        Answer::Silence,
    ]);
    prop_oneof![
        5 => (0u8..3).prop_map(|count| Command::Zones(zones(count))),
        1 => Just(Command::Hosts(HostsIndex::read(b"192.0.2.3 other\n"))),
        8 => (0u64..12, answer).prop_map(|(id, answer)| Command::Answer { id: RequestId(id), answer }),
        1 => Just(Command::Shutdown),
    ]
}

/// A query for a name in a zone or in none, alone, behind its length as on a stream, several times, or damaged.
fn data() -> impl Strategy<Value = Vec<u8>> {
    let names: Vec<&[u8]> = vec![b"\x02ns\x07example\0", b"\x07example\0", b"\x05other\0"];
    let query = (any::<[u8; 2]>(), any::<u8>(), prop::sample::select(names)).prop_map(|(id, flags, name)| {
        [
            &id[..],
            &[flags & 0x81, 0, 0, 1, 0, 0, 0, 0, 0, 0],
            name,
            &[0, 1, 0, 1],
        ]
        .concat()
    });
    let framed = query
        .clone()
        .prop_map(|message| [&u16::try_from(message.len()).unwrap().to_be_bytes()[..], &message].concat());
    prop_oneof![
        query,
        (framed.clone(), 1usize..30).prop_map(|(message, count)| message.repeat(count)),
        (framed, 1usize..10).prop_map(|(message, length)| message[..length].to_vec()),
        prop::collection::vec(any::<u8>(), 1..40),
    ]
}

proptest! {
    #[test]
    fn session(application: bool, forward: bool, steps in steps(
        vec![ListenerId::new(Lane(0), 0), ListenerId::new(Lane(0), 1), ListenerId::new(Lane(9), 1)],
        Some(command().boxed()),
        data(),
    )) {
        check::<Session>(1, &config(application, forward), &steps)?;
    }
}
