//! `simple-dns`, whose packets borrow from the octets.

use std::hint::black_box;
use std::io::Cursor;

use simple_dns::rdata::RData;
use simple_dns::{Name, Packet, ResourceRecord};

use super::Contestant;
use crate::fold::{Checksum, Sink};

const NAME: &str = "simple-dns";

pub(super) fn parse(octets: &'static [u8]) -> Contestant {
    Contestant::new(NAME, move || {
        let packet = read(black_box(octets));
        let mut sum = Checksum::default();
        touch(&packet, &mut sum);
        sum.finish()
    })
}

pub(super) fn own(octets: &'static [u8]) -> Contestant {
    Contestant::new(NAME, move || {
        let packet = read(black_box(octets));
        let sections = [packet.answers, packet.name_servers, packet.additional_records];
        let owned = sections.map(|section| {
            section
                .into_iter()
                .map(ResourceRecord::into_owned)
                .collect::<Vec<_>>()
        });
        black_box(&owned).iter().map(Vec::len).sum::<usize>() as u64
    })
}

pub(super) fn build(octets: &'static [u8]) -> Contestant {
    let packet = read(octets);
    let mut buffer = Vec::with_capacity(65_536);
    Contestant::new(NAME, move || {
        buffer.clear();
        let mut out = Cursor::new(&mut buffer);
        let written = black_box(&packet).write_compressed_to(&mut out);
        written.unwrap_or_else(|error| panic!("the message fits: {error}"));
        black_box(&buffer).len() as u64
    })
}

fn read(octets: &[u8]) -> Packet<'_> {
    Packet::parse(octets).unwrap_or_else(|error| panic!("the sample is in order: {error}"))
}

fn touch(packet: &Packet<'_>, sink: &mut impl Sink) {
    sink.number(packet.id().into());
    for question in &packet.questions {
        name(&question.qname, sink);
        sink.number(u16::from(question.qtype).into());
        sink.number(u16::from(question.qclass).into());
        sink.end();
    }
    for section in [&packet.answers, &packet.name_servers, &packet.additional_records] {
        section.iter().for_each(|record| touch_record(record, sink));
    }
    if let Some(opt) = packet.opt() {
        sink.number(opt.udp_packet_size.into());
        sink.number(opt.version.into());
        sink.end();
    }
}

#[inline]
fn touch_record(record: &ResourceRecord<'_>, sink: &mut impl Sink) {
    name(&record.name, sink);
    sink.number(u16::from(record.rdata.type_code()).into());
    sink.number(u16::from(record.class).into());
    sink.number(record.ttl.into());
    match &record.rdata {
        RData::A(a) => sink.number(a.address.into()),
        RData::AAAA(aaaa) => sink.wide(aaaa.address.to_be_bytes()),
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
        RData::RRSIG(rrsig) => {
            sink.number(rrsig.type_covered.into());
            sink.number(rrsig.algorithm.into());
            sink.number(rrsig.labels.into());
            sink.number(rrsig.original_ttl.into());
            sink.number(rrsig.signature_expiration.into());
            sink.number(rrsig.signature_inception.into());
            sink.number(rrsig.key_tag.into());
            name(&rrsig.signer_name, sink);
            sink.octets(&rrsig.signature);
        }
        // It knows no NSEC3.
        RData::NULL(50, rdata) => sink.nsec3(rdata.get_data()),
        _ => {}
    }
    sink.end();
}

#[inline]
fn name(name: &Name<'_>, sink: &mut impl Sink) {
    name.as_bytes().for_each(|label| sink.octets(label));
}
