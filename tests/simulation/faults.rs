//! Each fault really happens, and nothing else does.

use core::time::Duration;

use nameward_core::time::Instant;
use nameward_sim::{Fault, FaultPlan, Intensity, Tally};

use crate::toy::{Event, Pair, employ, pair};
use nameward_tests::seeds::{all_run, for_each};

/// Faults that a client without a store can suffer.
pub(crate) const WITHOUT_A_STORE: [Fault; 26] = [
    Fault::Loss,
    Fault::BurstLoss,
    Fault::Duplication,
    Fault::Reordering,
    Fault::Delay,
    Fault::Corruption,
    Fault::TooLarge,
    Fault::SlowWay,
    Fault::Pieces,
    Fault::Coalescing,
    Fault::Refusal,
    Fault::ZeroWindow,
    Fault::Reset,
    Fault::HalfClose,
    Fault::Stall,
    Fault::Trickle,
    Fault::Drift,
    Fault::WallStep,
    Fault::WallFreeze,
    Fault::Era,
    Fault::LateTimer,
    Fault::SpuriousTick,
    Fault::LateDrain,
    Fault::Pause,
    Fault::Crash,
    Fault::NetworkChange,
];

fn run(seed: u64, plan: &FaultPlan) -> (Tally, Vec<Event>) {
    let Pair {
        mut world,
        client,
        server,
    } = pair(seed, plan);
    employ(&mut world, client);
    let until = Instant::ZERO.after(Duration::from_secs(10));
    plan.disturb(&mut world, client.id, until);
    plan.disturb(&mut world, server.id, until);
    world
        .run_for(Duration::from_secs(300))
        .unwrap_or_else(|violation| panic!("{violation}"));
    assert_eq!(world.open_flows(client), 0, "a client keeps no flow for ever");
    let events = world
        .events(client)
        .iter()
        .map(|(_, event)| event.clone())
        .collect();
    (world.tally().clone(), events)
}

#[test]
fn without_faults_none_happens_and_everything_succeeds() {
    for_each(5, |seed| {
        let (tally, events) = run(seed, &FaultPlan::NONE);
        assert_eq!(tally, Tally::default());
        let count = |wanted: fn(&Event) -> bool| events.iter().filter(|event| wanted(event)).count();
        assert_eq!(count(|event| matches!(event, Event::Answered { .. })), 10);
        assert_eq!(count(|event| matches!(event, Event::Echoed { .. })), 10);
        assert_eq!(
            count(|event| matches!(event, Event::Noted { result: Ok(()), .. })),
            100
        );
        assert_eq!(events.len(), 121);
    });
}

/// Section 3.3 of the reliability plan: a row of the matrix that never happens tests nothing.
#[test]
fn each_fault_of_a_plan_happens_and_no_other() {
    for fault in Fault::ALL {
        if fault == Fault::TornAppend {
            continue;
        }
        for intensity in [Intensity::Light, Intensity::Heavy] {
            let plan = FaultPlan::of([(fault, intensity)]);
            let mut total = Tally::default();
            for_each(10, |seed| total.add(&run(seed, &plan).0));
            for other in Fault::ALL {
                let follows = other == fault || (fault == Fault::Crash && other == Fault::TornAppend);
                assert!(follows || total.of(other) == 0, "{fault:?} brings {other:?}");
            }
            assert!(
                !all_run() || total.of(fault) > 0,
                "{fault:?} {intensity:?} never happens"
            );
        }
    }
}

#[test]
fn over_many_seeds_every_fault_happens() {
    let mut total = Tally::default();
    for_each(150, |seed| total.add(&run(seed, &FaultPlan::from_seed(seed)).0));
    for fault in Fault::ALL {
        assert!(!all_run() || total.of(fault) > 0, "{fault:?} never happens");
    }
}

/// The journal holds what was acknowledged, in order, whatever crashes; and the machine that starts after the crash reads it.
#[test]
fn what_was_stored_survives_a_crash() {
    for_each(60, |seed| {
        let plan = FaultPlan::of([(Fault::Crash, Intensity::Heavy)]);
        let (_, events) = run(seed, &plan);
        let mut acknowledged = 0;
        let mut before: &[u8] = &[];
        let mut starts = 0;
        for event in &events {
            match event {
                Event::Noted { result: Ok(()), .. } => acknowledged += 8,
                Event::Read(journal) => {
                    let least = before.len() + acknowledged;
                    assert!(journal.len() >= least, "{} octets, not {least}", journal.len());
                    assert!(journal.starts_with(before));
                    (before, acknowledged) = (journal, 0);
                    starts += 1;
                }
                _ => {}
            }
        }
        assert!(starts > 1, "the host never crashed");
    });
}
