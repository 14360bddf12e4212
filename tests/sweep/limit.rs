//! What reading may cost, and what it does cost at most.

use std::collections::BTreeMap;
use std::fmt;

/// What an entry may cost for each octet of a message, apart from a little for every message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// Octets of memory at once.
    pub(crate) memory: u64,
    /// Steps.
    pub(crate) steps: u64,
}

/// Octets of memory that a message may cost however short it is.
const SOME_MEMORY: u64 = 4096;

/// Steps that a message may cost however short it is: two names.
const SOME_STEPS: u64 = 2 * (255 + 126);

/// The most that each entry did cost, for each octet of a message.
#[derive(Debug, Default)]
pub(crate) struct Most {
    entries: BTreeMap<&'static str, (u64, u64)>,
}

impl Most {
    /// Does `work`, which reads a message of `length` octets, and holds it to its limit.
    pub(crate) fn within<T>(
        &mut self,
        name: &'static str,
        limit: Limit,
        length: usize,
        work: impl FnOnce() -> T,
    ) -> T {
        let mut result = None;
        let (memory, steps) = counted(|| {
            let counted = allocation_counter::measure(|| result = Some(work()));
            counted.bytes_max
        });
        let length = length as u64;
        assert!(
            memory <= limit.memory * length + SOME_MEMORY,
            "{name} takes {memory} octets of memory for {length} octets"
        );
        assert!(
            steps <= limit.steps * length + SOME_STEPS,
            "{name} takes {steps} steps for {length} octets"
        );
        let most = self.entries.entry(name).or_default();
        let above = |cost: u64, some| cost.saturating_sub(some).div_ceil(length.max(1));
        *most = (
            most.0.max(above(memory, SOME_MEMORY)),
            most.1.max(above(steps, SOME_STEPS)),
        );
        result.unwrap()
    }

    /// The more of both.
    pub(crate) fn include(&mut self, other: &Self) {
        for (name, &(memory, steps)) in &other.entries {
            let most = self.entries.entry(name).or_default();
            *most = (most.0.max(memory), most.1.max(steps));
        }
    }
}

impl fmt::Display for Most {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most, for each octet:")?;
        for (name, (memory, steps)) in &self.entries {
            write!(f, " {name} {memory} octets and {steps} steps;")?;
        }
        Ok(())
    }
}

#[cfg(planted)]
use nameward_core::wire::steps::counted;

/// Without the counter there are no steps.
#[cfg(not(planted))]
fn counted<T>(work: impl FnOnce() -> T) -> (T, u64) {
    (work(), 0)
}
