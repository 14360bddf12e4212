//! A recursor among honest servers and hostile ones, drawn from a seed.
//!
//! [`Plan::from_seed`] draws what the servers of one top-level domain do, what is asked, what goes wrong on the ways, and whether somebody
//! forges replies; [`run`] asks one question after the other and checks the invariants from outside.

mod hostile;
mod script;
mod truth;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use nameward_core::limits::Limits;
use nameward_core::machine::{Action, Output, Proto};
use nameward_core::recursor::{
    Answer, Command, Config, Event, Recursor, Resolution, ResolutionError, ResolutionId,
};
use nameward_core::seed::{Rng, Seed};
use nameward_core::server::session::{Session, SessionConfig};
use nameward_core::trace::{Recordable, Recorder};
use nameward_core::wire::{Name, Question, Rtype};
use nameward_sim::worlds::Internet;
use nameward_sim::{
    AttackerConfig, Forgery, Happening, Host, HostConfig, HostId, Knowledge, Link, PerMille, Verdict,
    Violation, What, World,
};

pub use hostile::{Hostile, Malice};
pub use truth::BYSTANDER;

use crate::name_server::NameServer;
use hostile::HostileServer;

/// Where the servers of `evil.` are: at 203.0.113.66 and 67.
const HOSTILE: [u8; 2] = [66, 67];

/// What is asked of the hostile zone.
const OF_EVIL: [(&str, Rtype); 4] = [
    ("www.evil.", Rtype::A),
    ("n0.evil.", Rtype::A),
    ("www.a.b.c.evil.", Rtype::AAAA),
    ("out.victim.test.", Rtype::A),
];

/// Who is there, what is asked and what goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The seed that it was drawn from.
    pub seed: u64,
    /// What the servers of `evil.` do.
    pub malice: [Malice; 2],
    /// What is asked, in turn.
    pub asked: Vec<Asked>,
    /// How long each way takes.
    pub latency: Duration,
    /// Whether the ways lose and double something.
    pub lossy: bool,
    /// Whether somebody forges replies in the name of an honest server, and knows all but the message ID.
    pub forged: bool,
}

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One that hostile servers have no part in, by its number.
    Honest(usize),
    /// One that they have, by its number.
    Evil(usize),
    /// One that they have, about a name of so many labels.
    Deep(u8),
}

/// What came of a plan, when no rule was broken.
#[derive(Debug)]
pub struct Outcome {
    /// Over all that went into machines and came out.
    pub trace_hash: u128,
    /// How often each thing happened that should happen sometimes.
    pub sightings: BTreeMap<String, u64>,
    /// The most packets that a question caused.
    pub most_packets: u64,
    /// What the recursor did.
    pub recording: Vec<u8>,
}

impl Plan {
    /// The plan of a seed.
    pub fn from_seed(seed: u64) -> Self {
        let mut rng = Rng::new(&Seed::from_number(seed));
        let mut pick = |bound: usize| {
            let bound = u32::try_from(bound).expect("few things are picked from");
            usize::try_from(rng.below(bound)).expect("a usize has 32 bits")
        };
        let first = Malice::ALL[pick(Malice::ALL.len())];
        let second = [first, Malice::ALL[pick(Malice::ALL.len())]][pick(2)];
        let mut asked = Vec::new();
        for _ in 0..3 {
            asked.push(Asked::Honest(pick(truth::QUESTIONS.len())));
            asked.push(match pick(OF_EVIL.len() + 1) {
                number if number < OF_EVIL.len() => Asked::Evil(number),
                _ => Asked::Deep(50 + u8::try_from(pick(60)).expect("less than 60")),
            });
        }
        let lossy = pick(2) == 0;
        let latency = Duration::from_millis([5, 20, 100][pick(3)]);
        Self {
            seed,
            malice: [first, second],
            asked,
            latency,
            lossy,
            forged: pick(3) == 0,
        }
    }

    /// How the ways are.
    fn link(&self) -> Link {
        let good = Link {
            latency: self.latency,
            jitter: Duration::ZERO,
            ..Link::default()
        };
        if !self.lossy {
            return good;
        }
        Link {
            jitter: Duration::from_millis(100),
            loss: PerMille(150),
            duplication: PerMille(100),
            ..good
        }
    }

    fn question(asked: Asked) -> Question {
        let (name, rtype) = match asked {
            Asked::Honest(number) => {
                let (name, rtype, _) = truth::QUESTIONS[number];
                (name.to_owned(), rtype)
            }
            Asked::Evil(number) => (OF_EVIL[number].0.to_owned(), OF_EVIL[number].1),
            Asked::Deep(labels) => (format!("{}evil.", "a.".repeat(labels.into())), Rtype::A),
        };
        Question::new(name.parse::<Name>().expect("a name"), rtype)
    }
}

/// What an observer counts, who sees what the recursor sends and knows nothing of its budget.
#[derive(Debug, Default)]
struct Account {
    recursor: Option<HostId>,
    /// Datagrams, and streams that were opened, for the present question.
    packets: u64,
    streams: u64,
}

impl Account {
    fn see(&mut self, happening: &Happening<'_>) -> Verdict {
        if Some(happening.host) != self.recursor {
            return Ok(());
        }
        match happening.what {
            What::Sent(packet) => {
                self.packets += 1;
                let bystander: IpAddr = BYSTANDER.parse().expect("an address");
                if packet.to.ip() == bystander {
                    return Err(format!(
                        "INV-4: it asks at {bystander}, where nobody in charge sends it"
                    ));
                }
            }
            What::Output {
                output:
                    Output::Do(Action::Open {
                        proto: Proto::Stream, ..
                    }),
                ..
            } => {
                self.packets += 1;
                self.streams += 1;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Runs a plan.
///
/// # Errors
///
/// The invariant that was broken, with the seed.
pub fn run(plan: &Plan) -> Result<Outcome, Violation> {
    run_in(plan, &mut World::new(plan.seed))
}

/// Runs a plan in a world that draws what goes wrong, or that replays it.
fn run_in(plan: &Plan, world: &mut World) -> Result<Outcome, Violation> {
    world.set_default_link(plan.link());
    let (internet, recursor) = settle(world, plan);
    let account = Rc::new(RefCell::new(Account {
        recursor: Some(recursor.id),
        ..Account::default()
    }));
    let seen = Rc::clone(&account);
    world.observe("from outside", move |happening| seen.borrow_mut().see(happening));
    if plan.forged {
        add_attacker(world, &internet);
    }
    let mut sightings = BTreeMap::<String, u64>::new();
    let mut most_packets = 0;
    for (id, &asked) in (0..).zip(&plan.asked) {
        let question = Plan::question(asked);
        let (before, began) = (world.events(recursor).len(), world.now());
        account.borrow_mut().packets = 0;
        let id = ResolutionId(id);
        let resolution = Resolution { id, question };
        let done = world.command(recursor, Command::Resolve(resolution));
        assert_eq!(done, Ok(()), "the plan asks no nonsense");
        world.run()?;
        let packets = account.borrow().packets;
        most_packets = most_packets.max(packets);
        let events = &world.events(recursor)[before..];
        let violated = |reason: String| Violation {
            seed: plan.seed,
            at: world.now(),
            host: "recursor".into(),
            rule: "at rest".into(),
            reason: format!("{reason}, of {asked:?}"),
        };
        let limits = Limits::default();
        if packets > limits.packets.into() {
            return Err(violated(format!("INV-6: {packets} packets for one question")));
        }
        let mut ends = events
            .iter()
            .filter_map(|(at, event)| Some((at, end(id, event)?)));
        let (Some((at, outcome)), None) = (ends.next(), ends.next()) else {
            return Err(violated("INV-11: not one end".into()));
        };
        if at.since(began) > limits.time {
            return Err(violated("INV-11: the end comes too late".into()));
        }
        let machine = world.machine(recursor).machine();
        let left = (
            machine.in_progress(),
            machine.open_flows(),
            world.open_flows(recursor),
        );
        if left != (0, 0, 0) {
            return Err(violated(format!(
                "INV-15: questions, flows and sockets are left: {left:?}"
            )));
        }
        judge(plan, asked, &outcome).map_err(violated)?;
        let who = match asked {
            Asked::Honest(_) => "honest".to_owned(),
            Asked::Evil(_) | Asked::Deep(_) if plan.malice[0] == plan.malice[1] => {
                format!("{:?}", plan.malice[0])
            }
            Asked::Evil(_) | Asked::Deep(_) => "both".to_owned(),
        };
        *sightings
            .entry(format!("{who}: {}", truth::outcome(&outcome)))
            .or_default() += 1;
    }
    *sightings.entry("streams".into()).or_default() += account.borrow().streams;
    Ok(Outcome {
        trace_hash: world.trace_hash(),
        sightings,
        most_packets,
        recording: world
            .machine_mut(recursor)
            .map(Recorder::take)
            .unwrap_or_default(),
    })
}

/// The outcome of this question, if the event is one.
fn end(id: ResolutionId, event: &Event) -> Option<Result<Answer, ResolutionError>> {
    match event {
        Event::Answered { id: of, answer } if *of == id => Some(Ok(answer.clone())),
        Event::Failed { id: of, error } if *of == id => Some(Err(error.clone())),
        _ => None,
    }
}

/// What is said about names in honest zones is true, and is found where nothing is lost.
fn judge(plan: &Plan, asked: Asked, outcome: &Result<Answer, ResolutionError>) -> Result<(), String> {
    match (asked, outcome) {
        (Asked::Honest(number), Ok(answer)) if !truth::is_true(number, answer) => {
            Err(format!("INV-4: it is not so: {answer:?}"))
        }
        (Asked::Honest(_), Err(error)) if !plan.lossy => {
            Err(format!("INV-11: nothing is lost, and it finds nothing: {error}"))
        }
        (Asked::Evil(_) | Asked::Deep(_), Ok(answer)) if !truth::is_believable(answer) => {
            Err(format!("INV-4: who is in charge did not say {answer:?}"))
        }
        _ => Ok(()),
    }
}

/// Puts honest and hostile servers into the world, and the recursor.
fn settle(world: &mut World, plan: &Plan) -> (Internet, Host<Recorder<Recursor>>) {
    let internet = Internet::new(truth::zones()).expect("the zones make an internet");
    let hostile = HOSTILE.map(|last| IpAddr::from([203, 0, 113, last]));
    for server in internet.servers() {
        if server.addresses.iter().any(|address| hostile.contains(address)) {
            continue;
        }
        let place = HostConfig {
            addresses: server.addresses.clone(),
            ..HostConfig::server(&server.names[0].to_string(), server.addresses[0], 53)
        };
        let config = SessionConfig {
            zones: server.zones.clone(),
            ..SessionConfig::default()
        };
        world.host(place, move |boot| {
            Session::new(boot.seed, config.clone()).expect("the defaults are valid")
        });
    }
    for (malice, last) in plan.malice.into_iter().zip(HOSTILE) {
        let place = HostConfig::server(&format!("hostile {last}"), [203, 0, 113, last], 53);
        world.host(place, move |boot| {
            NameServer::<HostileServer>::from_seed(boot.seed, Hostile { malice, last })
                .expect("it is always valid")
        });
    }
    let config = Config {
        hints: internet.hints().to_vec(),
        ..Config::default()
    };
    let recursor = world.host(internet.guest("recursor"), move |boot| {
        Recorder::new(boot.seed, config.clone()).expect("there are hints")
    });
    (internet, recursor)
}

/// Somebody who knows all but the message ID says that all names are at the address of the bystander.
fn add_attacker(world: &mut World, internet: &Internet) {
    let attacker = AttackerConfig {
        name: "attacker".into(),
        victim: internet.guest("recursor").addresses[0],
        server: SocketAddr::new([192, 0, 2, 21].into(), 53),
        knows: Knowledge {
            port: true,
            id: false,
            question: true,
        },
    };
    world.attacker(attacker, |sight, rng| {
        let (Some(port), Some(rest)) = (sight.port, &sight.question) else {
            return Vec::new();
        };
        let forge = |_| {
            let mut data = rng.next_u16().to_be_bytes().to_vec();
            data.extend(forged(rest));
            Forgery {
                after: Duration::from_millis(1),
                port,
                data: Bytes::from(data),
            }
        };
        (0..20).map(forge).collect()
    });
}

/// What follows the message ID in a response with one address to this query.
fn forged(query: &[u8]) -> Vec<u8> {
    // Flags and counts have ten octets; the question ends four octets after the root label.
    let end = query.iter().skip(10).position(|&octet| octet == 0);
    let question = query.get(10..10 + end.unwrap_or(0) + 5).unwrap_or_default();
    let IpAddr::V4(bystander) = BYSTANDER.parse().expect("an address") else {
        return Vec::new();
    };
    let header = [0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    let record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 2, 88, 0, 4];
    [&header[..], question, &record, &bystander.octets()].concat()
}
