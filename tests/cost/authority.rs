//! What an answer with authority costs.

use bytes::BytesMut;
use nameward_core::server::answer::answer;
use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use nameward_core::wire::{Class, Flags, MessageWriter, Name, QuestionRef, Rcode, Rtype};
use nameward_core::zone::{Place, Zone, ZoneBuilder};

use super::allocations;

fn zone(text: &str) -> Zone {
    let apex: Name = "example.".parse().unwrap();
    let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
    let mut reader = ZoneReader::new(apex, ZoneReaderConfig::default());
    reader.push(text.as_bytes());
    reader.finish();
    loop {
        match reader.advance().unwrap() {
            ZoneEvent::Record(record) => builder.add(record, Place::default()),
            _ => return builder.build().zone.unwrap(),
        }
    }
}

#[test]
fn an_answer_allocates_nothing() {
    let long = "a-label-that-is-longer-than-the-forty-octets.which-have-room-in-a-name-itself";
    let zone = zone(&format!(
        "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nns RRSIG A 8 2 60 20300101000000 20200101000000 1 example. AAAA\n\
         alias CNAME {long}\n{long} MX 0 ns\n*.wild TXT x\ndname DNAME {long}.other.\nself DNAME self\n\
         cut NS ns.cut\ncut DS 1 8 2 00\nns.cut A 192.0.2.2\n"
    ));
    let mut out = BytesMut::with_capacity(1232);
    for (name, rtype, rcode) in [
        ("ns", Rtype::A, Rcode::NOERROR),
        ("missing", Rtype::A, Rcode::NXDOMAIN),
        ("alias", Rtype::MX, Rcode::NOERROR),
        ("x.wild", Rtype::TXT, Rcode::NOERROR),
        (&format!("x.{long}.dname"), Rtype::A, Rcode::NOERROR),
        ("x.self", Rtype::A, Rcode::NOERROR),
        ("x.cut", Rtype::A, Rcode::NOERROR),
        ("cut", Rtype::DS, Rcode::NOERROR),
        ("ns", Rtype::ANY, Rcode::NOERROR),
        ("ns", Rtype::AXFR, Rcode::REFUSED),
    ] {
        let name: Name = format!("{name}.example.").parse().unwrap();
        let question = QuestionRef {
            name: name.view(),
            rtype,
            class: Class::IN,
        };
        for limit in [100, 512, 1232] {
            let (count, outcome) = allocations(|| {
                out.clear();
                let mut writer = MessageWriter::new(&mut out, limit, 1, Flags::default());
                let asked = writer.question(question.name, rtype, Class::IN);
                let outcome = answer(&zone, question, true, &mut writer);
                writer.finish();
                asked.map(|()| outcome)
            });
            assert_eq!(count, 0, "{name} {rtype}");
            if let Ok(outcome) = outcome {
                assert_eq!(outcome.rcode, rcode, "{name} {rtype}");
            }
        }
    }
}
