//! What an application asks, awaits, and cancels by no longer awaiting it.

mod desk;
mod lookup;
mod prefix;

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use nameward_core::client::{Command, Config, Event, LookupOptions, Prefix, Query, QueryError};
use nameward_core::machine::Machine;
use nameward_core::wire::Rtype;

use super::{Driver, Reactor};
use crate::config::{self, StartError};
use crate::resolver::ResolveError;
use desk::Desk;

pub use desk::{Asker, Lookups};
pub use lookup::Lookup;
pub use prefix::ReversePrefix;

/// The application's way into a stub resolver that a runtime drives.
///
/// Clones reach the same resolver, with one cache and the same connections, from any task or thread. When the last one and the last
/// [`Lookup`] are dropped, the driver shuts down and closes all sockets. An idle resolver wakes nobody but to close connections
/// and sockets that nothing uses any more.
///
/// Names are relative if they do not end with a dot: the search list completes them. Any number of look-ups may be awaited: beyond
/// what the machine takes at a time they wait for their turn, and their time begins then.
#[derive(Clone)]
pub struct Resolver {
    owner: Arc<Owner>,
}

/// The last clone drops it.
struct Owner {
    desk: Arc<Desk>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.desk.shut_down();
    }
}

impl Resolver {
    /// A resolver, and the driver of its machine: a [`Stub`](nameward_core::client::Stub), or one that is recorded. Nothing is
    /// looked up before the driver [runs](Driver::run).
    ///
    /// # Errors
    ///
    /// A listener cannot be bound, or the store or the runtime fails.
    pub fn drive<M, R>(
        machine: M,
        config: config::Config,
        reactor: R,
    ) -> Result<(Self, Driver<M, R, Lookups>), StartError>
    where
        M: Machine<Command = Command, Event = Event>,
        R: Reactor,
    {
        let (desk, lookups) = Desk::new();
        let driver = Driver::new(machine, config, reactor, lookups)?;
        let owner = Arc::new(Owner { desk });
        Ok((Self { owner }, driver))
    }

    /// Looks something up.
    pub fn lookup(&self, query: Query) -> Lookup {
        self.lookup_with(query, LookupOptions::default())
    }

    /// Looks something up otherwise than the configuration says.
    pub fn lookup_with(&self, query: Query, options: LookupOptions) -> Lookup {
        Lookup::new(self, Ok(query), options)
    }

    /// The records of a type.
    pub fn records(&self, name: &str, rtype: Rtype) -> Lookup {
        self.ask(Query::records(name, rtype))
    }

    /// The addresses of a host, of both families: [`Answer::addresses`](nameward_core::client::Answer::addresses).
    pub fn lookup_ip(&self, host: &str) -> Lookup {
        self.ask(Query::addresses(host))
    }

    /// The names of an address (RFC 1035 section 3.5, RFC 3596 section 2.5):
    /// [`Answer::names`](nameward_core::client::Answer::names).
    pub fn reverse(&self, address: IpAddr) -> Lookup {
        self.lookup(Query::reverse(address))
    }

    /// The names of all addresses of a prefix, many at a time, in the order of the addresses.
    pub fn reverse_prefix(&self, prefix: Prefix) -> ReversePrefix {
        ReversePrefix::new(self, prefix)
    }

    /// The mail exchanges of a domain (RFC 5321 section 5.1).
    pub fn mx(&self, domain: &str) -> Lookup {
        self.ask(Query::mx(domain))
    }

    /// The texts of a name.
    pub fn txt(&self, name: &str) -> Lookup {
        self.ask(Query::txt(name))
    }

    /// Where a service is: `srv("example.", "xmpp-client", "tcp")` asks for `_xmpp-client._tcp.example.` (RFC 2782).
    pub fn srv(&self, domain: &str, service: &str, protocol: &str) -> Lookup {
        self.ask(Query::srv(domain, service, protocol))
    }

    /// How to reach a web server (RFC 9460 section 9.1).
    pub fn https(&self, host: &str, port: u16) -> Lookup {
        self.ask(Query::https(host, port))
    }

    /// The certificates of a TLS server (RFC 6698 section 3).
    pub fn tlsa(&self, host: &str, port: u16, protocol: &str) -> Lookup {
        self.ask(Query::tlsa(host, port, protocol))
    }

    /// Goes on with another configuration. Look-ups in progress are not lost.
    ///
    /// # Errors
    ///
    /// A value is out of its range, or cannot be changed; see [`Command::Reconfigure`]. Or the resolver was shut down.
    pub async fn reconfigure(&self, config: Config) -> Result<(), ResolveError> {
        self.owner
            .desk
            .command(Command::Reconfigure(Box::new(config)))
            .await
    }

    /// Tells the resolver that the device moved to another network: what is under way is asked again over new sockets.
    pub fn network_changed(&self) {
        self.owner.desk.network_changed();
    }

    /// Shuts the resolver down for all its clones: look-ups in progress end with [`ResolveError::Stopped`]. The future waits until all
    /// sockets are closed; if it is dropped or never polled, that happens without it.
    pub fn shutdown(&self) -> impl Future<Output = ()> + Send + use<> {
        self.owner.desk.shut_down();
        let desk = Arc::clone(&self.owner.desk);
        async move { desk.driver_ended().await }
    }

    fn ask(&self, query: Result<Query, QueryError>) -> Lookup {
        Lookup::new(self, query, LookupOptions::default())
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver")
            .field("is_stopped", &!self.owner.desk.is_open())
            .finish()
    }
}
