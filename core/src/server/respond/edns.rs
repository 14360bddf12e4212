//! The OPT record of a request, and that of the response to it (RFC 6891).

use super::config::LEAST_UDP_PAYLOAD;
use super::cookie::{ServerCookie, Standing};
use super::policy::Checked;
use super::{Request, Transport};
use crate::edns::{Cookie, Padding, VERSION, violations};
use crate::machine::Proto;
use crate::server::answer::Outcome;
use crate::time::Now;
use crate::wire::{Message, MessageWriter, Opt, OptionCode, Rcode};

/// How long an option is without its data, in octets.
const OPTION_HEADER: usize = 4;

/// What the OPT record of a request asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edns {
    /// What is owed instead of an answer: BADVERS or FORMERR.
    pub(super) owed: Option<Rcode>,
    /// The largest payload that the client takes, in octets.
    pub(super) payload: u16,
    /// DO, which is repeated (RFC 3225 section 3).
    pub(super) dnssec_ok: bool,
    /// What its cookie is worth, the client's part of it, and the server's part that it gets.
    cookie: Option<(Standing, [u8; 8], ServerCookie)>,
    nsid: bool,
    keepalive: bool,
    padding: bool,
}

impl Edns {
    /// What a request asks for; none if it has no OPT record, or if EDNS is not spoken.
    #[inline]
    pub(super) fn of(
        message: Message<'_>,
        policy: &Checked,
        request: &Request<'_>,
        now: Now,
    ) -> Option<Self> {
        let opt = message.opt().filter(|_| policy.config.edns)?;
        let mut edns = Self {
            owed: None,
            payload: opt.udp_payload().max(LEAST_UDP_PAYLOAD),
            dnssec_ok: opt.dnssec_ok(),
            cookie: None,
            nsid: false,
            keepalive: false,
            padding: false,
        };
        // What the options of another version mean, nobody knows.
        if opt.version() > VERSION {
            edns.owed = Some(Rcode::BADVERS);
        } else if opt.options().next().is_some() {
            edns.read_options(message, policy, request, now);
        }
        Some(edns)
    }

    fn read_options(&mut self, message: Message<'_>, policy: &Checked, request: &Request<'_>, now: Now) {
        let proto = request.transport.proto();
        self.owed = violations(message, proto).find_map(|violation| violation.owed());
        let Some(opt) = message.opt().filter(|_| self.owed.is_none()) else {
            return;
        };
        for option in opt.options() {
            match option.code {
                OptionCode::NSID => self.nsid = true,
                OptionCode::TCP_KEEPALIVE => self.keepalive = proto == Proto::Stream,
                OptionCode::PADDING => self.padding = request.transport == Transport::SecureStream,
                _ => {}
            }
        }
        // Without a clock no cookie can be made or judged.
        if let (Some(config), Some(now)) = (&policy.config.cookies, now.wall)
            && let Some(Ok(cookie)) = opt.options().first::<Cookie<'_>>()
        {
            let (standing, server) = config.judge(cookie, request.peer.ip(), now);
            self.cookie = Some((standing, cookie.client, server));
        }
    }

    /// What the cookie of the request is worth.
    #[inline]
    pub(super) fn standing(&self) -> Standing {
        self.cookie
            .as_ref()
            .map_or(Standing::None, |(standing, ..)| *standing)
    }

    /// Begins the OPT record of the response: all that is known before the answer is.
    #[inline]
    pub(super) fn begin(&self, policy: &Checked, opt: &mut Opt) {
        opt.udp_payload = policy.config.udp_payload;
        opt.extended_rcode = 0;
        opt.dnssec_ok = self.dnssec_ok;
        opt.options.clear();
        if self.owed == Some(Rcode::BADVERS) {
            return;
        }
        if let Some((_, client, server)) = &self.cookie {
            let mut cookie = [0; 24];
            let (first, last) = cookie.split_at_mut(client.len());
            first.copy_from_slice(client);
            last.copy_from_slice(server);
            opt.options.push(OptionCode::COOKIE, &cookie);
        }
        if self.nsid && !policy.config.nsid.is_empty() {
            opt.options.push(OptionCode::NSID, &policy.config.nsid);
        }
        if let Some(idle) = policy.keepalive.filter(|_| self.keepalive) {
            opt.options.push(OptionCode::TCP_KEEPALIVE, &idle.to_be_bytes());
        }
    }

    /// Writes the OPT record of a response of at most `limit` octets, last of all. What the response can do without is in it only if
    /// there is room.
    #[inline]
    pub(super) fn finish(
        &self,
        policy: &Checked,
        opt: &mut Opt,
        outcome: Outcome,
        limit: u16,
        out: &mut MessageWriter<'_>,
    ) {
        opt.extended_rcode = outcome.rcode.split().1;
        let room = |opt: &Opt| usize::from(limit).checked_sub(out.written().saturating_add(opt.wire_len()));
        if let Some(code) = outcome.extended_error
            && room(opt).is_some_and(|room| room >= OPTION_HEADER.saturating_add(2))
        {
            opt.options.push(OptionCode::EDE, &code.0.to_be_bytes());
        }
        if self.padding
            && policy.config.padding_block > 0
            && let Some(room) = room(opt).and_then(|room| room.checked_sub(OPTION_HEADER))
        {
            let length = out.written().saturating_add(opt.wire_len());
            let octets = Padding::to_block(length, policy.config.padding_block).octets;
            opt.options
                .push(OptionCode::PADDING, octets.get(..room).unwrap_or(octets));
        }
        let written = out.opt(opt);
        debug_assert_eq!(written, Ok(()), "room was reserved");
    }
}
