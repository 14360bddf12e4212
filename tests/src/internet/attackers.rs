//! Off-path attackers, who impersonate the first server.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use nameward_core::seed::Rng;
use nameward_core::time::Instant;
use nameward_sim::{AttackerConfig, BlindAttackerConfig, Forgery, Knowledge, Sight, World};

use super::plan::{AttackerPlan, CLIENT, HORIZON, Plan};

/// How many forgeries an attacker sends for each query.
const FORGERIES: u32 = 6;

/// What those ask who do not know what is asked: nobody asks it, so that no guess is right by luck.
const UNKNOWN: &[u8] = b"\x02a1\x07nowhere\0\0\x01\0\x01";

/// Adds the attackers of a plan. They stop when `healed` says so.
pub(super) fn add(world: &mut World, plan: &Plan, healed: &Rc<Cell<bool>>) {
    let Some(server) = plan.servers.first() else {
        return;
    };
    for (number, &attacker) in plan.attackers.iter().enumerate() {
        let name = format!("attacker {number}");
        add_one(world, name, server.address(), attacker, Rc::clone(healed));
    }
}

fn add_one(world: &mut World, name: String, server: SocketAddr, plan: AttackerPlan, healed: Rc<Cell<bool>>) {
    let victim: IpAddr = if server.is_ipv4() { CLIENT[0] } else { CLIENT[1] };
    match plan {
        AttackerPlan::Told(knows) => told(world, (name, victim, server), knows, healed, forge),
        AttackerPlan::Folding => {
            let all = Knowledge {
                port: true,
                id: true,
                question: true,
            };
            told(world, (name, victim, server), all, healed, fold);
        }
        AttackerPlan::Blind { guesses, finds_ports } => {
            let every = Duration::from_millis(200);
            let config = BlindAttackerConfig {
                name,
                victim,
                server,
                first: Instant::ZERO,
                every,
                rounds: u32::try_from(HORIZON.as_millis() / every.as_millis()).unwrap_or(u32::MAX),
                finds_ports,
            };
            world.blind_attacker(config, move |round, rng| {
                let ports = (0..guesses).map(|guess| {
                    let open = round.open.get(guess as usize % round.open.len().max(1));
                    open.copied().unwrap_or_else(|| 1024 + rng.next_u16() % 64_512)
                });
                let ports: Vec<_> = ports.collect();
                let guess = |port| Forgery {
                    after: Duration::ZERO,
                    port,
                    data: reply(rng.next_u16(), UNKNOWN, 0).into(),
                };
                ports.into_iter().map(guess).collect()
            });
        }
    }
}

/// Adds an attacker that is told of the queries of its victim.
fn told(
    world: &mut World,
    (name, victim, server): (String, IpAddr, SocketAddr),
    knows: Knowledge,
    healed: Rc<Cell<bool>>,
    forge: fn(&Sight, &mut Rng) -> Vec<Forgery>,
) {
    let config = AttackerConfig {
        name,
        victim,
        server,
        knows,
    };
    world.attacker(config, move |sight, rng| {
        if healed.get() {
            Vec::new()
        } else {
            forge(sight, rng)
        }
    });
}

/// A reply with the question in lower case, if that is not how it was asked.
fn fold(sight: &Sight, rng: &mut Rng) -> Vec<Forgery> {
    let question = sight
        .question
        .as_ref()
        .and_then(|rest| question_of(rest.get(10..)?));
    let (Some(port), Some(id), Some(question)) = (sight.port, sight.id, question) else {
        return Vec::new();
    };
    let folded = question.to_ascii_lowercase();
    if folded == question {
        return Vec::new();
    }
    vec![Forgery {
        after: Duration::from_micros(rng.below(40_000).into()),
        port,
        data: reply(id, &folded, 0).into(),
    }]
}

fn forge(sight: &Sight, rng: &mut Rng) -> Vec<Forgery> {
    (0..FORGERIES)
        .map(|number| {
            let port = sight.port.unwrap_or_else(|| rng.next_u16());
            let id = sight.id.unwrap_or_else(|| rng.next_u16());
            // All that follows the header of the query, up to its OPT record.
            let question = sight
                .question
                .as_ref()
                .and_then(|rest| question_of(rest.get(10..)?));
            let mut data = reply(id, question.unwrap_or(UNKNOWN), number);
            if number % 3 == 2 {
                data.truncate(data.len() - 1);
            }
            Forgery {
                after: Duration::from_micros(rng.below(40_000).into()),
                port,
                data: data.into(),
            }
        })
        .collect()
}

fn question_of(rest: &[u8]) -> Option<&[u8]> {
    let end = rest.iter().position(|&octet| octet == 0)?;
    rest.get(..end + 5)
}

/// A reply, written by hand: an address that nobody has, or a truncation.
fn reply(id: u16, question: &[u8], number: u32) -> Vec<u8> {
    let flags: u16 = if number % 3 == 1 { 0x8380 } else { 0x8180 };
    let mut data = id.to_be_bytes().to_vec();
    data.extend(flags.to_be_bytes());
    data.extend([0, 1, 0, 1, 0, 0, 0, 0]);
    data.extend(question);
    data.extend([0xc0, 12, 0, 1, 0, 1, 0, 1, 0x51, 0x80, 0, 4, 203, 0, 113, 66]);
    data
}
