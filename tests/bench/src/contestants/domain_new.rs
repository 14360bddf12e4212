//! `domain`, the interface that is to follow.

use std::hint::black_box;

use domain::new::base::build::{MessageBuilder, NameCompressor};
use domain::new::base::name::{LabelIter, NameBuf, RevNameBuf};
use domain::new::base::parse::ParsedMessageItem;
use domain::new::base::wire::{AsBytes, ParseBytesZC, ParseError};
use domain::new::base::{HeaderFlags, Message, MessageItem, Record};
use domain::new::rdata::RecordData;

use super::Contestant;
use crate::fold::{Checksum, Sink};

pub(super) fn parse(octets: &'static [u8]) -> Contestant {
    Contestant::new("domain (new)", move || {
        let mut sum = Checksum::default();
        touch(black_box(octets), &mut sum).unwrap_or_else(|error| panic!("{error:?}"));
        sum.finish()
    })
}

fn touch(octets: &[u8], sink: &mut impl Sink) -> Result<(), ParseError> {
    let message = Message::parse_bytes_by_ref(octets)?;
    sink.number(message.header.id.get().into());
    for item in message.parse() {
        match item? {
            MessageItem::Question(question) => {
                name(question.qname.labels(), sink);
                sink.number(question.qtype.code.get().into());
                sink.number(question.qclass.code.get().into());
            }
            MessageItem::Answer(record)
            | MessageItem::Authority(record)
            | MessageItem::Additional(record) => {
                touch_record(&record, sink);
            }
            MessageItem::Edns(edns) => {
                sink.number(edns.max_udp_payload.get().into());
                sink.number(edns.version.into());
            }
        }
        sink.end();
    }
    Ok(())
}

#[inline]
fn touch_record(record: &Record<RevNameBuf, RecordData<'_, NameBuf>>, sink: &mut impl Sink) {
    name(record.rname.labels(), sink);
    sink.number(record.rtype.code.get().into());
    sink.number(record.rclass.code.get().into());
    sink.number(record.ttl.value.get().into());
    match &record.rdata {
        RecordData::A(a) => sink.number(u32::from_be_bytes(a.octets).into()),
        RecordData::Aaaa(aaaa) => sink.wide(aaaa.octets),
        RecordData::Ns(ns) => name(ns.server.labels(), sink),
        RecordData::Soa(soa) => {
            name(soa.mname.labels(), sink);
            name(soa.rname.labels(), sink);
            for number in [soa.serial.0, soa.refresh, soa.retry, soa.expire, soa.minimum] {
                sink.number(number.get().into());
            }
        }
        RecordData::Rrsig(rrsig) => {
            sink.number(rrsig.rtype.code.get().into());
            sink.number(rrsig.algorithm.code.into());
            sink.number(rrsig.labels.into());
            sink.number(rrsig.ttl.value.get().into());
            sink.number(rrsig.expiration.0.get().into());
            sink.number(rrsig.inception.0.get().into());
            sink.number(rrsig.keytag.get().into());
            name(rrsig.signer.labels(), sink);
            sink.octets(rrsig.signature);
        }
        RecordData::Nsec3(nsec3) => {
            sink.number(nsec3.algorithm.code.into());
            sink.number(nsec3.flags.bits().into());
            sink.number(nsec3.iterations.get().into());
            sink.octets(nsec3.salt);
            sink.octets(nsec3.next);
            nsec3
                .types
                .types()
                .for_each(|rtype| sink.number(rtype.code.get().into()));
        }
        _ => {}
    }
}

#[inline]
fn name(labels: LabelIter<'_>, sink: &mut impl Sink) {
    for label in labels.filter(|label| !label.is_root()) {
        sink.octets(label.contents());
    }
}

pub(super) fn build(octets: &'static [u8]) -> Contestant {
    let items = items(octets).unwrap_or_else(|error| panic!("{error:?}"));
    let mut buffer = vec![0; 65_536];
    Contestant::new("domain (new)", move || {
        let mut names = NameCompressor::default();
        let mut builder = MessageBuilder::new(&mut buffer, &mut names, 0x1234.into(), HeaderFlags::default());
        for item in black_box(&items) {
            builder
                .push(item)
                .unwrap_or_else(|error| panic!("the message fits: {error:?}"));
        }
        black_box(builder.finish().as_bytes()).len() as u64
    })
}

/// What is built from: names in RDATA the other way round, which is how they are compressed.
type Item<'a> = MessageItem<RevNameBuf, RecordData<'a, RevNameBuf>, &'a domain::new::rdata::Opt>;

fn items(octets: &'static [u8]) -> Result<Vec<Item<'static>>, ParseError> {
    let owned = |item: ParsedMessageItem<'static>| {
        item.transform(
            |name| name,
            |rdata| rdata.map_names(|name| name.to_revname()),
            |opt| opt,
        )
    };
    Message::parse_bytes_by_ref(octets)?
        .parse()
        .map(|item| item.map(owned))
        .collect()
}
