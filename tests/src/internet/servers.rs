//! Servers that speak the truth, each in its own way.

use std::time::Duration;

use nameward_core::time::Instant;
use nameward_core::wire::{Name, Rcode, Rdata, Record, Rtype};
use nameward_sim::canned::{Asked, Said};
use nameward_sim::{Act, Arrival, Canned, HostConfig, HostId, World};

use super::plan::{Behaviour, Plan, ServerPlan};
use super::truth::{NEGATIVE_TTL, Truth, truth, ttl};

/// Adds the servers of a plan.
pub(super) fn add(world: &mut World, plan: &Plan) -> Vec<HostId> {
    plan.servers.iter().map(|server| add_one(world, server)).collect()
}

fn add_one(world: &mut World, plan: &ServerPlan) -> HostId {
    let address = plan.address();
    let config = HostConfig::server(&plan.name(), address.ip(), address.port());
    if plan.behaviour == Behaviour::Dead {
        // It has the sockets, which stay closed until it heals.
        let host = world.script(config, |_, _| Vec::new());
        world.crash(host);
        return host;
    }
    let host = world.script(config, script(plan, plan.behaviour));
    if plan.behaviour == Behaviour::Restarting {
        let at = |seconds| Instant::ZERO.after(Duration::from_secs(seconds));
        world.at(at(10), move |world| world.crash(host));
        world.at(at(20), move |world| world.restart(host));
    }
    host
}

/// All that heals has healed.
pub(super) fn heal(world: &mut World, plan: &Plan, servers: &[HostId]) {
    assert_eq!(plan.servers.len(), servers.len());
    for (server, &host) in plan.servers.iter().zip(servers) {
        world.restart(host);
        world.change_script(host, script(server, Behaviour::Honest));
    }
}

fn script(
    plan: &ServerPlan,
    behaviour: Behaviour,
) -> impl FnMut(Instant, Arrival<'_>) -> Vec<(Duration, Act)> + use<> {
    let (corp, says_authentic, trusted) = (plan.of_corp, plan.says_authentic, plan.trusted);
    let mut canned = Canned::new()
        .edns(plan.edns)
        .cookies(plan.cookies)
        .thinking(plan.thinks)
        .largest(4096);
    if let Some(idle) = plan.keeps_streams {
        canned = canned.keeping_streams_for(idle);
    }
    if plan.folds_case {
        canned = canned.folding_case();
    }
    if behaviour == Behaviour::ClosingStreams {
        canned = canned.closing_streams_after(1);
    }
    let mut times = 0_u32;
    let canned = canned.says(move |asked| {
        times += 1;
        let mut said = match behaviour {
            Behaviour::Silent => Said {
                silent: true,
                ..Said::default()
            },
            Behaviour::Flapping if times % 2 == 1 => Said {
                silent: true,
                ..Said::default()
            },
            Behaviour::ServFail => error(Rcode::SERVFAIL),
            Behaviour::Refused => error(Rcode::REFUSED),
            Behaviour::Lame => lame(),
            Behaviour::Truncating => Said {
                truncated: true,
                ..Said::default()
            },
            _ => true_answer(asked, corp),
        };
        // Who is trusted says what is true: nothing here is signed, but some of it is known to be right.
        said.authentic_data = says_authentic && (!trusted || is_authentic(&asked.question.name.to_string()));
        Some(said)
    });
    let mut session = canned.into_script(plan.number.into());
    move |now, arrival| {
        let acts = session(now, arrival);
        match behaviour {
            Behaviour::GarbageFirst => garbage_first(acts),
            _ => acts,
        }
    }
}

/// Whether a trusted server says of a name that it is authentic: of those with an even number.
pub(super) fn is_authentic(name: &str) -> bool {
    super::truth::parts(name).is_some_and(|parts| parts.number % 2 == 0)
}

fn error(rcode: Rcode) -> Said {
    Said {
        rcode,
        authoritative: false,
        ..Said::default()
    }
}

/// A referral: what a server says that does not look for answers.
fn lame() -> Said {
    Said {
        authoritative: false,
        recursion_available: false,
        authority: vec![record(
            &"example.".parse().expect("a valid name"),
            2,
            300,
            "ns.elsewhere.",
        )],
        ..Said::default()
    }
}

/// The truth, with as much of a chain of aliases as a server sends. What it says beyond its zone is what the outside is told, and
/// not true for who asks here.
fn true_answer(asked: &Asked, corp: bool) -> Said {
    let Rtype(rtype) = asked.question.rtype;
    let mut said = Said::default();
    let mut owner = asked.question.name.clone();
    let of_corp = |name: &Name| name.to_string().to_ascii_lowercase().ends_with("corp.example.");
    if of_corp(&owner) != corp {
        return error(Rcode::REFUSED);
    }
    loop {
        let name = owner.to_string();
        match truth(&name, rtype) {
            Truth::Positive(records) => {
                let records = records.iter();
                said.answer
                    .extend(records.map(|rdata| record(&owner, rtype, ttl(&name), rdata)));
                return said;
            }
            Truth::Alias(target) => {
                said.answer.push(record(&owner, 5, ttl(&name), &target));
                owner = target.parse().expect("a valid name");
                if of_corp(&owner) != corp {
                    if rtype == 1 {
                        said.answer.push(record(&owner, rtype, 86_400, "203.0.113.77"));
                    }
                    return said;
                }
                // Chains longer than this are left to who asks.
                if said.answer.len() == 3 {
                    return said;
                }
            }
            nothing => {
                if nothing == Truth::NxDomain {
                    said.rcode = Rcode::NXDOMAIN;
                }
                let apex = if corp { "corp.example." } else { "example." };
                let soa = format!("ns.example. admin.example. 1 3600 3600 86400 {NEGATIVE_TTL}");
                said.authority
                    .push(record(&apex.parse().expect("a valid name"), 6, 300, &soa));
                return said;
            }
        }
    }
}

fn record(owner: &Name, rtype: u16, ttl: u32, rdata: &str) -> Record {
    Record {
        owner: owner.clone(),
        class: nameward_core::wire::Class::IN,
        ttl,
        rdata: rdata_of(rtype, rdata),
    }
}

/// The few types that there are, written by hand: the text parser is not asked what the truth is.
fn rdata_of(rtype: u16, text: &str) -> Rdata {
    let name = |text: &str| text.parse::<Name>().expect("a valid name").as_wire().to_vec();
    let octets = match rtype {
        1 => text
            .parse::<std::net::Ipv4Addr>()
            .expect("an address")
            .octets()
            .to_vec(),
        28 => text
            .parse::<std::net::Ipv6Addr>()
            .expect("an address")
            .octets()
            .to_vec(),
        2 | 5 => name(text),
        6 => {
            let mut words = text.split(' ');
            let mut octets: Vec<u8> = words.by_ref().take(2).flat_map(name).collect();
            octets.extend(words.flat_map(|number| number.parse::<u32>().expect("a number").to_be_bytes()));
            octets
        }
        _ => {
            let text = text.trim_matches('"').as_bytes();
            [&[u8::try_from(text.len()).expect("a short text")], text].concat()
        }
    };
    Rdata::opaque(Rtype(rtype), &octets)
}

/// Garbage before each datagram: made of the true reply, whose last octet but the OPT record's it never repeats whole.
fn garbage_first(acts: Vec<(Duration, Act)>) -> Vec<(Duration, Act)> {
    let mut all = Vec::new();
    for (after, act) in acts {
        if let Act::Datagram { from, to, data } = &act
            && data.len() > 12
        {
            let altered = |at: usize, with: u8| {
                let mut altered = data.to_vec();
                altered[at] ^= with;
                altered
            };
            let garbage = [
                Vec::new(),
                vec![0; 3],
                data[..data.len() - 1].to_vec(),
                altered(1, 1),
                altered(2, 0x80),
                altered(2, 0x28),
                altered(14, 0x01),
            ];
            all.extend(garbage.map(|data| {
                let act = Act::Datagram {
                    from: *from,
                    to: *to,
                    data: data.into(),
                };
                (after.saturating_sub(Duration::from_micros(1)), act)
            }));
        }
        all.push((after, act));
    }
    all
}
