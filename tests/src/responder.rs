//! A DNS server in lock step with one client: what it does with a question stands in the question's first label.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use bytes::{Bytes, BytesMut};
use nameward_core::flow::{FlowId, ListenerId};
use nameward_core::machine::{Action, Ignored, Input, LocalAddr, Machine, Misuse, Output};
use nameward_core::record;
use nameward_core::seed::Seed;
use nameward_core::time::Now;
use nameward_core::trace::Recordable;
use nameward_core::transport::framing::{Deframer, Outgoing};
use nameward_core::wire::{Flags, Message, MessageWriter, Name, Question, Rdata, Record, Rtype, Section};

use crate::witness::outbox::Outbox;

/// How a [`Responder`] is set up.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Where datagrams arrive.
    pub datagrams: ListenerId,
    /// Where streams are accepted.
    pub streams: ListenerId,
}
record!(struct Config { datagrams, streams });

/// The server. It answers; a question whose name begins with
///
/// * `noisy` gets a wrong ID, a wrong question and garbage first,
/// * `long` is truncated in a datagram, and answered on a stream,
/// * `late` is answered when it is asked for the second time.
#[derive(Debug)]
pub struct Responder {
    config: Config,
    asked: BTreeSet<Name>,
    streams: BTreeMap<FlowId, (Deframer, Outgoing)>,
    outbox: Outbox<Infallible>,
}

impl Responder {
    fn datagram(
        &mut self,
        listener: ListenerId,
        peer: core::net::SocketAddr,
        local: Option<LocalAddr>,
        data: &[u8],
    ) {
        let query = match Message::parse(data) {
            Ok(query) => query,
            Err(error) => {
                return self.outbox.ignore(
                    None,
                    Ignored::Malformed {
                        offset: error.offset(),
                    },
                );
            }
        };
        let Some(question) = query.question() else { return };
        let question = question.to_question();
        let mut reply = |data: Bytes| {
            self.outbox.act(Action::Reply {
                listener,
                to: peer,
                from: local,
                data,
            });
        };
        let answer = respond(query.id(), &question, 1, Flags::default());
        // Letters come in any case (RFC 1035 section 2.3.3).
        let label = question.name.labels().next().map(<[u8]>::to_ascii_lowercase);
        match label.as_deref() {
            Some(b"noisy") => {
                reply(respond(query.id() ^ 1, &question, 1, Flags::default()));
                reply(respond(
                    query.id(),
                    &Question::new(Name::root(), Rtype::NS),
                    0,
                    Flags::default(),
                ));
                reply(answer.slice(..answer.len() - 1));
                reply(answer);
            }
            Some(b"long") => reply(respond(query.id(), &question, 0, Flags::default().with_tc(true))),
            Some(b"late") if self.asked.insert(question.name.clone()) => {}
            _ => reply(answer),
        }
    }

    fn stream(&mut self, flow: FlowId, data: &[u8]) {
        let Some((deframer, outgoing)) = self.streams.get_mut(&flow) else {
            return self.outbox.ignore(Some(flow), Ignored::UnknownFlow);
        };
        deframer.push(data);
        while let Some(message) = deframer.message() {
            let Ok(query) = Message::parse(&message) else {
                continue;
            };
            let Some(question) = query.question() else {
                continue;
            };
            let answer = respond(query.id(), &question.to_question(), 100, Flags::default());
            if outgoing.push(&answer) == Ok(true) {
                self.outbox.act(Action::Writable { flow });
            }
        }
    }
}

fn respond(id: u16, question: &Question, answers: u8, flags: Flags) -> Bytes {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, id, flags.with_qr(true).with_rd(true));
    let Question { name, rtype, class } = question;
    writer.question(name, *rtype, *class).expect("a question fits");
    for number in 0..answers {
        let rdata = Rdata::opaque(Rtype::TXT, &[1, number]);
        let record = Record {
            owner: name.clone(),
            class: *class,
            ttl: 60,
            rdata,
        };
        writer.record(Section::Answer, &record).expect("an answer fits");
    }
    writer.finish();
    out.freeze()
}

impl Recordable for Responder {
    const KIND: &'static str = "responder";
    type Config = Config;

    fn from_seed(_seed: Seed, config: Config) -> Result<Self, Misuse> {
        Ok(Self {
            config,
            asked: BTreeSet::new(),
            streams: BTreeMap::new(),
            outbox: Outbox::new(),
        })
    }
}

impl Machine for Responder {
    type Event = Infallible;
    type Command = Infallible;

    fn handle(&mut self, _now: Now, input: Input<'_>) {
        match input {
            Input::Request {
                listener,
                peer,
                local,
                data,
            } if listener == self.config.datagrams => {
                self.datagram(listener, peer, local, data);
            }
            Input::Accepted { flow, listener, .. } if listener == self.config.streams => {
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
        self.streams
            .get(&flow)
            .map_or(&[], |(_, outgoing)| outgoing.as_slice())
    }

    fn stream_sent(&mut self, _now: Now, flow: FlowId, count: usize) {
        if let Some((_, outgoing)) = self.streams.get_mut(&flow) {
            outgoing.sent(count);
        }
    }
}
