//! Who is there, what is asked, and what goes wrong.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use nameward_core::client::{Preference, Server};
use nameward_core::flow::{Lane, ListenerId};
use nameward_core::limits::Limits;
use nameward_core::machine::Proto;
use nameward_core::seed::{Rng, Seed};
use nameward_core::server::respond::{Access, AccessRule, AccessRules, ResponderConfig};
use nameward_core::server::session::{ForwardConfig, PendingLimits, SessionConfig, StreamLimits};
use nameward_core::time::Instant;
use nameward_core::transport::{self, Ask, Edns, QueryOptions, QuestionId};
use nameward_core::tsig::{Algorithm, Key, KeyConfig, Keys};
use nameward_core::wire::{Question, Rtype};
use nameward_sim::{Fault, FaultPlan, HostConfig, Intensity, Listener};

use super::hostile::Manner;
use super::layers::{hosts, zones};
use super::visitor::Message;

/// Where the server listens.
pub(super) const SERVER: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 53), 53));

/// The port where it takes signed requests only, and the listeners there. Nobody has the key.
pub(super) const KEYED_PORT: u16 = 5353;
pub(super) const KEYED: [ListenerId; 2] = [ListenerId::new(Lane(0), 2), ListenerId::new(Lane(0), 3)];

/// The lane of the flows to other servers.
pub(super) const ELSEWHERE: Lane = Lane(1);

/// How many clients there are. The last one is a stranger, to whom the server has nothing to say.
pub(super) const CLIENTS: u8 = 4;

/// When the last disturbance happens.
pub(super) const HORIZON: Duration = Duration::from_secs(30);

/// When the server is told to shut down after that: one that lost its power is back by then.
pub(super) const RESTART: Duration = Duration::from_secs(5);

/// How long all may take to come to rest after that.
pub(super) const ENDING: Duration = Duration::from_secs(120);

/// The address of a client.
pub(super) fn client(number: usize) -> IpAddr {
    // Invariant: there are few.
    let number = u8::try_from(number).unwrap_or(u8::MAX);
    let last = if number + 1 == CLIENTS { 200 } else { number + 1 };
    [198, 51, 100, last].into()
}

/// Whether nothing is said to this peer.
pub(super) fn is_stranger(peer: IpAddr) -> bool {
    matches!(peer, IpAddr::V4(address) if address.octets()[..3] == [198, 51, 100] && address.octets()[3] >= 128)
}

/// Who gets answers of other servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clientele {
    /// Nobody.
    Nobody,
    /// The first client.
    First,
    /// Everybody.
    All,
}

impl Clientele {
    pub(super) const ALL: [Self; 3] = [Self::Nobody, Self::First, Self::All];

    pub(super) fn includes(self, peer: IpAddr) -> bool {
        match self {
            Self::Nobody => false,
            Self::First => peer == client(0),
            Self::All => true,
        }
    }
}

/// What another server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// It answers.
    Honest,
    /// It says nothing.
    Silent,
    /// It says SERVFAIL.
    ServFail,
    /// It answers, and says something about the names of our server too.
    Lying,
    /// It is not there for a while.
    Restarting,
}

impl Habit {
    pub(super) const ALL: [Self; 5] = [
        Self::Honest,
        Self::Silent,
        Self::ServFail,
        Self::Lying,
        Self::Restarting,
    ];
}

/// A server that is asked what no zone has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OtherPlan {
    pub(super) number: u8,
    pub(super) habit: Habit,
    pub(super) thinks: Duration,
}

impl OtherPlan {
    pub(super) fn address(self) -> SocketAddr {
        ([203, 0, 113, 200 + self.number], 53).into()
    }
}

/// What the server has besides zones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LayersPlan {
    /// Whether it has a hosts file.
    pub(super) hosts: bool,
    /// Whether it asks an application.
    pub(super) application: bool,
    /// Whom it asks.
    pub(super) others: Vec<OtherPlan>,
    /// For whom.
    pub(super) recursion: Clientele,
    /// How many requests may wait for those, and how long for the application.
    pub(super) pending: PendingLimits,
    /// Whether strangers are told that they are refused.
    pub(super) tells_strangers: bool,
}

/// A whole run, drawn from one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The number.
    pub seed: u64,
    /// What goes wrong on the way, and with the server.
    pub faults: FaultPlan,
    /// What clients may take by streams.
    pub limits: StreamLimits,
    /// What the server has besides zones.
    pub(super) layers: LayersPlan,
    pub(super) changes: Vec<Change>,
    pub(super) questions: Vec<QuestionPlan>,
    pub(super) visits: Vec<Visit>,
    /// What hostile clients do, one each.
    pub hostile: Vec<Manner>,
}

/// Data is replaced by a version of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) at: Instant,
    pub(super) data: Data,
    pub(super) version: usize,
}

/// What can be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    Zones,
    Hosts,
}

/// A question, and who asks it when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QuestionPlan {
    pub(super) id: u64,
    pub(super) at: Instant,
    pub(super) client: usize,
    pub(super) name: String,
    pub(super) rtype: u16,
    pub(super) proto: Proto,
    /// The size and DO of the OPT record, if there is one.
    pub(super) edns: Option<(u16, bool)>,
    pub(super) recursion_desired: bool,
    /// To the port where signed requests are taken.
    pub(super) keyed: bool,
}

impl QuestionPlan {
    pub(super) fn ask(&self) -> Ask {
        let port = if self.keyed { KEYED_PORT } else { SERVER.port() };
        Ask {
            id: QuestionId(self.id),
            server: (SERVER.ip(), port).into(),
            question: Question::new(self.name.parse().expect("a valid name"), Rtype(self.rtype)),
            options: QueryOptions {
                proto: self.proto,
                recursion_desired: self.recursion_desired,
                edns: self.edns.map(|(udp_payload, dnssec_ok)| Edns {
                    udp_payload,
                    dnssec_ok,
                    ..Edns::default()
                }),
                timeout: Duration::from_secs(2),
                ..QueryOptions::default()
            },
        }
    }

    /// Whether there is somebody who means to answer it.
    fn wants_an_answer(&self) -> bool {
        let unwelcome = is_stranger(client(self.client)) || self.keyed;
        !unwelcome && !self.name.starts_with("silent.") && !self.name.starts_with("late.")
    }
}

/// A message that is no query, by datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) at: Instant,
    pub(super) message: Message,
}

/// How honest clients are set up: they may say that they take large datagrams.
pub(super) fn requester() -> transport::Config {
    transport::Config {
        limits: Limits {
            udp_payload: Limits::MOST.udp_payload,
            ..Limits::default()
        },
        ..transport::Config::default()
    }
}

/// Faults that may cost time but no answer.
const HARMLESS: [Fault; 8] = [
    Fault::WallFreeze,
    Fault::Era,
    Fault::Duplication,
    Fault::Pieces,
    Fault::Coalescing,
    Fault::WallStep,
    Fault::SpuriousTick,
    Fault::Drift,
];

impl Plan {
    /// Draws a plan with at least one fault.
    pub fn from_seed(seed: u64) -> Self {
        let mut rng = Rng::new(&Seed::from_number(seed));
        let faults = draw_faults(seed, &mut rng);
        let second = Duration::from_secs(1);
        let idle = draw_one(&mut rng, &[second, 4 * second, 10 * second]);
        let limits = StreamLimits {
            streams: draw_one(&mut rng, &[2, 5, 1_000]),
            streams_per_client: draw_one(&mut rng, &[1, 3, 20]),
            in_flight: draw_one(&mut rng, &[1, 25]),
            output: draw_one(&mut rng, &[512, 4_096, 65_536]),
            idle,
            pressed_idle: idle / 4,
            patience: draw_one(&mut rng, &[second, 5 * second]),
        };
        let layers = draw_layers(&mut rng);
        let changes = (0..rng.below(4)).map(|number| Change {
            at: moment(&mut rng),
            data: draw_one(&mut rng, &[Data::Zones, Data::Hosts]),
            version: usize::from(number % 2 == 0),
        });
        let changes = changes
            .filter(|change| layers.hosts || change.data == Data::Zones)
            .collect();
        let questions = (0..5 + rng.below(20)).map(|number| draw_question(&mut rng, number.into()));
        let questions = questions.collect();
        let visits = (0..rng.below(4)).map(|_| Visit {
            at: moment(&mut rng),
            message: draw_one(&mut rng, &Message::ALL),
        });
        let visits = visits.collect();
        let hostile = (0..rng.below(3))
            .map(|_| draw_one(&mut rng, &Manner::ALL))
            .collect();
        Self {
            seed,
            faults,
            limits,
            layers,
            changes,
            questions,
            visits,
            hostile,
        }
    }

    /// How the server is set up.
    pub(super) fn session(&self) -> SessionConfig {
        let layers = &self.layers;
        let forward = ForwardConfig {
            servers: layers
                .others
                .iter()
                .map(|other| Server::new(other.address()))
                .collect(),
            preference: Preference::InOrder,
            lane: ELSEWHERE,
            ..ForwardConfig::default()
        };
        SessionConfig {
            hosts: if layers.hosts {
                hosts(0)
            } else {
                Default::default()
            },
            zones: zones(0),
            application: layers.application,
            forward: (!layers.others.is_empty()).then_some(forward),
            pending: layers.pending.clone(),
            streams: self.limits.clone(),
            responder: self.responder(),
            ..SessionConfig::default()
        }
    }

    /// How its responses are.
    pub(super) fn responder(&self) -> ResponderConfig {
        let key_name = "friend.".parse().expect("a valid name");
        let key = Key::new(KeyConfig::new(key_name, Algorithm::HmacSha256, b"it is nobody's"));
        let key = key.expect("the key is valid");
        let of_strangers = AccessRule {
            peers: "198.51.100.128/25".parse().ok(),
            access: if self.layers.tells_strangers {
                Access::Refuse
            } else {
                Access::Drop
            },
            ..AccessRule::default()
        };
        let mut rules = vec![of_strangers];
        for (key, access) in [(Some(key.name().clone()), Access::Allow), (None, Access::Refuse)] {
            rules.extend(KEYED.map(|listener| AccessRule {
                listener: Some(listener),
                key: key.clone(),
                access,
                ..AccessRule::default()
            }));
        }
        let first = AccessRule {
            peers: "198.51.100.0/31".parse().ok(),
            ..AccessRule::default()
        };
        let recursion = match self.layers.recursion {
            Clientele::Nobody => AccessRules::all(Access::Refuse),
            Clientele::First => AccessRules {
                rules: vec![first],
                otherwise: Access::Refuse,
            },
            Clientele::All => AccessRules::all(Access::Allow),
        };
        ResponderConfig {
            queries: AccessRules {
                rules,
                otherwise: Access::Allow,
            },
            recursion,
            keys: Keys::new([key]),
            keepalive: Some(self.limits.idle),
            ..ResponderConfig::default()
        }
    }

    /// The server's host.
    pub(super) fn place(&self) -> HostConfig {
        let mut place = HostConfig::server("server", SERVER.ip(), SERVER.port());
        for (id, proto) in KEYED.into_iter().zip([Proto::Datagram, Proto::Stream]) {
            place.listeners.push(Listener {
                id,
                proto,
                port: KEYED_PORT,
            });
        }
        place.clock = self.faults.clock(nameward_sim::ClockConfig::default());
        place
    }

    /// How many questions have to be answered: none if something is in their way, or somebody takes the places of the honest.
    pub(super) fn to_be_answered(&self) -> usize {
        let harmless = self.faults.faults().keys().all(|fault| HARMLESS.contains(fault));
        let trickling = self.faults.faults().get(&Fault::Pieces) == Some(&Intensity::Heavy);
        let roomy = self.limits.streams > 5 && self.limits.streams_per_client > 1;
        let are_honest = self
            .layers
            .others
            .iter()
            .all(|other| other.habit == Habit::Honest);
        if harmless && !trickling && self.hostile.is_empty() && roomy && are_honest {
            let wanting = self
                .questions
                .iter()
                .filter(|question| question.wants_an_answer());
            wanting.count()
        } else {
            0
        }
    }

    /// Whether what arrives is what was sent.
    pub(super) fn is_unaltered(&self) -> bool {
        !self.faults.faults().contains_key(&Fault::Corruption)
    }
}

/// In every fourth seed only what may cost no answer, so that one can insist on answers there.
fn draw_faults(seed: u64, rng: &mut Rng) -> FaultPlan {
    if seed.is_multiple_of(4) {
        let fault = draw_one(rng, &HARMLESS);
        // In pieces of three octets a large answer takes longer than anybody waits.
        let how = match fault {
            Fault::Pieces => Intensity::Light,
            _ => Intensity::Heavy,
        };
        return FaultPlan::of([(fault, how)]);
    }
    FaultPlan::from_seed(seed).at_least_one(seed)
}

fn draw_layers(rng: &mut Rng) -> LayersPlan {
    let milliseconds = Duration::from_millis;
    let others = (0..rng.below(3)).map(|number| OtherPlan {
        // Invariant: there are two at most.
        number: number as u8,
        habit: draw_one(rng, &[&Habit::ALL[..], &[Habit::Honest; 3]].concat()),
        thinks: milliseconds(draw_one(rng, &[1, 20, 200])),
    });
    LayersPlan {
        others: others.collect(),
        hosts: rng.below(2) == 0,
        application: rng.below(2) == 0,
        recursion: draw_one(
            rng,
            &[
                Clientele::Nobody,
                Clientele::First,
                Clientele::All,
                Clientele::All,
            ],
        ),
        pending: PendingLimits {
            requests: draw_one(rng, &[1, 3, 1_000]),
            requests_per_client: draw_one(rng, &[1, 2, 100]),
            application: milliseconds(draw_one(rng, &[500, 1_000])),
        },
        tells_strangers: rng.below(2) == 0,
    }
}

fn draw_question(rng: &mut Rng, id: u64) -> QuestionPlan {
    const HERE: [(&str, Rtype); 16] = [
        ("ns", Rtype::A),
        ("medium", Rtype::TXT),
        ("large", Rtype::TXT),
        ("huge", Rtype::TXT),
        ("alias", Rtype::TXT),
        ("missing", Rtype::TXT),
        ("nothing", Rtype::A),
        ("mail", Rtype::A),
        ("mail", Rtype::MX),
        ("list", Rtype::MX),
        ("x.wild", Rtype::TXT),
        ("x.cut", Rtype::A),
        ("cut", Rtype::DS),
        ("large", Rtype::ANY),
        ("away", Rtype::A),
        ("away", Rtype::TXT),
    ];
    const BEYOND: [(&str, Rtype); 14] = [
        ("www.elsewhere.", Rtype::A),
        ("www.elsewhere.", Rtype::TXT),
        ("wWw.elsewhere.", Rtype::A),
        ("mail.elsewhere.", Rtype::A),
        ("big.elsewhere.", Rtype::TXT),
        ("missing.elsewhere.", Rtype::A),
        ("printer.", Rtype::A),
        ("printer.", Rtype::AAAA),
        ("9.2.0.192.in-addr.arpa.", Rtype::PTR),
        ("now.app.", Rtype::A),
        ("slow.app.", Rtype::TXT),
        ("late.app.", Rtype::A),
        ("silent.app.", Rtype::A),
        ("pass.app.", Rtype::TXT),
    ];
    let (name, rtype) = if rng.below(2) == 0 {
        let (name, rtype) = draw_one(rng, &HERE);
        (format!("{name}.eXample."), rtype)
    } else {
        let (name, rtype) = draw_one(rng, &BEYOND);
        (name.to_owned(), rtype)
    };
    QuestionPlan {
        id,
        at: moment(rng),
        client: rng.below(CLIENTS.into()) as usize,
        name,
        rtype: rtype.0,
        proto: draw_one(rng, &[Proto::Datagram, Proto::Datagram, Proto::Stream]),
        edns: (rng.below(4) > 0).then(|| (draw_one(rng, &[0, 512, 700, 1232, 4096]), rng.below(2) == 0)),
        recursion_desired: rng.below(8) > 0,
        keyed: rng.below(16) == 0,
    }
}

fn moment(rng: &mut Rng) -> Instant {
    // Whoever asks last still has time for an answer. Half of all happens in two seconds, so that much is under way at a time.
    let span = draw_one(rng, &[2_000, 22_000]);
    Instant::ZERO.after(Duration::from_millis(rng.below(span).into()))
}

fn draw_one<T: Clone>(rng: &mut Rng, from: &[T]) -> T {
    // Fewer than 2^32 things are to choose from.
    from[rng.below(from.len() as u32) as usize].clone()
}
