//! Digests of zones: the examples of the RFC, what counts and what does not.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use alloc::{format, vec};

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::wire::{Class, Name, Record};
use crate::zone::ZoneBuilder;
use crate::zone::tests::build;

/// RFC 8976 appendix A.1.
const SIMPLE: &str = "\
@ 86400 SOA ns1 admin 2018031900 1800 900 604800 86400
@ 86400 NS ns1
@ 86400 NS ns2
@ 86400 ZONEMD 2018031900 1 1 c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c
ns1 3600 A 203.0.113.63
ns2 3600 AAAA 2001:db8::63
";

const HEAD: &str = "@ 60 SOA ns. h. 7 1 1 1 60\n@ 60 NS ns.\n";

fn zone(text: &str) -> Zone {
    build("example.", text).zone.unwrap()
}

/// The digest of these lines with an SOA and an NS record, in hexadecimal.
fn digest(lines: &str) -> String {
    let zone = zone(&format!("{HEAD}{lines}"));
    zonemd_of(&zone, ZonemdHash::Sha384).to_string()
}

fn judged(text: &str) -> (ZonemdVerdict, Vec<Result<(), ZonemdFault>>) {
    let report = check_zonemd(&zone(text));
    let results = report.records.into_iter().map(|(_, result)| result);
    (report.verdict, results.collect())
}

#[test]
fn rfc8976_a_1_the_simple_zone_has_its_digest() {
    assert_eq!(judged(SIMPLE), (ZonemdVerdict::Verified, vec![Ok(())]));
    let zone = zone(SIMPLE);
    let said = zone
        .apex_node()
        .and_then(|apex| apex.rrset(Rtype::ZONEMD))
        .unwrap();
    assert!(said.rdata().eq([zonemd_of(&zone, ZonemdHash::Sha384)]));
    // RFC 8976 section 5.3.
    assert_eq!(
        [ZonemdHash::Sha384, ZonemdHash::Sha512].map(|hash| hash.to_string()),
        ["SHA384", "SHA512"]
    );
}

/// RFC 8976 section 3.3.1: not the ZONEMD records of the apex nor their signatures, and each record once.
#[test]
fn rfc8976_3_3_1_what_counts_and_what_does_not() {
    let plain = digest("a 60 A 192.0.2.1\n");
    let zonemd = format!("1 1 {}", "00".repeat(48));
    let rrsig = |covered: &str| format!("RRSIG {covered} 15 1 60 20300101000000 20200101000000 1 @ AAAA");
    for same in [
        "a 60 A 192.0.2.1\na 60 A 192.0.2.1\n".to_owned(),
        "A 60 A 192.0.2.1\n".to_owned(),
        format!(
            "a 60 A 192.0.2.1\n@ 60 ZONEMD 7 {zonemd}\n@ 60 {}\n",
            rrsig("ZONEMD")
        ),
        "a 60 A 192.0.2.1\nout.of.zone. 60 A 192.0.2.1\n".to_owned(),
    ] {
        assert_eq!(digest(&same), plain, "{same}");
    }
    for other in [
        "a 61 A 192.0.2.1\n".to_owned(),
        "a 60 A 192.0.2.2\n".to_owned(),
        "b 60 A 192.0.2.1\n".to_owned(),
        format!("a 60 A 192.0.2.1\na 60 ZONEMD 7 {zonemd}\n"),
        format!("a 60 A 192.0.2.1\na 60 {}\n", rrsig("ZONEMD")),
        format!("a 60 A 192.0.2.1\n@ 60 {}\n", rrsig("SOA")),
        format!("a 60 A 192.0.2.1\na 60 {}\n", rrsig("TXT")),
        "a 60 A 192.0.2.1\ncut 60 NS ns.\nx.cut 60 TXT hidden\n".to_owned(),
        "a 60 A 192.0.2.1\ncut 60 NS ns.\n".to_owned(),
    ] {
        assert_ne!(digest(&other), plain, "{other}");
    }
    // RFC 4034 section 6.2: names in RDATA count in lower case.
    assert_eq!(digest("a 60 MX 1 MAIL\n"), digest("a 60 MX 1 mail\n"));
}

/// RFC 8976 section 4, steps 4 and 5.
#[test]
fn rfc8976_4_each_record_is_judged_by_the_first_rule_that_it_breaks() {
    let good = zonemd_of(&zone(HEAD), ZonemdHash::Sha512).to_string();
    // Hexadecimal digits are printed in groups.
    let digest = good.strip_prefix("7 1 2 ").unwrap().replace(' ', "");
    assert_eq!(digest.len(), 128);
    let expected = ZonemdFault::OtherDigest(digests(&zone(HEAD), &[ZonemdHash::Sha512])[0].1);
    for (record, fault) in [
        (format!("7 1 2 {digest}"), None),
        (format!("7 1 2 00{}", &digest[2..]), Some(expected)),
        (
            format!("8 1 2 {digest}"),
            Some(ZonemdFault::OtherSerial { record: 8, zone: 7 }),
        ),
        (format!("7 0 2 {digest}"), Some(ZonemdFault::UnknownScheme(0))),
        (format!("7 1 3 {digest}"), Some(ZonemdFault::UnknownHash(3))),
        (
            format!("7 1 2 {}", &digest[..22]),
            Some(ZonemdFault::Length {
                length: 11,
                expected: 64,
            }),
        ),
        (
            format!("7 1 1 {digest}"),
            Some(ZonemdFault::Length {
                length: 64,
                expected: 48,
            }),
        ),
        (
            format!("7 1 2 {}", &digest[..126]),
            Some(ZonemdFault::Length {
                length: 63,
                expected: 64,
            }),
        ),
    ] {
        let (verdict, results) = judged(&format!("{HEAD}@ 60 ZONEMD {record}\n"));
        assert_eq!(results, [fault.map_or(Ok(()), Err)], "{record}");
        let verified = verdict == ZonemdVerdict::Verified;
        assert_eq!(verified, fault.is_none(), "{record}");
        // One that is good is enough, whatever stands beside it; two of a kind spoil each other.
        let beside = format!("{HEAD}@ 60 ZONEMD 7 1 2 {digest}\n@ 60 ZONEMD {record}\n");
        let (verdict, results) = judged(&beside);
        let same_kind = record.starts_with("7 1 2") || record.starts_with("8 1 2");
        let alone = results.len() == 1;
        assert_eq!(
            verdict == ZonemdVerdict::Verified,
            alone || !same_kind,
            "{record}"
        );
        if same_kind && !alone {
            assert_eq!(results, [Err(ZonemdFault::Repeated); 2], "{record}");
        }
    }
}

/// RFC 8976 section 4, step 2: that there is none is a thing to be proved.
#[test]
fn rfc8976_4_a_record_that_was_taken_out_is_missed() {
    let hash = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
    for (lines, verdict) in [
        ("", ZonemdVerdict::Absent),
        ("@ 60 NSEC @ NS SOA RRSIG NSEC\n", ZonemdVerdict::Absent),
        ("@ 60 NSEC @ NS SOA RRSIG NSEC ZONEMD\n", ZonemdVerdict::Removed),
        ("a 60 NSEC @ A ZONEMD\n", ZonemdVerdict::Absent),
        (
            &format!("{hash} 60 NSEC3 1 0 0 - {hash} NS SOA ZONEMD\n"),
            ZonemdVerdict::Removed,
        ),
        (
            &format!("{hash} 60 NSEC3 1 0 0 - {hash} NS SOA\n"),
            ZonemdVerdict::Absent,
        ),
        (
            &format!("{hash} 60 NSEC3 1 0 0 - {hash} A ZONEMD\n"),
            ZonemdVerdict::Absent,
        ),
    ] {
        assert_eq!(judged(&format!("{HEAD}{lines}")), (verdict, vec![]), "{lines}");
    }
}

#[test]
fn rfc8976_3_1_a_placeholder_has_a_digest_of_zeros() {
    for hash in ZonemdHash::ALL {
        let placeholder = hash.placeholder(7);
        let zonemd: Zonemd<'_> = placeholder.view().unwrap();
        assert_eq!((zonemd.serial, zonemd.scheme), (7, ZONEMD_SIMPLE));
        assert_eq!(ZonemdHash::of_number(zonemd.hash_algorithm), Some(hash));
        assert_eq!(zonemd.digest, vec![0; hash.function().length()]);
    }
}

fn record() -> impl Strategy<Value = Record> {
    let owner = prop_oneof![
        Just("example."),
        Just("a.example."),
        Just("B.example."),
        Just("x.a.example."),
        Just("*.example.")
    ];
    let rdata = prop_oneof![
        any::<[u8; 4]>().prop_map(|address| crate::wire::A {
            address: address.into()
        }
        .to_rdata()),
        (0_u8..3).prop_map(|octet| Rdata::opaque(Rtype(65_280), &[octet])),
        (0_u8..3).prop_map(|octet| Rdata::opaque(Rtype(65_281), &[octet, 0])),
    ];
    (owner, rdata).prop_map(|(owner, rdata)| Record {
        owner: owner.parse().unwrap(),
        class: Class::IN,
        ttl: 60,
        rdata,
    })
}

fn zone_of(records: &[Record]) -> Zone {
    let apex: Name = "example.".parse().unwrap();
    let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
    for rdata in zone(HEAD)
        .apex_node()
        .unwrap()
        .rrsets()
        .flat_map(|set| set.rdata().collect::<Vec<_>>())
    {
        builder.add_record(&Record {
            owner: apex.clone(),
            class: Class::IN,
            ttl: 60,
            rdata,
        });
    }
    records.iter().for_each(|record| builder.add_record(record));
    builder.build().zone.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The digest is one of the set of records: it does not depend on their order, and does on each of them.
    #[test]
    fn rfc8976_3_3_the_digest_is_that_of_the_set_of_records(
        records in prop::collection::vec(record(), 1..12),
        left_out in any::<Index>(),
    ) {
        let zone = zone_of(&records);
        let both = digests(&zone, &ZonemdHash::ALL);
        let reversed: Vec<Record> = records.iter().rev().cloned().collect();
        prop_assert!(both == digests(&zone_of(&reversed), &ZonemdHash::ALL));
        prop_assert!(both[..1] == digests(&zone, &ZonemdHash::ALL[..1]));
        let without = left_out.get(&records);
        let fewer: Vec<Record> = records.iter().filter(|other| *other != without).cloned().collect();
        prop_assert!(both != digests(&zone_of(&fewer), &ZonemdHash::ALL));
    }
}
