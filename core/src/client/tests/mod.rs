//! A stub, and servers that are a function of what they are asked, in virtual time. When a test ends, everything has come to rest and
//! the recording of it replays.

mod addresses;
mod aliases;
mod bounds;
mod caching;
mod changes;
mod failover;
mod laws;
mod odd_servers;
mod sharing;
mod sources;
mod spoofing;
mod truncation;
mod trust;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use bytes::BytesMut;

use super::*;
use crate::flow::FlowId;
use crate::machine::{Action, CloseCause, Input, Machine, Misuse, Output, Proto};
use crate::seed::Seed;
use crate::time::{Instant, Now};
use crate::trace::{Recorder, Recording, Replay};
use crate::transport::framing::{Deframer, Outgoing};
use crate::wire::{
    Class, Flags, Message, MessageWriter, Opt, OptionCode, Question, Rcode, Rdata, Record, Rtype, Section,
};

/// A query that reached a server.
#[derive(Clone, Debug)]
struct Asked {
    at: Duration,
    server: SocketAddr,
    proto: Proto,
    flow: FlowId,
    question: Question,
    flags: Flags,
    dnssec_ok: bool,
    /// Whether it had an OPT record.
    edns: bool,
    /// The whole query.
    octets: Vec<u8>,
}

impl Asked {
    /// Name and type, in lower case.
    fn what(&self) -> String {
        let name = self.question.name.to_canonical();
        std::format!("{name} {}", self.question.rtype)
    }

    fn last_octet(&self) -> u8 {
        last_octet(self.server)
    }

    fn query(&self) -> Message<'_> {
        Message::parse(&self.octets).unwrap()
    }

    /// The cookie in it, ours and that of the server.
    fn cookie(&self) -> Option<Vec<u8>> {
        let opt = self.query().opt()?;
        let mut options = opt.options();
        let cookie = options.find(|option| option.code == OptionCode::COOKIE)?;
        Some(cookie.data.to_vec())
    }

    /// The reply to it, as octets.
    fn written(&self, reply: &Reply) -> Vec<u8> {
        write(self.query(), reply)
    }
}

fn last_octet(server: SocketAddr) -> u8 {
    match server {
        SocketAddr::V4(server) => server.ip().octets()[3],
        SocketAddr::V6(server) => server.ip().octets()[15],
    }
}

/// What a server does with a query.
#[derive(Clone, Debug)]
enum Reaction {
    /// Nothing.
    Silent,
    /// The network says that nobody is there; a stream is reset.
    Reject,
    /// The flow ends like this.
    Close(CloseCause),
    Reply(Reply),
    /// These messages, one after the other.
    Octets(Vec<Vec<u8>>),
}

#[derive(Clone, Debug)]
struct Reply {
    rcode: Rcode,
    flags: Flags,
    answer: Vec<Record>,
    authority: Vec<Record>,
    after: Duration,
    /// Without an OPT record, whatever the query had.
    plain: bool,
    /// The server's cookie.
    cookie: Vec<u8>,
}

/// A reply with these records, one on each line: owner, TTL, type, RDATA.
fn answer(lines: &str) -> Reply {
    Reply {
        rcode: Rcode::NOERROR,
        flags: Flags::default().with_qr(true).with_rd(true).with_ra(true),
        answer: records(lines),
        authority: Vec::new(),
        after: Duration::from_millis(10),
        plain: false,
        cookie: Vec::new(),
    }
}

/// A reply that says that there is no such name, or no such data, in the zone `example.`
fn denial(rcode: Rcode) -> Reply {
    answer("").rcode(rcode).authority(SOA)
}

const SOA: &str = "example. 600 SOA ns.example. who.example. 1 7200 3600 86400 300";

impl Reply {
    fn rcode(self, rcode: Rcode) -> Self {
        Self { rcode, ..self }
    }

    fn flags(self, change: impl FnOnce(Flags) -> Flags) -> Self {
        Self {
            flags: change(self.flags),
            ..self
        }
    }

    fn authority(self, lines: &str) -> Self {
        Self {
            authority: records(lines),
            ..self
        }
    }

    fn after(self, milliseconds: u64) -> Self {
        Self {
            after: Duration::from_millis(milliseconds),
            ..self
        }
    }

    /// As of a server that does not know EDNS.
    fn plain(self) -> Self {
        Self { plain: true, ..self }
    }

    /// As of a server that gives this cookie.
    fn cookie(self, cookie: &[u8]) -> Self {
        Self {
            cookie: cookie.to_vec(),
            ..self
        }
    }
}

impl From<Reply> for Reaction {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

fn records(lines: &str) -> Vec<Record> {
    let record = |line: &str| {
        let mut words = line.splitn(4, ' ');
        let mut next = || words.next().unwrap();
        let (owner, ttl, rtype) = (next(), next(), next().parse::<Rtype>().unwrap());
        Record {
            owner: owner.parse().unwrap(),
            class: Class::IN,
            ttl: ttl.parse().unwrap(),
            rdata: Rdata::from_text(rtype, next(), None).unwrap(),
        }
    };
    lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(record)
        .collect()
}

/// The reply to a query, as octets.
fn write(query: Message<'_>, reply: &Reply) -> Vec<u8> {
    let mut out = BytesMut::new();
    let flags = reply.flags.with_rcode(reply.rcode);
    let mut writer = MessageWriter::new(&mut out, u16::MAX, query.id(), flags);
    let question = query.question().unwrap().to_question();
    writer
        .question(&question.name, question.rtype, question.class)
        .unwrap();
    for (section, records) in [
        (Section::Answer, &reply.answer),
        (Section::Authority, &reply.authority),
    ] {
        for record in records {
            writer.record(section, record).unwrap();
        }
    }
    if let Some(sent) = query.opt().filter(|_| !reply.plain) {
        let mut opt = Opt {
            extended_rcode: u8::try_from(reply.rcode.0 >> 4).unwrap(),
            ..Opt::default()
        };
        let ours = sent.options().find(|option| option.code == OptionCode::COOKIE);
        if let Some(ours) = ours.filter(|_| !reply.cookie.is_empty()) {
            let cookie = [&ours.data[..8], &reply.cookie].concat();
            opt.options.push(OptionCode::COOKIE, &cookie);
        }
        writer.opt(&opt).unwrap();
    }
    writer.finish();
    out.to_vec()
}

/// What will happen to a flow.
enum Delivery {
    Opened,
    Data(Vec<u8>),
    Rejected,
    Closed(CloseCause),
}

struct Flow {
    proto: Proto,
    remote: SocketAddr,
    received: Deframer,
    /// What a datagram flow carries.
    asked: Option<String>,
}

type Servers = Box<dyn FnMut(&Asked) -> Reaction>;

struct World {
    stub: Recorder<Stub>,
    now: Now,
    servers: Servers,
    flows: BTreeMap<FlowId, Flow>,
    queue: BTreeMap<(Instant, u64), (FlowId, Delivery)>,
    count: u64,
    next_lookup: u64,
    wake: Option<crate::machine::Wake>,
    asked: Vec<Asked>,
    events: Vec<(Duration, Event)>,
    ignored: Vec<crate::machine::Ignored>,
}

/// A configuration with this many servers, 192.0.2.1 and on, which are asked in order.
fn config(servers: u8) -> Config {
    Config {
        servers: (1..=servers)
            .map(|last| Server::new(([192, 0, 2, last], 53).into()))
            .collect(),
        preference: Preference::InOrder,
        ..Config::default()
    }
}

impl World {
    fn new(config: Config, servers: impl FnMut(&Asked) -> Reaction + 'static) -> Self {
        Self {
            stub: Recorder::new(Seed::from_number(1), config).unwrap(),
            now: Now::without_wall(Instant::ZERO),
            servers: Box::new(servers),
            flows: BTreeMap::new(),
            queue: BTreeMap::new(),
            count: 0,
            next_lookup: 0,
            wake: None,
            asked: Vec::new(),
            events: Vec::new(),
            ignored: Vec::new(),
        }
    }

    fn elapsed(&self) -> Duration {
        self.now.mono.since(Instant::ZERO)
    }

    fn command(&mut self, command: Command) -> Result<(), Misuse> {
        let result = self.stub.command(self.now, command);
        self.drain();
        result
    }

    fn begin(&mut self, query: Query) -> LookupId {
        self.begin_with(query, LookupOptions::default())
    }

    fn begin_with(&mut self, query: Query, options: LookupOptions) -> LookupId {
        let id = LookupId(self.next_lookup);
        self.next_lookup += 1;
        self.command(Command::Lookup(Lookup { id, query, options }))
            .unwrap();
        id
    }

    /// Looks something up and lets time pass until it has an outcome.
    fn look_up(&mut self, query: Query) -> Result<Answer, LookupError> {
        let id = self.begin(query);
        self.outcome(id)
    }

    /// The answer to `name type`, as in `www.example. A`.
    fn answer(&mut self, what: &str) -> Answer {
        self.look_up(records_query(what)).unwrap()
    }

    /// Looks up so many different names, one after the other.
    fn answer_each_of(&mut self, names: u32) {
        for number in 0..names {
            self.answer(&std::format!("n{number}.example. A"));
        }
    }

    fn outcome(&mut self, id: LookupId) -> Result<Answer, LookupError> {
        loop {
            if let Some(outcome) = self.ended(id) {
                return outcome;
            }
            assert!(self.step(), "{id:?} will never end");
        }
    }

    /// The outcome of a look-up, if it has one.
    fn ended(&self, id: LookupId) -> Option<Result<Answer, LookupError>> {
        let mut of_lookup = self.events.iter().filter(|(_, event)| event.id() == id);
        let (_, event) = of_lookup.next()?;
        assert!(of_lookup.next().is_none(), "{id:?} ended twice");
        Some(match event.clone() {
            Event::Answered { answer, .. } => Ok(answer),
            Event::Failed { error, .. } => Err(error),
        })
    }

    /// Lets time pass.
    fn pass(&mut self, milliseconds: u64) {
        let until = self.now.mono.after(Duration::from_millis(milliseconds));
        while self.next_at().is_some_and(|at| at <= until) {
            self.step();
        }
        self.now.mono = until;
    }

    /// Whom is asked what, since the last time.
    fn asked(&mut self) -> Vec<Asked> {
        core::mem::take(&mut self.asked)
    }

    /// Which servers were asked, since the last time, by the last octet of their addresses; streams above 100.
    fn whom(&mut self) -> Vec<u8> {
        let number = |asked: Asked| asked.last_octet() + if asked.proto == Proto::Stream { 100 } else { 0 };
        self.asked().into_iter().map(number).collect()
    }

    /// What was asked, since the last time.
    fn what(&mut self) -> Vec<String> {
        self.asked().iter().map(Asked::what).collect()
    }

    fn next_at(&self) -> Option<Instant> {
        let delivery = self.queue.first_key_value().map(|(&(at, _), _)| at);
        [delivery, self.wake.map(|wake| wake.at)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Lets the next thing happen; whether there was one.
    fn step(&mut self) -> bool {
        let Some(at) = self.next_at() else { return false };
        self.now.mono = self.now.mono.max(at);
        match self.queue.first_entry().filter(|entry| entry.key().0 == at) {
            Some(entry) => {
                let (flow, delivery) = entry.remove();
                self.deliver(flow, delivery);
            }
            None => {
                self.stub.handle(self.now, Input::Tick);
                self.drain();
                let late = self.wake.is_none_or(|wake| wake.at > self.now.mono);
                assert!(late, "after a tick at {} it wants {:?}", self.now.mono, self.wake);
            }
        }
        true
    }

    fn deliver(&mut self, flow: FlowId, delivery: Delivery) {
        if !self.flows.contains_key(&flow) {
            return;
        }
        let local = ([192, 0, 2, 200], 4_000).into();
        match delivery {
            Delivery::Opened => self.stub.handle(self.now, Input::Opened { flow, local }),
            Delivery::Data(data) => self.stub.handle(self.now, Input::Received { flow, data: &data }),
            Delivery::Rejected => {
                self.stub.handle(
                    self.now,
                    Input::Rejected {
                        flow,
                        cause: CloseCause::Refused,
                    },
                );
            }
            Delivery::Closed(cause) => {
                self.flows.remove(&flow);
                self.stub.handle(self.now, Input::Closed { flow, cause });
            }
        }
        self.drain();
    }

    fn network_changed(&mut self) {
        self.stub.handle(self.now, Input::NetworkChanged);
        self.drain();
    }

    fn after(&mut self, after: Duration, flow: FlowId, delivery: Delivery) {
        self.count += 1;
        self.queue
            .insert((self.now.mono.after(after), self.count), (flow, delivery));
    }

    fn drain(&mut self) {
        loop {
            match self.stub.poll() {
                Output::Do(action) => self.act(action),
                Output::Event(event) => self.events.push((self.elapsed(), event)),
                Output::Ignored { why, .. } => self.ignored.push(why),
                Output::Idle(wake) => {
                    self.wake = wake;
                    break;
                }
            }
        }
        assert_eq!(
            self.stub.machine().open_flows(),
            self.flows.len(),
            "it has lost count of its flows"
        );
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Open {
                flow, proto, remote, ..
            } => {
                let received = Deframer::new();
                assert!(
                    self.flows
                        .insert(
                            flow,
                            Flow {
                                proto,
                                remote,
                                received,
                                asked: None,
                            }
                        )
                        .is_none()
                );
                self.after(Duration::from_millis(1), flow, Delivery::Opened);
            }
            Action::Send { flow, data } => self.query(flow, &data),
            Action::Writable { flow } => {
                while let [_, ..] = self.stub.stream_out(flow) {
                    let octets = self.stub.stream_out(flow).to_vec();
                    self.stub.stream_sent(self.now, flow, octets.len());
                    let stream = self.flows.get_mut(&flow).unwrap();
                    stream.received.push(&octets);
                    while let Some(message) = self
                        .flows
                        .get_mut(&flow)
                        .and_then(|stream| stream.received.message())
                    {
                        self.query(flow, &message);
                    }
                }
            }
            Action::Close { flow } => {
                self.flows.remove(&flow);
            }
            other => panic!("a stub does not do that: {other:?}"),
        }
    }

    /// A query reaches its server.
    fn query(&mut self, flow: FlowId, octets: &[u8]) {
        let Flow { proto, remote, .. } = self.flows[&flow];
        let query = Message::parse(octets).unwrap();
        let asked = Asked {
            at: self.elapsed(),
            server: remote,
            proto,
            flow,
            question: query.question().unwrap().to_question(),
            flags: query.flags(),
            dnssec_ok: query.opt().is_some_and(|opt| opt.dnssec_ok()),
            edns: query.opt().is_some(),
            octets: octets.to_vec(),
        };
        assert!(asked.flags.rd(), "the servers are to do all the work");
        if proto == Proto::Datagram {
            let what = asked.what();
            // INV-2: a second one would double the chance of a forger.
            let same = |flow: &&Flow| flow.remote == remote && flow.asked.as_ref() == Some(&what);
            assert_eq!(
                self.flows.values().find(same).map(|flow| flow.remote),
                None,
                "{what} is out twice"
            );
            self.flows.get_mut(&flow).unwrap().asked = Some(what);
        }
        let reaction = (self.servers)(&asked);
        self.asked.push(asked);
        match (reaction, proto) {
            (Reaction::Silent, _) => {}
            (Reaction::Close(cause), _) => {
                self.after(Duration::from_millis(5), flow, Delivery::Closed(cause));
            }
            (Reaction::Reject, Proto::Datagram) => {
                self.after(Duration::from_millis(5), flow, Delivery::Rejected);
            }
            (Reaction::Reject, Proto::Stream) => {
                self.after(
                    Duration::from_millis(5),
                    flow,
                    Delivery::Closed(CloseCause::Refused),
                );
            }
            (Reaction::Reply(reply), _) => self.arrive(flow, reply.after, &write(query, &reply)),
            (Reaction::Octets(messages), _) => {
                for message in messages {
                    self.arrive(flow, Duration::from_millis(10), &message);
                }
            }
        }
    }

    /// A message is on its way to a flow.
    fn arrive(&mut self, flow: FlowId, after: Duration, message: &[u8]) {
        let data = match self.flows[&flow].proto {
            Proto::Datagram => message.to_vec(),
            Proto::Stream => {
                let mut framed = Outgoing::new();
                framed.push(message).unwrap();
                framed.as_slice().to_vec()
            }
        };
        self.after(after, flow, Delivery::Data(data));
    }

    /// Lets everything come to rest, and checks that it has and that the recording replays.
    fn rest(&mut self) {
        while self.step() {}
        assert_eq!(self.stub.machine().in_progress(), 0, "a look-up never ended");
        assert!(self.flows.is_empty(), "a flow is left");
        assert_eq!(self.wake, None);
        let recording = self.stub.take();
        let recording = Recording::parse(&recording).unwrap();
        let mut replay: Replay<'_, Stub> = recording.replay().unwrap();
        replay.run().unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.rest();
        }
    }
}

fn records_query(what: &str) -> Query {
    let (name, rtype) = what.split_once(' ').unwrap();
    Query::records(name, rtype.parse().unwrap()).unwrap()
}

/// The records of an answer, one string each, without their TTLs.
fn shown(answer: &Answer) -> Vec<String> {
    let records = answer.rrsets.iter().flat_map(crate::rrset::Rrset::records);
    let line = |record: Record| std::format!("{} {} {}", record.owner, record.rtype(), record.rdata);
    records.map(line).collect()
}

fn addresses(answer: &Answer) -> Vec<String> {
    answer.addresses().map(|address| address.to_string()).collect()
}

/// What went wrong last.
fn trouble(outcome: Result<Answer, LookupError>) -> Trouble {
    match outcome {
        Err(LookupError::Servers(failure)) => failure.trouble,
        other => panic!("{other:?}"),
    }
}
