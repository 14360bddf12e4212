//! Recording what a machine did, and replaying it.
//!
//! A [`Recorder`] is a machine around a machine: it writes down how the machine was built, every call with its time, and
//! everything that came out. A [`Replay`] builds the machine again, makes the same calls, and compares what comes out byte
//! for byte. So a recording that was made on any runtime, on any platform, is a test of the pure core.
//!
//! **A recording holds secrets**: the seed, from which message IDs follow, all questions and answers, and whatever keys the
//! configuration holds. Treat the file as you treat those.
//!
//! ```
//! use core::convert::Infallible;
//! use nameward_core::flow::FlowId;
//! use nameward_core::machine::{Input, Machine, Misuse, Output};
//! use nameward_core::seed::{Rng, Seed};
//! use nameward_core::time::{Instant, Now};
//! use nameward_core::trace::{Recordable, Recorder, Recording, Replay};
//!
//! /// Draws a number for each tick.
//! struct Dice { rng: Rng, drawn: Option<u16> }
//! # impl Machine for Dice {
//! #     type Event = u16;
//! #     type Command = Infallible;
//! #     fn handle(&mut self, _now: Now, _input: Input<'_>) { self.drawn = Some(self.rng.next_u16()); }
//! #     fn command(&mut self, _now: Now, command: Infallible) -> Result<(), Misuse> { match command {} }
//! #     fn poll(&mut self) -> Output<u16> { self.drawn.take().map_or(Output::Idle(None), Output::Event) }
//! #     fn stream_out(&self, _flow: FlowId) -> &[u8] { &[] }
//! #     fn stream_sent(&mut self, _now: Now, _flow: FlowId, _count: usize) {}
//! # }
//! impl Recordable for Dice {
//!     const KIND: &'static str = "dice";
//!     type Config = bool;
//!     fn from_seed(seed: Seed, _config: bool) -> Result<Self, Misuse> {
//!         Ok(Self { rng: Rng::new(&seed), drawn: None })
//!     }
//! }
//!
//! let mut dice: Recorder<Dice> = Recorder::new(Seed::from_number(1), true)?;
//! dice.handle(Now::without_wall(Instant::ZERO), Input::Tick);
//! while !matches!(dice.poll(), Output::Idle(_)) {}
//! let bytes = dice.take();
//!
//! let mut replay: Replay<'_, Dice> = Recording::parse(&bytes)?.replay()?;
//! assert_eq!(replay.run()?, 3); // a tick, a number, idle
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The format, version 1
//!
//! Integers have a fixed width and are in network order. Lengths and counts are 64 bits wide on every platform.
//!
//! ```text
//! recording = "nameward", version: u16, entry(header), entry*
//! entry     = kind: u8, length: u64, body: [u8; length], check: u32
//! header    = kind of machine: text, seed: [u8; 32], configuration
//! ```
//!
//! | Kind | Entry | Body |
//! |---|---|---|
//! | 0 | header | as above |
//! | 1 | input | `Now`, input |
//! | 2 | command | `Now`, command |
//! | 3 | answer to the command before | 0, or 1 and the misuse |
//! | 4 | stream bytes that the driver took | flow, bytes |
//! | 5 | `stream_sent` | `Now`, flow, count: u64 |
//! | 6 | output of one `poll`, `Idle` too | output |
//!
//! `check` is the 32-bit FNV-1a hash (RFC 9923) of everything from the first octet of the recording to the end of the body, former checks
//! excluded. Each step of that hash is a bijection, so a change within one octet never goes unnoticed. It guards against
//! accidents, not against forgers.
//!
//! An option is one octet, 0 or 1, then the value. A list, a text and a run of bytes begin with their count. A variant of an
//! enum is one octet, then its fields in order; [`record!`](crate::record) writes that down once for both directions. Numbers
//! of variants are never reused.

mod contract;
mod describe;
mod log;
mod reader;
mod record;
mod recorder;
mod recording;
mod replay;
#[cfg(test)]
mod tests;

#[doc(hidden)]
pub use alloc::vec::Vec as __Vec;
pub use contract::{encode_input, encode_output};
pub use reader::{Damage, Reader, RecordingError};
pub use record::Record;
pub(crate) use record::encode_bytes;
pub use recorder::{Recordable, Recorder};
pub use recording::{Call, Direction, Entry, Recording};
pub use replay::{Divergence, Replay, ReplayError};
