//! A recursor, and servers that are a function of what they are asked, in virtual time. When a test ends, all flows are closed and the
//! recording of it replays.

mod hostile;
mod referrals;
mod walks;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use bytes::BytesMut;

use super::*;
use crate::flow::FlowId;
use crate::limits::Limits;
use crate::machine::{Action, Input, Machine, Misuse, Output, Wake};
use crate::seed::Seed;
use crate::time::{Instant, Now};
use crate::trace::{Recorder, Recording, Replay};
use crate::transport::{Edns, QueryOptions};
use crate::wire::{Class, Flags, Message, MessageWriter, Question, Rcode, Rdata, Record, Rtype, Section};

/// What a server says to a query; none if it keeps silent.
#[derive(Clone, Debug)]
struct Words {
    rcode: Rcode,
    authoritative: bool,
    sections: [Vec<Record>; 3],
}

/// An authoritative answer with these records, one on each line: owner, TTL, type, RDATA.
fn answer(lines: &str) -> Option<Words> {
    Some(Words {
        rcode: Rcode::NOERROR,
        authoritative: true,
        sections: [records(lines), Vec::new(), Vec::new()],
    })
}

/// A referral with these records in the authority and in the additional section.
fn referral(servers: &str, glue: &str) -> Option<Words> {
    Some(Words {
        rcode: Rcode::NOERROR,
        authoritative: false,
        sections: [Vec::new(), records(servers), records(glue)],
    })
}

/// That there is no such name, or no such data, in this zone.
fn denial(rcode: Rcode, zone: &str) -> Option<Words> {
    let soa = format!("{zone} 600 SOA ns.{zone} who.{zone} 1 7200 3600 86400 300").replace("..", ".");
    Some(Words {
        rcode,
        authoritative: true,
        sections: [Vec::new(), records(&soa), Vec::new()],
    })
}

fn error(rcode: Rcode) -> Option<Words> {
    Some(Words {
        rcode,
        authoritative: false,
        sections: Default::default(),
    })
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
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(record).collect()
}

/// The last octet of the address of the server, and name and type in lower case.
type Servers = Box<dyn FnMut(u8, &str) -> Option<Words>>;

struct Bench {
    recursor: Recorder<Recursor>,
    servers: Servers,
    now: Now,
    wake: Option<Wake>,
    flows: BTreeMap<FlowId, SocketAddr>,
    arriving: VecDeque<(FlowId, Vec<u8>)>,
    /// Who was asked what.
    asked: Vec<(IpAddr, String)>,
    events: Vec<Event>,
}

/// The servers of the root are 192.0.2.1 and, if there are two, 192.0.2.2. Datagrams may be as large as a hostile server needs them.
fn config(roots: u8) -> Config {
    let udp_payload = Limits::MOST.udp_payload;
    let hint = |last| Hint {
        server: format!("{last}.root.").parse().unwrap(),
        address: [192, 0, 2, last].into(),
    };
    Config {
        hints: (1..=roots).map(hint).collect(),
        options: QueryOptions {
            edns: Some(Edns {
                udp_payload,
                ..Edns::default()
            }),
            ..Config::default().options
        },
        limits: Limits {
            udp_payload,
            ..Limits::default()
        },
        ..Config::default()
    }
}

impl Bench {
    fn new(roots: u8, servers: impl FnMut(u8, &str) -> Option<Words> + 'static) -> Self {
        Self::with(config(roots), servers)
    }

    fn with(config: Config, servers: impl FnMut(u8, &str) -> Option<Words> + 'static) -> Self {
        Self {
            recursor: Recorder::new(Seed::from_number(1), config).unwrap(),
            servers: Box::new(servers),
            now: Now::without_wall(Instant::ZERO),
            wake: None,
            flows: BTreeMap::new(),
            arriving: VecDeque::new(),
            asked: Vec::new(),
            events: Vec::new(),
        }
    }

    fn command(&mut self, command: Command) -> Result<(), Misuse> {
        let result = self.recursor.command(self.now, command);
        self.drain();
        result
    }

    /// Resolves `name type` and lets time pass until there is an outcome.
    fn resolve(&mut self, what: &str) -> Result<Answer, ResolutionError> {
        let (name, rtype) = what.split_once(' ').unwrap();
        let question = Question::new(name.parse().unwrap(), rtype.parse().unwrap());
        let id = ResolutionId(0);
        self.command(Command::Resolve(Resolution { id, question }))
            .unwrap();
        loop {
            match self.events.last() {
                Some(Event::Answered { answer, .. }) => return Ok(answer.clone()),
                Some(Event::Failed { error, .. }) => return Err(error.clone()),
                _ => self.happen(),
            }
        }
    }

    /// The next reply arrives, or time passes.
    fn happen(&mut self) {
        let arrived = self.arriving.pop_front();
        match &arrived {
            Some((flow, data)) => {
                self.now.mono = self.now.mono.after(Duration::from_millis(10));
                self.recursor
                    .handle(self.now, Input::Received { flow: *flow, data });
            }
            None => {
                let wake = self.wake.expect("it waits for something");
                assert!(
                    wake.at > self.now.mono,
                    "a deadline that does not lie ahead: {wake:?}"
                );
                self.now.mono = wake.at;
                self.recursor.handle(self.now, Input::Tick);
            }
        }
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.recursor.poll() {
                Output::Do(Action::Open { flow, remote, .. }) => {
                    self.flows.insert(flow, remote);
                }
                Output::Do(Action::Close { flow }) => {
                    self.flows.remove(&flow);
                    self.arriving.retain(|(other, _)| *other != flow);
                }
                Output::Do(Action::Send { flow, data }) => self.sent(flow, &data),
                Output::Do(other) => panic!("{other:?}"),
                Output::Event(event) => self.events.push(event),
                Output::Ignored { why, .. } => panic!("ignored: {why}"),
                Output::Idle(wake) => {
                    self.wake = wake;
                    return;
                }
            }
        }
    }

    fn sent(&mut self, flow: FlowId, data: &[u8]) {
        let server = self.flows[&flow].ip();
        let query = Message::parse(data).unwrap();
        assert!(!query.flags().rd(), "a recursor does not ask others to recurse");
        let question = query.question().unwrap().to_question();
        let what = format!("{} {}", question.name.to_canonical(), question.rtype);
        self.asked.push((server, what.clone()));
        let last = match server {
            IpAddr::V4(server) => server.octets()[3],
            IpAddr::V6(server) => server.octets()[15],
        };
        if let Some(words) = (self.servers)(last, &what) {
            self.arriving.push_back((flow, write(query, &words)));
        }
    }

    /// Who was asked what, in order, as in `1 www.example. A`, with the last octet of the address.
    fn asked(&self) -> Vec<String> {
        let asked = self.asked.iter();
        asked
            .map(|(server, what)| {
                let server = format!("{server}");
                let last = server.rsplit(['.', ':']).next().unwrap();
                format!("{last} {what}")
            })
            .collect()
    }

    /// What the servers said, in order.
    fn said(&self) -> Vec<&Said> {
        let steps = self.events.iter().filter_map(|event| match event {
            Event::Stepped { step, .. } => Some(&step.said),
            _ => None,
        });
        steps.collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        assert!(self.flows.is_empty(), "flows are left open: {:?}", self.flows);
        let bytes = self.recursor.take();
        let recording = Recording::parse(&bytes).unwrap();
        let mut replay: Replay<'_, Recursor> = recording.replay().unwrap();
        replay.run().unwrap();
    }
}

fn write(query: Message<'_>, words: &Words) -> Vec<u8> {
    let mut out = BytesMut::new();
    let flags = Flags::default()
        .with_qr(true)
        .with_aa(words.authoritative)
        .with_rcode(words.rcode);
    let mut writer = MessageWriter::new(&mut out, u16::MAX, query.id(), flags);
    let question = query.question().unwrap().to_question();
    writer
        .question(&question.name, question.rtype, question.class)
        .unwrap();
    for (section, records) in Section::ALL.into_iter().zip(&words.sections) {
        for record in records {
            writer.record(section, record).unwrap();
        }
    }
    writer.finish();
    out.to_vec()
}

/// The RDATA of all records of an answer, in order.
fn rdata(answer: &Answer) -> Vec<String> {
    let sets = answer.rrsets.iter();
    sets.flat_map(|set| set.rdata().map(|rdata| format!("{rdata}")).collect::<Vec<_>>())
        .collect()
}
