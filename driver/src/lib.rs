//! What every Nameward runtime shares: sockets, the drain loop, clocks, the seed, files.
//!
//! A [`Shell`](shell::Shell) drives one [`Machine`](nameward_core::machine::Machine). It owns the sockets and makes all
//! calls on them, none of which waits; it takes the machine's outputs until there are none, and says how long there is
//! nothing to do. What is left for a runtime is to wait: it implements [`Watch`](watch::Watch), reports each change of
//! readiness with [`Shell::ready`](shell::Shell::ready), and calls [`Shell::turn`](shell::Shell::turn).
//! For a runtime with futures, the module `task` does the rest; it comes with the feature `task`.
//!
//! Every runtime is treated as edge-triggered: a change of readiness is reported once, and the shell remembers it until a
//! call answers that it would block. So it can stop in the middle, for fairness or because the machine wants no more, and
//! go on later without asking the system again. A reactor that has to be asked each time is told when.
//!
//! It runs where descriptors are watched with epoll or kqueue: on Unix.

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "this crate is about the system"
)]

#[cfg(not(unix))]
compile_error!("nameward-driver watches file descriptors (epoll, kqueue) and needs a Unix system");

pub mod cause;
pub mod clock;
pub mod config;
pub mod places;
pub mod resolver;
pub mod seed;
pub mod server;
pub mod shell;
mod socket;
pub mod store;
pub mod system;
#[cfg(feature = "task")]
pub mod task;
pub mod watch;
