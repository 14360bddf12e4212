//! Name compression (RFC 1035 section 4.1.4) in memory of fixed size.

use core::fmt;
use core::num::NonZeroU16;

use crate::wire::name::pointer;

/// How many names in a message a pointer can lead to here.
const SLOTS: usize = 128;

/// In how many slots a name is looked for. A free one ends the search: names are only ever forgotten from the last one
/// remembered backwards, so that none is behind a slot that was freed.
const PROBES: usize = 8;

/// How many labels are compared in vain for a message, with candidates that turn out to be another name. Other resolvers give
/// up after as many names.
const MOST_MISSES: u8 = 120;

/// What a pointer can hold.
const FARTHEST: usize = 0x4000;

/// A name has 127 labels at most, the last of which begins before octet 254.
const MOST_LABELS: usize = 127;

/// With more names than these, slots are no longer given away before it is known who else wants one.
const CROWD: u8 = 64;

/// Where names are that were written: a hash table without links and without growth.
///
/// Each slot is one name, found by its hash. A name is looked up whole first, because most names in a message were written
/// before, and then without its first label, and so on.
pub(super) struct Compressor {
    slots: [Slot; SLOTS],
    /// How many slots are taken.
    names: u8,
    misses: u8,
}

/// What a look-up comes to.
enum Found {
    /// The name was written at this offset.
    Name(NonZeroU16),
    /// It was not, and can be remembered in this slot.
    Free(usize),
    /// It was not, and there is no slot for it.
    Nothing,
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
            names: 0,
            misses: 0,
        }
    }

    /// Splits `name`, which is about to be written at the end of `message`, into labels that must be written and the offset
    /// of the longest rest that was written before. Remembers what can be pointed to from then on.
    #[inline]
    pub(super) fn compress<'n>(&mut self, message: &[u8], name: &'n [u8]) -> (&'n [u8], Option<u16>) {
        let crowded = self.names >= CROWD;
        let mut start = 0_usize;
        let mut found = None;
        while let Some(rest @ &[length, ..]) = name.get(start..)
            && length > 0
        {
            let hash = hash(rest);
            match self.find(message, rest, hash) {
                Found::Name(offset) => {
                    found = Some(offset.get());
                    break;
                }
                Found::Free(place) if !crowded => {
                    self.remember(place, message.len().wrapping_add(start), hash);
                }
                Found::Free(_) | Found::Nothing => {}
            }
            start = start.wrapping_add(usize::from(length)).wrapping_add(1);
        }
        let labels = name.get(..start).unwrap_or_default();
        if crowded {
            self.remember_from_root(message.len(), name, labels);
        }
        (labels, found)
    }

    /// Forgets the names that begin at octet `length` of the message or behind it.
    pub(super) fn forget_from(&mut self, length: usize) {
        for slot in &mut self.slots {
            if slot
                .offset
                .is_some_and(|offset| usize::from(offset.get()) >= length)
            {
                *slot = Slot::default();
                self.names = self.names.saturating_sub(1);
            }
        }
    }

    /// Looks a name up.
    #[inline]
    fn find(&mut self, message: &[u8], name: &[u8], hash: u32) -> Found {
        for place in places(hash) {
            let Some(slot) = self.slots.get(place) else { break };
            let Some(offset) = slot.offset else {
                return Found::Free(place);
            };
            if slot.tag == tag(hash) && self.is_at(message, offset, name) {
                return Found::Name(offset);
            }
        }
        Found::Nothing
    }

    /// Whether the name at `offset` of the message is `name`. After too many that were not, no other is.
    #[inline]
    fn is_at(&mut self, message: &[u8], offset: NonZeroU16, name: &[u8]) -> bool {
        if self.misses >= MOST_MISSES {
            return false;
        }
        let result = compare(message, offset, name);
        if let Err(labels) = result {
            self.misses = self.misses.saturating_add(labels);
        }
        result.is_ok()
    }

    /// Remembers that the name with this hash is at `offset`, if that is where a pointer can lead.
    #[inline]
    fn remember(&mut self, place: usize, offset: usize, hash: u32) {
        if offset < FARTHEST
            && let Some(slot) = self.slots.get_mut(place)
        {
            *slot = Slot {
                offset: u16::try_from(offset).ok().and_then(NonZeroU16::new),
                tag: tag(hash),
            };
            self.names = self.names.saturating_add(1);
        }
    }

    /// Remembers the names that begin at each of `labels`, which are the first of `name`. More names end with the last of them:
    /// when a slot is wanting, what is left of it goes without one too.
    #[cold]
    fn remember_from_root(&mut self, position: usize, name: &[u8], labels: &[u8]) {
        let mut starts = [0; MOST_LABELS];
        for &start in label_starts(labels, &mut starts).iter().rev() {
            let start = usize::from(start);
            let hash = hash(name.get(start..).unwrap_or_default());
            let free =
                places(hash).find(|&place| self.slots.get(place).is_some_and(|slot| slot.offset.is_none()));
            let Some(place) = free else { break };
            self.remember(place, position.wrapping_add(start), hash);
        }
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor")
            .field("names", &self.names)
            .field("misses", &self.misses)
            .finish()
    }
}

/// Whether the name at `offset` of the message is `name`. If it is another, how many labels were looked at to see it.
#[inline]
fn compare(message: &[u8], offset: NonZeroU16, name: &[u8]) -> Result<(), u8> {
    let (mut at, mut rest) = (usize::from(offset.get()), name);
    let mut labels = 0_u8;
    // Labels that stand together are compared together, up to the pointer that they end with or the root.
    let mut length = 0_usize;
    loop {
        #[cfg(any(test, fuzzing))]
        crate::wire::steps::step();
        labels = labels.saturating_add(1);
        let label = rest.get(length).copied().unwrap_or_default();
        length = length.wrapping_add(usize::from(label)).wrapping_add(1);
        let end = at.wrapping_add(length);
        let next = message.get(end);
        if label > 0 && next.is_none_or(|&next| next < 0xC0) {
            continue;
        }
        let Some((together, after)) = rest.split_at_checked(length) else {
            return Err(labels);
        };
        if message.get(at..end) != Some(together) {
            return Err(labels);
        }
        if label == 0 {
            return Ok(());
        }
        at = pointer(message, end).ok_or(labels)?;
        (rest, length) = (after, 0);
    }
}

/// Where the labels begin, from left to right.
fn label_starts<'s>(labels: &[u8], starts: &'s mut [u8; MOST_LABELS]) -> &'s [u8] {
    let mut at = 0_u8;
    let mut count = 0_usize;
    for slot in starts.iter_mut() {
        let Some(length) = labels.get(usize::from(at)) else {
            break;
        };
        *slot = at;
        at = at.wrapping_add(*length).wrapping_add(1);
        count = count.wrapping_add(1);
    }
    starts.get(..count).unwrap_or_default()
}

/// A hash of a name. Whoever provokes collisions gets names that are not compressed.
#[inline]
fn hash(name: &[u8]) -> u32 {
    let mut hash = 0_u64;
    let mut mix = |word: u64| hash = (hash.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut rest = name;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        mix(u64::from_le_bytes(*word));
        rest = after;
    }
    // What is left are less than eight octets: a long name's last eight, or all of a short one.
    match (
        name.last_chunk::<8>(),
        name.first_chunk::<4>(),
        name.last_chunk::<4>(),
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

    /// Two names that the table cannot tell apart without looking at them.
    #[test]
    fn names_with_equal_hashes_are_compared() {
        let mut seen = BTreeMap::new();
        let (a, b) = (0_u32..)
            .find_map(|number| {
                let name = [&[8][..], format!("{number:08}").as_bytes(), &[0]].concat();
                let hash = hash(&name);
                seen.insert((places(hash).next(), tag(hash)), name.clone())
                    .map(|other| (other, name))
            })
            .unwrap();
        let (mut names, mut message) = (Compressor::new(), vec![0; 12]);
        assert!(!write(&mut names, &mut message, &a));
        assert!(!write(&mut names, &mut message, &b));
        assert_eq!(names.misses, 2);
        assert!(write(&mut names, &mut message, &a));
        assert_eq!(names.misses, 2);
        names.misses = MOST_MISSES;
        assert!(!write(&mut names, &mut message, &a));
    }

    #[test]
    fn a_label_below_another_parent_is_another_name() {
        let message = b"............\x01a\x01b\x00\x01a\xC0\x0E\x01a\x00";
        let (ab, compressed, alone) = (12, 17, 21);
        for (offset, name, result) in [
            (ab, &b"\x01a\x01b\x00"[..], Ok(())),
            (compressed, b"\x01a\x01b\x00", Ok(())),
            (alone, b"\x01a\x00", Ok(())),
            // The root is a label too.
            (ab, b"\x01a\x00", Err(2)),
            (compressed, b"\x01a\x00", Err(2)),
            (compressed, b"\x01b\x01b\x00", Err(1)),
            (compressed, b"\x01a\x01B\x00", Err(3)),
            (ab, b"\x01a\x01B\x00", Err(3)),
            (alone, b"\x01a\x01b\x00", Err(3)),
        ] {
            assert_eq!(compare(message, NonZeroU16::new(offset).unwrap(), name), result);
        }
    }
}
