use super::*;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::hash::BuildHasher as _;
use proptest::prelude::*;

/// Labels that often differ in case only, and are often arbitrary.
fn label() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(vec![
            b"a".to_vec(),
            b"A".to_vec(),
            b"B".to_vec(),
            b"ab".to_vec(),
            b"aB".to_vec(),
            b"[".to_vec(),
            b"\x00".to_vec()
        ]),
        prop::collection::vec(any::<u8>(), 1..=63),
    ]
}

fn wire_of(labels: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in labels {
        wire.push(u8::try_from(label.len()).unwrap());
        wire.extend_from_slice(label);
    }
    wire.push(0);
    wire
}

fn labels() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(label(), 0..6).prop_filter("a name has 255 octets at most", |labels| {
        wire_of(labels).len() <= LONGEST
    })
}

fn folded(labels: &[Vec<u8>]) -> Vec<Vec<u8>> {
    labels
        .iter()
        .rev()
        .map(|label| label.to_ascii_lowercase())
        .collect()
}

proptest! {
    #[test]
    fn names_survive_wire_and_text(labels in labels()) {
        let wire = wire_of(&labels);
        let name = Name::from_wire(&wire).unwrap();
        prop_assert_eq!(name.as_wire(), &wire[..]);
        prop_assert_eq!(name.labels().map(<[u8]>::to_vec).collect::<Vec<_>>(), labels.clone());
        prop_assert_eq!(usize::from(name.label_count()), labels.len());
        prop_assert_eq!(usize::from(name.view().wire_len()), wire.len());
        let text = name.to_string();
        prop_assert!(text.bytes().all(|octet| octet.is_ascii_graphic()), "{}", text);
        prop_assert_eq!(text.parse::<Name>().unwrap().as_wire().to_vec(), wire);
    }

    #[test]
    fn any_text_is_a_name_that_keeps_the_limits_or_an_error_inside_it(text in r#"[a-c.\\0-9é ]{0,300}"#) {
        match text.parse::<Name>() {
            Ok(name) => {
                prop_assert_eq!(Name::from_wire(name.as_wire()).unwrap().as_wire().to_vec(), name.as_wire());
                prop_assert_eq!(name.to_string().parse::<Name>().unwrap().as_wire().to_vec(), name.as_wire());
            }
            Err(error) => prop_assert!(usize::from(error.position()) <= text.len()),
        }
    }

    /// Equality, hash and order all follow from one model: the labels from the right, in lower case (RFC 4034 section 6.1).
    #[test]
    fn rfc4034_6_1_equality_hash_and_order_are_those_of_the_canonical_form(a in labels(), b in labels()) {
        let (a_name, b_name) = (Name::from_wire(&wire_of(&a)).unwrap(), Name::from_wire(&wire_of(&b)).unwrap());
        let equal = folded(&a) == folded(&b);
        prop_assert_eq!(a_name.cmp(&b_name), folded(&a).cmp(&folded(&b)));
        prop_assert_eq!(a_name == b_name, equal);
        prop_assert_eq!(a_name.view() == b_name.view(), equal);
        prop_assert_eq!(a_name.view() == b_name, equal);
        prop_assert_eq!(a_name == b_name.view(), equal);
        prop_assert_eq!(a_name.to_canonical().as_wire() == b_name.to_canonical().as_wire(), equal);
        prop_assert_eq!(a_name.view().same_octets(&b_name), a == b);
        let hasher = core::hash::BuildHasherDefault::<Fnv>::default();
        prop_assert_eq!(hasher.hash_one(&a_name) == hasher.hash_one(&b_name), equal);
        prop_assert_eq!(a_name.is_subdomain_of(&b_name), folded(&a).starts_with(&folded(&b)));
    }

    #[test]
    fn a_parent_lacks_the_first_label(labels in labels()) {
        let name = Name::from_wire(&wire_of(&labels)).unwrap();
        let parent = labels.get(1..).map(|rest| Name::from_wire(&wire_of(rest)).unwrap());
        prop_assert_eq!(name.is_root(), labels.is_empty());
        prop_assert_eq!(name.parent(), parent);
    }

    /// Whatever the octets are: `measure` ends, stays inside, and agrees with the views that trust it.
    #[test]
    fn any_octets_are_a_name_or_an_error(octets in prop::collection::vec(prop_oneof![0u8..4, Just(0xC0), any::<u8>()], 0..80), start in 0usize..90) {
        let (result, steps) = crate::wire::steps::counted(|| measure(&octets, start));
        prop_assert!(steps <= 128 + u64::from(MOST_POINTERS) + 1);
        if let Ok(extent) = result {
            prop_assert_eq!(skip(&octets, start), Some(extent.end));
            prop_assert!(extent.end <= octets.len());
            let view = NameRef::from_checked(&octets, u16::try_from(start).unwrap());
            prop_assert_eq!(view.wire_len(), extent.length);
            prop_assert_eq!(view.to_name().as_wire().len(), usize::from(extent.length));
            prop_assert!(view == view.to_name());
        }
    }
}

/// Any fixed hasher does; this is Fowler, Noll and Vo's.
#[derive(Default)]
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        for &octet in octets {
            self.0 = (self.0 ^ u64::from(octet)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}

#[test]
fn rfc4034_6_1_example_of_the_canonical_order() {
    let sorted = [
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
    let names: Vec<Name> = sorted.iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(names.len(), 9);
    assert!(names.is_sorted_by(|a, b| a < b));
}

/// The figure of RFC 1035 section 4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root.
#[test]
fn rfc1035_4_1_4_example_of_compression() {
    let mut octets = [0; 93];
    octets[20..32].copy_from_slice(b"\x01F\x03ISI\x04ARPA\x00");
    octets[40..46].copy_from_slice(b"\x03FOO\xC0\x14");
    octets[64..66].copy_from_slice(b"\xC0\x1A");
    for (start, end, pointers, text) in [
        (20, 32, 0, "F.ISI.ARPA."),
        (40, 46, 1, "FOO.F.ISI.ARPA."),
        (64, 66, 1, "ARPA."),
        (92, 93, 0, "."),
    ] {
        let extent = measure(&octets, start).unwrap();
        assert_eq!((extent.end, extent.pointers), (end, pointers));
        assert_eq!(
            NameRef::from_checked(&octets, u16::try_from(start).unwrap()).to_string(),
            text
        );
    }
}

#[test]
fn rfc1035_4_1_4_pointers_lead_strictly_backwards() {
    let refused = |octets: &[u8], start| {
        let (result, steps) = crate::wire::steps::counted(|| measure(octets, start));
        assert!(steps <= 5, "{steps}");
        result.unwrap_err().kind()
    };
    // To itself, forwards, into its own labels, and a loop of two.
    assert_eq!(refused(b"\xC0\x00", 0), ParseErrorKind::PointerNotBackwards);
    assert_eq!(refused(b"\xC0\x02\x00", 0), ParseErrorKind::PointerNotBackwards);
    assert_eq!(refused(b"\x01a\xC0\x00", 0), ParseErrorKind::PointerNotBackwards);
    assert_eq!(
        refused(b"\x01a\xC0\x04\xC0\x00", 4),
        ParseErrorKind::PointerNotBackwards
    );
    assert_eq!(
        refused(b"\x01a\xC0\x04\xC0\x00\xC0\x04", 6),
        ParseErrorKind::PointerNotBackwards
    );
    assert_eq!(refused(b"\xC0", 0), ParseErrorKind::Short);
    assert_eq!(refused(b"\x40\x00", 0), ParseErrorKind::LabelType);
    assert_eq!(refused(b"\x80\x00", 0), ParseErrorKind::LabelType);
    assert_eq!(refused(b"\x02a\x00", 0), ParseErrorKind::Short);
}

#[test]
fn a_name_is_made_of_126_pointers_at_most() {
    // The root, then pointers each to the one before.
    let mut octets = vec![0, 0];
    for link in 0_u16..200 {
        octets.extend_from_slice(&(0xC000 | (link * 2)).to_be_bytes());
    }
    assert_eq!(measure(&octets, 2 * 126).map(|extent| extent.pointers), Ok(126));
    for link in 127..=200 {
        assert_eq!(
            measure(&octets, 2 * link).unwrap_err().kind(),
            ParseErrorKind::TooManyPointers
        );
    }
}

#[test]
fn rfc1035_2_3_4_limits_of_labels_and_names() {
    let label = |length| "a".repeat(length);
    assert!(label(63).parse::<Name>().is_ok());
    assert_eq!(
        label(64)
            .parse::<Name>()
            .map_err(|error| (error.kind(), error.position())),
        Err((NameErrorKind::LabelTooLong, 63))
    );
    let longest = [label(63), label(63), label(63), label(61)].join(".");
    assert_eq!(longest.parse::<Name>().unwrap().as_wire().len(), 255);
    assert_eq!(
        (longest.clone() + ".").parse::<Name>().unwrap().as_wire().len(),
        255
    );
    let longer = [label(63), label(63), label(63), label(62)].join(".");
    assert_eq!(
        longer.parse::<Name>().map_err(NameError::kind),
        Err(NameErrorKind::NameTooLong)
    );
    let most_labels: String = "a.".repeat(127);
    let name: Name = most_labels.parse().unwrap();
    assert_eq!((name.label_count(), name.as_wire().len()), (127, 255));
    assert_eq!(
        (most_labels + "a").parse::<Name>().map_err(NameError::kind),
        Err(NameErrorKind::NameTooLong)
    );

    let mut wire = longest.parse::<Name>().unwrap().as_wire().to_vec();
    wire[192] = 62;
    wire.insert(193, b'a');
    assert_eq!(wire.len(), 256);
    assert_eq!(
        Name::from_wire(&wire).unwrap_err().kind(),
        ParseErrorKind::NameTooLong
    );
    let mut wire = name.as_wire().to_vec();
    wire.splice(0..0, *b"\x01a");
    assert_eq!(
        Name::from_wire(&wire).unwrap_err().kind(),
        ParseErrorKind::NameTooLong
    );
}

#[test]
fn text_that_is_no_name_says_what_is_wrong_and_where() {
    use NameErrorKind::{BadEscape, Empty, EmptyLabel, NotAscii};
    for (text, kind, position) in [
        ("", Empty, 0),
        ("..", EmptyLabel, 0),
        (".a", EmptyLabel, 0),
        ("a..b", EmptyLabel, 2),
        ("a..", EmptyLabel, 2),
        ("ab\\", BadEscape, 2),
        ("ab\\25", BadEscape, 2),
        ("ab\\256", BadEscape, 2),
        ("ab\\1a2", BadEscape, 2),
        ("bücher.example", NotAscii, 1),
        ("b\\ücher.example", NotAscii, 1),
    ] {
        assert_eq!(
            text.parse::<Name>()
                .map_err(|error| (error.kind(), error.position())),
            Err((kind, position)),
            "{text}"
        );
    }
}

/// What `dig` 9.18 prints for the labels of all octets.
#[test]
fn text_escapes_what_dig_escapes() {
    let printed = |octets: core::ops::Range<u8>| {
        let mut wire = vec![u8::try_from(octets.len()).unwrap()];
        wire.extend(octets);
        wire.push(0);
        Name::from_wire(&wire).unwrap().to_string()
    };
    assert_eq!(
        printed(0x1E..0x3C),
        r##"\030\031\032!\"#\$%&'\(\)*+,-\./0123456789:\;."##
    );
    assert_eq!(printed(0x3C..0x62), r"<=>?\@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`a.");
    assert_eq!(printed(0x78..0x81), r"xyz{|}~\127\128.");
}

#[test]
fn names_of_usual_length_cost_no_memory() {
    assert_eq!(size_of::<Name>(), 48);
    // The owner of an NSEC3 record below a name of 13 octets.
    let hashed: Name = "j30elhi7pmvifets8v11glq21lt9v23i.example.com.".parse().unwrap();
    assert_eq!(hashed.as_wire().len(), 46);
    assert!(matches!(hashed.wire, Storage::Inline { .. }));
    assert_eq!(hashed.heap_octets(), 0);
}

/// Two counters and the octets, in whole words of sixteen octets after one of the allocator's.
#[test]
fn what_a_long_name_takes_of_the_heap_is_not_less_than_the_longest_takes() {
    let long: Name = "l".repeat(60).parse().unwrap();
    assert!(long.heap_octets() >= 16 + (16_u32 + 255).next_multiple_of(16));
}

proptest! {
    /// What [`Name::before`] takes apart, [`Name::join`] puts together.
    #[test]
    fn a_name_is_what_stands_before_a_suffix_and_the_suffix(labels in prop::collection::vec("[a-c]{1,9}", 0..8), cut in 0usize..9) {
        let whole = Name::from_labels(&labels).unwrap();
        let suffix = Name::from_labels(labels.iter().skip(cut)).unwrap();
        let before = whole.before(&suffix).unwrap();
        prop_assert_eq!(before.label_count() + suffix.label_count(), whole.label_count());
        prop_assert_eq!(before.join(&suffix), Some(whole));
    }
}

#[test]
fn rfc1035_2_3_4_no_name_of_more_than_255_octets_is_put_together() {
    let long = Name::from_labels([[b'a'; 63]; 3]).unwrap();
    let fits = Name::from_labels([[b'b'; 61]]).unwrap();
    assert_eq!(long.join(&fits).unwrap().as_wire().len(), 255);
    assert_eq!(long.join(&Name::from_labels([[b'b'; 62]]).unwrap()), None);
    assert_eq!(Name::from_labels([[b'a'; 64]]), None);
    assert_eq!(Name::from_labels([[b'a'; 63]; 4]), None);
    assert_eq!(fits.before(&long), None);
}
