//! DNS protocol machines without input or output.
//!
//! Every protocol participant here is a [`Machine`](machine::Machine): it takes bytes and time and says what it wants done.
//! Nothing in this crate touches a socket, a clock or an entropy source, so the same machine runs in any event loop, under
//! a fuzzer, in a simulated internet and on a bare-metal target.
//!
//! # The canonical loop
//!
//! Whoever drives a machine does this, whatever does the waiting:
//!
//! ```
//! use nameward_core::flow::FlowId;
//! use nameward_core::machine::{Action, Input, Machine, Misuse, Output, Wake};
//! use nameward_core::time::{Instant, Now};
//!
//! # /// A machine that wants to be woken once.
//! # struct Alarm { at: Option<Instant>, rang: bool }
//! # impl Machine for Alarm {
//! #     type Event = &'static str;
//! #     type Command = core::convert::Infallible;
//! #     fn handle(&mut self, now: Now, _input: Input<'_>) {
//! #         if self.at.is_some_and(|at| at <= now.mono) { self.at = None; self.rang = true; }
//! #     }
//! #     fn command(&mut self, _now: Now, command: Self::Command) -> Result<(), Misuse> { match command {} }
//! #     fn poll(&mut self) -> Output<Self::Event> {
//! #         if core::mem::take(&mut self.rang) { return Output::Event("rang"); }
//! #         Output::Idle(self.at.map(|at| Wake { at, why: "alarm" }))
//! #     }
//! #     fn stream_out(&self, _flow: FlowId) -> &[u8] { &[] }
//! #     fn stream_sent(&mut self, _now: Now, _flow: FlowId, _count: usize) {}
//! # }
//! # /// Stands for the sockets and for the waiting of a runtime.
//! # struct World { clock: Instant, events: Vec<&'static str> }
//! # impl World {
//! #     fn now(&self) -> Now { Now::without_wall(self.clock) }
//! #     fn act(&mut self, _action: Action) {}
//! #     fn wait(&mut self, wake: Option<Wake>) -> Option<Input<'static>> { self.clock = wake?.at; Some(Input::Tick) }
//! # }
//! fn drive(machine: &mut impl Machine<Event = &'static str>, world: &mut World) {
//!     loop {
//!         // Drain first: nothing is waited for while the machine still wants something.
//!         let wake = loop {
//!             match machine.poll() {
//!                 Output::Do(action) => world.act(action),
//!                 Output::Event(event) => world.events.push(event),
//!                 Output::Ignored { .. } => {}
//!                 Output::Idle(wake) => break wake,
//!             }
//!         };
//!         // Then wait, for the world or for the deadline, and say what happened and when.
//!         match world.wait(wake) {
//!             Some(input) => machine.handle(world.now(), input),
//!             None => return,
//!         }
//!     }
//! }
//!
//! let mut world = World { clock: Instant::ZERO, events: Vec::new() };
//! drive(&mut Alarm { at: Some(Instant::from_nanos(5)), rang: false }, &mut world);
//! assert_eq!((world.events, world.clock), (vec!["rang"], Instant::from_nanos(5)));
//! ```

#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )
)]
#![cfg_attr(
    not(test),
    deny(clippy::todo, clippy::unimplemented, clippy::wildcard_enum_match_arm)
)]

extern crate alloc;
#[cfg(any(test, planted, fuzzing))]
extern crate std;

pub mod budget;
pub mod cache;
pub mod client;
mod context;
pub mod crypto;
pub mod deadlines;
pub mod dnssec;
pub mod edns;
pub mod flow;
pub mod limits;
pub mod machine;
mod numbered;
#[cfg(planted)]
pub mod planted;
#[cfg(not(planted))]
#[allow(unused_macros, unused_imports)]
mod planted;
mod queue;
pub mod recursor;
pub mod rrset;
pub mod seed;
pub mod server;

pub mod text;
pub mod time;
pub mod trace;
pub mod transport;
pub mod tsig;
pub mod wire;
pub mod zone;
