//! Drives Nameward machines on mio: on a [`Poll`](mio::Poll) that the caller owns, or, for small programs, on one of its
//! own.
//!
//! # On the caller's poll
//!
//! A [`Driver`] registers its sockets under a range of tokens that the caller gives it, and takes part in the caller's
//! loop:
//!
//! ```no_run
//! # use nameward_core::machine::Machine;
//! # use nameward_driver::config::Config;
//! # fn example<M: Machine>(machine: M) -> Result<(), Box<dyn std::error::Error>> {
//! let mut poll = mio::Poll::new()?;
//! let mut events = mio::Events::with_capacity(256);
//! let mut driver = nameward_mio::Driver::new(machine, Config::default(), poll.registry(), 1_000..2_000)?;
//! loop {
//!     // The least of what all parts of the program say here.
//!     let timeout = driver.prepare();
//!     poll.poll(&mut events, timeout)?;
//!     for event in &events {
//!         if !driver.process(event) {
//!             // The event belongs to another part of the program.
//!         }
//!     }
//!     driver.settle();
//!     while let Some(occurrence) = driver.next_occurrence() {
//!         // An event of the machine, or a socket that it detached.
//!     }
//! }
//! # }
//! ```
//!
//! # On its own
//!
//! [`Blocking`] owns a poll and runs until the application has what it wants.

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "this crate is about the system"
)]

mod blocking;

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use mio::event::Event;
use mio::unix::SourceFd;
use mio::{Registry, Token};
use nameward_core::flow::ListenerId;
use nameward_core::machine::{Machine, Misuse};
use nameward_driver::config::{Config, Occurrence, StartError};
use nameward_driver::shell::{Shell, Wait};
use nameward_driver::watch::{Descriptor, Interest, Readiness, Slot, Watch};

pub use blocking::Blocking;

/// Drives a machine as a part of a program that owns the poll.
pub struct Driver<M: Machine> {
    shell: Shell<M, Sockets>,
}

impl<M: Machine> Driver<M> {
    /// Binds the listeners of `config` and prepares to drive `machine`, with the sockets registered under `tokens`.
    ///
    /// There are never more sockets than tokens: a flow too many is closed for
    /// [`CloseCause::Descriptors`](nameward_core::machine::CloseCause::Descriptors).
    ///
    /// # Errors
    ///
    /// A listener cannot be bound or registered, or the store cannot be started.
    pub fn new(
        machine: M,
        config: Config,
        registry: &Registry,
        tokens: Range<usize>,
    ) -> Result<Self, StartError> {
        let registry = registry.try_clone().map_err(StartError::Runtime)?;
        let shell = Shell::new(machine, config, Sockets { registry, tokens })?;
        Ok(Self { shell })
    }

    /// Where a listener listens, with the port that the system chose if the configuration left it open.
    pub fn listening_at(&self, listener: ListenerId) -> Option<SocketAddr> {
        self.shell.listening_at(listener)
    }

    /// How long the poll may wait, if it were for this driver alone; `None` for ever.
    pub fn prepare(&self) -> Option<Duration> {
        match self.shell.wait() {
            Wait::Again => Some(Duration::ZERO),
            Wait::For(duration) => Some(duration),
            Wait::Forever => None,
        }
    }

    /// Takes note of an event, and says whether it was for this driver.
    pub fn process(&mut self, event: &Event) -> bool {
        let Some(slot) = self.shell.watch().slot(event.token()) else {
            return false;
        };
        let failed = event.is_error();
        let readiness = Readiness {
            readable: failed || event.is_readable() || event.is_read_closed(),
            writable: failed || event.is_writable() || event.is_write_closed(),
        };
        self.shell.ready(slot, readiness);
        true
    }

    /// Does what there is to do, after all events of a poll were processed and also when there were none. One call does a
    /// bounded amount of work; if some is left, [`prepare`](Self::prepare) says that the poll must not wait.
    pub fn settle(&mut self) {
        self.shell.turn();
    }

    /// Gives the machine a command.
    ///
    /// # Errors
    ///
    /// The command was a mistake; the machine is unchanged.
    pub fn command(&mut self, command: M::Command) -> Result<(), Misuse> {
        self.shell.command(command)
    }

    /// Tells the machine that the device moved to another network.
    pub fn network_changed(&mut self) {
        self.shell.network_changed();
    }

    /// The next thing for the application.
    pub fn next_occurrence(&mut self) -> Option<Occurrence<M::Event>> {
        self.shell.next_occurrence()
    }

    /// The machine.
    pub fn machine(&self) -> &M {
        self.shell.machine()
    }

    /// Begins to shut down: closes all flows. Go on polling until [`is_stopped`](Self::is_stopped).
    pub fn stop(&mut self) {
        self.shell.stop();
    }

    /// Whether all is closed and stored.
    pub fn is_stopped(&self) -> bool {
        self.shell.is_stopped()
    }

    /// Gives the machine back. What is still open is closed without a word.
    pub fn into_machine(self) -> M {
        self.shell.into_machine()
    }
}

/// Sockets under the tokens of a range: slot 0 under the first.
struct Sockets {
    registry: Registry,
    tokens: Range<usize>,
}

impl Sockets {
    fn slot(&self, Token(token): Token) -> Option<Slot> {
        self.tokens
            .contains(&token)
            .then(|| Slot(token - self.tokens.start))
    }
}

impl Watch for Sockets {
    fn watch(&mut self, Slot(index): Slot, socket: Descriptor, interest: Interest) -> io::Result<()> {
        let token = self.tokens.start.saturating_add(index);
        if !self.tokens.contains(&token) {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        // Errors are reported whatever the interest.
        let interest = match interest {
            Interest::Read => mio::Interest::READABLE,
            Interest::ReadWrite => mio::Interest::READABLE.add(mio::Interest::WRITABLE),
        };
        self.registry
            .register(&mut SourceFd(&socket.as_raw_fd()), Token(token), interest)
    }

    fn forget(&mut self, _slot: Slot, socket: BorrowedFd<'_>) {
        // It fails if the socket is not registered, which is what is wanted.
        let _ = self.registry.deregister(&mut SourceFd(&socket.as_raw_fd()));
    }
}
