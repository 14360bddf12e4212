//! What reading and writing a message costs.

use std::hint::black_box;

use bytes::BytesMut;
use nameward_core::wire::{
    A, Aaaa, Class, Flags, Message, MessageWriter, Name, Ns, Opt, OptionCode, OwnedMessage, Record,
    RecordRef, Rtype, Section, Soa,
};

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

/// The first hundred names have their place in the writer itself. When they move to a larger one there is a list of them.
#[test]
fn writing_a_large_message_takes_memory_for_its_names_once() {
    let mut out = BytesMut::with_capacity(65_536);
    for sample in messages::Sample::large() {
        out.clear();
        let (count, written) = allocations(|| sample.write(&mut out));
        assert!(count <= 2, "{}: {count} allocations", sample.name);
        assert!(written > 10_000, "{written}");
    }
}

/// The records, and what is too long for them.
#[test]
fn owning_a_message_allocates_at_most_twice() {
    for (sample, most) in messages::Sample::all().into_iter().zip([1, 2, 1]) {
        let octets = sample.octets();
        let message = Message::parse(&octets).unwrap();
        let (count, owned) = allocations(|| OwnedMessage::try_from(message).unwrap());
        let sections = Section::ALL.map(|section| owned.records(section).to_vec());
        assert_eq!((count, sections), (most, sample.sections), "{}", sample.name);
    }
}

/// Every name and all RDATA of five thousand records is long, and the OPT record has an option.
#[test]
fn owning_a_large_message_of_long_names_allocates_twice() {
    let zone = format!("{}.example.", "l".repeat(60));
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, 0, Flags::default());
    let question: Name = format!("question.{zone}").parse().unwrap();
    writer.question(&question, Rtype::NS, Class::IN).unwrap();
    let mut opt = Opt::default();
    assert!(opt.options.push(OptionCode(65001), &[7; 100]));
    writer.reserve_opt(&opt).unwrap();
    let mut records = 0;
    for number in 0.. {
        let [owner, server] = ["owner", "server"].map(|label| format!("{label}{number}.{zone}"));
        let [owner, server]: [Name; 2] = [owner, server].map(|name| name.parse().unwrap());
        let rdata = Ns {
            server: server.view(),
        }
        .to_rdata();
        let record = Record {
            owner,
            class: Class::IN,
            ttl: 1,
            rdata,
        };
        if writer.record(Section::Answer, &record).is_err() {
            break;
        }
        records += 1;
    }
    writer.opt(&opt).unwrap();
    writer.finish();
    let message = Message::parse(&out).unwrap();
    let (count, owned) = allocations(|| OwnedMessage::try_from(message).unwrap());
    assert_eq!((count, owned.records(Section::Answer).len()), (2, records));
    assert!(records > 1000, "{records}");
    let views = message
        .records(Section::Answer)
        .map(|record| record.to_record().unwrap());
    assert!(views.eq(owned.records(Section::Answer).iter().cloned()));
    assert_eq!(owned.opt().map(Opt::from), Some(opt));
}

/// Whoever keeps a record of a message does not keep the message.
#[test]
fn a_record_cloned_from_a_message_has_memory_of_its_own() {
    let [_, signed, _] = messages::Sample::all();
    let octets = signed.octets();
    let mut kept = None;
    let counted = allocation_counter::measure(|| {
        let message = OwnedMessage::try_from(Message::parse(&octets).unwrap()).unwrap();
        let mut records = message.records(Section::Authority).iter();
        kept = records.find(|record| record.rtype() == Rtype::RRSIG).cloned();
    });
    let signature = kept.expect("the message is signed").rdata.octets().len();
    let most = i64::try_from(signature).unwrap() + 32;
    assert!(
        (1..=most).contains(&counted.bytes_current),
        "{} octets are kept",
        counted.bytes_current
    );
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
