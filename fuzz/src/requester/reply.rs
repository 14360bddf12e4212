//! Replies as servers give them, and replies that are a little wrong.

use arbitrary::{Result, Unstructured};
use bytes::BytesMut;
use nameward_core::edns::{Cookie, TcpKeepalive};
use nameward_core::wire::{Message, MessageWriter, Opt, Rcode};

/// A reply to this query.
pub(super) fn reply(source: &mut Unstructured<'_>, query: &[u8]) -> Result<Vec<u8>> {
    let mut message = match Message::parse(query) {
        Ok(query) if source.arbitrary()? => answer(source, query)?,
        _ => echo(source, query)?,
    };
    for _ in 0..source.int_in_range(0..=2)? {
        let at = source.choose_index(message.len().max(1))?;
        if let Some(octet) = message.get_mut(at) {
            *octet ^= source.arbitrary::<u8>()?;
        }
    }
    if source.ratio(1, 8)? {
        message.extend_from_slice(source.arbitrary()?);
        message.resize(message.len() + usize::from(source.arbitrary::<u16>()?) / 8, 0);
    }
    Ok(message)
}

/// The query with other flags.
fn echo(source: &mut Unstructured<'_>, query: &[u8]) -> Result<Vec<u8>> {
    let mut message = query.to_vec();
    if let Some(flags) = message.get_mut(2..4) {
        let changed = if source.ratio(1, 4)? {
            source.arbitrary()?
        } else {
            [0x81, 0x80]
        };
        flags.copy_from_slice(&changed);
    }
    Ok(message)
}

/// A reply with any response code, and with EDNS as a server may speak it, or without.
fn answer(source: &mut Unstructured<'_>, query: Message<'_>) -> Result<Vec<u8>> {
    let codes = [
        Rcode::NOERROR,
        Rcode::NXDOMAIN,
        Rcode::FORMERR,
        Rcode::NOTIMP,
        Rcode::SERVFAIL,
        Rcode::BADVERS,
        Rcode::BADCOOKIE,
    ];
    let (low, high) = source.choose(&codes)?.split();
    let flags = query.flags().with_qr(true).with_rcode(Rcode(low.into()));
    let flags = flags.with_tc(source.ratio(1, 8)?);
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, query.id(), flags);
    if !source.ratio(1, 8)? {
        for question in query.questions() {
            let written = writer.question(&question.name.to_name(), question.rtype, question.class);
            assert_eq!(written, Ok(()));
        }
    }
    if let Some(asked) = query
        .opt()
        .filter(|_| high > 0 || source.ratio(3, 4).unwrap_or(false))
    {
        let mut opt = Opt {
            extended_rcode: high,
            version: source.int_in_range(0..=2)?,
            ..Opt::default()
        };
        if let Some(Ok(Cookie { client, .. })) = asked.options().first()
            && !source.ratio(1, 4)?
        {
            let server: [u8; 8] = source.arbitrary()?;
            let server = if source.arbitrary()? { &server[..] } else { &[] };
            opt.options.add(&Cookie { client, server });
        }
        if source.ratio(1, 4)? {
            let timeout = Some(u16::from(source.arbitrary::<u8>()?));
            opt.options.add(&TcpKeepalive { timeout });
        }
        assert_eq!(writer.opt(&opt), Ok(()));
    }
    writer.finish();
    Ok(out.to_vec())
}
