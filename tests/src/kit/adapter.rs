//! What the kit needs of a runtime's adapter, and the adapters that there are.

use std::time::Duration;

use nameward_core::flow::ListenerId;
use nameward_core::machine::{Machine, Misuse};
use nameward_driver::config::{Config, Occurrence};
use std::net::SocketAddr;

/// A runtime under test.
pub trait Adapter {
    /// A machine that it drives.
    type Running<M: Machine<Event: Send, Command: Send> + Send + 'static>: Running<M>;

    /// Begins to drive a machine.
    fn start<M: Machine<Event: Send, Command: Send> + Send + 'static>(
        machine: M,
        config: Config,
    ) -> Self::Running<M>;
}

/// A machine that an [`Adapter`] drives, as a test holds it.
pub trait Running<M: Machine> {
    /// Where a listener listens.
    fn listening_at(&self, listener: ListenerId) -> SocketAddr;

    /// Gives the machine a command.
    ///
    /// # Errors
    ///
    /// The machine's.
    fn command(&mut self, command: M::Command) -> Result<(), Misuse>;

    /// Drives the machine until something comes out of it.
    ///
    /// # Panics
    ///
    /// If nothing does for [`PATIENCE`]: no test waits that long for anything but a bug.
    fn next(&mut self) -> Occurrence<M::Event>;

    /// Shuts down; what comes out in the end, and the machine.
    fn stop(self) -> (Vec<Occurrence<M::Event>>, M);
}

/// How long a test waits before it calls a missing event a bug.
pub const PATIENCE: Duration = Duration::from_secs(30);
