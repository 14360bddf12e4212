//! Laws that hold for every machine, as functions for its tests.

use alloc::collections::BTreeMap;
use core::fmt;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Machine, Output};
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::Now;
use nameward_core::trace::{Call, Record, encode_output};

/// What comes out of a machine does not depend on how often one drains it.
///
/// Makes the same calls several times: draining after each, draining only at the end, and polling now and then a few times.
/// All outputs but `Idle`, the last wake and the bytes of all streams must be equal. The calls of a
/// [`Recording`](nameward_core::trace::Recording) make a good list.
///
/// # Errors
///
/// What was different, in words.
pub fn drain_independence<M>(
    build: impl Fn() -> M,
    calls: &[(Now, Call<'_, M::Command>)],
) -> Result<(), String>
where
    M: Machine<Command: Clone, Event: Record + fmt::Debug>,
{
    if calls.is_empty() {
        return Err("no calls: nothing would be proved".into());
    }
    let always = run(build(), calls, |_| u32::MAX);
    let mut rng = Rng::new(&Seed::from_number(calls.len() as u64));
    let never = run(build(), calls, |_| 0);
    compare("draining after each call", &always, "draining at the end", &never)?;
    for _ in 0..8 {
        let sometimes = run(build(), calls, |_| rng.below(4));
        compare(
            "draining after each call",
            &always,
            "polling now and then",
            &sometimes,
        )?;
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// Encoded, and in words.
    outputs: Vec<(Vec<u8>, String)>,
    streams: BTreeMap<FlowId, Vec<u8>>,
}

fn run<M>(
    mut machine: M,
    calls: &[(Now, Call<'_, M::Command>)],
    mut polls: impl FnMut(usize) -> u32,
) -> Outcome
where
    M: Machine<Command: Clone, Event: Record + fmt::Debug>,
{
    let mut outcome = Outcome {
        outputs: Vec::new(),
        streams: BTreeMap::new(),
    };
    let mut take = |machine: &mut M, at_most: u32, last: bool| {
        for _ in 0..at_most {
            let output = machine.poll();
            let idle = matches!(output, Output::Idle(_));
            if !idle || last {
                let mut encoded = Vec::new();
                encode_output(&output, &mut encoded);
                outcome.outputs.push((encoded, format!("{output:?}")));
            }
            if idle {
                return;
            }
        }
    };
    for (number, (now, call)) in calls.iter().enumerate() {
        if let Call::Sent { flow, count } = call {
            let waiting = machine.stream_out(*flow);
            let taken = waiting.get(..*count).unwrap_or(waiting);
            outcome.streams.entry(*flow).or_default().extend_from_slice(taken);
        }
        // A command that is refused is a call like any other: the machine is unchanged.
        let _refused = call.clone().make(*now, &mut machine);
        take(&mut machine, polls(number), false);
    }
    take(&mut machine, u32::MAX, true);
    outcome
}

fn compare(one_way: &str, one: &Outcome, other_way: &str, other: &Outcome) -> Result<(), String> {
    if one.outputs.len() != other.outputs.len() {
        let (one, other) = (one.outputs.len(), other.outputs.len());
        return Err(format!("{one} outputs when {one_way}, {other} when {other_way}"));
    }
    for (number, (one, other)) in one.outputs.iter().zip(&other.outputs).enumerate() {
        if one.0 != other.0 {
            return Err(format!(
                "output {number} is {} when {one_way}, {} when {other_way}",
                one.1, other.1
            ));
        }
    }
    if one.streams != other.streams {
        return Err(format!("other stream bytes when {one_way} than when {other_way}"));
    }
    Ok(())
}
