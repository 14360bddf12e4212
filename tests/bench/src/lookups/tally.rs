//! What a machine had to send.

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Input, Machine, Misuse, Output, Proto};
use nameward_core::time::Now;

/// A machine, with what it opens and sends counted.
pub(super) struct Tallied<M> {
    machine: M,
    tally: Tally,
}

/// What was opened and sent.
pub(super) struct Tally {
    pub(super) datagrams: usize,
    pub(super) streams: usize,
    /// A bit for each local port that was used.
    ports: Box<[u64; 1024]>,
}

impl Tally {
    /// How many local ports were used.
    pub(super) fn ports(&self) -> u32 {
        self.ports.iter().map(|word| word.count_ones()).sum()
    }
}

impl<M> Tallied<M> {
    pub(super) fn new(machine: M) -> Self {
        let tally = Tally {
            datagrams: 0,
            streams: 0,
            ports: Box::new([0; 1024]),
        };
        Self { machine, tally }
    }

    pub(super) fn into_tally(self) -> Tally {
        self.tally
    }
}

impl<M: Machine> Machine for Tallied<M> {
    type Event = M::Event;
    type Command = M::Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        if let Input::Opened { local, .. } = input {
            let port = local.port();
            self.tally.ports[usize::from(port / 64)] |= 1 << (port % 64);
        }
        self.machine.handle(now, input);
    }

    fn command(&mut self, now: Now, command: M::Command) -> Result<(), Misuse> {
        self.machine.command(now, command)
    }

    fn poll(&mut self) -> Output<M::Event> {
        let output = self.machine.poll();
        match &output {
            Output::Do(Action::Send { .. }) => self.tally.datagrams += 1,
            Output::Do(Action::Open {
                proto: Proto::Stream, ..
            }) => self.tally.streams += 1,
            _ => {}
        }
        output
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.machine.stream_out(flow)
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        self.machine.stream_sent(now, flow, count);
    }
}
