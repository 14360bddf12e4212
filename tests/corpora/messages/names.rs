//! `messages/names`: names in wire form with compression, and in presentation format.

use nameward_core::wire::raw::RawMessage;
use nameward_core::wire::{Class, Header, Message, Name, NameErrorKind, ParseErrorKind, Rtype, Section};

use crate::folders::{corpora, table};

/// The items of a table of this folder, in hexadecimal there.
fn items(file: &str) -> Vec<Vec<u8>> {
    let Some(corpora) = corpora() else {
        return Vec::new();
    };
    let text = std::fs::read_to_string(corpora.join("messages/names").join(file)).expect("a table");
    let items: Vec<_> = table(&text)
        .into_iter()
        .map(|row| {
            let [_, hex] = &row[..] else {
                panic!("two columns: {row:?}")
            };
            data_encoding::HEXLOWER_PERMISSIVE
                .decode(hex.as_bytes())
                .expect("hex")
        })
        .collect();
    assert!(!items.is_empty(), "{file} is empty");
    items
}

/// What RFC 1035 section 4.1.4 makes of the octets at `at`: the labels, if it is a name whose pointers lead to below `lowest`, the
/// lowest octet that was seen. A model of the parser, written to be obvious and nothing else.
fn labels(message: &[u8], at: usize, lowest: usize, pointers: usize) -> Option<Vec<Vec<u8>>> {
    match *message.get(at)? {
        0 => Some(Vec::new()),
        length @ 1..=63 => {
            let after = at + 1 + usize::from(length);
            let label = message.get(at + 1..after)?.to_vec();
            let mut labels = labels(message, after, lowest, pointers)?;
            labels.insert(0, label);
            Some(labels)
        }
        64..=0xBF => None,
        high => {
            let target = usize::from(high & 0x3F) << 8 | usize::from(*message.get(at + 1)?);
            (target < lowest && pointers < 126).then(|| labels(message, target, target, pointers + 1))?
        }
    }
}

/// Each octet of the seeds may be where a name begins; pointers are tried as they are and as offsets from the start of the seed.
#[test]
fn rfc1035_4_1_4_seeds_of_bind_are_names_where_pointers_lead_backwards() {
    let (mut names, mut refused) = (0, 0);
    for seed in ["bind9-name_fromwire.tsv", "bind9-qpkey_name.tsv"]
        .map(items)
        .concat()
    {
        for shift in [0, SEED_AT] {
            let octets = shifted(&seed, shift);
            for start in 0..octets.len() {
                let at = SEED_AT + u16::try_from(start).expect("a short seed");
                let message = owner_at(&octets, at);
                let model = labels(&message, at.into(), at.into(), 1)
                    .filter(|labels| labels.iter().map(|label| label.len() + 1).sum::<usize>() < 255);
                match (Message::parse(&message), model) {
                    (Ok(message), Some(labels)) => {
                        names += 1;
                        let owner = message.records(Section::Answer).last().expect("two").owner;
                        assert!(owner.labels().eq(&labels), "{owner}: {labels:02x?}");
                        assert_eq!(Name::from_wire(owner.to_name().as_wire()), Ok(owner.to_name()));
                    }
                    (Err(error), None) => {
                        refused += 1;
                        let kinds = [
                            ParseErrorKind::Short,
                            ParseErrorKind::LabelType,
                            ParseErrorKind::PointerNotBackwards,
                            ParseErrorKind::NameTooLong,
                        ];
                        assert!(kinds.contains(&error.kind()), "{error}");
                        assert!(usize::from(error.offset()) <= message.len(), "{error}");
                    }
                    (parsed, model) => panic!("{message:02x?}: {parsed:?}, but {model:02x?}"),
                }
            }
        }
    }
    println!("{names} names, {refused} refused");
    assert!(corpora().is_none() || names > 0 && refused > 0);
}

/// Where the octets of a seed begin in the message of [`owner_at`]: after the header, and a root and the fixed part of a record.
const SEED_AT: u16 = 12 + 1 + 10;

/// A message with `octets` as opaque RDATA, and then a record whose owner is a pointer to offset `at`.
fn owner_at(octets: &[u8], at: u16) -> Vec<u8> {
    let header = Header {
        answer_count: 2,
        ..Header::parse(&[0; 12]).expect("a header")
    };
    RawMessage::new()
        .header(header)
        .root()
        .record(Rtype::NULL, Class::IN, 0, octets)
        .pointer(at)
        .record(Rtype::NULL, Class::IN, 0, b"")
        .into_octets()
}

/// The octets with `shift` added to whatever may be a pointer.
fn shifted(octets: &[u8], shift: u16) -> Vec<u8> {
    let mut octets = octets.to_vec();
    for at in 1..octets.len() {
        if let [high @ 0xC0..=0xFF, low] = octets[at - 1..=at] {
            let pointer = u16::from_be_bytes([high, low]).saturating_add(shift);
            octets[at - 1..=at].copy_from_slice(&pointer.to_be_bytes());
        }
    }
    octets
}

/// What is read is printed as a text that gives the same octets, and the same text again.
#[test]
fn texts_of_knot_are_names_that_survive_being_printed() {
    for octets in items("knot-dname_from_str.tsv") {
        let text = String::from_utf8(octets).expect("characters");
        match text.parse::<Name>() {
            Ok(name) => assert_stable(&name),
            // Only what has no wire form is refused.
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    NameErrorKind::LabelTooLong
                        | NameErrorKind::NameTooLong
                        | NameErrorKind::EmptyLabel
                        | NameErrorKind::BadEscape
                        | NameErrorKind::Empty
                ),
                "{text}: {error}"
            ),
        }
    }
}

/// Each name in wire form that keeps the limits survives being printed.
#[test]
fn names_of_knot_survive_being_printed() {
    for octets in items("knot-dname_to_str.tsv") {
        match Name::from_wire(&octets) {
            Ok(name) => {
                assert_eq!(name.as_wire(), octets);
                assert_stable(&name);
            }
            Err(error) => assert_eq!(
                labels(&octets, 0, 0, 0).filter(|_| octets.len() <= 255),
                None,
                "{octets:02x?}: {error}"
            ),
        }
    }
}

fn assert_stable(name: &Name) {
    let text = name.to_string();
    assert!(text.bytes().all(|octet| octet.is_ascii_graphic()), "{text}");
    let again: Name = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(again.as_wire(), name.as_wire(), "{text}");
    assert_eq!(again.to_string(), text);
}
