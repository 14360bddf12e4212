//! A query as bytes.

use bytes::{Bytes, BytesMut};

use crate::transport::{Edns, QueryOptions};
use crate::wire::{Flags, MessageWriter, Opt, OptionCode, Question};

/// What one attempt says of EDNS, beyond what the asker chose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extras<'a> {
    pub(crate) udp_payload: u16,
    pub(crate) version: u8,
    /// Our cookie, and the server's, which may be empty.
    pub(crate) cookie: Option<([u8; 8], &'a [u8])>,
    /// Whether we ask how long the connection may be idle (RFC 7828 section 3.2.1).
    pub(crate) keepalive: bool,
}

/// Writes queries, and keeps the memory that this takes.
#[derive(Debug, Default)]
pub(crate) struct QueryWriter {
    opt: Opt,
}

impl QueryWriter {
    /// Writes the query for `question`, with EDNS if there is anything to say there. It always fits: the asker's options are
    /// checked to be less than half of the longest message.
    pub(crate) fn write(
        &mut self,
        scratch: &mut BytesMut,
        id: u16,
        question: &Question,
        options: &QueryOptions,
        edns: Option<(&Edns, Extras<'_>)>,
    ) -> Bytes {
        scratch.clear();
        let flags = Flags::default()
            .with_rd(options.recursion_desired)
            .with_ad(options.authentic_data)
            .with_cd(options.checking_disabled);
        let mut writer = MessageWriter::new(scratch, u16::MAX, id, flags);
        let mut fits = writer
            .question(&question.name, question.rtype, question.class)
            .is_ok();
        if let Some((edns, extras)) = edns {
            self.fill(edns, extras);
            fits &= writer.opt(&self.opt).is_ok();
        }
        debug_assert!(fits, "a query is less than 65 536 octets");
        writer.finish();
        scratch.split().freeze()
    }

    fn fill(&mut self, edns: &Edns, extras: Extras<'_>) {
        let opt = &mut self.opt;
        opt.udp_payload = extras.udp_payload;
        opt.dnssec_ok = edns.dnssec_ok;
        opt.version = extras.version;
        opt.options.clear();
        for option in edns.options.iter() {
            opt.options.push(option.code, option.data);
        }
        if let Some((client, server)) = extras.cookie {
            // RFC 7873 section 4: 8 octets of ours, and from 8 to 32 of the server's.
            let mut cookie = smallvec::SmallVec::<[u8; 40]>::from_slice(&client);
            cookie.extend_from_slice(server);
            opt.options.push(OptionCode::COOKIE, &cookie);
        }
        if extras.keepalive {
            opt.options.push(OptionCode::TCP_KEEPALIVE, &[]);
        }
    }
}
