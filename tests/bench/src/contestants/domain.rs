//! `domain`, its established interface.

use std::hint::black_box;

use domain::base::iana::Rtype;
use domain::base::message_builder::{HashCompressor, StaticCompressor, TreeCompressor};
use domain::base::name::FlattenInto;
use domain::base::wire::Composer;
use domain::base::{Message, MessageBuilder, Name, ParsedName, Question, Record};
use domain::rdata::AllRecordData;

use super::Contestant;
use crate::fold::{Checksum, Sink};

type View<'a> = AllRecordData<&'a [u8], ParsedName<&'a [u8]>>;
type OwnedQuestion = Question<Name<Vec<u8>>>;
type Owned = Record<Name<Vec<u8>>, AllRecordData<Vec<u8>, Name<Vec<u8>>>>;

pub(super) fn parse(octets: &'static [u8]) -> Contestant {
    Contestant::new("domain", move || {
        let mut sum = Checksum::default();
        touch(black_box(octets), &mut sum).unwrap_or_else(|error| panic!("{error}"));
        sum.finish()
    })
}

fn touch(octets: &[u8], sink: &mut impl Sink) -> Result<(), domain::base::wire::ParseError> {
    let message = Message::from_octets(octets).map_err(|_| domain::base::wire::ParseError::ShortInput)?;
    sink.number(message.header().id().into());
    for question in message.question() {
        let question = question?;
        name(question.qname(), sink);
        sink.number(question.qtype().to_int().into());
        sink.number(question.qclass().to_int().into());
        sink.end();
    }
    for record in message.iter() {
        let record = record?.0;
        if record.rtype() == Rtype::OPT {
            sink.number(record.class().to_int().into());
            sink.number((record.ttl().as_secs() >> 16 & 0xFF).into());
            sink.end();
            continue;
        }
        let record = record.into_any_record::<View<'_>>()?;
        name(record.owner(), sink);
        sink.number(record.rtype().to_int().into());
        sink.number(record.class().to_int().into());
        sink.number(record.ttl().as_secs().into());
        match record.data() {
            AllRecordData::A(a) => sink.number(u32::from(a.addr()).into()),
            AllRecordData::Aaaa(aaaa) => sink.wide(aaaa.addr().octets()),
            AllRecordData::Ns(ns) => name(ns.nsdname(), sink),
            AllRecordData::Soa(soa) => {
                name(soa.mname(), sink);
                name(soa.rname(), sink);
                sink.number(soa.serial().into_int().into());
                for number in [soa.refresh(), soa.retry(), soa.expire(), soa.minimum()] {
                    sink.number(number.as_secs().into());
                }
            }
            AllRecordData::Rrsig(rrsig) => {
                sink.number(rrsig.type_covered().to_int().into());
                sink.number(rrsig.algorithm().to_int().into());
                sink.number(rrsig.labels().into());
                sink.number(rrsig.original_ttl().as_secs().into());
                sink.number(rrsig.expiration().into_int().into());
                sink.number(rrsig.inception().into_int().into());
                sink.number(rrsig.key_tag().into());
                name(rrsig.signer_name(), sink);
                sink.octets(rrsig.signature());
            }
            AllRecordData::Nsec3(nsec3) => {
                sink.number(nsec3.hash_algorithm().to_int().into());
                sink.number(nsec3.flags().into());
                sink.number(nsec3.iterations().into());
                sink.octets(nsec3.salt().as_slice());
                sink.octets(nsec3.next_owner().as_slice());
                nsec3
                    .types()
                    .iter()
                    .for_each(|rtype| sink.number(rtype.to_int().into()));
            }
            _ => {}
        }
        sink.end();
    }
    Ok(())
}

#[inline]
fn name(name: &ParsedName<&[u8]>, sink: &mut impl Sink) {
    for label in name.iter().filter(|label| !label.is_root()) {
        sink.octets(label.as_slice());
    }
}

pub(super) fn own(octets: &'static [u8]) -> Contestant {
    Contestant::new("domain", move || {
        let (_, records) = owned(black_box(octets));
        let count = records.iter().filter(|(_, record)| record.rtype() != Rtype::OPT);
        let count = count.count();
        black_box(records);
        count as u64
    })
}

/// All that is in a message; each record with the number of its section.
fn owned(octets: &[u8]) -> (OwnedQuestion, Vec<(u8, Owned)>) {
    read_owned(octets).unwrap_or_else(|| panic!("the sample is in order"))
}

fn read_owned(octets: &[u8]) -> Option<(OwnedQuestion, Vec<(u8, Owned)>)> {
    let message = Message::from_octets(octets).ok()?;
    let question = message.sole_question().ok()?;
    let qname = question.qname().try_flatten_into().ok()?;
    let question = Question::new(qname, question.qtype(), question.qclass());
    let counts = message.header_counts();
    let count = counts.ancount() + counts.nscount() + counts.arcount();
    let mut records = Vec::with_capacity(count.into());
    let (_, answer, authority, additional) = message.sections().ok()?;
    for (number, section) in (1..).zip([answer, authority, additional]) {
        for record in section {
            let record = record.ok()?.into_any_record::<View<'_>>().ok()?;
            records.push((number, record.try_flatten_into().ok()?));
        }
    }
    Some((question, records))
}

/// Writes the message into the buffer of the time before.
macro_rules! build {
    ($function:ident, $name:literal, $compressor:ident) => {
        pub(super) fn $function(octets: &'static [u8]) -> Contestant {
            let (question, records) = owned(octets);
            let mut buffer = Vec::with_capacity(65_536);
            Contestant::new($name, move || {
                let target = $compressor::new(std::mem::take(&mut buffer));
                let out = write(target, black_box(&question), black_box(&records));
                buffer = out
                    .unwrap_or_else(|| panic!("the message fits"))
                    .into_target();
                black_box(&buffer).len() as u64
            })
        }
    };
}
build!(build_static, "domain (static)", StaticCompressor);
build!(build_hash, "domain (hash)", HashCompressor);
build!(build_tree, "domain (tree)", TreeCompressor);

fn write<Target: Composer>(
    target: Target,
    question: &OwnedQuestion,
    records: &[(u8, Owned)],
) -> Option<Target> {
    let mut builder = MessageBuilder::from_target(target).ok()?;
    builder.header_mut().set_id(0x1234);
    builder.header_mut().set_qr(true);
    builder.header_mut().set_rd(true);
    let mut builder = builder.question();
    builder.push(question).ok()?;
    let section = |wanted: u8| {
        records
            .iter()
            .filter(move |(number, _)| *number == wanted)
            .map(|(_, record)| record)
    };
    let mut builder = builder.answer();
    section(1).try_for_each(|record| builder.push(record).ok())?;
    let mut builder = builder.authority();
    section(2).try_for_each(|record| builder.push(record).ok())?;
    let mut builder = builder.additional();
    section(3).try_for_each(|record| builder.push(record).ok())?;
    Some(builder.finish())
}
