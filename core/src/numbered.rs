//! What a machine keeps under numbers: its questions, its flows.

use alloc::vec::Vec;
use core::hash::{BuildHasherDefault, Hash, Hasher};

use hashbrown::HashMap;

/// Values under numbers that the machine or its user gives out, never under what a peer chose: its hash is fast, and no secret.
///
/// Putting in and taking out costs no memory unless there are more than there were before, which cannot be said of a tree.
/// There is no order but that of the numbers, and only [`Numbered::numbers`] shows one.
#[derive(Debug)]
pub(crate) struct Numbered<K, V>(HashMap<K, V, BuildHasherDefault<NumberHasher>>);

/// For how many an empty table keeps its memory.
pub(crate) const SPARE: usize = 64;

impl<K, V> Numbered<K, V> {
    /// Nothing.
    pub(crate) const fn new() -> Self {
        Self(HashMap::with_hasher(BuildHasherDefault::new()))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Copy + Ord + Hash, V> Numbered<K, V> {
    /// For how many there is room without more memory.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// Whether there is something under this number.
    pub(crate) fn contains(&self, number: K) -> bool {
        self.0.contains_key(&number)
    }

    /// What is under this number.
    pub(crate) fn get(&self, number: K) -> Option<&V> {
        self.0.get(&number)
    }

    /// What is under this number, to change it.
    pub(crate) fn get_mut(&mut self, number: K) -> Option<&mut V> {
        self.0.get_mut(&number)
    }

    /// Puts a value under a number, in place of what was there.
    pub(crate) fn insert(&mut self, number: K, value: V) -> &mut V {
        self.0.entry(number).insert(value).into_mut()
    }

    /// Takes out what is under this number.
    pub(crate) fn remove(&mut self, number: K) -> Option<V> {
        let removed = self.0.remove(&number);
        if self.0.is_empty() && self.0.capacity() > SPARE {
            *self = Self::new();
        }
        removed
    }

    /// All numbers, in order.
    pub(crate) fn numbers(&self) -> Vec<K> {
        let mut numbers: Vec<_> = self.0.keys().copied().collect();
        numbers.sort_unstable();
        numbers
    }
}

/// Spreads numbers: consecutive ones come to lie far apart. The upper half of a product depends on all lower bits of the number; it
/// goes where the table looks for a place.
#[derive(Debug, Default)]
struct NumberHasher(u64);

impl NumberHasher {
    /// The golden ratio, as a fraction of 2^64 (Knuth, volume 3, section 6.4).
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
}

impl Hasher for NumberHasher {
    fn write(&mut self, octets: &[u8]) {
        for &octet in octets {
            self.write_u64(octet.into());
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(Self::MULTIPLIER).rotate_left(32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl<K, V> Default for Numbered<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_keeps_what_a_tree_keeps(steps in prop::collection::vec((0..300_u64, prop::option::of(any::<u8>())), 0..1000)) {
            let (mut numbered, mut model) = (Numbered::new(), BTreeMap::new());
            for (number, value) in steps {
                match value {
                    Some(value) => {
                        *numbered.insert(number, value) ^= 1;
                        model.insert(number, value ^ 1);
                    }
                    None => prop_assert_eq!(numbered.remove(number), model.remove(&number)),
                }
                prop_assert_eq!(numbered.get(number), model.get(&number));
                prop_assert_eq!(numbered.contains(number), model.contains_key(&number));
                prop_assert_eq!(numbered.len(), model.len());
            }
            prop_assert_eq!(numbered.numbers(), Vec::from_iter(model.into_keys()));
        }
    }

    /// What machines give out: consecutive numbers, those of flows with a lane above and a bit below.
    #[test]
    fn consecutive_numbers_are_spread() {
        let hash = |number: u64| {
            let mut hasher = NumberHasher::default();
            hasher.write_u64(number);
            hasher.finish()
        };
        for (shift, lane) in [(0, 0), (1, 0), (1, 7 << 56)] {
            let hashes: Vec<_> = (0..1024_u64).map(|number| hash(number << shift | lane)).collect();
            let places = |bits: &dyn Fn(u64) -> u64| {
                let places: alloc::collections::BTreeSet<_> = hashes.iter().map(|&hash| bits(hash)).collect();
                places.len()
            };
            // The table looks at the lowest bits, and then at the uppermost seven.
            assert!(places(&|hash| hash % 2048) > 700);
            assert_eq!(places(&|hash| hash >> 57), 128);
        }
    }

    #[test]
    fn an_empty_table_keeps_little_memory() {
        let mut numbered = Numbered::new();
        for number in 0..10_000_u64 {
            numbered.insert(number, ());
        }
        for number in 0..10_000 {
            numbered.remove(number);
        }
        assert!(numbered.is_empty() && numbered.capacity() <= SPARE);
    }
}
