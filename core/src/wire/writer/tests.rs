use super::*;
use crate::wire::steps::counted;
use crate::wire::{
    Cname, Dname, Message, Mx, Name, Ns, OptionCode, Options, OwnedMessage, Question, Rdata, Soa,
};
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

/// Names that share labels and differ in case, so that compression has something to do and something to get wrong.
fn name() -> impl Strategy<Value = Name> {
    let label = prop::sample::select(vec![
        "a",
        "A",
        "b",
        "example",
        "eXample",
        "com",
        "xn--0123456789abcdef",
        "a-label-of-more-than-sixteen",
    ]);
    prop::collection::vec(label, 0..5).prop_map(|labels| {
        let text = labels.join(".") + ".";
        text.parse().unwrap()
    })
}

fn rdata() -> impl Strategy<Value = Rdata> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| Rdata::opaque(Rtype::A, &octets)),
        name().prop_map(|name| Ns { server: name.view() }.to_rdata()),
        name().prop_map(|name| Cname { target: name.view() }.to_rdata()),
        name().prop_map(|name| Dname { target: name.view() }.to_rdata()),
        (any::<u16>(), name()).prop_map(|(preference, name)| Mx {
            preference,
            exchange: name.view()
        }
        .to_rdata()),
        (name(), name(), any::<u32>()).prop_map(|(primary, mailbox, serial)| {
            let (primary, mailbox) = (primary.view(), mailbox.view());
            Soa {
                primary,
                mailbox,
                serial,
                refresh: 1,
                retry: 2,
                expire: 3,
                minimum: 4,
            }
            .to_rdata()
        }),
        (512u16..32768, prop::collection::vec(any::<u8>(), 0..60))
            .prop_map(|(rtype, octets)| Rdata::opaque(Rtype(rtype), &octets)),
    ]
}

prop_compose! {
    fn record()(owner in name(), class in prop_oneof![9 => Just(Class::IN), 1 => any::<u16>().prop_map(Class)], ttl: u32, rdata in rdata()) -> Record {
        // An address in another class would be opaque, and may be.
        Record { owner, class, ttl, rdata }
    }
}

fn question() -> impl Strategy<Value = Question> {
    (name(), any::<u16>(), any::<u16>()).prop_map(|(name, rtype, class)| Question {
        name,
        rtype: Rtype(rtype),
        class: Class(class),
    })
}

prop_compose! {
    fn opt()(udp_payload: u16, extended_rcode: u8, version: u8, dnssec_ok: bool, options in prop::collection::vec((any::<u16>(), prop::collection::vec(any::<u8>(), 0..9)), 0..4)) -> Opt {
        let mut opt = Opt { udp_payload, extended_rcode, version, dnssec_ok, options: Options::default() };
        assert!(options.iter().all(|(code, data)| opt.options.push(OptionCode(*code), data)));
        opt
    }
}

/// All that a message consists of.
#[derive(Debug)]
struct Content {
    questions: Vec<Question>,
    sections: [Vec<Record>; 3],
    opt: Option<Opt>,
}

prop_compose! {
    fn content()(questions in prop::collection::vec(question(), 0..3), sections in prop::array::uniform3(prop::collection::vec(record(), 0..9)), opt in prop::option::of(opt())) -> Content {
        Content { questions, sections, opt }
    }
}

/// Writes as much as fits; the number of records that did not.
fn write(out: &mut BytesMut, limit: u16, content: &Content) -> usize {
    let mut writer = MessageWriter::new(out, limit, 0x1234, Flags(0x8400));
    let mut left_out = 0;
    if let Some(opt) = &content.opt {
        left_out += usize::from(writer.reserve_opt(opt).is_err());
    }
    for question in &content.questions {
        left_out += usize::from(
            writer
                .question(&question.name, question.rtype, question.class)
                .is_err(),
        );
    }
    for (section, records) in Section::ALL.into_iter().zip(&content.sections) {
        left_out += records
            .iter()
            .filter(|record| writer.record(section, record).is_err())
            .count();
    }
    if let Some(opt) = &content.opt {
        left_out += usize::from(writer.opt(opt).is_err());
    }
    let length = writer.finish();
    assert!(length <= usize::from(limit).max(12));
    left_out
}

/// Reads it all back.
fn read(octets: &[u8]) -> Content {
    let message = Message::parse(octets).unwrap();
    Content {
        questions: message
            .questions()
            .map(|question| question.to_question())
            .collect(),
        sections: Section::ALL.map(|section| {
            message
                .records(section)
                .map(|record| record.to_record().unwrap())
                .collect()
        }),
        opt: message.opt().map(|opt| {
            let mut options = Options::default();
            assert!(opt.options().all(|option| options.push(option.code, option.data)));
            Opt {
                udp_payload: opt.udp_payload(),
                extended_rcode: opt.extended_rcode(),
                version: opt.version(),
                dnssec_ok: opt.dnssec_ok(),
                options,
            }
        }),
    }
}

/// Equal, the case of owners included, which equality of names does not look at.
fn assert_same(a: &Content, b: &Content) {
    assert_eq!(
        (&a.questions, &a.sections, &a.opt),
        (&b.questions, &b.sections, &b.opt)
    );
    let owners = |content: &Content| {
        content
            .sections
            .iter()
            .flatten()
            .map(|record| record.owner.as_wire().to_vec())
            .collect::<Vec<_>>()
    };
    assert_eq!(owners(a), owners(b));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_whoever_wrote_before(content in content(), before in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut out = BytesMut::from(&before[..]);
        prop_assert_eq!(write(&mut out, u16::MAX, &content), 0);
        prop_assert_eq!(&out[..before.len()], &before[..]);
        assert_same(&read(&out[before.len()..]), &content);
    }

    /// Whatever is long enough to have its place in the memory of the message: names, RDATA, options.
    #[test]
    fn an_owned_message_says_what_the_views_say_and_so_does_its_clone(content in content()) {
        let mut out = BytesMut::new();
        prop_assert_eq!(write(&mut out, u16::MAX, &content), 0);
        let message = Message::parse(&out).unwrap();
        let owned = OwnedMessage::try_from(message).unwrap();
        prop_assert_eq!((owned.id(), owned.flags(), owned.rcode()), (message.id(), message.flags(), message.rcode()));
        let clone = owned.clone();
        for owned in [owned, clone] {
            prop_assert_eq!(owned.opt(), message.opt());
            let taken = Content {
                questions: owned.questions().to_vec(),
                sections: Section::ALL.map(|section| owned.records(section).to_vec()),
                opt: owned.opt().map(Opt::from),
            };
            assert_same(&taken, &content);
        }
    }

    #[test]
    fn a_copy_of_a_message_is_as_good_as_the_original(content in content()) {
        let (mut out, mut again) = (BytesMut::new(), BytesMut::new());
        write(&mut out, u16::MAX, &content);
        let message = Message::parse(&out).unwrap();
        let mut writer = MessageWriter::new(&mut again, u16::MAX, message.id(), message.flags());
        for question in message.questions() {
            writer.question(&question.name.to_name(), question.rtype, question.class).unwrap();
        }
        for section in Section::ALL {
            message.records(section).for_each(|record| writer.copy(section, &record).unwrap());
        }
        if let Some(opt) = &content.opt {
            writer.opt(opt).unwrap();
        }
        writer.finish();
        prop_assert_eq!(again, out);
    }

    /// With less room there are fewer records, never half a record, never an octet too many, and always the OPT record for
    /// which room was kept.
    #[test]
    fn a_limit_leaves_out_whole_records(content in content(), limit in 12u16..700) {
        let mut out = BytesMut::new();
        let left_out = write(&mut out, limit, &content);
        prop_assert!(out.len() <= usize::from(limit));
        let back = read(&out);
        let total = |content: &Content| content.questions.len() + content.sections.iter().map(Vec::len).sum::<usize>() + usize::from(content.opt.is_some());
        let opt_fits = content.opt.as_ref().is_none_or(|opt| 12 + opt.wire_len() <= usize::from(limit));
        prop_assert_eq!(back.opt.is_some(), content.opt.is_some() && opt_fits);
        // An OPT record that does not fit fails twice: when room is kept for it, and when it is written.
        prop_assert_eq!(total(&back) + left_out, total(&content) + usize::from(!opt_fits));
    }

    /// After a rollback the writer is as if nothing had been written in between.
    #[test]
    fn a_rollback_leaves_no_trace(kept in prop::collection::vec(record(), 0..6), dropped in prop::collection::vec(record(), 0..6), later in prop::collection::vec(record(), 0..6)) {
        let written = |rolled_back: bool| {
            let mut out = BytesMut::new();
            let mut writer = MessageWriter::new(&mut out, u16::MAX, 0, Flags(0));
            writer.rrset(Section::Answer, &kept).unwrap();
            if rolled_back {
                let before = writer.checkpoint();
                writer.rrset(Section::Additional, &dropped).unwrap();
                writer.opt(&Opt::default()).unwrap();
                writer.rollback(before);
            }
            writer.rrset(Section::Answer, &later).unwrap();
            writer.finish();
            out
        };
        prop_assert_eq!(written(true), written(false));
    }
}

proptest! {
    /// Behind any others, and whether they fit or not.
    #[test]
    fn records_of_one_owner_are_written_as_one_after_the_other(
        before in prop::collection::vec(record(), 0..4),
        owner in name(),
        ttl: u32,
        rdata in prop::collection::vec(rdata(), 0..9),
        limit in 100u16..900,
    ) {
        let rtype = rdata.first().map_or(Rtype::A, Rdata::rtype);
        let rdata: Vec<Rdata> = rdata.into_iter().map(|rdata| Rdata::opaque(rtype, rdata.octets())).collect();
        let records: Vec<Record> = rdata.iter().map(|rdata| Record { owner: owner.clone(), class: Class::IN, ttl, rdata: rdata.clone() }).collect();
        let (mut together, mut one_by_one) = (BytesMut::new(), BytesMut::new());
        let mut writers = [&mut together, &mut one_by_one].map(|out| MessageWriter::new(out, limit, 1, Flags::default()));
        for writer in &mut writers {
            for record in &before {
                let _ = writer.record(Section::Answer, record);
            }
        }
        let [mut a, mut b] = writers;
        let octets = rdata.iter().map(Rdata::octets);
        prop_assert_eq!(a.records(Section::Authority, owner.view(), rtype, Class::IN, ttl, octets), b.rrset(Section::Authority, &records));
        a.finish();
        b.finish();
        prop_assert_eq!(together, one_by_one);
    }
}

fn record_of(owner: &str, rdata: Rdata) -> Record {
    Record {
        owner: owner.parse().unwrap(),
        class: Class::IN,
        ttl: 1,
        rdata,
    }
}

fn written(records: &[Record]) -> BytesMut {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, 0, Flags(0));
    writer.rrset(Section::Answer, records).unwrap();
    writer.finish();
    out
}

#[test]
fn rfc3597_4_only_types_of_rfc1035_are_compressed() {
    let name: Name = "target.example.".parse().unwrap();
    let names_in = |rdata: Rdata| written(&[record_of("example.", rdata)]).len() - 12 - 9 - 10;
    assert_eq!(names_in(Ns { server: name.view() }.to_rdata()), 7 + 2);
    assert_eq!(
        names_in(
            Mx {
                preference: 1,
                exchange: name.view()
            }
            .to_rdata()
        ),
        2 + 7 + 2
    );
    assert_eq!(names_in(Dname { target: name.view() }.to_rdata()), 16);
    // What an unknown type holds only looks like a name.
    assert_eq!(names_in(Rdata::opaque(Rtype(65280), name.as_wire())), 16);
}

#[test]
fn names_that_differ_in_case_are_not_merged() {
    let ns = |server: &str| {
        Ns {
            server: server.parse::<Name>().unwrap().view(),
        }
        .to_rdata()
    };
    let same = written(&[record_of("a.example.", ns("b.example."))]);
    let other = written(&[record_of("a.example.", ns("b.Example."))]);
    assert_eq!(other.len(), same.len() + 7);
}

#[test]
fn rdata_that_does_not_fit_its_type_is_written_as_it_is() {
    for octets in [&b""[..], b"\x00", b"\x00\x01\x07example", b"\x00\x01\xC0\x0C"] {
        let record = record_of("example.", Rdata::opaque(Rtype::MX, octets));
        let out = written(&[record.clone(), record]);
        let message = Message::parse(&out).unwrap();
        let rdata: Vec<_> = message
            .records(Section::Answer)
            .map(|record| record.rdata_octets())
            .collect();
        assert_eq!(rdata, [octets, octets]);
    }
}

#[test]
fn parts_come_in_order() {
    let record = record_of("a.", Rdata::opaque(Rtype::A, &[0; 4]));
    let name = Name::root();
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, 512, 0, Flags(0));
    writer.record(Section::Authority, &record).unwrap();
    assert_eq!(
        writer.record(Section::Answer, &record),
        Err(WriteError::OutOfOrder)
    );
    assert_eq!(
        writer.question(&name, Rtype::A, Class::IN),
        Err(WriteError::OutOfOrder)
    );
    writer.opt(&Opt::default()).unwrap();
    assert_eq!(writer.opt(&Opt::default()), Err(WriteError::OutOfOrder));
    assert_eq!(
        writer.record(Section::Authority, &record),
        Err(WriteError::OutOfOrder)
    );
    // TSIG and SIG(0) follow the OPT record.
    writer.record(Section::Additional, &record).unwrap();
    let length = writer.finish();
    assert_eq!(
        (
            length,
            Message::parse(&out).unwrap().record_count(Section::Additional)
        ),
        (out.len(), 2)
    );
}

/// A pointer has fourteen bits.
#[test]
fn names_beyond_the_reach_of_pointers_are_written_whole() {
    let far = record_of("far.example.", Rdata::opaque(Rtype::A, &[0; 4]));
    for filler in 0x3FC0..0x3FF0 {
        let filler_record = record_of(".", Rdata::opaque(Rtype(65280), &vec![0; filler]));
        let out = written(&[filler_record, far.clone(), far.clone()]);
        let message = Message::parse(&out).unwrap();
        let owners: Vec<_> = message
            .records(Section::Answer)
            .skip(1)
            .map(|record| record.owner.to_name())
            .collect();
        assert_eq!(owners, [far.owner.clone(), far.owner.clone()]);
        let at = 12 + 11 + filler;
        let again = if at < 0x4000 { 2 } else { 13 };
        assert_eq!(out.len(), at + 13 + 14 + again + 14);
    }
}

#[test]
fn names_that_were_taken_back_take_no_room_in_the_table() {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, 0, Flags(0));
    let record = record_of("example.", Rdata::opaque(Rtype::A, &[0; 4]));
    for length in 0..200 {
        let before = writer.checkpoint();
        let filler = record_of(".", Rdata::opaque(Rtype(65280), &vec![0; length]));
        writer.rrset(Section::Answer, [&filler, &record]).unwrap();
        writer.rollback(before);
    }
    writer.rrset(Section::Answer, [&record, &record]).unwrap();
    assert_eq!(writer.finish(), 12 + 9 + 14 + 2 + 14);
}

/// Most names below a name that is in the table are told apart by their hashes, not by comparing them.
#[test]
fn many_names_below_one_are_all_compressed() {
    let names: Vec<_> = (100..400)
        .map(|number| alloc::format!("n{number}.example."))
        .collect();
    let records: Vec<_> = names
        .iter()
        .map(|name| record_of(name, Rdata::opaque(Rtype::A, &[0; 4])))
        .collect();
    assert_eq!(written(&records).len(), 12 + 14 + 14 + 299 * (5 + 2 + 14));
}

/// Each label that is compared is one of a name that is then not written, the root among them, or one of those compared in vain:
/// at most 1000 and what is left of the name that was the last. Beside that, each label of a name is passed three times: when the
/// name is found in the record, when its labels are counted, and when they are written.
#[test]
fn compression_takes_no_more_steps_than_there_are_labels() {
    let deep = "a.".repeat(127);
    let mut names: Vec<Name> = vec![deep.parse().unwrap(); 20];
    names.extend((0..4000).map(|number| {
        alloc::format!("{}.{}.example.", number, number % 7)
            .parse::<Name>()
            .unwrap()
    }));
    let records: Vec<_> = names
        .into_iter()
        .map(|owner| Record {
            owner,
            ..record_of(".", Rdata::opaque(Rtype::A, &[0; 4]))
        })
        .collect();
    let labels: u64 = records
        .iter()
        .map(|record| u64::from(record.owner.label_count()) + 1)
        .sum();
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, 0, Flags(0));
    let (fitted, steps) = counted(|| {
        records
            .iter()
            .filter(|record| writer.record(Section::Answer, record).is_ok())
            .count()
    });
    assert!(fitted > 2000, "{fitted}");
    assert!(steps <= 4 * labels + 1000 + 127, "{steps} steps, {labels} labels");
}

/// The length of a message of these records of class IN, if every name could be pointed to that begins where a pointer can
/// lead: the offsets are in a map, from the name on.
fn fully_compressed(records: &[Record]) -> usize {
    fn name(seen: &mut BTreeMap<Vec<u8>, usize>, at: usize, mut rest: &[u8]) -> usize {
        let mut length = 0;
        while rest[0] > 0 {
            if seen.contains_key(rest) {
                return length + 2;
            }
            if at + length < 0x4000 {
                seen.insert(rest.to_vec(), at + length);
            }
            let label = usize::from(rest[0]) + 1;
            length += label;
            rest = &rest[label..];
        }
        length + 1
    }
    let mut seen = BTreeMap::new();
    records.iter().fold(12, |at, record| {
        let at = at + name(&mut seen, at, record.owner.as_wire()) + 10;
        match record.rdata.view::<Ns<'_>>() {
            Some(ns) => at + name(&mut seen, at, ns.server.to_name().as_wire()),
            None => at + record.rdata.octets().len(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Up to thousands of names, some of a hundred labels, in messages of up to 64 KiB; written as far as they fit.
    #[test]
    fn rfc1035_4_1_4_all_that_a_pointer_can_lead_to_is_found(
        (labels, names) in prop_oneof![3 => 1u32..3000, 1 => 1u32..4].prop_flat_map(|labels| {
            let name = prop_oneof![
                8 => prop::collection::vec(0..labels, 1..5),
                1 => prop::collection::vec(0..labels.min(30), 20..60),
            ];
            (Just(labels), prop::collection::vec(name, 1..3000))
        }),
        addresses in 0usize..4,
    ) {
        let names: Vec<Name> = names.iter().map(|name| {
            let labels = name.iter().map(|label| alloc::format!("{label:x}."));
            labels.collect::<alloc::string::String>().parse().unwrap()
        }).collect();
        let mut records: Vec<Record> = names.windows(2).map(|pair| {
            let rdata = if pair[0].as_wire().len() % 4 < addresses {
                Rdata::opaque(Rtype::A, &[192, 0, 2, 1])
            } else {
                Ns { server: pair[1].view() }.to_rdata()
            };
            Record { owner: pair[0].clone(), class: Class::IN, ttl: 1, rdata }
        }).collect();
        let mut out = BytesMut::new();
        let mut writer = MessageWriter::new(&mut out, u16::MAX, 0, Flags(0));
        let written = records.iter().take_while(|record| writer.record(Section::Answer, record).is_ok()).count();
        records.truncate(written);
        prop_assert_eq!(writer.finish(), fully_compressed(&records), "{} labels", labels);
        let read: Vec<Record> = Message::parse(&out).unwrap().records(Section::Answer).map(|record| record.to_record().unwrap()).collect();
        prop_assert!(read == records);
    }
}
