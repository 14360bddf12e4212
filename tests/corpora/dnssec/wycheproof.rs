//! The vectors of Project Wycheproof: signatures that lax implementations take, and correct ones that some refuse.

use nameward_core::budget::Budget;
use nameward_core::crypto::{HashFunction, Hmac, PublicKey, Signature};
use nameward_core::limits::Limits;
use nameward_core::time::Instant;
use nameward_core::wire::SecurityAlgorithm;
use wycheproof::{TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify as rsa};

use super::backends::agreed;

/// Judges key and signature, pays, and verifies with each backend. What was wrong, if something was.
fn verify(algorithm: SecurityAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), String> {
    let key = PublicKey::parse(algorithm, key).map_err(|error| error.to_string())?;
    let signature = Signature::parse(&key, signature).map_err(|error| error.to_string())?;
    let verified = agreed(|backend| {
        let mut budget = Budget::new(&Limits::default(), Instant::ZERO);
        let debit = budget.verification(key.units()).expect("a first verification");
        backend.verifier.verify(debit, &key, message, &signature)
    });
    verified.map_err(|error| error.to_string())
}

/// How many signatures were taken and refused.
#[derive(Debug, Default, PartialEq)]
struct Count {
    verified: u32,
    refused: u32,
}

impl Count {
    /// Notes an outcome, which must be the one that is expected. None is expected where implementations may differ.
    fn note(&mut self, expected: Option<bool>, outcome: Result<(), String>, what: &str, id: usize) {
        let verified = outcome.is_ok();
        if let Some(expected) = expected {
            assert_eq!(verified, expected, "{what} {id}: {outcome:?}");
        }
        if verified {
            self.verified += 1;
        } else {
            self.refused += 1;
        }
    }

    /// Each set has some of both.
    fn check(&self, what: &str) {
        println!("{what}: {self:?}");
        assert!(self.verified >= 5 && self.refused >= 20, "{what}: {self:?}");
    }
}

fn expected(result: TestResult) -> Option<bool> {
    match result {
        TestResult::Valid => Some(true),
        TestResult::Invalid => Some(false),
        TestResult::Acceptable => None,
    }
}

#[test]
fn wycheproof_ecdsa_on_both_curves() {
    for (name, algorithm) in [
        (
            ecdsa::TestName::EcdsaSecp256r1Sha256P1363,
            SecurityAlgorithm::ECDSAP256SHA256,
        ),
        (
            ecdsa::TestName::EcdsaSecp384r1Sha384P1363,
            SecurityAlgorithm::ECDSAP384SHA384,
        ),
    ] {
        let mut count = Count::default();
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let point: &[u8] = &group.key.key;
            assert_eq!(point[0], 4);
            for test in group.tests {
                // An acceptable one would be a question of policy; there is none.
                let outcome = verify(algorithm, &point[1..], &test.msg, &test.sig);
                count.note(
                    Some(expected(test.result) == Some(true)),
                    outcome,
                    "ECDSA",
                    test.tc_id,
                );
            }
        }
        count.check(&algorithm.to_string());
    }
}

#[test]
fn wycheproof_ed25519() {
    let mut count = Count::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519)
        .unwrap()
        .test_groups
    {
        for test in group.tests {
            let outcome = verify(SecurityAlgorithm::ED25519, &group.key.pk, &test.msg, &test.sig);
            count.note(expected(test.result), outcome, "Ed25519", test.tc_id);
        }
    }
    count.check("Ed25519");
}

/// An acceptable signature is one whose encoded hash function lacks the parameter NULL. DNSSEC knows one encoding (RFC 3110
/// section 3, RFC 5702 section 3): it is refused.
#[test]
fn wycheproof_rsa_with_all_moduli_that_are_judged() {
    for (name, algorithm) in [
        (rsa::TestName::Rsa2048Sha256, SecurityAlgorithm::RSASHA256),
        (rsa::TestName::Rsa2048Sha512, SecurityAlgorithm::RSASHA512),
        (rsa::TestName::Rsa3072Sha256, SecurityAlgorithm::RSASHA256),
        (rsa::TestName::Rsa3072Sha512, SecurityAlgorithm::RSASHA512),
        (rsa::TestName::Rsa4096Sha256, SecurityAlgorithm::RSASHA256),
        (rsa::TestName::Rsa4096Sha512, SecurityAlgorithm::RSASHA512),
    ] {
        let mut count = Count::default();
        for group in rsa::TestSet::load(name).unwrap().test_groups {
            let [exponent, modulus] = [&group.key.e, &group.key.n].map(|number| without_zeros(number));
            let key: Vec<u8> = [&[u8::try_from(exponent.len()).unwrap()], exponent, modulus].concat();
            for test in group.tests {
                let outcome = verify(algorithm, &key, &test.msg, &test.sig);
                count.note(
                    Some(expected(test.result) == Some(true)),
                    outcome,
                    "RSA",
                    test.tc_id,
                );
            }
        }
        count.check(&format!("{name:?}"));
    }
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&octet| octet == 0).count();
    &number[zeros..]
}

/// The vectors hold whole codes and such that are cut, right ones and damaged ones.
#[test]
fn wycheproof_hmac_of_all_hash_functions() {
    for (name, function) in [
        (mac::TestName::HmacSha1, HashFunction::Sha1),
        (mac::TestName::HmacSha224, HashFunction::Sha224),
        (mac::TestName::HmacSha256, HashFunction::Sha256),
        (mac::TestName::HmacSha384, HashFunction::Sha384),
        (mac::TestName::HmacSha512, HashFunction::Sha512),
    ] {
        let mut count = [0; 2];
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let mut hmac = Hmac::new(function, &test.key);
                let (first, rest) = test.msg.split_at(test.msg.len() / 3);
                hmac.update(first);
                hmac.update(rest);
                let right = test.result == TestResult::Valid;
                let tag = hmac.clone().finish();
                assert_eq!(
                    tag.as_bytes().starts_with(&test.tag),
                    right,
                    "{name:?} {}",
                    test.tc_id
                );
                assert_eq!(hmac.verify(&test.tag), right, "{name:?} {}", test.tc_id);
                count[usize::from(right)] += 1;
            }
        }
        assert!(count[0] > 50 && count[1] > 50, "{name:?}: {count:?}");
    }
}
