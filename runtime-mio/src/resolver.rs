//! A resolver that blocks.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::IpAddr;

use nameward_core::client::{
    Answer, Command, Config, Event, Lookup, LookupId, LookupOptions, Prefix, Query, Stub,
};
use nameward_core::machine::Machine;
use nameward_core::wire::Rtype;
use nameward_driver::config::{self, Occurrence, StartError};
use nameward_driver::resolver::{self, PREFIX_WINDOW, ResolveError};
use nameward_driver::system::{self, Warning};

use crate::Blocking;

/// A stub resolver that works while its caller waits.
///
/// It can be sent to any thread, and serves one at a time: a program with several gives each its own, or puts one behind a lock.
/// Names are relative if they do not end with a dot: the search list completes them. Between calls nothing happens: a connection
/// whose idle time is over is closed with the next call.
pub struct Resolver<M = Stub>
where
    M: Machine<Command = Command, Event = Event>,
{
    blocking: Blocking<M>,
    last: u64,
    /// What ended while something else was waited for.
    ended: BTreeMap<LookupId, Result<Answer, ResolveError>>,
}

impl Resolver {
    /// A resolver that is set up so.
    ///
    /// # Errors
    ///
    /// A value of the configuration is out of its range, or the system gives no poll or no random numbers.
    pub fn new(config: Config) -> Result<Self, StartError> {
        Self::drive(resolver::stub(config)?, config::Config::default())
    }

    /// A resolver that is set up as the system is ([`system::configuration`]), and what in the system's files was left out. The
    /// files are read at once, and not again: who learns that they changed reads them anew, and reconfigures.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or as with [`new`](Self::new).
    pub fn from_system() -> Result<(Self, Vec<Warning>), StartError> {
        let (config, warnings) = system::configuration()?;
        Ok((Self::new(config)?, warnings))
    }
}

impl<M: Machine<Command = Command, Event = Event>> Resolver<M> {
    /// A resolver on a machine of the caller's, such as a [`Recorder`](nameward_core::trace::Recorder) around a [`Stub`].
    ///
    /// # Errors
    ///
    /// The system gives no poll, a listener cannot be bound, or the store cannot be started.
    pub fn drive(machine: M, config: config::Config) -> Result<Self, StartError> {
        Ok(Self {
            blocking: Blocking::new(machine, config)?,
            last: 0,
            ended: BTreeMap::new(),
        })
    }

    /// Looks something up.
    ///
    /// # Errors
    ///
    /// There is no answer, which says something else than that there is no such name or no such data: these are answers. Or
    /// what is asked cannot be looked up, or the system does not let us wait. This holds for all that is looked up.
    pub fn lookup(&mut self, query: Query) -> Result<Answer, ResolveError> {
        self.lookup_with(query, LookupOptions::default())
    }

    /// Looks something up otherwise than the configuration says.
    ///
    /// # Errors
    ///
    /// As with [`lookup`](Self::lookup).
    pub fn lookup_with(&mut self, query: Query, options: LookupOptions) -> Result<Answer, ResolveError> {
        let id = self.begin(query, options)?;
        self.wait(id)
    }

    /// The records of a type.
    ///
    /// # Errors
    ///
    /// As with [`lookup`](Self::lookup).
    pub fn records(&mut self, name: &str, rtype: Rtype) -> Result<Answer, ResolveError> {
        self.lookup(Query::records(name, rtype)?)
    }

    /// The addresses of a host, of both families: [`Answer::addresses`].
    ///
    /// # Errors
    ///
    /// As with [`lookup`](Self::lookup).
    pub fn lookup_ip(&mut self, host: &str) -> Result<Answer, ResolveError> {
        self.lookup(Query::addresses(host)?)
    }

    /// The names of an address (RFC 1035 section 3.5, RFC 3596 section 2.5): [`Answer::names`].
    ///
    /// # Errors
    ///
    /// As with [`lookup`](Self::lookup).
    pub fn reverse(&mut self, address: IpAddr) -> Result<Answer, ResolveError> {
        self.lookup(Query::reverse(address))
    }

    /// The names of all addresses of a prefix, many at a time, in the order of the addresses. What was begun and is not waited for
    /// is cancelled.
    pub fn reverse_prefix(&mut self, prefix: Prefix) -> ReversePrefix<'_, M> {
        ReversePrefix {
            resolver: self,
            addresses: Box::new(prefix.addresses()),
            window: VecDeque::new(),
        }
    }

    /// The mail exchanges of a domain (RFC 5321 section 5.1).
    ///
    /// # Errors
    ///
    /// As with [`lookup`](Self::lookup).
    pub fn mx(&mut self, domain: &str) -> Result<Answer, ResolveError> {
        self.lookup(Query::mx(domain)?)
    }

    /// The texts of a name.
    ///
    /// # Errors
    ///
    /// As with [`lookup`](Self::lookup).
    pub fn txt(&mut self, name: &str) -> Result<Answer, ResolveError> {
        self.lookup(Query::txt(name)?)
    }

    /// Where a service is: `srv("example.", "xmpp-client", "tcp")` asks for `_xmpp-client._tcp.example.` (RFC 2782).
    ///
    /// # Errors
    ///
    /// As with [`lookup`](Self::lookup).
    pub fn srv(&mut self, domain: &str, service: &str, protocol: &str) -> Result<Answer, ResolveError> {
        self.lookup(Query::srv(domain, service, protocol)?)
    }

    /// How to reach a web server (RFC 9460 section 9.1).
    ///
    /// # Errors
    ///
    /// As with [`lookup`](Self::lookup).
    pub fn https(&mut self, host: &str, port: u16) -> Result<Answer, ResolveError> {
        self.lookup(Query::https(host, port)?)
    }

    /// The certificates of a TLS server (RFC 6698 section 3).
    ///
    /// # Errors
    ///
    /// As with [`lookup`](Self::lookup).
    pub fn tlsa(&mut self, host: &str, port: u16, protocol: &str) -> Result<Answer, ResolveError> {
        self.lookup(Query::tlsa(host, port, protocol)?)
    }

    /// Goes on with another configuration.
    ///
    /// # Errors
    ///
    /// A value is out of its range, or cannot be changed; see [`Command::Reconfigure`].
    pub fn reconfigure(&mut self, config: Config) -> Result<(), ResolveError> {
        Ok(self.blocking.command(Command::Reconfigure(Box::new(config)))?)
    }

    /// Tells the resolver that the device moved to another network: connections of the old one are not used again.
    pub fn network_changed(&mut self) {
        self.blocking.network_changed();
    }

    /// Gives the machine back. What is still open is closed without a word, as when the resolver is dropped.
    pub fn into_machine(self) -> M {
        self.blocking.into_machine()
    }

    fn begin(&mut self, query: Query, options: LookupOptions) -> Result<LookupId, ResolveError> {
        self.last += 1;
        let id = LookupId(self.last);
        self.blocking
            .command(Command::Lookup(Lookup { id, query, options }))?;
        Ok(id)
    }

    fn wait(&mut self, id: LookupId) -> Result<Answer, ResolveError> {
        loop {
            if let Some(outcome) = self.ended.remove(&id) {
                return outcome;
            }
            match self.blocking.next_occurrence().map_err(ResolveError::Wait)? {
                Occurrence::Event(Event::Answered { id, answer }) => _ = self.ended.insert(id, Ok(answer)),
                Occurrence::Event(Event::Failed { id, error }) => {
                    _ = self.ended.insert(id, Err(error.into()))
                }
                // A machine that answers look-ups has no use for a socket outside.
                Occurrence::Detached { .. } => {}
            }
        }
    }

    fn cancel(&mut self, id: LookupId) {
        if self.ended.remove(&id).is_none() {
            // The error says that it ended already.
            let _ = self.blocking.command(Command::Cancel(id));
        }
    }
}

impl<M: Machine<Command = Command, Event = Event>> fmt::Debug for Resolver<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

/// The reverse look-ups of all addresses of a prefix, in the order of the addresses. Up to [`PREFIX_WINDOW`] are under way at a
/// time.
pub struct ReversePrefix<'r, M: Machine<Command = Command, Event = Event> = Stub> {
    resolver: &'r mut Resolver<M>,
    addresses: Box<dyn Iterator<Item = IpAddr>>,
    /// Begun, in order.
    window: VecDeque<(IpAddr, Result<LookupId, ResolveError>)>,
}

impl<M: Machine<Command = Command, Event = Event>> Iterator for ReversePrefix<'_, M> {
    type Item = (IpAddr, Result<Answer, ResolveError>);

    fn next(&mut self) -> Option<Self::Item> {
        while self.window.len() < PREFIX_WINDOW
            && let Some(address) = self.addresses.next()
        {
            let begun = self
                .resolver
                .begin(Query::reverse(address), LookupOptions::default());
            self.window.push_back((address, begun));
        }
        let (address, begun) = self.window.pop_front()?;
        Some((address, begun.and_then(|id| self.resolver.wait(id))))
    }
}

impl<M: Machine<Command = Command, Event = Event>> Drop for ReversePrefix<'_, M> {
    fn drop(&mut self) {
        for (_, begun) in self.window.drain(..) {
            if let Ok(id) = begun {
                self.resolver.cancel(id);
            }
        }
    }
}

impl<M: Machine<Command = Command, Event = Event>> fmt::Debug for ReversePrefix<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReversePrefix")
            .field("under_way", &self.window.len())
            .finish_non_exhaustive()
    }
}
