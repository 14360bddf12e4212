//! A server at work: queries in, replies out.

use alloc::collections::BTreeMap;
use core::net::SocketAddr;
use core::time::Duration;

use bytes::{Bytes, BytesMut};
use nameward_core::edns::TcpKeepalive;
use nameward_core::machine::Proto;
use nameward_core::time::Instant;
use nameward_core::transport::framing::{Deframer, Outgoing};
use nameward_core::wire::{
    Flags, Message, MessageWriter, Opcode, Opt, OptionCode, Question, Rcode, Record, Section,
};

use super::asked::{Asked, AskedCookie, AskedEdns};
use super::rules::Said;
use super::{Canned, CookieSupport, EdnsSupport, cookie, zone};
use crate::script::{Act, Arrival, StreamId};

pub(super) struct Session {
    canned: Canned,
    secret: u64,
    streams: BTreeMap<StreamId, Stream>,
}

struct Stream {
    peer: SocketAddr,
    deframer: Deframer,
    replies: u32,
    /// When the last reply is sent.
    busy_until: Instant,
}

/// What is said to a query, and after how long.
type Replied = Option<(Duration, Bytes)>;

impl Session {
    pub(super) const fn new(canned: Canned, secret: u64) -> Self {
        Self {
            canned,
            secret,
            streams: BTreeMap::new(),
        }
    }

    pub(super) fn arrived(&mut self, now: Instant, arrival: Arrival<'_>) -> Vec<(Duration, Act)> {
        match arrival {
            Arrival::Datagram { from, data, .. } => {
                let replied = self
                    .canned
                    .manners
                    .datagrams
                    .then(|| self.reply(now, from, Proto::Datagram, data));
                let act = replied
                    .flatten()
                    .and_then(|(after, reply)| Some((after, arrival.answer(reply)?)));
                act.into_iter().collect()
            }
            Arrival::Opened { stream, peer } => {
                let state = Stream {
                    peer,
                    deframer: Deframer::new(),
                    replies: 0,
                    busy_until: now,
                };
                self.streams.insert(stream, state);
                Vec::new()
            }
            Arrival::Bytes { stream, data } => self.bytes(now, stream, data),
            Arrival::Finished { stream } => {
                let left = self.streams.remove(&stream).map_or(now, |state| state.busy_until);
                vec![(left.since(now), Act::Finish { stream })]
            }
            Arrival::Closed { stream, .. } => {
                self.streams.remove(&stream);
                Vec::new()
            }
        }
    }

    fn bytes(&mut self, now: Instant, stream: StreamId, data: &[u8]) -> Vec<(Duration, Act)> {
        let manners = self.canned.manners.clone();
        let Some(state) = self.streams.get_mut(&stream) else {
            return Vec::new();
        };
        state.deframer.push(data);
        let peer = state.peer;
        let queries: Vec<_> = core::iter::from_fn(|| state.deframer.message()).collect();
        let mut acts = Vec::new();
        for query in queries {
            if !manners.streams {
                continue;
            }
            let Some((after, reply)) = self.reply(now, peer, Proto::Stream, &query) else {
                continue;
            };
            let mut framed = Outgoing::new();
            // Invariant: no reply is longer than 65 535 octets.
            framed.push(&reply).expect("a message fits on a stream");
            let data = Bytes::copy_from_slice(framed.as_slice());
            acts.push((after, Act::Bytes { stream, data }));
            let Some(state) = self.streams.get_mut(&stream) else {
                continue;
            };
            state.busy_until = state.busy_until.max(now.after(after));
            state.replies += 1;
            if manners.closes_after == Some(state.replies) {
                acts.push((state.busy_until.since(now), Act::Finish { stream }));
                self.streams.remove(&stream);
                break;
            }
        }
        acts
    }

    fn reply(&mut self, now: Instant, from: SocketAddr, proto: Proto, query: &[u8]) -> Replied {
        let thinks = self.canned.manners.thinks;
        let id = u16::from_be_bytes(*query.first_chunk()?);
        // Who answers responses answers itself for ever.
        if query.get(2)? & 0x80 != 0 {
            return None;
        }
        let Ok(message) = Message::parse(query) else {
            return Some((thinks, bare(id, Rcode::FORMERR)));
        };
        let (Opcode::QUERY, 1, Some(question)) =
            (message.opcode(), message.question_count(), message.question())
        else {
            let is_query = message.opcode() == Opcode::QUERY;
            return Some((
                thinks,
                bare(id, if is_query { Rcode::FORMERR } else { Rcode::NOTIMP }),
            ));
        };
        let asked = Asked {
            at: now,
            from,
            proto,
            id,
            question: question.to_question(),
            recursion_desired: message.flags().rd(),
            edns: message.opt().map(|opt| AskedEdns {
                version: opt.version(),
                udp_payload: opt.udp_payload(),
                dnssec_ok: opt.dnssec_ok(),
                cookie: self.cookie_of(message, from, now),
                keepalive: opt.options().first::<TcpKeepalive>().is_some(),
            }),
        };
        self.canned.log.add(asked.clone());
        let (mut said, mut opt) = match self.objection(&asked)? {
            Some((rcode, has_opt)) => {
                let said = Said {
                    rcode,
                    ..Said::default()
                };
                (said, has_opt.then(Opt::default))
            }
            None => {
                let said = self.say(&asked);
                let has_opt = asked.edns.is_some() && self.canned.manners.edns == EdnsSupport::Full;
                (said, has_opt.then(Opt::default))
            }
        };
        if said.silent {
            return None;
        }
        if let Some(opt) = &mut opt {
            self.add_cookie(&asked, opt, &mut said);
            self.add_keepalive(&asked, opt);
        }
        Some((thinks + said.after, self.write(&asked, &said, opt)))
    }

    /// What the server objects to in the OPT record of a query: an RCODE, and whether an OPT record comes with it. No outer value
    /// means that it says nothing.
    fn objection(&self, asked: &Asked) -> Option<Option<(Rcode, bool)>> {
        let Some(edns) = asked.edns else {
            return Some(None);
        };
        Some(match self.canned.manners.edns {
            EdnsSupport::Full => (edns.version > 0).then_some((Rcode::BADVERS, true)),
            EdnsSupport::Ignored => None,
            EdnsSupport::FormErr => Some((Rcode::FORMERR, false)),
            EdnsSupport::NotImp => Some((Rcode::NOTIMP, false)),
            EdnsSupport::FormErrWithOpt => Some((Rcode::FORMERR, true)),
            EdnsSupport::BadVers => Some((Rcode::BADVERS, true)),
            EdnsSupport::Silent => return None,
        })
    }

    fn say(&mut self, asked: &Asked) -> Said {
        let refused = || Said {
            rcode: Rcode::REFUSED,
            authoritative: false,
            ..Said::default()
        };
        let said = self.canned.rules.say(asked);
        said.or_else(|| zone::look_up(&self.canned.zones, &asked.question))
            .unwrap_or_else(refused)
    }

    fn cookie_of(&self, message: Message<'_>, from: SocketAddr, now: Instant) -> AskedCookie {
        let options = message.opt().map(|opt| opt.options());
        let cookie = options.and_then(|mut options| options.find(|option| option.code == OptionCode::COOKIE));
        let Some((client, server)) = cookie.and_then(|cookie| cookie.data.split_first_chunk::<8>()) else {
            return AskedCookie::None;
        };
        match server.len() {
            0 => AskedCookie::OfClient(*client),
            _ => AskedCookie::OfBoth {
                client: *client,
                is_valid: cookie::is_valid(self.secret, *client, from.ip(), now, server),
            },
        }
    }

    /// Gives a cookie, and says BADCOOKIE if one was missing that is required (RFC 7873 section 5.2).
    fn add_cookie(&self, asked: &Asked, opt: &mut Opt, said: &mut Said) {
        let support = self.canned.manners.cookies;
        let cookie = asked.edns.map_or(AskedCookie::None, |edns| edns.cookie);
        if support == CookieSupport::None {
            return;
        }
        let required = support == CookieSupport::Required && asked.proto == Proto::Datagram;
        let (client, is_valid) = match cookie {
            AskedCookie::None => {
                if required {
                    *said = Said {
                        truncated: true,
                        ..Said::default()
                    };
                }
                return;
            }
            AskedCookie::OfClient(client) => (client, false),
            AskedCookie::OfBoth { client, is_valid } => (client, is_valid),
        };
        let server = cookie::make(self.secret, client, asked.from.ip(), asked.at);
        // Both cookies have 24 octets, which every option holds.
        opt.options
            .push(OptionCode::COOKIE, &[&client[..], &server].concat());
        if required && !is_valid {
            *said = Said {
                rcode: Rcode::BADCOOKIE,
                after: said.after,
                ..Said::default()
            };
        }
    }

    /// Says for how long streams are kept, to whoever wants to know.
    fn add_keepalive(&self, asked: &Asked, opt: &mut Opt) {
        let asks = asked.proto == Proto::Stream && asked.edns.is_some_and(|edns| edns.keepalive);
        if let Some(idle) = self.canned.manners.keeps_streams.filter(|_| asks) {
            let steps = u16::try_from(idle.as_millis() / 100).unwrap_or(u16::MAX);
            opt.options.push(OptionCode::TCP_KEEPALIVE, &steps.to_be_bytes());
        }
    }

    fn write(&self, asked: &Asked, said: &Said, opt: Option<Opt>) -> Bytes {
        let manners = &self.canned.manners;
        let payload = asked.edns.map_or(512, |edns| edns.udp_payload.max(512));
        let without_edns = if opt.is_some() { payload } else { 512 };
        let limit = match asked.proto {
            Proto::Stream => u16::MAX,
            Proto::Datagram => without_edns.min(manners.largest),
        };
        let Rcode(rcode) = said.rcode;
        let flags = Flags::default()
            .with_qr(true)
            .with_aa(said.authoritative)
            .with_rd(asked.recursion_desired)
            .with_ra(said.recursion_available)
            .with_ad(said.authentic_data)
            .with_tc(said.truncated)
            .with_rcode(Rcode(rcode & 0x0f));
        let mut out = BytesMut::new();
        let mut writer = MessageWriter::new(&mut out, limit, asked.id, flags);
        let Question { name, rtype, class } = &asked.question;
        let name = if manners.folds_case {
            name.to_canonical()
        } else {
            name.clone()
        };
        // Invariant: a question fits into 512 octets.
        writer.question(&name, *rtype, *class).expect("a question fits");
        let opt = opt.map(|opt| Opt {
            // An RCODE has 12 bits; the upper ones are in the OPT record (RFC 6891 section 6.1.3).
            extended_rcode: (rcode >> 4) as u8,
            ..opt
        });
        let reserved = opt.as_ref().is_none_or(|opt| writer.reserve_opt(opt).is_ok());
        let fits = reserved
            && rrsets(&said.answer).all(|set| writer.rrset(Section::Answer, set).is_ok())
            && rrsets(&said.authority).all(|set| writer.rrset(Section::Authority, set).is_ok());
        if !fits {
            writer.set_flags(flags.with_tc(true));
        }
        if let Some(opt) = opt {
            // Invariant: there was room before, and it was kept.
            writer.opt(&opt).expect("the OPT record fits");
        }
        // What is additional may be missing.
        let _all = fits && rrsets(&said.additional).all(|set| writer.rrset(Section::Additional, set).is_ok());
        writer.finish();
        out.freeze()
    }
}

/// Records that stand together, by owner and type.
fn rrsets(records: &[Record]) -> impl Iterator<Item = &[Record]> {
    records.chunk_by(|one, next| one.owner == next.owner && one.rtype() == next.rtype())
}

/// A header alone.
fn bare(id: u16, rcode: Rcode) -> Bytes {
    let mut out = BytesMut::new();
    MessageWriter::new(
        &mut out,
        512,
        id,
        Flags::default().with_qr(true).with_rcode(rcode),
    )
    .finish();
    out.freeze()
}
