//! Which entry expires next.

use alloc::vec::Vec;

use super::slot::Slot;
use crate::time::Instant;

/// A binary heap of entries by the time at which they expire, those of the same time by slot, from which any entry can be
/// taken out in logarithmic time.
#[derive(Debug)]
pub(super) struct Expiry {
    /// Invariant: none is less than the one at half its index, counted from one.
    heap: Vec<(Instant, Slot)>,
    /// By slot, where in the heap it is. What it says of a slot that is not there means nothing.
    positions: Vec<usize>,
}

impl Expiry {
    /// What each entry takes, in octets.
    pub(super) const SHARE: usize = size_of::<(Instant, Slot)>() + size_of::<usize>();

    pub(super) fn new(most: usize) -> Self {
        Self {
            heap: Vec::with_capacity(most),
            positions: Vec::with_capacity(most),
        }
    }

    /// The entry that expires first, and when.
    pub(super) fn first(&self) -> Option<(Instant, Slot)> {
        self.heap.first().copied()
    }

    /// Adds an entry that is not there.
    pub(super) fn insert(&mut self, slot: Slot, at: Instant) {
        let position = self.heap.len();
        self.heap.push((at, slot));
        match self.positions.get_mut(slot.index()) {
            Some(place) => *place = position,
            None => self.positions.push(position),
        }
        self.rise(position);
    }

    /// Takes an entry out, if it is there.
    pub(super) fn remove(&mut self, slot: Slot) {
        let Some(&position) = self.positions.get(slot.index()) else {
            return;
        };
        if self.heap.get(position).is_none_or(|&(_, found)| found != slot) {
            return;
        }
        let last = self.heap.len().wrapping_sub(1);
        self.swap(position, last);
        self.heap.pop();
        // What came here from the end may belong further up as well as further down.
        self.sink(position);
        self.rise(position);
    }

    fn rise(&mut self, mut child: usize) {
        while let Some(parent) = child.checked_sub(1).map(|before| before / 2) {
            if self.heap.get(parent) <= self.heap.get(child) {
                return;
            }
            self.swap(parent, child);
            child = parent;
        }
    }

    fn sink(&mut self, mut parent: usize) {
        loop {
            let left = parent.wrapping_mul(2).wrapping_add(1);
            let children = left..left.wrapping_add(2).min(self.heap.len());
            let Some(child) = children.min_by_key(|&child| self.heap.get(child)) else {
                return;
            };
            if self.heap.get(parent) <= self.heap.get(child) {
                return;
            }
            self.swap(parent, child);
            parent = child;
        }
    }

    /// Swaps two, if both are there, and notes where they are.
    fn swap(&mut self, a: usize, b: usize) {
        #[cfg(test)]
        crate::wire::steps::step();
        let (Some(&at_a), Some(&at_b)) = (self.heap.get(a), self.heap.get(b)) else {
            return;
        };
        for (position, entry) in [(a, at_b), (b, at_a)] {
            if let Some(place) = self.heap.get_mut(position) {
                *place = entry;
            }
            if let Some(place) = self.positions.get_mut(entry.1.index()) {
                *place = position;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    proptest! {
        /// The first is always that of an ordered set, whatever is put in and taken out.
        #[test]
        fn the_first_agrees_with_an_ordered_set(steps in prop::collection::vec((0_usize..32, prop::option::of(0_u64..16)), 1..200)) {
            let mut expiry = Expiry::new(32);
            // Slots are given out without gaps.
            for index in 0..32 { expiry.insert(Slot::at(index).unwrap(), Instant::ZERO); }
            let mut model: BTreeMap<_, _> = (0..32).map(|index| (Slot::at(index).unwrap(), Instant::ZERO)).collect();
            for (index, at) in steps {
                let slot = Slot::at(index).unwrap();
                expiry.remove(slot);
                model.remove(&slot);
                if let Some(at) = at.map(Instant::from_nanos) {
                    expiry.insert(slot, at);
                    model.insert(slot, at);
                }
                prop_assert_eq!(expiry.first(), model.iter().map(|(&slot, &at)| (at, slot)).min());
                prop_assert_eq!(expiry.heap.len(), model.len());
            }
        }
    }
}
