//! One question to one server: attempts, fallback, truncation, and what may be believed.
//!
//! At most one datagram and one stream are out at a time. What answers an older attempt is not taken any more, so that a
//! forger has one target.

mod fallback;
mod matching;
mod options;
mod reply;

use core::net::SocketAddr;
use core::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::budget::{Budget, Exhausted};
use crate::context::Cx;
use crate::flow::FlowId;
use crate::machine::{CloseCause, Ignored, Proto, Wake};
use crate::planted::planted;
use crate::time::Instant;
use crate::transport::connections::Connections;
use crate::transport::ports::{Lease, Ports};
use crate::transport::query::QueryWriter;
use crate::transport::servers::Servers;
use crate::transport::{QuestionId, letter_case};
use crate::wire::{Message, Question};

pub use options::{Edns, QueryOptions};
pub use reply::{ExchangeError, Reply};

use fallback::{Form, Next};
use matching::CookieCheck;

/// What an input meant to an exchange.
#[derive(Debug)]
pub(crate) enum Progress {
    Waiting,
    Ignored(Ignored),
    Done(Result<Reply, ExchangeError>),
}

/// What an exchange acts through: the flows and the memory that belong to its machine, and the question's budget.
pub(crate) struct Means<'a> {
    pub(crate) ports: &'a mut Ports,
    pub(crate) connections: &'a mut Connections,
    pub(crate) servers: &'a mut Servers,
    pub(crate) writer: &'a mut QueryWriter,
    /// Room for replies.
    pub(crate) replies: &'a mut BytesMut,
    /// Whether queries over streams ask how long those may be idle.
    pub(crate) keepalive: bool,
    /// How many datagrams a server gets for one question: [`Limits::attempts`](crate::limits::Limits::attempts).
    pub(crate) most_datagrams: u8,
    pub(crate) budget: &'a mut Budget,
}

/// One question on its way to one server and back.
#[derive(Debug)]
pub(crate) struct Exchange {
    id: QuestionId,
    server: SocketAddr,
    question: Question,
    options: QueryOptions,
    form: Form,
    datagram: Option<Attempt>,
    stream: Option<Attempt>,
    /// Local trouble kept an attempt from being made: over what the next one goes, and when.
    pause: Option<(Proto, Instant)>,
    /// How many connections were tried.
    streams: u8,
    /// Something arrived that a forger may have sent. It is reason enough to ask over a stream, once.
    suspicious: bool,
    /// A reply that came as a datagram after something suspicious. It counts if the stream brings none.
    held: Option<Reply>,
    /// What went wrong last.
    trouble: Option<ExchangeError>,
}

/// A query that is out, and what it said.
#[derive(Clone, Debug)]
struct Attempt {
    lease: Lease,
    since: Instant,
    due: Instant,
    /// The question as it was sent: its letters may have another case than the asker's.
    question: Question,
    /// Whether it had an OPT record.
    edns: bool,
    /// The cookie that was sent.
    cookie: Option<[u8; 8]>,
    /// Whether it went over a connection that was there before.
    reused: bool,
}

/// How long the true reply is waited for after the network refused the query. Anyone who guesses the port can forge a
/// refusal, so it does not end the wait at once.
const AFTER_REJECTION: Duration = Duration::from_millis(200);

impl Exchange {
    /// Puts the question for the first time.
    pub(crate) fn start(
        cx: &mut Cx<'_>,
        means: &mut Means<'_>,
        id: QuestionId,
        server: SocketAddr,
        question: Question,
        options: QueryOptions,
    ) -> (Self, Progress) {
        let known = means.servers.asked(cx.rng, server);
        let form = Form::new(cx.now.mono, known, &options);
        let proto = options.proto;
        let mut exchange = Self {
            id,
            server,
            question,
            options,
            form,
            datagram: None,
            stream: None,
            pause: None,
            streams: 0,
            suspicious: false,
            held: None,
            trouble: None,
        };
        let progress = exchange.attempt(cx, means, proto);
        (exchange, progress)
    }

    /// How many datagrams were sent.
    pub(crate) const fn datagrams(&self) -> u8 {
        self.form.datagrams
    }

    /// How many connections were tried.
    pub(crate) const fn streams(&self) -> u8 {
        self.streams
    }

    /// A datagram arrived, on the flow and with the ID that are lent to the present attempt: the ports have seen to that.
    pub(crate) fn datagram(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>, data: &[u8]) -> Progress {
        let Some(attempt) = &self.datagram else {
            return Progress::Ignored(Ignored::Unexpected);
        };
        let attempt = attempt.clone();
        if data.len() > usize::from(self.form.largest_reply()) {
            return Progress::Ignored(Ignored::LargerThanAdvertised);
        }
        let message = match Message::parse(data) {
            Ok(message) => message,
            Err(_) if planted!(MalformedReplyEndsQuestion) => {
                return self.finish(cx, means, Err(ExchangeError::TimedOut));
            }
            Err(error) => {
                let why = Ignored::Malformed {
                    offset: error.offset(),
                };
                // Some servers cut where there is no room left, in the middle of a record.
                if matching::says_truncated(data) {
                    return self.near_miss(cx, means, why);
                }
                return Progress::Ignored(why);
            }
        };
        match matching::check(message, &attempt.question, true) {
            Ok(()) => {}
            Err(why @ Ignored::WrongQuestion) => return self.near_miss(cx, means, why),
            Err(why) => return Progress::Ignored(why),
        }
        let cookie_verified = match self.check_cookie(means, message, &attempt) {
            Ok(verified) => verified,
            Err(why) => return self.near_miss(cx, means, why),
        };
        if let Err(exhausted) = means.budget.received(data.len()) {
            return self.finish(cx, means, Err(ExchangeError::Exhausted(exhausted)));
        }
        self.taken(cx, means, message, Proto::Datagram, &attempt, cookie_verified)
    }

    /// Whether a datagram has our cookie. A server that gave us one before has no reason to leave it out.
    fn check_cookie(
        &self,
        means: &mut Means<'_>,
        message: Message<'_>,
        attempt: &Attempt,
    ) -> Result<bool, Ignored> {
        let Some(sent) = attempt.cookie else {
            return Ok(false);
        };
        let known = means.servers.get_mut(self.server);
        match matching::cookie(message, sent) {
            CookieCheck::Verified(cookie) => {
                if let Some(server) = known.filter(|_| !cookie.is_empty()) {
                    server.gave_cookie(cookie);
                }
                Ok(true)
            }
            CookieCheck::Absent if known.is_none_or(|server| server.server_cookie().is_empty()) => Ok(false),
            CookieCheck::Absent | CookieCheck::Wrong => Err(Ignored::WrongCookie),
        }
    }

    /// A whole message arrived on the stream, with the ID of the present attempt there. It is paid for, whatever it says: only
    /// the server itself can send it.
    pub(crate) fn message(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>, data: &Bytes) -> Progress {
        if let Err(exhausted) = means.budget.received(data.len()) {
            return self.finish(cx, means, Err(ExchangeError::Exhausted(exhausted)));
        }
        let Some(attempt) = self.stream.clone() else {
            return Progress::Ignored(Ignored::Unexpected);
        };
        let message = match Message::parse(data) {
            Ok(message) => message,
            Err(error) => {
                let offset = error.offset();
                return Progress::Ignored(Ignored::Malformed { offset });
            }
        };
        // Nobody off the path can have sent it: its letters only tell what the server does with them.
        if let Err(why) = matching::check(message, &attempt.question, false) {
            return Progress::Ignored(why);
        }
        let cookie_verified = match attempt.cookie.map(|sent| matching::cookie(message, sent)) {
            Some(CookieCheck::Verified(cookie)) => {
                if let Some(server) = means.servers.get_mut(self.server) {
                    server.gave_cookie(cookie);
                }
                true
            }
            Some(CookieCheck::Absent) => {
                if let Some(server) = means.servers.get_mut(self.server) {
                    server.gave_cookie(&[]);
                }
                false
            }
            Some(CookieCheck::Wrong) => return Progress::Ignored(Ignored::WrongCookie),
            None => false,
        };
        self.taken(cx, means, message, Proto::Stream, &attempt, cookie_verified)
    }

    /// A message arrived that is the server's, as far as one can tell.
    fn taken(
        &mut self,
        cx: &mut Cx<'_>,
        means: &mut Means<'_>,
        message: Message<'_>,
        proto: Proto,
        attempt: &Attempt,
        cookie_verified: bool,
    ) -> Progress {
        let evident = proto == Proto::Stream || cookie_verified;
        match self.form.next(message, proto, attempt.edns, evident) {
            Next::Again => {
                self.retire(cx, means, proto, true);
                if proto == Proto::Datagram && !self.form.may_send_datagram(means.most_datagrams) {
                    return self.attempt(cx, means, Proto::Stream);
                }
                // There was a reply, so no attempt was lost. But a server that closes each connection gets no more than one beyond
                // the attempts.
                if proto == Proto::Stream && self.streams > self.options.attempts {
                    return self.attempt(cx, means, proto);
                }
                self.send(cx, means, proto)
            }
            Next::Stream => {
                self.retire(cx, means, proto, true);
                match (&self.stream, proto) {
                    // Something suspicious has led there already.
                    (Some(_), Proto::Datagram) => Progress::Waiting,
                    (_, Proto::Datagram) => self.attempt(cx, means, Proto::Stream),
                    (_, Proto::Stream) => self.give_up(cx, means, ExchangeError::Truncated),
                }
            }
            Next::Answer => {
                if let Some(server) = means.servers.get_mut(self.server) {
                    self.form
                        .learn(cx.now.mono, server, message, proto, evident, &attempt.question);
                }
                let reply = Reply {
                    message: message.to_shared_in(means.replies, &self.question.name),
                    server: self.server,
                    proto,
                    round_trip: cx.now.mono.since(attempt.since),
                    cookie_verified,
                    edns_dropped: self.options.edns.is_some() && !attempt.edns,
                };
                if !evident && self.suspicious && self.stream.is_some() {
                    self.retire(cx, means, Proto::Datagram, true);
                    self.held = Some(reply);
                    return Progress::Waiting;
                }
                self.retire(cx, means, proto, true);
                self.finish(cx, means, Ok(reply))
            }
        }
    }

    /// Something arrived where only the reply should, and it is not the reply: somebody may be guessing. Over a stream there is
    /// nothing to guess.
    pub(crate) fn near_miss(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>, why: Ignored) -> Progress {
        if !self.suspicious && self.datagram.is_some() && !planted!(NearMissesTolerated) {
            self.suspicious = true;
            if self.stream.is_none() && self.streams < self.options.attempts {
                // What it costs may be more than is left. The datagram is waited for in any case.
                let _unaffordable = self.send_stream(cx, means);
            }
        }
        Progress::Ignored(why)
    }

    /// The network refused the datagram.
    pub(crate) fn rejected(&mut self, cx: &Cx<'_>, cause: CloseCause) -> Progress {
        if let Some(attempt) = &mut self.datagram {
            self.trouble = Some(ExchangeError::Rejected(cause));
            attempt.due = attempt.due.min(cx.now.mono.after(AFTER_REJECTION));
        }
        Progress::Waiting
    }

    /// The flow of an attempt ended: it could not be opened, or the peer or the network ended it. The flow is gone already.
    pub(crate) fn closed(
        &mut self,
        cx: &mut Cx<'_>,
        means: &mut Means<'_>,
        proto: Proto,
        cause: CloseCause,
    ) -> Progress {
        let place = match proto {
            Proto::Datagram => &mut self.datagram,
            Proto::Stream => &mut self.stream,
        };
        let Some(attempt) = place.take() else {
            return Progress::Waiting;
        };
        self.trouble = Some(ExchangeError::Closed(cause));
        match cause {
            // Both say that the server was there and stopped in mid-question: another connection may fare better.
            CloseCause::Reset | CloseCause::Finished => self.attempt(cx, means, proto),
            // The connection died while it was idle, and our query found it dead.
            CloseCause::TimedOut if attempt.reused => self.attempt(cx, means, proto),
            CloseCause::Refused
            | CloseCause::Unreachable
            | CloseCause::TimedOut
            | CloseCause::Forbidden
            | CloseCause::TooLarge => self.give_up(cx, means, ExchangeError::Closed(cause)),
            // Our own trouble passes, and says nothing about the server.
            CloseCause::Descriptors
            | CloseCause::Buffers
            | CloseCause::Addresses
            | CloseCause::Shutdown
            | CloseCause::Other => {
                self.pause = Some((proto, attempt.due));
                Progress::Waiting
            }
        }
    }

    /// The device moved to another network: all attempts are lost.
    pub(crate) fn network_changed(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>) -> Progress {
        let proto = if self.datagram.is_none() && self.stream.is_some() {
            Proto::Stream
        } else {
            self.pause.map_or(Proto::Datagram, |(proto, _)| proto)
        };
        self.retire(cx, means, Proto::Datagram, false);
        self.retire(cx, means, Proto::Stream, false);
        self.pause = None;
        self.held = None;
        self.trouble = Some(ExchangeError::Closed(CloseCause::Unreachable));
        means.servers.asked(cx.rng, self.server);
        self.attempt(cx, means, proto)
    }

    /// Time passed.
    pub(crate) fn tick(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>) -> Progress {
        let now = cx.now.mono;
        if now >= means.budget.deadline() {
            let outcome = self
                .held
                .take()
                .ok_or_else(|| self.trouble.unwrap_or(ExchangeError::TimedOut));
            return self.finish(cx, means, outcome);
        }
        if let Some((proto, _)) = self.pause.take_if(|(_, until)| *until <= now) {
            return self.attempt(cx, means, proto);
        }
        if self.datagram.as_ref().is_some_and(|attempt| attempt.due <= now) {
            self.retire(cx, means, Proto::Datagram, false);
            self.trouble.get_or_insert(ExchangeError::TimedOut);
            self.form.datagram_lost();
            return self.attempt(cx, means, Proto::Datagram);
        }
        if let Some(attempt) = self.stream.as_ref().filter(|attempt| attempt.due <= now) {
            if attempt.reused {
                self.streams = self.streams.saturating_add(1);
            }
            self.retire(cx, means, Proto::Stream, false);
            self.trouble.get_or_insert(ExchangeError::TimedOut);
            if self.held.is_none() && self.datagram.is_none() {
                return self.attempt(cx, means, Proto::Stream);
            }
            return self.give_up(cx, means, ExchangeError::TimedOut);
        }
        Progress::Waiting
    }

    /// Nobody wants the reply any more.
    pub(crate) fn cancel(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>) {
        self.retire(cx, means, Proto::Datagram, false);
        if !planted!(CancelLeavesFlow) {
            self.retire(cx, means, Proto::Stream, false);
        }
    }

    /// When time will matter next.
    pub(crate) fn wake(&self, budget: &Budget) -> Wake {
        let end = Wake {
            at: budget.deadline(),
            why: "the time for the question is over",
        };
        let asked = |attempt: &Attempt| Wake {
            at: attempt.due,
            why: "no reply yet: ask again",
        };
        let pause = self.pause.map(|(_, at)| Wake {
            at,
            why: "local trouble: ask again",
        });
        let attempts = [
            self.datagram.as_ref().map(asked),
            self.stream.as_ref().map(asked),
            pause,
        ];
        let earliest = attempts.into_iter().fold(Some(end), Wake::earlier);
        earliest.unwrap_or(end)
    }

    /// The next attempt over `proto`, or the end if there were enough. One that is out already is waited for.
    fn attempt(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>, proto: Proto) -> Progress {
        let out = match proto {
            Proto::Datagram => &self.datagram,
            Proto::Stream => &self.stream,
        };
        if out.is_some() {
            return Progress::Waiting;
        }
        let enough = match proto {
            Proto::Datagram => {
                self.form.losses >= self.options.attempts
                    || !self.form.may_send_datagram(means.most_datagrams)
            }
            Proto::Stream => self.streams >= self.options.attempts,
        };
        if enough {
            return self.give_up(cx, means, self.trouble.unwrap_or(ExchangeError::TimedOut));
        }
        self.send(cx, means, proto)
    }

    fn send(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>, proto: Proto) -> Progress {
        #[cfg(planted)]
        if planted!(BudgetRefilledOnRetry) {
            *means.budget = Budget::new(&crate::limits::Limits::default(), cx.now.mono);
        }
        let sent = match proto {
            Proto::Datagram => self.send_datagram(cx, means),
            Proto::Stream => self.send_stream(cx, means),
        };
        match sent {
            Ok(()) => Progress::Waiting,
            Err(exhausted) => self.give_up(cx, means, ExchangeError::Exhausted(exhausted)),
        }
    }

    /// One way has come to its end. If there is another, it decides.
    fn give_up(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>, error: ExchangeError) -> Progress {
        if let Some(held) = self.held.take_if(|_| self.stream.is_none()) {
            return self.finish(cx, means, Ok(held));
        }
        if self.datagram.is_some() || self.stream.is_some() {
            return Progress::Waiting;
        }
        self.finish(cx, means, Err(error))
    }

    fn send_datagram(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>) -> Result<(), Exhausted> {
        let paid = means.budget.packet(cx.now.mono)?;
        let lease = means.ports.lend(cx, self.id, self.server);
        let waits = self.options.timeout.saturating_mul(1 << self.form.losses.min(16));
        let (attempt, query) = self.write(cx, means, lease, Proto::Datagram, waits);
        means.ports.send(cx, paid, lease.flow, query);
        self.form.datagrams = self.form.datagrams.saturating_add(1);
        self.datagram = Some(attempt);
        Ok(())
    }

    fn send_stream(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>) -> Result<(), Exhausted> {
        // The connection and the message on it are paid for apart.
        let paid = means.budget.packet(cx.now.mono)?;
        let (lease, reused) = means.connections.lend(cx, means.budget, self.id, self.server)?;
        let waits = self.options.timeout.saturating_mul(1 << self.streams.min(16));
        let (mut attempt, query) = self.write(cx, means, lease, Proto::Stream, waits);
        let queued = means.connections.send(cx, paid, lease.flow, &query);
        debug_assert!(queued.is_ok(), "a query fits a stream");
        attempt.reused = reused;
        // One that was there before may have died unnoticed, which says nothing about this question.
        if !reused {
            self.streams = self.streams.saturating_add(1);
        }
        self.stream = Some(attempt);
        Ok(())
    }

    /// Writes the query of an attempt that waits that long.
    fn write(
        &self,
        cx: &mut Cx<'_>,
        means: &mut Means<'_>,
        lease: Lease,
        proto: Proto,
        waits: Duration,
    ) -> (Attempt, Bytes) {
        let now = cx.now.mono;
        let Means {
            servers,
            writer,
            keepalive,
            ..
        } = means;
        let mut question = self.question.clone();
        let server = servers.asked(cx.rng, self.server);
        if self.options.case_randomization && self.form.mixes_case(now, server, proto) {
            question.name = letter_case::randomize(&question.name, cx.rng);
        }
        let edns = self
            .form
            .edns(&self.options, server, *keepalive && proto == Proto::Stream);
        let query = writer.write(cx.scratch, lease.id, &question, &self.options, edns);
        let attempt = Attempt {
            lease,
            since: now,
            due: now.after(waits),
            question,
            edns: edns.is_some(),
            cookie: edns
                .and_then(|(_, extras)| extras.cookie)
                .map(|(client, _)| client),
            reused: false,
        };
        (attempt, query)
    }

    fn finish(
        &mut self,
        cx: &mut Cx<'_>,
        means: &mut Means<'_>,
        outcome: Result<Reply, ExchangeError>,
    ) -> Progress {
        self.cancel(cx, means);
        Progress::Done(outcome)
    }

    /// Ends the attempt over `proto`, if one is out.
    fn retire(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>, proto: Proto, answered: bool) {
        match proto {
            Proto::Datagram => {
                if let Some(attempt) = self.datagram.take() {
                    means.ports.give_back(cx, attempt.lease.flow);
                }
            }
            Proto::Stream => {
                if let Some(attempt) = self.stream.take() {
                    if answered {
                        means.connections.settle(cx, attempt.lease);
                    } else {
                        means.connections.give_up(cx, attempt.lease);
                    }
                }
            }
        }
    }

    /// The stream of the present attempt if it was silent until the attempt fell due.
    pub(crate) fn silent_stream(&self, now: Instant, connections: &Connections) -> Option<FlowId> {
        let attempt = self.stream.as_ref().filter(|attempt| attempt.due <= now)?;
        let flow = attempt.lease.flow;
        connections.is_silent(flow, attempt.since).then_some(flow)
    }

    /// How long the present attempt over a stream waits from beginning to end.
    pub(crate) fn patience(&self) -> Option<Duration> {
        let attempt = self.stream.as_ref()?;
        Some(attempt.due.since(attempt.since))
    }
}
