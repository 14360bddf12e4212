//! Name compression (RFC 1035 section 4.1.4) in memory of fixed size.

use core::fmt;
use core::num::NonZeroU16;

use crate::wire::name::pointer;

/// How many names in a message a pointer can lead to here.
const SLOTS: usize = 128;

/// In how many slots a name is looked for. A free one ends the search: names are only ever forgotten from the last one
/// remembered backwards, so that none is behind a slot that was freed.
const PROBES: usize = 8;

/// How many candidates that turn out to be another name are looked at for a message. Other resolvers give up after as many
/// names.
const MOST_MISSES: u8 = 120;

/// What a pointer can hold.
const FARTHEST: usize = 0x4000;

/// A name has 127 labels at most, the last of which begins before octet 254.
const MOST_LABELS: usize = 127;

/// Where names are that were written: a hash table without links and without growth.
///
/// The names in a message are a tree. Each slot is one node of it, found by its parent, that is the offset of the name
/// without its first label, and by that label. Looking up a name begins at the root, and each step compares one label.
pub(super) struct Compressor {
    slots: [Slot; SLOTS],
    misses: u8,
}

/// A name that a pointer can lead to; no offset if the slot is free.
#[derive(Clone, Copy, Default)]
struct Slot {
    offset: Option<NonZeroU16>,
    /// Bits of the hash that chose the slot, so that most other names are told apart without looking at them.
    tag: u16,
}

impl Compressor {
    pub(super) const fn new() -> Self {
        Self {
            slots: [Slot { offset: None, tag: 0 }; SLOTS],
            misses: 0,
        }
    }

    /// Splits `name`, which is about to be written at the end of `message`, into labels that must be written and the offset
    /// of the longest rest that was written before. Remembers what can be pointed to from then on.
    pub(super) fn compress<'n>(&mut self, message: &[u8], name: &'n [u8]) -> (&'n [u8], Option<u16>) {
        let mut starts = [0_u8; MOST_LABELS];
        let mut labels = label_starts(name, &mut starts).iter().rev();
        let mut end = name.len().wrapping_sub(1);
        let mut parent = None;
        while let Some(&start) = labels.next() {
            let start = usize::from(start);
            let label = name.get(start..end).unwrap_or_default();
            let hash = hash(parent, label);
            match self.find(message, parent, label, hash) {
                Some(found) => (parent, end) = (Some(found), start),
                None => {
                    self.remember(message.len(), name, (start, hash), labels);
                    break;
                }
            }
        }
        (name.get(..end).unwrap_or_default(), parent.map(NonZeroU16::get))
    }

    /// Forgets the names that begin at octet `length` of the message or behind it.
    pub(super) fn forget_from(&mut self, length: usize) {
        for slot in &mut self.slots {
            if slot
                .offset
                .is_some_and(|offset| usize::from(offset.get()) >= length)
            {
                *slot = Slot::default();
            }
        }
    }

    /// Where the name is that has this first label and this parent.
    #[inline]
    fn find(
        &mut self,
        message: &[u8],
        parent: Option<NonZeroU16>,
        label: &[u8],
        hash: u32,
    ) -> Option<NonZeroU16> {
        for place in places(hash) {
            let slot = self.slots.get(place)?;
            let offset = slot.offset?;
            if slot.tag != tag(hash) {
                continue;
            }
            if self.misses >= MOST_MISSES {
                return None;
            }
            if is_name(message, offset, label, parent) {
                return Some(offset);
            }
            self.misses = self.misses.saturating_add(1);
        }
        None
    }

    /// Remembers the names that begin at the labels of `name` from `first` leftwards, if they are where a pointer can lead
    /// and their slots are free. A name whose parent is not remembered would not be found.
    #[inline]
    fn remember<'l>(
        &mut self,
        position: usize,
        name: &[u8],
        first: (usize, u32),
        others: impl Iterator<Item = &'l u8>,
    ) {
        let (mut start, mut hash) = first;
        let mut others = others.map(|&start| usize::from(start));
        loop {
            let offset = position.wrapping_add(start);
            if offset >= FARTHEST {
                return;
            }
            let offset = u16::try_from(offset).ok().and_then(NonZeroU16::new);
            let free =
                places(hash).find(|&place| self.slots.get(place).is_some_and(|slot| slot.offset.is_none()));
            let Some(slot) = free.and_then(|place| self.slots.get_mut(place)) else {
                return;
            };
            *slot = Slot {
                offset,
                tag: tag(hash),
            };
            let Some(next) = others.next() else { return };
            let label = name.get(next..start).unwrap_or_default();
            start = next;
            hash = self::hash(offset, label);
        }
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.slots.iter().filter(|slot| slot.offset.is_some()).count();
        f.debug_struct("Compressor")
            .field("names", &names)
            .field("misses", &self.misses)
            .finish()
    }
}

/// Whether the name at `offset` of the message has this first label, its length before it, and this parent.
#[inline]
fn is_name(message: &[u8], offset: NonZeroU16, label: &[u8], parent: Option<NonZeroU16>) -> bool {
    #[cfg(test)]
    crate::wire::steps::step();
    let offset = usize::from(offset.get());
    let rest = offset.wrapping_add(label.len());
    let rest_offset = match message.get(rest) {
        Some(0) | None => 0,
        Some(0xC0..) => pointer(message, rest).unwrap_or_default(),
        Some(_) => rest,
    };
    rest_offset == parent.map_or(0, |parent| usize::from(parent.get()))
        && message.get(offset..rest) == Some(label)
}

/// Where the labels of a name begin, from left to right.
#[inline]
fn label_starts<'s>(name: &[u8], starts: &'s mut [u8; MOST_LABELS]) -> &'s [u8] {
    let mut at = 0_u8;
    let mut count = 0_usize;
    for slot in starts.iter_mut() {
        match name.get(usize::from(at)) {
            None | Some(0) => break,
            Some(length) => {
                *slot = at;
                at = at.wrapping_add(*length).wrapping_add(1);
            }
        }
        count = count.wrapping_add(1);
    }
    starts.get(..count).unwrap_or_default()
}

/// A hash of a label, its length before it, below its parent. Whoever provokes collisions gets names that are not
/// compressed.
#[inline]
fn hash(parent: Option<NonZeroU16>, label: &[u8]) -> u32 {
    let mut hash = u64::from(parent.map_or(0, NonZeroU16::get));
    let mut mix = |word: u64| hash = (hash.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut rest = label;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        mix(u64::from_le_bytes(*word));
        rest = after;
    }
    // What is left are less than eight octets: a long label's last eight, or all of a short one.
    match (
        label.last_chunk::<8>(),
        label.first_chunk::<4>(),
        label.last_chunk::<4>(),
    ) {
        (Some(last), ..) => mix(u64::from_le_bytes(*last)),
        (None, Some(first), Some(last)) => {
            mix(u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last)));
        }
        _ => rest.iter().for_each(|&octet| mix(octet.into())),
    }
    let [a, b, c, d, ..] = hash.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// The slots that a name can be in, in the order in which they are taken.
#[inline]
fn places(hash: u32) -> impl Iterator<Item = usize> {
    let [.., low] = hash.to_be_bytes();
    (0..PROBES).map(move |step| usize::from(low).wrapping_add(step) % SLOTS)
}

#[inline]
fn tag(hash: u32) -> u16 {
    let [a, b, ..] = hash.to_be_bytes();
    u16::from_be_bytes([a, b])
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::{format, vec};

    /// Writes `name` behind `message`, and says whether it was compressed.
    fn write(names: &mut Compressor, message: &mut alloc::vec::Vec<u8>, name: &[u8]) -> bool {
        let (head, tail) = names.compress(message, name);
        message.extend_from_slice(head);
        match tail {
            Some(tail) => message.extend_from_slice(&(tail | 0xC000).to_be_bytes()),
            None => message.push(0),
        }
        tail.is_some()
    }

    /// Two labels that the table cannot tell apart without looking at them.
    #[test]
    fn names_with_equal_hashes_are_compared() {
        let mut seen = BTreeMap::new();
        let (a, b) = (0_u32..)
            .find_map(|number| {
                let label = [&[8][..], format!("{number:08}").as_bytes()].concat();
                let hash = hash(None, &label);
                seen.insert((places(hash).next(), tag(hash)), label.clone())
                    .map(|other| (other, label))
            })
            .unwrap();
        let (mut names, mut message) = (Compressor::new(), vec![0; 12]);
        let [a, b] = [a, b].map(|label| [&label[..], &[0]].concat());
        assert!(!write(&mut names, &mut message, &a));
        assert!(!write(&mut names, &mut message, &b));
        assert_eq!(names.misses, 1);
        assert!(write(&mut names, &mut message, &a));
        assert_eq!(names.misses, 1);
        names.misses = MOST_MISSES;
        assert!(!write(&mut names, &mut message, &a));
    }

    #[test]
    fn a_label_below_another_parent_is_another_name() {
        let message = b"............\x01a\x01b\x00\x01a\xC0\x0E\x01a\x00";
        let (a, b) = (NonZeroU16::new(12).unwrap(), NonZeroU16::new(14));
        let (compressed, alone) = (NonZeroU16::new(17).unwrap(), NonZeroU16::new(21).unwrap());
        for (offset, parent, same) in [
            (a, b, true),
            (compressed, b, true),
            (alone, None, true),
            (a, None, false),
            (compressed, None, false),
            (alone, b, false),
        ] {
            assert_eq!(is_name(message, offset, b"\x01a", parent), same);
        }
    }
}
