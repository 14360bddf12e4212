//! Whether there is a name in some octets, and how far it reaches. One loop, which all parsing of names goes through.

use super::LONGEST;
use crate::wire::error::{ParseError, ParseErrorKind};

/// How many compression pointers a name can be made of: those between its labels, of which it has 127 at most.
pub(in crate::wire) const MOST_POINTERS: u8 = 126;

/// What a name is like that was found to be in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) struct Extent {
    /// The offset of the octet after it, where it stands.
    pub(in crate::wire) end: usize,
    /// The length of its wire form without compression.
    pub(in crate::wire) length: u8,
    /// How many compression pointers it is made of.
    pub(in crate::wire) pointers: u8,
}

/// Checks the name that begins at `start`.
///
/// It takes at most 255 + 126 steps: each label adds to the length, and each pointer leads to below the lowest octet
/// that was visited so far.
#[inline]
pub(in crate::wire) fn measure(octets: &[u8], start: usize) -> Result<Extent, ParseError> {
    let (mut at, mut lowest) = (start, start);
    let mut end = None;
    let mut length = 1_usize;
    let mut pointers = 0_u8;
    loop {
        #[cfg(any(test, planted, fuzzing))]
        crate::wire::steps::step();
        let Some(&octet) = octets.get(at) else {
            return Err(ParseError::new(ParseErrorKind::Short, at.min(octets.len())));
        };
        match octet {
            0 => break,
            1..=63 => {
                let step = usize::from(octet).wrapping_add(1);
                length = length.wrapping_add(step);
                if length > LONGEST {
                    return Err(ParseError::new(ParseErrorKind::NameTooLong, at));
                }
                at = at.wrapping_add(step);
            }
            0xC0.. => {
                let Some(target) = pointer(octets, at) else {
                    return Err(ParseError::new(ParseErrorKind::Short, octets.len()));
                };
                if target >= lowest {
                    return Err(ParseError::new(ParseErrorKind::PointerNotBackwards, at));
                }
                pointers = pointers.wrapping_add(1);
                if pointers > MOST_POINTERS {
                    return Err(ParseError::new(ParseErrorKind::TooManyPointers, at));
                }
                end = end.or_else(|| Some(at.wrapping_add(2)));
                (at, lowest) = (target, target);
            }
            64..=0xBF => return Err(ParseError::new(ParseErrorKind::LabelType, at)),
        }
    }
    // Invariant: `length` is at most 255, so that its low octet is all of it.
    let [.., length] = length.to_be_bytes();
    Ok(Extent {
        end: end.unwrap_or_else(|| at.wrapping_add(1)),
        length,
        pointers,
    })
}

/// Where the compression pointer at `at` leads to; none if its second octet is missing.
#[inline]
pub(in crate::wire) fn pointer(octets: &[u8], at: usize) -> Option<usize> {
    let &[high, low] = octets.get(at..)?.first_chunk()?;
    Some(usize::from(u16::from_be_bytes([high & 0x3F, low])))
}

/// The offset after the checked name that begins at `at`.
#[inline]
pub(in crate::wire) fn skip(octets: &[u8], mut at: usize) -> Option<usize> {
    loop {
        #[cfg(any(test, planted, fuzzing))]
        crate::wire::steps::step();
        match *octets.get(at)? {
            0 => return Some(at.wrapping_add(1)),
            0xC0.. => return Some(at.wrapping_add(2)),
            length => at = at.wrapping_add(usize::from(length)).wrapping_add(1),
        }
    }
}
