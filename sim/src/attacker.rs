//! Who forges replies without reading what passes.

use alloc::collections::BTreeSet;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use bytes::Bytes;
use nameward_core::seed::Rng;

use crate::host::HostId;
use crate::link::Packet;

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

/// What an attacker makes of what it is told.
pub(crate) type Forge = Box<dyn FnMut(&Sight, &mut Rng) -> Vec<Forgery>>;

pub(crate) struct Attacker {
    pub(crate) host: HostId,
    pub(crate) config: AttackerConfig,
    pub(crate) forge: Forge,
    pub(crate) random: Rng,
    /// Port and message ID of all that the victim asked.
    pub(crate) asked: BTreeSet<(u16, u16)>,
}

impl Attacker {
    /// Whether this datagram is one that the attacker waits for.
    pub(crate) fn awaits(&self, packet: &Packet) -> bool {
        packet.from.ip() == self.config.victim && packet.to == self.config.server
    }

    pub(crate) fn attack(&mut self, packet: &Packet) -> Vec<Forgery> {
        let knows = self.config.knows;
        let port = packet.from.port();
        let id = message_id(&packet.data);
        if let Some(id) = id {
            self.asked.insert((port, id));
        }
        let sight = Sight {
            port: knows.port.then_some(port),
            id: id.filter(|_| knows.id),
            question: knows
                .question
                .then(|| packet.data.slice(packet.data.len().min(2)..)),
        };
        (self.forge)(&sight, &mut self.random)
    }

    /// Whether a datagram of this attacker knows by luck what the attacker does not know.
    pub(crate) fn is_lucky(&self, packet: &Packet) -> bool {
        let Knowledge { port, id, .. } = self.config.knows;
        let guess = message_id(&packet.data).map(|id| (packet.to.port(), id));
        !(port && id) && guess.is_some_and(|guess| self.asked.contains(&guess))
    }
}

fn message_id(data: &[u8]) -> Option<u16> {
    data.first_chunk().map(|id| u16::from_be_bytes(*id))
}
