//! The laws of every machine, on the session.

use std::time::Duration;

use nameward_core::flow::{Lane, ListenerId};
use nameward_core::server::session::{Command, Session, SessionConfig, StreamLimits};
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

fn config() -> SessionConfig {
    SessionConfig {
        zones: zones(1),
        streams: StreamLimits {
            streams: 4,
            streams_per_client: 2,
            in_flight: 2,
            output: 512,
            idle: Duration::from_millis(1_500),
            pressed_idle: Duration::from_millis(400),
            patience: Duration::from_millis(900),
        },
        responder: Default::default(),
        ..SessionConfig::default()
    }
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        5 => (0u8..3).prop_map(|count| Command::Zones(zones(count))),
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
    fn session(steps in steps(
        vec![ListenerId::new(Lane(0), 0), ListenerId::new(Lane(0), 1), ListenerId::new(Lane(9), 1)],
        Some(command().boxed()),
        data(),
    )) {
        check::<Session>(1, &config(), &steps)?;
    }
}
