use crate::wire::rdata::Schema;
use crate::wire::{Class, Rdata, Rtype};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use proptest::prelude::*;

/// Octets that have a chance to be RDATA: small numbers, lengths that fit, names, and noise.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        prop::collection::vec(0u8..4, 1..6),
        prop::collection::vec(any::<u8>(), 0..12),
        prop::collection::vec(any::<u8>(), 0..12)
            .prop_map(|octets| [&[octets.len() as u8], &octets[..]].concat()),
        prop::collection::vec(any::<u8>(), 0..12)
            .prop_map(|octets| [&[0, octets.len() as u8], &octets[..]].concat()),
        Just(b"\x01a\x00".to_vec()),
        Just(b"\x03A.,\x02\\\x00\x00".to_vec()),
        (0u8..10, prop::collection::vec(any::<u8>(), 0..5)).prop_map(|(key, value)| [
            &[0, key, 0, value.len() as u8],
            &value[..]
        ]
        .concat()),
        (
            [0u8..10, 1u8..10, 0u8..10],
            0x6D00_0000u32..0x9300_0000,
            any::<u32>(),
            any::<u32>()
        )
            .prop_map(|([size, digit, power], latitude, longitude, altitude)| {
                let fixed = [0, size << 4, digit << 4 | power, 0x13];
                [
                    fixed,
                    latitude.to_be_bytes(),
                    longitude.to_be_bytes(),
                    altitude.to_be_bytes(),
                ]
                .concat()
            }),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn rtype() -> impl Strategy<Value = Rtype> {
    prop::sample::select(Schema::all().map(|schema| schema.rtype).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    /// What is accepted as RDATA prints as one line of visible ASCII, which reads as the same octets.
    #[test]
    fn every_type_reads_as_it_prints(rtype in rtype(), octets in octets()) {
        if let Ok(rdata) = Rdata::from_wire(rtype, &octets) {
            prop_assert_eq!(rdata.octets(), &octets[..]);
            let text = rdata.to_string();
            prop_assert!(text.bytes().all(|octet| matches!(octet, b' '..=b'~')));
            prop_assert_eq!(Rdata::from_text(rtype, &text, None), Ok(rdata), "{}", text);
        }
    }

    /// RFC 3597 section 5: the form of unknown types is one of every type, and the octets are checked then, too.
    #[test]
    fn rfc3597_5_every_type_reads_the_form_of_unknown_types(rtype in rtype(), octets in octets()) {
        let text = octets.iter().fold(format!("\\# {}", octets.len()), |text, octet| format!("{text} {octet:02x}"));
        let read = Rdata::from_text(rtype, &text, None);
        prop_assert_eq!(read.ok(), Rdata::from_wire(rtype, &octets).ok());
    }

    /// Whatever is written: an error or RDATA, never a panic, and what is read is RDATA of the type.
    #[test]
    fn any_text_is_rdata_or_an_error(rtype in rtype(), text in "([0-9]{1,3} |[a-z.]{1,8} |- |A |0x00 |[0-9a-f]{2}-|\"[a-z]*\" |[A-Za-z0-9+/]{4} |(alpn|mandatory|port|key9|ipv4hint)=[a-z0-9.,]{1,9} |[1-2]:[0-9.]{1,8}/[0-9]{1,2} |[:\\\\=!()\"; -~]{1,4}){0,8}") {
        let origin = crate::wire::Name::root();
        if let Ok(rdata) = Rdata::from_text(rtype, &text, Some(&origin)) {
            prop_assert_eq!(Rdata::from_wire(rtype, rdata.octets()), Ok(rdata.clone()), "{}", text);
            let printed = rdata.to_string();
            prop_assert_eq!(Rdata::from_text(rtype, &printed, None), Ok(rdata), "{} {}", text, printed);
        }
    }

    /// Moments put in are put out again.
    #[test]
    fn rfc4034_3_2_times_survive_their_text(seconds: u32) {
        let octets = [&[0; 8], &seconds.to_be_bytes()[..], &[0; 7], &[1]].concat();
        let rdata = Rdata::from_wire(Rtype::RRSIG, &octets).unwrap();
        prop_assert_eq!(Rdata::from_text(Rtype::RRSIG, &rdata.to_string(), None), Ok(rdata));
    }
}

#[test]
fn every_declared_type_is_reached_by_the_properties() {
    // Each type has octets of its own that the strategy finds: otherwise the properties above say nothing about it.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut missing: Vec<_> = Schema::all().map(|schema| schema.rtype).collect();
    for _ in 0..40_000 {
        let octets = proptest::strategy::ValueTree::current(&octets().new_tree(&mut runner).unwrap());
        missing.retain(|&rtype| Rdata::from_wire(rtype, &octets).is_err());
    }
    assert_eq!(missing, []);
    assert!(Schema::of(Rtype::A, Class::CH).is_none());
}
