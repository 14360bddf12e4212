//! The reply to a request, as far as the zones know it.

use bytes::BytesMut;

use crate::machine::{Ignored, Proto};
use crate::server::answer::{answer_from, question};
use crate::wire::{Flags, Header, Message, MessageWriter, Opcode, Opt, Rcode};
use crate::zone::Zones;

/// Writes the reply to a request into `out`.
///
/// # Errors
///
/// Why there is none.
pub(super) fn reply(zones: &Zones, proto: Proto, request: &[u8], out: &mut BytesMut) -> Result<(), Ignored> {
    out.clear();
    let header = Header::parse(request).map_err(|error| Ignored::Malformed {
        offset: error.offset(),
    })?;
    if header.flags.qr() {
        return Err(Ignored::NotAQuery);
    }
    let flags = Flags::default()
        .with_qr(true)
        .with_opcode(header.flags.opcode())
        .with_rd(header.flags.rd());
    let Ok(query) = Message::parse(request) else {
        MessageWriter::new(out, 512, header.id, flags.with_rcode(Rcode::FORMERR)).finish();
        return Ok(());
    };
    let opt = query.opt();
    let limit = match (proto, opt) {
        (Proto::Stream, _) => u16::MAX,
        (Proto::Datagram, None) => 512,
        (Proto::Datagram, Some(opt)) => opt.udp_payload().clamp(512, 1232),
    };
    let mut writer = MessageWriter::new(out, limit, header.id, flags);
    let own = Opt::default();
    let mut fits = opt.is_none() || writer.reserve_opt(&own).is_ok();
    if header.flags.opcode() != Opcode::QUERY {
        writer.set_flags(flags.with_rcode(Rcode::NOTIMP));
    } else {
        match question(query) {
            Err(rcode) => writer.set_flags(flags.with_rcode(rcode)),
            Ok(question) => {
                fits &= writer
                    .question(question.name, question.rtype, question.class)
                    .is_ok();
                let dnssec_ok = opt.is_some_and(|opt| opt.dnssec_ok());
                let outcome = answer_from(zones, question, dnssec_ok, &mut writer);
                writer.set_flags(outcome.flags(flags));
            }
        }
    }
    fits &= opt.is_none() || writer.opt(&own).is_ok();
    debug_assert!(fits, "a question and an OPT record fit into 512 octets");
    writer.finish();
    Ok(())
}
