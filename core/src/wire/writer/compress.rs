//! Name compression (RFC 1035 section 4.1.4).

use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU16;

use crate::wire::name::{NameRef, pointer};

/// How many slots there are for names in the writer itself.
const SLOTS: usize = 128;

/// How many of them may be taken.
const MOST_NAMES: usize = 112;

/// How many slots there are when those are too few, which takes memory, and then when these are. At most half of them are taken:
/// a label has two octets at least, so that not more than 8 186 names begin where a pointer can lead.
const MORE_SLOTS: [usize; 2] = [2_048, 16_384];

/// In how many slots a name is looked for. A free one ends the search: names are only ever forgotten from the last one
/// remembered backwards, so that none is behind a slot that was freed. By chance no name is this far from its first slot.
const PROBES: usize = 128;

/// How many labels are compared in vain for a message, with candidates that turn out to be another name. By chance they are
/// some hundred, in a message of 64 KiB whose names have many labels and most of them in common.
const MOST_MISSES: u16 = 1_000;

/// What a pointer can hold.
const FARTHEST: usize = 0x4000;

/// Where names are that were written: a hash table without links.
///
/// Each slot is one name, found by its hash. A name is looked up whole first, because most names in a message were written
/// before, and then without its first label, and so on.
pub(super) struct Compressor {
    slots: [Slot; SLOTS],
    /// What takes the place of those, once it is not empty.
    more: Vec<Slot>,
    /// How many slots are taken.
    names: usize,
    misses: u16,
    /// Whether there can be more slots than those in the writer itself.
    grows: bool,
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
    /// Bits of the hash that did not choose the slot, so that most other names are told apart without looking at them.
    tag: u16,
}

impl Compressor {
    /// No names. If it does not grow, no memory is taken, and names for which there is no room are not found again.
    pub(super) const fn new(grows: bool) -> Self {
        Self {
            slots: [Slot { offset: None, tag: 0 }; SLOTS],
            more: Vec::new(),
            names: 0,
            misses: 0,
            grows,
        }
    }

    /// Splits `name`, which is about to be written at the end of `message`, into labels that must be written and the offset
    /// of the longest rest that was written before. Remembers what can be pointed to from then on.
    #[inline]
    pub(super) fn compress<'n>(&mut self, message: &[u8], name: &'n [u8]) -> (&'n [u8], Option<u16>) {
        // None would be found again: the name stays whole, and takes no slot.
        if self.misses >= MOST_MISSES {
            return (name.strip_suffix(&[0]).unwrap_or(name), None);
        }
        // A label has two octets at least.
        if self.names.wrapping_add(name.len() / 2) > self.room() && !self.make_room(message, name) {
            return self.find_only(message, name);
        }
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
                Found::Free(place) => self.remember(place, message.len().wrapping_add(start), hash),
                Found::Nothing => {}
            }
            start = start.wrapping_add(usize::from(length)).wrapping_add(1);
        }
        (name.get(..start).unwrap_or_default(), found)
    }

    /// Remembers the first name of all, which begins at octet `start` and is the end of `message`.
    pub(super) fn begin_with(&mut self, message: &[u8], mut start: usize) {
        while let Some(rest @ &[length, ..]) = message.get(start..)
            && length > 0
            && self.names < MOST_NAMES
        {
            let hash = hash(rest);
            if let Some(place) = self.free_place(hash) {
                self.remember(place, start, hash);
            }
            start = start.wrapping_add(usize::from(length)).wrapping_add(1);
        }
    }

    /// Forgets the names that begin at octet `length` of the message or behind it.
    pub(super) fn forget_from(&mut self, length: usize) {
        let mut forgotten = 0_usize;
        for slot in self.table_mut() {
            if slot
                .offset
                .is_some_and(|offset| usize::from(offset.get()) >= length)
            {
                *slot = Slot::default();
                forgotten = forgotten.wrapping_add(1);
            }
        }
        self.names = self.names.saturating_sub(forgotten);
    }

    /// How many slots may be taken.
    #[inline]
    fn room(&self) -> usize {
        match self.more.len() {
            0 => MOST_NAMES,
            slots => slots / 2,
        }
    }

    /// Moves to a larger table if this one has no room for each rest of `name`. Whether the rests of `name` may be remembered.
    #[cold]
    fn make_room(&mut self, message: &[u8], name: &[u8]) -> bool {
        let labels = NameRef::from_checked(name, 0).labels().count();
        let taken = self.names.wrapping_add(labels);
        if taken <= self.room() || message.len() >= FARTHEST {
            return true;
        }
        let Some(&slots) = MORE_SLOTS.iter().find(|&&slots| taken <= slots / 2) else {
            return true;
        };
        if !self.grows {
            return false;
        }
        // Those that come first are forgotten last.
        let mut offsets = Vec::with_capacity(self.names);
        offsets.extend(self.table().iter().filter_map(|slot| slot.offset));
        offsets.sort_unstable();
        self.more = alloc::vec![Slot::default(); slots];
        self.names = 0;
        for offset in offsets {
            let hash = NameRef::from_checked(message, offset.get()).with_wire(hash);
            if let Some(place) = self.free_place(hash) {
                self.remember(place, usize::from(offset.get()), hash);
            }
        }
        true
    }

    /// As [`compress`](Self::compress), but remembers nothing.
    #[cold]
    fn find_only<'n>(&mut self, message: &[u8], name: &'n [u8]) -> (&'n [u8], Option<u16>) {
        let mut start = 0_usize;
        while let Some(rest @ &[length, ..]) = name.get(start..)
            && length > 0
        {
            if let Found::Name(offset) = self.find(message, rest, hash(rest)) {
                return (name.get(..start).unwrap_or_default(), Some(offset.get()));
            }
            start = start.wrapping_add(usize::from(length)).wrapping_add(1);
        }
        (name.get(..start).unwrap_or_default(), None)
    }

    /// Where a name with this hash can be remembered that was not.
    fn free_place(&self, hash: u32) -> Option<usize> {
        let table = self.table();
        places(hash, table.len()).find(|&place| table.get(place).is_some_and(|slot| slot.offset.is_none()))
    }

    #[inline]
    fn table(&self) -> &[Slot] {
        if self.more.is_empty() {
            &self.slots
        } else {
            &self.more
        }
    }

    #[inline]
    fn table_mut(&mut self) -> &mut [Slot] {
        if self.more.is_empty() {
            &mut self.slots
        } else {
            &mut self.more
        }
    }

    /// Looks a name up. As it does most of the work of writing, it is always part of its caller.
    #[inline(always)]
    fn find(&mut self, message: &[u8], name: &[u8], hash: u32) -> Found {
        for place in places(hash, self.table().len()) {
            let Some(&slot) = self.table().get(place) else {
                break;
            };
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
            self.misses = self.misses.saturating_add(labels.into());
        }
        result.is_ok()
    }

    /// Remembers that the name with this hash is at `offset`, if that is where a pointer can lead.
    #[inline]
    fn remember(&mut self, place: usize, offset: usize, hash: u32) {
        if offset < FARTHEST
            && let Some(slot) = self.table_mut().get_mut(place)
        {
            *slot = Slot {
                offset: u16::try_from(offset).ok().and_then(NonZeroU16::new),
                tag: tag(hash),
            };
            self.names = self.names.wrapping_add(1);
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
        #[cfg(any(test, planted, fuzzing))]
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
    // Rests of a name whose labels are all equal differ in nothing else.
    let mut hash = name.len() as u64;
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

/// Which of so many slots, a power of two, a name can be in, in the order in which they are taken.
#[inline]
fn places(hash: u32, slots: usize) -> impl Iterator<Item = usize> {
    let [.., high, low] = hash.to_be_bytes();
    let first = usize::from(u16::from_be_bytes([high, low]));
    (0..PROBES).map(move |step| first.wrapping_add(step) & slots.wrapping_sub(1))
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
                seen.insert((places(hash, SLOTS).next(), tag(hash)), name.clone())
                    .map(|other| (other, name))
            })
            .unwrap();
        let (mut names, mut message) = (Compressor::new(true), vec![0; 12]);
        assert!(!write(&mut names, &mut message, &a));
        assert!(!write(&mut names, &mut message, &b));
        assert_eq!(names.misses, 2);
        assert!(write(&mut names, &mut message, &a));
        assert_eq!(names.misses, 2);
        names.misses = MOST_MISSES;
        assert!(!write(&mut names, &mut message, &a));
    }

    /// A name that repeats itself, hence with rests that begin and end in the same way.
    #[test]
    fn each_rest_of_a_name_of_equal_labels_is_found() {
        for label in [
            &b"\x01a"[..],
            b"\x02aa",
            b"\x03aaa",
            b"\x07aaaaaaa",
            b"\x08aaaaaaaa",
        ] {
            let labels = 254 / label.len();
            let (mut names, mut message) = (Compressor::new(true), vec![0; 12]);
            for left in (1..=labels).rev() {
                let name = [label.repeat(left), vec![0]].concat();
                assert_eq!(
                    write(&mut names, &mut message, &name),
                    left < labels,
                    "{left} times {label:?}"
                );
            }
            assert_eq!(names.misses, 0, "{label:?}");
        }
    }

    /// Names that look like each other make the writer give up; then they take octets of the message, and nothing else.
    #[test]
    fn names_take_no_memory_when_none_is_compared_any_more() {
        let (mut names, mut message) = (Compressor::new(true), vec![0; 12]);
        names.misses = MOST_MISSES;
        let name = [b"\x01a".repeat(127), vec![0]].concat();
        for _ in 0..60 {
            assert!(!write(&mut names, &mut message, &name));
        }
        assert_eq!((names.names, names.more.capacity()), (0, 0));
        assert_eq!(message.len(), 12 + 60 * name.len());
        assert!(!write(&mut names, &mut message, &[0]));
    }

    #[test]
    fn names_that_find_no_room_are_compressed_and_not_remembered() {
        let (mut names, mut message) = (Compressor::new(false), vec![0; 12]);
        let numbered = |number: usize| format!("\x04{number:04}\x01a\0").into_bytes();
        for number in 0..300 {
            let compressed = write(&mut names, &mut message, &numbered(number));
            // The rest has room from the beginning.
            assert_eq!(compressed, number > 0);
        }
        assert_eq!(names.more.capacity(), 0);
        assert!(names.names <= MOST_NAMES);
        let length = message.len();
        assert!(write(&mut names, &mut message, &numbered(50)));
        assert_eq!(message.len(), length + 2);
        assert!(write(&mut names, &mut message, &numbered(250)));
        assert_eq!(message.len(), length + 2 + 7);
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
