//! Who is there, what is asked, and what goes wrong.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use nameward_core::limits::Limits;
use nameward_core::machine::Proto;
use nameward_core::seed::Rng;
use nameward_core::time::Instant;
use nameward_core::transport::{Config, Edns, QueryOptions, QuestionId};
use nameward_core::wire::{Question, Rtype};
use nameward_sim::{Fault, FaultPlan, Intensity, Knowledge};

use super::{rng, up_to};

pub(super) const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// When the last question is asked and the last disturbance happens.
pub(super) const HORIZON: Duration = Duration::from_secs(30);

/// The largest datagram that any question may ask for, in octets.
pub(super) const UDP_PAYLOAD: u16 = 4096;

/// A whole run, drawn from one number.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The number.
    pub seed: u64,
    /// What goes wrong on the way.
    pub faults: FaultPlan,
    /// How the requester is set up.
    pub requester: Config,
    /// Whom one can ask.
    pub servers: Vec<ServerPlan>,
    /// What is asked.
    pub questions: Vec<QuestionPlan>,
    /// What off-path attackers know, one for each; they attack the first server.
    pub attackers: Vec<Knowledge>,
}

/// A server.
#[derive(Clone, Debug)]
pub struct ServerPlan {
    pub(super) number: u8,
    pub(super) behaviour: Behaviour,
    /// How long it thinks at most.
    pub(super) thinks: Duration,
    /// Which kinds of garbage come from one that is [`GarbageFirst`](Behaviour::GarbageFirst): a bit for each.
    pub(super) garbage: u8,
}

impl ServerPlan {
    /// Every kind of garbage.
    pub(super) const ALL_GARBAGE: u8 = 0x7f;

    pub(super) const fn address(&self) -> SocketAddr {
        SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(198, 51, 100, self.number)), 53)
    }
}

/// What a server does with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Behaviour {
    /// Answers it.
    Honest,
    /// Sends garbage first, and then answers it.
    GarbageFirst,
    /// Says nothing.
    Silent,
    /// Truncates datagrams, and answers over streams.
    Truncating,
    /// Truncates everything.
    TruncatingAlways,
    /// Listens nowhere.
    Refusing,
    /// Answers with an error that does not repeat the question.
    BareError,
    /// Answers another question.
    WrongQuestion,
    /// Answers with more than was advertised.
    Oversized,
    /// Truncates datagrams, and cuts streams in the middle of the reply.
    StreamBreaking,
    /// Truncates datagrams, and sends garbage over streams without end.
    StreamFlooding,
}

impl Behaviour {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Honest,
        Self::GarbageFirst,
        Self::Silent,
        Self::Truncating,
        Self::TruncatingAlways,
        Self::Refusing,
        Self::BareError,
        Self::WrongQuestion,
        Self::Oversized,
        Self::StreamBreaking,
        Self::StreamFlooding,
    ];

    /// Whether a question must be answered when nothing goes wrong on the way.
    pub(super) fn answers(self, proto: Proto) -> bool {
        match self {
            Self::Honest | Self::Truncating | Self::BareError => true,
            // On a stream garbage comes from the server itself, which is then not relied on.
            Self::GarbageFirst => proto == Proto::Datagram,
            _ => false,
        }
    }
}

/// A question, and what becomes of it.
#[derive(Clone, Debug)]
pub struct QuestionPlan {
    pub(super) id: QuestionId,
    pub(super) at: Instant,
    pub(super) server: SocketAddr,
    pub(super) question: Question,
    pub(super) options: QueryOptions,
    pub(super) cancelled_after: Option<Duration>,
    /// Whether it must be answered.
    pub(super) must_be_answered: bool,
}

impl Plan {
    /// Draws a plan with at least one fault.
    ///
    /// # Panics
    ///
    /// Never: the names that it makes are valid.
    pub fn from_seed(seed: u64) -> Self {
        let faults = draw_faults(seed);
        let limits = draw_limits(&mut rng(seed, 1));
        let mut servers_rng = rng(seed, 2);
        let servers: Vec<_> = (0..=servers_rng.below(2))
            .map(|number| draw_server(&mut servers_rng, number))
            .collect();
        let mut attackers_rng = rng(seed, 3);
        let attackers = (0..attackers_rng.below(3))
            .map(|_| draw_knowledge(&mut attackers_rng))
            .collect();
        let mut questions_rng = rng(seed, 4);
        let mut questions: Vec<_> = (0..1 + questions_rng.below(8))
            .map(|number| draw_question(&mut questions_rng, number, &servers, &limits, &faults))
            .collect();
        // A question that waits for a shorter time than it takes gives up the stream on which others wait, too.
        let thinks = |address| {
            servers
                .iter()
                .find(|server| server.address() == address)
                .map(|server| server.thinks)
        };
        let impatient: BTreeSet<SocketAddr> = questions
            .iter()
            .filter(|question| {
                thinks(question.server).is_some_and(|thinks| question.options.timeout <= thinks)
            })
            .map(|question| question.server)
            .collect();
        for question in &mut questions {
            question.must_be_answered &= !impatient.contains(&question.server);
        }
        Self {
            seed,
            faults,
            requester: Config {
                limits,
                ..Config::default()
            },
            servers,
            questions,
            attackers,
        }
    }
}

/// In every fourth seed only what may cost no answer, so that one can insist on answers there.
fn draw_faults(seed: u64) -> FaultPlan {
    let drawn = FaultPlan::from_seed(seed);
    if !seed.is_multiple_of(4) {
        return drawn.at_least_one(seed);
    }
    let harmless = |fault: &Fault| HARMLESS.contains(fault);
    let kept: Vec<_> = drawn
        .faults()
        .iter()
        .filter(|(fault, _)| harmless(fault))
        .map(|(&fault, &how)| (fault, how))
        .collect();
    if kept.is_empty() {
        let fault = draw_one(&mut rng(seed, 0), &HARMLESS);
        return FaultPlan::of([(fault, Intensity::Heavy)]);
    }
    FaultPlan::of(kept)
}

/// Mostly the defaults; now and then limits so tight that they are reached.
fn draw_limits(rng: &mut Rng) -> Limits {
    let mut limits = Limits {
        udp_payload: UDP_PAYLOAD,
        ..Limits::default()
    };
    match rng.below(8) {
        0 => limits.packets = 1 + u16::try_from(rng.below(4)).unwrap_or(0),
        1 => limits.octets = 512,
        2 => limits.time = Duration::from_millis(1 + u64::from(rng.below(500))),
        3 => limits.time = Limits::MOST.time,
        _ => {}
    }
    limits
}

fn draw_server(rng: &mut Rng, number: u32) -> ServerPlan {
    let behaviour = match rng.below(2) {
        0 => Behaviour::Honest,
        _ => draw_one(rng, &Behaviour::ALL),
    };
    // Some servers answer at about the moment at which an attempt is given up.
    let thinks = draw_one(
        rng,
        &[
            Duration::ZERO,
            Duration::from_millis(5),
            Duration::from_millis(400),
            Duration::from_secs(4),
        ],
    );
    ServerPlan {
        number: u8::try_from(number + 1).unwrap_or(u8::MAX),
        behaviour,
        thinks,
        garbage: ServerPlan::ALL_GARBAGE,
    }
}

/// Everything but all: who knows all three is not off-path.
fn draw_knowledge(rng: &mut Rng) -> Knowledge {
    let known = |port, id, question| Knowledge { port, id, question };
    draw_one(
        rng,
        &[
            known(true, true, false),
            known(true, false, true),
            known(false, true, true),
            known(true, false, false),
            known(false, false, false),
        ],
    )
}

fn draw_question(
    rng: &mut Rng,
    number: u32,
    servers: &[ServerPlan],
    limits: &Limits,
    faults: &FaultPlan,
) -> QuestionPlan {
    let server = draw_one(rng, servers);
    // Letters of both cases, which a reply must repeat.
    let name = format!("q{number}.S{}.eXample.", server.number);
    let rtype = draw_one(rng, &[Rtype::A, Rtype::AAAA, Rtype::MX, Rtype(65_280)]);
    let udp_payload = draw_one(rng, &[0, 512, 1232, 4096]);
    let options = QueryOptions {
        proto: if rng.below(8) == 0 {
            Proto::Stream
        } else {
            Proto::Datagram
        },
        edns: (rng.below(4) > 0).then_some(Edns {
            udp_payload,
            dnssec_ok: rng.below(2) == 0,
            ..Edns::default()
        }),
        timeout: draw_one(rng, &[50, 300, 1_000, 5_000].map(Duration::from_millis)),
        attempts: 1 + u8::try_from(rng.below(u32::from(limits.attempts))).unwrap_or(0),
        ..QueryOptions::default()
    };
    let cancelled_after = (rng.below(8) == 0).then(|| up_to(rng, Duration::from_secs(2)));
    let unhindered = faults.faults().keys().all(|fault| HARMLESS.contains(fault));
    let patient =
        options.timeout >= Duration::from_millis(1_000) && server.thinks <= Duration::from_millis(400);
    let unlimited = *limits
        == Limits {
            udp_payload: limits.udp_payload,
            time: limits.time,
            ..Limits::default()
        }
        && limits.time >= Limits::default().time;
    let answers = server.behaviour.answers(options.proto);
    QuestionPlan {
        id: QuestionId(number.into()),
        at: Instant::ZERO.after(up_to(rng, HORIZON)),
        server: server.address(),
        question: Question::new(name.parse().expect("a valid name"), rtype),
        options,
        cancelled_after,
        must_be_answered: unhindered && patient && unlimited && answers,
    }
}

/// Faults that may cost time but no answer.
const HARMLESS: [Fault; 10] = [
    Fault::WallFreeze,
    Fault::Era,
    Fault::Duplication,
    Fault::Pieces,
    Fault::Coalescing,
    Fault::WallStep,
    Fault::SpuriousTick,
    Fault::LateDrain,
    Fault::StoreFailure,
    Fault::Drift,
];

fn draw_one<T: Clone>(rng: &mut Rng, from: &[T]) -> T {
    // Fewer than 2^32 things are to choose from.
    from[rng.below(from.len() as u32) as usize].clone()
}
