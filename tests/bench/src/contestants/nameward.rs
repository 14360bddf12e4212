//! Ourselves.

use std::hint::black_box;

use bytes::BytesMut;
use nameward_core::wire::{
    A, Aaaa, Message, NameRef, Ns, OwnedMessage, ParseError, RecordRef, Rtype, Section, SharedMessage, Soa,
};

use super::Contestant;
use crate::fold::{Checksum, Sink};
use crate::messages::Sample;

pub(super) fn parse(octets: &'static [u8]) -> Contestant {
    Contestant::new(Contestant::OURS, move || {
        let mut sum = Checksum::default();
        touch(black_box(octets), &mut sum);
        sum.finish()
    })
}

pub(super) fn own(octets: &'static [u8]) -> Contestant {
    Contestant::new(Contestant::OURS, move || {
        let message = expect(OwnedMessage::try_from(read(black_box(octets))));
        let count = Section::ALL.map(|section| message.records(section).len());
        black_box(message);
        count.iter().sum::<usize>() as u64
    })
}

/// The message as it came, owned and shared; looked at afterwards, the fold included.
pub(super) fn share(octets: &'static [u8]) -> Contestant {
    Contestant::new("nameward (shared)", move || {
        let message = black_box(SharedMessage::from(read(black_box(octets))));
        let mut sum = Checksum::default();
        touch_message(message.view(), &mut sum);
        black_box(sum.finish())
    })
}

pub(super) fn build(sample: Sample) -> Contestant {
    let mut out = BytesMut::with_capacity(65_536);
    Contestant::new(Contestant::OURS, move || {
        out.clear();
        let length = black_box(&sample).write(&mut out);
        black_box(&out);
        length as u64
    })
}

/// Gives all fields of a message to `sink`.
#[inline(always)]
pub(super) fn touch(octets: &[u8], sink: &mut impl Sink) {
    touch_message(read(octets), sink);
}

#[inline(always)]
fn touch_message(message: Message<'_>, sink: &mut impl Sink) {
    sink.number(message.id().into());
    for question in message.questions() {
        name(question.name, sink);
        sink.number(question.rtype.0.into());
        sink.number(question.class.0.into());
        sink.end();
    }
    for section in Section::ALL {
        for record in message.records(section) {
            name(record.owner, sink);
            sink.number(record.rtype.0.into());
            sink.number(record.class.0.into());
            sink.number(record.ttl.into());
            expect(rdata(&record, sink));
            sink.end();
        }
    }
    if let Some(opt) = message.opt() {
        sink.number(opt.udp_payload().into());
        sink.number(opt.version().into());
        sink.end();
    }
}

#[inline]
fn rdata(record: &RecordRef<'_>, sink: &mut impl Sink) -> Result<(), ParseError> {
    match record.rtype {
        Rtype::A => {
            if let Some(A { address }) = record.rdata()? {
                sink.number(u32::from(address).into());
            }
        }
        Rtype::AAAA => {
            if let Some(Aaaa { address }) = record.rdata()? {
                sink.wide(address.octets());
            }
        }
        Rtype::NS => {
            if let Some(Ns { server }) = record.rdata()? {
                name(server, sink);
            }
        }
        Rtype::SOA => {
            if let Some(soa) = record.rdata::<Soa<'_>>()? {
                name(soa.primary, sink);
                name(soa.mailbox, sink);
                for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
                    sink.number(number.into());
                }
            }
        }
        Rtype::RRSIG => rrsig(record.rdata_octets(), sink),
        Rtype::NSEC3 => sink.nsec3(record.rdata_octets()),
        _ => sink.octets(record.rdata_octets()),
    }
    Ok(())
}

#[inline]
fn rrsig(rdata: &[u8], sink: &mut impl Sink) {
    let Some((&[a, b, algorithm, labels, c, d, e, f, g, h, i, j, k, l, m, n, o, p], mut rest)) =
        rdata.split_first_chunk()
    else {
        return;
    };
    sink.number(u16::from_be_bytes([a, b]).into());
    sink.number(algorithm.into());
    sink.number(labels.into());
    for octets in [[c, d, e, f], [g, h, i, j], [k, l, m, n]] {
        sink.number(u32::from_be_bytes(octets).into());
    }
    sink.number(u16::from_be_bytes([o, p]).into());
    while rest.first().is_some_and(|&length| length > 0) {
        rest = sink.string(rest);
    }
    sink.octets(rest.get(1..).unwrap_or_default());
}

#[inline]
fn name(name: NameRef<'_>, sink: &mut impl Sink) {
    name.labels().for_each(|label| sink.octets(label));
}

fn read(octets: &[u8]) -> Message<'_> {
    expect(Message::parse(octets))
}

fn expect<T>(result: Result<T, ParseError>) -> T {
    result.unwrap_or_else(|error| panic!("the sample is in order: {error}"))
}
