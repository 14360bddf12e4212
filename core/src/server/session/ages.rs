//! Which stream has waited longest.

use alloc::collections::BTreeSet;

use crate::flow::FlowId;
use crate::time::Instant;

/// Streams that wait for the same thing, by the moment since which they do.
///
/// All of them may wait for equally long, so that the one that waits longest is the first whose time is over; and that time may be
/// changed for all at once.
#[derive(Debug, Default)]
pub(super) struct Ages(BTreeSet<(Instant, FlowId)>);

impl Ages {
    pub(super) fn insert(&mut self, since: Instant, flow: FlowId) {
        self.0.insert((since, flow));
    }

    pub(super) fn remove(&mut self, since: Instant, flow: FlowId) {
        self.0.remove(&(since, flow));
    }

    /// The stream that waits longest. Of two it is the one that was named first.
    pub(super) fn oldest(&self) -> Option<(Instant, FlowId)> {
        self.0.first().copied()
    }
}
