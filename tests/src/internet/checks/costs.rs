//! What it costs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use nameward_core::flow::FlowId;
use nameward_core::machine::Proto;

use super::{Check, Sharers, Verdict};
use crate::internet::plan::Plan;
use crate::internet::seen::{Query, Seen};
use crate::internet::truth::is_special;

/// How many datagrams a server gets for one question of one look-up.
const MOST_DATAGRAMS: u32 = 3;
/// How many packets one server gets for one look-up, for each type.
const MOST_TO_ONE: u32 = 20;
/// How many things may come out after one went in.
const MOST_OUTPUTS: u32 = 10_000;

/// INV-2: no question is out twice at the same server, and no server gets it more than three times in datagrams.
pub(in crate::internet) struct Repetition {
    sharers: Sharers,
    out: BTreeMap<FlowId, Query>,
    sent: BTreeMap<(SocketAddr, String, u16), u32>,
}

impl Repetition {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        Self {
            sharers: Sharers::new(plan),
            out: BTreeMap::new(),
            sent: BTreeMap::new(),
        }
    }
}

impl Check for Repetition {
    fn look(&mut self, seen: &Seen) -> Verdict {
        self.sharers.look(seen);
        match seen {
            Seen::Closed { flow } => {
                self.out.remove(flow);
                Ok(())
            }
            Seen::Crashed => {
                self.out.clear();
                self.sent.clear();
                Ok(())
            }
            Seen::Query { flow, query } if query.proto == Proto::Datagram => {
                let Query {
                    server, name, rtype, ..
                } = query;
                let same =
                    |other: &Query| (&other.server, &other.name, &other.rtype) == (server, name, rtype);
                if self.out.values().any(same) {
                    return Err(format!(
                        "INV-2: {name} of type {rtype} is out at {server} already"
                    ));
                }
                self.out.insert(*flow, query.clone());
                let Some((_, sharers)) = self.sharers.of(name)? else {
                    return Ok(());
                };
                let sent = self.sent.entry((*server, name.clone(), *rtype)).or_default();
                *sent += 1;
                if *sent > MOST_DATAGRAMS * sharers {
                    return Err(format!(
                        "INV-2: {server} was asked {sent} times for {name}, for {sharers} look-ups"
                    ));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// INV-6: how many packets a look-up causes, in all and at one server.
pub(in crate::internet) struct Packets {
    sharers: Sharers,
    most: u32,
    lookups: u32,
    in_all: u32,
    about: BTreeMap<u32, u32>,
    to_one: BTreeMap<(u32, SocketAddr), u32>,
}

impl Packets {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        Self {
            sharers: Sharers::new(plan),
            most: plan.stub.packets.into(),
            lookups: 0,
            in_all: 0,
            about: BTreeMap::new(),
            to_one: BTreeMap::new(),
        }
    }
}

impl Check for Packets {
    fn look(&mut self, seen: &Seen) -> Verdict {
        self.sharers.look(seen);
        let query = match seen {
            Seen::Begun { .. } => {
                self.lookups += 1;
                return Ok(());
            }
            Seen::Query { query, .. } => Some(query),
            Seen::Opened {
                proto: Proto::Stream, ..
            } => None,
            _ => return Ok(()),
        };
        self.in_all += 1;
        if self.in_all > self.most * self.lookups {
            return Err(format!(
                "INV-6: {} packets for {} look-ups",
                self.in_all, self.lookups
            ));
        }
        let Some(query) = query else { return Ok(()) };
        let Some((number, sharers)) = self.sharers.of(&query.name)? else {
            return Ok(());
        };
        let about = self.about.entry(number).or_default();
        *about += 1;
        if *about > self.most * sharers {
            return Err(format!(
                "INV-6: {about} packets about number {number}, for {sharers} look-ups"
            ));
        }
        let to_one = self.to_one.entry((number, query.server)).or_default();
        *to_one += 1;
        if *to_one > MOST_TO_ONE * self.sharers.types(number) {
            return Err(format!(
                "INV-6: {to_one} packets to {} about number {number}",
                query.server
            ));
        }
        Ok(())
    }
}

/// INV-7: how many octets come in for look-ups that are paid for.
pub(in crate::internet) struct Sizes {
    most: usize,
    streams: BTreeMap<FlowId, (usize, usize)>,
}

impl Sizes {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        Self {
            most: usize::try_from(plan.stub.octets).unwrap_or(usize::MAX),
            streams: BTreeMap::new(),
        }
    }
}

impl Check for Sizes {
    fn look(&mut self, seen: &Seen) -> Verdict {
        match seen {
            Seen::Query { flow, query } => {
                if query.advertised > 1_232 {
                    return Err(format!(
                        "INV-7: a query says that {} octets are taken",
                        query.advertised
                    ));
                }
                if query.proto == Proto::Stream {
                    self.streams.entry(*flow).or_default().0 += 1;
                }
                Ok(())
            }
            Seen::Octets { flow, count } => {
                let (questions, octets) = self.streams.entry(*flow).or_default();
                *octets += count;
                // The last piece may go beyond.
                if *octets > self.most * *questions + 65_536 {
                    return Err(format!(
                        "INV-7: {octets} octets on {flow} for {questions} questions"
                    ));
                }
                Ok(())
            }
            Seen::Closed { flow } => {
                self.streams.remove(flow);
                Ok(())
            }
            Seen::Crashed => {
                self.streams.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// INV-10: how many questions are out at a time.
pub(in crate::internet) struct InFlight {
    most: usize,
    servers: usize,
    datagrams: BTreeSet<FlowId>,
    streams: BTreeSet<FlowId>,
}

impl InFlight {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        Self {
            // Beside the questions that are out, each server that was silent may be probed with one.
            most: usize::from(plan.stub.most_in_flight) + plan.servers.len(),
            servers: plan.servers.len(),
            datagrams: BTreeSet::new(),
            streams: BTreeSet::new(),
        }
    }
}

impl Check for InFlight {
    fn look(&mut self, seen: &Seen) -> Verdict {
        match seen {
            Seen::Opened { flow, proto, .. } => {
                match proto {
                    Proto::Datagram => self.datagrams.insert(*flow),
                    Proto::Stream => self.streams.insert(*flow),
                };
                let streams = self.most + self.servers;
                if self.datagrams.len() > self.most || self.streams.len() > streams {
                    let open = (self.datagrams.len(), self.streams.len());
                    return Err(format!("INV-10: {open:?} datagram and stream flows are open"));
                }
            }
            Seen::Closed { flow } => {
                self.datagrams.remove(flow);
                self.streams.remove(flow);
            }
            Seen::Crashed => {
                self.datagrams.clear();
                self.streams.clear();
            }
            _ => {}
        }
        Ok(())
    }
}

/// INV-17: questions go where the configuration sends them, and nowhere else.
pub(in crate::internet) struct Destinations {
    of_corp: BTreeMap<SocketAddr, bool>,
}

impl Destinations {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        Self {
            of_corp: plan
                .servers
                .iter()
                .map(|server| (server.address(), server.of_corp))
                .collect(),
        }
    }
}

impl Check for Destinations {
    fn look(&mut self, seen: &Seen) -> Verdict {
        match seen {
            Seen::Opened { server, .. } if !self.of_corp.contains_key(server) => {
                Err(format!("INV-17: {server} is no server of ours"))
            }
            Seen::Query { query, .. } if is_special(&query.name) => {
                Err(format!("INV-17: {} was asked about {}", query.server, query.name))
            }
            Seen::Query { query, .. } => {
                let corp = query.name.ends_with("corp.example.");
                if self.of_corp.get(&query.server) == Some(&corp) {
                    Ok(())
                } else {
                    Err(format!("INV-17: {} was asked about {}", query.server, query.name))
                }
            }
            _ => Ok(()),
        }
    }
}

/// INV-12: one input causes so many outputs at most.
#[derive(Default)]
pub(in crate::internet) struct Steps {
    outputs: u32,
}

impl Check for Steps {
    fn look(&mut self, seen: &Seen) -> Verdict {
        match seen {
            Seen::Input { .. } | Seen::Begun { .. } | Seen::Cancelled { .. } | Seen::Crashed => {
                self.outputs = 0
            }
            Seen::Output => self.outputs += 1,
            _ => {}
        }
        if self.outputs > MOST_OUTPUTS {
            return Err(format!("INV-12: {} outputs for one input", self.outputs));
        }
        Ok(())
    }
}
