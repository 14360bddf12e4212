//! Who is there, what is looked up, and what goes wrong.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use nameward_core::client::{Config, Preference, Route, Server};
use nameward_core::limits::Limits;
use nameward_core::seed::Rng;
use nameward_core::time::Instant;
use nameward_core::transport::Edns;
use nameward_sim::canned::{CookieSupport, EdnsSupport};
use nameward_sim::{Blocked, FaultPlan, Knowledge};

use super::truth::{Truth, end_of, is_special, parts};
use super::{rng, up_to};

/// When the last look-up begins and the last disturbance happens.
pub(super) const HORIZON: Duration = Duration::from_secs(30);
/// When all that heals has healed, and every name is looked up once more: failures are not remembered that long.
pub(super) const HEALED: Duration = Duration::from_secs(1_200);

/// How long a server is waited for at least, whatever the stub is set up with.
const PATIENCE: Duration = Duration::from_millis(700);

/// The addresses of the client.
pub(super) const CLIENT: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// A whole run, drawn from one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The number.
    pub seed: u64,
    /// What goes wrong on the way, until all heals.
    pub faults: FaultPlan,
    /// How the stub is set up.
    pub(super) stub: StubPlan,
    /// Whom it can ask.
    pub(super) servers: Vec<ServerPlan>,
    /// What is looked up.
    pub(super) lookups: Vec<LookupPlan>,
    /// Off-path attackers, who impersonate the first server.
    pub(super) attackers: Vec<AttackerPlan>,
}

/// What is drawn of the stub's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StubPlan {
    pub(super) packets: u16,
    pub(super) octets: u32,
    pub(super) time: Duration,
    pub(super) timeout: Duration,
    pub(super) attempts: u8,
    pub(super) most_in_flight: u16,
    pub(super) preference: Preference,
    pub(super) stream_only: bool,
    pub(super) edns: bool,
    pub(super) dnssec_ok: bool,
    pub(super) cookies: bool,
    pub(super) case_randomization: bool,
    pub(super) single_request: bool,
    pub(super) cache: bool,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerPlan {
    pub(super) number: u8,
    pub(super) ipv6: bool,
    /// It is another company's, for `corp.example.`.
    pub(super) of_corp: bool,
    pub(super) trusted: bool,
    /// It says of everything that it is authentic.
    pub(super) says_authentic: bool,
    pub(super) thinks: Duration,
    /// What heals.
    pub(super) behaviour: Behaviour,
    // What does not.
    pub(super) edns: EdnsSupport,
    pub(super) cookies: CookieSupport,
    pub(super) folds_case: bool,
    pub(super) only_streams: bool,
    pub(super) only_datagrams: bool,
    /// For how long it says that it keeps streams.
    pub(super) keeps_streams: Option<Duration>,
}

/// What a server does with a question, until it heals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Behaviour {
    /// Answers it.
    Honest,
    /// Answers it after some garbage.
    GarbageFirst,
    /// Says nothing.
    Silent,
    /// Has no power.
    Dead,
    /// Answers SERVFAIL.
    ServFail,
    /// Answers REFUSED.
    Refused,
    /// Refers to others.
    Lame,
    /// Truncates everything, over streams too.
    Truncating,
    /// Ends each stream after one reply.
    ClosingStreams,
    /// Is honest, loses its power after ten seconds, and comes back ten seconds later.
    Restarting,
    /// Is silent every other time.
    Flapping,
}

impl Behaviour {
    /// All of them.
    pub(super) const ALL: [Self; 11] = [
        Self::Honest,
        Self::GarbageFirst,
        Self::Silent,
        Self::Dead,
        Self::ServFail,
        Self::Refused,
        Self::Lame,
        Self::Truncating,
        Self::ClosingStreams,
        Self::Restarting,
        Self::Flapping,
    ];
}

/// An off-path attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttackerPlan {
    /// It is told when the stub asks, and what it knows.
    Told(Knowledge),
    /// It knows everything but the letters of the question, of which it knows no upper case (draft-vixie-dnsext-dns0x20).
    Folding,
    /// It sees nothing, and floods so many guesses a round.
    Blind {
        /// How many.
        guesses: u32,
        /// Whether it finds open ports.
        finds_ports: bool,
    },
}

/// Something that is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LookupPlan {
    pub(super) id: u64,
    pub(super) at: Instant,
    /// In presentation format; without the last dot it is relative.
    pub(super) name: String,
    /// The type; both A and AAAA if it is none.
    pub(super) rtype: Option<u16>,
    pub(super) fresh: bool,
    pub(super) cancelled_after: Option<Duration>,
}

impl ServerPlan {
    pub(super) fn address(&self) -> SocketAddr {
        let ip = if self.ipv6 {
            IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x53, 0, 0, 0, 0, self.number.into()))
        } else {
            IpAddr::V4(Ipv4Addr::new(198, 51, 100, self.number))
        };
        SocketAddr::new(ip, 53)
    }

    pub(super) fn name(&self) -> String {
        format!("server {}", self.number)
    }

    pub(super) const fn blocked(&self) -> Blocked {
        Blocked {
            datagrams: self.only_streams,
            streams: self.only_datagrams,
            ipv4: false,
            ipv6: false,
        }
    }

    /// Whether it says for how long it keeps streams, to who asks.
    pub(super) fn says_keepalive(&self) -> bool {
        self.edns == EdnsSupport::Full
    }

    /// Whether it answers a healed network's question: one with a large answer, or one of so many that follow each other.
    pub(super) fn is_usable(&self, stub: &StubPlan, is_large: bool, one_by_one: u32) -> bool {
        let without_edns = matches!(self.edns, EdnsSupport::FormErr | EdnsSupport::NotImp);
        let edns = match self.edns {
            EdnsSupport::Full | EdnsSupport::Ignored => true,
            EdnsSupport::FormErr | EdnsSupport::NotImp => !stub.dnssec_ok || !stub.edns,
            EdnsSupport::FormErrWithOpt | EdnsSupport::BadVers | EdnsSupport::Silent => !stub.edns,
        };
        let may_need_streams =
            is_large || self.cookies == CookieSupport::Required || self.folds_case && stub.case_randomization;
        let needs_streams = self.only_streams || stub.stream_only;
        // Datagrams that get lost take their time, each time again.
        let distant = self.thinks > Duration::from_millis(100);
        let slow = self.only_streams && !stub.stream_only && (one_by_one > 1 || distant);
        // To and fro: for the question, once more without EDNS, and both over a stream, which is opened first.
        let refusals = u32::from(stub.edns && without_edns);
        let turns = (1 + refusals) * if may_need_streams { 2 } else { 1 } + u32::from(may_need_streams);
        let in_time = turns * (self.thinks + Duration::from_millis(50)) <= PATIENCE;
        let reachable = !(self.only_datagrams && (needs_streams || may_need_streams));
        edns && !slow && in_time && reachable
    }
}

impl LookupPlan {
    /// The names that it may be about, absolute and in lower case.
    pub(super) fn candidates(&self) -> Vec<String> {
        let name = self.name.to_ascii_lowercase();
        if name.ends_with('.') {
            return vec![name];
        }
        let with_suffixes = SEARCH.iter().map(|suffix| format!("{name}.{suffix}"));
        with_suffixes.chain([format!("{name}.")]).collect()
    }

    pub(super) fn rtypes(&self) -> Vec<u16> {
        self.rtype.map_or_else(|| vec![1, 28], |rtype| vec![rtype])
    }

    /// How many aliases there are to follow.
    fn aliases(&self) -> u32 {
        let name = self.candidates().into_iter().find_map(|name| parts(&name));
        name.map_or(0, |parts| parts.hops)
    }

    /// How many questions it takes at most, one after the other: replies have three aliases at most.
    fn one_by_one(&self) -> u32 {
        let of_one = 1 + self.aliases() / 3 + u32::from(self.name.starts_with('o'));
        of_one * u32::try_from(self.candidates().len()).unwrap_or(u32::MAX)
    }

    /// Whether an answer fits into no datagram, or may not.
    pub(super) fn is_large(&self) -> bool {
        self.name.starts_with(['b', 'h', 'm'])
    }
}

/// The search list.
pub(super) const SEARCH: [&str; 2] = ["corp.example.", "example."];

impl Plan {
    /// Draws a plan with at least one fault.
    pub fn from_seed(seed: u64) -> Self {
        let stub = draw_stub(&mut rng(seed, 1));
        let mut servers_rng = rng(seed, 2);
        let mut servers: Vec<_> = (0..1 + servers_rng.below(4))
            .map(|number| draw_server(&mut servers_rng, number))
            .collect();
        let mut corp = draw_server(&mut servers_rng, 20);
        corp.of_corp = true;
        servers.push(corp);
        let mut attackers_rng = rng(seed, 3);
        let attackers = (0..attackers_rng.below(3))
            .map(|_| draw_attacker(&mut attackers_rng))
            .collect();
        let mut lookups_rng = rng(seed, 4);
        let lookups = (0..4 + lookups_rng.below(12))
            .map(|number| draw_lookup(&mut lookups_rng, number))
            .collect();
        Self {
            seed,
            faults: FaultPlan::from_seed(seed).at_least_one(seed),
            stub,
            servers,
            lookups,
            attackers,
        }
    }

    pub(super) fn config(&self) -> Config {
        let StubPlan {
            packets,
            octets,
            time,
            ..
        } = self.stub;
        let server = |plan: &ServerPlan| Server {
            address: plan.address(),
            trust_ad: plan.trusted,
        };
        let of = |corp| {
            self.servers
                .iter()
                .filter(move |plan| plan.of_corp == corp)
                .map(server)
                .collect()
        };
        let name = |text: &str| text.parse().expect("a valid name");
        Config {
            servers: of(false),
            routes: vec![Route {
                suffix: name("corp.example."),
                servers: of(true),
            }],
            preference: self.stub.preference,
            search: SEARCH.map(name).to_vec(),
            timeout: self.stub.timeout,
            attempts: self.stub.attempts,
            stream_only: self.stub.stream_only,
            edns: self.stub.edns.then(|| Edns {
                dnssec_ok: self.stub.dnssec_ok,
                ..Edns::default()
            }),
            authentic_data: true,
            cookies: self.stub.cookies,
            case_randomization: self.stub.case_randomization,
            single_request: self.stub.single_request,
            cache: if self.stub.cache {
                Config::default().cache
            } else {
                None
            },
            limits: Limits {
                packets,
                octets,
                time,
                ..Limits::default()
            },
            most_in_flight: self.stub.most_in_flight,
            ..Config::default()
        }
    }

    /// The number that each look-up is about, if it is about one.
    pub(super) fn numbers(&self) -> BTreeMap<u64, u32> {
        let number = |name: String| parts(&name).map(|parts| parts.number);
        let of = |lookup: &LookupPlan| {
            let number = lookup.candidates().into_iter().find_map(number)?;
            Some((lookup.id, number))
        };
        self.lookups.iter().filter_map(of).collect()
    }

    /// Whether a look-up must succeed once all has healed that heals.
    pub(super) fn is_resolvable(&self, lookup: &LookupPlan) -> bool {
        let limits_suffice = self.stub.packets >= 50
            && self.stub.octets >= 100_000
            && self.stub.time >= Duration::from_secs(7);
        let patient = self.stub.timeout >= Duration::from_secs(1);
        let corp = |name: &String| name.ends_with("corp.example.");
        let families = if self.stub.single_request {
            lookup.rtypes().len()
        } else {
            1
        };
        let one_by_one = lookup.one_by_one() * u32::try_from(families).unwrap_or(u32::MAX);
        let ends = |name: &String| end_of(name, lookup.rtypes()[0]).0;
        let usable = |name: &String| {
            let mut group = self.servers.iter().filter(|server| server.of_corp == corp(name));
            // A search goes through all candidates before the one that exists.
            group.any(|server| server.is_usable(&self.stub, lookup.is_large(), one_by_one))
        };
        let followed = lookup.aliases() <= u32::from(Limits::default().aliases);
        let mut candidates = lookup.candidates().into_iter();
        let all = candidates.all(|name| is_special(&name) || usable(&name) && usable(&ends(&name)));
        limits_suffice && patient && followed && all
    }

    /// Whether a name has anything of a look-up's types.
    pub(super) fn is_positive(name: &str, rtypes: &[u16]) -> bool {
        rtypes
            .iter()
            .any(|&rtype| matches!(end_of(name, rtype).1, Truth::Positive(_)))
    }
}

/// Mostly the defaults; now and then limits so tight that they are reached.
fn draw_stub(rng: &mut Rng) -> StubPlan {
    let defaults = Limits::default();
    let (mut packets, mut octets, mut time) = (defaults.packets, defaults.octets, defaults.time);
    match rng.below(8) {
        0 => packets = 1 + u16::try_from(rng.below(6)).unwrap_or(0),
        1 => octets = 512 + rng.below(4_000),
        2 => time = Duration::from_millis(1 + u64::from(rng.below(1_000))),
        3 => time = Limits::MOST.time,
        _ => {}
    }
    StubPlan {
        packets,
        octets,
        time,
        timeout: draw_one(rng, &[200, 1_000, 2_000, 5_000].map(Duration::from_millis)),
        attempts: 1 + u8::try_from(rng.below(4)).unwrap_or(0),
        most_in_flight: draw_one(rng, &[1, 2, 256]),
        preference: draw_one(
            rng,
            &[Preference::Fastest, Preference::InOrder, Preference::Rotate],
        ),
        stream_only: rng.below(10) == 0,
        edns: rng.below(5) > 0,
        dnssec_ok: rng.below(4) == 0,
        cookies: rng.below(4) > 0,
        case_randomization: rng.below(4) > 0,
        single_request: rng.below(4) == 0,
        cache: rng.below(4) > 0,
    }
}

fn draw_server(rng: &mut Rng, number: u32) -> ServerPlan {
    let behaviour = match rng.below(2) {
        0 => Behaviour::Honest,
        _ => draw_one(rng, &Behaviour::ALL),
    };
    let edns = match rng.below(3) {
        0 => draw_one(
            rng,
            &[
                EdnsSupport::Ignored,
                EdnsSupport::FormErr,
                EdnsSupport::NotImp,
                EdnsSupport::FormErrWithOpt,
                EdnsSupport::BadVers,
                EdnsSupport::Silent,
            ],
        ),
        _ => EdnsSupport::Full,
    };
    let blocked = rng.below(8);
    ServerPlan {
        number: u8::try_from(number + 1).unwrap_or(u8::MAX),
        ipv6: rng.below(3) == 0,
        of_corp: false,
        trusted: rng.below(3) == 0,
        says_authentic: rng.below(2) == 0,
        thinks: draw_one(rng, &[1, 5, 400].map(Duration::from_millis)),
        behaviour,
        edns,
        cookies: draw_one(
            rng,
            &[CookieSupport::None, CookieSupport::Given, CookieSupport::Required],
        ),
        folds_case: rng.below(6) == 0,
        only_streams: blocked == 0,
        only_datagrams: blocked == 1,
        keeps_streams: draw_one(
            rng,
            &[None, None, Some(Duration::ZERO), Some(Duration::from_secs(1))],
        ),
    }
}

/// Everything but all: who knows all three is not off-path.
fn draw_attacker(rng: &mut Rng) -> AttackerPlan {
    let known = |port, id, question| AttackerPlan::Told(Knowledge { port, id, question });
    let blind = |finds_ports| AttackerPlan::Blind {
        guesses: 20,
        finds_ports,
    };
    draw_one(
        rng,
        &[
            known(true, true, false),
            known(true, false, true),
            known(false, true, true),
            known(false, false, false),
            AttackerPlan::Folding,
            blind(false),
            blind(true),
        ],
    )
}

fn draw_lookup(rng: &mut Rng, number: u32) -> LookupPlan {
    // Some names are looked up by several.
    let about = if rng.below(3) == 0 {
        1_000 + rng.below(2)
    } else {
        number
    };
    let label = match rng.below(16) {
        0 | 1 => format!("t{about}"),
        2 | 3 => format!("x{about}"),
        4 => format!("b{about}"),
        5 => format!("m{about}"),
        6 | 7 => format!("c{}-{about}", 1 + rng.below(4)),
        8 => format!("c{}-{about}", 1 + rng.below(16)),
        9 => format!("o{about}"),
        10 if rng.below(4) == 0 => format!("h{about}"),
        _ => format!("a{about}"),
    };
    let zone = draw_one(rng, &["", ".corp.example.", ".example.", ".example."]);
    let name = match rng.below(24) {
        0 => "localhost.".into(),
        1 => format!("{label}.invalid."),
        _ => format!("{label}{zone}"),
    };
    LookupPlan {
        id: number.into(),
        at: Instant::ZERO.after(up_to(rng, HORIZON)),
        rtype: if name.starts_with(['b', 'h', 'm']) {
            Some(16)
        } else {
            draw_one(rng, &[None, Some(1), Some(28), Some(16), Some(15)])
        },
        name,
        fresh: rng.below(8) == 0,
        cancelled_after: (rng.below(8) == 0).then(|| up_to(rng, Duration::from_secs(2))),
    }
}

pub(super) fn draw_one<T: Clone>(rng: &mut Rng, from: &[T]) -> T {
    // Fewer than 2^32 things are to choose from.
    from[rng.below(from.len() as u32) as usize].clone()
}
