//! The contract between a machine and whoever drives it.
//!
//! Everything that happens outside is one [`Input`], one command or one [`stream_sent`](Machine::stream_sent); everything
//! that is wanted from outside is one [`Output`]. The rules that both sides keep are on [`Machine`].

use core::fmt;
use core::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use crate::flow::{FlowId, Lane, ListenerId, ObjectId, StoreId};
use crate::time::{Instant, Now};

/// A protocol participant without input or output.
///
/// # What the driver does
///
/// 1. After each `handle`, `command` and `stream_sent`, or after several of them, it calls [`poll`](Self::poll) until
///    [`Output::Idle`], and only then waits: for the world, or for the [`Wake`].
/// 2. Time never goes back. All calls that one wake-up causes carry the same [`Now`] or later ones.
/// 3. A wake-up is an [`Input::Tick`]. The driver asks its clock whether the deadline has passed and never trusts that a
///    timer that fired means that it has. A tick is harmless at any moment.
/// 4. A flow ends once: by [`Input::Closed`], or by [`Action::Close`] or [`Action::Detach`], which nothing answers. After
///    that nothing is delivered for it, and actions that name it are dropped. [`Action::Finish`] with [`Input::Finished`]
///    does not end a flow.
/// 5. On a datagram flow it delivers only what came from the flow's remote address.
/// 6. After [`Action::Writable`] it writes [`stream_out`](Self::stream_out) and reports what the socket took with
///    [`stream_sent`](Self::stream_sent), until `stream_out` is empty; then it waits for the next `Writable`.
/// 7. It delivers a stream in pieces of at most [`LONGEST_PIECE`] octets, and polls to `Idle` before it delivers another
///    piece of the same stream, so that back-pressure takes effect at once: what a machine must hold of a stream that it
///    does not read is bounded.
///
/// # What the machine does
///
/// 1. It changes state in `handle`, `command` and `stream_sent` only. `poll` just takes out what is queued, so what comes
///    out does not depend on how often one polls. A machine that contains machines takes what comes out of them in the
///    call that caused it: left until `poll`, the order among the parts would depend on when that is.
/// 2. What a peer sends is never an error: it is taken, or it comes out as [`Output::Ignored`] with a reason.
/// 3. After a tick and a drain, the next [`Wake`] is strictly later than the tick.
/// 4. The same seed, configuration and inputs give the same outputs, byte for byte.
pub trait Machine {
    /// What the machine tells the application.
    type Event;
    /// What the application tells the machine. A value, so that a recording can hold it.
    type Command;

    /// Something happened outside.
    fn handle(&mut self, now: Now, input: Input<'_>);

    /// The application wants something.
    ///
    /// # Errors
    ///
    /// The caller made a mistake; the machine is unchanged.
    fn command(&mut self, now: Now, command: Self::Command) -> Result<(), Misuse>;

    /// The next thing that the machine wants or tells; [`Output::Idle`] when there is nothing more.
    fn poll(&mut self) -> Output<Self::Event>;

    /// The first contiguous run of bytes that wait to be written to the stream `flow`. Empty if nothing waits, or if the
    /// machine does not know the flow.
    fn stream_out(&self, flow: FlowId) -> &[u8];

    /// The stream `flow` took the first `count` bytes of [`stream_out`](Self::stream_out).
    fn stream_sent(&mut self, now: Now, flow: FlowId, count: usize);
}

/// The most octets of a stream that one [`Input::Received`] brings.
pub const LONGEST_PIECE: usize = 65_536;

/// Something that happened outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// Time passed. Harmless at any moment.
    Tick,
    /// The flow of an [`Action::Open`] can carry data.
    Opened {
        /// The machine's name for it.
        flow: FlowId,
        /// Our end.
        local: SocketAddr,
    },
    /// A listener accepted a stream.
    Accepted {
        /// The driver's name for it, in the listener's lane.
        flow: FlowId,
        /// Where it was accepted.
        listener: ListenerId,
        /// Their end.
        peer: SocketAddr,
        /// Our end.
        local: SocketAddr,
    },
    /// A whole datagram, or any piece of a stream (never an empty one: that is [`Input::Finished`]).
    Received {
        /// Where it arrived.
        flow: FlowId,
        /// What arrived.
        data: &'a [u8],
    },
    /// A datagram on an unconnected listener.
    Request {
        /// Where it arrived.
        listener: ListenerId,
        /// Who claims to have sent it.
        peer: SocketAddr,
        /// The address that it was sent to, where the system tells: a reply must come from there.
        local: Option<LocalAddr>,
        /// The datagram.
        data: &'a [u8],
    },
    /// The network refused a datagram (ICMP). Advice, which anyone who guesses the port can forge: the flow stays open.
    Rejected {
        /// Whose datagram.
        flow: FlowId,
        /// What the network said.
        cause: CloseCause,
    },
    /// The peer will send no more. The other direction is still open.
    Finished {
        /// The stream.
        flow: FlowId,
    },
    /// The flow is no more, or could not be opened.
    Closed {
        /// Which.
        flow: FlowId,
        /// Why.
        cause: CloseCause,
    },
    /// What an [`Action::Store`] asked for is durable now, or is not.
    Stored {
        /// The request.
        token: StoreId,
        /// How it went.
        result: StoreResult,
    },
    /// The device moved to another network: outgoing flows and measured round trips are worth nothing now. Accepted flows
    /// stay; their loss is reported flow by flow.
    NetworkChanged,
}

impl Input<'_> {
    /// The flow that this input is about, if it is about one.
    pub const fn flow(&self) -> Option<FlowId> {
        match *self {
            Self::Opened { flow, .. }
            | Self::Accepted { flow, .. }
            | Self::Received { flow, .. }
            | Self::Rejected { flow, .. }
            | Self::Finished { flow }
            | Self::Closed { flow, .. } => Some(flow),
            Self::Tick | Self::Request { .. } | Self::Stored { .. } | Self::NetworkChanged => None,
        }
    }

    /// The part of a composite machine that this input is for; `None` if it is for all of them.
    pub const fn lane(&self) -> Option<Lane> {
        match *self {
            Self::Opened { flow, .. }
            | Self::Accepted { flow, .. }
            | Self::Received { flow, .. }
            | Self::Rejected { flow, .. }
            | Self::Finished { flow }
            | Self::Closed { flow, .. } => Some(flow.lane()),
            Self::Request { listener, .. } => Some(listener.lane()),
            Self::Stored { token, .. } => Some(token.lane()),
            Self::Tick | Self::NetworkChanged => None,
        }
    }
}

/// Something that a machine wants to have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a flow to `remote`.
    ///
    /// A datagram flow is a connected socket on a fresh local port that outsiders cannot predict (RFC 5452 section 9.2):
    /// the port is the driver's share of the defence against forged replies.
    Open {
        /// The machine's name for it.
        flow: FlowId,
        /// Datagrams or a stream.
        proto: Proto,
        /// The other end.
        remote: SocketAddr,
        /// Whether to read from it, as [`Action::Read`] would say.
        read: bool,
    },
    /// Send one datagram. May follow an [`Action::Open`] at once.
    Send {
        /// Where.
        flow: FlowId,
        /// The datagram.
        data: Bytes,
    },
    /// Send one datagram from an unconnected listener.
    Reply {
        /// From where.
        listener: ListenerId,
        /// To whom.
        to: SocketAddr,
        /// The source address to use: the one that the request was sent to.
        from: Option<LocalAddr>,
        /// The datagram.
        data: Bytes,
    },
    /// [`Machine::stream_out`] of this flow has something now. Said once for each change from empty to filled.
    Writable {
        /// Which.
        flow: FlowId,
    },
    /// Close our direction of the stream once [`Machine::stream_out`] is empty.
    ///
    /// The peer's end ([`Input::Finished`]) may be delivered while bytes still wait here, and an [`Action::Close`] drops
    /// those. A machine whose last words matter closes when both directions are finished and `stream_out` is empty.
    Finish {
        /// Which.
        flow: FlowId,
    },
    /// Start or stop reading: back-pressure.
    Read {
        /// Where.
        flow: FlowId,
        /// Start, or stop.
        wanted: bool,
    },
    /// Start or stop accepting: pressure of new connections.
    Accept {
        /// Where.
        listener: ListenerId,
        /// Start, or stop.
        wanted: bool,
    },
    /// Hand the flow's socket to the application. Nothing has been read from it (the machine opened it with
    /// `read: false`), and the flow ends here.
    Detach {
        /// Which.
        flow: FlowId,
    },
    /// End the flow. Bytes that are not written yet are dropped.
    Close {
        /// Which.
        flow: FlowId,
    },
    /// Make a change durable, and answer with [`Input::Stored`].
    ///
    /// Changes are made, and answered, in the order in which they were asked for. One that fails does not hold up the next:
    /// what is appended after a failed append may lie behind a part of that.
    Store {
        /// The request.
        token: StoreId,
        /// What is changed.
        object: ObjectId,
        /// How.
        change: Change,
    },
}

impl Action {
    /// The flow that this action is about, if it is about one.
    pub const fn flow(&self) -> Option<FlowId> {
        match *self {
            Self::Open { flow, .. }
            | Self::Send { flow, .. }
            | Self::Writable { flow }
            | Self::Finish { flow }
            | Self::Read { flow, .. }
            | Self::Detach { flow }
            | Self::Close { flow } => Some(flow),
            Self::Reply { .. } | Self::Accept { .. } | Self::Store { .. } => None,
        }
    }
}

/// What comes out of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an output that is dropped is an action that nobody takes"]
pub enum Output<E> {
    /// Do this.
    Do(Action),
    /// Tell the application this.
    Event(E),
    /// Something arrived that is worth nothing. It changed no state but counters, and it taught the machine nothing.
    Ignored {
        /// Where it arrived; `None` for a listener or a store.
        flow: Option<FlowId>,
        /// Why it is worth nothing.
        why: Ignored,
    },
    /// Nothing more, until something happens or this moment comes.
    Idle(Option<Wake>),
}

impl<E> Output<E> {
    /// The same output with another event: how a composite machine passes on what its parts say.
    pub fn map_event<F>(self, convert: impl FnOnce(E) -> F) -> Output<F> {
        match self {
            Self::Do(action) => Output::Do(action),
            Self::Event(event) => Output::Event(convert(event)),
            Self::Ignored { flow, why } => Output::Ignored { flow, why },
            Self::Idle(wake) => Output::Idle(wake),
        }
    }
}

/// When a machine wants a tick, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wake {
    /// Not before this moment.
    pub at: Instant,
    /// What will be due, in a few words: the first question of everyone who debugs a timer.
    pub why: &'static str,
}

impl Wake {
    /// The earlier of two wakes, either of which may be absent; the first of two equal ones.
    pub fn earlier(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => Some(if b.at < a.at { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// What a flow carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proto {
    /// Whole messages that may be lost, doubled and reordered: UDP.
    Datagram,
    /// Bytes in order: TCP.
    Stream,
}

/// The address of ours to which a datagram was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalAddr {
    /// The address.
    pub ip: IpAddr,
    /// The interface's index, which a link-local address needs; 0 if it does not matter.
    pub interface: u32,
}

/// Why a flow ended, could not be opened, or a datagram was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CloseCause {
    /// The peer does not listen there.
    Refused,
    /// The peer, or someone in its name, cut the stream.
    Reset,
    /// Both directions were finished in order.
    Finished,
    /// There is no way to the peer: no route, host or network unreachable.
    Unreachable,
    /// The peer stopped acknowledging.
    TimedOut,
    /// The way forbids it: a filter or a missing permission.
    Forbidden,
    /// The datagram is larger than the way takes.
    TooLarge,
    /// No descriptor was free here.
    Descriptors,
    /// No buffer was free here.
    Buffers,
    /// No local address or port was free here.
    Addresses,
    /// The driver is being shut down.
    Shutdown,
    /// The system gave a reason for which there is no name here.
    Other,
}

/// Who has to do something about a [`CloseCause`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blame {
    /// The peer did it: this is knowledge about the server.
    Peer,
    /// The way there did it.
    Path,
    /// It is our own trouble, and teaches nothing about a server.
    Local,
}

impl CloseCause {
    /// Who has to do something about it.
    pub const fn blame(self) -> Blame {
        match self {
            Self::Refused | Self::Reset | Self::Finished => Blame::Peer,
            Self::Unreachable | Self::TimedOut | Self::Forbidden | Self::TooLarge => Blame::Path,
            Self::Descriptors | Self::Buffers | Self::Addresses | Self::Shutdown | Self::Other => {
                Blame::Local
            }
        }
    }
}

impl fmt::Display for CloseCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused",
            Self::Reset => "connection reset",
            Self::Finished => "the peer closed the connection",
            Self::Unreachable => "host or network unreachable",
            Self::TimedOut => "the connection timed out",
            Self::Forbidden => "not permitted",
            Self::TooLarge => "the message is too large for the path",
            Self::Descriptors => "no file descriptor is free",
            Self::Buffers => "no buffer is free",
            Self::Addresses => "no local address or port is free",
            Self::Shutdown => "the driver is shutting down",
            Self::Other => "the system gave an unknown error",
        })
    }
}

/// A change to a stored object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Add to its end. After a crash either all of it is there or a prefix, which the reader must recognise.
    Append(Bytes),
    /// Put this in its place, at once: after a crash the old or the new content is there, whole.
    Replace(Bytes),
}

/// How an [`Action::Store`] went.
pub type StoreResult = Result<(), StoreError>;

/// Why a change is not durable. Part of an append may be there nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum StoreError {
    /// There is no room.
    #[error("no room is left on the device")]
    Full,
    /// Reading or writing failed.
    #[error("the device failed")]
    Device,
    /// The driver has no store, or none for this object.
    #[error("no store is configured for this object")]
    Missing,
}

/// Why something that arrived is worth nothing.
///
/// None of these is an error: each is a named reason that tests assert and that metrics count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Ignored {
    /// The machine does not know this flow, or it ended before.
    UnknownFlow,
    /// The machine did not ask for anything to be stored under this token.
    UnknownStore,
    /// The machine does not use this listener.
    UnknownListener,
    /// The input does not fit the flow's kind or state: a datagram flow was finished, or it was opened twice.
    OutOfPlace,
    /// The bytes are no DNS message; decoding stopped at this offset.
    Malformed {
        /// Octets from the start of the message.
        offset: u16,
    },
    /// A message arrived where a response was expected, and it is a query (QR is 0).
    NotAResponse,
    /// A message arrived where a query was expected, and it is a response (QR is 1). It is never answered.
    NotAQuery,
    /// The message ID is not that of a question in flight here.
    WrongId,
    /// The opcode is not that of the question.
    WrongOpcode,
    /// The question section does not repeat the question, letter for letter.
    WrongQuestion,
    /// The datagram is larger than the payload size that we advertised.
    LargerThanAdvertised,
    /// The cookie is not the one that was sent, or is missing where the server gave one before (RFC 7873 section 5.3).
    WrongCookie,
    /// Nothing was asked on this flow yet, or everything was answered.
    Unexpected,
    /// The rules of access say that a request from there gets no reply.
    Denied,
    /// So many replies went to that network lately that this one does not.
    RateLimited,
    /// The datagram says that it came from port 0, where no reply can be sent to.
    PortZero,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownFlow => "the flow is unknown or ended",
            Self::UnknownStore => "nothing is being stored under this token",
            Self::UnknownListener => "the listener is not used",
            Self::OutOfPlace => "it does not fit the state of the flow",
            Self::Malformed { offset } => return write!(f, "no DNS message: malformed at octet {offset}"),
            Self::NotAResponse => "it is a query, not a response",
            Self::NotAQuery => "it is a response, not a query",
            Self::WrongId => "no question in flight here has this ID",
            Self::WrongOpcode => "the opcode is not that of the question",
            Self::WrongQuestion => "it answers another question",
            Self::LargerThanAdvertised => "it is larger than the advertised payload size",
            Self::WrongCookie => "it has not the cookie that was sent",
            Self::Unexpected => "nothing is in flight here",
            Self::Denied => "requests from there are to get no reply",
            Self::RateLimited => "that network got too many replies lately",
            Self::PortZero => "it came from port 0, where no reply can be sent to",
        })
    }
}

/// The caller of a machine made a mistake. It says which; the machine is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The name is already in use.
    #[error("{0} is already in use: give each one a new number")]
    InUse(u64),
    /// There is nothing by that name: it never was, or it has ended.
    #[error("{0} is not in use: it was never started, or it has ended")]
    NotInUse(u64),
    /// A value lies outside its range.
    #[error("{what} is {value}, but must be between {least} and {most}")]
    OutOfRange {
        /// Which value.
        what: &'static str,
        /// What it is.
        value: u64,
        /// The least that it may be.
        least: u64,
        /// The most that it may be.
        most: u64,
    },
    /// Something cannot be expressed on the wire, or not in this place.
    #[error("{0}")]
    Impossible(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::size_of;

    /// Both are moved around for each packet. Growth must be a decision.
    #[test]
    fn inputs_and_outputs_stay_small() {
        std::println!(
            "size of Input {}, Action {}, Output<()> {}, Now {}",
            size_of::<Input<'_>>(),
            size_of::<Action>(),
            size_of::<Output<()>>(),
            size_of::<Now>()
        );
        assert!(size_of::<Input<'_>>() <= 88);
        assert!(size_of::<Output<()>>() <= 104);
        assert!(size_of::<Now>() <= 24);
    }

    #[test]
    fn contract_types_cross_threads() {
        fn crosses<T: Send + Sync>() {}
        crosses::<Input<'_>>();
        crosses::<Output<()>>();
        crosses::<Misuse>();
    }

    #[test]
    fn local_trouble_teaches_nothing_about_a_server() {
        for cause in [
            CloseCause::Descriptors,
            CloseCause::Buffers,
            CloseCause::Addresses,
            CloseCause::Shutdown,
        ] {
            assert_eq!(cause.blame(), Blame::Local);
        }
    }

    #[test]
    fn what_names_something_tells_its_lane_and_what_concerns_all_names_none() {
        let flow = FlowId::from_machine(Lane(7), 1);
        let token = StoreId::new(Lane(8), 1);
        let listener = ListenerId::new(Lane(9), 1);
        let peer = ([192, 0, 2, 1], 53).into();
        let request = Input::Request {
            listener,
            peer,
            local: None,
            data: &[],
        };
        let result = Ok(());
        assert_eq!(Input::Finished { flow }.lane(), Some(Lane(7)));
        assert_eq!(Input::Stored { token, result }.lane(), Some(Lane(8)));
        assert_eq!(request.lane(), Some(Lane(9)));
        assert_eq!((Input::Tick.lane(), Input::NetworkChanged.lane()), (None, None));
    }

    #[test]
    fn of_two_equal_wakes_the_first_is_kept() {
        let wake = |nanoseconds, why| {
            Some(Wake {
                at: Instant::from_nanos(nanoseconds),
                why,
            })
        };
        assert_eq!(Wake::earlier(wake(1, "a"), wake(1, "b")), wake(1, "a"));
        assert_eq!(Wake::earlier(wake(2, "a"), wake(1, "b")), wake(1, "b"));
        assert_eq!(Wake::earlier(None, wake(1, "b")), wake(1, "b"));
    }
}
