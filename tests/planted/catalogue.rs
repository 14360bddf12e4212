//! The catalogue, and the hunt.

use nameward_core::planted::{Bug, activate};
use nameward_sim::{Case, Decisions, Ran, Script, Violation, shrink};
use nameward_tests::scenario::{Plan, run};

/// Every bug, with the invariant that must report it.
const CATALOGUE: [(Bug, &str); 8] = [
    (Bug::PredictableIds, "INV-1:"),
    (Bug::MalformedReplyEndsQuestion, "INV-11:"),
    (Bug::MatchedOnIdAlone, "INV-1:"),
    (Bug::TakenAfterClose, "INV-1:"),
    (Bug::BudgetRefilledOnRetry, "INV-11:"),
    (Bug::CaseIgnored, "INV-1:"),
    (Bug::TruncatedIsFinal, "INV-1:"),
    (Bug::CancelLeavesFlow, "INV-15:"),
];

/// A bug that is not found in so many seeds is not found.
const SEEDS: u64 = 10_000;

/// How long the script of a shrunk run may be, in lines, and how many datagrams the runs may have, in the middle.
const MOST_LINES: usize = 20;
const MOST_PACKETS: u64 = 6;

/// One test, because one bug at a time is planted in the whole process.
#[test]
fn every_planted_bug_is_found_by_its_invariant_and_shrinks_and_nothing_is_found_without_one() {
    activate(None, 0);
    if let Some((seed, violation)) = (0..200).find_map(violated) {
        panic!("seed {seed} fails without any bug: {violation}");
    }
    let (mut missed, mut packets) = (Vec::new(), Vec::new());
    for (bug, invariant) in CATALOGUE {
        let found = (0..SEEDS).find_map(|seed| {
            plant(bug, seed);
            violated(seed).filter(|(_, violation)| violation.reason.starts_with(invariant))
        });
        let Some((seed, violation)) = found else {
            missed.push((bug, invariant));
            continue;
        };
        println!("{bug:?}: found in seed {seed}: {}", violation.reason);
        packets.push(shrunk_packets(bug, seed, invariant));
    }
    activate(None, 0);
    assert!(missed.is_empty(), "not found in {SEEDS} seeds: {missed:?}");
    packets.sort_unstable();
    let median = packets[packets.len() / 2];
    assert!(median <= MOST_PACKETS, "{packets:?}");
}

/// Shrinks the run of a seed, and says how many datagrams are left.
fn shrunk_packets(bug: Bug, seed: u64, invariant: &str) -> u64 {
    let plan = Plan::from_seed(seed);
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
    let read: Script<Plan> = text.parse().expect("it was written");
    plant(bug, read.case.seed);
    assert_eq!(read.run().violation, Some(shrunk.violation));
    activate(None, 0);
    assert_eq!(read.run().violation, None);
    shrunk.packets
}

/// A plan that is run with a bug, which begins anew each time.
#[derive(Clone)]
struct Planted {
    bug: Bug,
    plan: Plan,
}

impl std::fmt::Display for Planted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.plan.fmt(f)
    }
}

impl Case for Planted {
    fn run(&self, decisions: Option<Decisions>) -> Ran {
        plant(self.bug, self.plan.seed);
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

fn violated(seed: u64) -> Option<(u64, Violation)> {
    run(&Plan::from_seed(seed))
        .err()
        .map(|violation| (seed, violation))
}
