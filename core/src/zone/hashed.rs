//! A name with the hashes of all its suffixes.

/// The longest name has 127 labels, the empty one of the root not counted; so many suffixes and the root has it.
const SUFFIXES: usize = 128;

/// So many suffixes most names have at most.
const FEW: usize = 12;

/// How many octets are hashed at once.
const WORD: usize = 8;

/// A name that is looked up: where each of its suffixes begins, and the hash of each, computed in one pass from the root.
///
/// Names that differ in the case of ASCII letters at most have the same hashes. The hash is the same everywhere and keeps no secret: it
/// places names of zones only, whose number is bounded by what the zone's owner put in, and no query adds to them.
#[derive(Clone, Copy)]
pub(crate) struct HashedName<'n> {
    /// The wire form without compression, in the case in which it came.
    wire: &'n [u8],
    labels: u8,
    suffixes: &'n Suffixes,
}

/// Room for what is known about the suffixes of a name: it is large, and lies where the name is used.
pub(crate) struct Suffixes {
    /// Those of a name with few labels: each by the number of labels that it leaves out from the left.
    few: [Suffix; FEW],
    /// Those of a name with more.
    many: Option<[Suffix; SUFFIXES]>,
}

/// A name without some of its first labels.
#[derive(Clone, Copy, Default)]
struct Suffix {
    hash: u32,
    /// Where it begins, in octets from the start of the name.
    start: u8,
}

impl Suffixes {
    /// Room for those of any name.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            few: [Suffix { hash: 0, start: 0 }; FEW],
            many: None,
        }
    }

    /// Finds where suffixes begin, and hashes them. How many labels the name has.
    #[inline]
    fn fill(&mut self, wire: &[u8]) -> u8 {
        if let Some(labels) = fill(wire, &mut self.few) {
            return labels;
        }
        // Invariant: this is room for all.
        fill(wire, self.many.insert([Suffix::default(); SUFFIXES])).unwrap_or_default()
    }

    #[inline]
    fn get(&self, left_out: u8) -> Suffix {
        let suffix = match &self.many {
            None => self.few.get(usize::from(left_out)),
            Some(many) => many.get(usize::from(left_out)),
        };
        suffix.copied().unwrap_or_default()
    }
}

/// Finds where suffixes begin, and hashes them. How many labels the name has; none if there is no room for them.
#[inline]
fn fill(wire: &[u8], suffixes: &mut [Suffix]) -> Option<u8> {
    let (mut at, mut labels) = (0_u8, 0_u8);
    for suffix in suffixes.iter_mut() {
        let length = wire.get(usize::from(at)).copied().unwrap_or_default();
        if length == 0 {
            break;
        }
        suffix.start = at;
        at = at.wrapping_add(length).wrapping_add(1);
        labels = labels.wrapping_add(1);
    }
    // The hash of the root stays 0.
    suffixes.get_mut(usize::from(labels))?.start = at;
    let mut hash = 0;
    let mut end = usize::from(at);
    for suffix in suffixes.get_mut(..usize::from(labels))?.iter_mut().rev() {
        let start = usize::from(suffix.start);
        hash = hash_label(hash, wire, start, end);
        suffix.hash = hash;
        end = start;
    }
    Some(labels)
}

impl<'n> HashedName<'n> {
    /// The name of these octets, which were checked and are not compressed.
    #[inline]
    pub(crate) fn new(wire: &'n [u8], room: &'n mut Suffixes) -> Self {
        let labels = room.fill(wire);
        Self {
            wire,
            labels,
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
        self.suffixes.get(self.labels.saturating_sub(labels)).start
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
        self.suffixes.get(self.labels.saturating_sub(labels)).hash
    }

    /// The hash of the wildcard below the suffix with so many labels.
    pub(crate) fn hash_of_wildcard(&self, labels: u8) -> u32 {
        hash_label(self.hash_of(labels), b"\x01*", 0, 2)
    }
}

/// Whether two names are the same in wire form, whatever the case of their letters.
#[inline]
pub(super) fn same_name(a: &[u8], b: &[u8]) -> bool {
    // Most questions and most zones are in lower case, and octets are quickly compared.
    a == b || a.eq_ignore_ascii_case(b)
}

/// The hash of a name from the hash of the rest and its first label, which is these octets of `wire`, its length among them.
#[inline]
fn hash_label(rest: u32, wire: &[u8], start: usize, end: usize) -> u32 {
    let length = end.wrapping_sub(start);
    let mut state = u64::from(rest);
    // The length tells labels apart that end in zeros.
    if length <= WORD {
        state = mix(state, short(wire, start, end));
    } else {
        let label = wire.get(start..end).unwrap_or_default();
        let mut rest = label;
        while let Some((word, after)) = rest.split_first_chunk() {
            state = mix(state, u64::from_le_bytes(*word));
            rest = after;
        }
        // What is left comes with some octets that were hashed before.
        let last = label.last_chunk().copied().unwrap_or_default();
        state = mix(state, u64::from_le_bytes(last));
    }
    finish(state)
}

/// At most eight octets as a number, with zeros for those that are missing.
#[inline]
fn short(wire: &[u8], start: usize, end: usize) -> u64 {
    let missing = WORD.wrapping_sub(end.wrapping_sub(start)).wrapping_mul(8);
    let missing = u32::try_from(missing & 63).unwrap_or_default();
    let word = |from: usize| wire.get(from..).and_then(<[u8]>::first_chunk);
    if let Some(octets) = end.checked_sub(WORD).and_then(word) {
        // What comes before is shifted out.
        return u64::from_le_bytes(*octets) >> missing;
    }
    match word(start) {
        // What follows is shifted out.
        Some(octets) => u64::from_le_bytes(*octets) << missing >> missing,
        // So few octets are the whole name.
        None => {
            let octets = wire.get(start..end).unwrap_or_default().iter().rev();
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
