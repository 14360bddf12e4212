use super::section::hash;
use super::*;
use crate::wire::raw::RawMessage;
use crate::wire::{
    A, Class, Cname, Flags, Header, Message, MessageWriter, Mx, Name, NameRef, Ns, ParseErrorKind, Rdata,
    Record, RecordRef, Rtype, Section, WriteError,
};
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use bytes::BytesMut;
use core::cmp::Ordering;
use proptest::prelude::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn record(owner: &str, ttl: u32, rdata: Rdata) -> Record {
    Record {
        owner: name(owner),
        class: Class::IN,
        ttl,
        rdata,
    }
}

fn address(last: u8) -> Rdata {
    A {
        address: [192, 0, 2, last].into(),
    }
    .to_rdata()
}

fn signature(covered: Rtype, rest: &[u8]) -> Rdata {
    let [high, low] = covered.0.to_be_bytes();
    // Algorithm, labels, original TTL, both times and the key tag do not matter here; the signer is the root.
    Rdata::opaque(Rtype::RRSIG, &[&[high, low], &[0; 17][..], rest].concat())
}

/// A message with these records as answers.
fn answers(records: &[Record]) -> Vec<u8> {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, 1, Flags::default());
    for record in records {
        writer.record(Section::Answer, record).unwrap();
    }
    writer.finish();
    out.to_vec()
}

/// Few names, in upper and lower case, so that many are equal.
fn any_name() -> impl Strategy<Value = Name> {
    "([abAB]{1,2}\\.){0,3}".prop_map(|text| {
        if text.is_empty() {
            Name::root()
        } else {
            name(&text)
        }
    })
}

fn any_rdata() -> impl Strategy<Value = Rdata> {
    prop_oneof![
        (0_u8..3).prop_map(address),
        any_name().prop_map(|server| Ns {
            server: server.view()
        }
        .to_rdata()),
        (0_u16..2, any_name()).prop_map(|(preference, exchange)| Mx {
            preference,
            exchange: exchange.view()
        }
        .to_rdata()),
        prop::collection::vec(0_u8..2, 0..3).prop_map(|octets| Rdata::opaque(Rtype(65_280), &octets)),
        (0_u16..3, any::<bool>())
            .prop_map(|(covered, long)| signature(Rtype(covered), if long { b"x" } else { b"" })),
        Just(Rdata::opaque(Rtype::RRSIG, b"\0")),
    ]
}

fn any_record() -> impl Strategy<Value = Record> {
    let class = prop_oneof![4 => Just(Class::IN), 1 => Just(Class::CH)];
    (any_name(), class, 0_u32..3, any_rdata()).prop_map(|(owner, class, ttl, rdata)| Record {
        owner,
        class,
        ttl,
        rdata,
    })
}

/// What RFC 4034 section 6.1 says of two names, word for word: labels from the right, as octets in lower case, a missing label
/// first.
fn naive_name_order(a: &Name, b: &Name) -> Ordering {
    let reversed = |name: &Name| {
        let mut labels: Vec<_> = name.labels().map(<[u8]>::to_ascii_lowercase).collect();
        labels.reverse();
        labels
    };
    reversed(a).cmp(&reversed(b))
}

fn naive_order(a: &Record, b: &Record) -> Ordering {
    let key = |record: &Record| {
        (
            record.class,
            record.rtype(),
            record.rdata.to_canonical().octets().to_vec(),
        )
    };
    naive_name_order(&a.owner, &b.owner).then_with(|| key(a).cmp(&key(b)))
}

/// What a set is told apart by, and whether a record is a signature of it.
fn set_of(record: &RecordRef<'_>) -> (Name, Class, Rtype, bool) {
    let owner = record.owner.to_name();
    match (record.rtype, record.rdata_octets()) {
        (Rtype::RRSIG, &[high, low, ..]) => {
            (owner, record.class, Rtype(u16::from_be_bytes([high, low])), true)
        }
        (rtype, _) => (owner, record.class, rtype, false),
    }
}

/// The sets of a section, each found by looking at all those before: owner, class, type, and positions of records and signatures.
type Sets = Vec<((Name, Class, Rtype), Vec<String>, Vec<String>)>;

fn quadratic(message: Message<'_>) -> Sets {
    let mut sets: Sets = Vec::new();
    for record in message.records(Section::Answer) {
        let (owner, class, rtype, signature) = set_of(&record);
        let key = (owner, class, rtype);
        let at = sets
            .iter()
            .position(|(known, _, _)| *known == key)
            .unwrap_or_else(|| {
                sets.push((key, Vec::new(), Vec::new()));
                sets.len() - 1
            });
        let (_, records, signatures) = &mut sets[at];
        if signature { signatures } else { records }.push(record.to_string());
    }
    sets
}

fn grouped(sets: &SectionRrsets<'_>) -> Sets {
    sets.iter()
        .map(|set| {
            let records = set.records().map(|record| record.to_string()).collect();
            let signatures = set.signatures().map(|record| record.to_string()).collect();
            (
                (set.owner().to_name(), set.class(), set.rtype()),
                records,
                signatures,
            )
        })
        .collect()
}

proptest! {
    #[test]
    fn rfc2181_5_grouping_is_a_partition_equal_to_the_quadratic_model(records in prop::collection::vec(any_record(), 0..40)) {
        let octets = answers(&records);
        let message = Message::parse(&octets).unwrap();
        let sets = message.rrsets(Section::Answer);
        let model = quadratic(message);
        prop_assert_eq!(grouped(&sets), model.clone());
        let count: usize = sets.iter().map(|set| set.records().len() + set.signatures().len()).sum();
        prop_assert_eq!(count, records.len());
        for ((owner, class, rtype), found, _) in &model {
            let set = sets.get(owner, *class, *rtype).unwrap();
            prop_assert_eq!(set.records().len(), found.len());
            let at: Vec<_> = sets.at(owner).map(|set| (set.class(), set.rtype())).collect();
            let expected: Vec<_> = model.iter().filter(|((other, _, _), _, _)| other == owner).map(|((_, class, rtype), _, _)| (*class, *rtype)).collect();
            prop_assert_eq!(at, expected);
        }
        prop_assert!(sets.get(&name("nobody."), Class::IN, Rtype::A).is_none());
    }

    /// Names whose hashes collide, some or all, are told apart nevertheless.
    #[test]
    fn colliding_hashes_change_nothing(records in prop::collection::vec(any_record(), 0..40), different in 1_u64..4) {
        let octets = answers(&records);
        let message = Message::parse(&octets).unwrap();
        let weak = |name: NameRef<'_>| u64::from(name.wire_len()) % different;
        let sets = SectionRrsets::group(message.records(Section::Answer), weak);
        prop_assert_eq!(grouped(&sets), quadratic(message));
    }

    #[test]
    fn rfc2181_5_a_set_has_each_rdata_once_whatever_its_order_and_case(rdata in prop::collection::vec(any_name(), 1..12), shift in 0_usize..12) {
        let rdata: Vec<_> = rdata.iter().map(|server| Ns { server: server.view() }.to_rdata()).collect();
        let set = Rrset::new(name("example."), Rtype::NS, Class::IN, 1, rdata.clone()).unwrap();
        // The model keeps what none before is equal to.
        let mut model: Vec<Rdata> = Vec::new();
        for rdata in &rdata {
            if model.iter().all(|known| known.to_canonical() != rdata.to_canonical()) {
                model.push(rdata.clone());
            }
        }
        prop_assert_eq!(set.rdata().collect::<Vec<_>>(), model.clone());
        prop_assert_eq!(set.len(), model.len());
        prop_assert!(rdata.iter().all(|rdata| set.contains(rdata)));
        let mut other = rdata.clone();
        other.rotate_left(shift % rdata.len());
        let other = Rrset::new(name("EXAMPLE."), Rtype::NS, Class::IN, 1, other).unwrap();
        prop_assert_eq!(&set, &other);
        prop_assert_eq!(set.canonical_rdata(), other.canonical_rdata());
    }

    #[test]
    fn rfc4034_6_canonical_order_is_total_and_as_the_naive_one(mut records in prop::collection::vec(any_record(), 2..12)) {
        for a in &records {
            for b in &records {
                prop_assert_eq!(a.canonical_cmp(b), naive_order(a, b));
                prop_assert_eq!(a.canonical_cmp(b), b.canonical_cmp(a).reverse());
                prop_assert_eq!(a.owner.cmp(&b.owner), naive_name_order(&a.owner, &b.owner));
                prop_assert_eq!(a.canonical_cmp(b).is_eq(), a.to_canonical(0) == b.to_canonical(0));
            }
        }
        records.sort_by(Record::canonical_cmp);
        prop_assert!(records.windows(2).all(|pair| naive_order(&pair[0], &pair[1]).is_le()));
    }

    #[test]
    fn rfc2181_5_2_the_lenient_ttl_is_the_lowest_and_the_strict_one_is_the_only_one(ttls in prop::collection::vec(prop_oneof![0_u32..3, any::<u32>()], 1..6)) {
        let (lowest, highest) = (*ttls.iter().min().unwrap(), *ttls.iter().max().unwrap());
        let inconsistent = lowest != highest;
        let expected = SetTtl { seconds: lowest, inconsistent };
        prop_assert_eq!(TtlRule::Lowest.judge(ttls.clone()), Ok(expected));
        let strict = if inconsistent { Err(RrsetError::TtlsDiffer { lowest, highest }) } else { Ok(expected) };
        prop_assert_eq!(TtlRule::Strict.judge(ttls.clone()), strict);

        let records: Vec<_> = ttls.iter().zip(0..).map(|(ttl, last)| record("example.", *ttl, address(last))).collect();
        let set = Rrset::from_records(&records, TtlRule::Lowest).unwrap();
        prop_assert_eq!((set.ttl(), set.inconsistent(), set.len()), (lowest, inconsistent, ttls.len()));
        prop_assert!(set.records().all(|record| record.ttl == lowest));
        prop_assert_eq!(Rrset::from_records(&records, TtlRule::Strict).is_ok(), !inconsistent);
        let octets = answers(&records);
        let sets = Message::parse(&octets).unwrap().rrsets(Section::Answer);
        let view = sets.get(&name("example."), Class::IN, Rtype::A).unwrap();
        prop_assert_eq!(view.ttl(TtlRule::Lowest), Ok(expected));
        prop_assert_eq!(view.to_rrset(TtlRule::Lowest), Ok(set));
    }
}

/// The example of RFC 4034 section 6.1.
#[test]
fn rfc4034_6_1_names_are_in_the_order_of_the_example() {
    let example = [
        "example.",
        "a.example.",
        "yljkjljk.a.example.",
        "Z.a.example.",
        "zABC.a.EXAMPLE.",
        "z.example.",
        "\\001.z.example.",
        "*.z.example.",
        "\\200.z.example.",
    ];
    let names: Vec<_> = example.iter().map(|text| name(text)).collect();
    for (a, b) in names.iter().zip(&names[1..]) {
        assert!(a < b, "{a} {b}");
    }
    let mut records: Vec<_> = example
        .iter()
        .rev()
        .map(|owner| record(owner, 1, address(1)))
        .collect();
    records.sort_by(Record::canonical_cmp);
    let sorted: Vec<_> = records.into_iter().map(|record| record.owner).collect();
    assert_eq!(sorted, names);
}

#[test]
fn rfc4034_6_3_a_missing_octet_comes_before_a_zero_and_octets_are_unsigned() {
    let rdata = |octets| Rdata::opaque(Rtype(65_280), octets);
    let sorted = [
        rdata(b""),
        rdata(b"\0"),
        rdata(b"\0\0"),
        rdata(b"\x7F"),
        rdata(b"\x80"),
        rdata(b"\xFF"),
    ];
    let set = Rrset::new(
        Name::root(),
        Rtype(65_280),
        Class::IN,
        0,
        sorted.iter().rev().cloned(),
    )
    .unwrap();
    assert_eq!(set.canonical_rdata(), sorted);
    assert_eq!(set.rdata().next(), Some(rdata(b"\xFF")));
}

/// The order of types at one owner is that of their numbers (RFC 8976 section 3.3.1), whatever their RDATA.
#[test]
fn rfc8976_3_3_1_types_are_ordered_by_number() {
    let low = record("b.example.", 9, address(255));
    let high = record(
        "B.example.",
        1,
        Cname {
            target: name(".").view(),
        }
        .to_rdata(),
    );
    assert_eq!(low.canonical_cmp(&high), Ordering::Less);
    let above = record("example.", 9, high.rdata.clone());
    assert_eq!(above.canonical_cmp(&low), Ordering::Less);
}

/// RFC 4034 section 3.1.8.1: RR(i) = owner | type | class | TTL | RDATA length | RDATA, in order.
#[test]
fn rfc4034_3_1_8_1_the_signed_form_is_lower_case_sorted_and_has_the_original_ttl() {
    let exchange = |text: &str, preference| {
        Mx {
            preference,
            exchange: name(text).view(),
        }
        .to_rdata()
    };
    let set = Rrset::new(
        name("wWw.Example."),
        Rtype::MX,
        Class::IN,
        7,
        [exchange("MAIL.", 2), exchange("mx.", 1)],
    )
    .unwrap();
    let mut octets = Vec::new();
    set.write_canonical(&name("*.EXAMPLE."), 3_600, &mut octets);
    let fixed = b"\x01*\x07example\x00\x00\x0F\x00\x01\x00\x00\x0E\x10";
    assert_eq!(
        octets,
        [
            &fixed[..],
            b"\x00\x06\x00\x01\x02mx\x00",
            &fixed[..],
            b"\x00\x08\x00\x02\x04mail\x00"
        ]
        .concat()
    );
}

/// The next name of NSEC is no name that is lower-cased.
#[test]
fn rfc6840_5_1_nsec_keeps_the_case_of_the_next_name() {
    let upper = Rdata::opaque(Rtype::NSEC, b"\x01B\x00\x00\x01\x40");
    let lower = Rdata::opaque(Rtype::NSEC, b"\x01b\x00\x00\x01\x40");
    assert_eq!(upper.to_canonical(), upper);
    let set = Rrset::new(name("a."), Rtype::NSEC, Class::IN, 1, [lower, upper]).unwrap();
    assert_eq!(set.len(), 2);
}

#[test]
fn sets_that_differ_in_anything_are_not_equal() {
    let set = |owner: &str, class, ttl, last: &[u8]| {
        Rrset::new(
            name(owner),
            Rtype::A,
            class,
            ttl,
            last.iter().map(|last| address(*last)),
        )
        .unwrap()
    };
    let one = set("a.", Class::IN, 1, &[1, 2]);
    assert_eq!(one, set("A.", Class::IN, 1, &[2, 1, 1]));
    assert_ne!(one, set("b.", Class::IN, 1, &[1, 2]));
    assert_ne!(one, set("a.", Class::CH, 1, &[1, 2]));
    assert_ne!(one, set("a.", Class::IN, 2, &[1, 2]));
    assert_ne!(one, set("a.", Class::IN, 1, &[1]));
    assert_ne!(one, set("a.", Class::IN, 1, &[1, 3]));
    assert!(!one.contains(&address(3)) && one.contains(&address(2)));
}

/// Grouping is right with any hash, but quick only with one that tells names apart.
#[test]
fn hashes_tell_names_apart_but_not_their_case() {
    let names = [".", "a.", "b.", "a.b.", "b.a.", "ab.", "aa.", "a.b.a."];
    let mut hashes: Vec<_> = names.iter().map(|text| hash(name(text).view())).collect();
    let upper: Vec<_> = names
        .iter()
        .map(|text| hash(name(&text.to_uppercase()).view()))
        .collect();
    assert_eq!(hashes, upper);
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), names.len());
}

/// Two counters and the octets, after the word of an allocator; nothing for a set that is in its value.
#[test]
fn what_a_set_takes_of_the_heap_is_not_less_than_its_octets_and_what_shares_them() {
    let small = Rrset::new(name("a."), Rtype::A, Class::IN, 1, [address(1)]).unwrap();
    assert_eq!(small.heap_octets(), 0);
    let large = Rrset::new(
        name("a."),
        Rtype::NULL,
        Class::IN,
        1,
        [Rdata::opaque(Rtype::NULL, &[7; 300])],
    )
    .unwrap();
    assert!(large.heap_octets() >= 300 + 2 + 16 + 8, "{}", large.heap_octets());
}

#[test]
fn sets_show_their_records() {
    let records = [
        record("a.", 1, address(1)),
        record("a.", 1, signature(Rtype::A, b"x")),
    ];
    let octets = answers(&records);
    let sets = Message::parse(&octets).unwrap().rrsets(Section::Answer);
    let shown = alloc::format!("[[{:?}, {:?}]]", records[0], records[1]);
    assert_eq!(alloc::format!("{sets:?}"), shown);
    let set = Rrset::from_records(&records[..1], TtlRule::Strict).unwrap();
    assert_eq!(alloc::format!("{set:?}"), alloc::format!("[{:?}]", records[0]));
}

#[test]
fn signatures_stand_with_the_set_that_they_cover() {
    let records = [
        record("a.example.", 9, signature(Rtype::NS, b"1")),
        record("a.example.", 9, address(1)),
        record("A.example.", 8, signature(Rtype::A, b"2")),
        record("b.example.", 9, signature(Rtype::A, b"3")),
        record("a.EXAMPLE.", 9, address(2)),
        record("a.example.", 8, signature(Rtype::A, b"4")),
        record("a.example.", 8, signature(Rtype::A, b"4")),
    ];
    let octets = answers(&records);
    let sets = Message::parse(&octets).unwrap().rrsets(Section::Answer);
    let shape: Vec<_> = sets
        .iter()
        .map(|set| {
            (
                set.owner().to_string(),
                set.rtype(),
                set.records().len(),
                set.signatures().len(),
            )
        })
        .collect();
    assert_eq!(
        shape,
        [
            ("a.example.".to_string(), Rtype::NS, 0, 1),
            ("a.example.".to_string(), Rtype::A, 2, 3),
            ("b.example.".to_string(), Rtype::A, 0, 1),
        ]
    );
    let signed = sets.get(&name("a.example."), Class::IN, Rtype::A).unwrap();
    let signatures = signed.to_signatures(TtlRule::Strict).unwrap();
    assert_eq!(
        (signatures.rtype(), signatures.ttl(), signatures.len()),
        (Rtype::RRSIG, 8, 2)
    );
    let alone = sets.get(&name("b.example."), Class::IN, Rtype::A).unwrap();
    assert_eq!(alone.to_rrset(TtlRule::Lowest), Err(RrsetError::Empty));
    assert!(sets.get(&name("b.example."), Class::CH, Rtype::A).is_none());
}

#[test]
fn records_that_are_no_set_are_refused() {
    let first = record("a.", 1, address(1));
    let refused = |other: Record| Rrset::from_records([&first, &other], TtlRule::Lowest).unwrap_err();
    assert_eq!(refused(record("b.", 1, address(2))), RrsetError::Mixed);
    assert_eq!(
        refused(Record {
            class: Class::CH,
            ..record("a.", 1, address(2))
        }),
        RrsetError::Mixed
    );
    assert_eq!(
        refused(record("a.", 1, Rdata::opaque(Rtype::NULL, b""))),
        RrsetError::Mixed
    );
    assert_eq!(
        Rrset::from_records(&[], TtlRule::Lowest).unwrap_err(),
        RrsetError::Empty
    );
    assert_eq!(
        Rrset::new(name("a."), Rtype::A, Class::IN, 0, []).unwrap_err(),
        RrsetError::Empty
    );
}

#[test]
fn a_set_that_no_message_could_hold_is_refused() {
    let longest = 65_535 - 12 - 12;
    let set = |length: usize| {
        Rrset::new(
            Name::root(),
            Rtype::NULL,
            Class::IN,
            0,
            [Rdata::opaque(Rtype::NULL, &vec![0; length])],
        )
    };
    assert_eq!(set(longest).unwrap().len(), 1);
    assert_eq!(set(longest + 1).unwrap_err(), RrsetError::TooLarge);
    let many = |count: u16| {
        let rdata = (0..count).map(|_| Rdata::opaque(Rtype::NULL, b""));
        Rrset::new(Name::root(), Rtype::NULL, Class::IN, 0, rdata).map(|set| set.len())
    };
    assert_eq!(many(5_460), Ok(1));
    assert_eq!(many(5_461), Err(RrsetError::TooLarge));
}

#[test]
fn malformed_rdata_in_a_message_is_an_error_when_the_set_is_owned() {
    let header = Header {
        id: 1,
        flags: Flags::default(),
        question_count: 0,
        answer_count: 1,
        authority_count: 0,
        additional_count: 0,
    };
    let octets = RawMessage::new()
        .header(header)
        .root()
        .record(Rtype::A, Class::IN, 1, &[1, 2, 3])
        .into_octets();
    let sets = Message::parse(&octets).unwrap().rrsets(Section::Answer);
    let set = sets.get(&Name::root(), Class::IN, Rtype::A).unwrap();
    match set.to_rrset(TtlRule::Strict) {
        Err(RrsetError::Malformed(error)) => {
            assert_eq!((error.kind(), error.offset()), (ParseErrorKind::RdataShort, 23));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn rfc8767_4_a_ttl_with_the_highest_bit_is_capped_and_not_zero() {
    let records = [
        record("a.", 0x8000_0000, address(1)),
        record("a.", 300, address(2)),
    ];
    let mut set = Rrset::from_records(&records[..1], TtlRule::Strict).unwrap();
    set.cap_ttl(86_400);
    assert_eq!(set.ttl(), 86_400);
    set.cap_ttl(86_401);
    assert_eq!(set.ttl(), 86_400);
    assert_eq!(Rrset::from_records(&records, TtlRule::Lowest).unwrap().ttl(), 300);
}

#[test]
fn rfc2181_9_a_set_is_written_whole_or_not_at_all() {
    let set = Rrset::new(name("example."), Rtype::A, Class::IN, 1, [address(1), address(2)]).unwrap();
    // A header, and two records of 23 and of 16 octets.
    for (limit, fits) in [(50, false), (51, true)] {
        let mut out = BytesMut::new();
        let mut writer = MessageWriter::new(&mut out, limit, 1, Flags::default());
        let written = set.write(&mut writer, Section::Answer);
        assert_eq!(written, if fits { Ok(()) } else { Err(WriteError::Full) });
        writer.finish();
        let message = Message::parse(&out).unwrap();
        assert_eq!(message.record_count(Section::Answer), if fits { 2 } else { 0 });
    }
}

#[test]
fn a_set_is_renamed_sorted_and_recorded_with_its_mark_and_its_octets() {
    use crate::trace::{Reader, Record as _};
    let records = [
        record("a.", 300, address(3)),
        record("a.", 60, address(1)),
        record("a.", 60, address(2)),
    ];
    let set = Rrset::from_records(&records, TtlRule::Lowest).unwrap();
    // Which comes first: an odd address. Of equals, the one that did.
    let sorted = set
        .clone()
        .with_owner(name("A."))
        .sorted_by_key(|rdata| rdata.octets()[3] % 2 == 0);
    assert_eq!(
        sorted.rdata().collect::<Vec<_>>(),
        [address(3), address(1), address(2)]
    );
    let sorted = sorted.sorted_by_key(|rdata| rdata.octets()[3]);
    assert_eq!(
        sorted.rdata().collect::<Vec<_>>(),
        [address(1), address(2), address(3)]
    );
    assert!(sorted.inconsistent() && sorted == set && sorted.owner().to_string() == "A.");

    let mut recorded = Vec::new();
    sorted.encode(&mut recorded);
    let read = Rrset::decode(&mut Reader::new(&recorded)).unwrap();
    assert_eq!(
        read.rdata().collect::<Vec<_>>(),
        sorted.rdata().collect::<Vec<_>>()
    );
    assert!(read.inconsistent() && read == sorted);
    recorded.pop();
    assert!(Rrset::decode(&mut Reader::new(&recorded)).is_err());
}
