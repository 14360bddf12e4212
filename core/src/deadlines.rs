//! Who wants to be woken when: one deadline for each key, and the earliest of all without a search.

use alloc::collections::BinaryHeap;
use core::cmp::Reverse;
use core::hash::Hash;

use crate::machine::Wake;
use crate::numbered::{Numbered, SPARE};
use crate::time::Instant;

/// Deadlines by key. Setting and clearing take logarithmic time, and no memory unless there are more than there were before;
/// the earliest is at hand without a comparison, so that a machine with ten thousand waiting questions is drained as cheaply
/// as one with ten.
///
/// Ties are broken by key, so that the order in which deadlines fall due is the same everywhere.
///
/// Keys are numbers that the machine or its user gives out, never what a peer chose.
#[derive(Debug)]
pub struct Deadlines<K> {
    wanted: Numbered<K, Wanted>,
    /// Invariant: what is wanted is in here, and the first is wanted. Others may be stale: what was wanted before.
    queue: BinaryHeap<Reverse<Queued<K>>>,
    /// How many were put in the queue.
    count: u64,
}

#[derive(Clone, Copy, Debug)]
struct Wanted {
    wake: Wake,
    /// Which one in the queue it is, of several that the key may have there.
    count: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Queued<K> {
    at: Instant,
    key: K,
    count: u64,
}

impl<K: Ord + Hash + Copy> Deadlines<K> {
    /// No deadlines.
    pub const fn new() -> Self {
        Self {
            wanted: Numbered::new(),
            queue: BinaryHeap::new(),
            count: 0,
        }
    }

    /// `key` wants this wake and no other.
    pub fn set(&mut self, key: K, wake: Option<Wake>) {
        match wake {
            Some(wake) => self.want(key, wake),
            None => {
                self.wanted.remove(key);
            }
        }
        self.tidy();
    }

    /// What `key` wants.
    pub fn get(&self, key: K) -> Option<Wake> {
        self.wanted.get(key).map(|wanted| wanted.wake)
    }

    /// The earliest wake of all.
    pub fn earliest(&self) -> Option<Wake> {
        let Reverse(first) = self.queue.peek()?;
        self.get(first.key)
    }

    /// Takes out the earliest deadline that has passed at `now`, and says whose it was.
    pub fn take_due(&mut self, now: Instant) -> Option<K> {
        let &Reverse(Queued { at, key, .. }) = self.queue.peek()?;
        if at > now {
            return None;
        }
        self.set(key, None);
        Some(key)
    }

    /// How many keys have a deadline.
    pub fn len(&self) -> usize {
        self.wanted.len()
    }

    /// Whether no key has a deadline.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    fn want(&mut self, key: K, wake: Wake) {
        let Wake { at, .. } = wake;
        if let Some(before) = self.wanted.get_mut(key).filter(|before| before.wake.at == at) {
            before.wake = wake;
            return;
        }
        self.count = self.count.wrapping_add(1);
        let count = self.count;
        self.wanted.insert(key, Wanted { wake, count });
        self.queue.push(Reverse(Queued { at, key, count }));
    }

    /// Makes the first of the queue one that is wanted, and gives up memory that is far more than what is wanted takes.
    fn tidy(&mut self) {
        let Self { wanted, queue, .. } = self;
        let is_wanted = |queued: &Queued<K>| {
            wanted
                .get(queued.key)
                .is_some_and(|wanted| wanted.count == queued.count)
        };
        while queue.peek().is_some_and(|Reverse(first)| !is_wanted(first)) {
            queue.pop();
        }
        // As many may be stale as are wanted, and some. At least half of the queue goes, so that a step of this was paid by each change since the last time.
        if queue.len() > wanted.len().saturating_mul(2).saturating_add(SPARE) {
            queue.retain(|Reverse(queued)| is_wanted(queued));
        }
        if wanted.is_empty() && queue.capacity() > SPARE {
            *self = Self {
                count: self.count,
                ..Self::new()
            };
        }
    }
}

impl<K: Ord + Hash + Copy> Default for Deadlines<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;
    use core::cell::Cell;
    use core::cmp::Ordering;
    use proptest::prelude::*;

    std::thread_local!(static COMPARISONS: Cell<u32> = const { Cell::new(0) });

    /// A key that counts how often it is compared.
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
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

    /// A connection that puts its idle timer off with each message must not fill the queue.
    #[test]
    fn what_is_stale_takes_no_more_room_than_what_is_wanted() {
        let mut deadlines = Deadlines::new();
        let wake = |at| {
            Some(Wake {
                at: Instant::from_nanos(at),
                why: "idle",
            })
        };
        for number in 0..100_u64 {
            deadlines.set(number, wake(1));
        }
        for at in 0..100_000 {
            // To and fro, so that what was wanted before is wanted again.
            let before = deadlines.queue.len();
            deadlines.set(at % 50, wake(2 + at / 50 % 2));
            let after = deadlines.queue.len();
            assert!(after == 100 || after == before + 1, "{before} became {after}");
            assert!(deadlines.queue.len() <= 2 * 100 + SPARE);
        }
        for number in 0..100 {
            deadlines.set(number, None);
        }
        assert_eq!((deadlines.queue.len(), deadlines.queue.capacity()), (0, 0));
        assert_eq!(deadlines.wanted.capacity(), 0);
    }

    proptest! {
        /// Table and queue agree with the obvious model, whatever is set and cleared.
        #[test]
        fn earliest_and_due_agree_with_a_linear_scan(steps in prop::collection::vec((0u8..8, prop::option::of((0u64..32, any::<bool>()))), 0..64), now in 0u64..40) {
            let mut deadlines = Deadlines::new();
            let mut model = BTreeMap::new();
            for (key, wake) in steps {
                let wake = wake.map(|(at, idle)| Wake { at: Instant::from_nanos(at), why: if idle { "idle" } else { "retry" } });
                deadlines.set(key, wake);
                match wake { Some(wake) => { model.insert(key, wake); }, None => { model.remove(&key); } }
                let earliest = model.iter().min_by_key(|&(key, wake)| (wake.at, key)).map(|(_, &wake)| wake);
                prop_assert_eq!(deadlines.earliest(), earliest);
                prop_assert_eq!(deadlines.get(key), wake);
                prop_assert_eq!(deadlines.len(), model.len());
            }
            let mut due = Vec::new();
            while let Some(key) = deadlines.take_due(Instant::from_nanos(now)) { due.push(key); }
            let mut expected: Vec<_> = model.iter().filter(|(_, wake)| wake.at.as_nanos() <= now).map(|(&key, wake)| (wake.at, key)).collect();
            expected.sort_unstable();
            prop_assert_eq!(due, expected.into_iter().map(|(_, key)| key).collect::<Vec<_>>());
        }
    }
}
