//! A recursor in the demo world: what it finds is what the zones say, and what it costs is bounded.

#![allow(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod answers;
mod signatures;
mod truth;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use nameward_core::client::Outcome;
use nameward_core::limits::Limits;
use nameward_core::recursor::{
    Answer, Command, Config, Event, Recursor, Resolution, ResolutionError, ResolutionId,
};
use nameward_core::transport::{Edns, QueryOptions};
use nameward_core::wire::{Name, Question, Rdata, Rtype};
use nameward_sim::worlds::{self, Internet};
use nameward_sim::{Host, HostId, Link, PerMille, What, World};

use truth::{Truth, Zones};

const TYPES: [Rtype; 9] = [
    Rtype::A,
    Rtype::AAAA,
    Rtype::NS,
    Rtype::SOA,
    Rtype::TXT,
    Rtype::MX,
    Rtype::CNAME,
    Rtype::DNAME,
    Rtype::DS,
];

/// Its zones are signed once for all tests.
static DEMO: LazyLock<Internet> = LazyLock::new(worlds::demo);

/// A recursor in the demo world, and how many packets it sent.
struct Walker {
    world: World,
    recursor: Host<Recursor>,
    sent: Rc<Cell<u64>>,
    asked: u64,
}

impl Walker {
    fn new(seed: u64, link: Link) -> Self {
        Self::with(seed, link, Config::default().options)
    }

    fn with(seed: u64, link: Link, options: QueryOptions) -> Self {
        let internet = &*DEMO;
        let mut world = World::new(seed);
        world.set_default_link(link);
        internet.settle(&mut world);
        let config = Config {
            hints: internet.hints().to_vec(),
            options,
            ..Config::default()
        };
        let recursor = world.host(internet.guest("recursor"), move |boot| {
            Recursor::new(boot.seed, config.clone()).unwrap()
        });
        let sent = Rc::new(Cell::new(0));
        let (count, who) = (Rc::clone(&sent), HostId::from(recursor));
        world.observe("packets are counted", move |happening| {
            if happening.host == who && matches!(happening.what, What::Sent(_)) {
                count.set(count.get() + 1);
            }
            Ok(())
        });
        Self {
            world,
            recursor,
            sent,
            asked: 0,
        }
    }

    /// Resolves one question to its end, within its budget.
    fn resolve(&mut self, name: &Name, rtype: Rtype) -> Result<Answer, ResolutionError> {
        let limits = Limits::default();
        let id = ResolutionId(self.asked);
        self.asked += 1;
        let question = Question::new(name.clone(), rtype);
        let (before, began) = (self.sent.get(), self.world.now());
        let events = self.world.events(self.recursor).len();
        let command = Command::Resolve(Resolution { id, question });
        self.world.command(self.recursor, command).unwrap();
        self.world.run().unwrap();
        let cost = self.sent.get() - before;
        assert!(
            cost <= limits.packets.into(),
            "{name} {rtype} cost {cost} packets"
        );
        assert_eq!(
            self.world.open_flows(self.recursor),
            0,
            "{name} {rtype} leaves flows"
        );
        let events = &self.world.events(self.recursor)[events..];
        let (at, end) = events.last().unwrap();
        assert!(at.since(began) <= limits.time, "{name} {rtype} took too long");
        let ends = events
            .iter()
            .filter(|(_, event)| !matches!(event, Event::Stepped { .. }));
        assert_eq!(ends.count(), 1, "one outcome");
        match end {
            Event::Answered { answer, .. } => Ok(answer.clone()),
            Event::Failed { error, .. } => Err(error.clone()),
            Event::Stepped { .. } => panic!("{name} {rtype}: no outcome"),
        }
    }
}

/// As a validator asks.
fn dnssec() -> QueryOptions {
    let edns = Edns {
        dnssec_ok: true,
        ..Edns::default()
    };
    QueryOptions {
        edns: Some(edns),
        ..Config::default().options
    }
}

/// A name that a server makes of a DNAME record has the letters of the query, which are random.
fn text(rdata: &Rdata) -> String {
    match rdata.rtype() {
        Rtype::CNAME => rdata.to_string().to_ascii_lowercase(),
        _ => rdata.to_string(),
    }
}

/// An outcome in the words of the truth.
fn told(outcome: &Result<Answer, ResolutionError>) -> Truth {
    let Ok(answer) = outcome else {
        return Truth::Failure;
    };
    let mut texts: Vec<Vec<String>> = answer
        .rrsets
        .iter()
        .map(|set| set.rdata().map(|rdata| text(&rdata)).collect())
        .collect();
    match answer.outcome {
        Outcome::Positive => {
            let mut records = texts.pop().unwrap();
            records.sort();
            Truth::Records(texts.concat(), records)
        }
        Outcome::NoData => Truth::NoData(texts.concat()),
        Outcome::NxDomain => Truth::NxDomain(texts.concat()),
    }
}

#[test]
fn each_name_and_type_of_the_demo_world_resolves_as_its_zones_say() {
    let zones = Zones::of_demo();
    let mut walker = Walker::new(1, Link::default());
    let mut seen = [0; 4];
    for name in zones.names() {
        for rtype in TYPES {
            let truth = zones.truth(&name, rtype);
            let outcome = walker.resolve(&name, rtype);
            assert_eq!(told(&outcome), truth, "{name} {rtype}: {outcome:?}");
            seen[match truth {
                Truth::Records(..) => 0,
                Truth::NoData(_) => 1,
                Truth::NxDomain(_) => 2,
                Truth::Failure => 3,
            }] += 1;
        }
    }
    assert!(seen.iter().all(|&count| count > 20), "{seen:?}");
}

/// What is found is true whatever is lost, and a loss costs no more than the budget.
#[test]
fn what_is_lost_on_the_way_makes_no_answer_wrong() {
    let zones = Zones::of_demo();
    let names = [
        "www.shop.example.",
        "www.blog.example.",
        "intranet.eu.corp.example.",
        "x.mirror.shop.example.",
        "www.void.example.",
    ];
    let (mut found, mut missed) = (0, 0);
    for seed in 0..40 {
        let link = Link {
            loss: PerMille(200),
            duplication: PerMille(100),
            jitter: Duration::from_millis(100),
            ..Link::default()
        };
        let mut walker = Walker::new(seed, link);
        for name in names {
            let name = name.parse().unwrap();
            let truth = zones.truth(&name, Rtype::A);
            match walker.resolve(&name, Rtype::A) {
                Err(_) => missed += 1,
                found_out => {
                    assert_eq!(told(&found_out), truth, "{name}");
                    found += 1;
                }
            }
        }
    }
    assert!(found > missed && missed > 0, "{found} found, {missed} missed");
}
