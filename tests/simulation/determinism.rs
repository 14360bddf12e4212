//! INV-16: the same seed gives the same run.

use alloc::collections::BTreeSet;
use core::time::Duration;

use nameward_core::time::Instant;
use nameward_core::trace::Recorder;
use nameward_sim::{Decisions, Fault, FaultPlan, HostConfig, Intensity, Link, World};

use crate::toy::{self, Client, ClientConfig, Echo, Pair, employ, pair, settle_pair};
use nameward_tests::seeds::for_each;

const END: Instant = Instant::from_nanos(60_000_000_000);

fn run(seed: u64) -> World {
    run_in(World::new(seed))
}

/// What happens in a world with the faults of its seed.
fn run_in(mut world: World) -> World {
    let seed = world.seed();
    let plan = FaultPlan::from_seed(seed).at_least_one(seed);
    let (client, server) = settle_pair(&mut world, &plan);
    employ(&mut world, client);
    let until = Instant::ZERO.after(Duration::from_secs(10));
    plan.disturb(&mut world, client.id, until);
    plan.disturb(&mut world, server.id, until);
    world
        .run_until(END)
        .unwrap_or_else(|violation| panic!("{violation}"));
    world
}

#[test]
fn inv_16_the_same_seed_twice_gives_the_same_trace() {
    let mut hashes = BTreeSet::new();
    for_each(60, |seed| {
        let (first, second) = (run(seed), run(seed));
        assert_eq!(first.trace_hash(), second.trace_hash());
        assert_eq!(first.tally(), second.tally());
        assert!(
            hashes.insert(first.trace_hash()),
            "another seed has the same trace"
        );
    });
}

/// What is replayed was written down in between: nothing but the list says what goes wrong.
#[test]
fn a_world_that_replays_the_decisions_of_a_run_runs_as_it_did() {
    let mut decisions = 0;
    for_each(40, |seed| {
        let first = run(seed);
        let text = first.decisions().to_string();
        decisions += first.decisions().len();
        let list = text.parse().expect("what was written reads back");
        let again = run_in(World::replaying(seed, list));
        assert_eq!(again.decisions().to_string(), text);
        assert_eq!(again.trace_hash(), first.trace_hash());
        assert_eq!(again.tally(), first.tally());
    });
    assert!(decisions > 1_000, "{decisions}");
}

#[test]
fn a_world_that_replays_an_empty_list_has_no_faults_but_those_that_stand_in_its_configuration() {
    for_each(20, |seed| {
        let world = run_in(World::replaying(seed, Decisions::default()));
        assert!(world.decisions().is_empty());
        let standing = [
            Fault::Drift,
            Fault::Era,
            Fault::TooLarge,
            Fault::SlowWay,
            Fault::Trickle,
        ];
        for fault in Fault::ALL {
            assert!(
                standing.contains(&fault) || world.tally().of(fault) == 0,
                "{fault:?}"
            );
        }
    });
}

/// A change of this number means that all runs changed: a change of the simulator's draws, of its order, or of the encoding.
#[test]
fn inv_16_the_trace_is_the_same_on_every_platform() {
    assert_eq!(run(1).trace_hash(), GOLDEN, "{:#034x}", run(1).trace_hash());
}
const GOLDEN: u128 = 0x4bfb_fec1_f2c2_21df_4d39_1b0b_5913_6434;

/// One link gets more traffic; what happens on the others stays the same.
#[test]
fn a_draw_more_in_one_place_shifts_nothing_elsewhere() {
    let arrivals = |bystander: bool| {
        // Faults of links alone: a server whose own time is disturbed passes that on to everybody.
        let of_links = [
            Fault::Loss,
            Fault::Duplication,
            Fault::Reordering,
            Fault::Corruption,
        ];
        let plan = FaultPlan::of(of_links.map(|fault| (fault, Intensity::Light)));
        let Pair {
            mut world, client, ..
        } = pair(3, &plan);
        let other = world.host(HostConfig::new("bystander", [192, 0, 2, 3]), toy::boot_client);
        employ(&mut world, client);
        if bystander {
            employ(&mut world, other);
        }
        world.run_until(END).expect("no rule is broken");
        world.events(client).to_vec()
    };
    assert!(arrivals(false).len() > 10);
    assert_eq!(arrivals(false), arrivals(true));
}

/// A recorder costs nothing in behaviour: the recorded machine does what the plain one does.
#[test]
fn a_recorded_machine_does_what_the_plain_one_does() {
    for_each(40, |seed| {
        let plan = FaultPlan::from_seed(seed);
        let run = |recorded: bool| {
            let mut world = World::new(seed);
            world.set_default_link(plan.link(Link::default()));
            let server = HostConfig::server("server", [192, 0, 2, 1], 7);
            let client = HostConfig::new("client", [192, 0, 2, 2]);
            let config = || ClientConfig {
                server: toy::server_address(),
                journal: Vec::new(),
            };
            if recorded {
                world.host(server, |boot| {
                    Recorder::<Echo>::new(boot.seed, ()).expect("it is valid")
                });
                let client = world.host(client, move |boot| {
                    Recorder::<Client>::new(boot.seed, config()).expect("it is valid")
                });
                world.at(Instant::ZERO, move |world| {
                    for number in 0..5 {
                        let _ = world.command(client, toy::Command::Ping { number });
                    }
                    let _ = world.command(
                        client,
                        toy::Command::Stream {
                            number: 9,
                            length: 3000,
                        },
                    );
                });
            } else {
                world.host(server, |boot| Echo::new(boot.seed));
                let client = world.host(client, move |boot| Client::new(boot.seed, config()));
                world.at(Instant::ZERO, move |world| {
                    for number in 0..5 {
                        let _ = world.command(client, toy::Command::Ping { number });
                    }
                    let _ = world.command(
                        client,
                        toy::Command::Stream {
                            number: 9,
                            length: 3000,
                        },
                    );
                });
            }
            world.run().expect("no rule is broken");
            world.trace_hash()
        };
        assert_eq!(run(false), run(true));
    });
}
