//! From the hash of a name to its node.

use alloc::vec::Vec;

/// What stands in a free slot instead of a node.
const FREE: u32 = u32::MAX;

/// A hash table without links: eight octets for each slot, of which at most two thirds are taken.
#[derive(Clone)]
pub(super) struct Index {
    slots: Vec<Slot>,
    taken: usize,
}

#[derive(Clone, Copy)]
struct Slot {
    hash: u32,
    node: u32,
}

impl Index {
    /// A table with room for so many nodes, exactly.
    pub(super) fn with_room(nodes: usize) -> Self {
        let slots = nodes.saturating_add(nodes / 2).saturating_add(1);
        let free = Slot { hash: 0, node: FREE };
        Self {
            slots: alloc::vec![free; slots],
            taken: 0,
        }
    }

    /// The node with this hash that is the one.
    #[inline]
    pub(super) fn find(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut place = self.first(hash);
        // Invariant: there is a free slot.
        loop {
            let Some(slot) = self.slots.get(place) else {
                place = 0;
                continue;
            };
            if slot.node == FREE {
                return None;
            }
            if slot.hash == hash && is_it(slot.node) {
                return Some(slot.node);
            }
            place = place.wrapping_add(1);
        }
    }

    /// Puts a node in that is not there.
    pub(super) fn insert(&mut self, hash: u32, node: u32) {
        if self.taken.saturating_add(1).saturating_mul(3) > self.slots.len().saturating_mul(2) {
            *self = self.moved(self.taken.saturating_mul(2).saturating_add(16), |node| node);
        }
        self.put(Slot { hash, node });
    }

    /// The same nodes under other numbers, in a table with room for so many.
    pub(super) fn moved(&self, nodes: usize, number: impl Fn(u32) -> u32) -> Self {
        let mut index = Self::with_room(nodes);
        for slot in self.slots.iter().filter(|slot| slot.node != FREE) {
            let node = number(slot.node);
            index.put(Slot { node, ..*slot });
        }
        index
    }

    /// How many octets it takes.
    pub(super) fn octets(&self) -> u64 {
        size_of_val::<[Slot]>(&self.slots) as u64
    }

    fn put(&mut self, slot: Slot) {
        let mut place = self.first(slot.hash);
        loop {
            match self.slots.get_mut(place) {
                Some(free) if free.node == FREE => {
                    *free = slot;
                    self.taken = self.taken.wrapping_add(1);
                    return;
                }
                Some(_) => place = place.wrapping_add(1),
                None => place = 0,
            }
        }
    }

    /// Where a hash is looked for first. Slots are in the order of their hashes, so that moving all of them goes through memory once.
    #[inline]
    fn first(&self, hash: u32) -> usize {
        let product = u64::from(hash).wrapping_mul(self.slots.len() as u64);
        usize::try_from(product >> 32).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    proptest! {
        /// Few hashes, the highest among them, so that chains are long and wrap around.
        #[test]
        fn what_was_put_in_is_found_whatever_collides(hashes in prop::collection::vec(prop_oneof![0_u32..4, 0xFFFF_FFF0_u32..=0xFFFF_FFFF, any::<u32>()], 0..200)) {
            let mut index = Index::with_room(0);
            let mut model: BTreeMap<u32, alloc::vec::Vec<u32>> = BTreeMap::new();
            for (node, &hash) in (0..).zip(&hashes) {
                prop_assert_eq!(index.find(hash, |other| other == node), None);
                index.insert(hash, node);
                model.entry(hash).or_default().push(node);
            }
            let moved = index.moved(hashes.len(), |node| node + 1000);
            for (&hash, nodes) in &model {
                for &node in nodes {
                    prop_assert_eq!(index.find(hash, |other| other == node), Some(node));
                    prop_assert_eq!(moved.find(hash, |other| other == node + 1000), Some(node + 1000));
                }
                prop_assert_eq!(index.find(hash ^ 0x100, |other| nodes.contains(&other)), None);
            }
        }
    }
}
