//! How look-ups end.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use nameward_core::machine::Proto;
use nameward_core::time::Instant;
use nameward_sim::ClockConfig;

use super::answers::AGAIN;
use super::{Check, Verdict, is_late, number_of};
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

/// INV-15: what nobody waits for any more is asked nobody new. A dead server that is probed may be asked once more, in another way.
/// A query over a stream may have been asked long before it is written.
pub(in crate::internet) struct Forsaken {
    /// The number that each look-up is about.
    about: BTreeMap<u64, u32>,
    waiting: BTreeMap<u32, BTreeSet<u64>>,
    asked: BTreeSet<(SocketAddr, String, u16)>,
    /// What was asked before may be seen after the look-up has ended.
    late: bool,
}

impl Forsaken {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        Self {
            about: plan.numbers(),
            waiting: BTreeMap::new(),
            asked: BTreeSet::new(),
            late: is_late(plan),
        }
    }

    fn ended(&mut self, id: u64) {
        if let Some(waiting) = self
            .about
            .get(&(id % AGAIN))
            .and_then(|number| self.waiting.get_mut(number))
        {
            waiting.remove(&id);
        }
    }
}

impl Check for Forsaken {
    fn look(&mut self, seen: &Seen) -> Verdict {
        match seen {
            Seen::Begun { id, .. } => {
                if let Some(number) = self.about.get(&(id % AGAIN)) {
                    self.waiting.entry(*number).or_default().insert(*id);
                }
            }
            Seen::Answered { id, .. } | Seen::Failed { id, .. } | Seen::Cancelled { id } => self.ended(*id),
            Seen::Crashed => self.waiting.clear(),
            Seen::Query { query, .. } if query.proto == Proto::Datagram => {
                let question = (query.server, query.name.clone(), query.rtype);
                let waiting = number_of(&query.name).and_then(|number| self.waiting.get(&number));
                if waiting.is_some_and(|waiting| !waiting.is_empty()) {
                    self.asked.insert(question);
                } else if waiting.is_some() && !self.late && !self.asked.contains(&question) {
                    return Err(format!(
                        "INV-15: {} is asked about {}, which nobody waits for",
                        query.server, query.name
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
