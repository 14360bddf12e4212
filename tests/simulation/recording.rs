//! A recording that was made in a simulated world replays; a damaged one says so.

use core::time::Duration;

use nameward_core::machine::{Machine, Misuse};
use nameward_core::seed::Seed;
use nameward_core::trace::{Call, Direction, Divergence, Recordable, Recorder, Recording, ReplayError};
use nameward_sim::{FaultPlan, HostConfig, Link, World, drain_independence};

use crate::toy::{self, Client, ClientConfig, Command, Echo};
use nameward_tests::seeds::for_each;

/// What client and server recorded in one world.
fn record(seed: u64, pings: u64, length: u16) -> (Vec<u8>, Vec<u8>) {
    let plan = FaultPlan::from_seed(seed);
    let mut world = World::new(seed);
    world.set_default_link(plan.link(Link::default()));
    let server = world.host(HostConfig::server("server", [192, 0, 2, 1], 7), |boot| {
        Recorder::<Echo>::new(boot.seed, ()).expect("it is valid")
    });
    let client = world.host(HostConfig::new("client", [192, 0, 2, 2]), |boot| {
        let config = ClientConfig {
            server: toy::server_address(),
            journal: b"before".to_vec(),
        };
        Recorder::<Client>::new(boot.seed, config).expect("it is valid")
    });
    for number in 0..pings {
        world
            .command(client, Command::Ping { number })
            .expect("a new number");
    }
    if pings > 0 {
        let again = world.command(client, Command::Ping { number: 0 });
        assert_eq!(again, Err(Misuse::InUse(0)));
    }
    world
        .command(client, Command::Note(b"note".to_vec()))
        .expect("notes are taken");
    world
        .command(client, Command::Stream { number: 7, length })
        .expect("streams are opened");
    // A recording may be taken in pieces.
    let mut recorded = Vec::new();
    world
        .run_for(Duration::from_millis(30))
        .expect("no rule is broken");
    recorded.extend(world.machine_mut(client).expect("it is up").take());
    world.run().expect("no rule is broken");
    recorded.extend(world.machine_mut(client).expect("it is up").take());
    let served = world.machine_mut(server).expect("it is up").take();
    (recorded, served)
}

#[test]
fn a_recording_made_in_a_simulated_world_replays() {
    for_each(40, |seed| {
        let (client, server) = record(seed, 3, 2_000);
        let recording = Recording::parse(&client).expect("it is whole");
        assert_eq!(recording.kind(), "toy client");
        let entries = recording.replay::<Client>().and_then(|mut replay| replay.run());
        let lines: Vec<_> = recording
            .lines::<Client>()
            .map(|entry| entry.expect("it is whole"))
            .collect();
        assert_eq!(entries, Ok(u64::try_from(lines.len()).expect("few")));
        assert!(lines.iter().any(|entry| entry.direction == Direction::In));
        assert!(lines.iter().any(|entry| entry.line == "misuse: 0 is in use"));
        let server = Recording::parse(&server).expect("it is whole");
        let entries = server.replay::<Echo>().and_then(|mut replay| replay.run());
        assert!(entries.is_ok_and(|entries| entries > 0));
    });
}

#[test]
fn a_replay_goes_step_by_step_and_describes_each() {
    let (client, _) = record(0, 1, 10);
    let recording = Recording::parse(&client).expect("it is whole");
    let mut replay = recording.replay::<Client>().expect("a client was recorded");
    let mut steps = Vec::new();
    while let Some(entry) = replay.step().expect("it replays") {
        steps.push(entry.to_string());
    }
    assert_eq!(replay.step(), Ok(None));
    let lines: Vec<_> = recording
        .lines::<Client>()
        .map(|entry| entry.expect("it is whole").to_string())
        .collect();
    assert_eq!(steps, lines);
    assert_eq!(
        steps[0],
        "1 0.000000000 -> event Read([98, 101, 102, 111, 114, 101])"
    );
    assert_eq!(steps[2], "3 0.000000000 <- command Ping { number: 0 }");
    assert_eq!(
        steps[4],
        "5 0.000000000 -> open m0 as a datagram flow to 192.0.2.1:7"
    );
}

/// Law 2 of the design, for the calls of a whole run.
#[test]
fn what_comes_out_does_not_depend_on_how_often_one_drains() {
    for_each(20, |seed| {
        let (client, server) = record(seed, 3, 2_000);
        let client = Recording::parse(&client).expect("it is whole");
        let calls: Vec<_> = client
            .calls::<Client>()
            .map(|call| call.expect("it is whole"))
            .collect();
        drain_independence(|| client.build::<Client>().expect("it is valid"), &calls).expect("the law holds");
        let server = Recording::parse(&server).expect("it is whole");
        let calls: Vec<_> = server
            .calls::<Echo>()
            .map(|call| call.expect("it is whole"))
            .collect();
        drain_independence(|| server.build::<Echo>().expect("it is valid"), &calls).expect("the law holds");
    });
}

/// The law's check finds a machine that changes when it is polled.
#[test]
fn the_drain_law_finds_a_machine_that_counts_polls() {
    struct Counter(u64, bool);
    impl Machine for Counter {
        type Event = u64;
        type Command = core::convert::Infallible;
        fn handle(&mut self, _now: nameward_core::time::Now, _input: nameward_core::machine::Input<'_>) {
            self.1 = true;
        }
        fn command(&mut self, _now: nameward_core::time::Now, command: Self::Command) -> Result<(), Misuse> {
            match command {}
        }
        fn poll(&mut self) -> nameward_core::machine::Output<u64> {
            use nameward_core::machine::Output;
            self.0 += 1;
            if core::mem::take(&mut self.1) {
                Output::Event(self.0)
            } else {
                Output::Idle(None)
            }
        }
        fn stream_out(&self, _flow: nameward_core::flow::FlowId) -> &[u8] {
            &[]
        }
        fn stream_sent(
            &mut self,
            _now: nameward_core::time::Now,
            _flow: nameward_core::flow::FlowId,
            _count: usize,
        ) {
        }
    }
    let now = nameward_core::time::Now::without_wall(nameward_core::time::Instant::ZERO);
    let calls = [(now, Call::Input(nameward_core::machine::Input::Tick)); 3];
    let broken = drain_independence(|| Counter(0, false), &calls);
    assert!(broken.is_err_and(|reason| reason.contains("draining after each call")));
}

#[test]
fn every_truncation_of_a_recording_is_an_error_or_a_shorter_recording() {
    let (bytes, _) = record(0, 1, 10);
    let whole = entries(&bytes).expect("it replays");
    let mut shorter = 0;
    for length in 0..bytes.len() {
        match entries(&bytes[..length]) {
            Ok(count) => {
                assert!(count < whole);
                shorter += 1;
            }
            Err(ReplayError::Recording(error)) => {
                assert!(usize::try_from(error.offset).expect("small") <= length);
            }
            Err(other) => panic!("{length} octets: {other}"),
        }
    }
    assert_eq!(shorter, whole, "a recording may end after each entry");
}

/// FNV-1a maps one octet to one, so that no change within an octet goes unnoticed.
#[test]
fn every_flipped_bit_of_a_recording_is_noticed() {
    let (mut bytes, _) = record(0, 1, 10);
    for position in 0..bytes.len() {
        for bit in 0..8 {
            bytes[position] ^= 1 << bit;
            let result = entries(&bytes);
            assert!(
                matches!(result, Err(ReplayError::Recording(_))),
                "octet {position}, bit {bit}: {result:?}"
            );
            bytes[position] ^= 1 << bit;
        }
    }
    assert!(entries(&bytes).is_ok());
}

fn entries(bytes: &[u8]) -> Result<u64, ReplayError> {
    let recording = Recording::parse(bytes)?;
    let mut lines = 0;
    // Whoever only looks at a damaged recording must not panic either.
    for line in recording.lines::<Client>() {
        lines += u64::from(line.is_ok());
    }
    let replayed = recording.replay::<Client>()?.run()?;
    assert_eq!(lines, replayed);
    Ok(replayed)
}

/// Another seed stands for a machine that was changed since.
#[test]
fn a_machine_that_does_something_else_diverges_with_time_and_both_outputs() {
    struct Changed(Client);
    impl Machine for Changed {
        type Event = toy::Event;
        type Command = Command;
        fn handle(&mut self, now: nameward_core::time::Now, input: nameward_core::machine::Input<'_>) {
            self.0.handle(now, input);
        }
        fn command(&mut self, now: nameward_core::time::Now, command: Command) -> Result<(), Misuse> {
            self.0.command(now, command)
        }
        fn poll(&mut self) -> nameward_core::machine::Output<toy::Event> {
            self.0.poll()
        }
        fn stream_out(&self, flow: nameward_core::flow::FlowId) -> &[u8] {
            self.0.stream_out(flow)
        }
        fn stream_sent(
            &mut self,
            now: nameward_core::time::Now,
            flow: nameward_core::flow::FlowId,
            count: usize,
        ) {
            self.0.stream_sent(now, flow, count);
        }
    }
    impl Recordable for Changed {
        const KIND: &'static str = Client::KIND;
        type Config = ClientConfig;
        fn from_seed(_seed: Seed, config: ClientConfig) -> Result<Self, Misuse> {
            Ok(Self(Client::new(Seed::from_number(99), config)))
        }
    }
    let (bytes, _) = record(0, 1, 50);
    let recording = Recording::parse(&bytes).expect("it is whole");
    let mut replay = recording.replay::<Changed>().expect("the kind is the same");
    let Err(ReplayError::Divergence(divergence)) = replay.run() else {
        panic!("another message ID is sent");
    };
    let Divergence {
        entry,
        recorded,
        recomputed,
        octet,
        ..
    } = &*divergence;
    assert_eq!((*entry, *octet), (6, 18));
    assert!(recorded.starts_with("send on m0: 6 octets") && recorded.ends_with("70696e67"));
    assert!(recomputed.starts_with("send on m0: 6 octets") && recorded != recomputed);
    assert!(
        divergence
            .to_string()
            .starts_with("entry 6 at 0.000000000: recorded \"send on m0")
    );
    assert_eq!(replay.run(), Ok(0), "the replay ends with the first difference");

    let other = recording.replay::<Echo>().map(|_| ());
    assert!(matches!(other, Err(ReplayError::OtherMachine { .. })));
}
