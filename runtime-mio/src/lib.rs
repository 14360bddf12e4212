//! Drives Nameward machines on mio: on a [`Poll`](mio::Poll) that the caller owns, or, for programs that do nothing else
//! while they wait, on one of its own.
//!
//! A [`Resolver`] looks names up, and blocks:
//!
//! ```
//! use nameward_core::client::{Config, Server};
//! use nameward_mio::Resolver;
//!
//! # use nameward_tests::zone_server::{Manner, Serving};
//! # let zone = "www.example. 60 IN A 192.0.2.1\n1.2.0.192.in-addr.arpa. 60 IN PTR www.example.\n. 60 IN SOA . . 1 1 1 1 60\n";
//! # let server = Serving::start(zone, Manner::Good);
//! # let (address, mut found) = (server.address(), 0);
//! // `Resolver::from_system()` takes the servers of /etc/resolv.conf, and what /etc/hosts knows.
//! let servers = vec![Server::new(address)];
//! let mut resolver = Resolver::new(Config { servers, ..Config::default() })?;
//!
//! let answer = resolver.lookup_ip("www.example.")?;
//! for address in answer.addresses() {
//!     println!("www.example. has {address} for {} seconds", answer.ttl);
//! #   found += 1;
//! }
//!
//! for (address, answer) in resolver.reverse_prefix("192.0.2.0/24".parse()?) {
//!     for name in answer?.names() {
//!         println!("{address} is {name}");
//! #       found += 1;
//!     }
//! }
//! # assert_eq!(found, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A server
//!
//! A [`Server`] serves zones, and asks the application about what no zone has:
//!
//! ```
//! use nameward_core::server::session::{Answer, Asked, Response};
//! use nameward_core::wire::{A, Class, Record, Rtype};
//! use nameward_driver::server::Config;
//! use nameward_mio::Server;
//!
//! /// `workstation7.example.` has the address 172.0.2.7, and so on.
//! fn workstation(asked: &Asked) -> Answer {
//!     let Asked { question, .. } = asked;
//!     let name = question.name.to_string().to_lowercase();
//!     let number = name.strip_prefix("workstation").and_then(|rest| rest.split('.').next()?.parse().ok());
//!     let Some(number) = number else { return Answer::Pass };
//!     let rdata = A { address: [172, 0, 2, number].into() }.to_rdata();
//!     let record = Record { owner: question.name.clone(), class: Class::IN, ttl: 60, rdata };
//!     Answer::Response(Response::answer((question.rtype == Rtype::A).then_some(record)))
//! }
//!
//! // Addresses, zones, limits and other servers are in the configuration.
//! let server = Server::start_with(&Config::default(), workstation)?;
//! println!("listening on {:?}", server.addresses());
//! # let servers = vec![nameward_core::client::Server::new(server.addresses()[0])];
//! # let mut resolver = nameward_mio::Resolver::new(nameward_core::client::Config { servers, ..Default::default() })?;
//! # let answer = resolver.lookup_ip("workstation7.example.")?;
//! # assert_eq!(answer.addresses().collect::<Vec<_>>(), [std::net::IpAddr::from([172, 0, 2, 7])]);
//! server.shutdown()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # On the caller's poll
//!
//! A [`Driver`] registers its sockets under a range of tokens that the caller gives it, and takes part in the caller's loop. This
//! one drives a [`Stub`](nameward_core::client::Stub), and so looks names up:
//!
//! ```
//! use nameward_core::client::{Command, Config, Event, Lookup, LookupId, LookupOptions, Query};
//! use nameward_driver::config::Occurrence;
//!
//! let mut poll = mio::Poll::new()?;
//! let mut events = mio::Events::with_capacity(256);
//! let stub = nameward_driver::resolver::stub(Config::default())?;
//! let mut driver = nameward_mio::Driver::new(stub, Default::default(), poll.registry(), 1_000..2_000)?;
//! let (id, query, options) = (LookupId(1), Query::addresses("localhost")?, LookupOptions::default());
//! driver.command(Command::Lookup(Lookup { id, query, options }))?;
//! loop {
//!     while let Some(occurrence) = driver.next_occurrence() {
//!         if let Occurrence::Event(Event::Answered { id, answer }) = occurrence {
//!             println!("{id:?}: {:?}", answer.addresses().collect::<Vec<_>>());
//! #           return Ok(());
//!         }
//!     }
//!     // The least of what all parts of the program say here.
//!     let timeout = driver.prepare();
//!     poll.poll(&mut events, timeout)?;
//!     for event in &events {
//!         if !driver.process(event) {
//!             // The event belongs to another part of the program.
//!         }
//!     }
//!     driver.settle();
//! }
//! # #[expect(unreachable_code)]
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # On a poll of its own
//!
//! [`Blocking`] owns a poll, drives any machine, and runs until the application has what it wants.

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "this crate is about the system"
)]

mod blocking;
mod resolver;
mod server;

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
pub use nameward_driver::resolver::ResolveError;
pub use resolver::{Resolver, ReversePrefix};
pub use server::Server;

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
