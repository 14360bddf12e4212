//! Sets signed and verified, and each rule of RFC 4035 section 5.3 broken once.

use alloc::vec::Vec;

use super::*;
use crate::budget::{Budget, Exhausted};
use crate::crypto::{KeyError, Refused, RustCrypto, SignatureError, SigningKey};
use crate::dnssec::*;
use crate::limits::Limits;
use crate::rrset::Rrset;
use crate::seed::{Rng, Seed};
use crate::time::{Instant, UnixTime};
use crate::wire::rdata::{Dnskey, Mx, Rrsig};
use crate::wire::{A, Class, Rdata, Rtype, SecurityAlgorithm};

const NOW: u32 = 1_795_286_043;
const VALIDITY: Validity = Validity {
    inception: NOW - 3_600,
    expiration: NOW + 86_400,
};

/// A zone with its key.
struct World {
    zone: Name,
    signing: SigningKey,
    dnskey: Rdata,
}

impl World {
    fn new(zone: &str) -> Self {
        let mut rng = Rng::new(&Seed::from_number(4));
        let private = SigningKey::generate(SecurityAlgorithm::ED25519, 0, &mut rng).unwrap();
        let signing = SigningKey::new(&private).unwrap();
        let dnskey = dnskey_of(&signing, FLAG_ZONE);
        Self {
            zone: name(zone),
            signing,
            dnskey,
        }
    }

    fn sign(&self, set: &Rrset, validity: Validity) -> Rdata {
        let signer = ZoneSigner::new(&self.zone, FLAG_ZONE, &self.signing);
        assert_eq!(
            (signer.dnskey(), signer.flags()),
            (self.dnskey.clone(), FLAG_ZONE)
        );
        signer
            .sign(&mut Rng::new(&Seed::from_number(1)), set, validity)
            .unwrap()
    }

    fn verify(&self, set: &Rrset, rrsig: &Rdata) -> Result<Verified, RrsigError> {
        self.verify_with(&self.dnskey, set, rrsig.view().unwrap())
    }

    fn verify_with(&self, dnskey: &Rdata, set: &Rrset, rrsig: Rrsig<'_>) -> Result<Verified, RrsigError> {
        let wall = Some(UnixTime::from_secs(NOW.into()));
        verify_rrset(
            &RustCrypto,
            &mut budget(),
            wall,
            set,
            &rrsig,
            &ZoneKey::new(&self.zone, dnskey).unwrap(),
        )
    }
}

fn budget() -> Budget {
    Budget::new(&Limits::default(), Instant::ZERO)
}

fn addresses(owner: &str, ttl: u32) -> Rrset {
    let rdata = [3, 1, 2].map(|last| {
        A {
            address: [192, 0, 2, last].into(),
        }
        .to_rdata()
    });
    Rrset::new(name(owner), Rtype::A, Class::IN, ttl, rdata).unwrap()
}

#[test]
fn a_set_is_verified_in_any_order_case_and_age() {
    let world = World::new("Example.");
    let exchange = |text: &str| {
        Mx {
            preference: 1,
            exchange: name(text).view(),
        }
        .to_rdata()
    };
    let set = |owner: &str, ttl, names: [&str; 2]| {
        Rrset::new(name(owner), Rtype::MX, Class::IN, ttl, names.map(exchange)).unwrap()
    };
    let rrsig = world.sign(
        &set("WWW.example.", 3_600, ["b.example.", "A.example."]),
        VALIDITY,
    );
    let other = set("www.EXAMPLE.", 17, ["a.EXAMPLE.", "b.example."]);
    let verified = world.verify(&other, &rrsig);
    assert_eq!(
        verified,
        Ok(Verified {
            wildcard: None,
            ttl: 17
        })
    );
    let fewer = set("www.example.", 3_600, ["b.example.", "b.example."]);
    assert_eq!(world.verify(&fewer, &rrsig), Err(RrsigError::Refused(Refused)));
}

/// RFC 4035 section 5.3.3: the least of the TTL, the signed TTL and what is left of the validity.
#[test]
fn rfc4035_5_3_3_the_ttl_is_capped() {
    let world = World::new("example.");
    let rrsig = world.sign(&addresses("a.example.", 3_600), VALIDITY);
    let ttl = |set: &Rrset, rrsig: &Rdata| world.verify(set, rrsig).unwrap().ttl;
    assert_eq!(ttl(&addresses("a.example.", 86_399), &rrsig), 3_600);
    let short = Validity {
        expiration: NOW + 9,
        ..VALIDITY
    };
    let rrsig = world.sign(&addresses("a.example.", 3_600), short);
    assert_eq!(ttl(&addresses("a.example.", 3_600), &rrsig), 9);
}

/// RFC 4035 section 5.3.2: the labels tell which wildcard a set was made from.
#[test]
fn rfc4035_5_3_2_sets_from_wildcards_tell_which() {
    let world = World::new("example.");
    let rrsig = world.sign(&addresses("*.w.example.", 60), VALIDITY);
    assert_eq!(rrsig.view::<Rrsig<'_>>().unwrap().labels, 2);
    for (owner, wildcard) in [
        ("*.w.example.", None),
        ("a.w.example.", Some("*.w.example.")),
        ("b.a.W.example.", Some("*.w.example.")),
        ("*.a.w.example.", Some("*.w.example.")),
    ] {
        let verified = world.verify(&addresses(owner, 60), &rrsig).unwrap();
        assert_eq!(verified.wildcard, wildcard.map(name), "{owner}");
    }
    let refused = |owner: &str| world.verify(&addresses(owner, 60), &rrsig).unwrap_err();
    assert_eq!(refused("a.v.example."), RrsigError::Refused(Refused));
    // The name of the wildcard's parent has the labels that were signed, and no asterisk.
    assert_eq!(refused("w.example."), RrsigError::Refused(Refused));
    assert_eq!(refused("example."), RrsigError::Labels { labels: 2, owner: 1 });
}

#[test]
fn each_rule_is_kept() {
    let world = World::new("example.");
    let set = addresses("a.example.", 60);
    let rdata = world.sign(&set, VALIDITY);
    let rrsig: Rrsig<'_> = rdata.view().unwrap();
    let verify = |rrsig| world.verify_with(&world.dnskey, &set, rrsig);
    assert!(verify(rrsig).is_ok());
    assert_eq!(
        verify(Rrsig {
            type_covered: Rtype::AAAA,
            ..rrsig
        }),
        Err(RrsigError::OtherType(Rtype::AAAA))
    );
    assert_eq!(
        verify(Rrsig { labels: 3, ..rrsig }),
        Err(RrsigError::Labels { labels: 3, owner: 2 })
    );
    assert_eq!(
        verify(Rrsig { labels: 0, ..rrsig }),
        Err(RrsigError::WildcardOutside)
    );
    for (signer, error) in [
        ("b.example.", RrsigError::SignerOutside),
        ("aexample.", RrsigError::SignerOutside),
        ("x.a.example.", RrsigError::SignerOutside),
        (".", RrsigError::OtherKey),
    ] {
        let signer = name(signer);
        let other = Rrsig {
            signer: signer.view(),
            ..rrsig
        };
        assert_eq!(world.verify_with(&world.dnskey, &set, other), Err(error));
    }
    assert_eq!(
        verify(Rrsig {
            key_tag: rrsig.key_tag ^ 1,
            ..rrsig
        }),
        Err(RrsigError::OtherKey)
    );
    assert_eq!(
        verify(Rrsig {
            algorithm: SecurityAlgorithm(16),
            ..rrsig
        }),
        Err(RrsigError::OtherKey)
    );
    let short = SignatureError::Length {
        length: 63,
        required: 64,
    };
    let cut = Rrsig {
        signature: &rrsig.signature[1..],
        ..rrsig
    };
    assert_eq!(verify(cut), Err(RrsigError::Signature(short)));
    // All fields are signed.
    let refused = Err(RrsigError::Refused(Refused));
    assert_eq!(
        verify(Rrsig {
            original_ttl: 61,
            ..rrsig
        }),
        refused
    );
    assert_eq!(
        verify(Rrsig {
            expiration: rrsig.expiration + 1,
            ..rrsig
        }),
        refused
    );
    assert_eq!(
        verify(Rrsig {
            inception: rrsig.inception - 1,
            ..rrsig
        }),
        refused
    );
    assert_eq!(verify(Rrsig { labels: 1, ..rrsig }), refused);
}

/// RFC 4034 section 2.1, RFC 5011 section 2.1: the flags make other tags, which are told here by the records.
#[test]
fn keys_that_sign_no_data_verify_none() {
    let world = World::new("example.");
    let set = addresses("a.example.", 60);
    let public: Dnskey<'_> = world.dnskey.view().unwrap();
    for (flags, protocol, good) in [
        (FLAG_ZONE, 3, true),
        (FLAG_ZONE | FLAG_SECURE_ENTRY_POINT, 3, true),
        (0, 3, false),
        (FLAG_SECURE_ENTRY_POINT, 3, false),
        (FLAG_ZONE | FLAG_REVOKE, 3, false),
        (FLAG_ZONE, 2, false),
    ] {
        let dnskey = Dnskey {
            flags,
            protocol,
            ..public
        }
        .to_rdata();
        let tag = key_tag(dnskey.octets());
        let signer = ZoneSigner::new(&world.zone, flags, &world.signing);
        let mut rrsig = signer
            .sign(&mut Rng::new(&Seed::from_number(1)), &set, VALIDITY)
            .unwrap();
        if protocol != 3 {
            let view: Rrsig<'_> = rrsig.view().unwrap();
            rrsig = Rrsig { key_tag: tag, ..view }.to_rdata();
        }
        let outcome = world.verify_with(&dnskey, &set, rrsig.view().unwrap());
        assert_eq!(outcome.is_ok(), good, "{flags} {protocol}: {outcome:?}");
        if !good {
            assert_eq!(outcome, Err(RrsigError::NotForData));
        }
    }
}

/// RFC 4034 section 3.1.5: times wrap around, and both ends are included.
#[test]
fn rfc4034_3_1_5_times_are_compared_by_serial_arithmetic() {
    let world = World::new("example.");
    let set = addresses("a.example.", 60);
    let judged = |inception, expiration, now: Option<u64>| {
        let rdata = world.sign(
            &set,
            Validity {
                inception,
                expiration,
            },
        );
        let key = ZoneKey::new(&world.zone, &world.dnskey).unwrap();
        let wall = now.map(UnixTime::from_secs);
        verify_rrset(
            &RustCrypto,
            &mut budget(),
            wall,
            &set,
            &rdata.view().unwrap(),
            &key,
        )
        .err()
    };
    assert_eq!(judged(10, 20, Some(9)), Some(RrsigError::NotYetValid));
    assert_eq!(judged(10, 20, Some(10)), None);
    assert_eq!(judged(10, 20, Some(20)), None);
    assert_eq!(judged(10, 20, Some(21)), Some(RrsigError::Expired));
    assert_eq!(judged(10, 20, None), Some(RrsigError::NoClock));
    assert_eq!(judged(20, 10, Some(15)), Some(RrsigError::Reversed));
    // Around 2106-02-07T06:28:16Z.
    let turn = 1_u64 << 32;
    assert_eq!(judged(u32::MAX - 5, 5, Some(turn)), None);
    assert_eq!(judged(u32::MAX - 5, 5, Some(turn - 6)), None);
    assert_eq!(
        judged(u32::MAX - 5, 5, Some(turn - 7)),
        Some(RrsigError::NotYetValid)
    );
    assert_eq!(judged(u32::MAX - 5, 5, Some(turn + 6)), Some(RrsigError::Expired));
}

/// C1 of what DNSSEC can be made to cost: work is paid for before it is done, and what fails is counted.
#[test]
fn verifying_is_paid_for_and_failures_are_counted() {
    let world = World::new("example.");
    let set = addresses("a.example.", 60);
    let good = world.sign(&set, VALIDITY);
    let other = addresses("a.example.", 60).with_owner(name("b.example."));
    let wall = Some(UnixTime::from_secs(NOW.into()));
    let key = ZoneKey::new(&world.zone, &world.dnskey).unwrap();
    let mut budget = budget();
    let mut verify =
        |set: &Rrset, rrsig: Rrsig<'_>| verify_rrset(&RustCrypto, &mut budget, wall, set, &rrsig, &key).err();
    let rrsig: Rrsig<'_> = good.view().unwrap();
    let cut = Rrsig {
        signature: b"cut",
        ..rrsig
    };
    // What names another key, or is too old, is free.
    for _ in 0..100 {
        assert_eq!(
            verify(
                &set,
                Rrsig {
                    key_tag: rrsig.key_tag ^ 1,
                    ..rrsig
                }
            ),
            Some(RrsigError::OtherKey)
        );
    }
    let mut failures = Vec::new();
    for round in 0..9 {
        failures.push(if round % 2 == 0 {
            verify(&other, rrsig)
        } else {
            verify(&set, cut)
        });
    }
    assert_eq!(failures[0], Some(RrsigError::Refused(Refused)));
    assert!(matches!(failures[7], Some(RrsigError::Signature(_))));
    assert_eq!(
        failures[8],
        Some(RrsigError::Exhausted(Exhausted::FailedSignatureChecks))
    );
    for _ in 9..32 {
        assert_eq!(verify(&set, rrsig), None);
    }
    assert_eq!(
        verify(&set, rrsig),
        Some(RrsigError::Exhausted(Exhausted::SignatureChecks))
    );
}

/// C2: a key that cannot be used is no way around the count.
#[test]
fn keys_that_cannot_be_used_are_counted_as_failures() {
    let world = World::new("example.");
    let set = addresses("a.example.", 60);
    let algorithm = SecurityAlgorithm::RSASHA256;
    let public_key = &[&[1, 3][..], &[0xFF; 64]].concat()[..];
    let dnskey = Dnskey {
        flags: FLAG_ZONE,
        protocol: 3,
        algorithm,
        public_key,
    }
    .to_rdata();
    let made = world.sign(&set, VALIDITY);
    let rrsig = Rrsig {
        algorithm,
        key_tag: key_tag(dnskey.octets()),
        ..made.view().unwrap()
    };
    let key = ZoneKey::new(&world.zone, &dnskey).unwrap();
    let mut budget = budget();
    let wall = Some(UnixTime::from_secs(NOW.into()));
    let mut verify = || verify_rrset(&RustCrypto, &mut budget, wall, &set, &rrsig, &key).unwrap_err();
    for _ in 0..8 {
        assert_eq!(verify(), RrsigError::Key(KeyError::RsaModulusBits { bits: 512 }));
    }
    assert_eq!(verify(), RrsigError::Exhausted(Exhausted::FailedSignatureChecks));
}

#[test]
fn rfc4034_3_1_8_1_the_case_of_the_signer_and_of_the_owner_is_not_signed() {
    let signature = |zone, owner| {
        let rrsig = World::new(zone).sign(&addresses(owner, 60), VALIDITY);
        rrsig.view::<Rrsig<'_>>().unwrap().signature.to_vec()
    };
    assert_eq!(
        signature("EXAMPLE.", "A.Example."),
        signature("example.", "a.example.")
    );
}
