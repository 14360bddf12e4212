//! All fetches: who waits for which, whose turn it is, and how they are put to servers. This is the one place that knows the
//! transport.

use alloc::collections::{BTreeSet, VecDeque};
use core::hash::BuildHasher;
use core::net::SocketAddr;

use bytes::BytesMut;
use hashbrown::HashMap;
use siphasher::sip::SipHasher13;

use super::answer::{Failure, LookupError, Trouble};
use super::classify::{Finding, classify};
use super::config::{Config, Server};
use super::fetch::{Attempt, Fetch, FetchId, Key, State, Try, Waiter, Waiting};
use super::routes::Routes;
use super::selection::Servers;
use super::special::special;
use crate::budget::{Budget, Exhausted};
use crate::context::Cx;
use crate::flow::FlowId;
use crate::limits::Limits;
use crate::machine::{Blame, Ignored, Input, Proto, Wake};
use crate::numbered::{Numbered, SPARE};
use crate::planted::planted;
use crate::queue;
use crate::seed::{Rng, Seed};
use crate::time::{Instant, Now};
use crate::transport::{
    Ask, Budgets, Ended as Exchanged, ExchangeError, Exchanges, Note, QueryOptions, QuestionId, Reply,
};
use crate::wire::{Name, Rcode};

/// How many packets and octets a probe gets of the budget of the fetch that it goes beside.
const PROBE_PACKETS: u16 = 3;
const PROBE_OCTETS: u32 = 16_384;

/// Room for replies, in octets: each is dropped as soon as it was read.
const ROOM_FOR_REPLIES: usize = 4_096;

/// What the stub is set up with.
#[derive(Clone, Copy)]
pub(super) struct Setup<'a> {
    pub(super) config: &'a Config,
    pub(super) routes: &'a Routes,
}

/// The fetches of a stub.
#[derive(Debug)]
pub(super) struct Fetches {
    exchanges: Exchanges,
    servers: Servers,
    table: Table,
    by_key: HashMap<Key, FetchId, Keyed>,
    /// Those that wait for their turn; the numbers are in the order in which they came.
    queue: BTreeSet<FetchId>,
    next: u64,
    said: VecDeque<Said>,
    rng: Rng,
}

/// A hash that nobody can foresee who chooses names.
#[derive(Clone, Copy, Debug)]
struct Keyed(SipHasher13);

impl Keyed {
    fn new(rng: &mut Rng) -> Self {
        Self(SipHasher13::new_with_keys(rng.next_u64(), rng.next_u64()))
    }
}

impl BuildHasher for Keyed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        self.0
    }
}

/// Fetches, and whose the questions are that are at servers.
#[derive(Debug, Default)]
struct Table {
    fetches: Numbered<FetchId, Fetch>,
    tries: Numbered<QuestionId, FetchId>,
    probes: Numbered<QuestionId, Probe>,
}

/// A question to a dead server. It outlives an answer from another one, or a slow server could never come back.
#[derive(Debug)]
struct Probe {
    server: SocketAddr,
    since: Instant,
    budget: Budget,
    fetch: FetchId,
}

impl Budgets for Table {
    fn budget(&mut self, id: QuestionId) -> Option<&mut Budget> {
        match self.tries.get(id) {
            Some(&fetch) => self.fetches.get_mut(fetch).map(|fetch| &mut fetch.budget),
            None => self.probes.get_mut(id).map(|probe| &mut probe.budget),
        }
    }
}

/// What there is to say, in order.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a few wait at a time, and a box would cost an allocation for each fetch"
)]
pub(super) enum Said {
    /// Something that arrived is worth nothing.
    Ignored(Option<FlowId>, Ignored),
    /// A fetch is over.
    Over(Fetch, Result<Fetched, LookupError>),
}

/// What was fetched, and from whom.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) finding: Finding,
    pub(super) server: SocketAddr,
    pub(super) proto: Proto,
    /// Whether a server that is trusted said that it is authentic.
    pub(super) authentic_data: bool,
}

impl Fetches {
    pub(super) fn new(seed: &Seed, config: &Config) -> Self {
        let mut rng = Rng::new(seed);
        Self {
            exchanges: Exchanges::new(
                config.limits.attempts,
                config.idle,
                true,
                BytesMut::with_capacity(ROOM_FOR_REPLIES),
            ),
            servers: Servers::default(),
            table: Table::default(),
            by_key: HashMap::with_hasher(Keyed::new(&mut rng)),
            queue: BTreeSet::new(),
            next: 0,
            said: VecDeque::new(),
            rng,
        }
    }

    /// Waits for what is wanted, which is fetched only once. Who begins it gives it a share of its budget; who joins pays one packet.
    pub(super) fn join(
        &mut self,
        now: Instant,
        key: Key,
        waiter: Waiter,
        budget: &mut Budget,
        sharers: u16,
    ) -> Result<Waiting, Exhausted> {
        if let Some(&id) = self.by_key.get(&key).filter(|_| !planted!(EqualAskedApart))
            && let Some(fetch) = self.table.fetches.get_mut(id)
        {
            let _joined = budget.packet(now)?;
            fetch.waiters.push(waiter);
            return Ok(Waiting {
                fetch: id,
                shares: false,
            });
        }
        let packets = budget.packets_left().div_ceil(sharers);
        let octets = budget.octets_left().div_ceil(sharers.into());
        let id = FetchId(self.number());
        let share = if planted!(FetchGetsFullBudget) {
            Budget::new(&Limits::default(), now)
        } else {
            budget.split(packets, octets)
        };
        let fetch = Fetch::new(key.clone(), share, waiter);
        self.table.fetches.insert(id, fetch);
        self.by_key.insert(key, id);
        self.queue.insert(id);
        Ok(Waiting {
            fetch: id,
            shares: true,
        })
    }

    /// Waits no longer. What nobody waits for is given up, with all flows.
    pub(super) fn leave(&mut self, cx: &mut Cx<'_>, id: FetchId, waiter: Waiter) {
        let forsaken = self
            .table
            .fetches
            .get_mut(id)
            .is_some_and(|fetch| !fetch.leave(waiter));
        if forsaken && !planted!(CancelLeavesFetch) {
            self.give_up(cx, id);
        }
    }

    /// Gives up those whose servers are not asked about their names any more, or `all`, and says which they were.
    pub(super) fn reconfigure(&mut self, cx: &mut Cx<'_>, setup: Setup<'_>, all: bool) -> VecDeque<Fetch> {
        let mut given_up = VecDeque::new();
        for id in self.table.fetches.numbers() {
            let fetch = self.table.fetches.get(id);
            if all || fetch.is_some_and(|fetch| setup.routes.group(fetch.key.view).is_none()) {
                given_up.extend(self.give_up(cx, id));
            }
        }
        let configured: BTreeSet<_> = setup.routes.servers().map(|server| server.address).collect();
        self.servers.retain(|address| configured.contains(&address));
        given_up
    }

    /// Why a fetch has come to nothing so far.
    pub(super) fn last(&self, id: FetchId) -> Option<Failure> {
        self.table.fetches.get(id)?.last()
    }

    /// Takes what happened outside.
    pub(super) fn handle(&mut self, cx: &mut Cx<'_>, input: Input<'_>) {
        if input == Input::NetworkChanged {
            self.servers.forget();
            for id in self.table.fetches.numbers() {
                if let Some(fetch) = self.table.fetches.get_mut(id) {
                    fetch.network_changed();
                }
            }
        }
        self.exchanges.handle(cx, &mut self.table, input);
    }

    pub(super) fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        self.exchanges.stream_sent(now, flow, count);
    }

    pub(super) const fn exchanges(&self) -> &Exchanges {
        &self.exchanges
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        self.exchanges.wake()
    }

    /// What there is to say next, once all have gone as far as they can.
    pub(super) fn next_said(&mut self, cx: &mut Cx<'_>, setup: Setup<'_>) -> Option<Said> {
        loop {
            if let Some(said) = queue::next(&mut self.said) {
                return Some(said);
            }
            match self.exchanges.next_note() {
                Some(Note::Ignored(flow, why)) => return Some(Said::Ignored(flow, why)),
                Some(Note::Ended(ended)) => self.exchanged(cx, setup, ended),
                None => {
                    let busy = self.table.fetches.len().saturating_sub(self.queue.len());
                    if busy >= usize::from(setup.config.most_in_flight) {
                        return None;
                    }
                    let id = self.queue.pop_first()?;
                    self.begin(cx, setup, id);
                }
            }
        }
    }

    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next = number.wrapping_add(1);
        number
    }

    fn begin(&mut self, cx: &mut Cx<'_>, setup: Setup<'_>, id: FetchId) {
        let Self {
            table, servers, rng, ..
        } = self;
        let Some(fetch) = table.fetches.get_mut(id) else {
            return;
        };
        let group = setup
            .routes
            .group(fetch.key.view)
            .map_or(&[][..], |group| &group.servers);
        let order = servers.order(cx.now.mono, rng, group, setup.config.preference);
        let at = |place: u8| group.get(usize::from(place)).copied();
        fetch.begin(
            cx.now.mono,
            order.places.iter().copied().filter_map(at),
            setup.config.attempts,
        );
        self.attempt(cx, setup, id);
        if let Some(server) = order.probe.and_then(at) {
            self.probe(cx, setup, id, server);
        }
    }

    /// Tries the next server, or ends the fetch.
    fn attempt(&mut self, cx: &mut Cx<'_>, setup: Setup<'_>, id: FetchId) {
        let now = cx.now.mono;
        let question_id = QuestionId(self.number());
        let Some(fetch) = self.table.fetches.get_mut(id) else {
            return;
        };
        let Some(mut attempt) = fetch.next_attempt(now, setup.config, &self.servers) else {
            let error = fetch.exhausted();
            return self.end(cx, id, Err(error));
        };
        let server = attempt.server;
        // One question to one server at a time, whoever asks it.
        if let Some(probe) = self.servers.take_probe(server.address) {
            self.stop_probe(cx, probe);
        }
        let Some(fetch) = self.table.fetches.get_mut(id) else {
            return;
        };
        if planted!(BudgetRefilledOnRetry) {
            fetch.budget = Budget::new(&setup.config.limits, now);
        }
        attempt.sent_before = fetch.datagrams_to(server.address);
        fetch.state = State::Trying(Try {
            id: question_id,
            server,
            proto: attempt.proto,
            since: now,
        });
        let ask = Ask {
            id: question_id,
            server: server.address,
            question: fetch.key.question.clone(),
            options: options(setup.config, attempt),
        };
        self.table.tries.insert(question_id, id);
        self.exchanges.ask(cx, &mut fetch.budget, ask);
    }

    /// Asks a dead server beside the one that is being tried.
    fn probe(&mut self, cx: &mut Cx<'_>, setup: Setup<'_>, id: FetchId, server: Server) {
        let question_id = QuestionId(self.number());
        let Some(fetch) = self.table.fetches.get_mut(id) else {
            return;
        };
        let mut budget = fetch.budget.split(PROBE_PACKETS, PROBE_OCTETS);
        let proto = if setup.config.stream_only {
            Proto::Stream
        } else {
            Proto::Datagram
        };
        let wait = setup.config.timeout.min(setup.config.limits.time);
        let ask = Ask {
            id: question_id,
            server: server.address,
            question: fetch.key.question.clone(),
            options: options(
                setup.config,
                Attempt {
                    server,
                    proto,
                    wait,
                    sent_before: 0,
                },
            ),
        };
        fetch.probe = Some(question_id);
        // Its datagram counts like those of the fetch itself.
        fetch.tried(server.address, u8::from(proto == Proto::Datagram), 0);
        self.servers.probing(server.address, question_id);
        self.exchanges.ask(cx, &mut budget, ask);
        let probe = Probe {
            server: server.address,
            since: cx.now.mono,
            budget,
            fetch: id,
        };
        self.table.probes.insert(question_id, probe);
    }

    fn stop_probe(&mut self, cx: &mut Cx<'_>, id: QuestionId) {
        let Some(mut probe) = self.table.probes.remove(id) else {
            return;
        };
        self.servers.take_probe(probe.server);
        let datagrams = self.exchanges.cancel(cx, &mut probe.budget, id);
        self.probe_over(probe, datagrams);
    }

    /// What a probe did not spend goes back to the fetch that it was taken from. Its first datagram is counted already.
    fn probe_over(&mut self, probe: Probe, datagrams: u8) {
        if let Some(fetch) = self.table.fetches.get_mut(probe.fetch) {
            fetch.probe = None;
            fetch.tried(probe.server, datagrams.saturating_sub(1), 0);
            fetch.budget.rejoin(probe.budget);
        }
    }

    /// A server was tried.
    fn exchanged(&mut self, cx: &mut Cx<'_>, setup: Setup<'_>, ended: Exchanged) {
        let now = cx.now.mono;
        let Exchanged {
            id: question_id,
            datagrams,
            streams,
            outcome,
        } = ended;
        if let Some(probe) = self.table.probes.remove(question_id) {
            let Probe {
                server: address,
                since,
                fetch: id,
                ..
            } = probe;
            self.servers.take_probe(address);
            self.probe_over(probe, datagrams);
            let judged = self.judge(now, setup, id, address, since, outcome);
            // It may even be the first to have an answer.
            if let (Ok(fetched), true) = (judged, self.table.fetches.contains(id)) {
                self.end(cx, id, Ok(fetched));
            }
            return;
        }
        let Some(id) = self.table.tries.remove(question_id) else {
            return;
        };
        let Some(fetch) = self.table.fetches.get_mut(id) else {
            return;
        };
        let State::Trying(tried) = fetch.state else { return };
        let streams = streams.max(u8::from(tried.proto == Proto::Stream));
        fetch.tried(tried.server.address, datagrams, streams);
        match self.judge(now, setup, id, tried.server.address, tried.since, outcome) {
            Ok(fetched) => self.end(cx, id, Ok(fetched)),
            Err(Trouble::Exchange(ExchangeError::Exhausted(limit))) => {
                let last = self.last(id);
                self.end(cx, id, Err(LookupError::Exhausted { limit, last }));
            }
            Err(trouble) => {
                if let Some(fetch) = self.table.fetches.get_mut(id) {
                    fetch.failed(Failure {
                        server: tried.server.address,
                        trouble,
                    });
                }
                self.attempt(cx, setup, id);
            }
        }
    }

    /// What a reply is worth, or its absence, and what it says about the server.
    fn judge(
        &mut self,
        now: Instant,
        setup: Setup<'_>,
        id: FetchId,
        server: SocketAddr,
        since: Instant,
        outcome: Result<Reply, ExchangeError>,
    ) -> Result<Fetched, Trouble> {
        let fetch = self.table.fetches.get(id);
        match outcome {
            Ok(reply) => {
                let round_trip = reply.round_trip;
                let fetched = match fetch {
                    Some(fetch) => read(setup, &fetch.key, &reply),
                    // The answer came from another server meanwhile. What counts is that there is a reply.
                    None => match reply.message.view().rcode() {
                        Rcode::NOERROR | Rcode::NXDOMAIN => Err(Trouble::Malformed),
                        rcode => Err(Trouble::Rcode(rcode)),
                    },
                };
                match fetched {
                    Err(trouble) if is_unwilling(trouble) => {
                        self.servers.failed(now, server, core::time::Duration::ZERO);
                    }
                    _ => self.servers.replied(server, round_trip),
                }
                fetched
            }
            Err(error) => {
                if says_something(error) {
                    self.servers.failed(now, server, now.since(since));
                }
                Err(Trouble::Exchange(error))
            }
        }
    }

    fn end(&mut self, cx: &mut Cx<'_>, id: FetchId, outcome: Result<Fetched, LookupError>) {
        if let Some(fetch) = self.remove(cx, id) {
            self.said.push_back(Said::Over(fetch, outcome));
        }
    }

    /// Gives a fetch up, and the server that is being probed because of it.
    fn give_up(&mut self, cx: &mut Cx<'_>, id: FetchId) -> Option<Fetch> {
        if let Some(probe) = self.table.fetches.get(id)?.probe {
            self.stop_probe(cx, probe);
        }
        self.remove(cx, id)
    }

    /// Takes a fetch out, and ends what is under way for it.
    fn remove(&mut self, cx: &mut Cx<'_>, id: FetchId) -> Option<Fetch> {
        let mut fetch = self.table.fetches.remove(id)?;
        self.by_key.remove(&fetch.key);
        if self.by_key.is_empty() && self.by_key.capacity() > SPARE {
            self.by_key.shrink_to(0);
        }
        self.queue.remove(&id);
        if let State::Trying(tried) = fetch.state
            && self.table.tries.remove(tried.id).is_some()
        {
            self.exchanges.cancel(cx, &mut fetch.budget, tried.id);
        }
        Some(fetch)
    }
}

/// How a question is put in one try.
fn options(config: &Config, attempt: Attempt) -> QueryOptions {
    QueryOptions {
        proto: attempt.proto,
        recursion_desired: true,
        authentic_data: config.authentic_data,
        checking_disabled: config.checking_disabled,
        edns: config.edns.clone(),
        version_negotiation: true,
        cookies: config.cookies,
        case_randomization: config.case_randomization,
        timeout: attempt.wait,
        attempts: 1,
        sent_before: attempt.sent_before,
    }
}

/// What a reply says about what is fetched.
fn read(setup: Setup<'_>, key: &Key, reply: &Reply) -> Result<Fetched, Trouble> {
    let Setup { config, routes } = setup;
    let group = routes.group(key.view).ok_or(Trouble::Lame)?;
    let belongs = |name: &Name| {
        planted!(AliasBelievedBeyondRoute)
            || routes.of(name) == key.view && special(name, &group.suffix).is_none()
    };
    let message = reply.message.view();
    let finding = classify(message, &key.question, config.ttl_rule, belongs)?;
    let trusted = group
        .servers
        .iter()
        .any(|server| server.address == reply.server && server.trust_ad);
    let asked = config.authentic_data || config.edns.as_ref().is_some_and(|edns| edns.dnssec_ok);
    Ok(Fetched {
        finding,
        server: reply.server,
        proto: reply.proto,
        authentic_data: (trusted && asked || planted!(AdCopied)) && message.flags().ad(),
    })
}

/// Whether a server that gives such a reply does not do its work, whatever the question. SERVFAIL is about the question.
fn is_unwilling(trouble: Trouble) -> bool {
    match trouble {
        Trouble::Lame => true,
        Trouble::Rcode(rcode) => ![Rcode::SERVFAIL, Rcode::YXDOMAIN].contains(&rcode),
        Trouble::Exchange(_) | Trouble::Malformed | Trouble::TtlsDiffer => false,
    }
}

/// Whether the lack of a reply says something about the server or the way there, and not about us.
fn says_something(error: ExchangeError) -> bool {
    match error {
        ExchangeError::Rejected(cause) | ExchangeError::Closed(cause) => cause.blame() != Blame::Local,
        ExchangeError::TimedOut | ExchangeError::Truncated => true,
        ExchangeError::Exhausted(_) => false,
    }
}
