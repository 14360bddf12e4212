//! Sends back what it gets, on datagrams and on streams.

use alloc::collections::{BTreeMap, VecDeque};

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Input, Machine, Misuse, Output};
use nameward_core::seed::Seed;
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

#[derive(Debug, Default)]
pub(crate) struct Echo {
    streams: BTreeMap<FlowId, Vec<u8>>,
    out: VecDeque<Output<u64>>,
    requests: u64,
}

impl Echo {
    pub(crate) fn new(_seed: Seed) -> Self {
        Self::default()
    }
}

impl Recordable for Echo {
    const KIND: &'static str = "toy echo server";
    type Config = ();

    fn from_seed(seed: Seed, (): ()) -> Result<Self, Misuse> {
        Ok(Self::new(seed))
    }
}

impl Machine for Echo {
    /// How many datagrams came.
    type Event = u64;
    type Command = core::convert::Infallible;

    fn handle(&mut self, _now: Now, input: Input<'_>) {
        match input {
            Input::Request {
                listener,
                peer,
                local,
                data,
            } => {
                self.requests += 1;
                self.out.push_back(Output::Event(self.requests));
                self.out.push_back(Output::Do(Action::Reply {
                    listener,
                    to: peer,
                    from: local,
                    data: data.to_vec().into(),
                }));
            }
            Input::Accepted { flow, .. } => {
                self.streams.insert(flow, Vec::new());
            }
            Input::Received { flow, data } => {
                if let Some(out) = self.streams.get_mut(&flow) {
                    if out.is_empty() {
                        self.out.push_back(Output::Do(Action::Writable { flow }));
                    }
                    out.extend_from_slice(data);
                }
            }
            Input::Finished { flow } => self.out.push_back(Output::Do(Action::Finish { flow })),
            Input::Closed { flow, .. } => {
                self.streams.remove(&flow);
            }
            _ => {}
        }
    }

    fn command(&mut self, _now: Now, command: Self::Command) -> Result<(), Misuse> {
        match command {}
    }

    fn poll(&mut self) -> Output<u64> {
        self.out.pop_front().unwrap_or(Output::Idle(None))
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
