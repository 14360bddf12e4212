//! The way from one host to another, and what can happen on it.

use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;

use crate::host::HostId;
use crate::random::PerMille;

/// The way from one host to another. Each direction has its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// How long everything takes.
    pub latency: Duration,
    /// How much longer it takes at most, drawn for each packet.
    pub jitter: Duration,
    /// A datagram is lost. A segment of a stream is sent again and arrives later.
    pub loss: PerMille,
    /// Losses that come together, besides.
    pub bursts: Option<Bursts>,
    /// A datagram arrives twice.
    pub duplication: PerMille,
    /// A datagram takes up to five times as long, so that later ones overtake it.
    pub reordering: PerMille,
    /// A datagram takes [`lateness`](Self::lateness) longer: after its question was given up, for instance.
    pub delay: PerMille,
    /// How much longer a delayed datagram takes.
    pub lateness: Duration,
    /// A datagram arrives altered: see [`Edit`](crate::Edit).
    pub corruption: PerMille,
    /// How much passes at once.
    pub rate: Option<Rate>,
    /// The largest datagram that passes in one piece, in octets of payload.
    pub mtu: u16,
    /// What becomes of a larger one.
    pub larger: Larger,
    /// What never passes, whatever is drawn.
    pub blocked: Blocked,
    /// What streams suffer.
    pub streams: StreamFaults,
}

/// Losses that come in bursts, after Gilbert and Elliott: the way is good or bad, and may change with each crossing. While it
/// is good, [`Link::loss`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bursts {
    /// How often a good way turns bad. A burst comes after 1000 / `begin` crossings on average.
    pub begin: PerMille,
    /// How often a bad way turns good. A burst is 1000 / `end` crossings long on average.
    pub end: PerMille,
    /// How much is lost while the way is bad.
    pub loss: PerMille,
}

/// A way that takes only so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Octets a second, at least 1.
    pub octets_per_second: u32,
    /// How much may wait, in octets. A datagram that finds more is lost; a stream waits.
    pub queue: u32,
}

/// What becomes of a datagram that is larger than the MTU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Larger {
    /// It vanishes, and nobody is told: a black hole.
    #[default]
    Vanishes,
    /// It vanishes, and its sender is told by ICMP.
    IsReported,
    /// It travels in fragments of the size of the MTU, each of which may be lost. It arrives when all do. Whoever
    /// [substitutes fragments](crate::World::substitute_fragments) changes all but the first.
    IsFragmented,
}

/// What a way never lets through: the fault that does not heal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Blocked {
    /// Datagrams: a server that is reached over streams only.
    pub datagrams: bool,
    /// Streams. Nobody is told: who opens one gives up in the end.
    pub streams: bool,
    /// All that goes to an IPv4 address.
    pub ipv4: bool,
    /// All that goes to an IPv6 address.
    pub ipv6: bool,
}

/// What the streams on a link suffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFaults {
    /// A connection is refused though something listens.
    pub refusal: PerMille,
    /// A connection is accepted, but nothing that is sent on it is ever read: its window stays closed.
    pub zero_window: PerMille,
    /// A segment cuts the stream.
    pub reset: PerMille,
    /// A segment and what would follow it never arrive; what arrives is the end of the stream. The other direction stays.
    pub half_close: PerMille,
    /// From a segment on nothing arrives any more, and nobody is told before [`patience`](Self::patience).
    pub stall: PerMille,
    /// What has arrived waits for the next segment, so that both are read as one.
    pub coalescing: PerMille,
    /// Streams arrive octet by octet, so far apart; zero for no such delay.
    pub trickle: Duration,
    /// The largest piece that is written or read at once; pieces have any length up to it. At least 1, and no larger than
    /// [`LONGEST_PIECE`](nameward_core::machine::LONGEST_PIECE), which is the default.
    pub piece: u32,
    /// How much may be on its way or unread, in octets. At least 1.
    pub window: u32,
    /// How long a sender waits before it takes a silent peer for dead.
    pub patience: Duration,
}

/// 20 ms, and nothing goes wrong.
impl Default for Link {
    fn default() -> Self {
        Self {
            latency: Duration::from_millis(20),
            jitter: Duration::ZERO,
            loss: PerMille::NEVER,
            bursts: None,
            duplication: PerMille::NEVER,
            reordering: PerMille::NEVER,
            delay: PerMille::NEVER,
            lateness: Duration::from_secs(10),
            corruption: PerMille::NEVER,
            rate: None,
            mtu: u16::MAX,
            larger: Larger::default(),
            blocked: Blocked::default(),
            streams: StreamFaults::default(),
        }
    }
}

/// Nothing goes wrong; pieces are whole and the window is 64 KiB.
impl Default for StreamFaults {
    fn default() -> Self {
        Self {
            refusal: PerMille::NEVER,
            zero_window: PerMille::NEVER,
            reset: PerMille::NEVER,
            half_close: PerMille::NEVER,
            stall: PerMille::NEVER,
            coalescing: PerMille::NEVER,
            trickle: Duration::ZERO,
            piece: 65_536,
            window: 65_536,
            patience: Duration::from_secs(60),
        }
    }
}

impl Blocked {
    pub(crate) const fn blocks(self, to: SocketAddr, is_stream: bool) -> bool {
        (if is_stream { self.streams } else { self.datagrams })
            || (if to.is_ipv4() { self.ipv4 } else { self.ipv6 })
    }
}

/// A datagram on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Counts the packets of the world. The copies of a duplicated packet share it.
    pub number: u64,
    /// Who really sent it, whatever `from` says. No machine sees this.
    pub author: HostId,
    /// The source that it claims.
    pub from: SocketAddr,
    /// Where it goes.
    pub to: SocketAddr,
    /// What it carries.
    pub data: Bytes,
}

impl core::fmt::Display for Packet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self {
            number,
            author,
            from,
            to,
            data,
        } = self;
        write!(
            f,
            "packet {number} of {author}, {from} to {to}, {} octets",
            data.len()
        )
    }
}
