//! One question to one server: attempts, matching of replies, truncation.

use core::net::SocketAddr;
use core::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::budget::{Budget, Exhausted};
use crate::context::Cx;
use crate::limits::Limits;
use crate::machine::{CloseCause, Ignored, Misuse, Proto, Wake};
use crate::planted::planted;
use crate::time::Instant;
use crate::transport::connections::Connections;
use crate::transport::ports::{Lease, Ports};
use crate::transport::{QuestionId, query};
use crate::wire::{Message, Opcode, Options, Question, Rcode, Section, SharedMessage};

/// How a question is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryOptions {
    /// What the first attempt goes over. A truncated datagram leads to a stream in any case (RFC 7766 section 5).
    pub proto: Proto,
    /// RD: the server may ask others (RFC 1035 section 4.1.1).
    pub recursion_desired: bool,
    /// AD: we understand the AD bit of the response (RFC 6840 section 5.7).
    pub authentic_data: bool,
    /// CD: we check signatures ourselves (RFC 4035 section 3.2.2).
    pub checking_disabled: bool,
    /// The OPT record of the query; `None` asks without EDNS.
    pub edns: Option<Edns>,
    /// How long the first attempt waits for its reply; each further one waits twice as long as the one before. From 1 ms
    /// to 10 s.
    pub timeout: Duration,
    /// Datagrams, and apart from them connections, that are tried: from 1 to [`Limits::attempts`].
    pub attempts: u8,
}

/// How many octets the options of a query may have: a query with all of them fits every datagram and stream.
const MOST_OPTIONS: u64 = 32_768;

/// What a query says in its OPT record (RFC 6891 section 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edns {
    /// The largest datagram that we take, in octets, at most [`Limits::udp_payload`]. Less than 512 counts as 512.
    pub udp_payload: u16,
    /// DO: DNSSEC records are welcome (RFC 3225).
    pub dnssec_ok: bool,
    /// The version of EDNS, of which there is only 0: another one asks the server which versions it speaks (section 6.1.3).
    pub version: u8,
    /// The options, in order: at most 32 768 octets with their headers.
    pub options: Options,
}

impl Default for Edns {
    fn default() -> Self {
        Self {
            udp_payload: 1232,
            dnssec_ok: false,
            version: 0,
            options: Options::default(),
        }
    }
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            proto: Proto::Datagram,
            recursion_desired: true,
            authentic_data: false,
            checking_disabled: false,
            edns: Some(Edns::default()),
            timeout: Duration::from_secs(1),
            attempts: 3,
        }
    }
}

impl QueryOptions {
    /// Whether every value lies in its range.
    ///
    /// # Errors
    ///
    /// The first that does not.
    pub fn validate(&self, limits: &Limits) -> Result<(), Misuse> {
        let milliseconds = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        let payload = self.edns.as_ref().map_or(0, |edns| edns.udp_payload);
        let options = self.edns.as_ref().map_or(0, |edns| edns.options.wire_len());
        for (what, value, least, most) in [
            ("timeout in milliseconds", milliseconds, 1, 10_000),
            (
                "attempts",
                u64::from(self.attempts),
                1,
                u64::from(limits.attempts),
            ),
            (
                "udp_payload",
                u64::from(payload),
                0,
                u64::from(limits.udp_payload),
            ),
            (
                "octets of EDNS options",
                u64::try_from(options).unwrap_or(u64::MAX),
                0,
                MOST_OPTIONS,
            ),
        ] {
            if value < least || value > most {
                return Err(Misuse::OutOfRange {
                    what,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }

    /// The largest datagram that may answer.
    fn largest_reply(&self) -> u16 {
        self.edns.as_ref().map_or(512, |edns| edns.udp_payload.max(512))
    }
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The whole message. It answers the question, whatever its RCODE says, and it is not truncated.
    pub message: SharedMessage,
    /// Who answered.
    pub server: SocketAddr,
    /// What it came over.
    pub proto: Proto,
    /// From the sending of the attempt that was answered to its reply; with a new connection, its opening included.
    pub round_trip: Duration,
}

/// Why a server did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// No reply came in time.
    #[error("no reply came in time")]
    TimedOut,
    /// The network refused the datagrams, and no reply came nevertheless.
    #[error("the network refused the query: {0}")]
    Rejected(CloseCause),
    /// The flow could not be opened, or it ended before the reply was whole.
    #[error("the connection failed: {0}")]
    Closed(CloseCause),
    /// The server said over a stream that its answer is truncated, where nothing can be too long for it.
    #[error("the reply is truncated even over a stream")]
    Truncated,
    /// The question has used up its budget.
    #[error("{0}")]
    Exhausted(Exhausted),
}

/// What an input meant to an exchange.
#[derive(Debug)]
pub(crate) enum Progress {
    Waiting,
    Ignored(Ignored),
    Done(Result<Reply, ExchangeError>),
}

/// What an exchange acts through: the flows that belong to its machine, and the question's budget.
pub(crate) struct Means<'a> {
    pub(crate) ports: &'a mut Ports,
    pub(crate) connections: &'a mut Connections,
    pub(crate) budget: &'a mut Budget,
}

/// One question on its way to one server and back.
#[derive(Debug)]
pub(crate) struct Exchange {
    id: QuestionId,
    server: SocketAddr,
    question: Question,
    options: QueryOptions,
    datagrams: u8,
    streams: u8,
    state: State,
    /// What went wrong with the present attempt, if it is known to be in vain.
    trouble: Option<ExchangeError>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// An attempt is out. One at a time: what answers an older one is not taken any more, so that a forger has one target.
    Asked {
        proto: Proto,
        lease: Lease,
        since: Instant,
        due: Instant,
    },
    /// No attempt is out; the next is made over `proto`.
    Pausing { proto: Proto, until: Instant },
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
        let state = State::Pausing {
            proto: options.proto,
            until: cx.now.mono,
        };
        let mut exchange = Self {
            id,
            server,
            question,
            options,
            datagrams: 0,
            streams: 0,
            state,
            trouble: None,
        };
        let progress = exchange.attempt(cx, means, exchange.options.proto);
        (exchange, progress)
    }

    /// A datagram arrived, on the flow and with the ID that are lent to the present attempt: the ports have seen to that.
    pub(crate) fn datagram(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>, data: &[u8]) -> Progress {
        let State::Asked {
            proto: Proto::Datagram,
            since,
            ..
        } = self.state
        else {
            return Progress::Ignored(Ignored::Unexpected);
        };
        if data.len() > usize::from(self.options.largest_reply()) {
            return Progress::Ignored(Ignored::LargerThanAdvertised);
        }
        match self.matching(Bytes::copy_from_slice(data)) {
            Ok(message) => self.datagram_answered(cx, means, message, since),
            Err(Ignored::Malformed { .. }) if planted!(MalformedReplyEndsQuestion) => {
                self.finish(cx, means, Err(ExchangeError::TimedOut))
            }
            Err(why) => Progress::Ignored(why),
        }
    }

    /// A piece of the stream arrived. All of it is paid for, messages or not: only the server itself can send it.
    pub(crate) fn piece(&self, cx: &mut Cx<'_>, means: &mut Means<'_>, length: usize) -> Progress {
        match means.budget.received(length) {
            Ok(()) => Progress::Waiting,
            Err(exhausted) => self.finish(cx, means, Err(ExchangeError::Exhausted(exhausted))),
        }
    }

    /// A whole message arrived on the stream.
    pub(crate) fn message(&self, cx: &mut Cx<'_>, means: &mut Means<'_>, message: Bytes) -> Progress {
        let State::Asked {
            proto: Proto::Stream,
            lease,
            since,
            ..
        } = self.state
        else {
            return Progress::Ignored(Ignored::Unexpected);
        };
        match self.matching(message) {
            Ok(message) if message.view().id() != lease.id => Progress::Ignored(Ignored::WrongId),
            Ok(message) if message.view().flags().tc() => {
                self.finish(cx, means, Err(ExchangeError::Truncated))
            }
            Ok(message) => self.answered(cx, means, message, Proto::Stream, since),
            Err(why) => Progress::Ignored(why),
        }
    }

    /// The network refused the datagram.
    pub(crate) fn rejected(&mut self, cx: &Cx<'_>, cause: CloseCause) -> Progress {
        if let State::Asked {
            proto: Proto::Datagram,
            due,
            ..
        } = &mut self.state
        {
            self.trouble = Some(ExchangeError::Rejected(cause));
            *due = (*due).min(cx.now.mono.after(AFTER_REJECTION));
        }
        Progress::Waiting
    }

    /// The flow of the present attempt ended: it could not be opened, or the peer or the network ended it.
    pub(crate) fn closed(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>, cause: CloseCause) -> Progress {
        let State::Asked { proto, due, .. } = self.state else {
            return Progress::Waiting;
        };
        self.release(cx, means);
        self.trouble = Some(ExchangeError::Closed(cause));
        match cause {
            // Both say that the server was there and stopped in mid-question: another connection may fare better.
            CloseCause::Reset | CloseCause::Finished => self.attempt(cx, means, proto),
            CloseCause::Refused
            | CloseCause::Unreachable
            | CloseCause::TimedOut
            | CloseCause::Forbidden
            | CloseCause::TooLarge => self.finish(cx, means, Err(ExchangeError::Closed(cause))),
            // Our own trouble passes, and says nothing about the server.
            CloseCause::Descriptors
            | CloseCause::Buffers
            | CloseCause::Addresses
            | CloseCause::Shutdown
            | CloseCause::Other => {
                self.state = State::Pausing { proto, until: due };
                Progress::Waiting
            }
        }
    }

    /// The device moved to another network: the present attempt is lost.
    pub(crate) fn network_changed(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>) -> Progress {
        self.release(cx, means);
        let (State::Asked { proto, .. } | State::Pausing { proto, .. }) = self.state;
        self.trouble = Some(ExchangeError::Closed(CloseCause::Unreachable));
        self.attempt(cx, means, proto)
    }

    /// Time passed.
    pub(crate) fn tick(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>) -> Progress {
        if cx.now.mono >= means.budget.deadline() {
            let error = self.trouble.unwrap_or(ExchangeError::TimedOut);
            return self.finish(cx, means, Err(error));
        }
        match self.state {
            State::Asked { proto, due, .. } if due <= cx.now.mono => {
                self.release(cx, means);
                self.trouble.get_or_insert(ExchangeError::TimedOut);
                self.attempt(cx, means, proto)
            }
            State::Pausing { proto, until } if until <= cx.now.mono => self.attempt(cx, means, proto),
            State::Asked { .. } | State::Pausing { .. } => Progress::Waiting,
        }
    }

    /// Nobody wants the reply any more.
    pub(crate) fn cancel(&self, cx: &mut Cx<'_>, means: &mut Means<'_>) {
        self.release(cx, means);
    }

    /// When time will matter next.
    pub(crate) fn wake(&self, budget: &Budget) -> Wake {
        let next = match self.state {
            State::Asked { due, .. } => Wake {
                at: due,
                why: "no reply yet: ask again",
            },
            State::Pausing { until, .. } => Wake {
                at: until,
                why: "local trouble: ask again",
            },
        };
        let end = Wake {
            at: budget.deadline(),
            why: "the time for the question is over",
        };
        if end.at <= next.at { end } else { next }
    }

    /// The next attempt over `proto`, or the end if there were enough. No attempt is out when this is called.
    fn attempt(&mut self, cx: &mut Cx<'_>, means: &mut Means<'_>, proto: Proto) -> Progress {
        let made = match proto {
            Proto::Datagram => &mut self.datagrams,
            Proto::Stream => &mut self.streams,
        };
        if *made >= self.options.attempts {
            return Progress::Done(Err(self.trouble.unwrap_or(ExchangeError::TimedOut)));
        }
        let waiting = self.options.timeout.saturating_mul(1u32 << (*made).min(16));
        *made = made.saturating_add(1);
        #[cfg(planted)]
        if planted!(BudgetRefilledOnRetry) {
            *means.budget = Budget::new(&Limits::default(), cx.now.mono);
        }
        let since = cx.now.mono;
        match self.send(cx, means, proto) {
            Ok(lease) => {
                self.trouble = None;
                self.state = State::Asked {
                    proto,
                    lease,
                    since,
                    due: since.after(waiting),
                };
                Progress::Waiting
            }
            Err(exhausted) => Progress::Done(Err(ExchangeError::Exhausted(exhausted))),
        }
    }

    /// Sends the query on a flow of its own.
    fn send(&self, cx: &mut Cx<'_>, means: &mut Means<'_>, proto: Proto) -> Result<Lease, Exhausted> {
        let now = cx.now.mono;
        let paid = means.budget.packet(now)?;
        match proto {
            Proto::Datagram => {
                let lease = means.ports.lend(cx, self.id, self.server);
                let query = self.query(cx.scratch, lease.id);
                means.ports.send(cx, paid, lease.flow, query);
                Ok(lease)
            }
            Proto::Stream => {
                // The connection and the message on it are paid for apart.
                let for_message = means.budget.packet(now)?;
                let lease = means.connections.open(cx, paid, self.id, self.server);
                let query = self.query(cx.scratch, lease.id);
                let queued = means.connections.send(cx, for_message, lease.flow, &query);
                debug_assert!(queued.is_ok(), "a query fits a stream");
                Ok(lease)
            }
        }
    }

    fn query(&self, scratch: &mut BytesMut, id: u16) -> Bytes {
        query::write(scratch, id, &self.question, &self.options)
    }

    /// The message, if it is a response to this question in every field but the ID.
    fn matching(&self, bytes: Bytes) -> Result<SharedMessage, Ignored> {
        let malformed = |offset| Ignored::Malformed { offset };
        let shared = SharedMessage::parse(bytes).map_err(|error| malformed(error.offset()))?;
        let message = shared.view();
        if planted!(MatchedOnIdAlone) {
            return Ok(shared);
        }
        if !message.flags().qr() {
            return Err(Ignored::NotAResponse);
        }
        if message.opcode() != Opcode::QUERY {
            return Err(Ignored::WrongOpcode);
        }
        match message.question() {
            Some(question) if question.repeats(&self.question) => Ok(shared),
            None if is_bare_error(message) => Ok(shared),
            _ => Err(Ignored::WrongQuestion),
        }
    }

    /// A datagram that is the reply to the present attempt is here.
    fn datagram_answered(
        &mut self,
        cx: &mut Cx<'_>,
        means: &mut Means<'_>,
        message: SharedMessage,
        since: Instant,
    ) -> Progress {
        if let Err(exhausted) = means.budget.received(message.as_bytes().len()) {
            return self.finish(cx, means, Err(ExchangeError::Exhausted(exhausted)));
        }
        if message.view().flags().tc() {
            self.release(cx, means);
            return self.attempt(cx, means, Proto::Stream);
        }
        self.answered(cx, means, message, Proto::Datagram, since)
    }

    fn answered(
        &self,
        cx: &mut Cx<'_>,
        means: &mut Means<'_>,
        message: SharedMessage,
        proto: Proto,
        since: Instant,
    ) -> Progress {
        let round_trip = cx.now.mono.since(since);
        self.finish(
            cx,
            means,
            Ok(Reply {
                message,
                server: self.server,
                proto,
                round_trip,
            }),
        )
    }

    fn finish(
        &self,
        cx: &mut Cx<'_>,
        means: &mut Means<'_>,
        outcome: Result<Reply, ExchangeError>,
    ) -> Progress {
        self.release(cx, means);
        Progress::Done(outcome)
    }

    /// Ends the flow of the present attempt, if one is out and its flow is still there.
    fn release(&self, cx: &mut Cx<'_>, means: &mut Means<'_>) {
        match self.state {
            State::Asked {
                proto: Proto::Datagram,
                lease,
                ..
            } => means.ports.give_back(cx, lease.flow),
            State::Asked {
                proto: Proto::Stream,
                lease,
                ..
            } => means.connections.close(cx, lease.flow),
            State::Pausing { .. } => {}
        }
    }
}

/// An error that does not repeat the question, as servers send that could not read it or do not want to. It says nothing
/// but its RCODE.
fn is_bare_error(message: Message<'_>) -> bool {
    message.question_count() == 0
        && ![Rcode::NOERROR, Rcode::NXDOMAIN].contains(&message.rcode())
        && Section::ALL
            .into_iter()
            .all(|section| message.records(section).next().is_none())
}
