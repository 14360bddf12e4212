//! What happens to a message on its way.

/// One damage to a message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Damage {
    /// Only so many octets arrive.
    Cut(usize),
    /// A bit of the octet at this offset is another.
    Flip(usize, u8),
    /// The octet at this offset becomes this one.
    Put(usize, u8),
}

/// Octets that mean something where lengths and pointers are: nothing, the longest label, a pointer, the most.
const TELLING: [u8; 4] = [0x00, 0x3F, 0xC0, 0xFF];

/// How many kinds there are for each octet: a cut before it, eight bits, and the telling octets.
const KINDS: usize = 1 + 8 + TELLING.len();

impl Damage {
    /// How many there are for these octets.
    pub(crate) fn count(octets: &[u8]) -> usize {
        octets.len() * KINDS
    }

    /// The one with this number, below their count.
    pub(crate) fn numbered(number: usize) -> Self {
        let (at, kind) = (number / KINDS, number % KINDS);
        match kind {
            0 => Self::Cut(at),
            1..=8 => Self::Flip(at, 1 << (kind - 1)),
            _ => Self::Put(at, TELLING[kind - 9]),
        }
    }

    /// Does it, and returns what is left.
    pub(crate) fn apply(self, octets: &mut [u8]) -> &[u8] {
        match self {
            Self::Cut(length) => return &octets[..length],
            Self::Flip(at, bit) => octets[at] ^= bit,
            Self::Put(at, octet) => octets[at] = octet,
        }
        octets
    }
}
