//! How a session is set up.

use core::time::Duration;

use super::forward::ForwardConfig;
use super::pending::PendingLimits;
use crate::client::HostsIndex;
use crate::flow::Lane;
use crate::limits::{milliseconds, within};
use crate::machine::Misuse;
use crate::server::respond::ResponderConfig;
use crate::zone::Zones;

/// How a [`Session`](super::Session) is set up.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// What a hosts file says, which comes first: nothing.
    pub hosts: HostsIndex,
    /// The zones, which come next: none.
    pub zones: Zones,
    /// Whether the application is asked about what no zone has ([`Event::Asked`](super::Event::Asked)): no. It may
    /// [pass](super::Answer::Pass).
    pub application: bool,
    /// Which servers are asked in the end, for those clients who may have answers from elsewhere
    /// ([`ResponderConfig::recursion`]) and want them (RD): none. What they say is not kept: zones and other servers share no cache.
    pub forward: Option<ForwardConfig>,
    /// How many requests may wait for the application or for other servers.
    pub pending: PendingLimits,
    /// How requests are responded to. What it says of keepalive is at most [`StreamLimits::idle`].
    pub responder: ResponderConfig,
    /// What clients may take by streams.
    pub streams: StreamLimits,
    /// The lane of the listeners, where the session is part of another machine.
    pub lane: Lane,
}

impl Default for SessionConfig {
    /// One that knows nothing, and refuses everything.
    fn default() -> Self {
        let streams = StreamLimits::default();
        Self {
            hosts: HostsIndex::default(),
            zones: Zones::new([]),
            application: false,
            forward: None,
            pending: PendingLimits::default(),
            responder: ResponderConfig {
                keepalive: Some(streams.idle),
                ..ResponderConfig::default()
            },
            streams,
            lane: Lane::default(),
        }
    }
}

impl SessionConfig {
    /// Whether every value lies in its range.
    ///
    /// # Errors
    ///
    /// The first that does not.
    pub fn validate(&self) -> Result<(), Misuse> {
        self.responder.validate()?;
        self.streams.validate()?;
        self.pending.validate()?;
        if let Some(forward) = &self.forward {
            forward.validate()?;
            if forward.lane == self.lane {
                return Err(Misuse::Impossible(
                    "the flows to other servers and the listeners have one lane: give each its own",
                ));
            }
        }
        within(&[(
            "keepalive in milliseconds",
            self.responder.keepalive.map_or(0, milliseconds),
            0,
            milliseconds(self.streams.idle),
        )])
    }
}

/// What clients may take of a server by streams. Each field has a default and a hard bound.
///
/// ```
/// use nameward_core::server::session::StreamLimits;
///
/// let small = StreamLimits { streams: 50, output: 4_096, ..StreamLimits::default() };
/// assert!(small.validate().is_ok());
/// assert_eq!(small.octets_per_stream(), 4_096 + 65_537 + 65_537 + 65_536);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// Streams that are open at a time: 1 000, at most 100 000.
    pub streams: u32,
    /// Streams of one client, which is an IPv4 address or a /64 prefix of IPv6: 20, at most 100 000.
    pub streams_per_client: u32,
    /// Queries on one stream that wait for their replies: 25, at most 100.
    pub in_flight: u16,
    /// With so many octets for the client to take, no further query of the stream is answered: 65 536, from 512 to 1 048 576.
    pub output: u32,
    /// How long a stream stays on which no whole query comes, from when it was accepted or its last reply was taken: 10 s, from 100 ms to
    /// 120 s (RFC 7766 section 6.2.3).
    pub idle: Duration,
    /// The same while there is no place for another stream: 1 s, at most [`idle`](Self::idle).
    pub pressed_idle: Duration,
    /// How long a client may take to read a whole reply: 10 s, from 100 ms to 120 s.
    pub patience: Duration,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            streams: 1_000,
            streams_per_client: 20,
            in_flight: 25,
            output: 64 * 1024,
            idle: Duration::from_secs(10),
            pressed_idle: Duration::from_secs(1),
            patience: Duration::from_secs(10),
        }
    }
}

impl StreamLimits {
    /// The hard bounds themselves.
    pub const MOST: Self = Self {
        streams: 100_000,
        streams_per_client: 100_000,
        in_flight: 100,
        output: 1024 * 1024,
        idle: Duration::from_secs(120),
        pressed_idle: Duration::from_secs(120),
        patience: Duration::from_secs(120),
    };

    /// The most octets that are held for one stream: output up to its limit and one reply that was begun below it, a query that is not
    /// whole, and a piece that came before the client felt that it is not read.
    pub fn octets_per_stream(&self) -> u64 {
        const LONGEST_FRAME: u64 = 2 + 65_535;
        const PIECE: u64 = crate::machine::LONGEST_PIECE as u64;
        u64::from(self.output)
            .saturating_add(LONGEST_FRAME)
            .saturating_add(LONGEST_FRAME)
            .saturating_add(PIECE)
    }

    /// Whether every limit lies within its hard bound.
    ///
    /// # Errors
    ///
    /// The first field that does not, with its range.
    pub fn validate(&self) -> Result<(), Misuse> {
        let most = Self::MOST;
        within(&[
            ("streams", self.streams.into(), 1, most.streams.into()),
            (
                "streams_per_client",
                self.streams_per_client.into(),
                1,
                most.streams_per_client.into(),
            ),
            ("in_flight", self.in_flight.into(), 1, most.in_flight.into()),
            ("output", self.output.into(), 512, most.output.into()),
            (
                "idle in milliseconds",
                milliseconds(self.idle),
                100,
                milliseconds(most.idle),
            ),
            (
                "pressed_idle in milliseconds",
                milliseconds(self.pressed_idle),
                1,
                milliseconds(self.idle),
            ),
            (
                "patience in milliseconds",
                milliseconds(self.patience),
                100,
                milliseconds(most.patience),
            ),
        ])
    }
}
