//! What reading and writing a message costs.

use std::hint::black_box;

use bytes::BytesMut;
use nameward_core::wire::{A, Aaaa, Message, Ns, RecordRef, Rtype, Section, Soa};

use super::allocations;

#[path = "../bench/src/messages.rs"]
mod messages;

/// Looks at the RDATA of a record, with its type if it has one here.
fn look_at_rdata(record: &RecordRef<'_>) {
    match record.rtype {
        Rtype::A => look_at(record.rdata::<A>().unwrap()),
        Rtype::AAAA => look_at(record.rdata::<Aaaa>().unwrap()),
        Rtype::NS => look_at(record.rdata::<Ns<'_>>().unwrap()),
        Rtype::SOA => look_at(record.rdata::<Soa<'_>>().unwrap()),
        _ => look_at(Some(record.rdata_octets())),
    }
}

fn look_at<T>(rdata: Option<T>) {
    black_box(rdata.expect("the type is the record's"));
}

#[test]
fn reading_a_message_takes_no_memory() {
    for sample in messages::Sample::all() {
        let octets = sample.octets();
        let (count, records) = allocations(|| {
            let message = Message::parse(&octets).unwrap();
            for question in message.questions() {
                black_box(question.name.labels().count());
            }
            let mut records = 0;
            for record in Section::ALL
                .into_iter()
                .flat_map(|section| message.records(section))
            {
                black_box(record.owner.labels().count());
                look_at_rdata(&record);
                records += 1;
            }
            black_box(message.opt().unwrap().options().count());
            records
        });
        let wanted: usize = sample.sections.iter().map(Vec::len).sum();
        assert_eq!((count, records), (0, wanted), "{}", sample.name);
    }
}

#[test]
fn writing_a_message_into_a_buffer_that_is_there_takes_no_memory() {
    let mut out = BytesMut::with_capacity(4096);
    for (sample, length) in messages::Sample::all().into_iter().zip([60, 1158, 840]) {
        out.clear();
        let (count, written) = allocations(|| sample.write(&mut out));
        assert_eq!((count, written), (0, length), "{}", sample.name);
    }
}

/// The counter counts: what is owned does take memory.
#[test]
fn owning_a_long_record_takes_memory() {
    let [_, signed, _] = messages::Sample::all();
    let octets = signed.octets();
    let message = Message::parse(&octets).unwrap();
    let signature = message
        .records(Section::Authority)
        .find(|record| record.rtype == Rtype::RRSIG);
    let (count, record) = allocations(|| signature.unwrap().to_record());
    assert_eq!((count, record.unwrap().rtype()), (1, Rtype::RRSIG));
}
