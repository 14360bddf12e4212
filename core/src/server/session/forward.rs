//! Asking other servers for a client (RFC 5625).
//!
//! Each question has the budget of the client that asks it first. Others who ask the same meanwhile wait for the same answer: so nobody
//! multiplies the chances of a forger by asking often, and servers that forward to each other in a circle ask once.
//!
//! What comes back is passed on as it is, and nothing of it is kept.

use alloc::collections::BTreeMap;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use bytes::BytesMut;

use super::pending::RequestId;
use crate::budget::Budget;
use crate::client::{Order, Preference, SHORTEST_WAIT, Server, Servers};
use crate::context::Cx;
use crate::flow::{FlowId, Lane};
use crate::limits::Limits;
use crate::machine::{Blame, Ignored, Input, Misuse, Proto, Wake};
use crate::numbered::Numbered;
use crate::planted::planted;
use crate::queue;
use crate::seed::{Rng, Seed};
use crate::time::{Instant, Now};
use crate::transport::{
    Ask, Budgets, Edns, Ended, ExchangeError, Exchanges, Note, QueryOptions, QuestionId, Reply,
};
use crate::wire::{Message, Name, Question, Rcode};

/// Whom to ask, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardConfig {
    /// The servers, which resolve: from 1 to 16.
    pub servers: Vec<Server>,
    /// Which of them is asked first.
    pub preference: Preference,
    /// What each client's question may cost.
    pub limits: Limits,
    /// How long a connection without questions is kept if its server does not say: 5 s, at most 120 s.
    pub idle: Duration,
    /// The lane of the flows to the servers: 1. It is not that of the listeners.
    pub lane: Lane,
}

impl Default for ForwardConfig {
    /// Without a server, which has to be added.
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            preference: Preference::default(),
            limits: Limits::default(),
            idle: Duration::from_secs(5),
            lane: Lane(1),
        }
    }
}

impl ForwardConfig {
    /// Whether every value lies in its range.
    ///
    /// # Errors
    ///
    /// The first that does not.
    pub fn validate(&self) -> Result<(), Misuse> {
        self.limits.validate()?;
        crate::limits::within(&[
            ("servers", self.servers.len() as u64, 1, 16),
            (
                "idle in milliseconds",
                crate::limits::milliseconds(self.idle),
                0,
                120_000,
            ),
        ])
    }
}

/// How often each server is asked.
const ROUNDS: u8 = 2;

/// How many packets and octets a probe gets of the budget of the question that it goes beside.
const PROBE_PACKETS: u16 = 3;
const PROBE_OCTETS: u32 = 16_384;

/// How long a probe waits.
const PROBE_WAIT: Duration = Duration::from_secs(2);

/// The questions that other servers were asked.
#[derive(Debug)]
pub(super) struct Forwarder {
    config: ForwardConfig,
    exchanges: Exchanges,
    servers: Servers,
    rng: Rng,
    table: Table,
    by_key: BTreeMap<Key, u64>,
    next: u64,
    done: VecDeque<Forwarded>,
}

/// What came of a question, for all who waited for it.
#[derive(Debug)]
pub(super) struct Forwarded {
    pub(super) requests: Vec<RequestId>,
    /// The reply; none if no server gave one.
    pub(super) reply: Option<Reply>,
    /// Whether the server is trusted to say what is authentic.
    pub(super) trusted: bool,
}

/// What is asked. Equal ones are asked once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    name: Name,
    rtype: u16,
    class: u16,
    dnssec_ok: bool,
    checking_disabled: bool,
    authentic_data: bool,
}

#[derive(Debug, Default)]
struct Table {
    questions: Numbered<u64, Forwarding>,
    attempts: Numbered<QuestionId, u64>,
    probes: Numbered<QuestionId, Probe>,
}

/// A question on its way through the servers.
#[derive(Debug)]
struct Forwarding {
    key: Key,
    budget: Budget,
    requests: Vec<RequestId>,
    /// The places of the servers, best first.
    order: Order,
    /// How often one was asked.
    tries: u8,
    attempt: Option<Attempt>,
    last: Option<Reply>,
}

/// A server that is being asked.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    id: QuestionId,
    server: SocketAddr,
    since: Instant,
}

/// How a server is asked.
struct How {
    wait: Duration,
    udp_payload: u16,
    /// How many datagrams it got for this question already.
    sent_before: u8,
}

/// A dead server that is asked as well, to see whether it is back.
#[derive(Debug)]
struct Probe {
    server: SocketAddr,
    since: Instant,
    budget: Budget,
}

impl Budgets for Table {
    fn budget(&mut self, id: QuestionId) -> Option<&mut Budget> {
        match self.attempts.get(id) {
            Some(&number) => self
                .questions
                .get_mut(number)
                .map(|question| &mut question.budget),
            None => self.probes.get_mut(id).map(|probe| &mut probe.budget),
        }
    }
}

impl Forwarder {
    pub(super) fn new(seed: &Seed, config: ForwardConfig) -> Self {
        Self {
            exchanges: Exchanges::new(config.limits.attempts, config.idle, true, BytesMut::new()),
            servers: Servers::default(),
            rng: Rng::new(seed),
            table: Table::default(),
            by_key: BTreeMap::new(),
            next: 0,
            done: VecDeque::new(),
            config,
        }
    }

    pub(super) const fn lane(&self) -> Lane {
        self.config.lane
    }

    /// Asks what a client asks, or waits for the answer if that is being asked already.
    pub(super) fn ask(&mut self, cx: &mut Cx<'_>, id: RequestId, query: Message<'_>) {
        // Invariant: a query without a question is never passed on.
        let Some(question) = query.question() else { return };
        let flags = query.flags();
        let key = Key {
            name: question.name.to_name(),
            rtype: question.rtype.0,
            class: question.class.0,
            dnssec_ok: query.opt().is_some_and(|opt| opt.dnssec_ok()),
            checking_disabled: flags.cd(),
            authentic_data: flags.ad(),
        };
        let mut asked = self.by_key.get(&key).copied();
        if planted!(ForwardedTogether) {
            asked = asked.or_else(|| self.by_key.values().next().copied());
        }
        if let Some(question) = asked.and_then(|number| self.table.questions.get_mut(number)) {
            return question.requests.push(id);
        }
        let now = cx.now.mono;
        let order = self
            .servers
            .order(now, &mut self.rng, &self.config.servers, self.config.preference);
        let number = self.number();
        let mut question = Forwarding {
            key: key.clone(),
            budget: Budget::new(&self.config.limits, now),
            requests: Vec::from([id]),
            order,
            tries: 0,
            attempt: None,
            last: None,
        };
        self.probe(cx, &mut question);
        self.table.questions.insert(number, question);
        self.by_key.insert(key, number);
        self.attempt(cx, number);
    }

    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next = number.wrapping_add(1);
        number
    }

    /// Asks the next server, or ends the question.
    fn attempt(&mut self, cx: &mut Cx<'_>, number: u64) {
        let now = cx.now.mono;
        let id = QuestionId(self.number());
        let Some(question) = self.table.questions.get_mut(number) else {
            return;
        };
        let count = u8::try_from(question.order.places.len()).unwrap_or(u8::MAX);
        let tries_left = count.saturating_mul(ROUNDS).saturating_sub(question.tries);
        let place = question.tries.checked_rem(count).unwrap_or(0);
        let place = question.order.places.get(usize::from(place));
        let server = place.and_then(|&place| self.config.servers.get(usize::from(place)));
        let (Some(server), 1..) = (server, tries_left) else {
            return self.end(cx, number);
        };
        let round = question.tries.checked_div(count).unwrap_or(0);
        question.tries = question.tries.saturating_add(1);
        let server = server.address;
        let left = question.budget.deadline().since(now);
        let share = left.checked_div(tries_left.into()).unwrap_or(left);
        // Who is known to be fast and keeps silent leaves its time to the others.
        let wait = self.servers.wait(server).map_or(share, |usual| usual.min(share));
        let since = now;
        question.attempt = Some(Attempt { id, server, since });
        let how = How {
            wait: wait.max(SHORTEST_WAIT),
            udp_payload: self.config.limits.udp_payload,
            sent_before: round,
        };
        let ask = question.key.ask(id, server, &how);
        if let Some(probe) = self.servers.take_probe(server) {
            self.stop_probe(cx, probe);
        }
        self.table.attempts.insert(id, number);
        if let Some(question) = self.table.questions.get_mut(number) {
            self.exchanges.ask(cx, &mut question.budget, ask);
        }
    }

    /// Asks a dead server as well, if it is time to see whether it is back.
    fn probe(&mut self, cx: &mut Cx<'_>, question: &mut Forwarding) {
        let place = question.order.probe.map(usize::from);
        let Some(server) = place.and_then(|place| self.config.servers.get(place)) else {
            return;
        };
        let (server, since) = (server.address, cx.now.mono);
        let id = QuestionId(self.number());
        let mut budget = question.budget.split(PROBE_PACKETS, PROBE_OCTETS);
        let how = How {
            wait: PROBE_WAIT.min(self.config.limits.time),
            udp_payload: self.config.limits.udp_payload,
            sent_before: 0,
        };
        let ask = question.key.ask(id, server, &how);
        self.servers.probing(server, id);
        self.exchanges.ask(cx, &mut budget, ask);
        self.table.probes.insert(
            id,
            Probe {
                server,
                since,
                budget,
            },
        );
    }

    fn stop_probe(&mut self, cx: &mut Cx<'_>, id: QuestionId) {
        if let Some(mut probe) = self.table.probes.remove(id) {
            self.exchanges.cancel(cx, &mut probe.budget, id);
        }
    }

    /// What happened outside.
    pub(super) fn handle(&mut self, cx: &mut Cx<'_>, input: Input<'_>) {
        if matches!(input, Input::NetworkChanged) {
            self.servers.forget();
        }
        self.exchanges.handle(cx, &mut self.table, input);
    }

    /// What was ignored, next.
    pub(super) fn next_ignored(&mut self, cx: &mut Cx<'_>) -> Option<(Option<FlowId>, Ignored)> {
        loop {
            match self.exchanges.next_note()? {
                Note::Ignored(flow, why) => return Some((flow, why)),
                Note::Ended(ended) => self.ended(cx, ended),
            }
        }
    }

    /// The next question that is over. To be asked when nothing more was ignored.
    pub(super) fn next_done(&mut self) -> Option<Forwarded> {
        queue::next(&mut self.done)
    }

    fn ended(&mut self, cx: &mut Cx<'_>, ended: Ended) {
        let Ended { id, outcome, .. } = ended;
        let now = cx.now.mono;
        if let Some(probe) = self.table.probes.remove(id) {
            self.servers.take_probe(probe.server);
            self.judge(now, probe.server, probe.since, &outcome);
            return;
        }
        let Some(number) = self.table.attempts.remove(id) else {
            return;
        };
        let question = self.table.questions.get(number);
        let Some(attempt) = question.and_then(|question| question.attempt) else {
            return;
        };
        self.judge(now, attempt.server, attempt.since, &outcome);
        let Some(question) = self.table.questions.get_mut(number) else {
            return;
        };
        match outcome {
            Ok(reply) => {
                let answers = matches!(
                    reply.message.view().rcode(),
                    Rcode::NOERROR | Rcode::NXDOMAIN | Rcode::YXDOMAIN
                );
                question.last = Some(reply);
                if answers {
                    return self.end(cx, number);
                }
            }
            Err(ExchangeError::Exhausted(_)) => return self.end(cx, number),
            Err(_) => {}
        }
        self.attempt(cx, number);
    }

    /// What a reply, or its absence, says about a server.
    fn judge(
        &mut self,
        now: Instant,
        server: SocketAddr,
        since: Instant,
        outcome: &Result<Reply, ExchangeError>,
    ) {
        match outcome {
            Ok(reply) => self.servers.replied(server, reply.round_trip),
            Err(ExchangeError::Rejected(cause) | ExchangeError::Closed(cause))
                if cause.blame() == Blame::Local => {}
            Err(ExchangeError::Exhausted(_)) => {}
            Err(_) => self.servers.failed(now, server, now.since(since)),
        }
    }

    fn end(&mut self, cx: &mut Cx<'_>, number: u64) {
        let Some(mut question) = self.table.questions.remove(number) else {
            return;
        };
        self.by_key.remove(&question.key);
        if let Some(Attempt { id, .. }) = question.attempt
            && self.table.attempts.remove(id).is_some()
        {
            self.exchanges.cancel(cx, &mut question.budget, id);
        }
        let from = question.last.as_ref().map(|reply| reply.server);
        let mut servers = self.config.servers.iter();
        self.done.push_back(Forwarded {
            requests: question.requests,
            reply: question.last,
            trusted: servers.any(|server| Some(server.address) == from && server.trust_ad),
        });
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        self.exchanges.wake()
    }

    pub(super) fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.exchanges.stream_out(flow)
    }

    pub(super) fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize) {
        self.exchanges.stream_sent(now, flow, count);
    }
}

impl Key {
    fn ask(&self, id: QuestionId, server: SocketAddr, how: &How) -> Ask {
        Ask {
            id,
            server,
            question: Question {
                name: self.name.clone(),
                rtype: crate::wire::Rtype(self.rtype),
                class: crate::wire::Class(self.class),
            },
            options: QueryOptions {
                proto: Proto::Datagram,
                recursion_desired: true,
                authentic_data: self.authentic_data,
                checking_disabled: self.checking_disabled,
                edns: Some(Edns {
                    udp_payload: how.udp_payload,
                    dnssec_ok: self.dnssec_ok,
                    ..Edns::default()
                }),
                timeout: how.wait,
                attempts: 1,
                sent_before: how.sent_before,
                ..QueryOptions::default()
            },
        }
    }
}
