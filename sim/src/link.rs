//! The way from one host to another, and what can happen on it.

use core::net::SocketAddr;
use core::time::Duration;

use bytes::{Bytes, BytesMut};
use nameward_core::seed::Rng;

use crate::fault::{Fault, Tally};
use crate::host::HostId;
use crate::random::{PerMille, duration_up_to};

/// The way from one host to another. Each direction has its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// How long everything takes.
    pub latency: Duration,
    /// How much longer it takes at most, drawn for each packet.
    pub jitter: Duration,
    /// A datagram is lost. A segment of a stream is sent again and arrives later.
    pub loss: PerMille,
    /// A datagram arrives twice.
    pub duplication: PerMille,
    /// A datagram takes up to five times as long, so that later ones overtake it.
    pub reordering: PerMille,
    /// A datagram takes [`lateness`](Self::lateness) longer: after its question was given up, for instance.
    pub delay: PerMille,
    /// How much longer a delayed datagram takes.
    pub lateness: Duration,
    /// A datagram arrives altered: a bit, an octet, cut short, lengthened, or all of it garbage.
    pub corruption: PerMille,
    /// The largest datagram that arrives, in octets of payload.
    pub mtu: u16,
    /// Whether the sender of a larger one is told.
    pub mtu_is_reported: bool,
    /// What streams suffer.
    pub streams: StreamFaults,
}

/// What the streams on a link suffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFaults {
    /// A connection is refused though something listens.
    pub refusal: PerMille,
    /// A segment cuts the stream.
    pub reset: PerMille,
    /// From a segment on nothing arrives any more, and nobody is told before [`patience`](Self::patience).
    pub stall: PerMille,
    /// What has arrived waits for the next segment, so that both are read as one.
    pub coalescing: PerMille,
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
            duplication: PerMille::NEVER,
            reordering: PerMille::NEVER,
            delay: PerMille::NEVER,
            lateness: Duration::from_secs(10),
            corruption: PerMille::NEVER,
            mtu: u16::MAX,
            mtu_is_reported: false,
            streams: StreamFaults::default(),
        }
    }
}

/// Nothing goes wrong; pieces are whole and the window is 64 KiB.
impl Default for StreamFaults {
    fn default() -> Self {
        Self {
            refusal: PerMille::NEVER,
            reset: PerMille::NEVER,
            stall: PerMille::NEVER,
            coalescing: PerMille::NEVER,
            piece: 65_536,
            window: 65_536,
            patience: Duration::from_secs(60),
        }
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

/// What becomes of one datagram: each copy that arrives, and when.
pub(crate) fn fate(link: &Link, data: &Bytes, rng: &mut Rng, tally: &mut Tally) -> Vec<(Duration, Bytes)> {
    // Everything is drawn whether or not it happens, so that one fault less changes none of the others.
    let lost = link.loss.happens(rng);
    let doubled = link.duplication.happens(rng);
    let copies: [_; 2] = core::array::from_fn(|_| {
        let jitter = duration_up_to(link.jitter, rng);
        let overtaken = link.reordering.happens(rng);
        let extra = duration_up_to((link.latency + link.jitter) * 4, rng);
        let delayed = link.delay.happens(rng);
        let corrupted = link.corruption.happens(rng);
        let altered = alter(data, rng);
        (
            jitter,
            overtaken.then_some(extra),
            delayed,
            corrupted.then_some(altered),
        )
    });
    if lost {
        tally.count(Fault::Loss);
        return Vec::new();
    }
    if doubled {
        tally.count(Fault::Duplication);
    }
    let arriving = copies.into_iter().take(if doubled { 2 } else { 1 });
    let arrive =
        |(jitter, overtaken, delayed, altered): (Duration, Option<Duration>, bool, Option<Bytes>)| {
            let mut after = link.latency + jitter;
            if let Some(extra) = overtaken {
                tally.count(Fault::Reordering);
                after += extra;
            }
            if delayed {
                tally.count(Fault::Delay);
                after += link.lateness;
            }
            if altered.as_ref().is_some_and(|altered| altered != data) {
                tally.count(Fault::Corruption);
            }
            (after, altered.unwrap_or_else(|| data.clone()))
        };
    arriving.map(arrive).collect()
}

fn alter(data: &Bytes, rng: &mut Rng) -> Bytes {
    let mut altered = BytesMut::from(&data[..]);
    // A datagram has fewer than 2^16 octets.
    let position = rng.below(u32::try_from(data.len()).unwrap_or(u32::MAX)) as usize;
    let [kind, noise] = rng.next_u16().to_be_bytes();
    match (kind % 5, altered.get_mut(position)) {
        (0, Some(octet)) => *octet ^= 1 << (noise % 8),
        (1, Some(octet)) => *octet = noise,
        (2, Some(_)) => altered.truncate(position),
        (3, Some(_)) => rng.fill(&mut altered),
        _ => altered.extend_from_slice(&[noise; 7]),
    }
    altered.freeze()
}
