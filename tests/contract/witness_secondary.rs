//! The journalling secondary where the power fails, the disk fails and datagrams get lost.

use std::time::Duration;

use bytes::Bytes;
use nameward_core::flow::{Lane, ListenerId, ObjectId};
use nameward_core::seed::{Rng, Seed};
use nameward_core::trace::Recorder;
use nameward_sim::{Boot, Fault, HostConfig, Link, PerMille, World};
use nameward_tests::laws::assert_good;
use nameward_tests::seeds::{all_run, for_each};
use nameward_tests::witness::primary::{self, Primary};
use nameward_tests::witness::secondary::{self, Secondary, State};

const OBJECT: ObjectId = ObjectId(7);
const UPDATES: u16 = 120;

/// Update `serial` gives one key of its own, and one that all share, the serial as value.
fn entries(serial: u16) -> Vec<(u16, u32)> {
    vec![(0, serial.into()), (serial, serial.into())]
}

/// The state after the update `serial`, and nothing else.
fn state_at(serial: u64) -> State {
    let serials = 1..=u16::try_from(serial).expect("there are few updates");
    State {
        serial,
        values: serials.flat_map(entries).collect(),
    }
}

fn boot(boot: Boot<'_>) -> Recorder<Secondary> {
    let config = secondary::Config {
        listener: ListenerId::new(Lane(0), 0),
        object: OBJECT,
        stored: Bytes::copy_from_slice(boot.storage.object(OBJECT)),
        compact_at: 200,
    };
    let recorder = Recorder::<Secondary>::new(boot.seed, config).expect("the configuration is valid");
    let state = recorder.machine().state();
    assert_eq!(*state, state_at(state.serial), "an update is there by half");
    recorder
}

/// Publishes all updates, four at once, while the secondary is switched off again and again. Returns how often an append was torn and how often
/// a store failed.
fn run(seed: u64) -> [u64; 2] {
    let mut world = World::new(seed);
    let address = [192, 0, 2, 1];
    let secondary = world.host(HostConfig::server("secondary", address, 53), boot);
    let primary = world.host(HostConfig::new("primary", [192, 0, 2, 2]), move |boot| {
        let config = primary::Config {
            secondary: (address, 53).into(),
            retry: Duration::from_millis(300),
        };
        Recorder::<Primary>::new(boot.seed, config).expect("the configuration is valid")
    });
    world.set_default_link(Link {
        jitter: Duration::from_millis(30),
        loss: PerMille(100),
        duplication: PerMille(100),
        reordering: PerMille(100),
        ..Link::default()
    });
    world.set_store_failures(secondary, PerMille(100));
    let mut rng = Rng::new(&Seed::from_number(seed));
    let mut moment = || Duration::from_millis(rng.below(150).into());
    for serial in 1..=UPDATES {
        let entries = entries(serial);
        let published = world.command(primary, primary::Command::Publish { entries });
        published.expect("the command is no mistake");
        if serial % 4 != 0 {
            continue;
        }
        world.run_for(moment()).expect("no rule is broken");
        let acknowledged = world.events(primary).iter().map(|(_, event)| event.serial).max();
        let life = world.machine_mut(secondary).expect("it is up").take();
        assert_good::<Secondary>(&life);
        world.crash(secondary);
        world.run_for(moment()).expect("no rule is broken");
        world.restart(secondary);
        let serial = world.machine(secondary).machine().state().serial;
        assert!(
            Some(serial) >= acknowledged,
            "{acknowledged:?} was acknowledged, {serial} is there"
        );
    }
    world.run().expect("no rule is broken");
    let mut acknowledged: Vec<_> = world
        .events(primary)
        .iter()
        .map(|(_, event)| event.serial)
        .collect();
    acknowledged.sort_unstable();
    assert_eq!(
        acknowledged,
        (1..=u64::from(UPDATES)).collect::<Vec<_>>(),
        "seed {seed}"
    );
    let state = world.machine(secondary).machine().state();
    assert_eq!(*state, state_at(UPDATES.into()));
    assert_good::<Primary>(&world.machine_mut(primary).expect("it is up").take());
    [Fault::TornAppend, Fault::StoreFailure].map(|fault| world.tally().of(fault))
}

#[test]
fn no_acknowledged_update_is_lost_and_none_is_there_by_half() {
    let [mut torn, mut failed] = [0, 0];
    for_each(20, |seed| {
        let tally = run(seed);
        torn += tally[0];
        failed += tally[1];
    });
    println!("{torn} appends were torn, {failed} stores failed");
    assert!(
        !all_run() || torn > 5 && failed > 20,
        "{torn} torn, {failed} failed"
    );
}
