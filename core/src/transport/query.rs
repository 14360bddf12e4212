//! A query as bytes.

use bytes::{Bytes, BytesMut};

use crate::transport::QueryOptions;
use crate::wire::{Flags, MessageWriter, Opt, Question};

/// Writes the query for `question`. It always fits: its options are checked to be less than half of the longest message.
pub(crate) fn write(scratch: &mut BytesMut, id: u16, question: &Question, options: &QueryOptions) -> Bytes {
    scratch.clear();
    let flags = Flags::default()
        .with_rd(options.recursion_desired)
        .with_ad(options.authentic_data)
        .with_cd(options.checking_disabled);
    let mut writer = MessageWriter::new(scratch, u16::MAX, id, flags);
    let mut fits = writer
        .question(&question.name, question.rtype, question.class)
        .is_ok();
    if let Some(edns) = &options.edns {
        let opt = Opt {
            udp_payload: edns.udp_payload,
            dnssec_ok: edns.dnssec_ok,
            version: edns.version,
            options: edns.options.clone(),
            ..Opt::default()
        };
        fits &= writer.opt(&opt).is_ok();
    }
    debug_assert!(fits, "a query is less than 65 536 octets");
    writer.finish();
    scratch.split().freeze()
}
