//! Pings over datagrams with retries, sends bytes through a stream and compares the echo, keeps a journal.

use alloc::collections::{BTreeMap, VecDeque};
use core::net::SocketAddr;
use core::time::Duration;

use nameward_core::deadlines::Deadlines;
use nameward_core::flow::{FlowId, FlowNames, Lane, ObjectId, StoreId};
use nameward_core::machine::{
    Action, Change, CloseCause, Ignored, Input, Machine, Misuse, Output, Proto, StoreResult, Wake,
};
use nameward_core::record;
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::Now;
use nameward_core::trace::Recordable;

/// Where the journal is kept.
pub(crate) const JOURNAL: ObjectId = ObjectId(1);
/// How often a ping is sent.
const ATTEMPTS: u8 = 3;
/// How long a stream may take: a peer that lost its power says nothing.
const PATIENCE: Duration = Duration::from_secs(100);

#[derive(Debug)]
pub(crate) struct Client {
    rng: Rng,
    server: SocketAddr,
    names: FlowNames,
    pings: BTreeMap<FlowId, Ping>,
    streams: BTreeMap<FlowId, Transfer>,
    stores: u64,
    pending: BTreeMap<StoreId, u64>,
    deadlines: Deadlines<FlowId>,
    out: VecDeque<Output<Event>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClientConfig {
    pub(crate) server: SocketAddr,
    pub(crate) journal: Vec<u8>,
}
record!(struct ClientConfig { server, journal });

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    Ping { number: u64 },
    Stream { number: u64, length: u16 },
    Note(Vec<u8>),
}
record!(enum Command { 0 => Ping { number }, 1 => Stream { number, length }, 2 => Note(note) });

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    /// The journal as it was when the machine started.
    Read(Vec<u8>),
    Answered {
        number: u64,
    },
    Unanswered {
        number: u64,
    },
    Echoed {
        number: u64,
        length: u16,
    },
    Broken {
        number: u64,
        cause: Option<CloseCause>,
    },
    Noted {
        number: u64,
        result: StoreResult,
    },
}
record!(enum Event {
    0 => Read(journal), 1 => Answered { number }, 2 => Unanswered { number }, 3 => Echoed { number, length },
    4 => Broken { number, cause }, 5 => Noted { number, result },
});

#[derive(Debug)]
struct Ping {
    number: u64,
    id: u16,
    attempts: u8,
}

/// What a ping carries after its ID: every other one is larger than most ways take.
fn body(number: u64) -> Vec<u8> {
    b"ping".repeat(if number.is_multiple_of(2) { 1 } else { 400 })
}

#[derive(Debug)]
struct Transfer {
    number: u64,
    length: u16,
    out: Vec<u8>,
    sent: usize,
    echo: Vec<u8>,
}

impl Client {
    pub(crate) fn new(seed: Seed, config: ClientConfig) -> Self {
        Self {
            rng: Rng::new(&seed),
            server: config.server,
            names: FlowNames::new(Lane(0)),
            pings: BTreeMap::new(),
            streams: BTreeMap::new(),
            stores: 0,
            pending: BTreeMap::new(),
            deadlines: Deadlines::new(),
            out: VecDeque::from([Output::Event(Event::Read(config.journal))]),
        }
    }

    fn act(&mut self, action: Action) {
        self.out.push_back(Output::Do(action));
    }

    fn open(&mut self, proto: Proto) -> FlowId {
        let (flow, remote) = (self.names.fresh(), self.server);
        let read = true;
        self.act(Action::Open {
            flow,
            proto,
            remote,
            read,
        });
        flow
    }

    fn send(&mut self, now: Now, flow: FlowId) {
        let Some(ping) = self.pings.get_mut(&flow) else {
            return;
        };
        if ping.attempts == ATTEMPTS {
            let number = ping.number;
            return self.end_ping(flow, Event::Unanswered { number });
        }
        ping.attempts += 1;
        let data = [&ping.id.to_be_bytes()[..], &body(ping.number)].concat().into();
        let wait = Duration::from_millis(500) * u32::from(ping.attempts);
        self.act(Action::Send { flow, data });
        let wake = Wake {
            at: now.mono.after(wait),
            why: "ping again",
        };
        self.deadlines.set(flow, Some(wake));
    }

    fn end_ping(&mut self, flow: FlowId, event: Event) {
        self.pings.remove(&flow);
        self.deadlines.set(flow, None);
        self.act(Action::Close { flow });
        self.out.push_back(Output::Event(event));
    }

    fn received(&mut self, flow: FlowId, data: &[u8]) {
        if let Some(transfer) = self.streams.get_mut(&flow) {
            return transfer.echo.extend_from_slice(data);
        }
        let why = match self.pings.get(&flow) {
            None => Ignored::UnknownFlow,
            Some(ping) if data.get(..2) != Some(&ping.id.to_be_bytes()) => Ignored::WrongId,
            Some(ping) if data.get(2..) != Some(&body(ping.number)) => Ignored::WrongQuestion,
            Some(&Ping { number, .. }) => return self.end_ping(flow, Event::Answered { number }),
        };
        let flow = Some(flow);
        self.out.push_back(Output::Ignored { flow, why });
    }

    fn end_stream(&mut self, flow: FlowId, cause: Option<CloseCause>) {
        let Some(transfer) = self.streams.remove(&flow) else {
            return;
        };
        self.deadlines.set(flow, None);
        let number = transfer.number;
        let whole = cause.is_none() && transfer.echo == transfer.out;
        let length = transfer.length;
        self.out.push_back(Output::Event(if whole {
            Event::Echoed { number, length }
        } else {
            Event::Broken { number, cause }
        }));
    }
}

impl Recordable for Client {
    const KIND: &'static str = "toy client";
    type Config = ClientConfig;

    fn from_seed(seed: Seed, config: ClientConfig) -> Result<Self, Misuse> {
        Ok(Self::new(seed, config))
    }
}

impl Machine for Client {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => {
                while let Some(flow) = self.deadlines.take_due(now.mono) {
                    if self.streams.contains_key(&flow) {
                        self.act(Action::Close { flow });
                        self.end_stream(flow, Some(CloseCause::TimedOut));
                    }
                    self.send(now, flow);
                }
            }
            Input::Received { flow, data } => self.received(flow, data),
            Input::Rejected { flow, .. } => self.send(now, flow),
            Input::Finished { flow } => {
                self.act(Action::Close { flow });
                self.end_stream(flow, None);
            }
            Input::Closed { flow, cause } => {
                if let Some(&Ping { number, .. }) = self.pings.get(&flow) {
                    self.end_ping(flow, Event::Unanswered { number });
                }
                self.end_stream(flow, Some(cause));
            }
            Input::Stored { token, result } => match self.pending.remove(&token) {
                Some(number) => self.out.push_back(Output::Event(Event::Noted { number, result })),
                None => self.out.push_back(Output::Ignored {
                    flow: None,
                    why: Ignored::UnknownStore,
                }),
            },
            Input::NetworkChanged => {
                let pings: Vec<_> = self
                    .pings
                    .iter()
                    .map(|(&flow, ping)| (flow, ping.number))
                    .collect();
                for (flow, number) in pings {
                    self.end_ping(flow, Event::Unanswered { number });
                }
            }
            Input::Opened { .. } | Input::Accepted { .. } | Input::Request { .. } => {}
        }
    }

    fn command(&mut self, now: Now, command: Command) -> Result<(), Misuse> {
        match command {
            Command::Ping { number } => {
                if self.pings.values().any(|ping| ping.number == number) {
                    return Err(Misuse::InUse(number));
                }
                let flow = self.open(Proto::Datagram);
                let id = self.rng.next_u16();
                let attempts = 0;
                self.pings.insert(flow, Ping { number, id, attempts });
                self.send(now, flow);
            }
            Command::Stream { number, length } => {
                let flow = self.open(Proto::Stream);
                let mut out = vec![0; usize::from(length)];
                self.rng.fill(&mut out);
                if !out.is_empty() {
                    self.act(Action::Writable { flow });
                }
                self.act(Action::Finish { flow });
                let transfer = Transfer {
                    number,
                    length,
                    out,
                    sent: 0,
                    echo: Vec::new(),
                };
                self.streams.insert(flow, transfer);
                let wake = Wake {
                    at: now.mono.after(PATIENCE),
                    why: "the stream takes too long",
                };
                self.deadlines.set(flow, Some(wake));
            }
            Command::Note(note) => {
                let token = StoreId::new(Lane(0), self.stores);
                self.pending.insert(token, self.stores);
                self.stores += 1;
                self.act(Action::Store {
                    token,
                    object: JOURNAL,
                    change: Change::Append(note.into()),
                });
            }
        }
        Ok(())
    }

    fn poll(&mut self) -> Output<Event> {
        self.out
            .pop_front()
            .unwrap_or_else(|| Output::Idle(self.deadlines.earliest()))
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.streams
            .get(&flow)
            .map_or(&[], |transfer| &transfer.out[transfer.sent..])
    }

    fn stream_sent(&mut self, _now: Now, flow: FlowId, count: usize) {
        if let Some(transfer) = self.streams.get_mut(&flow) {
            transfer.sent = transfer.out.len().min(transfer.sent.saturating_add(count));
        }
    }
}
