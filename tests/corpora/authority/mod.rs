//! Answers from zones, beside those that others give.

mod pdns;
mod rfc;

use bytes::BytesMut;
use nameward_core::server::answer::{Outcome, answer_from};
use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use nameward_core::wire::{
    Class, Flags, Message, MessageWriter, Name, OwnedMessage, QuestionRef, Record, Rtype, Section,
};
use nameward_core::zone::{Place, Zone, ZoneBuilder, Zones};

/// The zone of this text, and how many of its entries are wrong and left out.
fn zone(apex: &str, text: &[u8]) -> (Option<Zone>, usize) {
    let apex: Name = apex.parse().unwrap();
    let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
    let config = ZoneReaderConfig {
        first_ttl: Some(3600),
        ..ZoneReaderConfig::default()
    };
    let mut reader = ZoneReader::new(apex, config);
    reader.push(text);
    reader.finish();
    let mut wrong = 0;
    loop {
        match reader.advance() {
            Ok(ZoneEvent::Record(record)) => builder.add(record, Place::default()),
            Ok(ZoneEvent::Ended) => return (builder.build().zone, wrong),
            Ok(other) => panic!("{other:?}"),
            Err(_) => wrong += 1,
        }
    }
}

/// What a question gets that may be as long as a message can be.
fn ask(zones: &Zones, name: &Name, rtype: Rtype) -> (Outcome, [Vec<Record>; 3]) {
    ask_for(zones, name, rtype, false)
}

/// The same, with DNSSEC records or without.
fn ask_for(zones: &Zones, name: &Name, rtype: Rtype, dnssec_ok: bool) -> (Outcome, [Vec<Record>; 3]) {
    let question = QuestionRef {
        name: name.view(),
        rtype,
        class: Class::IN,
    };
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, 1, Flags::default());
    let outcome = answer_from(zones, question, dnssec_ok, &mut writer);
    writer.finish();
    let message = OwnedMessage::try_from(Message::parse(&out).unwrap()).unwrap();
    (
        outcome,
        Section::ALL.map(|section| message.records(section).to_vec()),
    )
}
