//! A machine that writes down what another machine does.

use alloc::vec::Vec;
use core::fmt;

use super::contract::{encode_answer, encode_input, encode_output};
use super::log::{EntryKind, LogWriter};
use super::record::{Record, encode_bytes};
use crate::flow::FlowId;
use crate::machine::{Input, Machine, Misuse, Output};
use crate::seed::Seed;
use crate::time::Now;

/// A machine that can be built again from what a recording holds.
///
/// Whatever the machine depends on is in its seed, its configuration and the calls. What was stored before it started is a
/// part of the configuration.
pub trait Recordable: Machine<Command: Record + fmt::Debug, Event: Record + fmt::Debug> + Sized {
    /// The name of this kind of machine: it tells a reader which type replays the recording. Never changed once published.
    const KIND: &'static str;

    /// All that is needed to build the machine, besides its seed.
    type Config: Record;

    /// Builds the machine.
    ///
    /// # Errors
    ///
    /// The configuration is not valid.
    fn from_seed(seed: Seed, config: Self::Config) -> Result<Self, Misuse>;
}

/// A machine around a machine, which does what that machine does, and records it.
///
/// The recording grows with each call: [`take`](Self::take) what there is from time to time, and write the pieces one after
/// the other. **It holds secrets**, as the [module](super) says.
#[derive(Debug)]
pub struct Recorder<M> {
    machine: M,
    log: LogWriter,
}

impl<M: Recordable> Recorder<M> {
    /// Builds the machine and begins the recording.
    ///
    /// # Errors
    ///
    /// The machine does not like its configuration.
    pub fn new(seed: Seed, config: M::Config) -> Result<Self, Misuse> {
        let mut log = LogWriter::new();
        log.entry(EntryKind::Header, |out| {
            encode_bytes(M::KIND.as_bytes(), out);
            seed.expose().encode(out);
            config.encode(out);
        });
        let machine = M::from_seed(seed, config)?;
        Ok(Self { machine, log })
    }

    /// Takes out what was recorded since the last time. All pieces in order make one recording.
    #[must_use = "a recording lacks what is dropped here"]
    pub fn take(&mut self) -> Vec<u8> {
        self.log.take()
    }

    /// How many octets wait to be taken.
    pub fn waiting(&self) -> usize {
        self.log.len()
    }

    /// The machine, to look at. What changes it must pass through the recorder.
    pub const fn machine(&self) -> &M {
        &self.machine
    }
}

impl<M: Recordable> Machine for Recorder<M> {
    type Event = M::Event;
    type Command = M::Command;

    // What goes in is written down before the machine sees it, so that a recording ends with what made the machine panic.

    fn handle(&mut self, now: Now, input: Input<'_>) {
        self.log.entry(EntryKind::Input, |out| {
            now.encode(out);
            encode_input(&input, out);
        });
        self.machine.handle(now, input);
    }

    fn command(&mut self, now: Now, command: Self::Command) -> Result<(), Misuse> {
        self.log.entry(EntryKind::Command, |out| {
            now.encode(out);
            command.encode(out);
        });
        let answer = self.machine.command(now, command);
        self.log
            .entry(EntryKind::Answer, |out| encode_answer(&answer, out));
        answer
    }

    fn poll(&mut self) -> Output<Self::Event> {
        let output = self.machine.poll();
        self.log
            .entry(EntryKind::Output, |out| encode_output(&output, out));
        output
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.machine.stream_out(flow)
    }

    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        let waiting = self.machine.stream_out(flow);
        let taken = waiting.get(..count).unwrap_or(waiting);
        self.log.entry(EntryKind::Taken, |out| {
            flow.encode(out);
            encode_bytes(taken, out);
        });
        self.log.entry(EntryKind::Sent, |out| {
            (now, flow, u64::try_from(count).unwrap_or(u64::MAX)).encode(out);
        });
        self.machine.stream_sent(now, flow, count);
    }
}
