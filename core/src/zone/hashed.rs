//! A name with the hashes of all its suffixes.

/// The longest name has 127 labels, the empty one of the root not counted; so many suffixes and the root has it.
const SUFFIXES: usize = 128;

/// How many octets are hashed at once.
const WORD: usize = 8;

/// A name that is looked up: where each of its suffixes begins, and the hash of each, computed in one pass from the root.
///
/// Names that differ in the case of ASCII letters at most have the same hashes. The hash is the same everywhere and keeps no secret: it
/// places names of zones only, whose number is bounded by what the zone's owner put in, and no query adds to them.
pub(crate) struct HashedName<'n> {
    /// The wire form without compression, in the case in which it came.
    wire: &'n [u8],
    labels: u8,
    /// Where the suffix begins that leaves out so many labels from the left. Invariant: `labels + 1` of them count.
    starts: [u8; SUFFIXES],
    /// The hash of the suffix with so many labels. Invariant: `labels + 1` of them count.
    hashes: [u32; SUFFIXES],
}

impl<'n> HashedName<'n> {
    /// The name of these octets, which were checked and are not compressed.
    #[inline]
    pub(crate) fn new(wire: &'n [u8]) -> Self {
        let mut name = Self {
            wire,
            labels: 0,
            starts: [0; SUFFIXES],
            hashes: [0; SUFFIXES],
        };
        name.fill();
        name
    }

    /// The wire form of the suffix with so many labels, in the case in which it came; the whole name if it has not as many.
    #[inline]
    pub(crate) fn suffix(&self, labels: u8) -> &'n [u8] {
        let left_out = usize::from(self.labels.saturating_sub(labels));
        let start = self.starts.get(left_out).copied().unwrap_or_default();
        self.wire.get(start.into()..).unwrap_or_default()
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

    /// The hash of the suffix with so many labels.
    #[inline]
    pub(crate) fn hash_of(&self, labels: u8) -> u32 {
        self.hashes.get(usize::from(labels)).copied().unwrap_or_default()
    }

    /// The hash of the wildcard below the suffix with so many labels.
    pub(crate) fn hash_of_wildcard(&self, labels: u8) -> u32 {
        hash_label(self.hash_of(labels), b"\x01*", 0)
    }

    #[inline]
    fn fill(&mut self) {
        let mut at = 0_u8;
        for start in &mut self.starts {
            *start = at;
            match self.wire.get(usize::from(at)) {
                Some(&length @ 1..) => at = at.wrapping_add(length).wrapping_add(1),
                _ => break,
            }
            self.labels = self.labels.wrapping_add(1);
        }
        let labels = self.starts.get(..usize::from(self.labels)).unwrap_or_default();
        let mut hash = 0;
        // The first one stays that of the root.
        for (slot, &start) in self.hashes.iter_mut().skip(1).zip(labels.iter().rev()) {
            hash = hash_label(hash, self.wire, usize::from(start));
            *slot = hash;
        }
    }
}

/// Whether two names are the same in wire form, whatever the case of their letters.
#[inline]
pub(super) fn same_name(a: &[u8], b: &[u8]) -> bool {
    // Most questions and most zones are in lower case, and octets are quickly compared.
    a == b || a.eq_ignore_ascii_case(b)
}

/// The hash of a name from the hash of the rest and its first label, which begins at `start` with its length.
#[inline]
fn hash_label(rest: u32, wire: &[u8], start: usize) -> u32 {
    let length = wire.get(start).copied().unwrap_or_default();
    let mut state = mix(u64::from(rest), u64::from(length));
    let (mut at, mut left) = (start.wrapping_add(1), usize::from(length));
    while left > 0 {
        state = mix(state, lower(word(wire, at, left)));
        at = at.wrapping_add(WORD);
        left = left.saturating_sub(WORD);
    }
    finish(state)
}

/// The `left` octets at `at`, of which the first eight count, as a number with zeros for those that are missing.
#[inline]
fn word(wire: &[u8], at: usize, left: usize) -> u64 {
    let missing = WORD.saturating_sub(left);
    let bits = u32::try_from(missing.wrapping_mul(8)).unwrap_or_default();
    let at_once = |from: usize| wire.get(from..).and_then(<[u8]>::first_chunk);
    if let Some(octets) = at_once(at) {
        // What follows is shifted out.
        return u64::from_le_bytes(*octets) << bits >> bits;
    }
    match at.checked_sub(missing).and_then(at_once) {
        // What comes before is shifted out.
        Some(octets) => u64::from_le_bytes(*octets) >> bits,
        // So few octets are the whole name.
        None => (at..at.wrapping_add(left)).rev().fold(0, |word, at| {
            word << 8 | u64::from(wire.get(at).copied().unwrap_or_default())
        }),
    }
}

#[inline]
const fn mix(state: u64, word: u64) -> u64 {
    let mixed = (state ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 29)
}

#[inline]
fn finish(state: u64) -> u32 {
    let [a, b, c, d, ..] = state.wrapping_mul(0xD6E8_FEB8_6659_FD93).to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// Eight octets with all ASCII letters in lower case.
#[inline]
const fn lower(word: u64) -> u64 {
    const LOW_BITS: u64 = u64::from_ne_bytes([0x7F; WORD]);
    const TO_A: u64 = u64::from_ne_bytes([0x80 - b'A'; WORD]);
    const BEHIND_Z: u64 = u64::from_ne_bytes([0x7F - b'Z'; WORD]);
    let low_bits = word & LOW_BITS;
    // The highest bit of an octet is set from A on, and from the octet behind Z on.
    let upper = (low_bits.wrapping_add(TO_A) ^ low_bits.wrapping_add(BEHIND_Z)) & !word & !LOW_BITS;
    word | (upper >> 2)
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

    proptest! {
        #[test]
        fn the_hash_of_a_suffix_is_that_of_the_name_in_any_case(name in name()) {
            let hashed = HashedName::new(name.as_wire());
            let mut rest = Some(name.clone());
            prop_assert_eq!(hashed.labels(), name.label_count());
            while let Some(name) = rest {
                let labels = name.label_count();
                prop_assert_eq!(hashed.suffix(labels), name.as_wire());
                prop_assert_eq!(hashed.hash_of(labels), HashedName::new(name.to_canonical().as_wire()).hash_of(labels));
                let mut wildcard = b"\x01*".to_vec();
                wildcard.extend_from_slice(name.as_wire());
                if let Ok(wildcard) = Name::from_wire(&wildcard) {
                    let count = wildcard.label_count();
                    prop_assert_eq!(hashed.hash_of_wildcard(labels), HashedName::new(wildcard.as_wire()).hash_of(count));
                }
                rest = name.parent();
            }
        }

        #[test]
        fn rfc4343_3_letters_fold_and_nothing_else(octets: [u8; 8]) {
            prop_assert_eq!(lower(u64::from_le_bytes(octets)).to_le_bytes(), octets.map(|octet| octet.to_ascii_lowercase()));
        }
    }

    #[test]
    fn the_longest_name_has_all_its_suffixes() {
        let wire = [b"\x01a".repeat(127), alloc::vec![0]].concat();
        let hashed = HashedName::new(&wire);
        assert_eq!(hashed.labels(), 127);
        assert_eq!(hashed.wire(), wire);
        assert_eq!(hashed.suffix(0), [0]);
        assert_eq!(hashed.suffix(1), [1, b'a', 0]);
    }
}
