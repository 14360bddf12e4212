//! `hickory-proto`, whose messages are owned.

use std::hint::black_box;

use hickory_proto::dnssec::rdata::DNSSECRData;
use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RData, Record};
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder};

use super::Contestant;
use crate::fold::{Checksum, Sink};

const NAME: &str = "hickory-proto";

pub(super) fn parse(octets: &'static [u8]) -> Contestant {
    Contestant::new(NAME, move || {
        let message = read(black_box(octets));
        let mut sum = Checksum::default();
        touch(&message, &mut sum);
        sum.finish()
    })
}

pub(super) fn own(octets: &'static [u8]) -> Contestant {
    Contestant::new(NAME, move || {
        let message = black_box(read(black_box(octets)));
        message.all_sections().count() as u64
    })
}

pub(super) fn build(octets: &'static [u8]) -> Contestant {
    let message = read(octets);
    let mut buffer = Vec::with_capacity(65_536);
    Contestant::new(NAME, move || {
        buffer.clear();
        let written = black_box(&message).emit(&mut BinEncoder::new(&mut buffer));
        written.unwrap_or_else(|error| panic!("the message fits: {error}"));
        black_box(&buffer).len() as u64
    })
}

fn read(octets: &[u8]) -> Message {
    Message::from_vec(octets).unwrap_or_else(|error| panic!("the sample is in order: {error}"))
}

fn touch(message: &Message, sink: &mut impl Sink) {
    sink.number(message.metadata.id.into());
    for query in &message.queries {
        name(&query.name, sink);
        sink.number(u16::from(query.query_type).into());
        sink.number(u16::from(query.query_class).into());
        sink.end();
    }
    for section in [&message.answers, &message.authorities, &message.additionals] {
        section.iter().for_each(|record| touch_record(record, sink));
    }
    if let Some(edns) = &message.edns {
        sink.number(edns.max_payload().into());
        sink.number(edns.version().into());
        sink.end();
    }
}

#[inline]
fn touch_record(record: &Record, sink: &mut impl Sink) {
    name(&record.name, sink);
    sink.number(u16::from(record.record_type()).into());
    sink.number(u16::from(record.dns_class).into());
    sink.number(record.ttl.into());
    match &record.data {
        RData::A(a) => sink.number(u32::from(a.0).into()),
        RData::AAAA(aaaa) => sink.wide(aaaa.0.octets()),
        RData::NS(ns) => name(&ns.0, sink),
        RData::SOA(soa) => {
            name(&soa.mname, sink);
            name(&soa.rname, sink);
            sink.number(soa.serial.into());
            for number in [soa.refresh, soa.retry, soa.expire] {
                sink.number(number.cast_unsigned().into());
            }
            sink.number(soa.minimum.into());
        }
        RData::DNSSEC(DNSSECRData::RRSIG(rrsig)) => {
            let input = rrsig.input();
            sink.number(u16::from(input.type_covered).into());
            sink.number(u8::from(input.algorithm).into());
            sink.number(input.num_labels.into());
            sink.number(input.original_ttl.into());
            sink.number(input.sig_expiration.get().into());
            sink.number(input.sig_inception.get().into());
            sink.number(input.key_tag.into());
            name(&input.signer_name, sink);
            sink.octets(rrsig.sig());
        }
        RData::DNSSEC(DNSSECRData::NSEC3(nsec3)) => {
            sink.number(u8::from(nsec3.hash_algorithm()).into());
            sink.number(nsec3.flags().into());
            sink.number(nsec3.iterations().into());
            sink.octets(nsec3.salt());
            sink.octets(nsec3.next_hashed_owner_name());
            nsec3
                .type_bit_maps()
                .for_each(|rtype| sink.number(u16::from(rtype).into()));
        }
        _ => {}
    }
    sink.end();
}

#[inline]
fn name(name: &Name, sink: &mut impl Sink) {
    name.iter().for_each(|label| sink.octets(label));
}
