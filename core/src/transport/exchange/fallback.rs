//! How the next query is written: what was asked for, less what the server turned out not to take.

use crate::machine::Proto;
use crate::planted::planted;
use crate::time::Instant;
use crate::transport::query::Extras;
use crate::transport::servers::{Quirk, Server};
use crate::transport::{Edns, QueryOptions};
use crate::wire::{Message, OptionCode, Question, Rcode};

/// What a datagram can hold without EDNS, and what passes everywhere (RFC 1035 section 2.3.4).
const SMALL: u16 = 512;

/// The form of the next query.
#[derive(Debug)]
pub(super) struct Form {
    /// How many datagrams were sent.
    pub(super) datagrams: u8,
    /// How many of them were not answered in time.
    pub(super) losses: u8,
    sent_before: u8,
    /// The payload size that the first datagram advertised or would have, at least 512.
    payload: u16,
    /// The version of EDNS; none asks without EDNS.
    version: Option<u8>,
    /// DO: then there is no way back to a query without EDNS, or a forger could take the signatures away.
    dnssec_ok: bool,
    cookie: bool,
    negotiates: bool,
    /// The server refused EDNS over a stream, where nobody else could.
    refused_evidently: bool,
    /// The server rejected our cookie once.
    cookie_rejected: bool,
}

/// What a message leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is the answer.
    Answer,
    /// The same question, in another form.
    Again,
    /// The same question over a stream.
    Stream,
}

impl Form {
    pub(super) fn new(now: Instant, server: &mut Server, options: &QueryOptions) -> Self {
        let edns = options.edns.as_ref();
        let chosen = edns.is_some_and(|edns| edns.dnssec_ok || edns.version > 0);
        let plain = !chosen && server.is_known_for(now, Quirk::Plain);
        let payload = edns.map_or(SMALL, |edns| edns.udp_payload.max(SMALL));
        let own_cookie = edns.is_some_and(|edns| {
            edns.options
                .iter()
                .any(|option| option.code == OptionCode::COOKIE)
        });
        Self {
            datagrams: 0,
            losses: 0,
            sent_before: options.sent_before,
            payload: if server.is_known_for(now, Quirk::LargeRepliesGetLost) {
                SMALL
            } else {
                payload
            },
            version: edns.filter(|_| !plain).map(|edns| edns.version),
            dnssec_ok: edns.is_some_and(|edns| edns.dnssec_ok),
            cookie: options.cookies && !own_cookie,
            negotiates: options.version_negotiation,
            refused_evidently: false,
            cookie_rejected: false,
        }
    }

    /// Whether another datagram may go to this server for this question, of so many at most, whatever for.
    pub(super) const fn may_send_datagram(&self, most: u8) -> bool {
        self.datagrams.saturating_add(self.sent_before) < most
    }

    /// No reply came in time. It may have been too large for the way, so less is asked for next.
    pub(super) const fn datagram_lost(&mut self) {
        self.losses = self.losses.saturating_add(1);
    }

    /// The largest datagram that may answer now.
    pub(super) const fn largest_reply(&self) -> u16 {
        // While a smaller size is asked for, a larger reply to it is as wrong as any.
        match self.version {
            Some(_) if self.losses == 0 && self.sent_before == 0 => self.payload,
            _ => SMALL,
        }
    }

    /// What the next query says of EDNS.
    pub(super) fn edns<'a>(
        &self,
        options: &'a QueryOptions,
        server: &'a Server,
        keepalive: bool,
    ) -> Option<(&'a Edns, Extras<'a>)> {
        let edns = options.edns.as_ref()?;
        let extras = Extras {
            // Less than 512 counts as 512, and is sent as it was asked for.
            udp_payload: edns.udp_payload.min(self.largest_reply()),
            version: self.version?,
            cookie: self
                .cookie
                .then(|| (server.client_cookie(), server.server_cookie())),
            keepalive,
        };
        Some((edns, extras))
    }

    /// Whether the letters of the next query get a random case. Over a stream this finds out what the server does with them.
    pub(super) fn mixes_case(&self, now: Instant, server: &mut Server, proto: Proto) -> bool {
        proto == Proto::Stream || !server.is_known_for(now, Quirk::FoldsCase)
    }

    /// What to do after this message, which answers a query with or without EDNS. `evident` says that nobody off the path
    /// can have made it.
    pub(super) fn next(&mut self, message: Message<'_>, proto: Proto, edns: bool, evident: bool) -> Next {
        if message.flags().tc() && !planted!(TruncatedIsFinal) {
            return Next::Stream;
        }
        let Some(version) = self.version.filter(|_| edns) else {
            return Next::Answer;
        };
        match message.rcode() {
            // RFC 6891 section 6.2.2 and the flag days of 2019 and 2020: an implementation without EDNS says so.
            Rcode::FORMERR | Rcode::NOTIMP if message.opt().is_none() && !self.dnssec_ok => {
                self.version = None;
                self.refused_evidently = evident || planted!(LearntFromOneReply);
                Next::Again
            }
            Rcode::BADVERS => match message.opt().map(|opt| opt.version()) {
                Some(offered) if offered < version && self.negotiates => {
                    self.version = Some(offered);
                    Next::Again
                }
                _ => Next::Answer,
            },
            // RFC 7873 section 5.3: the server's new cookie is noted. If that one is not good either, cookies are no way.
            Rcode::BADCOOKIE if self.cookie && proto == Proto::Datagram => {
                if self.cookie_rejected {
                    return Next::Stream;
                }
                self.cookie_rejected = true;
                Next::Again
            }
            _ => Next::Answer,
        }
    }

    /// What an answer says about the habits of its server, if it is evident.
    pub(super) fn learn(
        &self,
        now: Instant,
        server: &mut Server,
        message: Message<'_>,
        proto: Proto,
        evident: bool,
        asked: &Question,
    ) {
        if !evident && !planted!(LearntFromOneReply) {
            return;
        }
        if message.opt().is_some() {
            server.observe(now, Quirk::Plain, false);
        } else if self.version.is_none() && self.refused_evidently {
            server.observe(now, Quirk::Plain, true);
        }
        if message.as_bytes().len() > usize::from(SMALL) {
            match proto {
                Proto::Datagram => server.observe(now, Quirk::LargeRepliesGetLost, false),
                Proto::Stream if self.losses > 0 || self.sent_before > 0 => {
                    server.observe(now, Quirk::LargeRepliesGetLost, true);
                }
                Proto::Stream => {}
            }
        }
        if proto == Proto::Stream
            && let Some(question) = message.question()
        {
            server.observe(now, Quirk::FoldsCase, !question.repeats(asked));
        }
    }
}
