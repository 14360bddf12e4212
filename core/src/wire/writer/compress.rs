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

/// Where names are that were written: a hash table without links and without growth.
///
/// Each slot is one name, found by its hash. A name is looked up whole first, because most names in a message were written
/// before, and then without its first label, and so on.
pub(super) struct Compressor {
    slots: [Slot; SLOTS],
    misses: u8,
    /// Where the last owner is: most records of a message have the owner of the one before.
    pub(super) last_owner: Option<NonZeroU16>,
}

/// A name that a pointer can lead to; no offset if the slot is free.
#[derive(Clone, Copy, Default)]
struct Slot {
    offset: Option<NonZeroU16>,
    /// Bits of the hash that chose the slot, so that most other names are told apart without looking at them.
    tag: u16,
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

impl Compressor {
    pub(super) const fn new() -> Self {
        Self {
            slots: [Slot { offset: None, tag: 0 }; SLOTS],
            misses: 0,
            last_owner: None,
        }
    }

    /// The same as [`compress`](Self::compress) for the owner of a record, or for the name in a question.
    #[inline]
    pub(super) fn compress_owner<'n>(&mut self, message: &[u8], name: &'n [u8]) -> (&'n [u8], Option<u16>) {
        if let Some(offset) = self.last_owner
            && begin_alike(message, offset, name)
            && self.is_at(message, offset, name)
        {
            return (&[], Some(offset.get()));
        }
        let (labels, rest) = self.compress(message, name);
        let offset = if labels.is_empty() {
            rest
        } else {
            u16::try_from(message.len()).ok()
        };
        self.last_owner = offset
            .filter(|&offset| usize::from(offset) < FARTHEST)
            .and_then(NonZeroU16::new);
        (labels, rest)
    }

    /// Splits `name`, which is about to be written at the end of `message`, into labels that must be written and the offset
    /// of the longest rest that was written before. Remembers what can be pointed to from then on.
    pub(super) fn compress<'n>(&mut self, message: &[u8], name: &'n [u8]) -> (&'n [u8], Option<u16>) {
        let mut start = 0_usize;
        while let Some(rest @ &[length, ..]) = name.get(start..) {
            if length == 0 {
                break;
            }
            let hash = hash(rest);
            match self.find(message, rest, hash) {
                Found::Name(offset) => {
                    return (name.get(..start).unwrap_or_default(), Some(offset.get()));
                }
                Found::Free(place) => self.remember(place, message.len().wrapping_add(start), hash),
                Found::Nothing => {}
            }
            start = start.wrapping_add(usize::from(length)).wrapping_add(1);
        }
        (name.get(..start).unwrap_or_default(), None)
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
        self.last_owner = self
            .last_owner
            .filter(|offset| usize::from(offset.get()) < length);
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

/// Whether the first octets of the name at `offset` of the message are those of `name`.
#[inline]
fn begin_alike(message: &[u8], offset: NonZeroU16, name: &[u8]) -> bool {
    let written = message.get(usize::from(offset.get())..);
    written.and_then(<[u8]>::first_chunk::<2>) == name.first_chunk()
}

/// Whether the name at `offset` of the message is `name`. If it is another, how many labels were looked at to see it.
#[inline]
fn compare(message: &[u8], offset: NonZeroU16, name: &[u8]) -> Result<(), u8> {
    let (mut at, mut rest) = (usize::from(offset.get()), name);
    let mut labels = 0_u8;
    // Labels that stand together are compared together, up to the pointer that they end with or the root.
    let mut length = 0_usize;
    loop {
        #[cfg(test)]
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
