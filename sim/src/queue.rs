//! What will happen, in order.

use alloc::collections::BinaryHeap;
use core::cmp::Reverse;

use nameward_core::time::Instant;

/// A heap ordered by time and, within one instant, by order of insertion.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    next: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at: Instant,
    sequence: u64,
    value: T,
}

impl<T> Entry<T> {
    const fn key(&self) -> (Instant, u64) {
        (self.at, self.sequence)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl<T> Eq for Entry<T> {}
impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            next: 0,
        }
    }

    pub(crate) fn push(&mut self, at: Instant, value: T) {
        let sequence = self.next;
        self.next += 1;
        self.heap.push(Reverse(Entry { at, sequence, value }));
    }

    /// Takes out the earliest entry that is due at `until`.
    pub(crate) fn pop(&mut self, until: Instant) -> Option<(Instant, T)> {
        if self.heap.peek()?.0.at > until {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_by_time_and_then_in_order_of_insertion() {
        let mut queue = Queue::new();
        for (at, value) in [
            (5, 'a'),
            (1, 'b'),
            (5, 'c'),
            (0, 'd'),
            (1, 'e'),
            (5, 'f'),
            (9, 'g'),
        ] {
            queue.push(Instant::from_nanos(at), value);
        }
        let due: String = core::iter::from_fn(|| queue.pop(Instant::from_nanos(5)))
            .map(|(_, value)| value)
            .collect();
        assert_eq!(due, "dbeacf");
        assert_eq!(
            queue.pop(Instant::from_nanos(u64::MAX)),
            Some((Instant::from_nanos(9), 'g'))
        );
    }
}
