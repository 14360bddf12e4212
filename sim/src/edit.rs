//! How a datagram is altered on its way.

use core::fmt;
use core::str::FromStr;

use bytes::{Bytes, BytesMut};
use nameward_core::seed::{Rng, Seed};

/// One alteration. Positions beyond the end change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// One bit is flipped.
    Flip {
        /// The octet.
        at: u16,
        /// The bit, from 0, the lowest, to 7.
        bit: u8,
    },
    /// One octet is another.
    Set {
        /// The octet.
        at: u16,
        /// What it becomes.
        to: u8,
    },
    /// The end is missing.
    Cut {
        /// The first octet that is missing.
        at: u16,
    },
    /// Octets follow.
    Append {
        /// How many.
        count: u8,
        /// All of them are this.
        octet: u8,
    },
    /// Everything is garbage, which this number stands for.
    Garbage(u32),
    /// Two of the four counts of the header change places, so that records are in other sections (RFC 1035 section 4.1.1).
    SwapCounts {
        /// One, from 0.
        one: u8,
        /// The other, from 0.
        other: u8,
    },
    /// Two octets are overwritten: the length of RDATA, a label and its first octet, or a count.
    Lie {
        /// The first of them.
        at: u16,
        /// What they say.
        to: u16,
    },
}

impl Edit {
    /// Draws an alteration of `data`. Always draws the same number of times.
    pub(crate) fn draw(data: &[u8], rng: &mut Rng) -> Self {
        // A datagram has fewer than 2^16 octets.
        let at = rng.below(u32::try_from(data.len()).unwrap_or(u32::MAX)) as u16;
        let [kind, noise] = rng.next_u16().to_be_bytes();
        let wide = rng.next_u16();
        let lengths = lengths(data);
        let length = lengths.get(usize::from(wide) % lengths.len().max(1)).copied();
        match kind % 7 {
            0 => Self::Flip { at, bit: noise % 8 },
            1 => Self::Set { at, to: noise },
            2 => Self::Cut { at },
            3 => Self::Garbage(u32::from(wide) << 8 | u32::from(noise)),
            4 => Self::Append {
                count: 1 + noise % 16,
                octet: noise,
            },
            5 => Self::SwapCounts {
                one: noise % 4,
                other: (noise % 4 + 1 + noise / 4 % 3) % 4,
            },
            _ => Self::Lie {
                at: length.unwrap_or(at),
                to: LIES[usize::from(noise) % LIES.len()],
            },
        }
    }

    /// `data`, altered.
    pub(crate) fn apply(self, data: &Bytes) -> Bytes {
        let mut altered = BytesMut::from(&data[..]);
        match self {
            Self::Flip { at, bit } => {
                if let Some(octet) = altered.get_mut(usize::from(at)) {
                    *octet ^= 1 << (bit % 8);
                }
            }
            Self::Set { at, to } => {
                if let Some(octet) = altered.get_mut(usize::from(at)) {
                    *octet = to;
                }
            }
            Self::Cut { at } => altered.truncate(usize::from(at)),
            Self::Append { count, octet } => altered.extend_from_slice(&vec![octet; usize::from(count)]),
            Self::Garbage(number) => Rng::new(&Seed::from_number(number.into())).fill(&mut altered),
            Self::SwapCounts { one, other } => {
                if let Some(counts) = altered.get_mut(4..12) {
                    let (one, other) = (usize::from(one % 4) * 2, usize::from(other % 4) * 2);
                    counts.swap(one, other);
                    counts.swap(one + 1, other + 1);
                }
            }
            Self::Lie { at, to } => {
                if let Some(octets) = altered.get_mut(usize::from(at)..usize::from(at) + 2) {
                    octets.copy_from_slice(&to.to_be_bytes());
                }
            }
        }
        altered.freeze()
    }
}

/// What lengths that lie say.
const LIES: [u16; 8] = [0, 1, 3, 5, 17, 0x4000, 0xc00c, u16::MAX];

/// Where a message has lengths: its counts, the first label of each owner, and the length of each RDATA. Knows names and
/// records just well enough to step over them, and stops where it does not.
fn lengths(message: &[u8]) -> Vec<u16> {
    let mut found = vec![4, 6, 8, 10];
    let count = |at: usize| {
        message
            .get(at..at + 2)
            .map_or(0, |two| u32::from(two[0]) << 8 | u32::from(two[1]))
    };
    let questions = count(4);
    let records = count(6) + count(8) + count(10);
    let mut at = 12;
    for number in 0..questions + records {
        // A message has fewer than 2^16 octets.
        found.push(at as u16);
        let Some(after) = after_name(message, at) else {
            break;
        };
        if number < questions {
            at = after + 4;
            continue;
        }
        found.push((after + 8) as u16);
        at = after + 10 + count(after + 8) as usize;
    }
    found
}

fn after_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + usize::from(length),
            _ => return Some(at + 2),
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flip { at, bit } => write!(f, "flip {at} {bit}"),
            Self::Set { at, to } => write!(f, "set {at} {to}"),
            Self::Cut { at } => write!(f, "cut {at}"),
            Self::Append { count, octet } => write!(f, "append {count} {octet}"),
            Self::Garbage(number) => write!(f, "garbage {number}"),
            Self::SwapCounts { one, other } => write!(f, "swap-counts {one} {other}"),
            Self::Lie { at, to } => write!(f, "lie {at} {to}"),
        }
    }
}

/// Text that is no alteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditError;

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no alteration: write for instance `flip 13 5`")
    }
}

impl core::error::Error for EditError {}

impl FromStr for Edit {
    type Err = EditError;

    fn from_str(text: &str) -> Result<Self, EditError> {
        fn number<T: FromStr>(text: Option<&&str>) -> Result<T, EditError> {
            text.and_then(|text| text.parse().ok()).ok_or(EditError)
        }
        let words: Vec<&str> = text.split(' ').collect();
        let (first, second) = (words.get(1), words.get(2));
        let (edit, length) = match words[0] {
            "flip" => (
                Self::Flip {
                    at: number(first)?,
                    bit: number(second)?,
                },
                3,
            ),
            "set" => (
                Self::Set {
                    at: number(first)?,
                    to: number(second)?,
                },
                3,
            ),
            "cut" => (Self::Cut { at: number(first)? }, 2),
            "append" => (
                Self::Append {
                    count: number(first)?,
                    octet: number(second)?,
                },
                3,
            ),
            "garbage" => (Self::Garbage(number(first)?), 2),
            "swap-counts" => (
                Self::SwapCounts {
                    one: number(first)?,
                    other: number(second)?,
                },
                3,
            ),
            "lie" => (
                Self::Lie {
                    at: number(first)?,
                    to: number(second)?,
                },
                3,
            ),
            _ => return Err(EditError),
        };
        if words.len() == length {
            Ok(edit)
        } else {
            Err(EditError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A response with one question and one record: `a. IN A`, 192.0.2.1.
    const MESSAGE: [u8; 36] = [
        0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0,
        0, 60, 0, 4, 192, 0, 2, 1, 0,
    ];

    #[test]
    fn every_alteration_is_drawn_changes_something_and_reads_back() {
        let data = Bytes::from_static(&MESSAGE);
        let mut changed = [0_u32; 7];
        for number in 0..2_000 {
            let edit = Edit::draw(&data, &mut Rng::new(&Seed::from_number(number)));
            assert_eq!(edit.to_string().parse(), Ok(edit));
            let kind = match edit {
                Edit::Flip { .. } => 0,
                Edit::Set { .. } => 1,
                Edit::Cut { .. } => 2,
                Edit::Append { .. } => 3,
                Edit::Garbage(_) => 4,
                Edit::SwapCounts { .. } => 5,
                Edit::Lie { .. } => 6,
            };
            changed[kind] += u32::from(edit.apply(&data) != data);
        }
        assert!(changed.iter().all(|count| *count > 50), "{changed:?}");
    }

    #[test]
    fn lengths_are_found_where_they_are() {
        assert_eq!(lengths(&MESSAGE), [4, 6, 8, 10, 12, 19, 29]);
        assert_eq!(lengths(b""), [4, 6, 8, 10]);
    }

    #[test]
    fn any_alteration_of_anything_is_harmless_to_make() {
        for length in 0..40 {
            let data = Bytes::from(vec![0x41; length]);
            for number in 0..200 {
                let edit = Edit::draw(&data, &mut Rng::new(&Seed::from_number(number)));
                edit.apply(&data);
                edit.apply(&Bytes::new());
            }
        }
    }
}
