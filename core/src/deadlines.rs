//! Who wants to be woken when: one deadline for each key, and the earliest of all without a search.

use alloc::collections::BTreeMap;

use crate::machine::Wake;
use crate::time::Instant;

/// Deadlines by key. Setting and clearing take logarithmic time; the earliest is at hand without a comparison, so that
/// a machine with ten thousand waiting questions is drained as cheaply as one with ten.
///
/// Ties are broken by key, so that the order in which deadlines fall due is the same everywhere.
#[derive(Debug)]
pub struct Deadlines<K> {
    by_key: BTreeMap<K, Instant>,
    by_time: BTreeMap<(Instant, K), &'static str>,
}

impl<K: Ord + Copy> Deadlines<K> {
    /// No deadlines.
    pub const fn new() -> Self {
        Self {
            by_key: BTreeMap::new(),
            by_time: BTreeMap::new(),
        }
    }

    /// `key` wants this wake and no other.
    pub fn set(&mut self, key: K, wake: Option<Wake>) {
        let before = match wake {
            Some(wake) => self.by_key.insert(key, wake.at),
            None => self.by_key.remove(&key),
        };
        if let Some(before) = before {
            self.by_time.remove(&(before, key));
        }
        if let Some(Wake { at, why }) = wake {
            self.by_time.insert((at, key), why);
        }
    }

    /// What `key` wants.
    pub fn get(&self, key: K) -> Option<Wake> {
        let at = *self.by_key.get(&key)?;
        let why = *self.by_time.get(&(at, key))?;
        Some(Wake { at, why })
    }

    /// The earliest wake of all.
    pub fn earliest(&self) -> Option<Wake> {
        self.by_time
            .first_key_value()
            .map(|(&(at, _), &why)| Wake { at, why })
    }

    /// Takes out the earliest deadline that has passed at `now`, and says whose it was.
    pub fn take_due(&mut self, now: Instant) -> Option<K> {
        let (&(at, key), _) = self.by_time.first_key_value()?;
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
    use core::cell::Cell;
    use core::cmp::Ordering;
    use proptest::prelude::*;

    std::thread_local!(static COMPARISONS: Cell<u32> = const { Cell::new(0) });

    /// A key that counts how often it is compared.
    #[derive(Clone, Copy, PartialEq, Eq)]
    struct Counted(u32);

    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARISONS.set(COMPARISONS.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    /// Every drain ends with this question, however many flows are idle.
    #[test]
    fn the_earliest_costs_no_comparison_at_10_and_at_10_000() {
        for idle in [10, 10_000] {
            let mut deadlines = Deadlines::new();
            for number in 0..idle {
                let wake = Wake {
                    at: Instant::from_nanos(u64::from(number % 7)),
                    why: "idle",
                };
                deadlines.set(Counted(number), Some(wake));
            }
            assert!(COMPARISONS.replace(0) > 0, "the counter does not count");
            assert_eq!(deadlines.earliest().map(|wake| wake.at), Some(Instant::ZERO));
            assert_eq!(COMPARISONS.get(), 0, "at {idle} idle keys");
        }
    }

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
                prop_assert_eq!(deadlines.get(key).map(|wake| wake.at.as_nanos()), at);
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
