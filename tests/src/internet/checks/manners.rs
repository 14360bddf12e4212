//! What is concluded from what servers, or those who pretend to be servers, send.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use nameward_core::flow::FlowId;
use nameward_core::machine::Proto;
use nameward_core::time::Instant;
use nameward_sim::Fault;
use nameward_sim::canned::CookieSupport;

use super::{Check, Verdict, is_late};
use crate::internet::plan::Plan;
use crate::internet::seen::Seen;

/// S6 of the attack classes: that a server knows no EDNS is learnt from what nobody off the path can have said.
pub(in crate::internet) struct Learning {
    edns: bool,
    /// Those who gave evidence: over a stream, or with a cookie.
    evident: BTreeSet<SocketAddr>,
    streams: BTreeMap<FlowId, SocketAddr>,
    /// What each server was asked with EDNS.
    asked: BTreeSet<(SocketAddr, String, u16)>,
}

impl Learning {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        let with_cookies = plan
            .servers
            .iter()
            .filter(|server| plan.stub.cookies && server.cookies != CookieSupport::None);
        Self {
            edns: plan.stub.edns,
            evident: with_cookies.map(|server| server.address()).collect(),
            streams: BTreeMap::new(),
            asked: BTreeSet::new(),
        }
    }
}

impl Check for Learning {
    fn look(&mut self, seen: &Seen) -> Verdict {
        match seen {
            Seen::Opened {
                flow,
                proto: Proto::Stream,
                server,
            } => {
                self.streams.insert(*flow, *server);
            }
            Seen::Octets { flow, .. } => self.evident.extend(self.streams.get(flow)),
            Seen::Query { query, .. } => {
                let question = (query.server, query.name.clone(), query.rtype);
                if query.edns {
                    self.asked.insert(question);
                } else if self.edns
                    && !self.evident.contains(&query.server)
                    && !self.asked.contains(&question)
                {
                    return Err(format!(
                        "S6: {} is asked about {} without EDNS, and never said anything that could not be forged",
                        query.server, query.name
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// S4 of the attack classes: a wrong guess on the right flow leads to a stream.
pub(in crate::internet) struct Suspicion {
    watches: bool,
    out: BTreeMap<FlowId, SocketAddr>,
    guessed: BTreeSet<FlowId>,
    /// Those who were asked over a stream at any time.
    streamed: BTreeSet<SocketAddr>,
    packets: u32,
}

impl Suspicion {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        Self {
            // A guess that is seen late may have come when the question was over.
            watches: plan.stub.packets >= 50 && !is_late(plan),
            out: BTreeMap::new(),
            guessed: BTreeSet::new(),
            streamed: BTreeSet::new(),
            packets: 0,
        }
    }
}

impl Check for Suspicion {
    fn look(&mut self, seen: &Seen) -> Verdict {
        match seen {
            Seen::Begun { .. } => self.packets = 0,
            Seen::Opened {
                proto: Proto::Stream,
                server,
                ..
            } => {
                self.streamed.insert(*server);
            }
            Seen::Query { flow, query } if query.proto == Proto::Datagram => {
                self.packets += 1;
                self.out.insert(*flow, query.server);
            }
            Seen::Datagram {
                flow,
                right_id: false,
                ..
            } => {
                self.guessed.insert(*flow);
            }
            Seen::Closed { flow } => {
                let server = self.out.remove(flow);
                let guessed = self.guessed.remove(flow);
                // After many packets the budget may be spent.
                if let Some(server) = server
                    && guessed
                    && self.watches
                    && self.packets < 12
                    && !self.streamed.contains(&server)
                {
                    return Err(format!(
                        "S4: somebody guesses on {flow}, and {server} is not asked over a stream"
                    ));
                }
            }
            Seen::Crashed => {
                self.out.clear();
                self.guessed.clear();
            }
            _ => {}
        }
        Ok(())
    }
}

/// RFC 7828 section 3.2.2: a connection that the server does not want to keep is closed.
pub(in crate::internet) struct Keepalive {
    watches: bool,
    /// Servers that keep no connection.
    unwilling: BTreeSet<SocketAddr>,
    /// Of the streams to those: how many questions are open, and since when there are none.
    streams: BTreeMap<FlowId, (u32, Option<Instant>)>,
    now: Instant,
}

impl Keepalive {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        let faults = plan.faults.faults();
        // These keep a query from being seen when it is written, or alter what the server says.
        let hidden = [
            Fault::ZeroWindow,
            Fault::Stall,
            Fault::Trickle,
            Fault::SlowWay,
            Fault::LateDrain,
            Fault::Corruption,
        ];
        let unwilling = plan
            .servers
            .iter()
            .filter(|server| server.keeps_streams == Some(Duration::ZERO) && server.says_keepalive());
        Self {
            watches: !hidden.iter().any(|fault| faults.contains_key(fault)),
            unwilling: unwilling.map(|server| server.address()).collect(),
            streams: BTreeMap::new(),
            now: Instant::ZERO,
        }
    }
}

impl Check for Keepalive {
    fn look(&mut self, seen: &Seen) -> Verdict {
        match seen {
            Seen::Query { flow, query }
                if query.proto == Proto::Stream && query.edns && self.unwilling.contains(&query.server) =>
            {
                let (open, rests) = self.streams.entry(*flow).or_default();
                *open += 1;
                *rests = None;
            }
            Seen::Message { flow } => {
                if let Some((open, rests)) = self.streams.get_mut(flow) {
                    *open = open.saturating_sub(1);
                    *rests = (*open == 0).then_some(self.now);
                }
            }
            Seen::Closed { flow } => {
                self.streams.remove(flow);
            }
            Seen::Crashed => self.streams.clear(),
            Seen::Input { at } => {
                self.now = *at;
                let kept = |rests: &Option<Instant>| {
                    rests.is_some_and(|since| at.since(since) > Duration::from_millis(100))
                };
                if self.watches && self.streams.values().any(|(_, rests)| kept(rests)) {
                    return Err("RFC 7828: a stream is kept that its server does not want".into());
                }
            }
            _ => {}
        }
        Ok(())
    }
}
