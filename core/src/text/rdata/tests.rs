use crate::wire::rdata::Schema;
use crate::wire::{Class, Rdata, Rtype};
use alloc::format;
use alloc::string::{String, ToString};
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

/// Examples of RFCs: their text, the octets that they give for it, and what BIND 9.18 prints for these.
#[test]
fn the_examples_of_rfcs_have_their_octets() {
    for (rtype, text, octets, printed) in [
        // RFC 1876 section 4 and appendix A.
        (
            Rtype::LOC,
            "42 21 54 N 71 06 18 W -24m 30m",
            "00331613 89172dd0 70be15f0 00988d20",
            "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m",
        ),
        // RFC 2874 section 3.1: the octets that are wholly missing are left out.
        (
            Rtype::A6,
            "64 ::1234:5678:1:2 pre.example.",
            "40 1234567800010002 03707265076578616d706c6500",
            "64 ::1234:5678:1:2 pre.example.",
        ),
        // RFC 3123 section 6.
        (
            Rtype::APL,
            "1:192.168.32.0/21 !1:192.168.38.0/28 1:0.0.0.0/0",
            "00011503c0a820 00011c83c0a826 00010000",
            "1:192.168.32.0/21 !1:192.168.38.0/28 1:0.0.0.0/0",
        ),
        // RFC 4025 section 3.2.
        (
            Rtype::IPSECKEY,
            "( 10 0 2 . AQNRU3mG )",
            "0a0002 0103515379 86",
            "10 0 2 . AQNRU3mG",
        ),
        // RFC 4034 section 4.3.
        (
            Rtype::NSEC,
            "host.example.com. ( A MX RRSIG NSEC TYPE1234 )",
            "04686f7374076578616d706c6503636f6d00 0006400100000003 041b000000000000000000000000000000000000000000000000000020",
            "host.example.com. A MX RRSIG NSEC TYPE1234",
        ),
        // RFC 4701 section 3.6.1.
        (
            Rtype::DHCID,
            "( AAIBY2/AuCccgoJbsaxcQc9TUapptP69l OjxfNuVAA2kjEA= )",
            "000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40",
            "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
        ),
        // RFC 5155 appendix A.
        (
            Rtype::NSEC3,
            "1 1 12 aabbccdd ( 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM )",
            "01 01 000c 04aabbccdd 14174eb2409fe28bcb4887a1836f957f0a8425e27b 0007220100000002 90",
            "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM",
        ),
        // RFC 6742 sections 2.1.2 and 2.2.2.
        (
            Rtype::NID,
            "10 0014:4fff:ff20:ee64",
            "000a 00144fffff20ee64",
            "10 14:4fff:ff20:ee64",
        ),
        (Rtype::L32, "10 10.1.02.0", "", ""),
        (Rtype::L32, "10 10.1.2.0", "000a 0a010200", "10 10.1.2.0"),
        // RFC 7043 section 3.2.
        (
            Rtype::EUI48,
            "00-00-5e-00-53-2a",
            "00005e00532a",
            "00-00-5e-00-53-2a",
        ),
        // RFC 8659 section 4.2 and RFC 8777 section 4.3.1.
        (
            Rtype::CAA,
            "0 issue \"ca1.example.net\"",
            "00 05 6973737565 6361312e6578616d706c652e6e6574",
            "0 issue \"ca1.example.net\"",
        ),
        (
            Rtype::AMTRELAY,
            "10 0 1 203.0.113.15",
            "0a 01 cb00710f",
            "10 0 1 203.0.113.15",
        ),
        (Rtype::AMTRELAY, "128 1 0 .", "80 80", "128 1 0 ."),
        // RFC 2535 section 7.1.
        (
            Rtype::KEY,
            "NOCONF|FLAG2|ZONE|SIG2 DNSSEC RSASHA1 AQID",
            "6102 03 05 010203",
            "24834 3 5 AQID",
        ),
        // AF-DANS-0152 section 5.2.
        (
            Rtype::ATMA,
            "39.246f.00.0e7c9c.0312.0001.0001.000012345678.00",
            "00 39246f000e7c9c03120001000100001234567800",
            "39246f000e7c9c03120001000100001234567800",
        ),
        (
            Rtype::ATMA,
            "+358.400.1234567",
            "01 33353834303031323334353637",
            "+3584001234567",
        ),
        (Rtype::ATMA, "+358.400.123456a", "", ""),
        // RFC 9758 section 4.2.
        (Rtype::IPN, "977000.100", "000ee86800000064", "4196183048192100"),
        (
            Rtype::IPN,
            "18446744073709551615",
            "ffffffffffffffff",
            "18446744073709551615",
        ),
        (Rtype::IPN, "977000.4294967296", "", ""),
        (Rtype::IPN, "977000.+100", "", ""),
        (Rtype::IPN, "1.2.3", "", ""),
        (Rtype::IPN, "+100", "", ""),
        // RFC 9859 section 2.1.
        (
            Rtype::DSYNC,
            "CDS NOTIFY 5359 cds-scanner.example.net.",
            "003b 01 14ef 0b6364732d7363616e6e6572076578616d706c65036e657400",
            "CDS NOTIFY 5359 cds-scanner.example.net.",
        ),
    ] {
        let octets: String = octets.split(' ').collect();
        let read = Rdata::from_text(rtype, text, None);
        if octets.is_empty() {
            assert!(read.is_err(), "{text}");
            continue;
        }
        let generic = format!("\\# {} {octets}", octets.len() / 2);
        assert_eq!(read, Rdata::from_text(rtype, &generic, None), "{text}");
        assert_eq!(read.unwrap().to_string(), printed);
    }
}

/// RDATA that has no text of its own is put out like that of an unknown type, so that it can be put in again.
#[test]
fn octets_without_a_text_of_their_own_print_as_those_of_an_unknown_type() {
    for (rtype, octets) in [
        (Rtype::NULL, &b"\x01"[..]),
        (Rtype::APL, b""),
        // A family that nobody knows (RFC 3123 section 4).
        (Rtype::APL, b"\x00\x07\x08\x01\x05"),
        // Zeros at the end of the ports.
        (Rtype::WKS, b"\x0A\x00\x00\x01\x06\x80\x00"),
        // A version that nobody knows (RFC 1876 section 2).
        (Rtype::LOC, &[1; 16]),
    ] {
        let text = Rdata::opaque(rtype, octets).to_string();
        assert!(text.starts_with("\\# "), "{rtype}: {text}");
    }
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
