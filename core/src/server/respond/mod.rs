//! The whole path of one request: from its octets to those of the response.
//!
//! * The response is made anew, and nothing of the request gets into it but what is named here: ID, opcode, RD, the question, DO, and the
//!   client's cookie.
//! * What is itself a response is never answered, so that no two servers talk for ever.
//! * A request has one question (RFC 9619). Of the opcodes QUERY is answered, and all others get NOTIMP.
//! * OPT goes to those who sent one (RFC 6891). Its options are answered as the [`ResponderConfig`] has it.
//! * A datagram has at most as many octets as the client takes and as we send: 512, if the client does not say.
//! * A request that is signed gets a signed response, and one whose signature is bad gets NOTAUTH (RFC 8945), whatever else is wrong with
//!   it; the rules of access may ask for a key.
//! * AD is for what was validated, and for those who understand it (RFC 6840 sections 5.7 and 5.8). CD is repeated by those who resolve
//!   (RFC 4035 section 3.2.2), and not by those who have authority (section 3.1.6).

mod access;
mod chaos;
mod config;
mod cookie;
mod edns;
mod policy;
mod rate;
mod shard;
mod signature;

#[cfg(test)]
mod tests;

use core::net::SocketAddr;

use bytes::BytesMut;

pub use access::{Access, AccessRule, AccessRules};
pub use config::ResponderConfig;
pub use cookie::{CookieConfig, CookieSecret};
pub use policy::Policy;
pub use rate::RateLimit;
pub use shard::Shard;

use super::answer::{Asked, NOT_AUTHORITATIVE, Outcome, Truncation, answer_if_any};
use crate::edns::{InfoCode, Refusal};
use crate::flow::ListenerId;
use crate::machine::{Ignored, Proto};
use crate::planted::planted;
use crate::time::Now;
use crate::tsig::Key;
use crate::wire::{
    Class, FIRST_NAME, Flags, Header, Message, MessageWriter, Opcode, ParseError, QuestionRef, Rcode, Section,
};
use crate::zone::Zones;
use config::LEAST_UDP_PAYLOAD;
use cookie::Standing;
use edns::Edns;
use policy::Checked;
use rate::{ResponseKind, Verdict};
use signature::Signature;

/// A request, and where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who claims to have sent it.
    pub peer: SocketAddr,
    /// Where it arrived.
    pub listener: ListenerId,
    /// How it came, which is how the response goes back.
    pub transport: Transport,
    /// Its octets, without the two before them that a stream has.
    pub data: &'a [u8],
}

/// How messages are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// One in a datagram, from an address that anybody can claim to have.
    Datagram,
    /// Over a connection.
    Stream,
    /// Over a connection that nobody can look into (RFC 7858).
    SecureStream,
}

impl Transport {
    /// What is below it.
    pub const fn proto(self) -> Proto {
        match self {
            Self::Datagram => Proto::Datagram,
            Self::Stream | Self::SecureStream => Proto::Stream,
        }
    }
}

/// A query that passed all checks and wants an answer.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// All of it.
    pub message: Message<'a>,
    /// What it asks.
    pub question: QuestionRef<'a>,
    /// DO: whether DNSSEC records are wanted.
    pub dnssec_ok: bool,
    /// Whether the client may have answers from elsewhere, and wants them: the rules of [recursion](ResponderConfig::recursion) allow it,
    /// RD is set, and the question is not one that each server answers about itself (class CH).
    pub recursion: bool,
    /// QNAME in wire form without compression.
    name: &'a [u8],
}

impl<'a> Query<'a> {
    /// What is asked of the zones. The response begins with the question.
    #[inline]
    pub(super) fn asked(&self) -> Asked<'a> {
        Asked {
            name: self.name,
            at: Some(FIRST_NAME),
            rtype: self.question.rtype,
            class: self.question.class,
            dnssec_ok: self.dnssec_ok,
        }
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a response is to be sent"]
pub enum Responded {
    /// The response was written, and is to be sent.
    Reply(Reply),
    /// No zone has the name, and the client may have an answer from elsewhere. Nothing was written. Whoever has that answer later gives
    /// it to [`respond_with`], with the same request.
    Elsewhere,
    /// Nothing was written, and nothing is to be said.
    Ignored(Ignored),
}

/// A response that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The whole response code.
    pub rcode: Rcode,
    /// TC: what does not fit, if something does not that has to be there.
    pub truncated: Option<Truncation>,
}

/// Responds to a request from zones, and appends the response to `out`.
///
/// ```
/// use bytes::BytesMut;
/// use nameward_core::flow::ListenerId;
/// use nameward_core::seed::Seed;
/// use nameward_core::server::respond::{Policy, Request, Responded, ResponderConfig, Shard, Transport, respond};
/// use nameward_core::time::{Instant, Now};
/// use nameward_core::wire::{Message, Rcode};
/// use nameward_core::zone::Zones;
///
/// let policy = Policy::new(ResponderConfig::default()).unwrap();
/// let mut shard = Shard::new(&policy, &Seed::from_number(1));
/// let request = Request {
///     peer: "192.0.2.1:53001".parse().unwrap(),
///     listener: ListenerId(0),
///     transport: Transport::Datagram,
///     data: b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03com\x00\x00\x02\x00\x01",
/// };
/// let mut out = BytesMut::new();
/// let now = Now::without_wall(Instant::ZERO);
/// let Responded::Reply(reply) = respond(&Zones::new([]), &policy, &mut shard, now, &request, &mut out) else { panic!() };
/// assert_eq!(reply.rcode, Rcode::REFUSED);
/// assert_eq!(Message::parse(&out).unwrap().id(), 0x1234);
/// ```
pub fn respond(
    zones: &Zones,
    policy: &Policy,
    shard: &mut Shard,
    now: Now,
    request: &Request<'_>,
    out: &mut BytesMut,
) -> Responded {
    respond_with(policy, shard, now, request, out, |query, out| {
        let found = answer_if_any(zones, &query.asked(), out);
        found.or(if query.recursion {
            None
        } else {
            Some(NOT_AUTHORITATIVE)
        })
    })
}

/// As [`respond`], with an answer of any origin: `answer` writes the records behind the question, may set AD, and says what else belongs
/// into the header. If it has none, it has written nothing, and the answer is to come from [elsewhere](Responded::Elsewhere).
///
/// ```
/// # use bytes::BytesMut;
/// # use nameward_core::flow::ListenerId;
/// # use nameward_core::seed::Seed;
/// # use nameward_core::server::respond::{Policy, Request, Responded, ResponderConfig, Shard, Transport};
/// # use nameward_core::time::{Instant, Now};
/// use nameward_core::server::answer::Outcome;
/// use nameward_core::server::respond::respond_with;
/// use nameward_core::wire::{Class, Message, Rcode, Rtype, Section};
///
/// # let policy = Policy::new(ResponderConfig::default()).unwrap();
/// # let mut shard = Shard::new(&policy, &Seed::from_number(1));
/// # let request = Request {
/// #     peer: "192.0.2.1:53001".parse().unwrap(),
/// #     listener: ListenerId(0),
/// #     transport: Transport::Datagram,
/// #     data: b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03com\x00\x00\x01\x00\x01",
/// # };
/// # let mut out = BytesMut::new();
/// # let now = Now::without_wall(Instant::ZERO);
/// // All names have one address.
/// let responded = respond_with(&policy, &mut shard, now, &request, &mut out, |query, out| {
///     let address: &[u8] = &[192, 0, 2, 80];
///     let written = out.records(Section::Answer, query.question.name, Rtype::A, Class::IN, 60, [address]);
///     Some(Outcome { authoritative: written.is_ok(), ..Outcome::bare(Rcode::NOERROR) })
/// });
/// assert!(matches!(responded, Responded::Reply(_)));
/// assert_eq!(Message::parse(&out).unwrap().records(Section::Answer).len(), 1);
/// ```
pub fn respond_with(
    policy: &Policy,
    shard: &mut Shard,
    now: Now,
    request: &Request<'_>,
    out: &mut BytesMut,
    answer: impl FnOnce(&Query<'_>, &mut MessageWriter<'_>) -> Option<Outcome>,
) -> Responded {
    let policy = &*policy.inner;
    let rules = match admit(policy, request) {
        Ok(rules) => rules,
        Err(why) => return Responded::Ignored(why),
    };
    let peer = request.peer.ip();
    let parsed = Message::parse(request.data);
    let signature = parsed.map_or(Signature::None, |message| Signature::of(message, policy, now));
    let key = signature.key().map(Key::name);
    let access = rules.access(peer, request.listener, key);
    let message = match parsed {
        _ if access == Access::Drop => return Responded::Ignored(Ignored::Denied),
        Ok(message) => message,
        Err(error) => return refuse(error, shard, now, request, out),
    };
    let edns = Edns::of(message, policy, request, now);
    let mut edns = edns.as_ref();
    let standing = edns.map_or(Standing::None, Edns::standing);
    let recursion = policy.config.recursion.access(peer, request.listener, key) == Access::Allow;
    let asked = message.flags();
    let flags = Flags::default()
        .with_qr(true)
        .with_opcode(asked.opcode())
        .with_rd(asked.rd())
        .with_ra(recursion)
        .with_cd(recursion && asked.cd());
    let dnssec_ok = edns.is_some_and(|edns| edns.dnssec_ok);
    let whole = longest(policy, request.transport, edns);
    let opt = edns.map_or(0, |edns| {
        edns.begin(policy, &mut shard.opt);
        shard.opt.wire_len()
    });
    let mut buffer = None;
    let question = match asked.opcode() {
        Opcode::QUERY | Opcode::NOTIFY => message.question_in(&mut buffer),
        _ => None,
    };
    let query = question.map(|(question, name)| Query {
        message,
        question,
        dnssec_ok,
        name,
        recursion: recursion && asked.rd() && question.class != Class::CH,
    });
    let mut query = query.as_ref();
    let cramped = signature.is_cramped(whole, query.map(|query| query.name), opt);
    if cramped {
        (edns, query) = (None, None);
    }
    let kept = u16::try_from(signature.record_length()).unwrap_or(u16::MAX);
    let limit = whole.saturating_sub(kept);
    let start = out.len();
    let mut writer = MessageWriter::new(out, limit, message.id(), flags);
    if request.transport == Transport::Datagram {
        writer.take_no_memory();
    }
    if edns.is_some() {
        let reserved = writer.reserve_opt(&shard.opt);
        debug_assert_eq!(reserved, Ok(()), "the least limit has room for the OPT record");
    }
    if let Some(query) = query {
        let written = writer.question_of(query.name, query.question.rtype, query.question.class);
        debug_assert_eq!(written, Ok(()), "the least limit has room for the question");
    }
    let bare = shard.limits().then(|| writer.checkpoint());
    let checked = match signature.owed() {
        Some(rcode) => Err(Outcome::bare(rcode)),
        None if cramped => Err(Outcome {
            truncated: Some(Truncation::Answer),
            ..Outcome::bare(Rcode::NOERROR)
        }),
        None => check(policy, request, access, message, edns),
    };
    let mut outcome = match checked.and_then(|()| query.ok_or(Outcome::bare(Rcode::FORMERR))) {
        Err(outcome) => outcome,
        Ok(query) => {
            let about_us = match query.question.class {
                Class::CH => chaos::answer(policy, query.question, &mut writer),
                _ => None,
            };
            let found = match about_us {
                None => answer(query, &mut writer),
                about_us => about_us,
            };
            let Some(outcome) = found else {
                out.truncate(start);
                return Responded::Elsewhere;
            };
            // There is nowhere to say more than four bits of it.
            if edns.is_none() && outcome.rcode.split().1 > 0 {
                Outcome::bare(Rcode::SERVFAIL)
            } else {
                outcome
            }
        }
    };
    if let Some(bare) = bare
        && standing != Standing::Verified
        && key.is_none()
    {
        let kind = outcome.kind(writer.record_count(Section::Answer));
        match shard.judge(now, request, kind) {
            Verdict::Send => {}
            Verdict::Slip => {
                writer.rollback(bare);
                outcome = standing.instead();
            }
            Verdict::Drop => {
                out.truncate(start);
                return Responded::Ignored(Ignored::RateLimited);
            }
        }
    }
    let flags = outcome.flags(writer.flags());
    writer.set_flags(flags.with_ad(flags.ad() && (asked.ad() || dnssec_ok)));
    if let Some(edns) = edns {
        edns.finish(policy, &mut shard.opt, outcome, limit, &mut writer);
    }
    writer.finish();
    signature.finish(now, out, start, whole);
    Responded::Reply(Reply {
        rcode: outcome.rcode,
        truncated: outcome.truncated,
    })
}

/// What the header says, and where it came from: by which rules it is judged, if anything is said at all.
#[inline]
fn admit<'p>(policy: &'p Checked, request: &Request<'_>) -> Result<&'p AccessRules, Ignored> {
    let header = Header::parse(request.data).map_err(|error| Ignored::Malformed {
        offset: error.offset(),
    })?;
    if header.flags.qr() && !planted!(ResponseAnswered) {
        return Err(Ignored::NotAQuery);
    }
    if request.transport == Transport::Datagram && request.peer.port() == 0 {
        return Err(Ignored::PortZero);
    }
    let rules = match header.flags.opcode() {
        Opcode::NOTIFY => &policy.config.notify,
        _ => &policy.config.queries,
    };
    let access = rules.access(request.peer.ip(), request.listener, None);
    if access == Access::Drop && !rules.ask_for_keys() {
        return Err(Ignored::Denied);
    }
    Ok(rules)
}

/// Responds to what cannot be read.
#[cold]
fn refuse(
    error: ParseError,
    shard: &mut Shard,
    now: Now,
    request: &Request<'_>,
    out: &mut BytesMut,
) -> Responded {
    let Some(refusal) = Refusal::of(request.data, error) else {
        return Responded::Ignored(Ignored::Malformed {
            offset: error.offset(),
        });
    };
    if shard.judge(now, request, ResponseKind::Error) == Verdict::Drop {
        return Responded::Ignored(Ignored::RateLimited);
    }
    out.extend_from_slice(&refusal.to_octets());
    Responded::Reply(Reply {
        rcode: refusal.rcode(),
        truncated: None,
    })
}

/// How long a response may be, in octets.
#[inline]
fn longest(policy: &Checked, transport: Transport, edns: Option<&Edns>) -> u16 {
    match (transport.proto(), edns) {
        (Proto::Stream, _) => u16::MAX,
        (Proto::Datagram, Some(edns)) => edns.payload.min(policy.config.udp_payload),
        (Proto::Datagram, None) if planted!(PayloadUnasked) => policy.config.udp_payload,
        (Proto::Datagram, None) => LEAST_UDP_PAYLOAD,
    }
}

/// Whether a request may have an answer, or what it gets instead.
#[inline]
fn check(
    policy: &Checked,
    request: &Request<'_>,
    access: Access,
    message: Message<'_>,
    edns: Option<&Edns>,
) -> Result<(), Outcome> {
    if access == Access::Refuse {
        return Err(Outcome::bare(Rcode::REFUSED).because(InfoCode::PROHIBITED));
    }
    if let Some(rcode) = edns.and_then(|edns| edns.owed) {
        return Err(Outcome::bare(rcode));
    }
    if message.opcode() != Opcode::QUERY {
        return Err(Outcome::bare(Rcode::NOTIMP).because(InfoCode::NOT_SUPPORTED));
    }
    let standing = edns.map_or(Standing::None, Edns::standing);
    // Who asks nothing wants a cookie, or wants to know whether a cookie is good (RFC 7873 section 5.4).
    if message.question_count() == 0 && standing != Standing::None {
        let wrong = standing == Standing::Wrong;
        return Err(Outcome::bare(if wrong {
            Rcode::BADCOOKIE
        } else {
            Rcode::NOERROR
        }));
    }
    let required = policy
        .config
        .cookies
        .as_ref()
        .is_some_and(|cookies| cookies.required);
    if required && request.transport == Transport::Datagram && standing.is_unverified() {
        return Err(Outcome::bare(Rcode::BADCOOKIE));
    }
    Ok(())
}
