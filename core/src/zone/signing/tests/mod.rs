//! Signed zones: what is signed, what is denied, and by whom.

mod judging;
mod resigning;
mod serial;

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::*;
use crate::crypto::{RustCrypto, Signer, SigningKey};
use crate::dnssec::{FLAG_ZONE, Nsec3Record, NsecRecord, RrsigError, ZoneKey, verify_rrset};
use crate::limits::Limits;
use crate::rrset::TtlRule;
use crate::seed::Seed;
use crate::time::{Instant, UnixTime};
use crate::wire::SecurityAlgorithm;
use crate::wire::rdata::Rrsig;
use crate::zone::tests::build;

const ZONE: &str = "\
$TTL 3600
@ SOA ns hostmaster 7 3600 600 604800 300
@ NS ns
ns A 192.0.2.53
*.wild TXT x
deep.empty.name A 192.0.2.1
secure NS ns.secure
secure DS 1 8 2 00
secure A 192.0.2.9
ns.secure A 192.0.2.2
plain.cut NS ns.plain.cut
ns.plain.cut A 192.0.2.3
alias CNAME ns
dname DNAME other.
";

const VALIDITY: Validity = Validity {
    inception: 1_000,
    expiration: 2_000,
};
const KEY_SIGNING: u16 = FLAG_ZONE | FLAG_SECURE_ENTRY_POINT;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn key(number: u64, algorithm: SecurityAlgorithm) -> SigningKey {
    let mut rng = Rng::new(&Seed::from_number(number));
    SigningKey::new(&SigningKey::generate(algorithm, 0, &mut rng).unwrap()).unwrap()
}

/// The signed form of the zone, signed with two keys of one algorithm.
fn signed(denial: Denial) -> Vec<Record> {
    let (apex, keys) = (
        name("example."),
        [1, 2].map(|number| key(number, SecurityAlgorithm::ED25519)),
    );
    let [signing, zone] = &keys;
    let keys = [
        ZoneSigner::new(&apex, KEY_SIGNING, signing),
        ZoneSigner::new(&apex, FLAG_ZONE, zone),
    ];
    sign(&keys, denial).unwrap()
}

fn sign(keys: &[ZoneSigner<'_>], denial: Denial) -> Result<Vec<Record>, SignZoneError> {
    let zone = build("example.", ZONE).zone.unwrap();
    let config = SigningConfig {
        validity: VALIDITY,
        denial,
    };
    sign_zone(&zone, keys, &config, &mut Rng::new(&Seed::from_number(1)))
}

fn nsec3(opt_out: bool) -> Denial {
    Denial::Nsec3 {
        iterations: 1,
        salt: Vec::from(*b"salt"),
        opt_out,
    }
}

fn of_type(records: &[Record], rtype: Rtype) -> Vec<String> {
    let found = records.iter().filter(|record| record.rtype() == rtype);
    found
        .map(|record| alloc::format!("{} {}", record.owner, record.rdata))
        .collect()
}

/// RFC 4035 section 2.2: all but NS at zone cuts and glue has a signature of the right key, which verifies.
#[test]
fn rfc4035_2_2_authoritative_sets_are_signed_and_nothing_else_is() {
    for denial in [Denial::Nsec, nsec3(false), nsec3(true)] {
        let records = signed(denial);
        let apex = name("example.");
        let keys: Vec<_> = records
            .iter()
            .filter(|record| record.rtype() == Rtype::DNSKEY)
            .collect();
        assert_eq!(keys.len(), 2);
        let mut unsigned = BTreeSet::new();
        let mut sets: Vec<&[Record]> = Vec::new();
        let plain: Vec<Record> = records
            .iter()
            .filter(|record| record.rtype() != Rtype::RRSIG)
            .cloned()
            .collect();
        sets.extend(plain.chunk_by(|a, b| a.owner == b.owner && a.rtype() == b.rtype()));
        let mut signatures = 0;
        for records_of in sets {
            let set = Rrset::from_records(records_of, TtlRule::Strict).unwrap();
            let of_set: Vec<_> = records
                .iter()
                .filter(|record| record.owner == *set.owner())
                .filter_map(|record| record.rdata.view::<Rrsig<'_>>())
                .filter(|rrsig| rrsig.type_covered == set.rtype())
                .collect();
            let Some(rrsig) = of_set.first() else {
                unsigned.insert(alloc::format!("{} {}", set.owner(), set.rtype()));
                continue;
            };
            assert_eq!(of_set.len(), 1, "{set:?}");
            signatures += 1;
            let verified = keys.iter().filter(|key| {
                let key = ZoneKey::new(&apex, &key.rdata).unwrap();
                let mut budget = crate::budget::Budget::new(&Limits::default(), Instant::ZERO);
                let wall = Some(UnixTime::from_secs(1_500));
                let entry_point = key.dnskey().flags & FLAG_SECURE_ENTRY_POINT != 0;
                let good = verify_rrset(&RustCrypto, &mut budget, wall, &set, rrsig, &key).is_ok();
                assert_eq!(good, entry_point == (set.rtype() == Rtype::DNSKEY), "{set:?}");
                good
            });
            assert_eq!(verified.count(), 1);
        }
        assert!(signatures > 15, "{signatures}");
        let expected = [
            "ns.plain.cut.example. A",
            "ns.secure.example. A",
            "plain.cut.example. NS",
            "secure.example. A",
            "secure.example. NS",
        ];
        assert!(unsigned.iter().eq(expected.iter()), "{unsigned:?}");
    }
}

#[test]
fn rfc4035_2_3_each_name_of_the_zone_has_an_nsec_record() {
    let records = signed(Denial::Nsec);
    assert_eq!(
        of_type(&records, Rtype::NSEC),
        [
            "example. alias.example. NS SOA RRSIG NSEC DNSKEY",
            "alias.example. plain.cut.example. CNAME RRSIG NSEC",
            "plain.cut.example. dname.example. NS RRSIG NSEC",
            "dname.example. deep.empty.name.example. DNAME RRSIG NSEC",
            "deep.empty.name.example. ns.example. A RRSIG NSEC",
            "ns.example. secure.example. A RRSIG NSEC",
            "secure.example. *.wild.example. NS DS RRSIG NSEC",
            "*.wild.example. example. TXT RRSIG NSEC",
        ]
    );
    // RFC 9077 section 3: the lower of the SOA's TTL and MINIMUM.
    assert!(
        records
            .iter()
            .filter(|record| record.rtype() == Rtype::NSEC)
            .all(|record| record.ttl == 300)
    );
    let owners: Vec<_> = records.iter().map(|record| record.owner.clone()).collect();
    assert!(owners.is_sorted());
    for record in records.iter().filter(|record| record.rtype() == Rtype::NSEC) {
        let nsec = NsecRecord::new(&record.owner, &record.rdata).unwrap();
        assert!(nsec.is_within(&name("example.")));
    }
}

/// The names behind the hashes, with their types.
fn denied(records: &[Record]) -> Vec<String> {
    let names = [
        "example.",
        "alias.example.",
        "cut.example.",
        "plain.cut.example.",
        "dname.example.",
        "name.example.",
        "empty.name.example.",
        "deep.empty.name.example.",
        "ns.example.",
        "secure.example.",
        "wild.example.",
        "*.wild.example.",
        "ns.secure.example.",
        "ns.plain.cut.example.",
    ];
    let mut found = Vec::new();
    let denials: Vec<_> = records
        .iter()
        .filter(|record| record.rtype() == Rtype::NSEC3)
        .collect();
    for text in names {
        let hash = {
            let mut budget = crate::budget::Budget::new(&Limits::default(), Instant::ZERO);
            crate::crypto::nsec3_hash(budget.nsec3_hash(1).unwrap(), name(text).view(), 1, b"salt")
        };
        let mut covered = 0;
        for record in &denials {
            let nsec3 = Nsec3Record::new(&record.owner, &record.rdata).unwrap();
            if nsec3.matches(&hash) {
                let types: Vec<String> = nsec3.types().iter().map(|rtype| rtype.to_string()).collect();
                found.push(alloc::format!("{text} {}", types.join(" ")));
            }
            covered += u32::from(nsec3.covers(&hash) || nsec3.matches(&hash));
        }
        assert_eq!(covered, 1, "{text}");
    }
    assert_eq!(found.len(), denials.len(), "a hash of no name");
    found
}

/// RFC 5155 section 7.1: names without data among them; RRSIG only where something is signed.
#[test]
fn rfc5155_7_1_each_name_that_exists_has_an_nsec3_record() {
    let all = [
        "example. NS SOA RRSIG DNSKEY NSEC3PARAM",
        "alias.example. CNAME RRSIG",
        "cut.example. ",
        "plain.cut.example. NS",
        "dname.example. DNAME RRSIG",
        "name.example. ",
        "empty.name.example. ",
        "deep.empty.name.example. A RRSIG",
        "ns.example. A RRSIG",
        "secure.example. NS DS RRSIG",
        "wild.example. ",
        "*.wild.example. TXT RRSIG",
    ];
    let records = signed(nsec3(false));
    assert_eq!(denied(&records), all);
    assert_eq!(of_type(&records, Rtype::NSEC3PARAM), ["example. 1 0 1 73616C74"]);
    // With opt-out the cut without DS is left out, and the name above that exists because of it.
    let records = signed(nsec3(true));
    let without: Vec<_> = all.iter().filter(|name| !name.contains("cut")).copied().collect();
    assert_eq!(denied(&records), without);
    let flags = records
        .iter()
        .filter_map(|record| record.rdata.view::<crate::wire::rdata::Nsec3<'_>>());
    assert!(flags.map(|nsec3| nsec3.flags).eq([1; 10]));
    assert_eq!(of_type(&records, Rtype::NSEC3PARAM), ["example. 1 0 1 73616C74"]);
}

/// What was signed is signed again as if it never had been.
#[test]
fn a_signed_zone_is_signed_anew() {
    let apex = name("example.");
    let signing = key(1, SecurityAlgorithm::ECDSAP256SHA256);
    let keys = [ZoneSigner::new(&apex, KEY_SIGNING, &signing)];
    let before = sign(&keys, nsec3(false)).unwrap();
    let mut builder = crate::zone::ZoneBuilder::new(apex.clone(), Class::IN);
    before.iter().for_each(|record| builder.add_record(record));
    let zone = builder.build().zone.unwrap();
    for denial in [Denial::Nsec, nsec3(true), nsec3(false)] {
        let config = SigningConfig {
            validity: VALIDITY,
            denial: denial.clone(),
        };
        let again = sign_zone(&zone, &keys, &config, &mut Rng::new(&Seed::from_number(2))).unwrap();
        assert_eq!(again, sign(&keys, denial).unwrap());
    }
}

#[test]
fn records_come_by_name_and_type_and_the_soa_record_first() {
    let records = signed(Denial::Nsec);
    assert_eq!(records.first().map(Record::rtype), Some(Rtype::SOA));
    let mut rest = Vec::new();
    for record in &records {
        if ![Rtype::SOA, Rtype::RRSIG].contains(&record.rtype()) {
            rest.push((record.owner.clone(), record.rtype()));
        }
    }
    assert!(rest.len() > 20 && rest.is_sorted(), "{rest:?}");
}

/// Keys that are added have the TTL of those that are there, or of the SOA record (RFC 2181 section 5.2).
#[test]
fn keys_have_the_ttl_of_the_soa_record_unless_there_are_some() {
    let (apex, signing) = (name("example."), key(1, SecurityAlgorithm::ED25519));
    let keys = [ZoneSigner::new(&apex, KEY_SIGNING, &signing)];
    for (there, count, expected) in [("", 1, 60), ("@ 120 DNSKEY 256 3 15 AAAA\n", 2, 120)] {
        let text = alloc::format!("@ 60 SOA ns. h. 1 2 3 4 5\n@ 3600 NS ns.\n{there}");
        let zone = build("example.", &text).zone.unwrap();
        let config = SigningConfig {
            validity: VALIDITY,
            denial: Denial::Nsec,
        };
        let records = sign_zone(&zone, &keys, &config, &mut Rng::new(&Seed::from_number(1))).unwrap();
        let keys = records.iter().filter(|record| record.rtype() == Rtype::DNSKEY);
        assert!(
            keys.map(|record| record.ttl)
                .eq([expected; 2].into_iter().take(count))
        );
    }
}

/// RFC 6840 section 5.11: each algorithm in the DNSKEY set signs everything.
#[test]
fn each_algorithm_signs_everything_with_the_keys_that_it_has() {
    let apex = name("example.");
    let keys = [
        key(1, SecurityAlgorithm::ED25519),
        key(2, SecurityAlgorithm::ED25519),
        key(3, SecurityAlgorithm::ECDSAP256SHA256),
    ];
    let signers = [
        ZoneSigner::new(&apex, KEY_SIGNING, &keys[0]),
        ZoneSigner::new(&apex, FLAG_ZONE, &keys[1]),
        ZoneSigner::new(&apex, KEY_SIGNING, &keys[2]),
    ];
    let records = sign(&signers, Denial::Nsec).unwrap();
    let signatures = |rtype| {
        let of_apex = records.iter().filter(|record| record.owner == apex);
        let rrsigs = of_apex.filter_map(|record| record.rdata.view::<Rrsig<'_>>());
        rrsigs
            .filter(|rrsig| rrsig.type_covered == rtype)
            .map(|rrsig| rrsig.key_tag)
            .collect::<Vec<_>>()
    };
    let [signing, zone, both] = &signers;
    assert_eq!(signatures(Rtype::DNSKEY), [signing.tag(), both.tag()]);
    assert_eq!(signatures(Rtype::SOA), [zone.tag(), both.tag()]);
    assert_eq!(keys[2].algorithm(), SecurityAlgorithm::ECDSAP256SHA256);
}

#[test]
fn what_cannot_be_signed_is_told() {
    assert_eq!(sign(&[], Denial::Nsec), Err(SignZoneError::NoKey));
    let (apex, other) = (name("example."), name("other."));
    let signing = key(1, SecurityAlgorithm::ED25519);
    let foreign = ZoneSigner::new(&other, FLAG_ZONE, &signing);
    assert_eq!(
        sign(&[foreign], Denial::Nsec),
        Err(SignZoneError::OtherZone(foreign.tag()))
    );
    let keys = [ZoneSigner::new(&apex, FLAG_ZONE, &signing)];
    for (iterations, salt, good) in [(50, 255, true), (51, 0, false), (0, 256, false)] {
        let denial = Denial::Nsec3 {
            iterations,
            salt: Vec::from([7; 256])[..salt].to_vec(),
            opt_out: false,
        };
        assert_eq!(sign(&keys, denial).is_ok(), good, "{iterations} {salt}");
    }
}

/// The zone with these records.
fn zone_of(records: &[Record]) -> Option<Zone> {
    let mut builder = crate::zone::ZoneBuilder::new(name("example."), Class::IN);
    records.iter().for_each(|record| builder.add_record(record));
    builder.build().zone
}

/// Where faults are; that it is no zone at all, if it is none.
fn faults(records: &[Record]) -> Vec<String> {
    let Some(zone) = zone_of(records) else {
        return Vec::from(["no zone".to_string()]);
    };
    let wall = Some(UnixTime::from_secs(1_500));
    let faults = verify_zone(&zone, &RustCrypto, crate::crypto::Policy::default(), wall);
    faults
        .iter()
        .map(|fault| alloc::format!("{} {}", fault.name, fault.rtype))
        .collect()
}

#[test]
fn what_we_signed_has_no_faults_while_it_is_valid() {
    for denial in [Denial::Nsec, nsec3(false), nsec3(true)] {
        let records = signed(denial);
        assert_eq!(faults(&records), [""; 0]);
        let zone = zone_of(&records).unwrap();
        for time in [999, 2_001] {
            let wall = Some(UnixTime::from_secs(time));
            let faults = verify_zone(&zone, &RustCrypto, crate::crypto::Policy::default(), wall);
            let late = if time == 999 {
                RrsigError::NotYetValid
            } else {
                RrsigError::Expired
            };
            assert!(faults.len() > 15);
            let expected = ZoneFaultKind::Bad(SecurityAlgorithm::ED25519, late);
            assert!(faults.iter().all(|fault| fault.kind == expected), "{faults:?}");
        }
    }
}

/// Each record of a signed zone is left out once, but those without which it is no zone, and those that may be left out.
#[test]
fn no_record_can_be_left_out_unnoticed() {
    for denial in [Denial::Nsec, nsec3(false), nsec3(true)] {
        let records = signed(denial.clone());
        let mut unnoticed = Vec::new();
        for index in 0..records.len() {
            let mut fewer = records.clone();
            let left_out = fewer.remove(index);
            let needed =
                matches!(left_out.rtype(), Rtype::SOA | Rtype::NS) && left_out.owner == name("example.");
            if !needed && faults(&fewer).is_empty() {
                unnoticed.push(alloc::format!("{} {}", left_out.owner, left_out.rtype()));
            }
        }
        // That glue is missing is for the check of the zone.
        let glue = [
            "ns.plain.cut.example. A",
            "ns.secure.example. A",
            "secure.example. A",
        ];
        unnoticed.sort_unstable();
        assert_eq!(unnoticed, glue, "{denial:?}");
    }
}

#[test]
fn what_should_not_be_there_is_found() {
    let records = signed(Denial::Nsec);
    let with = |record: Record| faults(&[&records[..], &[record]].concat());
    let like = |owner: &str, rtype: Rtype| {
        let record = records.iter().find(|record| record.rtype() == rtype).unwrap();
        Record {
            owner: name(owner),
            ..record.clone()
        }
    };
    let unwanted = Record {
        owner: name("plain.cut.example."),
        ..signature_of(&records, Rtype::NS)
    };
    assert_eq!(with(unwanted), ["plain.cut.example. NS"]);
    // A denial of a name that does not exist makes it exist: it is not signed, and breaks the chain nowhere else.
    let found = with(like("nothing.example.", Rtype::NSEC));
    assert_eq!(found, ["nothing.example. NSEC", "nothing.example. NSEC"]);
    let changed: Vec<Record> = records
        .iter()
        .cloned()
        .map(|record| match record.rtype() {
            Rtype::A if record.owner == name("ns.example.") => Record {
                rdata: crate::wire::A {
                    address: [192, 0, 2, 99].into(),
                }
                .to_rdata(),
                ..record
            },
            _ => record,
        })
        .collect();
    assert_eq!(faults(&changed), ["ns.example. A"]);
    let without_keys: Vec<Record> = records
        .iter()
        .filter(|record| record.rtype() != Rtype::DNSKEY)
        .cloned()
        .collect();
    assert_eq!(faults(&without_keys)[0], "example. DNSKEY");
}

/// What leaves delegations out says so (RFC 5155 section 7.1).
#[test]
fn delegations_are_left_out_by_records_that_opt_out_only() {
    let mut records = signed(nsec3(true));
    for record in &mut records {
        if let Some(view) = record.rdata.view::<crate::wire::rdata::Nsec3<'_>>() {
            record.rdata = crate::wire::rdata::Nsec3 { flags: 0, ..view }.to_rdata();
        }
    }
    let zone = zone_of(&records).unwrap();
    let wall = Some(UnixTime::from_secs(1_500));
    let faults = verify_zone(&zone, &RustCrypto, crate::crypto::Policy::default(), wall);
    // The cut, and the name above it.
    let missing = faults.iter().filter(|fault| fault.kind == ZoneFaultKind::Missing);
    assert_eq!(missing.count(), 2, "{faults:?}");
}

/// A signature of the apex over a set of this type.
fn signature_of(records: &[Record], rtype: Rtype) -> Record {
    let covers = |record: &&Record| {
        let rrsig = record.rdata.view::<Rrsig<'_>>();
        record.owner == name("example.") && rrsig.is_some_and(|rrsig| rrsig.type_covered == rtype)
    };
    records.iter().find(covers).unwrap().clone()
}
