//! What comes out of a machine, until the driver takes it.

use std::collections::VecDeque;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Ignored, Input, Output, Wake};

/// Outputs in the order in which they came up.
#[derive(Debug)]
pub struct Outbox<E> {
    outputs: VecDeque<Output<E>>,
}

impl<E> Outbox<E> {
    /// Nothing to say.
    pub const fn new() -> Self {
        Self {
            outputs: VecDeque::new(),
        }
    }

    /// The driver is to do this.
    pub fn act(&mut self, action: Action) {
        self.outputs.push_back(Output::Do(action));
    }

    /// The application is to know this.
    pub fn tell(&mut self, event: E) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Something that arrived is worth nothing.
    pub fn ignore(&mut self, flow: Option<FlowId>, why: Ignored) {
        self.outputs.push_back(Output::Ignored { flow, why });
    }

    /// What a part of the machine wants or tells. Not that it is idle: that is for the whole to say.
    pub fn pass(&mut self, output: Output<E>) {
        debug_assert!(
            !matches!(output, Output::Idle(_)),
            "a part is idle, not the whole"
        );
        self.outputs.push_back(output);
    }

    /// An input for which the machine has no use, whatever its state: it knows no such flow, listener or store.
    pub fn ignore_foreign(&mut self, input: &Input<'_>) {
        match *input {
            Input::Accepted { flow, .. } => self.ignore(Some(flow), Ignored::UnknownListener),
            Input::Request { .. } => self.ignore(None, Ignored::UnknownListener),
            Input::Stored { .. } => self.ignore(None, Ignored::UnknownStore),
            Input::Opened { flow, .. }
            | Input::Received { flow, .. }
            | Input::Rejected { flow, .. }
            | Input::Finished { flow }
            | Input::Closed { flow, .. } => self.ignore(Some(flow), Ignored::UnknownFlow),
            Input::Tick | Input::NetworkChanged => {}
        }
    }

    /// The next output; idle until `wake` when there is none.
    pub fn poll(&mut self, wake: Option<Wake>) -> Output<E> {
        self.outputs.pop_front().unwrap_or(Output::Idle(wake))
    }
}

impl<E> Default for Outbox<E> {
    fn default() -> Self {
        Self::new()
    }
}
