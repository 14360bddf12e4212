//! The signatures of the demo world: those that should be good are, and each broken zone is broken as its name says and in no other way.

use std::collections::{BTreeMap, BTreeSet};

use nameward_core::crypto::{Policy, RustCrypto};
use nameward_core::dnssec::{key_tag, matches_ds};
use nameward_core::wire::rdata::{Ds, Rrsig};
use nameward_core::wire::{DigestType, Name, Rdata, Rtype, SecurityAlgorithm};
use nameward_core::zone::{Zone, verify_zone};
use nameward_sim::worlds::{self, DemoZone, Flaw, Protection, WALL, ZONES};

fn flaw(zone: &DemoZone) -> Option<Flaw> {
    match zone.protection {
        Protection::Signed(signing) => signing.flaw,
        _ => None,
    }
}

/// What `verify_zone` says, with `@` for the name of the zone.
fn faults(zone: &Zone) -> Vec<String> {
    let faults = verify_zone(zone, &RustCrypto, Policy::default(), Some(WALL));
    let apex = zone.apex().to_string();
    faults
        .iter()
        .map(|fault| fault.to_string().replace(&apex, "@"))
        .collect()
}

/// All sets of a broken zone.
const SETS: [&str; 7] = [
    "@ NS",
    "@ SOA",
    "@ NSEC",
    "@ DNSKEY",
    "www.@ A",
    "www.@ TXT",
    "www.@ NSEC",
];

/// What is to be said of a zone with this flaw.
fn expected(flaw: Flaw) -> Vec<String> {
    let all = |what: &str| SETS.map(|set| format!("{set}: {what}")).to_vec();
    let only = |faults: &[&str]| faults.iter().map(|&fault| fault.to_owned()).collect();
    let no_key = "@ DNSKEY: no key of the zone is there to sign it";
    match flaw {
        Flaw::Expired => all("no good signature of ED25519: the signature has expired"),
        Flaw::NotYetValid => all("no good signature of ED25519: the signature is not valid yet"),
        Flaw::ReversedTimes => {
            all("no good signature of ED25519: the signature expires before its inception")
        }
        // What the zone above says is not looked at.
        Flaw::WrongDs | Flaw::OldDs | Flaw::UnsupportedDigest => Vec::new(),
        Flaw::Unsigned => only(&[
            no_key,
            "@ NSEC: the denial is missing",
            "www.@ NSEC: the denial is missing",
        ]),
        Flaw::MissingDnskey => only(&[no_key, "@ NSEC: the denial should be www.@ NS SOA RRSIG NSEC"]),
        Flaw::UnsignedDnskey => only(&["@ DNSKEY: no signature of ED25519"]),
        Flaw::RevokedKey | Flaw::NoZoneKey | Flaw::UnsupportedAlgorithm => only(&[no_key]),
        Flaw::MissingSignature => only(&["www.@ A: no signature of ED25519"]),
        Flaw::CorruptedSignature => only(&[
            "www.@ A: no good signature of ECDSAP256SHA256: the signature is wrong: the key did not make it of what it covers",
        ]),
        Flaw::AlteredRecord => only(&[
            "www.@ A: no good signature of ED25519: the signature is wrong: the key did not make it of what it covers",
        ]),
        Flaw::WrongSigner => {
            only(&["www.@ A: no good signature of ED25519: the signature was made by another key"])
        }
        Flaw::MissingAlgorithm => {
            let mut faults = all("no signature of ECDSAP256SHA256");
            faults.retain(|fault| !fault.contains("DNSKEY"));
            faults
        }
        Flaw::MissingNsec => only(&["www.@ NSEC: the denial is missing"]),
        Flaw::WrongNsec => only(&["www.@ NSEC: the denial should be @ A TXT RRSIG NSEC"]),
        // The hash of www, and then that of the apex, to which its own record should lead now that it is the only one.
        Flaw::MissingNsec3 => only(&[
            "igi99rronliis2r63dbi0bks1ipn2tk5.@ NSEC3: the denial is missing",
            "f14o36jpfgv2ij1dhmgt1kgjvhql9m94.@ NSEC3: the denial should be 1 0 0 - F14O36JPFGV2IJ1DHMGT1KGJVHQL9M94 \
             NS SOA RRSIG DNSKEY NSEC3PARAM",
        ]),
        other => panic!("{other:?} is new"),
    }
}

#[test]
fn each_zone_that_is_not_broken_verifies() {
    let mut algorithms = BTreeSet::new();
    for (zone, listed) in worlds::demo_zones().iter().zip(ZONES) {
        if matches!(listed.protection, Protection::Unsigned) || flaw(listed).is_some() {
            continue;
        }
        assert_eq!(faults(zone), Vec::<String>::new(), "{}", listed.name);
        let signatures = records(zone)
            .into_iter()
            .filter_map(|(_, rdata)| Some(rdata.view::<Rrsig<'_>>()?.algorithm));
        algorithms.extend(signatures);
    }
    let wanted = [
        SecurityAlgorithm::RSASHA1,
        SecurityAlgorithm::RSASHA1_NSEC3_SHA1,
        SecurityAlgorithm::RSASHA256,
        SecurityAlgorithm::RSASHA512,
        SecurityAlgorithm::ECDSAP256SHA256,
        SecurityAlgorithm::ECDSAP384SHA384,
        SecurityAlgorithm::ED25519,
    ];
    assert_eq!(algorithms, BTreeSet::from(wanted));
}

#[test]
fn each_broken_zone_is_broken_as_its_name_says_and_in_no_other_way() {
    let mut flaws = BTreeSet::new();
    for (zone, listed) in worlds::demo_zones().iter().zip(ZONES) {
        let Some(flaw) = flaw(listed) else { continue };
        assert!(flaws.insert(flaw), "{flaw:?} twice");
        let mut name = String::new();
        for letter in format!("{flaw:?}").chars() {
            let between = letter.is_uppercase() && !name.is_empty();
            name.extend(between.then_some('-').into_iter().chain(letter.to_lowercase()));
        }
        assert_eq!(listed.name, format!("{name}.broken.test."));
        assert_eq!(faults(zone), expected(flaw), "{flaw:?}");
    }
    assert_eq!(flaws.len(), 20);
}

/// RFC 4035 section 5.2: some DS record is of a key that signs the keys of the zone.
#[test]
fn the_zones_above_have_the_digests_of_the_keys_of_those_below_unless_that_is_what_is_wrong() {
    let zones = worlds::demo_zones();
    let by_name: BTreeMap<Name, &Zone> = zones.iter().map(|zone| (zone.apex().clone(), zone)).collect();
    for (zone, listed) in zones.iter().zip(ZONES).filter(|(zone, _)| !zone.apex().is_root()) {
        let apex = zone.apex();
        let above = by_name
            .iter()
            .filter(|(name, _)| apex.is_subdomain_of(name) && *name != apex);
        let above = above.max_by_key(|(name, _)| name.label_count()).unwrap().1;
        let ds = rdata(above, apex, Rtype::DS);
        let keys = rdata(zone, apex, Rtype::DNSKEY);
        let tags: Vec<u16> = keys.iter().map(|key| key_tag(key.octets())).collect();
        let signers: Vec<u16> = records(zone)
            .iter()
            .filter_map(|(_, rdata)| rdata.view::<Rrsig<'_>>())
            .filter(|rrsig| rrsig.type_covered == Rtype::DNSKEY)
            .map(|rrsig| rrsig.key_tag)
            .collect();
        if matches!(listed.protection, Protection::Unsigned) {
            assert!(ds.is_empty(), "{apex}: {ds:?}");
            continue;
        }
        assert!(!ds.is_empty(), "{apex}");
        for ds in ds.iter().map(|rdata| rdata.view::<Ds<'_>>().unwrap()) {
            let matching = keys.iter().find(|key| matches_ds(apex, key, &ds));
            let signs = matching.is_some_and(|key| signers.contains(&key_tag(key.octets())));
            let tag = tags.contains(&ds.key_tag);
            let (wanted_tag, wanted) = match flaw(listed) {
                Some(Flaw::WrongDs | Flaw::UnsupportedDigest | Flaw::NoZoneKey) => (true, false),
                Some(Flaw::OldDs | Flaw::Unsigned | Flaw::MissingDnskey) => (false, false),
                Some(Flaw::UnsignedDnskey) => (true, false),
                _ => (true, true),
            };
            assert_eq!((tag, signs), (wanted_tag, wanted), "{apex}: {ds:?}");
            let known = [DigestType::SHA1, DigestType::SHA256, DigestType::SHA384].contains(&ds.digest_type);
            assert_eq!(known, flaw(listed) != Some(Flaw::UnsupportedDigest), "{apex}");
        }
    }
}

/// INV-16.
#[test]
fn two_starts_have_the_same_octets() {
    let all = || worlds::demo_zones().iter().flat_map(records).collect::<Vec<_>>();
    let first = all();
    assert!(first.len() > 700, "{}", first.len());
    assert_eq!(first, all());
}

/// All records of a zone, signatures included.
fn records(zone: &Zone) -> Vec<(Name, Rdata)> {
    let mut records = Vec::new();
    for node in zone.nodes() {
        for set in node.rrsets() {
            let signatures = set.signatures().map(|octets| Rdata::opaque(Rtype::RRSIG, octets));
            records.extend(
                set.rdata()
                    .chain(signatures)
                    .map(|rdata| (node.name().to_name(), rdata)),
            );
        }
    }
    records
}

fn rdata(zone: &Zone, name: &Name, rtype: Rtype) -> Vec<Rdata> {
    let of_name = records(zone)
        .into_iter()
        .filter(|(owner, rdata)| owner == name && rdata.rtype() == rtype);
    of_name.map(|(_, rdata)| rdata).collect()
}
