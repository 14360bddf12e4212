//! A name with the hashes of its suffixes.

use crate::wire::Name;

/// The longest name has 127 labels, the empty one of the root not counted; so many suffixes and the root has it.
const SUFFIXES: usize = 128;

/// How many octets are hashed at once.
const WORD: usize = 8;

/// A name that is looked up: where each of its suffixes begins, and the hash of each.
///
/// Names that differ in the case of ASCII letters at most have the same hashes. The hash is the same everywhere and keeps no secret: it
/// places names of zones only, whose number is bounded by what the zone's owner put in, and no query adds to them.
#[derive(Clone, Copy)]
pub(crate) struct HashedName<'n> {
    /// The wire form without compression, in the case in which it came.
    wire: &'n [u8],
    labels: u8,
    /// The hash of all of it.
    hash: u32,
    suffixes: &'n Suffixes,
}

/// Where the suffixes of a name begin, in octets from its start, each by the number of labels that it leaves out from the left. It lies
/// where the name is used.
pub(crate) struct Suffixes([u8; SUFFIXES]);

impl Suffixes {
    /// Room for those of any name.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self([0; SUFFIXES])
    }

    /// Finds where suffixes begin. How many labels the name has.
    #[inline]
    fn fill(&mut self, wire: &[u8]) -> u8 {
        let (mut at, mut labels) = (0_u8, 0_u8);
        while let Some(&length @ 1..) = wire.get(usize::from(at)) {
            at = at.wrapping_add(length).wrapping_add(1);
            labels = labels.wrapping_add(1);
            // Invariant: this is room for all.
            if let Some(start) = self.0.get_mut(usize::from(labels)) {
                *start = at;
            }
        }
        labels
    }
}

impl<'n> HashedName<'n> {
    /// The name of these octets, which were checked and are not compressed.
    #[inline]
    pub(crate) fn new(wire: &'n [u8], room: &'n mut Suffixes) -> Self {
        Self {
            wire,
            labels: room.fill(wire),
            hash: hash(wire, wire),
            suffixes: room,
        }
    }

    /// The wire form of the suffix with so many labels, in the case in which it came; the whole name if it has not as many.
    #[inline]
    pub(crate) fn suffix(&self, labels: u8) -> &'n [u8] {
        self.wire.get(self.start_of(labels).into()..).unwrap_or_default()
    }

    /// Where that suffix begins, in octets from the start of the name.
    #[inline]
    pub(crate) fn start_of(&self, labels: u8) -> u8 {
        let left_out = self.labels.saturating_sub(labels);
        self.suffixes
            .0
            .get(usize::from(left_out))
            .copied()
            .unwrap_or_default()
    }

    /// The whole wire form.
    #[inline]
    pub(crate) const fn wire(&self) -> &'n [u8] {
        self.wire
    }

    /// How many labels it has, the empty one of the root not counted.
    #[inline]
    pub(crate) const fn labels(&self) -> u8 {
        self.labels
    }

    /// The hash of the suffix with so many labels, which are no more than the name has.
    #[inline]
    pub(crate) fn hash_of(&self, labels: u8) -> u32 {
        if labels >= self.labels {
            self.hash
        } else {
            hash(self.wire, self.suffix(labels))
        }
    }

    /// The hash of the wildcard below the suffix with so many labels.
    pub(crate) fn hash_of_wildcard(&self, labels: u8) -> u32 {
        let suffix = self.suffix(labels);
        let mut octets = [0; WILDCARD.len().wrapping_add(Name::LONGEST)];
        let end = WILDCARD.len().wrapping_add(suffix.len());
        let (first, rest) = octets.split_at_mut(WILDCARD.len());
        first.copy_from_slice(WILDCARD);
        if let Some(rest) = rest.get_mut(..suffix.len()) {
            rest.copy_from_slice(suffix);
        }
        let wildcard = octets.get(..end).unwrap_or_default();
        hash(wildcard, wildcard)
    }
}

/// The first label of a wildcard.
const WILDCARD: &[u8] = b"\x01*";

/// Whether two names are the same in wire form, whatever the case of their letters.
#[inline]
pub(super) fn same_name(a: &[u8], b: &[u8]) -> bool {
    // Most questions and most zones are in lower case, and octets are quickly compared.
    a == b || a.eq_ignore_ascii_case(b)
}

/// The hash of `suffix`, the end of `wire`.
#[inline]
fn hash(wire: &[u8], suffix: &[u8]) -> u32 {
    let mut state = suffix.len() as u64;
    let mut rest = suffix;
    while let Some((word, after)) = rest.split_first_chunk() {
        state = mix(state, u64::from_le_bytes(*word));
        rest = after;
    }
    finish(mix(state, last(wire, rest.len())))
}

/// The last `count` octets as a number, with zeros for those that are missing to eight.
#[inline]
fn last(wire: &[u8], count: usize) -> u64 {
    let missing = WORD.wrapping_sub(count).wrapping_mul(8);
    match wire.last_chunk::<WORD>() {
        _ if count == 0 => 0,
        // What comes before is shifted out.
        Some(octets) => u64::from_le_bytes(*octets) >> (missing & 63),
        None => {
            let octets = wire.iter().rev().take(count);
            octets.fold(0, |word, &octet| word << 8 | u64::from(octet))
        }
    }
}

#[inline]
const fn mix(state: u64, word: u64) -> u64 {
    let mixed = (state ^ without_case(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 29)
}

#[inline]
fn finish(state: u64) -> u32 {
    let [a, b, c, d, ..] = state.wrapping_mul(0xD6E8_FEB8_6659_FD93).to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// Eight octets without what tells a letter in upper case from one in lower case. Some others, which names rarely have, become the same.
#[inline]
const fn without_case(word: u64) -> u64 {
    word | u64::from_ne_bytes([0x20; WORD])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Name;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn name() -> impl Strategy<Value = Name> {
        prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..12).prop_map(|labels| {
            let mut wire = Vec::new();
            for label in labels {
                wire.push(u8::try_from(label.len()).unwrap());
                wire.extend(label);
            }
            wire.push(0);
            Name::from_wire(&wire).unwrap()
        })
    }

    fn hash(name: &Name, labels: u8) -> u32 {
        HashedName::new(name.as_wire(), &mut Suffixes::new()).hash_of(labels)
    }

    proptest! {
        #[test]
        fn the_hash_of_a_suffix_is_that_of_the_name_in_any_case(name in name()) {
            let mut room = Suffixes::new();
            let hashed = HashedName::new(name.as_wire(), &mut room);
            let mut rest = Some(name.clone());
            prop_assert_eq!(hashed.labels(), name.label_count());
            while let Some(name) = rest {
                let labels = name.label_count();
                prop_assert_eq!(hashed.suffix(labels), name.as_wire());
                prop_assert_eq!(hashed.hash_of(labels), hash(&name.to_canonical(), labels));
                let mut wildcard = b"\x01*".to_vec();
                wildcard.extend_from_slice(name.as_wire());
                if let Ok(wildcard) = Name::from_wire(&wildcard) {
                    let count = wildcard.label_count();
                    prop_assert_eq!(hashed.hash_of_wildcard(labels), hash(&wildcard, count));
                }
                rest = name.parent();
            }
        }
    }

    #[test]
    fn the_longest_name_has_all_its_suffixes() {
        let wire = [b"\x01a".repeat(127), alloc::vec![0]].concat();
        let mut room = Suffixes::new();
        let hashed = HashedName::new(&wire, &mut room);
        assert_eq!(hashed.labels(), 127);
        assert_eq!(hashed.wire(), wire);
        assert_eq!(hashed.suffix(0), [0]);
        assert_eq!(hashed.suffix(1), [1, b'a', 0]);
    }
}
