//! The driver's side of the contract, read from what it did.

use std::collections::BTreeMap;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Input, LONGEST_PIECE, Machine, Output, Proto};
use nameward_core::time::Instant;
use nameward_core::trace::{Call, Recordable, Recording};

/// Checks that whoever drove the machine kept the rules of the driver: that time did not go back, that streams came in pieces of
/// one to [`LONGEST_PIECE`] octets, that nothing came for a flow that was not open or was not to be read, and that no stream took
/// more than there was.
///
/// # Panics
///
/// It did not, or the recording is none of such a machine.
pub fn assert_driver_kept_rules<M: Recordable>(recording: &[u8]) {
    let recording = Recording::parse(recording).expect("the recording is good");
    let mut machine: M = recording.build().expect("the recording is of this machine");
    let mut flows = BTreeMap::new();
    let mut before = Instant::ZERO;
    for (number, call) in recording.calls::<M>().enumerate() {
        let (now, call) = call.expect("the calls are good");
        assert!(now.mono >= before, "call {number}: time goes back");
        before = now.mono;
        match &call {
            Call::Input(input) => {
                if let Err(rule) = input_is_allowed(input, &mut flows) {
                    panic!("{}, call {number}, {input:?}: {rule}", M::KIND);
                }
            }
            Call::Sent { flow, count } => {
                let waiting = machine.stream_out(*flow).len();
                assert!(
                    (1..=waiting).contains(count),
                    "call {number}: {flow} took {count} of {waiting} octets"
                );
            }
            Call::Command(_) => {}
        }
        // What was refused is refused again.
        let _ = call.make(now, &mut machine);
        drain(&mut machine, &mut flows);
    }
}

/// The flows that are open.
type Flows = BTreeMap<FlowId, Flow>;

#[derive(Clone, Copy)]
struct Flow {
    proto: Proto,
    is_read: bool,
}

fn input_is_allowed(input: &Input<'_>, flows: &mut Flows) -> Result<(), &'static str> {
    let Some(name) = input.flow() else { return Ok(()) };
    if matches!(input, Input::Accepted { .. }) {
        let flow = Flow {
            proto: Proto::Stream,
            is_read: true,
        };
        return flows
            .insert(name, flow)
            .map_or(Ok(()), |_| Err("the name was given before"));
    }
    let flow = flows.get(&name).copied().ok_or("the flow is not open")?;
    match input {
        Input::Received { .. } | Input::Finished { .. } if !flow.is_read => Err("the flow is not to be read"),
        Input::Received { data, .. } if flow.proto == Proto::Stream => match data.len() {
            1..=LONGEST_PIECE => Ok(()),
            _ => Err("the piece is empty or too long"),
        },
        Input::Finished { .. } if flow.proto == Proto::Datagram => Err("a datagram flow is never finished"),
        Input::Closed { .. } => {
            flows.remove(&name);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn drain<M: Machine>(machine: &mut M, flows: &mut Flows) {
    loop {
        match machine.poll() {
            Output::Do(Action::Open {
                flow, proto, read, ..
            }) => {
                flows.insert(flow, Flow { proto, is_read: read });
            }
            Output::Do(Action::Read { flow, wanted }) => {
                flows.entry(flow).and_modify(|flow| flow.is_read = wanted);
            }
            Output::Do(Action::Close { flow } | Action::Detach { flow }) => _ = flows.remove(&flow),
            Output::Do(_) | Output::Event(_) | Output::Ignored { .. } => {}
            Output::Idle(_) => return,
        }
    }
}
