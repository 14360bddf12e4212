//! DNS servers with canned answers, for the tests of an application.
//!
//! A [`Canned`] server says what the test wants it to say, how the test wants it to be said: late, truncated, only once, without
//! EDNS, with cookies, over streams only. It lives in a [`World`] beside the machine that is tested, in virtual time, so that a
//! test of a timeout takes no time and gives the same result each time. What it was asked is in its [`Log`].
//!
//! Here a resolver is given two servers, of which the first is often silent, and what an application sees is tested:
//!
//! ```
//! use core::time::Duration;
//! use nameward_core::client::{Command, Config, Event, Lookup, LookupId, LookupOptions, Outcome, Query, Server, Stub};
//! use nameward_core::wire::Rtype;
//! use nameward_sim::{Canned, HostConfig, World};
//!
//! let zone = "@ 300 SOA ns admin 1 1h 1h 1w 5m\nwww 60 CNAME web\nweb 60 A 192.0.2.80";
//! let first = Canned::new().zone("example.org", zone).silent("busy.example.org");
//! let second = Canned::new()
//!     .answer("busy.example.org", Rtype::A, ["192.0.2.81"]).after(Duration::from_millis(300));
//! let (asked_first, asked_second) = (first.log(), second.log());
//!
//! let mut world = World::new(7);
//! world.canned(HostConfig::server("first", [192, 0, 2, 53], 53), first);
//! world.canned(HostConfig::server("second", [192, 0, 2, 54], 53), second);
//! // Any machine goes here: the one that your application runs, with its configuration.
//! let config = Config {
//!     servers: ["192.0.2.53:53", "192.0.2.54:53"].map(|server| Server::new(server.parse().unwrap())).to_vec(),
//!     preference: nameward_core::client::Preference::InOrder,
//!     ..Config::default()
//! };
//! let client = world.host(HostConfig::new("client", [192, 0, 2, 1]), move |boot| {
//!     Stub::new(boot.seed, config.clone()).expect("the configuration is valid")
//! });
//! for (id, name) in [(1, "www.example.org."), (2, "no.example.org."), (3, "busy.example.org.")] {
//!     let query = Query::records(name, Rtype::A)?;
//!     let options = LookupOptions::default();
//!     world.command(client, Command::Lookup(Lookup { id: LookupId(id), query, options }))?;
//! }
//! world.run()?;
//!
//! // The address came with its alias, a name was denied, and the last took as long as the first server was waited for.
//! let [(_, Event::Answered { answer: www, .. }), (_, Event::Answered { answer: no, .. }), (at, Event::Answered { answer: busy, .. })] =
//!     world.events(client)
//! else {
//!     panic!("all are answered: {:?}", world.events(client));
//! };
//! assert_eq!(www.addresses().next().unwrap().to_string(), "192.0.2.80");
//! assert_eq!(no.outcome, Outcome::NxDomain);
//! assert_eq!(busy.addresses().next().unwrap().to_string(), "192.0.2.81");
//! assert!(at.since(nameward_core::time::Instant::ZERO) > Duration::from_secs(1));
//! assert_eq!(asked_first.count("busy.example.org", Rtype::A), 1);
//! assert_eq!(asked_second.all().len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The ways may be bad, too: with [`World::link`] one loses datagrams, cuts them or is slow, and a [`FaultPlan`](crate::FaultPlan)
//! draws from a seed what goes wrong.
//!
//! # What is said
//!
//! The first rule that fits a question answers it, in the order in which rules were made: those of [`answer`](Canned::answer),
//! [`nxdomain`](Canned::nxdomain), [`rcode`](Canned::rcode), [`silent`](Canned::silent), [`truncated`](Canned::truncated) and
//! [`says`](Canned::says). [`times`](Canned::times) and [`after`](Canned::after) are about the rule before them. What no rule
//! fits is looked up in the [zones](Canned::zone), and what is in none of those is refused.

mod asked;
mod cookie;
mod rules;
mod session;
mod zone;

use core::time::Duration;

use nameward_core::time::Instant;
use nameward_core::wire::{Name, Rcode, Rtype};

use crate::host::{HostConfig, HostId};
use crate::script::{Act, Arrival};
use crate::world::World;

pub use asked::{Asked, AskedCookie, AskedEdns, Log};
pub use rules::Said;

use rules::{Rule, Rules, Saying};
use session::Session;
use zone::{Zone, record};

/// A server with canned answers: see the [module](self).
///
/// Names are in presentation format and absolute, with or without the last dot.
#[derive(Default)]
pub struct Canned {
    rules: Rules,
    zones: Vec<Zone>,
    manners: Manners,
    log: Log,
}

/// How a server behaves, whatever it is asked.
#[derive(Clone, Debug)]
pub(crate) struct Manners {
    edns: EdnsSupport,
    cookies: CookieSupport,
    thinks: Duration,
    largest: u16,
    folds_case: bool,
    datagrams: bool,
    streams: bool,
    closes_after: Option<u32>,
    keeps_streams: Option<Duration>,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            edns: EdnsSupport::default(),
            cookies: CookieSupport::default(),
            thinks: Duration::from_millis(1),
            largest: 1232,
            folds_case: false,
            datagrams: true,
            streams: true,
            closes_after: None,
            keeps_streams: None,
        }
    }
}

/// What a server does with a query that has an OPT record (RFC 6891).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum EdnsSupport {
    /// It knows EDNS version 0. To another version it answers BADVERS.
    #[default]
    Full,
    /// It answers as if there were no OPT record, and sends none.
    Ignored,
    /// It answers FORMERR without an OPT record, as servers did that were written before EDNS.
    FormErr,
    /// It answers NOTIMP without an OPT record.
    NotImp,
    /// It answers FORMERR, with an OPT record: a fault of the query, it says.
    FormErrWithOpt,
    /// It says BADVERS to version 0, too.
    BadVers,
    /// It does not answer at all.
    Silent,
}

/// What a server does about DNS cookies (RFC 7873). Its own are made as RFC 9018 section 4 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum CookieSupport {
    /// It does not know them.
    #[default]
    None,
    /// It gives one to whoever sends one.
    Given,
    /// A datagram without a valid server cookie gets BADCOOKIE, and one without any cookie gets TC.
    Required,
}

/// What it says.
impl Canned {
    /// A server that knows nothing and refuses everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers from the records of a zone, as a zone file has them. Names that do not end with a dot are below `origin`.
    ///
    /// Aliases are followed through all zones of the server. If there is an SOA record, what does not exist is denied with it; if
    /// not, names and types that are missing get an empty answer. There are no wildcards and no delegations.
    ///
    /// # Panics
    ///
    /// The text is no zone file; the message names the line.
    #[must_use]
    pub fn zone(mut self, origin: &str, text: &str) -> Self {
        self.zones.push(Zone::parse(origin, text));
        self
    }

    /// Answers a question with records of this RDATA in presentation format, and a TTL of 300 seconds.
    ///
    /// # Panics
    ///
    /// The name or the RDATA cannot be read.
    #[must_use]
    pub fn answer<'a>(self, owner: &str, rtype: Rtype, rdata: impl IntoIterator<Item = &'a str>) -> Self {
        let records = rdata
            .into_iter()
            .map(|rdata| record(owner, rtype, rdata))
            .collect();
        let said = Said {
            answer: records,
            ..Said::default()
        };
        self.rule(owner, Some(rtype), Saying::Said(said))
    }

    /// Says that a name does not exist, without an SOA record.
    ///
    /// # Panics
    ///
    /// The name cannot be read.
    #[must_use]
    pub fn nxdomain(self, owner: &str) -> Self {
        self.rcode(owner, Rcode::NXDOMAIN)
    }

    /// Answers every question about a name with this RCODE and nothing else.
    ///
    /// # Panics
    ///
    /// The name cannot be read.
    #[must_use]
    pub fn rcode(self, owner: &str, rcode: Rcode) -> Self {
        let said = Said {
            rcode,
            ..Said::default()
        };
        self.rule(owner, None, Saying::Said(said))
    }

    /// Says nothing to questions about a name.
    ///
    /// # Panics
    ///
    /// The name cannot be read.
    #[must_use]
    pub fn silent(self, owner: &str) -> Self {
        self.rule(owner, None, Saying::Nothing)
    }

    /// Answers questions about a name with TC and no records where they come as datagrams; over streams later rules and the
    /// zones answer.
    ///
    /// # Panics
    ///
    /// The name cannot be read.
    #[must_use]
    pub fn truncated(self, owner: &str) -> Self {
        self.rule(owner, None, Saying::Truncated)
    }

    /// Answers whatever is asked as `say` says, if it says something.
    #[must_use]
    pub fn says(mut self, say: impl FnMut(&Asked) -> Option<Said> + 'static) -> Self {
        self.rules
            .add(Rule::new(None, None, Saying::Called(Box::new(say))));
        self
    }

    /// The rule before this applies so many times; after that, as if it were not there.
    ///
    /// # Panics
    ///
    /// There is no rule.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.rules.last().left = Some(count);
        self
    }

    /// What the rule before this says comes so much later.
    ///
    /// # Panics
    ///
    /// There is no rule.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.rules.last().after = delay;
        self
    }

    fn rule(mut self, owner: &str, rtype: Option<Rtype>, saying: Saying) -> Self {
        let owner: Name = zone::name(owner);
        self.rules.add(Rule::new(Some(owner), rtype, saying));
        self
    }
}

/// How it says it.
impl Canned {
    /// How the server takes EDNS.
    #[must_use]
    pub const fn edns(mut self, support: EdnsSupport) -> Self {
        self.manners.edns = support;
        self
    }

    /// How the server takes cookies.
    #[must_use]
    pub const fn cookies(mut self, support: CookieSupport) -> Self {
        self.manners.cookies = support;
        self
    }

    /// How long the server thinks about each question: 1 ms if nothing is said.
    #[must_use]
    pub const fn thinking(mut self, thinks: Duration) -> Self {
        self.manners.thinks = thinks;
        self
    }

    /// The largest datagram that it sends, in octets, whatever the client takes: 1232 if nothing is said.
    #[must_use]
    pub const fn largest(mut self, octets: u16) -> Self {
        self.manners.largest = octets;
        self
    }

    /// The server repeats questions in lower case.
    #[must_use]
    pub const fn folding_case(mut self) -> Self {
        self.manners.folds_case = true;
        self
    }

    /// The server says nothing to datagrams.
    #[must_use]
    pub const fn only_streams(mut self) -> Self {
        self.manners.datagrams = false;
        self
    }

    /// The server takes bytes on streams and says nothing.
    #[must_use]
    pub const fn only_datagrams(mut self) -> Self {
        self.manners.streams = false;
        self
    }

    /// The server ends each stream after so many replies.
    #[must_use]
    pub const fn closing_streams_after(mut self, replies: u32) -> Self {
        self.manners.closes_after = Some(replies);
        self
    }

    /// The server says to whoever asks for how long it keeps a stream that has no questions, in steps of 100 ms
    /// (RFC 7828 section 3.3.2). It does not close any itself.
    #[must_use]
    pub const fn keeping_streams_for(mut self, idle: Duration) -> Self {
        self.manners.keeps_streams = Some(idle);
        self
    }

    /// What it is asked, from now on. It can be looked at while the world runs and afterwards.
    pub fn log(&self) -> Log {
        self.log.clone()
    }

    /// As a script, for [`World::script`] and [`World::change_script`]. `secret` is what its cookies are made with.
    pub fn into_script(
        self,
        secret: u64,
    ) -> impl FnMut(Instant, Arrival<'_>) -> Vec<(Duration, Act)> + 'static {
        let mut session = Session::new(self, secret);
        move |now, arrival| session.arrived(now, arrival)
    }
}

impl World {
    /// Adds a host that is a server with canned answers.
    ///
    /// # Panics
    ///
    /// The configuration is not valid, or the name or an address is taken.
    pub fn canned(&mut self, config: HostConfig, canned: Canned) -> HostId {
        let secret = crate::random::seed(self.seed(), &config.name, "cookies", 0);
        let secret = nameward_core::seed::Rng::new(&secret).next_u64();
        self.script(config, canned.into_script(secret))
    }
}

impl core::fmt::Debug for Canned {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Canned")
            .field("manners", &self.manners)
            .finish_non_exhaustive()
    }
}
