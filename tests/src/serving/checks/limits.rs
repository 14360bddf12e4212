//! What clients have of the server by streams.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Input, Output};
use nameward_core::server::session::{Command, StreamLimits};
use nameward_sim::What;

use super::{Check, Verdict};
use crate::serving::plan::Plan;

/// INV-10: streams are bounded, in all and for each client; and INV-15: a place is free again when its stream has ended, so that who is
/// within the bounds is not turned away.
pub(super) struct StreamPlaces {
    limits: StreamLimits,
    open: BTreeMap<FlowId, IpAddr>,
    /// Those that nothing happened to since they were accepted, while there was room.
    fresh: BTreeSet<FlowId>,
    stopping: bool,
}

impl StreamPlaces {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            limits: plan.limits.clone(),
            open: BTreeMap::new(),
            fresh: BTreeSet::new(),
            stopping: false,
        }
    }

    fn of_client(&self, client: IpAddr) -> usize {
        self.open.values().filter(|&&other| other == client).count()
    }

    fn is_within(&self) -> Verdict {
        if self.open.len() > number(self.limits.streams) {
            return Err(format!("INV-10: {} streams are open", self.open.len()));
        }
        for client in self.open.values().collect::<BTreeSet<_>>() {
            let count = self.of_client(*client);
            if count > number(self.limits.streams_per_client) {
                return Err(format!("INV-10: {client} has {count} streams"));
            }
        }
        Ok(())
    }

    fn accepted(&mut self, flow: FlowId, client: IpAddr) {
        let has_room = self.open.len() < number(self.limits.streams)
            && self.of_client(client) < number(self.limits.streams_per_client);
        if has_room && !self.stopping {
            self.fresh.insert(flow);
        }
        self.open.insert(flow, client);
    }
}

impl Check for StreamPlaces {
    fn look(&mut self, what: &What<'_>) -> Verdict {
        match what {
            What::Crashed => {
                self.open.clear();
                self.fresh.clear();
                self.stopping = false;
            }
            What::Command { command, .. } => {
                if let Some(Command::Shutdown) = command.downcast_ref() {
                    self.stopping = true;
                    self.fresh.clear();
                }
            }
            What::Input { input, .. } => match **input {
                Input::Accepted { flow, peer, .. } => self.accepted(flow, peer.ip()),
                Input::Tick => self.fresh.clear(),
                Input::Closed { flow, .. } => {
                    self.open.remove(&flow);
                    self.fresh.remove(&flow);
                }
                _ => {
                    if let Some(flow) = input.flow() {
                        self.fresh.remove(&flow);
                    }
                }
            },
            What::Output { output, .. } => match output {
                Output::Do(Action::Close { flow }) => {
                    let client = self.open.remove(flow);
                    if let Some(client) = client.filter(|_| self.fresh.remove(flow)) {
                        let (all, own) = (self.open.len(), self.of_client(client));
                        return Err(format!(
                            "INV-15: {client} is turned away, with {own} streams of its own and {all} in all"
                        ));
                    }
                }
                Output::Idle(_) => return self.is_within(),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }
}

fn number(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
