//! A query as bytes.

use bytes::{Bytes, BytesMut};

use crate::transport::QueryOptions;
use crate::wire::{Flags, MessageWriter, Opt, Question};

/// Writes the query for `question`. It always fits: a name, a question and an OPT without options are less than 512 octets.
pub(crate) fn write(scratch: &mut BytesMut, id: u16, question: &Question, options: &QueryOptions) -> Bytes {
    scratch.clear();
    let flags = Flags::default()
        .with_rd(options.recursion_desired)
        .with_ad(options.authentic_data)
        .with_cd(options.checking_disabled);
    let mut writer = MessageWriter::new(scratch, 512, id, flags);
    let mut fits = writer
        .question(&question.name, question.rtype, question.class)
        .is_ok();
    if let Some(edns) = &options.edns {
        let opt = Opt {
            udp_payload: edns.udp_payload,
            dnssec_ok: edns.dnssec_ok,
            ..Opt::default()
        };
        fits &= writer.opt(&opt).is_ok();
    }
    debug_assert!(fits, "a query is less than 512 octets");
    writer.finish();
    scratch.split().freeze()
}
