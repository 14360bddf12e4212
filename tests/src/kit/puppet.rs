//! A machine without a will: it does what the test says, and tells the test all that it hears.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use bytes::Bytes;
use nameward_core::flow::{FlowId, ListenerId, StoreId};
use nameward_core::machine::{
    Action, CloseCause, Input, LocalAddr, Machine, Misuse, Output, StoreResult, Wake,
};
use nameward_core::time::{Instant, Now};

/// What a [`Puppet`] is told to do.
#[derive(Debug)]
pub enum Pull {
    /// Wants this to be done.
    Do(Action),
    /// Has these bytes for a stream, and says that it is writable.
    Queue(FlowId, Bytes),
    /// Wants to be woken then.
    WakeAt(Instant),
    /// Says this number back.
    Say(u64),
}

/// What a [`Puppet`] tells: an input that it got and when, or a number that it was told to say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the input of its name")]
pub enum Heard {
    Tick(Now),
    Opened {
        flow: FlowId,
        local: SocketAddr,
    },
    Accepted {
        flow: FlowId,
        listener: ListenerId,
        peer: SocketAddr,
        local: SocketAddr,
    },
    Received {
        flow: FlowId,
        data: Vec<u8>,
    },
    Request {
        listener: ListenerId,
        peer: SocketAddr,
        local: Option<LocalAddr>,
        data: Vec<u8>,
    },
    Rejected {
        flow: FlowId,
        cause: CloseCause,
    },
    Finished {
        flow: FlowId,
    },
    Closed {
        flow: FlowId,
        cause: CloseCause,
    },
    Stored {
        token: StoreId,
        result: StoreResult,
    },
    NetworkChanged,
    Said(u64),
}

type Reaction = Box<dyn FnMut(&Heard) -> Vec<Pull> + Send>;

/// A machine on strings.
///
/// It watches the driver: an input for a flow that ended, one that does not fit the flow, or a time that goes back is a
/// panic.
#[derive(Default)]
pub struct Puppet {
    outputs: VecDeque<Output<Heard>>,
    streams: BTreeMap<FlowId, VecDeque<u8>>,
    wake: Option<Wake>,
    reaction: Option<Reaction>,
    /// Flows that were opened or accepted and have not ended.
    open: BTreeSet<FlowId>,
    last: Instant,
}

impl Puppet {
    /// A puppet that pulls its own strings when it hears something.
    pub fn reacting(reaction: impl FnMut(&Heard) -> Vec<Pull> + Send + 'static) -> Self {
        Self {
            reaction: Some(Box::new(reaction)),
            ..Self::default()
        }
    }

    /// When it wants to be woken.
    pub fn wake(&self) -> Option<Wake> {
        self.wake
    }

    fn pull(&mut self, pull: Pull) {
        match pull {
            Pull::Do(action) => {
                match action {
                    Action::Open { flow, .. } => {
                        self.open.insert(flow);
                    }
                    Action::Close { flow } | Action::Detach { flow } => {
                        self.open.remove(&flow);
                        self.streams.remove(&flow);
                    }
                    _ => {}
                }
                self.outputs.push_back(Output::Do(action));
            }
            Pull::Queue(flow, bytes) => {
                let queue = self.streams.entry(flow).or_default();
                if queue.is_empty() {
                    self.outputs.push_back(Output::Do(Action::Writable { flow }));
                }
                queue.extend(bytes);
            }
            Pull::WakeAt(at) => self.wake = Some(Wake { at, why: "test" }),
            Pull::Say(number) => self.outputs.push_back(Output::Event(Heard::Said(number))),
        }
    }

    fn keep_time(&mut self, now: Now) {
        assert!(
            now.mono >= self.last,
            "time went back from {} to {}",
            self.last,
            now.mono
        );
        self.last = now.mono;
    }
}

impl Machine for Puppet {
    type Event = Heard;
    type Command = Vec<Pull>;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        self.keep_time(now);
        if let Some(flow) = input.flow() {
            let is_known = self.open.contains(&flow);
            let is_new = matches!(input, Input::Accepted { .. });
            assert_ne!(
                is_known,
                is_new,
                "{input:?} for a flow that {}",
                if is_known { "is open" } else { "ended" }
            );
        }
        let heard = match input {
            Input::Tick => {
                // The first tick only says what time it is.
                if self.wake.is_some_and(|wake| wake.at <= now.mono) {
                    self.wake = None;
                }
                Heard::Tick(now)
            }
            Input::Opened { flow, local } => Heard::Opened { flow, local },
            Input::Accepted {
                flow,
                listener,
                peer,
                local,
            } => {
                self.open.insert(flow);
                Heard::Accepted {
                    flow,
                    listener,
                    peer,
                    local,
                }
            }
            Input::Received { flow, data } => {
                assert!(
                    !data.is_empty() || !self.streams.contains_key(&flow),
                    "an empty piece of a stream"
                );
                Heard::Received {
                    flow,
                    data: data.to_vec(),
                }
            }
            Input::Request {
                listener,
                peer,
                local,
                data,
            } => Heard::Request {
                listener,
                peer,
                local,
                data: data.to_vec(),
            },
            Input::Rejected { flow, cause } => Heard::Rejected { flow, cause },
            Input::Finished { flow } => Heard::Finished { flow },
            Input::Closed { flow, cause } => {
                self.open.remove(&flow);
                self.streams.remove(&flow);
                Heard::Closed { flow, cause }
            }
            Input::Stored { token, result } => Heard::Stored { token, result },
            Input::NetworkChanged => Heard::NetworkChanged,
        };
        let pulls = self
            .reaction
            .as_mut()
            .map_or_else(Vec::new, |reaction| reaction(&heard));
        self.outputs.push_back(Output::Event(heard));
        for pull in pulls {
            self.pull(pull);
        }
    }

    fn command(&mut self, now: Now, pulls: Vec<Pull>) -> Result<(), Misuse> {
        self.keep_time(now);
        if pulls.is_empty() {
            return Err(Misuse::Impossible("a puppet must be told something"));
        }
        for pull in pulls {
            self.pull(pull);
        }
        Ok(())
    }

    fn poll(&mut self) -> Output<Heard> {
        self.outputs.pop_front().unwrap_or(Output::Idle(self.wake))
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.streams.get(&flow).map_or(&[], |queue| queue.as_slices().0)
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        self.keep_time(now);
        assert!(self.open.contains(&flow), "bytes were sent on a flow that ended");
        let queue = self
            .streams
            .get_mut(&flow)
            .expect("only what is queued can be sent");
        assert!(
            count <= queue.as_slices().0.len(),
            "more was sent than was offered"
        );
        queue.drain(..count);
    }
}
