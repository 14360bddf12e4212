//! How a planted bug is hunted.

use std::fmt;
use std::fmt::Debug;
use std::str::FromStr;

use nameward_core::planted::{Bug, activate};
use nameward_sim::{Case, Decisions, Ran, Script, Violation, shrink};
use nameward_tests::{internet, recursion, scenario, serving};

/// A bug that is not found in so many seeds is not found.
const SEEDS: u64 = 10_000;

/// How long the script of a shrunk run may be, in lines, and how many datagrams the runs may have, in the middle.
const MOST_LINES: usize = 20;
const MOST_PACKETS: u64 = 6;

/// What can be run with a bug in it.
pub(crate) trait Plan: Case + FromStr<Err: Debug> {
    fn drawn(seed: u64) -> Self;
    fn seed(&self) -> u64;
}

impl Plan for scenario::Plan {
    fn drawn(seed: u64) -> Self {
        Self::from_seed(seed)
    }

    fn seed(&self) -> u64 {
        self.seed
    }
}

impl Plan for internet::Plan {
    fn drawn(seed: u64) -> Self {
        Self::from_seed(seed)
    }

    fn seed(&self) -> u64 {
        self.seed
    }
}

impl Plan for recursion::Plan {
    fn drawn(seed: u64) -> Self {
        Self::from_seed(seed)
    }

    fn seed(&self) -> u64 {
        self.seed
    }
}

impl Plan for serving::Plan {
    fn drawn(seed: u64) -> Self {
        Self::from_seed(seed)
    }

    fn seed(&self) -> u64 {
        self.seed
    }
}

/// Finds every bug of a catalogue by the invariant that must report it, shrinks what was found, and finds nothing without a bug.
pub(crate) fn hunt<P: Plan>(catalogue: &[(Bug, &str)]) {
    activate(None, 0);
    for seed in 0..200 {
        let violation = P::drawn(seed).run(None).violation;
        assert!(
            violation.is_none(),
            "seed {seed} fails without any bug: {violation:?}"
        );
    }
    let (mut missed, mut packets) = (Vec::new(), Vec::new());
    for &(bug, invariant) in catalogue {
        let mut others = Vec::new();
        let found = (0..SEEDS).find_map(|seed| {
            let violation = violated::<P>(bug, seed)?;
            if violation.reason.starts_with(invariant) {
                return Some((seed, violation));
            }
            others.push(violation.reason);
            None
        });
        let Some((seed, violation)) = found else {
            others.truncate(3);
            missed.push((bug, invariant, others));
            continue;
        };
        println!("{bug:?}: found in seed {seed}: {}", violation.reason);
        packets.push(shrunk_packets::<P>(bug, seed, invariant));
    }
    activate(None, 0);
    assert!(missed.is_empty(), "not found in {SEEDS} seeds: {missed:#?}");
    packets.sort_unstable();
    let median = packets[packets.len() / 2];
    assert!(median <= MOST_PACKETS, "{packets:?}");
}

/// Finds every bug of a catalogue by what `violation` says of it, which needs no seed, and nothing without a bug.
pub(crate) fn hunt_directly(catalogue: &[(Bug, &str)], violation: fn() -> Option<String>) {
    activate(None, 0);
    assert_eq!(violation(), None);
    for &(bug, expected) in catalogue {
        activate(Some(bug), 0);
        let found = violation().unwrap_or_default();
        assert!(found.starts_with(expected), "{bug:?}: {found}");
    }
    activate(None, 0);
}

/// Shrinks the run of a seed, and says how many datagrams are left.
fn shrunk_packets<P: Plan>(bug: Bug, seed: u64, invariant: &str) -> u64 {
    let plan = P::drawn(seed);
    let before = Planted {
        bug,
        plan: plan.clone(),
    }
    .run(None);
    let begin = std::time::Instant::now();
    let shrunk = shrink(Planted { bug, plan }).expect("the seed fails");
    let script = Script {
        case: shrunk.script.case.plan,
        decisions: shrunk.script.decisions,
    };
    let text = script.to_string();
    println!(
        "  {} datagrams and {} decisions shrank to {} and {} in {} runs and {:?}; {}\n{text}",
        before.packets,
        before.decisions.len(),
        shrunk.packets,
        script.decisions.len(),
        shrunk.runs,
        begin.elapsed(),
        shrunk.violation.reason
    );
    assert!(shrunk.violation.reason.starts_with(invariant));
    assert!(text.lines().count() <= MOST_LINES, "{text}");
    // What is kept is the text: it brings the same violation about, with the bug and not without it.
    let read: Script<P> = text.parse().expect("it was written");
    plant(bug, read.case.seed());
    assert_eq!(read.run().violation, Some(shrunk.violation));
    activate(None, 0);
    assert_eq!(read.run().violation, None);
    shrunk.packets
}

/// A plan that is run with a bug, which begins anew each time.
#[derive(Clone)]
struct Planted<P> {
    bug: Bug,
    plan: P,
}

impl<P: Plan> fmt::Display for Planted<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.plan, f)
    }
}

impl<P: Plan> Case for Planted<P> {
    fn run(&self, decisions: Option<Decisions>) -> Ran {
        plant(self.bug, self.plan.seed());
        self.plan.run(decisions)
    }

    fn parts(&self) -> Vec<usize> {
        self.plan.parts()
    }

    fn keep(&self, kind: usize, kept: &[usize]) -> Self {
        let plan = self.plan.keep(kind, kept);
        Self { plan, ..self.clone() }
    }

    fn simpler(&self) -> Vec<Self> {
        let simpler = self.plan.simpler().into_iter();
        simpler.map(|plan| Self { plan, bug: self.bug }).collect()
    }
}

fn plant(bug: Bug, seed: u64) {
    activate(Some(bug), 0x5eed ^ seed as u32);
}

fn violated<P: Plan>(bug: Bug, seed: u64) -> Option<Violation> {
    plant(bug, seed);
    P::drawn(seed).run(None).violation
}
