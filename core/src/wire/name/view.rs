//! A name where it stands in a message.

use core::fmt;

use super::text::write_label;
use super::{LONGEST, Name, pointer};
use crate::wire::storage::{Room, Storage};

/// A name inside a message, or in an owned value, that was checked: looking at it cannot fail.
///
/// It compares as [`Name`] does, without regard to ASCII case.
#[derive(Clone, Copy)]
pub struct NameRef<'a> {
    /// Invariant: [`measure`](super::measure) found a name at `start`.
    octets: &'a [u8],
    start: u16,
}

impl<'a> NameRef<'a> {
    /// The name at `start`, which was checked.
    #[inline]
    pub(crate) fn from_checked(octets: &'a [u8], start: u16) -> Self {
        Self { octets, start }
    }

    /// Where it begins, in octets from the start of what it stands in.
    pub(crate) const fn offset(self) -> u16 {
        self.start
    }

    /// The labels from left to right, without the empty one of the root.
    #[inline]
    pub fn labels(self) -> Labels<'a> {
        Labels {
            octets: self.octets,
            at: usize::from(self.start),
        }
    }

    /// Whether it is the root.
    pub fn is_root(self) -> bool {
        self.labels().next().is_none()
    }

    /// The length of its wire form without compression, in octets: from 1 to 255.
    pub fn wire_len(self) -> u8 {
        self.labels()
            .fold(1, |sum: usize, label| {
                sum.saturating_add(label.len()).saturating_add(1)
            })
            .try_into()
            .unwrap_or(u8::MAX)
    }

    /// The same name, owned and without compression.
    pub fn to_name(self) -> Name {
        Name {
            wire: Storage::written(|room| self.expand(room)),
        }
    }

    /// Whether both have the same octets, upper and lower case told apart: how a response must repeat the question whose
    /// letters were cased at random.
    pub fn same_octets(self, other: &Name) -> bool {
        self.matches(other, |a, b| a == b)
    }

    /// Passes on the wire form without compression: from where it stands if it is not compressed, else from a buffer.
    #[inline]
    pub(crate) fn with_wire<R>(self, take: impl FnOnce(&[u8]) -> R) -> R {
        match in_place(self.octets, usize::from(self.start)) {
            Some(wire) => take(wire),
            None => take(self.flatten(&mut [0; LONGEST])),
        }
    }

    /// Writes the wire form without compression: what stands together at once.
    #[inline]
    pub(in crate::wire) fn expand(self, room: &mut Room<'_>) {
        let mut start = usize::from(self.start);
        let mut at = start;
        while let Some(&octet) = self.octets.get(at) {
            match octet {
                0 => {
                    room.push(self.octets.get(start..=at).unwrap_or_default());
                    return;
                }
                0xC0.. => {
                    room.push(self.octets.get(start..at).unwrap_or_default());
                    let Some(target) = pointer(self.octets, at) else {
                        return;
                    };
                    (start, at) = (target, target);
                }
                length => at = at.wrapping_add(usize::from(length)).wrapping_add(1),
            }
        }
    }

    /// Where its first label stands, or the first pointer at which it leads to.
    #[inline]
    pub(in crate::wire) fn place(self) -> usize {
        let start = usize::from(self.start);
        match self.octets.get(start) {
            Some(0xC0..) => pointer(self.octets, start).unwrap_or(start),
            _ => start,
        }
    }

    /// The wire form without compression, in `buffer`.
    pub(in crate::wire) fn flatten(self, buffer: &mut [u8; LONGEST]) -> &[u8] {
        let mut length = 0_usize;
        for label in self.labels() {
            let Some((first, room)) = buffer.get_mut(length..).and_then(<[u8]>::split_first_mut) else {
                break;
            };
            let Some(room) = room.get_mut(..label.len()) else {
                break;
            };
            *first = u8::try_from(label.len()).unwrap_or_default();
            room.copy_from_slice(label);
            length = length.saturating_add(label.len()).saturating_add(1);
        }
        // Invariant: the buffer was zero, and a checked name leaves room for the empty label of the root.
        buffer.get(..=length).unwrap_or(&[0])
    }

    /// Whether the labels are pairwise the `same` as those of `other`.
    fn matches(self, other: &Name, same: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        let mut rest = other.as_wire();
        for label in self.labels() {
            let Some((&length, after)) = rest.split_first() else {
                return false;
            };
            let Some((wanted, after)) = after.split_at_checked(usize::from(length)) else {
                return false;
            };
            if !same(label, wanted) {
                return false;
            }
            rest = after;
        }
        rest == [0]
    }
}

impl PartialEq for NameRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (mut a, mut b) = (self.labels(), other.labels());
        loop {
            match (a.next(), b.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => {}
                _ => return false,
            }
        }
    }
}

impl Eq for NameRef<'_> {}

impl PartialEq<Name> for NameRef<'_> {
    fn eq(&self, other: &Name) -> bool {
        self.matches(other, <[u8]>::eq_ignore_ascii_case)
    }
}

/// As [`Name`] is displayed.
impl fmt::Display for NameRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut labels = self.labels().peekable();
        if labels.peek().is_none() {
            return f.write_str(".");
        }
        labels.try_for_each(|label| {
            write_label(f, label)?;
            f.write_str(".")
        })
    }
}

/// As displayed.
impl fmt::Debug for NameRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The checked name that begins at `start`, if it is not compressed.
#[inline]
fn in_place(octets: &[u8], start: usize) -> Option<&[u8]> {
    let mut at = start;
    loop {
        #[cfg(any(test, planted, fuzzing))]
        crate::wire::steps::step();
        match *octets.get(at)? {
            0 => return octets.get(start..=at),
            0xC0.. => return None,
            length => at = at.wrapping_add(usize::from(length)).wrapping_add(1),
        }
    }
}

/// The labels of a name from left to right, without the empty one of the root.
#[derive(Clone, Debug)]
pub struct Labels<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            #[cfg(any(test, planted, fuzzing))]
            crate::wire::steps::step();
            match *self.octets.get(self.at)? {
                0 => return None,
                0xC0.. => self.at = pointer(self.octets, self.at)?,
                length => {
                    let start = self.at.wrapping_add(1);
                    self.at = start.wrapping_add(usize::from(length));
                    return self.octets.get(start..self.at);
                }
            }
        }
    }
}
