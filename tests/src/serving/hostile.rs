//! Clients that want to keep others from being served.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use nameward_core::deadlines::Deadlines;
use nameward_core::flow::{FlowId, FlowNames, Lane};
use nameward_core::machine::{Action, Input, Machine, Misuse, Output, Proto, Wake};
use nameward_core::time::{Instant, Now};

use super::TRICKLE;
use super::visitor::Message;

/// Opens streams to a server, as many as it was told to, and others when they are closed.
#[derive(Debug)]
pub struct Hostile {
    server: SocketAddr,
    manner: Manner,
    streams: u32,
    names: FlowNames,
    open: BTreeMap<FlowId, Vec<u8>>,
    /// When the next octet of a stream is sent, or a stream is opened again.
    due: Deadlines<FlowId>,
    started: bool,
    outputs: VecDeque<Action>,
}

/// What a hostile client does with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It sends nothing.
    Silent,
    /// It sends a query, octet by octet, and then the next one.
    Trickling,
    /// It asks for much, and reads nothing.
    Deaf,
    /// It sends what is no query.
    Babbling,
    /// It sends responses, as if it were the server.
    Answering,
    /// It tells of zones that have changed, and wants them changed.
    Notifying,
}

impl Manner {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Silent,
        Self::Trickling,
        Self::Deaf,
        Self::Babbling,
        Self::Answering,
        Self::Notifying,
    ];
}

/// `huge.example. TXT`, behind its length.
const QUERY: &[u8] = b"\0\x1e\x12\x34\0\0\0\x01\0\0\0\0\0\0\x04huge\x07example\0\0\x10\0\x01";

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("a short message");
    [&length.to_be_bytes(), message].concat()
}

/// How long it waits before it opens a stream again in place of one that is closed.
const AGAIN: Duration = Duration::from_millis(200);

impl Clone for Hostile {
    /// One that has not begun.
    fn clone(&self) -> Self {
        Self::new(self.server, self.manner, self.streams)
    }
}

impl Hostile {
    /// A client that has so many streams at a time.
    pub fn new(server: SocketAddr, manner: Manner, streams: u32) -> Self {
        Self {
            server,
            manner,
            streams,
            names: FlowNames::new(Lane(0)),
            open: BTreeMap::new(),
            due: Deadlines::new(),
            started: false,
            outputs: VecDeque::new(),
        }
    }

    fn open(&mut self, now: Now) {
        let flow = self.names.fresh();
        self.outputs.push_back(Action::Open {
            flow,
            proto: Proto::Stream,
            remote: self.server,
            read: self.manner != Manner::Deaf,
        });
        let mut out = match self.manner {
            Manner::Silent => Vec::new(),
            Manner::Trickling => QUERY[..1].to_vec(),
            Manner::Deaf => QUERY.repeat(200),
            Manner::Babbling => vec![0xa5; 5_000],
            Manner::Answering => QUERY.to_vec(),
            Manner::Notifying => [Message::Notify, Message::Update]
                .map(|message| framed(&message.octets()))
                .concat(),
        };
        if self.manner == Manner::Answering {
            out[4] |= 0x80;
        }
        if !out.is_empty() {
            self.outputs.push_back(Action::Writable { flow });
        }
        self.open.insert(flow, out);
        if self.manner == Manner::Trickling {
            self.wait(now, flow, TRICKLE);
        }
    }

    fn wait(&mut self, now: Now, flow: FlowId, time: Duration) {
        let at = now.mono.after(time);
        self.due.set(flow, Some(Wake { at, why: "hostile" }));
    }

    fn tick(&mut self, now: Now) {
        if !std::mem::replace(&mut self.started, true) {
            (0..self.streams).for_each(|_| self.open(now));
        }
        while let Some(flow) = self.due.take_due(now.mono) {
            let Some(out) = self.open.get_mut(&flow) else {
                self.open(now);
                continue;
            };
            if out.is_empty() {
                self.outputs.push_back(Action::Writable { flow });
            }
            // Where in the query it is does not matter: the server counts lengths.
            let sent = now.mono.since(Instant::ZERO).as_millis() / TRICKLE.as_millis();
            out.push(QUERY[usize::try_from(sent).unwrap_or(0) % QUERY.len()]);
            self.wait(now, flow, TRICKLE);
        }
    }
}

impl Machine for Hostile {
    type Event = Infallible;
    type Command = Infallible;

    fn handle(&mut self, now: Now, input: Input<'_>) {
        match input {
            Input::Tick => self.tick(now),
            Input::Finished { flow } if self.open.remove(&flow).is_some() => {
                self.outputs.push_back(Action::Close { flow });
                self.wait(now, flow, AGAIN);
            }
            Input::Closed { flow, .. } if self.open.remove(&flow).is_some() => self.wait(now, flow, AGAIN),
            _ => {}
        }
    }

    fn command(&mut self, _now: Now, command: Infallible) -> Result<(), Misuse> {
        match command {}
    }

    fn poll(&mut self) -> Output<Infallible> {
        let first = (!self.started).then_some(Wake {
            at: Instant::ZERO,
            why: "start",
        });
        self.outputs
            .pop_front()
            .map_or_else(|| Output::Idle(first.or_else(|| self.due.earliest())), Output::Do)
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        self.open.get(&flow).map_or(&[], Vec::as_slice)
    }

    fn stream_sent(&mut self, _now: Now, flow: FlowId, count: usize) {
        if let Some(out) = self.open.get_mut(&flow) {
            out.drain(..count);
        }
    }
}
