//! The OPT record of a request, and that of the response to it (RFC 6891).

use super::Transport;
use super::config::LEAST_UDP_PAYLOAD;
use super::policy::Checked;
use crate::edns::{Padding, VERSION, violations};
use crate::machine::Proto;
use crate::server::answer::Outcome;
use crate::wire::{Message, MessageWriter, Opt, OptionCode, Rcode};

/// How long an option is without its data, in octets.
const OPTION_HEADER: usize = 4;

/// What the OPT record of a request asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edns {
    /// What is owed instead of an answer: BADVERS or FORMERR.
    pub(super) owed: Option<Rcode>,
    /// The largest payload that the client takes, in octets.
    payload: u16,
    /// DO, which is repeated (RFC 3225 section 3).
    pub(super) dnssec_ok: bool,
    nsid: bool,
    keepalive: bool,
    padding: bool,
}

impl Edns {
    /// What a request asks for; none if it has no OPT record.
    #[inline]
    pub(super) fn of(message: Message<'_>, transport: Transport) -> Option<Self> {
        let opt = message.opt()?;
        let mut edns = Self {
            owed: None,
            payload: opt.udp_payload().max(LEAST_UDP_PAYLOAD),
            dnssec_ok: opt.dnssec_ok(),
            nsid: false,
            keepalive: false,
            padding: false,
        };
        // What the options of another version mean, nobody knows.
        if opt.version() > VERSION {
            edns.owed = Some(Rcode::BADVERS);
        } else if opt.options().next().is_some() {
            edns.read_options(message, transport);
        }
        Some(edns)
    }

    fn read_options(&mut self, message: Message<'_>, transport: Transport) {
        self.owed = violations(message, transport.proto()).find_map(|violation| violation.owed());
        for option in message.opt().into_iter().flat_map(|opt| opt.options()) {
            match option.code {
                OptionCode::NSID => self.nsid = true,
                OptionCode::TCP_KEEPALIVE => self.keepalive = transport.proto() == Proto::Stream,
                OptionCode::PADDING => self.padding = transport == Transport::SecureStream,
                _ => {}
            }
        }
    }

    /// How long the response may be, in octets.
    #[inline]
    pub(super) fn limit(self, policy: &Checked) -> u16 {
        self.payload.min(policy.config.udp_payload)
    }

    /// Begins the OPT record of the response: all that is known before the answer is.
    #[inline]
    pub(super) fn begin(self, policy: &Checked, opt: &mut Opt) {
        opt.udp_payload = policy.config.udp_payload;
        opt.extended_rcode = 0;
        opt.dnssec_ok = self.dnssec_ok;
        opt.options.clear();
        if self.owed == Some(Rcode::BADVERS) {
            return;
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
        self,
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
