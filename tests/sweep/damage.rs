//! What happens to a message on its way.

use nameward_core::wire::{Header, Message, Rtype, Section};

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

/// The message with its records in other places: one more or fewer in each section, as if the records between were moved, and the OPT
/// record and at most sixteen others once more at the end. None if it is no message.
pub(crate) fn regrouped(octets: &[u8]) -> Vec<Vec<u8>> {
    let (Ok(message), Ok(header)) = (Message::parse(octets), Header::parse(octets)) else {
        return Vec::new();
    };
    let [answer, authority, additional] = Section::ALL.map(|section| message.record_count(section));
    let with = |answer_count, authority_count, additional_count, record: &[u8]| {
        let header = Header {
            answer_count,
            authority_count,
            additional_count,
            ..header
        };
        [&header.to_octets(), &octets[12..], record].concat()
    };
    let mut messages = Vec::new();
    if answer > 0 {
        messages.push(with(answer - 1, authority + 1, additional, b""));
    }
    if authority > 0 {
        messages.push(with(answer + 1, authority - 1, additional, b""));
        messages.push(with(answer, authority - 1, additional + 1, b""));
    }
    if additional > 0 {
        messages.push(with(answer, authority + 1, additional - 1, b""));
    }
    let mut at = 12;
    for _ in 0..header.question_count {
        at = after_name(octets, at) + 4;
    }
    let total = answer + authority + additional;
    for number in 0..total {
        let fixed_at = after_name(octets, at);
        let end =
            fixed_at + 10 + usize::from(u16::from_be_bytes([octets[fixed_at + 8], octets[fixed_at + 9]]));
        let is_opt = octets[fixed_at..fixed_at + 2] == Rtype::OPT.0.to_be_bytes();
        if is_opt || number % total.div_ceil(16) == 0 {
            // What its pointers lead to is before it in the new place, too.
            messages.push(with(answer, authority, additional + 1, &octets[at..end]));
        }
        at = end;
    }
    messages
}

/// The offset after the name that begins at `at`.
fn after_name(octets: &[u8], mut at: usize) -> usize {
    loop {
        match octets[at] {
            0 => return at + 1,
            0xC0.. => return at + 2,
            length => at += 1 + usize::from(length),
        }
    }
}
