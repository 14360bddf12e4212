//! The same calls again, and a comparison.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::contract::{encode_answer, encode_output};
use super::describe;
use super::log::EntryKind;
use super::reader::{Reader, RecordingError, length};
use super::record::{Record, encode_bytes};
use super::recorder::Recordable;
use super::recording::{Entry, RawEntries, RawEntry};
use crate::flow::FlowId;
use crate::machine::Misuse;
use crate::time::Now;

/// A machine that is built from a recording and does again, entry by entry, what was recorded.
///
/// Each `poll` was recorded, `Idle` too, so the replay drains exactly as the driver did.
#[derive(Debug)]
pub struct Replay<'a, M> {
    machine: M,
    entries: RawEntries<'a>,
    /// The answer to the last command, encoded, until the entry that it is compared with.
    answer: Vec<u8>,
    ended: bool,
}

impl<'a, M: Recordable> Replay<'a, M> {
    pub(super) const fn new(machine: M, entries: RawEntries<'a>) -> Self {
        Self {
            machine,
            entries,
            answer: Vec::new(),
            ended: false,
        }
    }

    /// The machine as it is between two entries.
    pub const fn machine(&self) -> &M {
        &self.machine
    }

    /// Does what the next entry says, compares, and describes it; `None` at the end of the recording.
    ///
    /// # Errors
    ///
    /// The recording is damaged, or what came out differs from it. The replay ends there.
    pub fn step(&mut self) -> Result<Option<Entry>, ReplayError> {
        let Some(raw) = self.advance()? else {
            return Ok(None);
        };
        Ok(Some(raw.entry::<M>()?))
    }

    /// Replays what is left, and returns how many entries those were.
    ///
    /// # Errors
    ///
    /// As for [`step`](Self::step).
    pub fn run(&mut self) -> Result<u64, ReplayError> {
        let mut count = 0u64;
        while self.advance()?.is_some() {
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    fn advance(&mut self) -> Result<Option<RawEntry<'a>>, ReplayError> {
        if self.ended {
            return Ok(None);
        }
        self.ended = true;
        let Some(raw) = self.entries.next().transpose()? else {
            return Ok(None);
        };
        self.replay(&raw)?;
        self.ended = false;
        Ok(Some(raw))
    }

    fn replay(&mut self, raw: &RawEntry<'a>) -> Result<(), ReplayError> {
        if let Some((now, call)) = raw.call()? {
            let answer = call.make(now, &mut self.machine);
            self.answer.clear();
            encode_answer(&answer, &mut self.answer);
            return Ok(());
        }
        let mut recomputed = Vec::new();
        match raw.kind {
            EntryKind::Answer => recomputed.append(&mut self.answer),
            EntryKind::Taken => {
                let mut body = raw.body.clone();
                let flow = FlowId::decode(&mut body)?;
                let waiting = self.machine.stream_out(flow);
                let taken = waiting.get(..body.bytes()?.len()).unwrap_or(waiting);
                flow.encode(&mut recomputed);
                encode_bytes(taken, &mut recomputed);
            }
            EntryKind::Output => encode_output(&self.machine.poll(), &mut recomputed),
            EntryKind::Header | EntryKind::Input | EntryKind::Command | EntryKind::Sent => return Ok(()),
        }
        if raw.body.rest() == recomputed.as_slice() {
            return Ok(());
        }
        let describe = |body| {
            describe::line::<M>(raw.kind, body).unwrap_or_else(|error| alloc::format!("unreadable: {error}"))
        };
        Err(ReplayError::Divergence(Box::new(Divergence {
            entry: raw.number,
            at: raw.at,
            recorded: describe(raw.body.clone()),
            recomputed: describe(Reader::new(&recomputed)),
            octet: first_difference(raw.body.rest(), &recomputed),
        })))
    }
}

fn first_difference(a: &[u8], b: &[u8]) -> u64 {
    let equal = a.iter().zip(b).position(|(a, b)| a != b);
    equal.map_or_else(
        || length(a).min(length(b)),
        |position| u64::try_from(position).unwrap_or(u64::MAX),
    )
}

/// A machine that was built from a recording did something else than was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The number of the entry, from 1 on.
    pub entry: u64,
    /// The time of the call before.
    pub at: Now,
    /// What was recorded, as a line.
    pub recorded: String,
    /// What came out now, as a line.
    pub recomputed: String,
    /// The first octet that differs in the bodies of the two entries: the lines may show less than that.
    pub octet: u64,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            entry,
            at,
            recorded,
            recomputed,
            octet,
        } = self;
        write!(
            f,
            "entry {entry} at {}: recorded \"{recorded}\", recomputed \"{recomputed}\" (first difference at octet {octet})",
            at.mono
        )
    }
}

/// Why a recording does not replay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The recording is damaged.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Another kind of machine was recorded.
    #[error("this is the recording of a {recorded}, not of a {wanted}")]
    OtherMachine {
        /// The kind that was recorded.
        recorded: String,
        /// The kind that was to be built.
        wanted: &'static str,
    },
    /// The machine refuses the configuration that was recorded.
    #[error("the recorded configuration is refused: {0}")]
    Configuration(Misuse),
    /// What came out differs from what was recorded.
    #[error("{0}")]
    Divergence(Box<Divergence>),
}
