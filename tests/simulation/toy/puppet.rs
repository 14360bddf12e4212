//! Does what it is told, and tells what it gets.

use alloc::collections::{BTreeMap, VecDeque};

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Input, Machine, Misuse, Output, Wake};
use nameward_core::time::Now;

#[derive(Debug, Default)]
pub(crate) struct Puppet {
    /// What comes out next.
    pub(crate) out: VecDeque<Output<String>>,
    /// The wake of each `Idle`.
    pub(crate) wake: Option<Wake>,
    streams: BTreeMap<FlowId, Vec<u8>>,
}

impl Puppet {
    pub(crate) fn new(out: Vec<Output<String>>, wake: Option<Wake>) -> Self {
        Self {
            out: out.into(),
            wake,
            streams: BTreeMap::new(),
        }
    }
}

impl Machine for Puppet {
    /// An input, in the words of `Debug`.
    type Event = String;
    /// What to do, and what to write first if it is a `Writable`.
    type Command = (Action, Vec<u8>);

    fn handle(&mut self, _now: Now, input: Input<'_>) {
        self.out.push_back(Output::Event(format!("{input:?}")));
    }

    fn command(&mut self, _now: Now, (action, data): Self::Command) -> Result<(), Misuse> {
        if let Action::Writable { flow } = action {
            self.streams.entry(flow).or_default().extend(data);
        }
        self.out.push_back(Output::Do(action));
        Ok(())
    }

    fn poll(&mut self) -> Output<String> {
        self.out.pop_front().unwrap_or(Output::Idle(self.wake))
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.streams.get(&flow).map_or(&[], Vec::as_slice)
    }

    fn stream_sent(&mut self, _now: Now, flow: FlowId, count: usize) {
        if let Some(out) = self.streams.get_mut(&flow) {
            out.drain(..count.min(out.len()));
        }
    }
}
