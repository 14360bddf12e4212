//! Zones that are signed oddly, or in bad faith.

use core::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::budget::{Debit, Verification};
use crate::crypto::{KeyError, Policy, PublicKey, Refused, Signature, Verifier};
use crate::wire::rdata::{Dnskey, Nsec3, Nsec3param};

/// Refuses all signatures, and counts them.
#[derive(Default)]
struct Refusing(AtomicU32);

impl Verifier for Refusing {
    fn verify(
        &self,
        _: Debit<Verification>,
        _: &PublicKey<'_>,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), Refused> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Err(Refused)
    }
}

fn judge(zone: &Zone) -> Vec<ZoneFault> {
    verify_zone(
        zone,
        &RustCrypto,
        Policy::default(),
        Some(UnixTime::from_secs(1_500)),
    )
}

fn signing_key() -> SigningKey {
    key(1, SecurityAlgorithm::ED25519)
}

/// The signed form of these lines with an SOA and an NS record.
fn signed_lines(lines: &str, denial: Denial) -> Vec<Record> {
    let text = alloc::format!("$TTL 3600\n@ SOA ns. h. 7 3600 600 604800 300\n@ NS ns.\n{lines}");
    let zone = build("example.", &text).zone.unwrap();
    let (apex, key) = (name("example."), signing_key());
    let keys = [ZoneSigner::new(&apex, KEY_SIGNING, &key)];
    let config = SigningConfig {
        validity: VALIDITY,
        denial,
    };
    sign_zone(&zone, &keys, &config, &mut Rng::new(&Seed::from_number(1))).unwrap()
}

/// A signature of the key over this set.
fn signature(records: &[Record]) -> Record {
    let (apex, key) = (name("example."), signing_key());
    let signer = ZoneSigner::new(&apex, KEY_SIGNING, &key);
    let set = Rrset::from_records(records, TtlRule::Strict).unwrap();
    let rdata = signer.sign(&mut Rng::new(&Seed::from_number(1)), &set, VALIDITY);
    Record {
        rdata: rdata.unwrap(),
        ..records[0].clone()
    }
}

/// RFC 5155 section 10.4: a chain with other parameters may stand beside the one that counts.
#[test]
fn rfc5155_10_4_a_chain_in_the_making_is_no_fault() {
    let mut records = signed_lines("a A 192.0.2.1\n", nsec3(false));
    let other: Vec<Record> = signed_lines(
        "a A 192.0.2.1\n",
        Denial::Nsec3 {
            iterations: 2,
            salt: Vec::new(),
            opt_out: false,
        },
    )
    .into_iter()
    .filter(|record| record.rtype() == Rtype::NSEC3)
    .collect();
    assert_eq!(other.len(), 2);
    records.extend([other[0].clone(), signature(&other[..1])]);
    assert_eq!(judge(&zone_of(&records).unwrap()), []);
    // With the parameters of the chain it is one too many.
    let rdata = {
        let view: Nsec3<'_> = other[0].rdata.view().unwrap();
        let of_chain = records
            .iter()
            .find_map(|record| record.rdata.view::<Nsec3<'_>>())
            .unwrap();
        Nsec3 {
            iterations: 1,
            salt: of_chain.salt,
            ..view
        }
        .to_rdata()
    };
    let stray = Record {
        rdata,
        ..other[0].clone()
    };
    records.truncate(records.len() - 2);
    records.extend([stray.clone(), signature(core::slice::from_ref(&stray))]);
    let faults = judge(&zone_of(&records).unwrap());
    let extra = faults.iter().filter(|fault| fault.kind == ZoneFaultKind::Extra);
    assert_eq!(
        extra.map(|fault| fault.name.clone()).collect::<Vec<_>>(),
        [stray.owner]
    );
}

/// RFC 5155 section 7.1: an empty name may be left out only if all delegations below it are.
#[test]
fn rfc5155_7_1_a_name_above_a_delegation_that_is_denied_is_denied_too() {
    let lines = "one.empty NS ns.\ntwo.empty NS ns.\n";
    let all = signed_lines(lines, nsec3(false));
    assert_eq!(judge(&zone_of(&all).unwrap()), []);
    let hash_of = |text: &str| {
        let mut budget = crate::budget::Budget::new(&Limits::default(), Instant::ZERO);
        let debit = budget.nsec3_hash(1).unwrap();
        let hash = crate::crypto::nsec3_hash(debit, name(text).view(), 1, b"salt");
        crate::dnssec::nsec3_owner(&name("example."), &hash).unwrap()
    };
    // The chain of these names, all of whose records opt out.
    let chain_of = |names: &[&str]| {
        let kept: Vec<Name> = names.iter().map(|name| hash_of(name)).collect();
        let mut rest: Vec<Record> = all.clone();
        let is_of_chain = |record: &Record| {
            record.rtype() == Rtype::NSEC3
                || record
                    .rdata
                    .view::<Rrsig<'_>>()
                    .is_some_and(|rrsig| rrsig.type_covered == Rtype::NSEC3)
        };
        let mut chain: Vec<Record> = rest
            .iter()
            .filter(|record| record.rtype() == Rtype::NSEC3 && kept.contains(&record.owner))
            .cloned()
            .collect();
        rest.retain(|record| !is_of_chain(record));
        chain.sort_by(Record::canonical_cmp);
        let hashes: Vec<[u8; 20]> = chain
            .iter()
            .map(|record| *Nsec3Record::new(&record.owner, &record.rdata).unwrap().hash())
            .collect();
        for (record, next) in chain.iter_mut().zip(hashes.iter().cycle().skip(1)) {
            let view: Nsec3<'_> = record.rdata.view().unwrap();
            let next_hashed = crate::wire::rdata::CharacterString::new(next).unwrap();
            record.rdata = Nsec3 {
                flags: 1,
                next_hashed,
                ..view
            }
            .to_rdata();
            rest.extend([record.clone(), signature(core::slice::from_ref(record))]);
        }
        judge(&zone_of(&rest).unwrap())
    };
    assert_eq!(chain_of(&["example."]), []);
    assert_eq!(
        chain_of(&["example.", "empty.example.", "one.empty.example."]),
        []
    );
    let faults = chain_of(&["example.", "one.empty.example."]);
    let missing = ZoneFault {
        name: hash_of("empty.example."),
        rtype: Rtype::NSEC3,
        kind: ZoneFaultKind::Missing,
    };
    assert_eq!(faults, [missing]);
}

/// RFC 6672 section 2.4: below a DNAME record of the apex there is nothing but what the hashes need.
#[test]
fn rfc6672_2_4_hashes_may_lie_below_a_dname_of_the_apex() {
    let records = signed_lines("@ DNAME other.\n", nsec3(false));
    let mut builder = crate::zone::ZoneBuilder::new(name("example."), Class::IN);
    records.iter().for_each(|record| builder.add_record(record));
    let built = builder.build();
    assert!(built.findings.kept().is_empty(), "{:?}", built.findings);
    let zone = built.zone.unwrap();
    assert_eq!(judge(&zone), []);
    // Without its signature it is not in order.
    let unsigned = records.iter().filter(|record| {
        record
            .rdata
            .view::<Rrsig<'_>>()
            .is_none_or(|rrsig| rrsig.type_covered != Rtype::NSEC3)
    });
    let unsigned: Vec<Record> = unsigned.cloned().collect();
    assert_eq!(judge(&zone_of(&unsigned).unwrap()).len(), 1);
}

/// But for hashes below a DNAME record, nothing that lies below a cut or such a record is the zone's, whatever signed it.
#[test]
fn rfc4035_2_3_no_denial_below_a_cut_is_the_zones() {
    let records = signed_lines("cut NS ns.\nsent DNAME other.\n", Denial::Nsec);
    for owner in ["x.cut.example.", "x.sent.example."] {
        let made = records.iter().find(|record| record.rtype() == Rtype::NSEC);
        let denial = Record {
            owner: name(owner),
            ..made.unwrap().clone()
        };
        let signed = [denial.clone(), signature(&[denial])];
        let faults = judge(&zone_of(&[&records[..], &signed].concat()).unwrap());
        let unwanted = faults
            .iter()
            .filter(|fault| fault.kind == ZoneFaultKind::Unwanted);
        assert!(unwanted.map(|fault| &fault.name).eq([&name(owner)]), "{faults:?}");
    }
}

/// Of a signature that is wrong it is told why, and not that other keys did not make it; of one of no key that is there, just that.
#[test]
fn what_is_wrong_with_a_signature_does_not_depend_on_the_order_of_keys() {
    let (apex, keys) = (
        name("example."),
        [1, 2, 3].map(|number| key(number, SecurityAlgorithm::ED25519)),
    );
    let [one, two, gone] = [0, 1, 2].map(|index| ZoneSigner::new(&apex, KEY_SIGNING, &keys[index]));
    let all = sign(&[one, two, gone], Denial::Nsec).unwrap();
    let made_by = |record: &Record| Some(record.rdata.view::<Rrsig<'_>>()?.key_tag);
    let is_key = |record: &Record, key: &ZoneSigner<'_>| record.rdata == key.dnskey();
    for order in [[one, two], [two, one]] {
        // Two keys are there, and all is signed by the first of them or by neither.
        for (signer, expected) in [(one, RrsigError::Refused(Refused)), (gone, RrsigError::OtherKey)] {
            let mut records: Vec<Record> = all
                .iter()
                .filter(|record| record.rtype() != Rtype::DNSKEY)
                .filter(|record| made_by(record).is_none_or(|tag| tag == signer.tag()))
                .cloned()
                .collect();
            let place = |key: &ZoneSigner<'_>| all.iter().find(|record| is_key(record, key)).unwrap();
            records.extend(order.iter().map(|key| place(key).clone()));
            for record in &mut records {
                if let Some(rrsig) = record.rdata.view::<Rrsig<'_>>() {
                    let signature = &[7; 64];
                    record.rdata = Rrsig { signature, ..rrsig }.to_rdata();
                }
            }
            let faults = judge(&zone_of(&records).unwrap());
            let expected = ZoneFaultKind::Bad(SecurityAlgorithm::ED25519, expected);
            assert!(faults.len() > 10, "{faults:?}");
            assert!(faults.iter().all(|fault| fault.kind == expected), "{faults:?}");
        }
    }
}

/// RFC 9276 section 3.2: a zone that wants 65 535 rounds for each name is not hashed.
#[test]
fn rfc9276_3_2_too_many_iterations_are_a_fault_and_not_done() {
    for (iterations, refused) in [(50, false), (51, true), (65_535, true)] {
        let mut records = signed_lines("a A 192.0.2.1\n", nsec3(false));
        for record in &mut records {
            if let Some(told) = record.rdata.view::<Nsec3param<'_>>() {
                record.rdata = Nsec3param { iterations, ..told }.to_rdata();
            }
        }
        let faults = judge(&zone_of(&records).unwrap());
        let of_number = |fault: &ZoneFault| fault.kind == ZoneFaultKind::Iterations(iterations);
        assert_eq!(faults.iter().any(of_number), refused, "{faults:?}");
        let of_denials = faults.iter().filter(|fault| fault.rtype == Rtype::NSEC3);
        assert_eq!(of_denials.count() == 0, refused);
    }
}

/// A key that the core does not take is named, whatever the backend would do with it.
#[test]
fn rfc3110_2_keys_of_absurd_sizes_are_told() {
    for (octets, error) in [
        (63, KeyError::RsaModulusBits { bits: 504 }),
        (2_048, KeyError::RsaModulusBits { bits: 16_384 }),
    ] {
        let mut records = signed_lines("a A 192.0.2.1\n", Denial::Nsec);
        let public_key = [&[1, 3][..], &[0xFF; 2_048][..octets]].concat();
        let dnskey = Dnskey {
            flags: FLAG_ZONE,
            protocol: 3,
            algorithm: SecurityAlgorithm::RSASHA256,
            public_key: &public_key,
        };
        let rdata = dnskey.to_rdata();
        let covering = signature_of(&records, Rtype::SOA);
        let view: Rrsig<'_> = covering.rdata.view().unwrap();
        let signature = alloc::vec![0x55; octets];
        let rrsig = Rrsig {
            algorithm: SecurityAlgorithm::RSASHA256,
            key_tag: crate::dnssec::key_tag(rdata.octets()),
            signature: &signature,
            ..view
        };
        let of_key = Record {
            rdata: rrsig.to_rdata(),
            ..covering.clone()
        };
        let dnskey = Record {
            rdata,
            ..covering.clone()
        };
        records.extend([of_key, dnskey]);
        let faults = judge(&zone_of(&records).unwrap());
        let expected = ZoneFault {
            name: name("example."),
            rtype: Rtype::SOA,
            kind: ZoneFaultKind::Bad(SecurityAlgorithm::RSASHA256, RrsigError::Key(error)),
        };
        assert!(faults.contains(&expected), "{faults:?}");
    }
}

/// Many keys with one tag, and many signatures by it, are not all tried: a set costs what a question may.
#[test]
fn a_set_costs_no_more_than_a_question_may() {
    let records = signed_lines("", Denial::Nsec);
    let dnskey = records
        .iter()
        .find(|record| record.rtype() == Rtype::DNSKEY)
        .unwrap();
    let covering = signature_of(&records, Rtype::SOA);
    let mut hostile = records.clone();
    let view: Dnskey<'_> = dnskey.rdata.view().unwrap();
    let rrsig: Rrsig<'_> = covering.rdata.view().unwrap();
    for number in 1..14 {
        // The tag is a sum of pairs of octets, which does not care about their order.
        let mut public_key = view.public_key.to_vec();
        public_key.rotate_left(2 * number);
        let rdata = Dnskey {
            public_key: &public_key,
            ..view
        }
        .to_rdata();
        hostile.push(Record {
            rdata,
            ..dnskey.clone()
        });
        let mut signature = rrsig.signature.to_vec();
        signature.rotate_left(number);
        signature[63] &= 0x0F;
        let rdata = Rrsig {
            signature: &signature,
            ..rrsig
        }
        .to_rdata();
        hostile.push(Record {
            rdata,
            ..covering.clone()
        });
    }
    let zone = zone_of(&hostile).unwrap();
    let refusing = Refusing::default();
    let wall = Some(UnixTime::from_secs(1_500));
    let faults = verify_zone(&zone, &refusing, Policy::default(), wall);
    // The sets SOA, NS, DNSKEY and NSEC.
    let sets = 4;
    let most = sets * u32::from(Limits::default().failed_signature_checks + 1);
    let tried = refusing.0.load(Ordering::Relaxed);
    assert!(tried > 8 && tried <= most, "{tried}");
    let exhausted = |fault: &&ZoneFault| {
        matches!(fault.kind, ZoneFaultKind::Bad(_, RrsigError::Exhausted(_))) && fault.rtype == Rtype::SOA
    };
    assert_eq!(faults.iter().filter(exhausted).count(), 1, "{faults:?}");
}
