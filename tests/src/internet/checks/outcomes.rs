//! How look-ups end.

use std::collections::BTreeMap;
use std::time::Duration;

use nameward_core::time::Instant;
use nameward_sim::ClockConfig;

use super::{Check, Verdict};
use crate::internet::plan::Plan;
use crate::internet::seen::Seen;

/// INV-11: each look-up has one outcome, in time.
pub(in crate::internet) struct Outcomes {
    limit: Duration,
    in_progress: BTreeMap<u64, (Instant, Duration)>,
    ended: BTreeMap<u64, &'static str>,
    /// How long the host does nothing at most, if it does nothing now.
    paused: Duration,
}

impl Outcomes {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        let clock = plan.faults.clock(ClockConfig::default());
        Self {
            // A late timer is late in the world's time, and the host's clock may run up to twice as fast.
            limit: plan.stub.time + (clock.lateness + clock.dawdling) * 2 + Duration::from_millis(1),
            in_progress: BTreeMap::new(),
            ended: BTreeMap::new(),
            paused: Duration::ZERO,
        }
    }

    fn end(&mut self, id: u64, at: Instant, how: &'static str) -> Verdict {
        let Some((begun, allowance)) = self.in_progress.remove(&id) else {
            let before = self.ended.get(&id).copied().unwrap_or("never having begun");
            return Err(format!("INV-11: look-up {id} {how}, after {before}"));
        };
        self.ended.insert(id, how);
        let (took, limit) = (at.since(begun), self.limit + allowance);
        if took > limit {
            return Err(format!("INV-11: look-up {id} took {took:?}, more than {limit:?}"));
        }
        Ok(())
    }
}

impl Check for Outcomes {
    fn look(&mut self, seen: &Seen) -> Verdict {
        match seen {
            Seen::Begun { id, at } => {
                // It may begin while the host does nothing: for as long as the last pause lasts at most.
                self.in_progress.insert(*id, (*at, self.paused));
                Ok(())
            }
            Seen::Cancelled { id } => {
                self.in_progress.remove(id);
                self.ended.insert(*id, "having been cancelled");
                Ok(())
            }
            Seen::Answered { id, at, .. } => self.end(*id, *at, "answered"),
            Seen::Failed { id, at, .. } => self.end(*id, *at, "failed"),
            Seen::Paused(how_long) => {
                self.paused = self.paused.max(*how_long * 2);
                for (_, allowance) in self.in_progress.values_mut() {
                    *allowance += *how_long * 2;
                }
                Ok(())
            }
            Seen::Crashed => {
                for (id, _) in std::mem::take(&mut self.in_progress) {
                    self.ended.insert(id, "having lost its host");
                }
                Ok(())
            }
            Seen::AtRest { .. } => match self.in_progress.keys().next() {
                Some(id) => Err(format!("INV-11: look-up {id} never ended")),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// INV-15: at rest nothing is left.
pub(in crate::internet) struct Rest;

impl Check for Rest {
    fn look(&mut self, seen: &Seen) -> Verdict {
        match seen {
            Seen::AtRest { left } if *left != [0; 3] => {
                Err(format!("INV-15: look-ups, flows and sockets are left: {left:?}"))
            }
            _ => Ok(()),
        }
    }
}
