//! Machines of any type in one world.

use core::any::Any;
use core::fmt;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Input, Machine, Output};
use nameward_core::time::{Instant, Now};
use nameward_core::trace::Record;

use crate::observe::Told;

/// A machine whose types of events and commands are forgotten.
pub(crate) trait AnyMachine: Any {
    fn handle(&mut self, now: Now, input: Input<'_>);
    /// `at` is the world's time, under which an event is kept.
    fn poll(&mut self, at: Instant) -> Output<&dyn Told>;
    fn stream_out(&self, flow: FlowId) -> &[u8];
    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize);
}

/// A machine, and the events that came out of it.
pub(crate) struct Hosted<M: Machine> {
    pub(crate) machine: M,
    pub(crate) events: Vec<(Instant, M::Event)>,
}

impl<M> AnyMachine for Hosted<M>
where
    M: Machine<Event: Record + fmt::Debug> + 'static,
{
    fn handle(&mut self, now: Now, input: Input<'_>) {
        self.machine.handle(now, input);
    }

    fn poll(&mut self, at: Instant) -> Output<&dyn Told> {
        match self.machine.poll() {
            Output::Do(action) => Output::Do(action),
            Output::Event(event) => {
                self.events.push((at, event));
                // Invariant: an event was pushed just now.
                let (_, event) = self.events.last().expect("an event is there");
                Output::Event(event)
            }
            Output::Ignored { flow, why } => Output::Ignored { flow, why },
            Output::Idle(wake) => Output::Idle(wake),
        }
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.machine.stream_out(flow)
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        self.machine.stream_sent(now, flow, count);
    }
}
