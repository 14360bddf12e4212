//! Who forges what passes, or what never was.

use alloc::collections::BTreeSet;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use bytes::Bytes;
use nameward_core::seed::Rng;
use nameward_core::time::Instant;

use crate::host::HostId;
use crate::link::Packet;
use crate::script::StreamId;

/// An off-path attacker: it sends datagrams to `victim` in the name of `server`.
///
/// It is told when the victim asks (a real one makes the victim ask), and beyond that only what [`Knowledge`] grants. Of the
/// port and the message ID it never guesses by luck what it does not know: a forgery that happens to match both is lost. So
/// whatever the victim accepts from it proves a hole, never chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttackerConfig {
    /// Its name, in messages. It also names its stream of randomness, so it is unique.
    pub name: String,
    /// Whom it deceives.
    pub victim: IpAddr,
    /// In whose name it sends.
    pub server: SocketAddr,
    /// What it knows.
    pub knows: Knowledge,
}

/// Which secrets of a question an attacker knows. Knowing all, it is not off-path any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Knowledge {
    /// The port from which the victim asks.
    pub port: bool,
    /// The message ID: the first two octets.
    pub id: bool,
    /// All that follows the message ID.
    pub question: bool,
}

/// What an attacker is told about one datagram of its victim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The victim's port, if known.
    pub port: Option<u16>,
    /// The message ID, if known.
    pub id: Option<u16>,
    /// What follows the message ID, if known.
    pub question: Option<Bytes>,
}

/// A datagram that an attacker sends to its victim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgery {
    /// After how long.
    pub after: Duration,
    /// To which port.
    pub port: u16,
    /// What it carries.
    pub data: Bytes,
}

/// An off-path attacker that sees nothing at all, not even that its victim asks. It floods in rounds.
///
/// What it can learn it learns from the outside: with `finds_ports` it is told, before each round, which of the ports that it
/// tried have a socket (what SAD DNS, CVE-2020-25705, reads from rate limits of ICMP), and so may aim the next round. As every
/// attacker here it has no luck: a forgery with the right port and the right message ID is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindAttackerConfig {
    /// Its name, in messages. It also names its stream of randomness, so it is unique.
    pub name: String,
    /// Whom it deceives.
    pub victim: IpAddr,
    /// In whose name it sends.
    pub server: SocketAddr,
    /// When the first round begins.
    pub first: Instant,
    /// How long after it the next begins.
    pub every: Duration,
    /// How many rounds there are.
    pub rounds: u32,
    /// Whether it finds out about open ports.
    pub finds_ports: bool,
}

/// What a blind attacker knows when a round begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Which round, from 0.
    pub number: u32,
    /// The ports that it hit since the round before, if it finds that out.
    pub open: Vec<u16>,
}

/// Something that passes an attacker who is on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing<'a> {
    /// A datagram.
    Datagram(&'a Packet),
    /// Bytes of a stream.
    Bytes {
        /// The stream.
        stream: StreamId,
        /// Who sends them.
        from: SocketAddr,
        /// Who should get them.
        to: SocketAddr,
        /// The bytes.
        data: &'a [u8],
    },
}

/// What an attacker on the way does with what passes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Interference {
    /// What becomes of it.
    pub fate: Fate,
    /// Datagrams that it sends besides, each after a while: source, destination, and what they carry.
    pub injected: Vec<(Duration, SocketAddr, SocketAddr, Bytes)>,
}

/// What becomes of what an attacker holds in its hands.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Fate {
    /// It goes on.
    #[default]
    Passes,
    /// It does not. A stream is silent from there on.
    IsDropped,
    /// Something else goes on in its place.
    IsReplaced(Bytes),
    /// The stream is cut on both sides; a datagram is dropped.
    IsCut,
}

/// What an attacker makes of what it is told.
pub(crate) type Forge = Box<dyn FnMut(&Sight, &mut Rng) -> Vec<Forgery>>;
/// What a blind one makes of nothing.
pub(crate) type Flood = Box<dyn FnMut(&Round, &mut Rng) -> Vec<Forgery>>;
/// What one on the way does.
pub(crate) type Interfere = Box<dyn FnMut(Passing<'_>, &mut Rng) -> Interference>;
/// What one does who cannot see the way, but can put a fragment of its own in the place of all but the first.
pub(crate) type Substitute = Box<dyn FnMut(&[u8], &mut Rng) -> Option<Bytes>>;

pub(crate) struct Attacker {
    pub(crate) host: HostId,
    pub(crate) victim: IpAddr,
    pub(crate) server: SocketAddr,
    /// What it knows of each datagram of its victim; `None` if it is not even told of them.
    pub(crate) knows: Option<Knowledge>,
    pub(crate) attack: Attack,
    /// Port and message ID of all that the victim asked.
    asked: BTreeSet<(u16, u16)>,
    /// The ports that it hit.
    pub(crate) hit: BTreeSet<u16>,
}

pub(crate) enum Attack {
    Forge(Forge),
    Flood(Flood),
}

/// An attacker on the way from one host to another.
pub(crate) struct Interceptor {
    pub(crate) host: HostId,
    pub(crate) interfere: Interfere,
}

impl Attacker {
    pub(crate) fn new(
        host: HostId,
        victim: IpAddr,
        server: SocketAddr,
        knows: Option<Knowledge>,
        attack: Attack,
    ) -> Self {
        Self {
            host,
            victim,
            server,
            knows,
            attack,
            asked: BTreeSet::new(),
            hit: BTreeSet::new(),
        }
    }

    /// Whether this datagram is one that the attacker waits for.
    pub(crate) fn awaits(&self, packet: &Packet) -> bool {
        packet.from.ip() == self.victim && packet.to == self.server && self.host != packet.author
    }

    /// Takes note of a datagram of the victim, and gives what the attacker sees of it.
    pub(crate) fn sight(&mut self, packet: &Packet) -> Option<Sight> {
        let port = packet.from.port();
        let id = message_id(&packet.data);
        if let Some(id) = id {
            self.asked.insert((port, id));
        }
        let knows = self.knows?;
        Some(Sight {
            port: knows.port.then_some(port),
            id: id.filter(|_| knows.id),
            question: knows
                .question
                .then(|| packet.data.slice(packet.data.len().min(2)..)),
        })
    }

    /// Whether a datagram of this attacker knows by luck what the attacker does not know.
    pub(crate) fn is_lucky(&self, packet: &Packet) -> bool {
        let Knowledge { port, id, .. } = self.knows.unwrap_or_default();
        let guess = message_id(&packet.data).map(|id| (packet.to.port(), id));
        !(port && id) && guess.is_some_and(|guess| self.asked.contains(&guess))
    }
}

fn message_id(data: &[u8]) -> Option<u16> {
    data.first_chunk().map(|id| u16::from_be_bytes(*id))
}
