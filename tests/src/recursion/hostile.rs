//! Servers of a zone that want to deceive a recursor, or to make it work.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use nameward_core::machine::Proto;
use nameward_core::record;
use nameward_core::wire::{
    Class, Flags, Message, MessageWriter, Name, Question, Rcode, Rdata, Record, Rtype, Section,
};

use super::truth::BYSTANDER;
use crate::name_server::Answers;

/// What a hostile server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Malice {
    /// It says that it has not the zone.
    Refuses,
    /// It answers without authority, as a resolver that anybody may ask.
    Unauthoritative,
    /// It refers to the root.
    Upward,
    /// It refers to itself for its own zone.
    Itself,
    /// It refers to the servers of somebody else's zone, which are elsewhere, it says.
    Sideways,
    /// It says where a server of somebody else is, which is not true, and refers to that.
    ForeignGlue,
    /// It says that its name is an alias of somebody else's, and what that has, which is not true.
    ForeignAnswer,
    /// It names many servers in somebody else's zone that are not there (NXNSAttack, CVE-2020-12662).
    ManyServers,
    /// It names many servers in a zone of its own, each at the end of a chain of delegations.
    Maze,
    /// It names a server below the delegation, and not where that is.
    NeedsItself,
    /// Each of its delegations leads to another one.
    Endless,
    /// Each of its names is an alias of another one.
    Aliases,
    /// Two of its names are aliases of each other.
    Circle,
    /// It says that all is too long for a datagram, and nothing on streams.
    Truncates,
    /// It says nothing.
    Silent,
    /// It says what is no message.
    Garbage,
}
record!(enum Malice {
    0 => Refuses, 1 => Unauthoritative, 2 => Upward, 3 => Itself, 4 => Sideways, 5 => ForeignGlue, 6 => ForeignAnswer,
    7 => ManyServers, 8 => Maze, 9 => NeedsItself, 10 => Endless, 11 => Aliases, 12 => Circle, 13 => Truncates, 14 => Silent,
    15 => Garbage
});

impl Malice {
    /// All kinds.
    pub const ALL: [Self; 16] = [
        Self::Refuses,
        Self::Unauthoritative,
        Self::Upward,
        Self::Itself,
        Self::Sideways,
        Self::ForeignGlue,
        Self::ForeignAnswer,
        Self::ManyServers,
        Self::Maze,
        Self::NeedsItself,
        Self::Endless,
        Self::Aliases,
        Self::Circle,
        Self::Truncates,
        Self::Silent,
        Self::Garbage,
    ];
}

/// A server of `evil.`: what it does, and the last octet of its address, 203.0.113.0/24.
#[derive(Clone, Copy, Debug)]
pub struct Hostile {
    /// What it does.
    pub malice: Malice,
    /// Where it is.
    pub last: u8,
}
record!(struct Hostile { malice, last });

/// What [`NameServer`](crate::name_server::NameServer) answers in the name of `evil.`.
#[derive(Debug)]
pub(super) struct HostileServer {
    config: Hostile,
    /// How often each name was asked about.
    asked: BTreeMap<Name, usize>,
}

/// What it says: whether it claims authority, and the records of each section, one on each line.
struct Words {
    authoritative: bool,
    sections: [String; 3],
}

fn answer(lines: String) -> Words {
    Words {
        authoritative: true,
        sections: [lines, String::new(), String::new()],
    }
}

fn referral(servers: String, glue: String) -> Words {
    Words {
        authoritative: false,
        sections: [String::new(), servers, glue],
    }
}

impl Answers for HostileServer {
    const KIND: &'static str = "hostile server";
    type Config = Hostile;

    fn new(config: Hostile) -> Self {
        Self {
            config,
            asked: BTreeMap::new(),
        }
    }

    fn replies(&mut self, query: Message<'_>, proto: Proto) -> Vec<Bytes> {
        let Some(question) = query.question().map(|question| question.to_question()) else {
            return Vec::new();
        };
        let words = match self.config.malice {
            Malice::Refuses => return vec![reply(query, &question, Rcode::REFUSED, false, None)],
            Malice::Truncates if proto == Proto::Datagram => {
                return vec![reply(query, &question, Rcode::NOERROR, true, None)];
            }
            Malice::Truncates | Malice::Silent => return Vec::new(),
            Malice::Garbage => {
                let [high, low] = query.id().to_be_bytes();
                return vec![Bytes::from(vec![
                    high, low, 0x84, 0, 0, 1, 0, 9, 0, 0, 0, 0, 0xc0,
                ])];
            }
            malice => self.say(malice, &question),
        };
        vec![reply(query, &question, Rcode::NOERROR, false, Some(&words))]
    }
}

impl HostileServer {
    /// What it says who uses words.
    fn say(&mut self, malice: Malice, question: &Question) -> Words {
        let name = question.name.to_canonical().to_string();
        let labels: Vec<&str> = name.trim_end_matches('.').split('.').collect();
        // The zone one label below `evil.` in which the name lies.
        let below = match labels[..] {
            [.., child, evil] => format!("{child}.{evil}."),
            _ => "sub.evil.".to_owned(),
        };
        match malice {
            Malice::Unauthoritative => Words {
                authoritative: false,
                ..answer(format!("{name} A {BYSTANDER}"))
            },
            Malice::Upward => referral(". NS a.root.".into(), format!("a.root. A {BYSTANDER}")),
            Malice::Itself => referral("evil. NS ns3.evil.".into(), format!("ns3.evil. A {BYSTANDER}")),
            Malice::Sideways => {
                let glue = format!("ns1.victim.test. A {BYSTANDER}");
                referral("victim.test. NS ns1.victim.test.".into(), glue)
            }
            Malice::ForeignGlue => {
                let glue = format!("ns1.victim.test. A {BYSTANDER}");
                referral(format!("{below} NS ns1.victim.test."), glue)
            }
            Malice::ForeignAnswer => answer(format!(
                "{name} CNAME www.victim.test.\nwww.victim.test. A {BYSTANDER}"
            )),
            Malice::ManyServers => {
                let servers = (0..60).map(|number| format!("{below} NS n{number}.victim.test.\n"));
                referral(servers.collect(), String::new())
            }
            Malice::Maze if name.ends_with("maze.evil.") => self.deeper(&question.name, &labels),
            Malice::Maze => {
                let deep = "a.".repeat(100);
                let servers = (0..13).map(|number| format!("{below} NS n{number}.{deep}maze.evil.\n"));
                referral(servers.collect(), String::new())
            }
            Malice::NeedsItself => referral(format!("{below} NS ns.{below}"), String::new()),
            Malice::Endless => self.deeper(&question.name, &labels),
            Malice::Aliases => {
                let (first, rest) = name.split_once('.').unwrap_or((&name, ""));
                let number: u32 = first.trim_start_matches('n').parse().unwrap_or(0);
                answer(format!("{name} CNAME n{}.{rest}", number + 1))
            }
            Malice::Circle if name.starts_with("again.") => answer(format!("{name} CNAME www.evil.")),
            Malice::Circle => answer(format!("{name} CNAME again.evil.")),
            // These say no words.
            Malice::Refuses | Malice::Truncates | Malice::Silent | Malice::Garbage => answer(String::new()),
        }
    }

    /// Refers to itself, for a zone of one label more each time.
    fn deeper(&mut self, name: &Name, labels: &[&str]) -> Words {
        let times = self.asked.entry(name.to_canonical()).or_default();
        *times += 1;
        let zone = labels[labels.len().saturating_sub(1 + *times)..].join(".");
        let last = self.config.last;
        referral(
            format!("{zone}. NS ns.{zone}."),
            format!("ns.{zone}. A 203.0.113.{last}"),
        )
    }
}

fn reply(
    query: Message<'_>,
    question: &Question,
    rcode: Rcode,
    truncated: bool,
    words: Option<&Words>,
) -> Bytes {
    let flags = Flags::default()
        .with_qr(true)
        .with_aa(words.is_some_and(|words| words.authoritative))
        .with_tc(truncated)
        .with_rcode(rcode);
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, query.id(), flags);
    writer
        .question(&question.name, question.rtype, question.class)
        .expect("a question fits");
    let sections = words.map(|words| &words.sections);
    for (section, lines) in Section::ALL.into_iter().zip(sections.into_iter().flatten()) {
        for line in lines.lines() {
            writer.record(section, &record(line)).expect("64 KiB are enough");
        }
    }
    writer.finish();
    out.freeze()
}

fn record(line: &str) -> Record {
    let mut words = line.splitn(3, ' ');
    let mut next = || words.next().expect("owner, type and RDATA");
    let (owner, rtype): (_, Rtype) = (next(), next().parse().expect("a type"));
    Record {
        owner: owner.parse().expect("a name"),
        class: Class::IN,
        ttl: 600,
        rdata: Rdata::from_text(rtype, next(), None).expect("RDATA"),
    }
}
