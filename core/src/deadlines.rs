//! Who wants to be woken when: one deadline for each key, and the earliest of all without a search.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::machine::Wake;
use crate::time::Instant;

/// Deadlines by key. Setting and clearing take logarithmic time; the earliest is at hand.
///
/// Ties are broken by key, so that the order in which deadlines fall due is the same everywhere.
#[derive(Debug)]
pub struct Deadlines<K> {
    by_key: BTreeMap<K, Wake>,
    by_time: BTreeSet<(Instant, K)>,
}

impl<K: Ord + Copy> Deadlines<K> {
    /// No deadlines.
    pub const fn new() -> Self {
        Self {
            by_key: BTreeMap::new(),
            by_time: BTreeSet::new(),
        }
    }

    /// `key` wants this wake and no other.
    pub fn set(&mut self, key: K, wake: Option<Wake>) {
        let before = match wake {
            Some(wake) => self.by_key.insert(key, wake),
            None => self.by_key.remove(&key),
        };
        if before.map(|before| before.at) == wake.map(|wake| wake.at) {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before.at, key));
        }
        if let Some(wake) = wake {
            self.by_time.insert((wake.at, key));
        }
    }

    /// What `key` wants.
    pub fn get(&self, key: K) -> Option<Wake> {
        self.by_key.get(&key).copied()
    }

    /// The earliest wake of all.
    pub fn earliest(&self) -> Option<Wake> {
        let (_, key) = self.by_time.first()?;
        self.by_key.get(key).copied()
    }

    /// Takes out the earliest deadline that has passed at `now`, and says whose it was.
    pub fn take_due(&mut self, now: Instant) -> Option<K> {
        let &(at, key) = self.by_time.first()?;
        if at > now {
            return None;
        }
        self.set(key, None);
        Some(key)
    }

    /// How many keys have a deadline.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether no key has a deadline.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}

impl<K: Ord + Copy> Default for Deadlines<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        /// The two indexes agree with the obvious model, whatever is set and cleared.
        #[test]
        fn earliest_and_due_agree_with_a_linear_scan(steps in prop::collection::vec((0u8..8, prop::option::of(0u64..32)), 0..64), now in 0u64..40) {
            let mut deadlines = Deadlines::new();
            let mut model = BTreeMap::new();
            for (key, at) in steps {
                let wake = at.map(|at| Wake { at: Instant::from_nanos(at), why: "test" });
                deadlines.set(key, wake);
                match at { Some(at) => { model.insert(key, at); }, None => { model.remove(&key); } }
                prop_assert_eq!(deadlines.earliest().map(|wake| wake.at.as_nanos()), model.values().min().copied());
                prop_assert_eq!(deadlines.len(), model.len());
            }
            let mut due = Vec::new();
            while let Some(key) = deadlines.take_due(Instant::from_nanos(now)) { due.push(key); }
            let mut expected: Vec<_> = model.iter().filter(|&(_, &at)| at <= now).map(|(&key, &at)| (at, key)).collect();
            expected.sort_unstable();
            prop_assert_eq!(due, expected.into_iter().map(|(_, key)| key).collect::<Vec<_>>());
        }
    }
}
