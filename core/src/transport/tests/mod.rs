//! One requester and a server that is played by hand.

mod cookies;
mod exchange;
mod fallback;
mod streams;

use alloc::vec;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use bytes::{Bytes, BytesMut};

use super::framing::{Deframer, Outgoing};
use super::{Ask, Command, Config, Edns, Event, ExchangeError, QueryOptions, QuestionId, Requester};
use crate::budget::Exhausted;
use crate::flow::{FlowId, Lane, ListenerId, StoreId};
use crate::limits::Limits;
use crate::machine::{Action, CloseCause, Ignored, Input, Machine, Misuse, Output, Proto, Wake};
use crate::seed::Seed;
use crate::time::{Instant, Now};
use crate::wire::{
    A, Flags, Message, MessageWriter, Opcode, Opt, OptionCode, Options, Question, Rcode, Record, Rtype,
    Section,
};

const ID: QuestionId = QuestionId(7);

/// A requester, the time, and what came out since the last look.
struct Bench {
    requester: Requester,
    now: Now,
    actions: Vec<Action>,
    events: Vec<Event>,
    ignored: Vec<Ignored>,
    wake: Option<Wake>,
}

impl Bench {
    fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    fn with_limits(limits: Limits) -> Self {
        let config = Config {
            limits,
            idle: Duration::ZERO,
            ..Config::default()
        };
        Self {
            requester: Requester::new(Seed::from_number(1), config).unwrap(),
            now: Now::without_wall(Instant::ZERO),
            actions: Vec::new(),
            events: Vec::new(),
            ignored: Vec::new(),
            wake: None,
        }
    }

    fn asking(options: QueryOptions) -> Self {
        let mut bench = Self::new();
        bench.ask(ID, options).unwrap();
        bench
    }

    fn ask(&mut self, id: QuestionId, options: QueryOptions) -> Result<(), Misuse> {
        let ask = Ask {
            id,
            server: server(),
            question: question(),
            options,
        };
        let result = self.requester.command(self.now, Command::Ask(ask));
        self.drain();
        result
    }

    fn give(&mut self, input: Input<'_>) {
        self.requester.handle(self.now, input);
        self.drain();
    }

    /// Lets time pass until the machine wants to be woken.
    fn wake(&mut self) {
        let wake = self.wake.expect("the machine waits for a time");
        assert!(
            wake.at > self.now.mono,
            "a deadline that does not lie ahead: {wake:?}"
        );
        self.now.mono = wake.at;
        self.give(Input::Tick);
    }

    fn drain(&mut self) {
        loop {
            match self.requester.poll() {
                Output::Do(action) => self.actions.push(action),
                Output::Event(event) => self.events.push(event),
                Output::Ignored { why, .. } => self.ignored.push(why),
                Output::Idle(wake) => {
                    self.wake = wake;
                    return;
                }
            }
        }
    }

    /// The datagram that was sent since the last look: its flow and its octets. All flows before it are closed.
    fn sent(&mut self) -> (FlowId, Bytes) {
        let sent = self.actions.drain(..).filter_map(|action| match action {
            Action::Send { flow, data } => Some((flow, data)),
            _ => None,
        });
        let sent: Vec<_> = sent.collect();
        assert_eq!(sent.len(), 1, "one datagram: {sent:?}");
        sent.into_iter().next().unwrap()
    }

    /// The query that waits on the only open stream: its flow and its octets, which are taken in pieces of one octet.
    fn streamed(&mut self) -> (FlowId, Bytes) {
        let flow = self.actions.drain(..).find_map(|action| match action {
            Action::Writable { flow } => Some(flow),
            _ => None,
        });
        let flow = flow.expect("a stream has something to write");
        let mut deframer = Deframer::new();
        while let [first, ..] = *self.requester.stream_out(flow) {
            deframer.push(&[first]);
            self.requester.stream_sent(self.now, flow, 1);
        }
        (flow, deframer.message().expect("a whole message"))
    }

    fn answer(&mut self, flow: FlowId, reply: &[u8]) {
        self.give(Input::Received { flow, data: reply });
    }

    fn only_event(&self) -> &Event {
        assert_eq!(self.events.len(), 1, "{:?}", self.events);
        &self.events[0]
    }

    fn failure(&self) -> ExchangeError {
        match self.only_event() {
            Event::Failed { error, .. } => *error,
            Event::Answered { .. } => panic!("answered"),
        }
    }

    fn assert_nothing_is_left(&self) {
        assert_eq!(
            (self.requester.in_flight(), self.requester.open_flows(), self.wake),
            (0, 0, None)
        );
    }
}

fn server() -> SocketAddr {
    "192.0.2.53:53".parse().unwrap()
}

/// Without a random case and without cookies: what is sent can be foretold.
fn plain() -> QueryOptions {
    QueryOptions {
        cookies: false,
        case_randomization: false,
        ..QueryOptions::default()
    }
}

fn question() -> Question {
    Question::new("www.Example.org".parse().unwrap(), Rtype::A)
}

/// The response to `query` that `change` made of an ordinary one.
fn response(query: &[u8], change: impl FnOnce(&mut Response)) -> Vec<u8> {
    let query = Message::parse(query).unwrap();
    let mut response = Response {
        id: query.id(),
        flags: Flags::default().with_qr(true).with_rd(true).with_ra(true),
        questions: vec![query.question().unwrap().to_question()],
        answers: 1,
        padding: 0,
        opt: None,
    };
    change(&mut response);
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, response.id, response.flags);
    for question in &response.questions {
        writer
            .question(&question.name, question.rtype, question.class)
            .unwrap();
    }
    for number in 0..response.answers {
        let rdata = A {
            address: [198, 51, 100, number].into(),
        }
        .to_rdata();
        let record = Record {
            owner: question().name,
            class: question().class,
            ttl: 300,
            rdata,
        };
        writer.record(Section::Answer, &record).unwrap();
    }
    if let Some(opt) = &response.opt {
        writer.opt(opt).unwrap();
    }
    if response.padding > 0 {
        let mut opt = Opt::default();
        assert!(
            opt.options
                .push(crate::wire::OptionCode(12), &vec![0; response.padding])
        );
        writer.opt(&opt).unwrap();
    }
    writer.finish();
    out.to_vec()
}

struct Response {
    id: u16,
    flags: Flags,
    questions: Vec<Question>,
    answers: u8,
    padding: usize,
    opt: Option<Opt>,
}

impl Response {
    /// Nothing but this RCODE, in an OPT record too if it takes one.
    fn error(&mut self, rcode: Rcode) {
        let (header, extended) = rcode.split();
        self.flags = self.flags.with_rcode(Rcode(header.into()));
        self.answers = 0;
        if extended > 0 {
            self.opt.get_or_insert_default().extended_rcode = extended;
        }
    }
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut out = Outgoing::new();
    out.push(message).unwrap();
    out.as_slice().to_vec()
}
