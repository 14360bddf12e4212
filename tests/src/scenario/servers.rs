//! Servers that do what a plan says, straight from the truth: no zone, no cache, no machine of ours.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::BytesMut;
use nameward_core::machine::Proto;
use nameward_core::seed::Rng;
use nameward_core::time::Instant;
use nameward_core::transport::framing::{Deframer, Outgoing};
use nameward_core::wire::{
    Flags, Message, MessageWriter, Opt, OptionCode, Question, Rcode, Rdata, Record, Section,
};
use nameward_sim::{Act, Arrival, HostConfig, HostId, StreamId, World};

use super::plan::{Behaviour, ServerPlan};
use super::{number_of, up_to};

/// Adds a server to the world.
pub(super) fn add(world: &mut World, plan: &ServerPlan) -> HostId {
    let name = format!("server {}", plan.number);
    let address = plan.address();
    if plan.behaviour == Behaviour::Refusing {
        return world.script(HostConfig::new(&name, address.ip()), |_, _| Vec::new());
    }
    let mut streams: BTreeMap<StreamId, Deframer> = BTreeMap::new();
    let ServerPlan {
        behaviour,
        thinks,
        number,
        garbage,
    } = *plan;
    let mut thinking = Thinking {
        seed: world.seed(),
        server: number,
        asked: BTreeMap::new(),
    };
    world.script(
        HostConfig::server(&name, address.ip(), address.port()),
        move |_: Instant, arrival| {
            let mut acts = Vec::new();
            match arrival {
                Arrival::Datagram { data, .. } => {
                    let mut rng = thinking.about(data);
                    for reply in replies(behaviour, garbage, Proto::Datagram, data) {
                        let delay = Duration::from_millis(1) + up_to(&mut rng, thinks);
                        acts.extend(arrival.answer(reply).map(|act| (delay, act)));
                    }
                    in_order(&mut acts);
                }
                Arrival::Bytes { stream, data } => {
                    let deframer = streams.entry(stream).or_default();
                    deframer.push(data);
                    while let Some(query) = deframer.message() {
                        let delay = Duration::from_millis(1) + up_to(&mut thinking.about(&query), thinks);
                        acts.extend(
                            on_stream(behaviour, garbage, stream, &query)
                                .into_iter()
                                .map(|act| (delay, act)),
                        );
                    }
                }
                Arrival::Finished { stream } => acts.push((Duration::ZERO, Act::Finish { stream })),
                Arrival::Closed { stream, .. } => {
                    streams.remove(&stream);
                }
                Arrival::Opened { .. } => {}
            }
            acts
        },
    )
}

/// How long a server thinks about each query: the same whatever else it is asked, so that a question less changes nothing for the
/// others.
struct Thinking {
    seed: u64,
    server: u8,
    asked: BTreeMap<u64, u64>,
}

impl Thinking {
    /// What the time for a query is drawn from.
    fn about(&mut self, query: &[u8]) -> Rng {
        let question = query.get(12..).and_then(number_of).map_or(0, |id| id.0);
        let times = self.asked.entry(question).or_default();
        *times += 1;
        super::rng(
            self.seed,
            100 + u64::from(self.server) + (question << 16) + (*times << 32),
        )
    }
}

/// Garbage comes before what is true, or it would prove nothing.
fn in_order(acts: &mut [(Duration, Act)]) {
    let last = acts.iter().map(|(delay, _)| *delay).max().unwrap_or_default();
    if let [garbage @ .., (delay, _)] = acts {
        *delay = last;
        for (number, (delay, _)) in garbage.iter_mut().enumerate() {
            *delay = Duration::from_micros(number as u64);
        }
    }
}

fn on_stream(behaviour: Behaviour, kinds: u8, stream: StreamId, query: &[u8]) -> Vec<Act> {
    let mut out = Outgoing::new();
    for reply in replies(behaviour, kinds, Proto::Stream, query) {
        out.push(&reply).expect("a reply fits on a stream");
    }
    let bytes = out.as_slice();
    let send = |data: &[u8]| Act::Bytes {
        stream,
        data: data.to_vec().into(),
    };
    match behaviour {
        Behaviour::StreamBreaking => {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            let end = if query[0].is_multiple_of(2) {
                Act::Finish { stream }
            } else {
                Act::Reset { stream }
            };
            vec![send(half), end]
        }
        Behaviour::StreamFlooding => (0..8).map(|_| send(&[0xa5; 20_000])).collect(),
        _ if bytes.is_empty() => Vec::new(),
        _ => vec![send(bytes)],
    }
}

/// What the server sends for a query, in order.
fn replies(behaviour: Behaviour, kinds: u8, proto: Proto, query: &[u8]) -> Vec<Vec<u8>> {
    // A query that was altered on the way is not answered.
    let Ok(query) = Message::parse(query) else {
        return Vec::new();
    };
    let Some(question) = query.question() else {
        return Vec::new();
    };
    let asked = question.to_question();
    let flags = Flags::default().with_qr(true).with_rd(true).with_ra(true);
    let true_reply = respond(query.id(), flags, Some(&asked), true, 0);
    let truncated = respond(query.id(), flags.with_tc(true), Some(&asked), false, 0);
    match behaviour {
        Behaviour::Silent | Behaviour::Refusing => Vec::new(),
        Behaviour::Honest => vec![true_reply],
        Behaviour::GarbageFirst => {
            let garbage = vec![
                Vec::new(),
                vec![0; 3],
                true_reply[..true_reply.len() - 1].to_vec(),
                respond(query.id() ^ 1, flags, Some(&asked), true, 0),
                respond(query.id(), flags.with_qr(false), Some(&asked), true, 0),
                respond(
                    query.id(),
                    flags.with_opcode(nameward_core::wire::Opcode::UPDATE),
                    Some(&asked),
                    true,
                    0,
                ),
                respond(query.id(), flags, Some(&another(&asked)), true, 0),
            ];
            let sent = garbage
                .into_iter()
                .zip(0..)
                .filter(|(_, kind)| kinds & (1 << kind) != 0);
            sent.map(|(garbage, _)| garbage).chain([true_reply]).collect()
        }
        Behaviour::Truncating if proto == Proto::Stream => vec![true_reply],
        Behaviour::StreamBreaking | Behaviour::StreamFlooding if proto == Proto::Stream => vec![true_reply],
        Behaviour::Truncating
        | Behaviour::TruncatingAlways
        | Behaviour::StreamBreaking
        | Behaviour::StreamFlooding => vec![truncated],
        Behaviour::BareError => vec![respond(
            query.id(),
            flags.with_rcode(Rcode::REFUSED),
            None,
            false,
            0,
        )],
        Behaviour::WrongQuestion => vec![respond(query.id(), flags, Some(&another(&asked)), true, 0)],
        Behaviour::Oversized => vec![respond(query.id(), flags, Some(&asked), true, 5_000)],
    }
}

/// What a true answer holds: no attacker says that.
pub(super) const TRUTH: &[u8] = b"\x05truth";

/// A response. `padding` makes it longer.
pub(super) fn respond(
    id: u16,
    flags: Flags,
    question: Option<&Question>,
    answered: bool,
    padding: usize,
) -> Vec<u8> {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, id, flags);
    if let Some(Question { name, rtype, class }) = question {
        writer.question(name, *rtype, *class).expect("a question fits");
        if answered {
            let rdata = Rdata::opaque(nameward_core::wire::Rtype::TXT, TRUTH);
            let record = Record {
                owner: name.clone(),
                class: *class,
                ttl: 60,
                rdata,
            };
            writer.record(Section::Answer, &record).expect("an answer fits");
        }
    }
    if padding > 0 {
        let mut opt = Opt::default();
        assert!(
            opt.options.push(OptionCode::PADDING, &vec![0; padding]),
            "the padding fits"
        );
        writer.opt(&opt).expect("the padding fits");
    }
    writer.finish();
    out.to_vec()
}

/// The same question but for the case of one letter.
fn another(question: &Question) -> Question {
    let name = question.name.to_string().replace("eXample", "example");
    Question {
        name: name.parse().expect("a valid name"),
        ..question.clone()
    }
}
