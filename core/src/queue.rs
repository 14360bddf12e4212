//! Queues that a burst made long, and that do not stay so.

use alloc::collections::VecDeque;

use crate::numbered::SPARE;

/// The next one of a queue. If there is none, the queue [rests](rest).
// Inlined, because what is large would be moved once more.
#[inline]
pub(crate) fn next<T>(queue: &mut VecDeque<T>) -> Option<T> {
    if queue.is_empty() {
        rest(queue);
    }
    queue.pop_front()
}

/// A queue that is empty gives back its memory, but for a few.
pub(crate) fn rest<T>(queue: &mut VecDeque<T>) {
    if queue.is_empty() && queue.capacity() > SPARE {
        queue.shrink_to(SPARE);
    }
}
