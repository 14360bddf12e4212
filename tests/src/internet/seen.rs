//! What the checkers see: the run from outside, in few words.
//!
//! Queries are taken apart by hand here, so that the code under test is not its own witness.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use nameward_core::client::{Answer, Command, Event, LookupError};
use nameward_core::flow::FlowId;
use nameward_core::machine::{Action, Input, Output, Proto};
use nameward_core::time::Instant;
use nameward_sim::{Happening, What};

use crate::packets::{messages, question};

/// One thing that was seen, at the client's host.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// A look-up begins.
    Begun { id: u64, at: Instant },
    /// It is cancelled.
    Cancelled { id: u64 },
    /// It ends with an answer.
    Answered {
        id: u64,
        at: Instant,
        answer: Box<Answer>,
    },
    /// It ends without one.
    Failed {
        id: u64,
        at: Instant,
        error: LookupError,
    },
    /// A flow is opened.
    Opened {
        flow: FlowId,
        proto: Proto,
        server: SocketAddr,
    },
    /// A flow ends.
    Closed { flow: FlowId },
    /// A query goes out, over whichever flow.
    Query { flow: FlowId, query: Query },
    /// A datagram reaches a flow on which one of so many octets at most is expected.
    Datagram {
        flow: FlowId,
        octets: usize,
        advertised: usize,
        /// Its message ID is that of the query.
        right_id: bool,
    },
    /// Octets of a stream reach a flow.
    Octets { flow: FlowId, count: usize },
    /// A message on a stream is whole.
    Message { flow: FlowId },
    /// The machine gets an input: what comes out follows.
    Input { at: Instant },
    /// Something comes out of it.
    Output,
    /// The host does nothing for so long.
    Paused(Duration),
    /// The host loses its power.
    Crashed,
    /// Nothing more will happen: how many look-ups, flows of the machine and sockets are left.
    AtRest { left: [usize; 3] },
}

/// A query, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Query {
    pub(super) server: SocketAddr,
    pub(super) proto: Proto,
    /// In lower case.
    pub(super) name: String,
    pub(super) rtype: u16,
    /// Whether it has an OPT record.
    pub(super) edns: bool,
    /// The largest datagram that may answer it, in octets.
    pub(super) advertised: usize,
}

/// Makes [`Seen`] of what happens.
#[derive(Debug, Default)]
pub(super) struct Eyes {
    flows: BTreeMap<FlowId, (Proto, SocketAddr)>,
    written: BTreeMap<FlowId, Vec<u8>>,
    read: BTreeMap<FlowId, Vec<u8>>,
    /// Message ID and size of the query on each datagram flow.
    queries: BTreeMap<FlowId, ([u8; 2], usize)>,
}

impl Eyes {
    pub(super) fn see(&mut self, happening: &Happening<'_>) -> Result<Vec<Seen>, String> {
        Ok(match happening.what {
            What::Command { now, command, answer } => match (command.downcast_ref(), answer) {
                (Some(Command::Lookup(lookup)), Ok(())) => vec![Seen::Begun {
                    id: lookup.id.0,
                    at: now.mono,
                }],
                (Some(Command::Cancel(id)), Ok(())) => vec![Seen::Cancelled { id: id.0 }],
                _ => Vec::new(),
            },
            What::Input { now, input, .. } => {
                let mut seen = vec![Seen::Input { at: now.mono }];
                self.input(input, &mut seen);
                seen
            }
            What::StreamSent { flow, data, .. } => self.streamed(flow, data)?,
            What::Output { now, output } => {
                let mut seen = vec![Seen::Output];
                match output {
                    Output::Do(action) => seen.extend(self.acted(action)?),
                    Output::Event(event) => seen.push(match event.downcast_ref::<Event>() {
                        Some(Event::Answered { id, answer }) => Seen::Answered {
                            id: id.0,
                            at: now.mono,
                            answer: Box::new(answer.clone()),
                        },
                        Some(Event::Failed { id, error }) => Seen::Failed {
                            id: id.0,
                            at: now.mono,
                            error: error.clone(),
                        },
                        None => return Err("the machine has other events".into()),
                    }),
                    Output::Ignored { .. } | Output::Idle(_) => {}
                }
                seen
            }
            What::Crashed => {
                *self = Self::default();
                vec![Seen::Crashed]
            }
            What::Paused(how_long) => vec![Seen::Paused(how_long)],
            What::Sent(_) | What::Dropped(..) | What::Arrived(_) | What::Started => Vec::new(),
        })
    }

    fn input(&mut self, input: &Input<'_>, seen: &mut Vec<Seen>) {
        match *input {
            Input::Received { flow, data } => match self.flows.get(&flow) {
                Some((Proto::Datagram, _)) => {
                    let (id, advertised) = self.queries.get(&flow).copied().unwrap_or_default();
                    seen.push(Seen::Datagram {
                        flow,
                        octets: data.len(),
                        advertised,
                        right_id: data.get(..2).is_none_or(|octets| octets == id),
                    });
                }
                Some((Proto::Stream, _)) => {
                    let count = data.len();
                    seen.push(Seen::Octets { flow, count });
                    let whole = messages(self.read.entry(flow).or_default(), data);
                    seen.extend(whole.iter().map(|_| Seen::Message { flow }));
                }
                None => {}
            },
            Input::Closed { flow, .. } => seen.push(self.closed(flow)),
            _ => {}
        }
    }

    fn closed(&mut self, flow: FlowId) -> Seen {
        self.flows.remove(&flow);
        self.written.remove(&flow);
        self.read.remove(&flow);
        self.queries.remove(&flow);
        Seen::Closed { flow }
    }

    fn acted(&mut self, action: &Action) -> Result<Option<Seen>, String> {
        Ok(match action {
            Action::Open {
                flow, proto, remote, ..
            } => {
                self.flows.insert(*flow, (*proto, *remote));
                Some(Seen::Opened {
                    flow: *flow,
                    proto: *proto,
                    server: *remote,
                })
            }
            Action::Close { flow } => Some(self.closed(*flow)),
            Action::Send { flow, data } => Some(self.query(*flow, data)?),
            _ => None,
        })
    }

    fn streamed(&mut self, flow: FlowId, data: &[u8]) -> Result<Vec<Seen>, String> {
        let whole = messages(self.written.entry(flow).or_default(), data);
        whole.iter().map(|message| self.query(flow, message)).collect()
    }

    fn query(&mut self, flow: FlowId, message: &[u8]) -> Result<Seen, String> {
        let (proto, server) = *self
            .flows
            .get(&flow)
            .ok_or("a query on a flow that is not open")?;
        let (name, rtype, rest) = question(message).ok_or("a query that cannot be read")?;
        // What follows the question is the OPT record, if there is one: a root, type 41, and the size.
        let (edns, size) = match rest {
            [0, 0, 41, high, low, ..] => (true, (usize::from(*high) << 8 | usize::from(*low)).max(512)),
            _ => (false, 512),
        };
        if let Some(id) = message.first_chunk() {
            self.queries.insert(flow, (*id, size));
        }
        Ok(Seen::Query {
            flow,
            query: Query {
                server,
                proto,
                name,
                rtype,
                edns,
                advertised: size,
            },
        })
    }
}
