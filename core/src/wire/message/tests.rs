use super::*;
use crate::wire::codes::{Class, Rtype};
use crate::wire::error::ParseErrorKind;
use crate::wire::steps::counted;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

/// A header with these counts.
fn header(counts: [u16; 4]) -> Vec<u8> {
    let [question_count, answer_count, authority_count, additional_count] = counts;
    let header = Header {
        id: 0xABCD,
        flags: Flags(0x8180),
        question_count,
        answer_count,
        authority_count,
        additional_count,
    };
    header.to_octets().to_vec()
}

/// A record with this owner in wire form.
fn record(owner: &[u8], rtype: Rtype, rdata: &[u8]) -> Vec<u8> {
    let mut octets = owner.to_vec();
    let rdata_length = u16::try_from(rdata.len()).unwrap();
    octets.extend_from_slice(
        &Fixed {
            rtype,
            class: Class::IN,
            ttl: 60,
            rdata_length,
        }
        .to_octets(),
    );
    octets.extend_from_slice(rdata);
    octets
}

/// A response with each section filled, compressed by hand.
fn response() -> Vec<u8> {
    let mut octets = header([1, 2, 1, 2]);
    octets.extend_from_slice(b"\x03www\x07example\x00\x00\x01\x00\x01");
    octets.extend(record(b"\xC0\x0C", Rtype::CNAME, b"\x01a\xC0\x10"));
    octets.extend(record(b"\xC0\x29", Rtype::A, &[192, 0, 2, 1]));
    octets.extend(record(b"\xC0\x10", Rtype::NS, b"\x02ns\xC0\x10"));
    octets.extend(record(b"\x00", Rtype::OPT, b"\x00\x0A\x00\x02hi"));
    octets.extend(record(b"\x02ns\xC0\x10", Rtype::TXT, b"\x02hi"));
    octets
}

/// Looks at all that there is.
fn look(octets: &[u8]) -> Result<usize, ParseError> {
    let message = Message::parse(octets)?;
    let shown = format!("{message:?}").len();
    let mut records = 0_usize;
    for section in Section::ALL {
        assert!(message.records(section).len() <= usize::from(message.record_count(section)));
        assert_eq!(message.records(section).count(), message.records(section).len());
        for record in message.records(section) {
            records += 1;
            let _ = record.to_record().map(|record| format!("{record}"));
        }
    }
    assert_eq!(message.questions().count(), usize::from(message.question_count()));
    let counted: u16 = Section::ALL
        .map(|section| message.record_count(section))
        .iter()
        .sum();
    assert_eq!(
        records + usize::from(message.opt().is_some()),
        usize::from(counted)
    );
    Ok(shown)
}

#[test]
fn sections_questions_and_opt_are_what_they_are() {
    let octets = response();
    let message = Message::parse(&octets).unwrap();
    assert_eq!(
        (message.id(), message.flags(), message.opcode()),
        (0xABCD, Flags(0x8180), Opcode::QUERY)
    );
    assert_eq!(format!("{}", message.question().unwrap()), "www.example.\tIN\tA");
    let texts = Section::ALL.map(|section| {
        message
            .records(section)
            .map(|record| format!("{record}"))
            .collect::<Vec<_>>()
    });
    assert_eq!(
        texts[0],
        [
            "www.example.\t60\tIN\tCNAME\ta.example.",
            "a.example.\t60\tIN\tA\t192.0.2.1"
        ]
    );
    assert_eq!(texts[1], ["example.\t60\tIN\tNS\tns.example."]);
    // The OPT record comes before, and is passed over.
    assert_eq!(texts[2], ["ns.example.\t60\tIN\tTXT\t\"hi\""]);
    assert_eq!(message.record_count(Section::Additional), 2);
    let options: Vec<_> = message.opt().unwrap().options().collect();
    assert_eq!(options.len(), 1);
    assert_eq!((options[0].code.0, options[0].data), (10, &b"hi"[..]));
    let shared = SharedMessage::from(message);
    assert_eq!(format!("{:?}", shared.view()), format!("{message:?}"));
    assert_eq!(message.questions().len(), 1);
    let question = message.question().unwrap();
    let shown = "www.example. IN A";
    assert_eq!(
        [format!("{question:?}"), format!("{:?}", question.to_question())],
        [shown, shown]
    );
    let opt = format!("{:?}", message.opt().unwrap());
    assert!(
        opt.starts_with("OptRef { udp_payload: ") && opt.ends_with("options: [COOKIE [68, 69]] }"),
        "{opt}"
    );
}

#[test]
fn rfc6891_6_1_3_response_code_has_twelve_bits() {
    let mut octets = header([0, 0, 0, 1]);
    octets[3] = 0x87;
    let mut opt = record(b"\x00", Rtype::OPT, b"");
    opt[5] = 0x01;
    octets.extend(opt);
    assert_eq!(Message::parse(&octets).unwrap().rcode(), Rcode(0x17));
}

#[test]
fn rfc6891_6_1_opt_is_one_of_the_root_in_the_additional_section() {
    let opt = record(b"\x00", Rtype::OPT, b"");
    let refused = |counts, parts: &[&[u8]]| {
        let mut octets = header(counts);
        parts.iter().for_each(|part| octets.extend_from_slice(part));
        Message::parse(&octets).unwrap_err().kind()
    };
    assert_eq!(refused([0, 1, 0, 0], &[&opt]), ParseErrorKind::OptOutOfPlace);
    assert_eq!(refused([0, 0, 1, 0], &[&opt]), ParseErrorKind::OptOutOfPlace);
    assert_eq!(refused([0, 0, 0, 2], &[&opt, &opt]), ParseErrorKind::SecondOpt);
    assert_eq!(
        refused([0, 0, 0, 1], &[&record(b"\x01a\x00", Rtype::OPT, b"")]),
        ParseErrorKind::OptOwner
    );
    for cut in [
        &b"\x00"[..],
        b"\x00\x0A\x00",
        b"\x00\x0A\x00\x01",
        b"\x00\x0A\x00\x00\x00",
    ] {
        assert_eq!(
            refused([0, 0, 0, 1], &[&record(b"\x00", Rtype::OPT, cut)]),
            ParseErrorKind::RdataShort
        );
    }
    let most = record(b"\x00", Rtype::OPT, &[0; 400]);
    assert!(Message::parse(&[header([0, 0, 0, 1]), most].concat()).is_ok());
    assert_eq!(
        refused([0, 0, 0, 1], &[&record(b"\x00", Rtype::OPT, &[0; 404])]),
        ParseErrorKind::TooManyOptions
    );
}

#[test]
fn each_truncation_of_a_message_is_refused() {
    let octets = response();
    assert!(look(&octets).is_ok());
    for length in 0..octets.len() {
        let error = look(&octets[..length]).unwrap_err();
        assert_eq!(
            error.kind(),
            if length == 0 {
                ParseErrorKind::Short
            } else {
                error.kind()
            }
        );
        assert!(usize::from(error.offset()) <= length);
    }
    let longer = [octets.clone(), vec![0]].concat();
    let error = Message::parse(&longer).unwrap_err();
    assert_eq!(
        (error.kind(), usize::from(error.offset())),
        (ParseErrorKind::TrailingOctets, octets.len())
    );
    assert_eq!(
        Message::parse(&vec![0; 65536]).unwrap_err().kind(),
        ParseErrorKind::MessageTooLong
    );
}

#[test]
fn each_flipped_bit_gives_a_message_or_an_error() {
    let octets = response();
    let mut taken = 0;
    for bit in 0..octets.len() * 8 {
        let mut flipped = octets.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        taken += usize::from(look(&flipped).is_ok());
    }
    assert!((1..octets.len() * 8).contains(&taken));
}

/// A count says how many records are read and nothing else: a header that promises 65 535 of each costs no step.
#[test]
fn counts_that_lie_are_refused_at_once() {
    let (result, steps) = counted(|| Message::parse(&header([u16::MAX; 4])).map(|_| ()));
    assert_eq!((result.unwrap_err().kind(), steps), (ParseErrorKind::Short, 1));
}

/// Pointers each to the one before in opaque RDATA, and as many owners as fit that point to the end of the chain.
fn bomb(links: u16, owners_at: impl Fn(u16) -> u16) -> Vec<u8> {
    let chain_at = 12 + 1 + 10;
    let mut chain = vec![0, 0];
    (0..links).for_each(|link| chain.extend_from_slice(&(0xC000 | (chain_at + 2 * link)).to_be_bytes()));
    let first = record(b"\x00", Rtype(65280), &chain);
    let owners = u16::try_from((65535 - 12 - first.len()) / 12).unwrap();
    let mut octets = header([0, owners + 1, 0, 0]);
    octets.extend(first);
    for owner in 0..owners {
        octets.extend(record(
            &(0xC000 | (chain_at + 2 * owners_at(owner))).to_be_bytes(),
            Rtype(65280),
            b"",
        ));
    }
    octets
}

#[test]
fn a_long_chain_of_pointers_is_refused_at_the_first_owner() {
    let octets = bomb(126, |_| 126);
    assert_eq!(
        Message::parse(&octets).unwrap_err().kind(),
        ParseErrorKind::TooManyPointers
    );
    let octets = bomb(8000, |_| 8000);
    let (result, steps) = counted(|| Message::parse(&octets).map(|_| ()));
    assert_eq!(result.unwrap_err().kind(), ParseErrorKind::TooManyPointers);
    assert!(steps <= 256, "{steps}");
}

/// Legal chains, as long as may be, with all owners at their ends: the message runs out of pointers.
#[test]
fn all_names_together_follow_four_pointers_an_octet_at_most() {
    for spread in [1, 16, 25] {
        let octets = bomb(125, |owner| 125 - owner % spread);
        let (result, steps) = counted(|| Message::parse(&octets).map(|_| ()));
        assert_eq!(result.unwrap_err().kind(), ParseErrorKind::PointerBudget);
        assert!(steps <= 5 * octets.len() as u64, "{steps}");
    }
    // A zone that is deep and honest: each owner one label below the last, which all write with one pointer.
    let mut octets = header([0, 34, 0, 0]);
    let mut last = 0;
    for depth in 0..34 {
        let at = u16::try_from(octets.len()).unwrap();
        let owner = if depth == 0 {
            b"\x01a\x00".to_vec()
        } else {
            [b"\x01a".to_vec(), (0xC000_u16 | last).to_be_bytes().to_vec()].concat()
        };
        octets.extend(record(&owner, Rtype::A, &[192, 0, 2, 1]));
        last = at;
    }
    assert_eq!(
        Message::parse(&octets).map(|message| message.records(Section::Answer).len()),
        Ok(34)
    );
}

/// Remembered names are taken for no others, wherever those are.
#[test]
fn an_owner_that_was_checked_says_nothing_about_another() {
    for distance in 1..64 {
        // The root, and a label of a reserved type, to each of which an owner points.
        let mut rdata = vec![0x40; distance + 1];
        rdata[0] = 0;
        let owner = |distance: usize| (0xC000 + 23 + u16::try_from(distance).unwrap()).to_be_bytes();
        let mut octets = header([0, 3, 0, 0]);
        octets.extend(record(b"\x00", Rtype(65280), &rdata));
        octets.extend(record(&owner(0), Rtype(65280), b""));
        let at = octets.len();
        octets.extend(record(&owner(distance), Rtype(65280), b""));
        let error = Message::parse(&octets).unwrap_err();
        assert_eq!(
            (error.kind(), usize::from(error.offset())),
            (ParseErrorKind::LabelType, 23 + distance)
        );
        // The same owner twice is in order.
        octets.truncate(at);
        octets.extend(record(&owner(0), Rtype(65280), b""));
        assert!(Message::parse(&octets).is_ok());
    }
}

proptest! {
    #[test]
    fn any_octets_are_a_message_or_an_error(
        counts in prop::array::uniform4(0u16..3),
        body in prop::collection::vec(prop_oneof![4 => Just(0u8), 1 => Just(0xC0), 2 => 1u8..20, 1 => any::<u8>()], 0..120),
    ) {
        let octets = [header(counts), body].concat();
        let _ = look(&octets);
        let _ = look(&octets[12..]);
    }
}
