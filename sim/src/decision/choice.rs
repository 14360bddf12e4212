//! What can be decided.

use core::time::Duration;

use crate::edit::Edit;
use crate::fault::Fault;

use super::Decision;

/// What was chosen somewhere. What is not chosen does not go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A datagram is lost.
    Lost,
    /// A datagram is lost with its neighbours. A segment is lost once before it arrives.
    LostInBurst,
    /// A datagram arrives twice.
    Doubled,
    /// A crossing takes so much longer.
    Late(Duration),
    /// A datagram takes so much longer that later ones may overtake it.
    Overtaken(Duration),
    /// A datagram takes so much longer that nobody waits for it any more.
    Delayed(Duration),
    /// A datagram arrives altered.
    Altered(Edit),
    /// A segment is lost so many times before it arrives.
    Resent(u8),
    /// A segment cuts its stream.
    Reset,
    /// From this segment on nothing arrives any more.
    Stalled,
    /// This segment and what would follow are lost; the other side sees the end of the stream.
    HalfClosed,
    /// A connection is refused.
    Refused,
    /// A connection is accepted by somebody who never reads: its window stays closed.
    Shut,
    /// So many octets are written or read at once.
    Piece(u32),
    /// A store fails, and so many octets of an append are there nevertheless.
    Failed {
        /// The reason is lack of room, not the device.
        full: bool,
        /// How many octets.
        kept: u32,
    },
    /// An attacker sends its forgery of this number, from 0.
    Forged(u32),
    /// A host loses its power for so long.
    Crashed(Duration),
    /// A timer fires that nobody set.
    Ticked,
    /// The wall clock jumps by so many seconds.
    Stepped(i64),
    /// The host moves to another network.
    Moved,
    /// The host does nothing for so long.
    Paused(Duration),
    /// The wall clock stands still for so long.
    Frozen(Duration),
}

impl Decision {
    /// The row of a [`FaultPlan`](crate::FaultPlan) that this belongs to; `None` for jitter and for attackers.
    pub const fn fault(&self) -> Option<Fault> {
        use super::Site;
        Some(match self.choice {
            Choice::Lost | Choice::Resent(_) => Fault::Loss,
            Choice::LostInBurst => Fault::BurstLoss,
            Choice::Doubled => Fault::Duplication,
            Choice::Late(_) => match self.site {
                Site::Timer => Fault::LateTimer,
                Site::Drain => Fault::LateDrain,
                Site::Reading => Fault::Coalescing,
                _ => return None,
            },
            Choice::Overtaken(_) => Fault::Reordering,
            Choice::Delayed(_) => Fault::Delay,
            Choice::Altered(_) => Fault::Corruption,
            Choice::Reset => Fault::Reset,
            Choice::Stalled => Fault::Stall,
            Choice::HalfClosed => Fault::HalfClose,
            Choice::Refused => Fault::Refusal,
            Choice::Shut => Fault::ZeroWindow,
            Choice::Piece(_) => Fault::Pieces,
            Choice::Failed { .. } => Fault::StoreFailure,
            Choice::Forged(_) => return None,
            Choice::Crashed(_) => Fault::Crash,
            Choice::Ticked => Fault::SpuriousTick,
            Choice::Stepped(_) => Fault::WallStep,
            Choice::Moved => Fault::NetworkChange,
            Choice::Paused(_) => Fault::Pause,
            Choice::Frozen(_) => Fault::WallFreeze,
        })
    }
}
