//! A name server as a machine, over datagrams and streams; what it answers is for an [`Answers`] to say.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Debug;

use bytes::Bytes;
use nameward_core::flow::{FlowId, Lane, ListenerId};
use nameward_core::machine::{Action, Ignored, Input, Machine, Misuse, Output, Proto};
use nameward_core::seed::Seed;
use nameward_core::time::Now;
use nameward_core::trace::{Record, Recordable};
use nameward_core::transport::framing::{Deframer, Outgoing};
use nameward_core::wire::Message;

use crate::witness::outbox::Outbox;

/// Where datagrams arrive.
pub const DATAGRAMS: ListenerId = ListenerId::new(Lane(0), 0);

/// Where streams are accepted.
pub const STREAMS: ListenerId = ListenerId::new(Lane(0), 1);

/// What a [`NameServer`] answers.
pub trait Answers: Debug {
    /// What recordings call the server.
    const KIND: &'static str;
    /// How it is set up.
    type Config: Record;

    /// Before the first query.
    fn new(config: Self::Config) -> Self;

    /// What is sent back for a query that came by datagram or over a stream, in order.
    fn replies(&mut self, query: Message<'_>, proto: Proto) -> Vec<Bytes>;
}

/// The server. What is no message it ignores.
#[derive(Debug)]
pub struct NameServer<A> {
    answers: A,
    streams: BTreeMap<FlowId, (Deframer, Outgoing)>,
    outbox: Outbox<Infallible>,
}

impl<A: Answers> NameServer<A> {
    fn replies(&mut self, flow: Option<FlowId>, data: &[u8], proto: Proto) -> Vec<Bytes> {
        match Message::parse(data) {
            Ok(query) => self.answers.replies(query, proto),
            Err(error) => {
                let offset = error.offset();
                self.outbox.ignore(flow, Ignored::Malformed { offset });
                Vec::new()
            }
        }
    }

    fn stream(&mut self, flow: FlowId, data: &[u8]) {
        let Some((deframer, _)) = self.streams.get_mut(&flow) else {
            return self.outbox.ignore(Some(flow), Ignored::UnknownFlow);
        };
        deframer.push(data);
        while let Some(message) = self
            .streams
            .get_mut(&flow)
            .and_then(|(deframer, _)| deframer.message())
        {
            for reply in self.replies(Some(flow), &message, Proto::Stream) {
                if let Some((_, outgoing)) = self.streams.get_mut(&flow)
                    && outgoing.push(&reply) == Ok(true)
                {
                    self.outbox.act(Action::Writable { flow });
                }
            }
        }
    }
}

impl<A: Answers> Recordable for NameServer<A> {
    const KIND: &'static str = A::KIND;
    type Config = A::Config;

    fn from_seed(_seed: Seed, config: A::Config) -> Result<Self, Misuse> {
        Ok(Self {
            answers: A::new(config),
            streams: BTreeMap::new(),
            outbox: Outbox::new(),
        })
    }
}

impl<A: Answers> Machine for NameServer<A> {
    type Event = Infallible;
    type Command = Infallible;

    fn handle(&mut self, _now: Now, input: Input<'_>) {
        match input {
            Input::Request {
                listener: DATAGRAMS,
                peer,
                local,
                data,
            } => {
                for data in self.replies(None, data, Proto::Datagram) {
                    self.outbox.act(Action::Reply {
                        listener: DATAGRAMS,
                        to: peer,
                        from: local,
                        data,
                    });
                }
            }
            Input::Accepted {
                flow,
                listener: STREAMS,
                ..
            } => {
                self.streams.insert(flow, (Deframer::new(), Outgoing::new()));
            }
            Input::Received { flow, data } => self.stream(flow, data),
            Input::Finished { flow } if self.streams.remove(&flow).is_some() => {
                self.outbox.act(Action::Close { flow });
            }
            Input::Closed { flow, .. } if self.streams.remove(&flow).is_some() => {}
            _ => self.outbox.ignore_foreign(&input),
        }
    }

    fn command(&mut self, _now: Now, command: Infallible) -> Result<(), Misuse> {
        match command {}
    }

    fn poll(&mut self) -> Output<Infallible> {
        self.outbox.poll(None)
    }

    fn stream_out(&self, flow: FlowId) -> &[u8] {
        let stream = self.streams.get(&flow);
        stream.map_or(&[], |(_, outgoing)| outgoing.as_slice())
    }

    fn stream_sent(&mut self, _now: Now, flow: FlowId, count: usize) {
        if let Some((_, outgoing)) = self.streams.get_mut(&flow) {
            outgoing.sent(count);
        }
    }
}
