//! Laws that hold for every machine, whatever it speaks.
//!
//! [`steps`] draws what may happen to a machine; [`check`] lets it happen as a faithful driver does it, and then in other ways
//! that must come to the same. The laws are on [`Machine`] and in the design: see each `fn` here.

mod driver;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::time::Duration;

use nameward_core::flow::{FlowId, Lane, ListenerId, StoreId};
use nameward_core::machine::{
    Action, CloseCause, Ignored, Input, Machine, Output, StoreError, StoreResult, Wake,
};
use nameward_core::seed::Seed;
use nameward_core::time::{Now, UnixTime};
use nameward_core::trace::{Call, Recordable, Recorder, Recording};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::parity::assert_replays;

pub use self::driver::assert_driver_kept_rules;

/// Something that may happen to a machine. Flows and stores are picked among those that ever were, ended ones too, and one that
/// never was.
#[derive(Clone, Debug)]
pub enum Step<C> {
    /// Time passes, with all ticks that are due meanwhile.
    Wait(Duration),
    /// A tick that nobody asked for.
    Tick,
    /// The application wants something.
    Command(C),
    /// The network changed.
    NetworkChanged,
    /// A stream is accepted.
    Accept(ListenerId),
    /// A datagram comes to a listener.
    Request(ListenerId, u8, Vec<u8>),
    /// A flow is open.
    Opened(Index),
    /// Something arrives.
    Received(Index, Vec<u8>),
    /// The network refused a datagram.
    Rejected(Index),
    /// The peer sends no more.
    Finished(Index),
    /// A flow is no more.
    Closed(Index, CloseCause),
    /// The stream took up to so many octets, if there are any.
    Sent(Index, usize),
    /// A change is durable, or not.
    Stored(Index, StoreResult),
}

/// Lists of steps for a machine that has these listeners, takes these commands, if it takes any, and whose peers say `data`.
pub fn steps<C: Debug + Clone + 'static>(
    listeners: Vec<ListenerId>,
    commands: Option<BoxedStrategy<C>>,
    data: impl Strategy<Value = Vec<u8>> + 'static,
) -> impl Strategy<Value = Vec<Step<C>>> {
    let data = data.boxed();
    // A machine without listeners is asked on one that it does not know.
    let listeners = if listeners.is_empty() {
        vec![ListenerId(u16::MAX)]
    } else {
        listeners
    };
    let listener = prop::sample::select(listeners);
    let cause = prop::sample::select(vec![
        CloseCause::Reset,
        CloseCause::Refused,
        CloseCause::Descriptors,
    ]);
    let result = prop::sample::select(vec![Ok(()), Ok(()), Ok(()), Err(StoreError::Full)]);
    let command = commands.map_or_else(
        || Just(Step::Tick).boxed(),
        |command| command.prop_map(Step::Command).boxed(),
    );
    let step = prop_oneof![
        2 => (0u64..3_000).prop_map(|milliseconds| Step::Wait(Duration::from_millis(milliseconds))),
        1 => Just(Step::Tick),
        4 => command,
        1 => Just(Step::NetworkChanged),
        3 => listener.clone().prop_map(Step::Accept),
        3 => (listener, any::<u8>(), data.clone()).prop_map(|(listener, peer, data)| Step::Request(listener, peer, data)),
        2 => any::<Index>().prop_map(Step::Opened),
        8 => (any::<Index>(), data).prop_map(|(flow, data)| Step::Received(flow, data)),
        1 => any::<Index>().prop_map(Step::Rejected),
        2 => any::<Index>().prop_map(Step::Finished),
        1 => (any::<Index>(), cause).prop_map(|(flow, cause)| Step::Closed(flow, cause)),
        5 => (any::<Index>(), 1usize..300).prop_map(|(flow, count)| Step::Sent(flow, count)),
        3 => (any::<Index>(), result).prop_map(|(token, result)| Step::Stored(token, result)),
    ];
    prop::collection::vec(step, 1..80)
}

/// Checks all laws on one machine and one list of steps.
///
/// # Errors
///
/// Which law was broken, and how.
pub fn check<M>(seed: u64, config: &M::Config, steps: &[Step<M::Command>]) -> Result<(), TestCaseError>
where
    M: Recordable<Command: Clone, Config: Clone>,
{
    let seed = Seed::from_number(seed);
    let build = || M::from_seed(seed.clone(), config.clone());
    prop_assert!(build().is_ok(), "the configuration is not valid");
    let build = || build().expect("it was valid before");
    let mut driver = Driver::<M>::new(build());
    for step in steps {
        driver.step(step)?;
    }
    let calls = driver.calls;
    let borrowed: Vec<_> = calls.iter().map(|made| (made.now, made.call.borrow())).collect();
    check_calls(build, &borrowed)?;
    what_is_over_changes_nothing(build(), &calls)?;
    let record = || {
        let mut recorder = Recorder::<M>::new(seed.clone(), config.clone()).expect("it was valid before");
        for (now, call) in &borrowed {
            // What was refused is refused again.
            let _ = call.clone().make(*now, &mut recorder);
            drain(&mut recorder);
        }
        recorder.take()
    };
    let recording = record();
    prop_assert!(recording == record(), "the same seed and calls gave other bytes");
    if !borrowed.is_empty() {
        assert_replays::<M>(&recording);
    }
    Ok(())
}

/// Checks that a recording replays in the core byte for byte, and that the driver kept its rules: what a long recording must stand.
///
/// # Panics
///
/// It does not.
pub fn assert_good<M: Recordable>(recording: &[u8]) {
    assert_replays::<M>(recording);
    assert_driver_kept_rules::<M>(recording);
}

/// Checks on the calls of a recording what can be checked there: that neither more polls nor more ticks change anything, and
/// that the driver kept its own rules.
///
/// # Panics
///
/// A law was broken, or the recording is none of such a machine.
pub fn assert_hold<M: Recordable<Command: Clone>>(recording: &[u8]) {
    assert_driver_kept_rules::<M>(recording);
    let recording = Recording::parse(recording).expect("the recording is good");
    let calls: Result<Vec<_>, _> = recording.calls::<M>().collect();
    let build = || recording.build::<M>().expect("the recording is of this machine");
    if let Err(error) = check_calls(build, &calls.expect("the calls are good")) {
        panic!("{}: {error}", M::KIND);
    }
}

fn check_calls<M: Recordable<Command: Clone>>(
    build: impl Fn() -> M,
    calls: &[(Now, Call<'_, M::Command>)],
) -> Result<(), TestCaseError> {
    if calls.is_empty() {
        return Ok(());
    }
    nameward_sim::drain_independence(&build, calls).map_err(TestCaseError::fail)?;
    more_ticks_change_nothing(build, calls)
}

/// A call that was made, and what came of it.
struct Made<C> {
    now: Now,
    call: OwnedCall<C>,
    outputs: Vec<String>,
    wake: Option<Wake>,
    /// What the call is about had ended before, or never was.
    is_over: bool,
}

enum OwnedCall<C> {
    Received {
        flow: FlowId,
        data: Vec<u8>,
    },
    Request {
        listener: ListenerId,
        peer: SocketAddr,
        data: Vec<u8>,
    },
    /// An input without data.
    Plain(Input<'static>),
    Command(C),
    Sent {
        flow: FlowId,
        count: usize,
    },
}

impl<C: Clone> OwnedCall<C> {
    fn borrow(&self) -> Call<'_, C> {
        match self {
            Self::Received { flow, data } => Call::Input(Input::Received { flow: *flow, data }),
            Self::Request { listener, peer, data } => Call::Input(Input::Request {
                listener: *listener,
                peer: *peer,
                local: None,
                data,
            }),
            Self::Plain(input) => Call::Input(*input),
            Self::Command(command) => Call::Command(command.clone()),
            Self::Sent { flow, count } => Call::Sent {
                flow: *flow,
                count: *count,
            },
        }
    }

    fn flow(&self) -> Option<FlowId> {
        match self.borrow() {
            Call::Input(input) => input.flow(),
            Call::Command(_) => None,
            Call::Sent { flow, .. } => Some(flow),
        }
    }
}

/// Drives a machine as it must be driven, except that it also says what a driver never says: something about a flow that ended
/// or never was.
struct Driver<M: Recordable> {
    machine: M,
    now: Now,
    wake: Option<Wake>,
    calls: Vec<Made<M::Command>>,
    flows: Vec<FlowId>,
    open: BTreeSet<FlowId>,
    tokens: Vec<StoreId>,
    stored: BTreeSet<StoreId>,
}

impl<M: Recordable<Command: Clone>> Driver<M> {
    fn new(machine: M) -> Self {
        Self {
            machine,
            now: Now {
                mono: Default::default(),
                wall: Some(UnixTime::from_secs(1_000)),
            },
            wake: None,
            calls: Vec::new(),
            flows: vec![FlowId::from_machine(Lane(200), 7)],
            open: BTreeSet::new(),
            tokens: vec![StoreId::new(Lane(200), 7)],
            stored: BTreeSet::new(),
        }
    }

    fn step(&mut self, step: &Step<M::Command>) -> Result<(), TestCaseError> {
        let pick = |flow: &Index| *flow.get(&self.flows);
        let call = match step {
            Step::Wait(duration) => {
                let until = self.now.mono.after(*duration);
                while let Some(wake) = self.wake.filter(|wake| wake.at <= until) {
                    self.now.mono = wake.at.max(self.now.mono);
                    self.make(OwnedCall::Plain(Input::Tick))?;
                }
                self.now.mono = until;
                return Ok(());
            }
            Step::Tick => OwnedCall::Plain(Input::Tick),
            Step::Command(command) => OwnedCall::Command(command.clone()),
            Step::NetworkChanged => OwnedCall::Plain(Input::NetworkChanged),
            Step::Accept(listener) => {
                let number = u64::try_from(self.flows.len()).unwrap_or(u64::MAX);
                let flow = FlowId::from_driver(listener.lane(), number);
                let (peer, local) = (peer(number.to_be_bytes()[7]), peer(0));
                OwnedCall::Plain(Input::Accepted {
                    flow,
                    listener: *listener,
                    peer,
                    local,
                })
            }
            Step::Request(listener, from, data) => OwnedCall::Request {
                listener: *listener,
                peer: peer(*from),
                data: data.clone(),
            },
            Step::Opened(flow) => OwnedCall::Plain(Input::Opened {
                flow: pick(flow),
                local: peer(0),
            }),
            // A piece of a stream is never empty.
            Step::Received(_, data) if data.is_empty() => return Ok(()),
            Step::Received(flow, data) => OwnedCall::Received {
                flow: pick(flow),
                data: data.clone(),
            },
            Step::Rejected(flow) => OwnedCall::Plain(Input::Rejected {
                flow: pick(flow),
                cause: CloseCause::Refused,
            }),
            Step::Finished(flow) => OwnedCall::Plain(Input::Finished { flow: pick(flow) }),
            Step::Closed(flow, cause) => OwnedCall::Plain(Input::Closed {
                flow: pick(flow),
                cause: *cause,
            }),
            Step::Sent(flow, most) => {
                let flow = pick(flow);
                match self.machine.stream_out(flow).len().min(*most) {
                    0 => return Ok(()),
                    count => OwnedCall::Sent { flow, count },
                }
            }
            Step::Stored(token, result) => OwnedCall::Plain(Input::Stored {
                token: *token.get(&self.tokens),
                result: *result,
            }),
        };
        self.make(call)
    }

    fn make(&mut self, call: OwnedCall<M::Command>) -> Result<(), TestCaseError> {
        let is_tick = matches!(call, OwnedCall::Plain(Input::Tick));
        let is_over = match &call {
            OwnedCall::Plain(Input::Accepted { flow, .. }) => {
                self.flows.push(*flow);
                self.open.insert(*flow);
                false
            }
            OwnedCall::Plain(Input::Closed { flow, .. }) => !self.open.remove(flow),
            OwnedCall::Plain(Input::Stored { token, .. }) => {
                *token == self.tokens[0] || !self.stored.insert(*token)
            }
            call => call.flow().is_some_and(|flow| !self.open.contains(&flow)),
        };
        let refused = call.borrow().make(self.now, &mut self.machine).is_err();
        let (outputs, wake) = drain(&mut self.machine);
        if is_tick {
            let late = wake.is_none_or(|wake| wake.at > self.now.mono);
            prop_assert!(
                late,
                "after a tick at {} the next wake is {wake:?}",
                self.now.mono
            );
        }
        let unchanged = outputs.is_empty() && (self.calls.is_empty() || wake == self.wake);
        prop_assert!(
            !refused || unchanged,
            "a command was refused, and {outputs:?} came out"
        );
        for output in &outputs {
            match output {
                Output::Do(Action::Open { flow, .. }) => {
                    prop_assert!(!self.flows.contains(flow), "{flow} is opened twice");
                    self.flows.push(*flow);
                    self.open.insert(*flow);
                }
                Output::Do(Action::Close { flow } | Action::Detach { flow }) => {
                    self.open.remove(flow);
                }
                Output::Do(Action::Store { token, .. }) => {
                    prop_assert!(!self.tokens.contains(token), "{token:?} is used twice");
                    self.tokens.push(*token);
                }
                Output::Do(_) | Output::Event(_) | Output::Ignored { .. } | Output::Idle(_) => {}
            }
        }
        self.wake = wake;
        let outputs = outputs.iter().map(|output| format!("{output:?}")).collect();
        self.calls.push(Made {
            now: self.now,
            call,
            outputs,
            wake,
            is_over,
        });
        Ok(())
    }
}

fn peer(number: u8) -> SocketAddr {
    ([192, 0, 2, number], 4_000).into()
}

/// Everything until the machine is idle, and then its wake.
fn drain<M: Machine>(machine: &mut M) -> (Vec<Output<M::Event>>, Option<Wake>) {
    let mut outputs = Vec::new();
    loop {
        match machine.poll() {
            Output::Idle(wake) => return (outputs, wake),
            output => outputs.push(output),
        }
    }
}

fn shown<M: Recordable>(machine: &mut M) -> (Vec<String>, Option<Wake>) {
    let (outputs, wake) = drain(machine);
    (outputs.iter().map(|output| format!("{output:?}")).collect(), wake)
}

/// A tick is harmless at any moment: where none is due it changes nothing, neither now nor later.
fn more_ticks_change_nothing<M: Recordable<Command: Clone>>(
    build: impl Fn() -> M,
    calls: &[(Now, Call<'_, M::Command>)],
) -> Result<(), TestCaseError> {
    let (mut plain, mut ticked) = (build(), build());
    for (number, (now, call)) in calls.iter().enumerate() {
        let (_, wake) = shown(&mut ticked);
        if wake.is_none_or(|wake| wake.at > now.mono) {
            ticked.handle(*now, Input::Tick);
            prop_assert_eq!(
                shown(&mut ticked),
                (Vec::new(), wake),
                "a tick before call {}",
                number
            );
        }
        // What is refused is refused either way.
        let _ = call.clone().make(*now, &mut plain);
        let _ = call.clone().make(*now, &mut ticked);
        prop_assert_eq!(
            shown(&mut ticked),
            shown(&mut plain),
            "call {} after a tick",
            number
        );
    }
    Ok(())
}

/// What is about a flow or a store that ended, or that never was, is ignored by name and changes nothing: without it, all that
/// comes later is the same.
fn what_is_over_changes_nothing<M: Recordable<Command: Clone>>(
    mut machine: M,
    calls: &[Made<M::Command>],
) -> Result<(), TestCaseError> {
    for (number, made) in calls.iter().enumerate() {
        if made.is_over {
            let flow = made.call.flow();
            let unknown = |why| vec![format!("{:?}", Output::<()>::Ignored { flow, why })];
            let expected = match made.call {
                OwnedCall::Plain(Input::Stored { .. }) => unknown(Ignored::UnknownStore),
                OwnedCall::Sent { .. } => Vec::new(),
                _ => unknown(Ignored::UnknownFlow),
            };
            prop_assert_eq!(
                &made.outputs,
                &expected,
                "call {} is about {:?}, which is over",
                number,
                flow
            );
            continue;
        }
        // What is refused is refused again.
        let _ = made.call.borrow().make(made.now, &mut machine);
        let (outputs, wake) = shown(&mut machine);
        prop_assert_eq!(&outputs, &made.outputs, "call {} without what was over", number);
        prop_assert_eq!(
            wake,
            made.wake,
            "the wake of call {} without what was over",
            number
        );
    }
    Ok(())
}
