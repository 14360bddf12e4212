//! What each layer of the server has to say.
//!
//! The server gets it as zones, as a hosts file, from an application, and from other servers; the checks take it from here. What the layers
//! say about the same name differs, so that one can see which of them said something.

use std::net::Ipv4Addr;
use std::sync::OnceLock;
use std::time::Duration;

use nameward_core::client::HostsIndex;
use nameward_core::server::session::{Answer, Response};
use nameward_core::wire::{Class, Name, Question, Rcode, Rdata, Record, Rtype};
use nameward_core::zone::Zones;
use nameward_sim::canned::Said;

use super::plan::Habit;
use crate::zones::zone;

/// The versions of the zone that are served: each has answers of all sizes, aliases, a wildcard, and referrals with glue.
pub const ZONES: [&str; 2] = [
    "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\n@ MX 10 mail\nns A 192.0.2.53\nmail A 192.0.2.25\nmail AAAA 2001:db8::25\n\
     alias CNAME large\n*.wild TXT wild\nmissing CNAME nothing\naway CNAME www.elsewhere.\n",
    "$TTL 60\n@ SOA ns h 2 2 3 4 5\n@ NS ns\nns A 192.0.2.53\nmail A 192.0.2.26\n",
];

/// The versions of the hosts file. All have the same names, or names that a zone has too: which layer answers stays the same.
const HOSTS: [&[([u8; 4], &str)]; 2] = [
    &[([192, 0, 2, 9], "printer.")],
    &[([192, 0, 2, 10], "printer."), ([192, 0, 2, 99], "mail.example.")],
];

/// How long an application takes that is slow.
const SLOW: Duration = Duration::from_millis(300);

/// How long an application takes that is late: longer than any server waits for it.
const LATE: Duration = Duration::from_secs(5);

/// The zones of this version.
pub(super) fn zones(version: usize) -> Zones {
    static BUILT: OnceLock<Vec<Zones>> = OnceLock::new();
    BUILT.get_or_init(|| ZONES.map(build).to_vec())[version].clone()
}

fn build(text: &str) -> Zones {
    let mut text = text.to_owned();
    for number in 0..40 {
        // 60 octets a record: some hundred, a thousand, and two thousand octets.
        let filler = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv";
        text += &format!("huge TXT {number:02}{filler}\n");
        if number < 16 {
            text += &format!("large TXT {number:02}{filler}\n");
        }
        if number < 8 {
            text += &format!("medium TXT {number:02}{filler}\n");
            text += &format!("list MX {number} a-mail-exchange-with-number-{number}\n");
            text += &format!("a-mail-exchange-with-number-{number} A 192.0.2.{number}\n");
            text += &format!("a-mail-exchange-with-number-{number} AAAA 2001:db8::{number}\n");
            text += &format!("cut NS a-name-server-with-number-{number}.cut\n");
            text += &format!("a-name-server-with-number-{number}.cut A 198.51.100.{number}\n");
            text += &format!("a-name-server-with-number-{number}.cut AAAA 2001:db8::{number}\n");
        }
    }
    Zones::new([zone("example.", &text)])
}

/// The hosts file of this version.
pub(super) fn hosts(version: usize) -> HostsIndex {
    let mut text = String::new();
    for (address, name) in HOSTS[version] {
        text += &format!("{} {name}\n", Ipv4Addr::from(*address));
    }
    HostsIndex::read(text.as_bytes())
}

/// What somebody says to a question.
#[derive(Clone, Debug)]
pub(super) struct Saying {
    pub(super) rcode: Rcode,
    pub(super) answer: Vec<Record>,
    pub(super) authority: Vec<Record>,
    pub(super) additional: Vec<Record>,
}

impl Saying {
    pub(super) const fn bare(rcode: Rcode) -> Self {
        Self {
            rcode,
            answer: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
        }
    }

    fn answering(records: impl IntoIterator<Item = Record>) -> Self {
        Self {
            answer: records.into_iter().collect(),
            ..Self::bare(Rcode::NOERROR)
        }
    }

    /// As an application answers it.
    fn into_answer(self) -> Answer {
        Answer::Response(Response {
            rcode: self.rcode,
            authoritative: true,
            answer: self.answer,
            authority: self.authority,
            additional: self.additional,
        })
    }

    /// As another server says it.
    pub(super) fn into_said(self) -> Said {
        Said {
            rcode: self.rcode,
            authoritative: false,
            answer: self.answer,
            authority: self.authority,
            additional: self.additional,
            ..Said::default()
        }
    }
}

/// What the hosts file of this version says; none if it has nothing to say.
pub(super) fn hosts_say(version: usize, question: &Question) -> Option<Saying> {
    let lines = HOSTS[version].iter();
    let records: Vec<_> = match question.rtype {
        Rtype::A | Rtype::AAAA => {
            let of_name: Vec<_> = lines.filter(|(_, name)| is(&question.name, name)).collect();
            if of_name.is_empty() {
                return None;
            }
            let addresses = of_name.iter().filter(|_| question.rtype == Rtype::A);
            addresses
                .map(|(address, _)| record(&question.name, Rtype::A, address))
                .collect()
        }
        Rtype::PTR => lines
            .filter(|([a, b, c, d], _)| is(&question.name, &format!("{d}.{c}.{b}.{a}.in-addr.arpa.")))
            .map(|(_, name)| record(&question.name, Rtype::PTR, parsed(name).as_wire()))
            .collect(),
        _ => return None,
    };
    let knows = question.rtype != Rtype::PTR || !records.is_empty();
    knows.then(|| Saying::answering(records))
}

/// What becomes of a question that the application is asked.
pub(super) enum Controlled {
    /// It answers after a while.
    Answers(Duration, Saying),
    /// It has no answer.
    Passes,
    /// It wants nothing to be said.
    Silent,
}

impl Controlled {
    /// After how long the application says what.
    pub(super) fn into_command(self) -> (Duration, Answer) {
        match self {
            Self::Answers(after, saying) => (after, saying.into_answer()),
            Self::Passes => (Duration::from_millis(10), Answer::Pass),
            Self::Silent => (Duration::from_millis(10), Answer::Silence),
        }
    }
}

/// What the application says: it knows the names below `app.`, and some take it long.
pub(super) fn application_says(question: &Question) -> Controlled {
    let name = question.name.to_string().to_ascii_lowercase();
    let after = match name.strip_suffix("app.") {
        Some("now.") => Duration::ZERO,
        Some("slow.") => SLOW,
        Some("late.") => LATE,
        Some("silent.") => return Controlled::Silent,
        _ => return Controlled::Passes,
    };
    Controlled::Answers(after, made_up(question, "the application", [192, 0, 2, 77], 1))
}

/// What another server says, which it says about any name: also about those of ours.
pub(super) fn other_says(number: u8, habit: Habit, question: &Question) -> Saying {
    let name = question.name.to_string().to_ascii_lowercase();
    let soa = || {
        let octets = [
            parsed("ns.elsewhere.").as_wire(),
            parsed("h.elsewhere.").as_wire(),
            &[0; 20],
        ]
        .concat();
        record(&parsed("elsewhere."), Rtype::SOA, &octets)
    };
    if habit == Habit::ServFail {
        return Saying::bare(Rcode::SERVFAIL);
    }
    if name.starts_with("missing.") {
        return Saying {
            authority: vec![soa()],
            ..Saying::bare(Rcode::NXDOMAIN)
        };
    }
    // One octet of the name's, so that names have addresses of their own.
    let own = name
        .bytes()
        .fold(0_u8, |sum, octet| sum.wrapping_mul(31).wrapping_add(octet));
    let count = if name.starts_with("big.") { 30 } else { 1 };
    let mut saying = made_up(
        question,
        &format!("server {number}"),
        [198, 18, number, own],
        count,
    );
    if saying.answer.is_empty() {
        saying.authority = vec![soa()];
    }
    if habit == Habit::Lying {
        let ns = record(&parsed("example."), Rtype::NS, parsed("ns.evil.").as_wire());
        saying.authority.push(ns);
        saying
            .additional
            .push(record(&parsed("mail.example."), Rtype::A, &[203, 0, 113, 66]));
        saying
            .additional
            .push(record(&parsed("printer."), Rtype::A, &[203, 0, 113, 66]));
    }
    saying
}

/// An address, or texts that say who said them about which name.
fn made_up(question: &Question, who: &str, address: [u8; 4], texts: u8) -> Saying {
    let owner = &question.name;
    let records = match question.rtype {
        Rtype::A => vec![record(owner, Rtype::A, &address)],
        Rtype::TXT => (0..texts)
            .map(|number| {
                let name = owner.to_string().to_ascii_lowercase();
                let text = format!("{number:02} {who} says so, and nobody else, about {name}");
                let length = u8::try_from(text.len()).expect("a short text");
                record(owner, Rtype::TXT, &[&[length], text.as_bytes()].concat())
            })
            .collect(),
        _ => Vec::new(),
    };
    Saying::answering(records)
}

fn record(owner: &Name, rtype: Rtype, octets: &[u8]) -> Record {
    Record {
        owner: owner.clone(),
        class: Class::IN,
        ttl: 60,
        rdata: Rdata::opaque(rtype, octets),
    }
}

fn parsed(name: &str) -> Name {
    name.parse().expect("a valid name")
}

fn is(name: &Name, text: &str) -> bool {
    *name == parsed(text)
}
