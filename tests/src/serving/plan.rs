//! Who is there, what is asked, and what goes wrong.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use nameward_core::limits::Limits;
use nameward_core::machine::Proto;
use nameward_core::seed::{Rng, Seed};
use nameward_core::server::session::{SessionConfig, StreamLimits};
use nameward_core::time::Instant;
use nameward_core::transport::{self, Ask, Edns, QueryOptions, QuestionId};
use nameward_core::wire::{Question, Rtype};
use nameward_core::zone::Zones;
use nameward_sim::{Fault, FaultPlan, Intensity};

use super::hostile::Manner;
use crate::zones::zone;

/// Where the server listens.
pub(super) const SERVER: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 53), 53));

/// How many honest clients there are.
pub(super) const CLIENTS: u8 = 3;

/// When the last disturbance happens.
pub(super) const HORIZON: Duration = Duration::from_secs(30);

/// When the server is told to shut down after that: one that lost its power is back by then.
pub(super) const RESTART: Duration = Duration::from_secs(5);

/// How long all may take to come to rest after that.
pub(super) const ENDING: Duration = Duration::from_secs(120);

/// The versions of the zone that are served: each has answers of all sizes, aliases, a wildcard, and referrals with glue.
pub const ZONES: [&str; 2] = [
    "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\n@ MX 10 mail\nns A 192.0.2.53\nmail A 192.0.2.25\nmail AAAA 2001:db8::25\n\
     alias CNAME large\n*.wild TXT wild\nmissing CNAME nothing\n",
    "$TTL 60\n@ SOA ns h 2 2 3 4 5\n@ NS ns\nns A 192.0.2.53\nmail A 192.0.2.26\n",
];

/// The zones of this version.
pub(super) fn zones(version: usize) -> Zones {
    let mut text = ZONES[version].to_owned();
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

/// A whole run, drawn from one number.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The number.
    pub seed: u64,
    /// What goes wrong on the way, and with the server.
    pub faults: FaultPlan,
    /// What clients may take by streams.
    pub limits: StreamLimits,
    /// When the zones are replaced, by which version.
    pub(super) zones: Vec<(Instant, usize)>,
    pub(super) questions: Vec<QuestionPlan>,
    /// What hostile clients do, one each.
    pub hostile: Vec<Manner>,
}

/// A question, and who asks it when.
#[derive(Clone, Debug)]
pub(super) struct QuestionPlan {
    pub(super) at: Instant,
    pub(super) client: usize,
    pub(super) ask: Ask,
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
        let zones = (0..rng.below(3)).map(|number| (moment(&mut rng), usize::from(number == 0)));
        let zones = zones.collect();
        let questions = (0..5 + rng.below(20)).map(|number| draw_question(&mut rng, number));
        let questions = questions.collect();
        let hostile = (0..rng.below(3))
            .map(|_| draw_one(&mut rng, &Manner::ALL))
            .collect();
        Self {
            seed,
            faults,
            limits,
            zones,
            questions,
            hostile,
        }
    }

    /// How the server is set up.
    pub(super) fn session(&self) -> SessionConfig {
        let mut config = SessionConfig {
            zones: zones(0),
            streams: self.limits.clone(),
            ..SessionConfig::default()
        };
        config.responder.keepalive = Some(self.limits.idle);
        config
    }

    /// Whether all questions have to be answered: nothing is in their way, and nobody takes the places of the honest.
    pub(super) fn must_be_answered(&self) -> bool {
        let harmless = self.seed.is_multiple_of(4);
        harmless && self.hostile.is_empty() && self.limits.streams > 5 && self.limits.streams_per_client > 1
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

fn draw_question(rng: &mut Rng, number: u32) -> QuestionPlan {
    let (name, rtype) = draw_one(
        rng,
        &[
            ("ns", Rtype::A),
            ("medium", Rtype::TXT),
            ("large", Rtype::TXT),
            ("huge", Rtype::TXT),
            ("alias", Rtype::TXT),
            ("missing", Rtype::TXT),
            ("nothing", Rtype::A),
            ("mail", Rtype::MX),
            ("list", Rtype::MX),
            ("x.wild", Rtype::TXT),
            ("x.cut", Rtype::A),
            ("cut", Rtype::DS),
            ("large", Rtype::ANY),
        ],
    );
    let name = if rng.below(10) == 0 {
        "www.elsewhere.".to_owned()
    } else {
        format!("{name}.eXample.")
    };
    let options = QueryOptions {
        proto: draw_one(rng, &[Proto::Datagram, Proto::Datagram, Proto::Stream]),
        edns: (rng.below(4) > 0).then(|| Edns {
            udp_payload: draw_one(rng, &[0, 512, 700, 1232, 4096]),
            dnssec_ok: rng.below(2) == 0,
            ..Edns::default()
        }),
        timeout: Duration::from_secs(2),
        ..QueryOptions::default()
    };
    QuestionPlan {
        at: moment(rng),
        client: rng.below(CLIENTS.into()) as usize,
        ask: Ask {
            id: QuestionId(number.into()),
            server: SERVER,
            question: Question::new(name.parse().expect("a valid name"), rtype),
            options,
        },
    }
}

fn moment(rng: &mut Rng) -> Instant {
    // Whoever asks last still has time for an answer.
    Instant::ZERO.after(Duration::from_millis(rng.below(22_000).into()))
}

fn draw_one<T: Clone>(rng: &mut Rng, from: &[T]) -> T {
    // Fewer than 2^32 things are to choose from.
    from[rng.below(from.len() as u32) as usize].clone()
}
