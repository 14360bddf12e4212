//! Drives Nameward machines on async-std, and on smol.
//!
//! A [`Resolver`] looks names up:
//!
//! ```
//! use nameward_core::client::{Config, Server};
//! use nameward_async_std::Resolver;
//!
//! # use nameward_tests::zone_server::{Manner, Serving};
//! # let zone = "www.example. 60 IN A 192.0.2.1\n1.2.0.192.in-addr.arpa. 60 IN PTR www.example.\n. 60 IN SOA . . 1 1 1 1 60\n";
//! # let server = Serving::start(zone, Manner::Good);
//! # let (address, mut found) = (server.address(), 0);
//! # async_std::task::block_on(async {
//! // `Resolver::from_system()` takes the servers of /etc/resolv.conf, and what /etc/hosts knows.
//! let servers = vec![Server::new(address)];
//! let resolver = Resolver::new(Config { servers, ..Config::default() })?;
//!
//! let answer = resolver.lookup_ip("www.example.").await?;
//! for address in answer.addresses() {
//!     println!("www.example. has {address} for {} seconds", answer.ttl);
//! #   found += 1;
//! }
//!
//! let mut names = resolver.reverse_prefix("192.0.2.0/24".parse()?);
//! while let Some((address, answer)) = names.next().await {
//!     for name in answer?.names() {
//!         println!("{address} is {name}");
//! #       found += 1;
//!     }
//! }
//! # assert_eq!(found, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A look-up that is dropped is cancelled. Clones of a resolver share its cache and connections, on any number of tasks.
//!
//! # A server
//!
//! A [`Server`] serves zones, and asks the application about what no zone has:
//!
//! ```
//! use nameward_core::server::session::{Answer, Asked, Response};
//! use nameward_core::wire::{A, Class, Record, Rtype};
//! use nameward_driver::server::Config;
//! use nameward_async_std::Server;
//!
//! /// `workstation7.example.` has the address 172.0.2.7, and so on.
//! async fn workstation(asked: Asked) -> Answer {
//!     let Asked { question, .. } = asked;
//!     let name = question.name.to_string().to_lowercase();
//!     let number = name.strip_prefix("workstation").and_then(|rest| rest.split('.').next()?.parse().ok());
//!     let Some(number) = number else { return Answer::Pass };
//!     let rdata = A { address: [172, 0, 2, number].into() }.to_rdata();
//!     let record = Record { owner: question.name.clone(), class: Class::IN, ttl: 60, rdata };
//!     Answer::Response(Response::answer((question.rtype == Rtype::A).then_some(record)))
//! }
//!
//! # async_std::task::block_on(async {
//! // Addresses, zones, limits and other servers are in the configuration.
//! let server = Server::start_with(&Config::default(), workstation)?;
//! println!("listening on {:?}", server.addresses());
//! # let servers = vec![nameward_core::client::Server::new(server.addresses()[0])];
//! # let resolver = nameward_async_std::Resolver::new(nameward_core::client::Config { servers, ..Default::default() })?;
//! # let answer = resolver.lookup_ip("workstation7.example.").await?;
//! # assert_eq!(answer.addresses().collect::<Vec<_>>(), [std::net::IpAddr::from([172, 0, 2, 7])]);
//! server.shutdown().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Any machine
//!
//! [`drive`] takes a machine and gives three things: a [`Driver`], whose [`run`](Driver::run) is a future that the caller
//! spawns or awaits; a [`Handle`], through which commands go in; and [`Occurrences`], through which events come out.
//!
//! ```
//! # use nameward_core::flow::FlowId;
//! # use nameward_core::machine::{Input, Machine, Misuse, Output};
//! # use nameward_core::time::Now;
//! # /// Says every number back.
//! # #[derive(Default)]
//! # struct Echo(Option<u64>);
//! # impl Machine for Echo {
//! #     type Event = u64;
//! #     type Command = u64;
//! #     fn handle(&mut self, _: Now, _: Input<'_>) {}
//! #     fn command(&mut self, _: Now, number: u64) -> Result<(), Misuse> { self.0 = Some(number); Ok(()) }
//! #     fn poll(&mut self) -> Output<u64> { self.0.take().map_or(Output::Idle(None), Output::Event) }
//! #     fn stream_out(&self, _: FlowId) -> &[u8] { &[] }
//! #     fn stream_sent(&mut self, _: Now, _: FlowId, _: usize) {}
//! # }
//! use async_std::task;
//! use nameward_driver::config::{Config, Occurrence};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! task::block_on(async {
//!     let (handle, mut occurrences, driver) = nameward_async_std::drive(Echo::default(), Config::default())?;
//!     let driver = task::spawn(driver.run());
//!     handle.command(7).await?;
//!     assert!(matches!(occurrences.next().await, Some(Occurrence::Event(7))));
//!     handle.shutdown().await;
//!     let _machine = driver.await;
//!     Ok(())
//! })
//! # }
//! ```
//!
//! # smol
//!
//! async-std is discontinued; its authors name smol as the successor. Both wait through async-io, and so does this crate: its
//! feature `async-std`, which is on by default, adds only `Resolver::new` and `Resolver::from_system`, which spawn. Without it,
//! nothing of async-std is needed, and one gives the driver to any executor oneself:
//!
//! ```
//! use nameward_async_std::Resolver;
//! use nameward_core::client::Config;
//! use nameward_driver::resolver::stub;
//!
//! # let executor = async_executor::Executor::new();
//! # futures_lite::future::block_on(executor.run(async {
//! let (resolver, driver) = Resolver::drive(stub(Config::default())?, Default::default())?;
//! // With smol, `smol::spawn`.
//! executor.spawn(driver.run()).detach();
//! assert_eq!(resolver.lookup_ip("localhost").await?.addresses().count(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! async-io's own thread sees to the reactor if nobody else does.

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "this crate is about the system"
)]

mod resolver;
mod server;
mod sockets;
#[cfg(feature = "async-std")]
mod spawn;

use std::net::SocketAddr;

use nameward_core::flow::ListenerId;
use nameward_core::machine::Machine;
use nameward_driver::config::{Config, StartError};
use nameward_driver::task;

use sockets::Sockets;

pub use nameward_driver::resolver::ResolveError;
pub use nameward_driver::task::{
    Application, Channels, CommandError, Handle, Lookup, Lookups, Occurrences, Request, Requests,
    ReversePrefix, Serving,
};
pub use resolver::Resolver;
pub use server::Server;

/// Binds the listeners of `config` and prepares to drive `machine`. Nothing happens before [`Driver::run`].
///
/// # Errors
///
/// A listener cannot be bound, or the store cannot be started.
///
/// # Panics
///
/// If the system refuses async-io a reactor, which is made when the process needs the first one.
pub fn drive<M: Machine>(machine: M, config: Config) -> Result<Driven<M>, StartError> {
    let (handle, occurrences, driver) = task::drive(machine, config, Sockets::default())?;
    Ok((handle, occurrences, Driver(driver)))
}

/// What [`drive`] gives.
pub type Driven<M> = (
    Handle<<M as Machine>::Command>,
    Occurrences<<M as Machine>::Event>,
    Driver<M>,
);

/// Drives a machine. It is [`Send`] if the machine is; if not, await it in place or give it to a local executor.
pub struct Driver<M: Machine, A: Application<M> = Channels<<M as Machine>::Command, <M as Machine>::Event>>(
    task::Driver<M, Sockets, A>,
);

impl<M: Machine, A: Application<M>> Driver<M, A> {
    /// Where a listener listens, with the port that the system chose if the configuration left it open.
    pub fn listening_at(&self, listener: ListenerId) -> Option<SocketAddr> {
        self.0.listening_at(listener)
    }

    /// Drives the machine until its application wants it to be shut down, by [`Handle::shutdown`] for example, or because no
    /// [`Handle`] and no [`Resolver`] is left; then closes all flows, waits for what has to be stored, and gives the machine
    /// back. Dropping the future closes all flows without a word.
    pub async fn run(self) -> M {
        self.0.run().await
    }
}
