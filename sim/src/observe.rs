//! Looking on, and objecting.

use core::any::Any;
use core::fmt;
use core::hash::Hasher as _;
use core::time::Duration;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Input, Misuse, Output};
use nameward_core::time::{Instant, Now};
use nameward_core::trace::{Record, encode_input};
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::host::HostId;
use crate::link::Packet;

/// Something that happened, as the world sees it. Observers are told about every one.
#[derive(Clone, Copy, Debug)]
pub struct Happening<'a> {
    /// The world's time.
    pub at: Instant,
    /// Whom it concerns.
    pub host: HostId,
    /// What it is.
    pub what: What<'a>,
}

/// What happened.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// The host sent a datagram.
    Sent(&'a Packet),
    /// A datagram that the host sent, or that came for it, went no further.
    Dropped(&'a Packet, Dropped),
    /// A scripted host got a datagram.
    Arrived(&'a Packet),
    /// A machine got an input.
    Input {
        /// The host's clocks.
        now: Now,
        /// The input.
        input: &'a Input<'a>,
        /// The datagram that it brings, with its true author.
        packet: Option<&'a Packet>,
    },
    /// A machine got a command.
    Command {
        /// The host's clocks.
        now: Now,
        /// The command.
        command: &'a dyn Told,
        /// What the machine answered.
        answer: &'a Result<(), Misuse>,
    },
    /// A machine's stream took bytes.
    StreamSent {
        /// The host's clocks.
        now: Now,
        /// The stream.
        flow: FlowId,
        /// The bytes.
        data: &'a [u8],
    },
    /// Something came out of a machine.
    Output {
        /// The host's clocks.
        now: Now,
        /// What.
        output: &'a Output<&'a dyn Told>,
    },
    /// The host started, for the first time or again.
    Started,
    /// The host lost its power.
    Crashed,
    /// The host does nothing for so long.
    Paused(Duration),
}

/// Why a datagram went no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dropped {
    /// The link lost it.
    Lost,
    /// It is larger than the link's MTU.
    TooLarge,
    /// The link is [blocked](crate::Blocked) for it.
    Blocked,
    /// Too much waits on the link.
    Congested,
    /// An attacker on the way took it.
    Intercepted,
    /// No host has the address.
    NoSuchHost,
    /// The host is down.
    Down,
    /// No socket is there.
    NoSocket,
    /// The socket is connected to someone else.
    Foreign,
    /// The socket's buffer is full.
    Full,
    /// It is a forgery that matches by luck, which no attacker here has.
    Lucky,
}

/// An event or a command, of whichever type the machine has.
pub trait Told: Any + fmt::Debug {
    /// Adds its exact encoding to `out`.
    fn encode_told(&self, out: &mut Vec<u8>);
}

impl<T: Record + fmt::Debug + 'static> Told for T {
    fn encode_told(&self, out: &mut Vec<u8>) {
        self.encode(out);
    }
}

impl dyn Told {
    /// The value, if it is of this type.
    pub fn downcast_ref<T: 'static>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

/// `1.250000000 h0 ...`, in the words of `Debug`.
impl fmt::Display for Happening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.at, self.host)?;
        match self.what {
            What::Sent(packet) => write!(f, "sent {packet}"),
            What::Dropped(packet, why) => write!(f, "dropped, {why:?}: {packet}"),
            What::Arrived(packet) => write!(f, "arrived {packet}"),
            What::Input { input, .. } => write!(f, "<- {input:?}"),
            What::Command { command, answer, .. } => write!(f, "<- {command:?}: {answer:?}"),
            What::StreamSent { flow, data, .. } => write!(f, "{flow} took {} octets", data.len()),
            What::Output { output, .. } => write!(f, "-> {output:?}"),
            What::Started => f.write_str("started"),
            What::Crashed => f.write_str("crashed"),
            What::Paused(how_long) => write!(f, "paused for {how_long:?}"),
        }
    }
}

/// A rule that was broken, with what is needed to see it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The seed of the world.
    pub seed: u64,
    /// When, in the world's time.
    pub at: Instant,
    /// Whom it concerns.
    pub host: String,
    /// The rule: the name of an observer, or `contract` for what machine and driver owe each other.
    pub rule: String,
    /// How it was broken.
    pub reason: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            at,
            host,
            rule,
            reason,
        } = self;
        write!(f, "seed {seed}: `{rule}` was broken at {at} by {host}: {reason}")
    }
}

impl core::error::Error for Violation {}

/// What an observer says about a happening: nothing, or how a rule was broken.
pub type Verdict = Result<(), String>;

/// Who looks on.
pub(crate) struct Observer {
    pub(crate) rule: String,
    pub(crate) look: Box<dyn FnMut(&Happening<'_>) -> Verdict>,
}

/// The hash over all that went into machines and came out.
pub(crate) struct TraceHash {
    hasher: SipHasher24,
    buffer: Vec<u8>,
}

impl TraceHash {
    pub(crate) fn new() -> Self {
        Self {
            hasher: SipHasher24::new(),
            buffer: Vec::new(),
        }
    }

    pub(crate) fn value(&self) -> u128 {
        self.hasher.finish128().as_u128()
    }

    pub(crate) fn add(&mut self, happening: &Happening<'_>) {
        let out = &mut self.buffer;
        out.clear();
        let kind: u8 = match happening.what {
            What::Sent(_) | What::Dropped(..) | What::Arrived(_) => return,
            What::Input { now, input, .. } => {
                now.encode(out);
                encode_input(input, out);
                0
            }
            What::Command { now, command, answer } => {
                now.encode(out);
                command.encode_told(out);
                answer.is_ok().encode(out);
                1
            }
            What::StreamSent { now, flow, data } => {
                (now, flow).encode(out);
                out.extend_from_slice(data);
                2
            }
            What::Output { output, .. } => {
                encode_output(output, out);
                3
            }
            What::Started => 4,
            What::Crashed => 5,
            What::Paused(how_long) => {
                how_long.encode(out);
                6
            }
        };
        let mut head = Vec::with_capacity(32);
        (happening.at, happening.host.0, kind, out.len() as u64).encode(&mut head);
        self.hasher.write(&head);
        self.hasher.write(out);
    }
}

fn encode_output(output: &Output<&dyn Told>, out: &mut Vec<u8>) {
    match output {
        Output::Do(action) => {
            out.push(0);
            action.encode(out);
        }
        Output::Event(event) => {
            out.push(1);
            event.encode_told(out);
        }
        Output::Ignored { flow, why } => (2u8, *flow, *why).encode(out),
        Output::Idle(wake) => {
            out.push(3);
            if let Some(wake) = wake {
                wake.at.encode(out);
                out.extend_from_slice(wake.why.as_bytes());
            }
        }
    }
}
