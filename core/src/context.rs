//! What every part of a machine is handed when it acts.

use alloc::collections::VecDeque;

use bytes::BytesMut;

use crate::flow::FlowNames;
use crate::machine::Action;
use crate::seed::Rng;
use crate::time::Now;

/// The surroundings of a part, borrowed from the machine that holds it, for one call.
///
/// Actions go out through it; results are returned by value. A [`Budget`](crate::budget::Budget) is never in here: it
/// belongs to a question and not to the machine.
pub(crate) struct Cx<'a> {
    /// The time of this call.
    pub(crate) now: Now,
    /// The part's generator.
    pub(crate) rng: &'a mut Rng,
    /// Names for new flows.
    pub(crate) flows: &'a mut FlowNames,
    /// What the machine wants done, in order.
    pub(crate) actions: &'a mut VecDeque<Action>,
    /// Space to write a message into; `split().freeze()` takes it out without a copy.
    pub(crate) scratch: &'a mut BytesMut,
}
