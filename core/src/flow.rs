//! Names of what connects a machine to the world: flows, listeners, stored objects.
//!
//! Names are numbers that are never used twice. Their top eight bits are a *lane*: a machine that is made of machines
//! gives each part a lane and routes by it, without a table.

use core::fmt;

/// The part of a composite machine to which a name belongs. A machine that has no parts lives in lane 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lane(pub u8);

const fn lane_of(name: u64) -> Lane {
    let [lane, ..] = name.to_be_bytes();
    Lane(lane)
}

const fn with_lane(lane: Lane, number: u64) -> u64 {
    let [_, b, c, d, e, f, g, h] = number.to_be_bytes();
    u64::from_be_bytes([lane.0, b, c, d, e, f, g, h])
}

/// One connected datagram socket or one stream. Never reused.
///
/// Both sides name flows without asking each other: the lowest bit says who did. The machine names what it opens, the
/// driver what it accepts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(u64);

impl FlowId {
    /// The machine's flow number `number` in `lane`. Numbers have 55 bits.
    pub const fn from_machine(lane: Lane, number: u64) -> Self {
        Self(with_lane(lane, number << 1))
    }

    /// The driver's flow number `number` in `lane`: the lane of the listener that accepted it. Numbers have 55 bits.
    pub const fn from_driver(lane: Lane, number: u64) -> Self {
        Self(with_lane(lane, number << 1 | 1))
    }

    /// The part of the machine that this flow belongs to.
    pub const fn lane(self) -> Lane {
        lane_of(self.0)
    }

    /// Whether the driver named this flow: it was accepted, not opened.
    pub const fn is_from_driver(self) -> bool {
        self.0 & 1 == 1
    }

    /// The whole name as one number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The flow with this whole name, as [`as_u64`](Self::as_u64) gave it.
    pub const fn from_u64(name: u64) -> Self {
        Self(name)
    }
}

/// `m` or `d` for who named it, the lane if it is not 0, the number: `m7`, `d3.12`.
impl fmt::Display for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namer = if self.is_from_driver() { 'd' } else { 'm' };
        let number = with_lane(Lane(0), self.0) >> 1;
        match self.lane() {
            Lane(0) => write!(f, "{namer}{number}"),
            Lane(lane) => write!(f, "{namer}{lane}.{number}"),
        }
    }
}

impl fmt::Debug for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The names that one machine gives to the flows that it opens, in order.
#[derive(Debug)]
pub struct FlowNames {
    lane: Lane,
    next: u64,
}

impl FlowNames {
    /// Names in `lane`, from 0 on.
    pub const fn new(lane: Lane) -> Self {
        Self { lane, next: 0 }
    }

    /// A name that was never given before.
    #[must_use]
    pub fn fresh(&mut self) -> FlowId {
        let flow = FlowId::from_machine(self.lane, self.next);
        self.next = self.next.wrapping_add(1);
        flow
    }
}

/// A socket on which the driver listens, by the driver's configuration. The high byte is the lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub u16);

impl ListenerId {
    /// Listener `number` of the part in `lane`.
    pub const fn new(lane: Lane, number: u8) -> Self {
        Self(u16::from_be_bytes([lane.0, number]))
    }

    /// The part of the machine that this listener belongs to. The driver copies it into the flows that it accepts.
    pub const fn lane(self) -> Lane {
        let [lane, _] = self.0.to_be_bytes();
        Lane(lane)
    }
}

/// One request to store something, to be answered by [`Input::Stored`](crate::machine::Input::Stored). Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreId(u64);

impl StoreId {
    /// The machine's request number `number` in `lane`. Numbers have 56 bits.
    pub const fn new(lane: Lane, number: u64) -> Self {
        Self(with_lane(lane, number))
    }

    /// The part of the machine that asked.
    pub const fn lane(self) -> Lane {
        lane_of(self.0)
    }

    /// The whole name as one number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The token with this whole name, as [`as_u64`](Self::as_u64) gave it.
    pub const fn from_u64(name: u64) -> Self {
        Self(name)
    }
}

/// Something that is stored under a name of its own, such as the journal of one zone. Who configures the machine gives
/// the numbers; the driver maps them to files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u64);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_name_tells_its_lane_and_who_gave_it() {
        let opened = FlowId::from_machine(Lane(0), 7);
        let accepted = FlowId::from_driver(ListenerId::new(Lane(3), 1).lane(), 12);
        assert_eq!((opened.lane(), opened.is_from_driver()), (Lane(0), false));
        assert_eq!((accepted.lane(), accepted.is_from_driver()), (Lane(3), true));
        assert_eq!(
            (opened.to_string().as_str(), accepted.to_string().as_str()),
            ("m7", "d3.12")
        );
        assert_ne!(FlowId::from_machine(Lane(0), 7), FlowId::from_driver(Lane(0), 7));
        assert_eq!(StoreId::new(Lane(255), 9).lane(), Lane(255));
    }

    #[test]
    fn a_number_never_reaches_into_the_lane() {
        assert_eq!(FlowId::from_machine(Lane(1), u64::MAX).lane(), Lane(1));
        assert_eq!(StoreId::new(Lane(1), u64::MAX).lane(), Lane(1));
    }

    #[test]
    fn names_are_not_given_twice() {
        let mut names = FlowNames::new(Lane(2));
        let (a, b) = (names.fresh(), names.fresh());
        assert!(a < b);
        assert_eq!(a.lane(), Lane(2));
    }
}
