use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;

use proptest::prelude::*;

use super::contract::{decode_input, encode_input, encode_output};
use super::log::{EntryKind, LogWriter};
use super::*;
use crate::flow::{FlowId, Lane, ListenerId, ObjectId, StoreId};
use crate::limits::Limits;
use crate::machine::{
    Action, Change, CloseCause, Ignored, Input, LocalAddr, Machine, Misuse, Output, Proto, StoreError, Wake,
};
use crate::seed::Seed;
use crate::time::{Instant, Now, UnixTime};

fn encoded<T: Record>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    bytes
}

/// What is decoded equals what was encoded, all of it is read, and every truncation is an error.
fn round_trip<T: Record + PartialEq + Debug>(value: T) {
    let bytes = encoded(&value);
    let mut reader = Reader::new(&bytes);
    assert_eq!(T::decode(&mut reader).as_ref(), Ok(&value));
    assert_eq!(
        (reader.rest(), reader.offset()),
        (&[][..], reader::length(&bytes))
    );
    for length in 0..bytes.len() {
        assert!(
            T::decode(&mut Reader::new(&bytes[..length])).is_err(),
            "{value:?}"
        );
    }
}

const V4: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 53);

fn v6() -> SocketAddr {
    core::net::SocketAddrV6::new(Ipv6Addr::LOCALHOST, 853, 7, 3).into()
}

fn inputs() -> Vec<Input<'static>> {
    let flow = FlowId::from_driver(Lane(3), 12);
    let listener = ListenerId::new(Lane(3), 1);
    let token = StoreId::new(Lane(1), 5);
    let local = Some(LocalAddr {
        ip: V4.ip(),
        interface: 9,
    });
    vec![
        Input::Tick,
        Input::Opened { flow, local: v6() },
        Input::Accepted {
            flow,
            listener,
            peer: V4,
            local: v6(),
        },
        Input::Received { flow, data: b"data" },
        Input::Request {
            listener,
            peer: V4,
            local,
            data: b"",
        },
        Input::Rejected {
            flow,
            cause: CloseCause::Refused,
        },
        Input::Finished { flow },
        Input::Closed {
            flow,
            cause: CloseCause::Other,
        },
        Input::Stored {
            token,
            result: Ok(()),
        },
        Input::Stored {
            token,
            result: Err(StoreError::Missing),
        },
        Input::NetworkChanged,
    ]
}

fn actions() -> Vec<Action> {
    let flow = FlowId::from_machine(Lane(2), 7);
    let listener = ListenerId::new(Lane(2), 0);
    let wanted = true;
    vec![
        Action::Open {
            flow,
            proto: Proto::Stream,
            remote: v6(),
            read: false,
        },
        Action::Send {
            flow,
            data: b"query"[..].into(),
        },
        Action::Reply {
            listener,
            to: V4,
            from: None,
            data: b"reply"[..].into(),
        },
        Action::Writable { flow },
        Action::Finish { flow },
        Action::Read { flow, wanted },
        Action::Accept { listener, wanted },
        Action::Detach { flow },
        Action::Close { flow },
        Action::Store {
            token: StoreId::new(Lane(2), 1),
            object: ObjectId(4),
            change: Change::Append(b"entry"[..].into()),
        },
        Action::Store {
            token: StoreId::new(Lane(2), 2),
            object: ObjectId(4),
            change: Change::Replace(b"all"[..].into()),
        },
    ]
}

#[test]
fn every_action_and_every_value_of_the_contract_survives() {
    for action in actions() {
        round_trip(action);
    }
    round_trip(Limits::default());
    round_trip(Now {
        mono: Instant::from_nanos(u64::MAX),
        wall: Some(UnixTime::from_secs(1)),
    });
    round_trip(Now::without_wall(Instant::ZERO));
    round_trip(Ignored::Malformed { offset: 511 });
    round_trip(IpAddr::from(Ipv6Addr::LOCALHOST));
}

#[test]
fn every_input_survives_and_every_truncation_of_one_is_an_error() {
    for input in inputs() {
        let mut bytes = Vec::new();
        encode_input(&input, &mut bytes);
        assert_eq!(decode_input(&mut Reader::new(&bytes)), Ok(input));
        for length in 0..bytes.len() {
            assert!(
                decode_input(&mut Reader::new(&bytes[..length])).is_err(),
                "{input:?}"
            );
        }
    }
}

/// The format is documented, so it can be written down by hand.
#[test]
fn the_format_is_as_documented() {
    assert_eq!(encoded(&0x1234_u16), [0x12, 0x34]);
    assert_eq!(encoded(&Some(true)), [1, 1]);
    assert_eq!(encoded(&None::<u8>), [0]);
    assert_eq!(encoded(&String::from("ab")), [0, 0, 0, 0, 0, 0, 0, 2, b'a', b'b']);
    assert_eq!(encoded(&V4), [4, 192, 0, 2, 1, 0, 53]);
    assert_eq!(
        encoded(&Duration::new(1, 2)),
        [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    );
    let mut idle = Vec::new();
    let wake = Wake {
        at: Instant::from_nanos(5),
        why: "x",
    };
    encode_output(&Output::<u8>::Idle(Some(wake)), &mut idle);
    assert_eq!(idle, [3, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, b'x']);
    let mut log = LogWriter::new();
    log.entry(EntryKind::Output, |out| out.push(9));
    let bytes = log.take();
    assert_eq!(
        &bytes[..20],
        b"nameward\x00\x01\x06\x00\x00\x00\x00\x00\x00\x00\x01\x09"
    );
    assert_eq!(bytes.len(), 24);
}

#[test]
fn what_is_no_recording_is_told_from_one_of_another_version() {
    let error = |bytes: &[u8]| Recording::parse(bytes).map(|_| ()).unwrap_err();
    assert_eq!(error(b"").damage, Damage::NotARecording);
    assert_eq!(error(b"nameware\x00\x01").damage, Damage::NotARecording);
    let other = error(b"nameward\x00\x02");
    assert_eq!((other.damage, other.offset), (Damage::Version(2), 8));
    assert_eq!(error(b"nameward\x00").damage, Damage::Truncated);
    assert_eq!(error(b"nameward\x00\x01").damage, Damage::NotARecording);
    assert_eq!(
        format!("{other}"),
        "the format has version 2, which this program does not know, at octet 8 of the recording"
    );
}

/// A length that no memory holds must not be reserved.
#[test]
fn a_length_beyond_the_bytes_is_an_error_before_anything_is_reserved() {
    let bytes = u64::MAX.to_be_bytes();
    assert!(Vec::<u64>::decode(&mut Reader::new(&bytes)).is_err());
    assert!(Vec::<()>::decode(&mut Reader::new(&bytes)).is_err());
    assert!(String::decode(&mut Reader::new(&bytes)).is_err());
    assert!(BTreeMap::<u8, u8>::decode(&mut Reader::new(&bytes)).is_err());
}

/// Says back what it is told.
struct Parrot {
    out: Vec<Output<u8>>,
}

impl Machine for Parrot {
    type Event = u8;
    type Command = u8;
    fn handle(&mut self, _now: Now, _input: Input<'_>) {}
    fn command(&mut self, _now: Now, command: u8) -> Result<(), Misuse> {
        if command == 0 {
            return Err(Misuse::Impossible("nothing cannot be said"));
        }
        self.out.push(Output::Event(command));
        Ok(())
    }
    fn poll(&mut self) -> Output<u8> {
        self.out.pop().unwrap_or(Output::Idle(None))
    }
    fn stream_out(&self, _flow: FlowId) -> &[u8] {
        b"stream"
    }
    fn stream_sent(&mut self, _now: Now, _flow: FlowId, _count: usize) {}
}

impl Recordable for Parrot {
    const KIND: &'static str = "parrot";
    type Config = u8;
    fn from_seed(_seed: Seed, config: u8) -> Result<Self, Misuse> {
        match config {
            0 => Ok(Self { out: Vec::new() }),
            _ => Err(Misuse::Impossible("a parrot has no configuration")),
        }
    }
}

#[test]
fn every_call_and_everything_that_comes_out_is_replayed() {
    let now = Now::without_wall(Instant::from_nanos(1_500_000_000));
    let mut parrot: Recorder<Parrot> = Recorder::new(Seed::from_number(1), 0).unwrap();
    for input in inputs() {
        parrot.handle(now, input);
    }
    assert_eq!(parrot.command(now, 5), Ok(()));
    assert!(parrot.command(now, 0).is_err());
    assert_eq!(parrot.poll(), Output::Event(5));
    assert_eq!(parrot.poll(), Output::Idle(None));
    parrot.stream_sent(now, FlowId::from_machine(Lane(0), 1), 3);
    parrot.stream_sent(now, FlowId::from_machine(Lane(0), 1), usize::MAX);
    let bytes = parrot.take();
    assert_eq!(parrot.waiting(), 0);
    let recording = Recording::parse(&bytes).unwrap();
    let mut replay = recording.replay::<Parrot>().unwrap();
    let mut lines = Vec::new();
    while let Some(entry) = replay.step().unwrap() {
        lines.push(format!("{entry}"));
    }
    assert_eq!(lines.len(), inputs().len() + 10);
    assert_eq!(
        lines[2],
        "3 1.500000000 <- accepted d3.12 from 192.0.2.1:53 at [::1%3]:853, listener 769"
    );
    assert_eq!(lines[14], "15 1.500000000 -> misuse: nothing cannot be said");
    assert_eq!(lines[17], "18 1.500000000 -> bytes of m1 taken: 3 octets 737472");
    assert_eq!(
        lines[19],
        "20 1.500000000 -> bytes of m1 taken: 6 octets 73747265616d"
    );
    assert_eq!(recording.calls::<Parrot>().count(), inputs().len() + 4);
}

fn header(kind: &str, config: &[u8]) -> LogWriter {
    let mut log = LogWriter::new();
    log.entry(EntryKind::Header, |out| {
        String::from(kind).encode(out);
        [0u8; 32].encode(out);
        out.extend_from_slice(config);
    });
    log
}

#[test]
fn a_recording_is_refused_by_another_machine_and_with_a_bad_configuration() {
    let error = |bytes: &[u8]| {
        let recording = Recording::parse(bytes).unwrap();
        recording.build::<Parrot>().map(|_| ()).unwrap_err()
    };
    assert!(matches!(
        error(&header("dog", &[0]).take()),
        ReplayError::OtherMachine { .. }
    ));
    assert!(matches!(
        error(&header("parrot", &[1]).take()),
        ReplayError::Configuration(_)
    ));
    assert!(matches!(
        error(&header("parrot", &[]).take()),
        ReplayError::Recording(_)
    ));
    assert!(matches!(
        error(&header("parrot", &[0, 0]).take()),
        ReplayError::Recording(_)
    ));
}

/// Found by fuzzing: only damage to the framing ended the lines, damage inside an entry did not.
#[test]
fn lines_and_calls_end_after_an_entry_whose_frame_is_in_order_and_whose_body_is_not() {
    let now = Now::without_wall(Instant::ZERO);
    let mut log = header("parrot", &[0]);
    let tick = |log: &mut LogWriter, input: &[u8]| {
        log.entry(EntryKind::Input, |out| {
            now.encode(out);
            out.extend_from_slice(input);
        });
    };
    for input in [&[0][..], &[77], &[0]] {
        tick(&mut log, input);
    }
    let bytes = log.take();
    let recording = Recording::parse(&bytes).unwrap();
    let lines: Vec<_> = recording.lines::<Parrot>().map(|line| line.is_ok()).collect();
    assert_eq!(lines, [true, false]);
    let calls: Vec<_> = recording.calls::<Parrot>().map(|call| call.is_ok()).collect();
    assert_eq!(calls, [true, false]);
}

#[test]
fn a_machine_that_does_otherwise_diverges_whatever_it_does() {
    let now = Now::without_wall(Instant::ZERO);
    let diverges = |kind: EntryKind, body: &[u8]| {
        let mut log = header("parrot", &[0]);
        log.entry(EntryKind::Command, |out| (now, 2u8).encode(out));
        log.entry(kind, |out| out.extend_from_slice(body));
        let bytes = log.take();
        let mut replay = Recording::parse(&bytes).unwrap().replay::<Parrot>().unwrap();
        format!("{}", replay.run().unwrap_err())
    };
    assert_eq!(
        diverges(EntryKind::Output, &[1, 1]),
        "entry 2 at 0.000000000: recorded \"event 1\", recomputed \"event 2\" (first difference at octet 1)"
    );
    assert_eq!(
        diverges(EntryKind::Answer, &[1, 0, 0, 0, 0, 0, 0, 0, 0, 7]),
        "entry 2 at 0.000000000: recorded \"misuse: 7 is in use\", recomputed \"accepted\" (first difference at octet 0)"
    );
    let mut taken = encoded(&FlowId::from_machine(Lane(0), 1));
    taken.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 2, b's', b'x']);
    assert_eq!(
        diverges(EntryKind::Taken, &taken),
        "entry 2 at 0.000000000: recorded \"bytes of m1 taken: 2 octets 7378\", \
         recomputed \"bytes of m1 taken: 2 octets 7374\" (first difference at octet 17)"
    );
}

proptest! {
    #[test]
    fn any_value_survives(
        numbers in prop::collection::vec(any::<u64>(), 0..5),
        text in any::<String>(),
        pair in any::<(bool, i32)>(),
        address in any::<SocketAddr>(),
        map in prop::collection::btree_map(any::<u16>(), any::<Option<u8>>(), 0..5),
        result in any::<Result<u8, String>>(),
        duration in any::<Duration>(),
    ) {
        round_trip(numbers);
        round_trip(text);
        round_trip(pair);
        round_trip(address);
        round_trip(map);
        round_trip(result);
        round_trip(duration);
    }

    /// Whoever forges the checks too can make a recording that says anything, but not one that panics.
    #[test]
    fn forged_entries_are_errors_or_divergences(
        entries in prop::collection::vec((0u8..7, prop::collection::vec(prop_oneof![0u8..12, any::<u8>()], 0..64)), 1..8),
    ) {
        let mut log = header("parrot", &[0]);
        for (kind, body) in &entries {
            let kind = EntryKind::decode(&mut Reader::new(&[*kind])).unwrap();
            log.entry(kind, |out| out.extend_from_slice(body));
        }
        let bytes = log.take();
        let recording = Recording::parse(&bytes).unwrap();
        for line in recording.lines::<Parrot>() {
            prop_assert!(line.map_or_else(|error| error.offset <= reader::length(&bytes), |line| !line.line.is_empty()));
        }
        if let Ok(count) = recording.replay::<Parrot>().unwrap().run() {
            prop_assert_eq!(count, u64::try_from(entries.len()).unwrap());
        }
    }
}
