//! A simulated internet for Nameward machines, in virtual time.
//!
//! A [`World`] holds hosts, the ways between them, and one queue of what will happen. A host runs a
//! [`Machine`](nameward_core::machine::Machine), driven exactly as a real driver does it, or a closure that answers what
//! arrives. What goes wrong on the way (loss, duplication, forgery, clocks that run fast, power that fails) is configured per
//! link and per host, or drawn from a seed by a [`FaultPlan`]. Observers see everything, with the true author of each packet,
//! and end the run when a rule is broken.
//!
//! [`canned`] servers are for the tests of an application: they answer as the test says.
//!
//! What went wrong in a run is a list of [`Decisions`]; a world that replays the list has the same run again, and one that
//! replays a part of it has only that part go wrong.
//!
//! The same seed and the same calls give the same run: [`World::trace_hash`] is equal. A test takes its seed from one
//! environment variable and prints it on failure; a [`Violation`] names it.
//!
//! ```
//! use core::time::Duration;
//! use nameward_sim::{Act, Arrival, Fault, HostConfig, Link, PerMille, World};
//! # use core::net::SocketAddr;
//! # use nameward_core::flow::{FlowId, FlowNames, Lane};
//! # use nameward_core::machine::{Action, Input, Machine, Misuse, Output, Proto, Wake};
//! # use nameward_core::time::{Instant, Now};
//! # /// Sends a datagram each second until an answer comes.
//! # struct Ping { to: SocketAddr, out: std::collections::VecDeque<Output<u64>>, names: FlowNames, flow: Option<FlowId>, wake: Option<Wake> }
//! # impl Ping {
//! #     fn new(to: SocketAddr) -> Self { Self { to, out: Default::default(), names: FlowNames::new(Lane(0)), flow: None, wake: None } }
//! #     fn send(&mut self, now: Now) {
//! #         let Some(flow) = self.flow else { return };
//! #         self.out.push_back(Output::Do(Action::Send { flow, data: b"ping"[..].into() }));
//! #         self.wake = Some(Wake { at: now.mono.after(Duration::from_secs(1)), why: "send again" });
//! #     }
//! # }
//! # impl Machine for Ping {
//! #     type Event = u64;
//! #     type Command = ();
//! #     fn handle(&mut self, now: Now, input: Input<'_>) {
//! #         match input {
//! #             Input::Tick if self.wake.is_some_and(|wake| wake.at <= now.mono) => self.send(now),
//! #             Input::Received { data, .. } => { self.wake = None; self.out.push_back(Output::Event(data.len() as u64)); }
//! #             _ => {}
//! #         }
//! #     }
//! #     fn command(&mut self, now: Now, (): ()) -> Result<(), Misuse> {
//! #         let flow = self.names.fresh();
//! #         self.flow = Some(flow);
//! #         self.out.push_back(Output::Do(Action::Open { flow, proto: Proto::Datagram, remote: self.to, read: true }));
//! #         self.send(now);
//! #         Ok(())
//! #     }
//! #     fn poll(&mut self) -> Output<u64> { self.out.pop_front().unwrap_or(Output::Idle(self.wake)) }
//! #     fn stream_out(&self, _flow: FlowId) -> &[u8] { &[] }
//! #     fn stream_sent(&mut self, _now: Now, _flow: FlowId, _count: usize) {}
//! # }
//!
//! let mut world = World::new(7);
//! let server = world.script(HostConfig::server("server", [192, 0, 2, 1], 7), |_now, arrival| {
//!     let echo = match arrival {
//!         Arrival::Datagram { data, .. } => arrival.answer(data.to_vec()),
//!         _ => None,
//!     };
//!     Vec::from_iter(echo.map(|act| (Duration::from_millis(1), act)))
//! });
//! let client = world.host(HostConfig::new("client", [192, 0, 2, 2]), |_boot| Ping::new("192.0.2.1:7".parse().unwrap()));
//! world.link(client, server, Link { loss: PerMille(500), ..Link::default() });
//! world.observe("a ping is short", |happening| match happening.what {
//!     nameward_sim::What::Sent(packet) if packet.data.len() > 4 => Err(format!("{packet} is long")),
//!     _ => Ok(()),
//! });
//!
//! world.command(client, ())?;
//! world.run()?;
//! let [(_, length)] = world.events(client) else { panic!("one answer comes") };
//! assert_eq!(*length, 4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

extern crate alloc;

mod attacker;
mod attacks;
mod building;
pub mod canned;
mod clock;
mod crossing;
mod datagrams;
mod decision;
mod driver;
mod edit;
mod fault;
mod host;
mod laws;
mod link;
mod machine;
mod observe;
mod queue;
mod random;
mod script;
mod segments;
mod shrink;
mod storage;
mod stream;
mod world;
pub mod worlds;

pub use attacker::{
    AttackerConfig, BlindAttackerConfig, Fate, Forgery, Interference, Knowledge, Passing, Round, Sight,
};
pub use canned::Canned;
pub use clock::ClockConfig;
pub use decision::{Choice, Decision, DecisionError, Decisions, Occasion, Site};
pub use edit::{Edit, EditError};
pub use fault::{Fault, FaultPlan, Intensity, Tally};
pub use host::{Boot, Host, HostConfig, HostId, Listener};
pub use laws::drain_independence;
pub use link::{Blocked, Bursts, Larger, Link, Packet, Rate, StreamFaults};
pub use observe::{Dropped, Happening, Told, Verdict, Violation, What};
pub use random::PerMille;
pub use script::{Act, Arrival, StreamId};
pub use shrink::{Case, Ran, Script, ScriptError, Shrunk, kept, shrink};
pub use storage::Storage;
pub use world::World;
