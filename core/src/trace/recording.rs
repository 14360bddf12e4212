//! A recording that is read again.

use alloc::string::String;
use core::fmt;

use super::contract::decode_input;
use super::describe;
use super::log::{EntryKind, LogReader};
use super::reader::{Damage, Reader, RecordingError};
use super::record::Record;
use super::recorder::Recordable;
use super::replay::{Replay, ReplayError};
use crate::flow::FlowId;
use crate::machine::{Input, Machine, Misuse};
use crate::seed::Seed;
use crate::time::{Instant, Now};

/// A recording in memory, of which the header was read.
#[derive(Clone, Debug)]
pub struct Recording<'a> {
    kind: &'a str,
    seed: Seed,
    config: Reader<'a>,
    log: LogReader<'a>,
}

impl<'a> Recording<'a> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// This is no recording, or not one of a version that is known here. Damage further on shows when it is reached.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RecordingError> {
        let mut log = LogReader::new(bytes)?;
        let missing = Reader::new(bytes).error(Damage::NotARecording);
        let Some((EntryKind::Header, mut header)) = log.entry()? else {
            return Err(missing);
        };
        Ok(Self {
            kind: header.text()?,
            seed: Seed::from_bytes(header.array()?),
            config: header,
            log,
        })
    }

    /// The [`Recordable::KIND`] of the machine that was recorded.
    pub const fn kind(&self) -> &'a str {
        self.kind
    }

    /// Builds the machine again, ready to replay.
    ///
    /// # Errors
    ///
    /// Another kind of machine was recorded, or its configuration is damaged or not valid any more.
    pub fn replay<M: Recordable>(&self) -> Result<Replay<'a, M>, ReplayError> {
        Ok(Replay::new(self.build()?, self.entries()))
    }

    /// Builds the machine again, as it was before the first call.
    ///
    /// # Errors
    ///
    /// Another kind of machine was recorded, or its configuration is damaged or not valid any more.
    pub fn build<M: Recordable>(&self) -> Result<M, ReplayError> {
        if self.kind != M::KIND {
            return Err(ReplayError::OtherMachine {
                recorded: self.kind.into(),
                wanted: M::KIND,
            });
        }
        let mut reader = self.config.clone();
        let config = M::Config::decode(&mut reader)?;
        reader.finish()?;
        M::from_seed(self.seed.clone(), config).map_err(ReplayError::Configuration)
    }

    /// All entries as lines, without replaying them. Ends after the first error.
    pub fn lines<M: Recordable>(&self) -> impl Iterator<Item = Result<Entry, RecordingError>> + use<'a, M> {
        self.entries().each(|raw| raw.entry::<M>().map(Some))
    }

    /// The calls alone, to make them again in another way. Ends after the first error.
    pub fn calls<M: Recordable>(
        &self,
    ) -> impl Iterator<Item = Result<(Now, Call<'a, M::Command>), RecordingError>> + use<'a, M> {
        self.entries().each(|raw| raw.call())
    }

    fn entries(&self) -> RawEntries<'a> {
        RawEntries {
            log: self.log.clone(),
            number: 0,
            at: Now::without_wall(Instant::ZERO),
        }
    }
}

/// One call of a machine, as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call<'a, Command> {
    /// [`Machine::handle`].
    Input(Input<'a>),
    /// [`Machine::command`].
    Command(Command),
    /// [`Machine::stream_sent`].
    Sent {
        /// The stream.
        flow: FlowId,
        /// How many octets it took.
        count: usize,
    },
}

impl<Command> Call<'_, Command> {
    /// Makes the call.
    ///
    /// # Errors
    ///
    /// What the machine answers to a command.
    pub fn make(self, now: Now, machine: &mut impl Machine<Command = Command>) -> Result<(), Misuse> {
        match self {
            Self::Input(input) => machine.handle(now, input),
            Self::Command(command) => return machine.command(now, command),
            Self::Sent { flow, count } => machine.stream_sent(now, flow, count),
        }
        Ok(())
    }
}

/// Which way an entry went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the driver or the application to the machine.
    In,
    /// From the machine.
    Out,
}

/// One entry, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the recording, from 1 on.
    pub number: u64,
    /// The time of the call, or, for what came out, of the call before.
    pub at: Now,
    /// Which way it went.
    pub direction: Direction,
    /// What happened, in one line.
    pub line: String,
}

/// `12 0.250000000 <- tick`, with `->` for what came out.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrow = match self.direction {
            Direction::In => "<-",
            Direction::Out => "->",
        };
        write!(f, "{} {} {arrow} {}", self.number, self.at.mono, self.line)
    }
}

/// The entries after the header, numbered and with the time of the last call.
#[derive(Clone, Debug)]
pub(super) struct RawEntries<'a> {
    log: LogReader<'a>,
    number: u64,
    at: Now,
}

/// An entry that was checked and not decoded yet.
#[derive(Clone, Debug)]
pub(super) struct RawEntry<'a> {
    pub(super) number: u64,
    pub(super) at: Now,
    pub(super) kind: EntryKind,
    pub(super) body: Reader<'a>,
}

impl<'a> Iterator for RawEntries<'a> {
    type Item = Result<RawEntry<'a>, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

impl<'a> RawEntries<'a> {
    /// What `read` makes of the entries, if anything. Ends after the first error, its own or that of `read`.
    fn each<T>(
        self,
        read: impl Fn(RawEntry<'a>) -> Result<Option<T>, RecordingError>,
    ) -> impl Iterator<Item = Result<T, RecordingError>> {
        let mut entries = Some(self);
        core::iter::from_fn(move || {
            let item = entries.as_mut()?.find_map(|raw| raw.and_then(&read).transpose());
            if !matches!(item, Some(Ok(_))) {
                entries = None;
            }
            item
        })
    }

    fn read(&mut self) -> Result<Option<RawEntry<'a>>, RecordingError> {
        let Some((kind, body)) = self.log.entry()? else {
            return Ok(None);
        };
        match kind {
            EntryKind::Input | EntryKind::Command | EntryKind::Sent => {
                self.at = Now::decode(&mut body.clone())?;
            }
            EntryKind::Answer | EntryKind::Taken | EntryKind::Output => {}
            EntryKind::Header => return Err(body.error(Damage::Undefined("entry but the first"))),
        }
        self.number = self.number.saturating_add(1);
        Ok(Some(RawEntry {
            number: self.number,
            at: self.at,
            kind,
            body,
        }))
    }
}

impl<'a> RawEntry<'a> {
    /// The entry as a line.
    pub(super) fn entry<M: Recordable>(&self) -> Result<Entry, RecordingError> {
        let direction = match self.kind {
            EntryKind::Header | EntryKind::Input | EntryKind::Command | EntryKind::Sent => Direction::In,
            EntryKind::Answer | EntryKind::Taken | EntryKind::Output => Direction::Out,
        };
        Ok(Entry {
            number: self.number,
            at: self.at,
            direction,
            line: describe::line::<M>(self.kind, self.body.clone())?,
        })
    }

    /// The call that this entry is, if it is one.
    pub(super) fn call<C: Record>(&self) -> Result<Option<(Now, Call<'a, C>)>, RecordingError> {
        let mut reader = self.body.clone();
        let (now, call) = match self.kind {
            EntryKind::Input => (Now::decode(&mut reader)?, Call::Input(decode_input(&mut reader)?)),
            EntryKind::Command => (Now::decode(&mut reader)?, Call::Command(C::decode(&mut reader)?)),
            EntryKind::Sent => {
                let undefined = reader.error(Damage::Undefined("count on this platform"));
                let (now, flow, count) = <(Now, FlowId, u64)>::decode(&mut reader)?;
                let count = usize::try_from(count).map_err(|_| undefined)?;
                (now, Call::Sent { flow, count })
            }
            EntryKind::Header | EntryKind::Answer | EntryKind::Taken | EntryKind::Output => return Ok(None),
        };
        reader.finish()?;
        Ok(Some((now, call)))
    }
}
