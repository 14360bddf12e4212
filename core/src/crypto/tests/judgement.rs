//! What is refused before a backend sees it.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{KeyError, PublicKey, Signature, SignatureError, hex};
use crate::crypto::{Policy, Recommendation, Requirement};
use crate::wire::{DigestType, SecurityAlgorithm};

const RSA: SecurityAlgorithm = SecurityAlgorithm::RSASHA256;

/// An RSA key with an exponent of these octets and a modulus of so many octets, which begins and ends as told.
fn rsa(exponent: &[u8], length: usize, first: u8, last: u8) -> Vec<u8> {
    let mut modulus = vec![0x55; length];
    modulus[0] = first;
    modulus[length - 1] = last;
    [&[u8::try_from(exponent.len()).unwrap()], exponent, &modulus].concat()
}

fn refused(octets: &[u8]) -> Option<KeyError> {
    PublicKey::parse(RSA, octets).err()
}

#[test]
fn rfc3110_2_moduli_have_1024_to_4096_bits_and_begin_with_a_bit() {
    assert_eq!(refused(&rsa(&[3], 128, 0x80, 1)), None);
    assert_eq!(refused(&rsa(&[3], 512, 0xFF, 1)), None);
    let bits = |bits| Some(KeyError::RsaModulusBits { bits });
    assert_eq!(refused(&rsa(&[3], 128, 0x7F, 1)), bits(1023));
    assert_eq!(refused(&rsa(&[3], 64, 0xFF, 1)), bits(512));
    assert_eq!(refused(&rsa(&[3], 513, 0x01, 1)), bits(4097));
    assert_eq!(refused(&rsa(&[3], 65_000, 0xFF, 1)), bits(520_000));
    assert_eq!(refused(&[1, 3]), bits(0));
    assert_eq!(refused(&rsa(&[3], 129, 0, 1)), Some(KeyError::RsaNotShortest));
    assert_eq!(refused(&rsa(&[3], 128, 0x80, 2)), Some(KeyError::RsaModulusEven));
}

#[test]
fn rfc3110_2_exponents_are_odd_from_3_to_2_to_the_32_plus_1() {
    let exponent = |octets: &[u8]| refused(&rsa(octets, 128, 0x80, 1));
    for good in [&[3_u8][..], &[5], &[1, 0, 1], &[0xFF; 4], &[1, 0, 0, 0, 1]] {
        assert_eq!(exponent(good), None, "{good:?}");
    }
    for bad in [
        &[1_u8][..],
        &[2],
        &[1, 0, 0],
        &[1, 0, 0, 0, 3],
        &[0xFF; 9],
        &[0xFF; 255],
    ] {
        assert_eq!(exponent(bad), Some(KeyError::RsaExponent), "{bad:?}");
    }
    // A length of zero begins a long one.
    assert_eq!(exponent(&[]), Some(KeyError::RsaShort));
    assert_eq!(exponent(&[0, 3]), Some(KeyError::RsaNotShortest));
}

#[test]
fn rfc3110_2_lengths_are_those_of_what_follows() {
    assert_eq!(refused(&[]), Some(KeyError::RsaShort));
    assert_eq!(refused(&[3, 1, 0]), Some(KeyError::RsaShort));
    assert_eq!(refused(&[0, 1]), Some(KeyError::RsaShort));
    // The long form is for exponents of 256 octets and more, none of which is used here.
    let short = rsa(&[3], 128, 0x80, 1);
    let long = [&[0, 0, 1], &short[1..]].concat();
    assert_eq!(refused(&long), Some(KeyError::RsaNotShortest));
    let large = [&[0, 1, 0][..], &[0xFF; 256], &short[2..]].concat();
    assert_eq!(refused(&large), Some(KeyError::RsaExponent));
}

#[test]
fn keys_and_signatures_of_the_wrong_length_are_told_the_right_one() {
    for (algorithm, key, signature) in [
        (SecurityAlgorithm::ECDSAP256SHA256, 64, 64),
        (SecurityAlgorithm::ECDSAP384SHA384, 96, 96),
        (SecurityAlgorithm::ED25519, 32, 64),
    ] {
        for length in [0, key - 1, key + 1] {
            let error = PublicKey::parse(algorithm, &vec![7; length]).unwrap_err();
            assert_eq!(
                error,
                KeyError::Length {
                    length,
                    required: key
                }
            );
        }
        let octets = vec![7; key];
        let parsed = PublicKey::parse(algorithm, &octets).unwrap();
        assert_eq!(parsed.algorithm(), algorithm);
        for length in [0, signature - 1, signature + 1] {
            let error = Signature::parse(&parsed, &vec![7; length]).unwrap_err();
            assert_eq!(
                error,
                SignatureError::Length {
                    length,
                    required: signature
                }
            );
        }
    }
}

#[test]
fn signatures_of_rsa_are_below_the_modulus() {
    let key = rsa(&[3], 128, 0x80, 1);
    let parsed = PublicKey::parse(RSA, &key).unwrap();
    let modulus = &key[2..];
    assert_eq!(Signature::parse(&parsed, modulus), Err(SignatureError::Range));
    let mut below = modulus.to_vec();
    below[127] -= 1;
    assert_eq!(Signature::parse(&parsed, &below).unwrap().octets(), below);
    let short = Signature::parse(&parsed, &modulus[1..]);
    let required = 128;
    assert_eq!(
        short,
        Err(SignatureError::Length {
            length: 127,
            required
        })
    );
}

/// The number whose last octet is that much larger.
fn beside(number: &[u8], more: i8) -> Vec<u8> {
    let mut beside = number.to_vec();
    let last = beside.last_mut().unwrap();
    *last = last.checked_add_signed(more).unwrap();
    beside
}

const P256_FIELD: &str = "ffffffff00000001000000000000000000000000fffffffffffffffffffffffe";
const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const P384_FIELD: &str =
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffe";
const P384_ORDER: &str =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";

/// SEC 2 sections 2.4.2 and 2.5.1 give the numbers; those of the fields stand here less one.
#[test]
fn rfc6605_4_coordinates_are_below_the_prime_and_halves_from_1_to_below_the_order() {
    for (algorithm, field, order) in [
        (
            SecurityAlgorithm::ECDSAP256SHA256,
            hex(P256_FIELD),
            hex(P256_ORDER),
        ),
        (
            SecurityAlgorithm::ECDSAP384SHA384,
            hex(P384_FIELD),
            hex(P384_ORDER),
        ),
    ] {
        let zero = vec![0; field.len()];
        let prime = beside(&field, 1);
        let judged = |x: &[u8], y: &[u8]| PublicKey::parse(algorithm, &[x, y].concat()).err();
        assert_eq!(judged(&field, &field), None);
        assert_eq!(judged(&prime, &zero), Some(KeyError::Coordinate));
        assert_eq!(judged(&zero, &prime), Some(KeyError::Coordinate));
        let octets = [zero.as_slice(), &zero].concat();
        let key = PublicKey::parse(algorithm, &octets).unwrap();
        let last = beside(&order, -1);
        let judged = |r: &[u8], s: &[u8]| Signature::parse(&key, &[r, s].concat()).err();
        assert_eq!(judged(&last, &last), None);
        for (r, s) in [(&zero, &last), (&last, &zero), (&order, &last), (&last, &order)] {
            assert_eq!(judged(r, s), Some(SignatureError::Range));
        }
    }
}

/// RFC 8032 section 5.1: p = 2^255 - 19, L = 2^252 + 27742317777372353535851937790883648493.
#[test]
fn rfc8032_5_1_points_and_numbers_in_canonical_form_only() {
    let little = |digits: &str| {
        let mut octets = hex(digits);
        octets.reverse();
        octets
    };
    let key_of = |octets: &[u8]| PublicKey::parse(SecurityAlgorithm::ED25519, octets).err();
    let prime = little("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
    let mut below = prime.clone();
    below[0] -= 2;
    for sign in [0, 0x80] {
        let signed = |octets: &[u8]| {
            let mut signed = octets.to_vec();
            signed[31] |= sign;
            signed
        };
        assert_eq!(key_of(&signed(&prime)), Some(KeyError::Coordinate));
        assert_eq!(key_of(&signed(&[0xFF; 32])), Some(KeyError::Coordinate));
        assert_eq!(key_of(&signed(&below)), None);
    }
    let key = PublicKey::parse(SecurityAlgorithm::ED25519, &below).unwrap();
    let order = little("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
    let mut last = order.clone();
    last[0] -= 1;
    let judged = |r: &[u8], s: &[u8]| Signature::parse(&key, &[r, s].concat()).err();
    assert_eq!(judged(&below, &last), None);
    assert_eq!(judged(&below, &[0; 32]), None);
    assert_eq!(judged(&below, &order), Some(SignatureError::Range));
    assert_eq!(judged(&prime, &last), Some(SignatureError::Point));
    assert_eq!(judged(&[0; 32], &last), Some(SignatureError::Point));
}

/// The backend, asked about every point of the eight, in every form that it has.
#[cfg(feature = "crypto")]
#[test]
fn points_of_small_order_are_those_that_the_backend_finds_weak() {
    let one = hex("0100000000000000000000000000000000000000000000000000000000000000");
    let minus_one = hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    let eight = hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    let other = hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
    for mut point in [vec![0; 32], one, minus_one, eight, other] {
        for sign in [0, 0x80] {
            point[31] = point[31] & 0x7F | sign;
            let octets: &[u8; 32] = point.first_chunk().unwrap();
            if let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(octets) {
                assert!(key.is_weak());
            }
            let judged = PublicKey::parse(SecurityAlgorithm::ED25519, octets);
            assert_eq!(judged, Err(KeyError::SmallOrder), "{octets:02x?}");
        }
    }
}

#[test]
fn algorithms_that_are_not_implemented_are_named_and_never_supported() {
    let mut implemented = Vec::new();
    for number in 0..=255 {
        let algorithm = SecurityAlgorithm(number);
        let known = PublicKey::parse(algorithm, b"").unwrap_err() != KeyError::Algorithm(algorithm);
        assert_eq!(Policy::default().supports(algorithm), known, "{algorithm}");
        if known {
            let registered = Recommendation::of_algorithm(algorithm).unwrap();
            assert!(registered.validation >= Requirement::May);
            implemented.push(number);
        }
    }
    assert_eq!(implemented, [5, 7, 8, 10, 13, 14, 15]);
    let digests: Vec<u8> = (0..=255)
        .filter(|&number| Policy::default().supports_digest(DigestType(number)))
        .collect();
    assert_eq!(digests, [1, 2, 4]);
    // The two have nothing to do with each other.
    for (rsa_sha1, digest_sha1) in [(false, true), (true, false)] {
        let policy = Policy {
            rsa_sha1,
            digest_sha1,
        };
        assert!(policy.supports_digest(DigestType::SHA256) && policy.supports(RSA));
        assert_eq!(policy.supports_digest(DigestType::SHA1), digest_sha1);
        for algorithm in [5, 7] {
            assert_eq!(policy.supports(SecurityAlgorithm(algorithm)), rsa_sha1);
        }
    }
}

/// RFC 9904 section 3, table 2, and section 4, table 3; RFC 9905 section 5; RFC 9906 section 5. A letter is a requirement: `x` MUST NOT, `n`
/// NOT RECOMMENDED, `m` MAY, `r` RECOMMENDED, `M` MUST.
#[test]
fn rfc9904_3_the_registries_as_they_are_today() {
    let letters = |said: Recommendation| -> String {
        let columns = [
            said.signing,
            said.validation,
            said.implement_signing,
            said.implement_validation,
        ];
        let letter = |requirement| match requirement {
            Requirement::MustNot => 'x',
            Requirement::NotRecommended => 'n',
            Requirement::May => 'm',
            Requirement::Recommended => 'r',
            Requirement::Must => 'M',
        };
        columns.map(letter).iter().collect()
    };
    let algorithms: Vec<_> = (0..=255)
        .filter_map(|number| {
            Some((
                number,
                letters(Recommendation::of_algorithm(SecurityAlgorithm(number))?),
            ))
        })
        .collect();
    let expected = "1xxxx 3xxxx 5xrnM 6xxxx 7xrnM 8rrMM 10nrnM 12xxxx 13rrMM 14mrmr 15rrrr 16mrmr 17mmmm 23mmmm 253mmmm 254mmmm";
    let shown = |rows: &[(u8, String)]| -> String {
        let rows: Vec<_> = rows
            .iter()
            .map(|(number, letters)| format!("{number}{letters}"))
            .collect();
        rows.join(" ")
    };
    assert_eq!(shown(&algorithms), expected);
    let digests: Vec<_> = (0..=255)
        .filter_map(|number| {
            Some((
                number,
                letters(Recommendation::of_digest_type(DigestType(number))?),
            ))
        })
        .collect();
    assert_eq!(shown(&digests), "0xxxx 1xrxM 2rrMM 3xxxx 4mrmr 5mmmm 6mmmm");
    // RFC 9904 section 2.2: nobody must use anything.
    for (_, letters) in algorithms.iter().chain(&digests) {
        assert!(!letters[..2].contains('M'));
    }
}

/// The proportions that `nameward-bench all crypto` counts, to the next unit.
#[test]
fn keys_cost_in_proportion_to_what_their_verification_takes() {
    let units = |algorithm, octets: &[u8]| PublicKey::parse(algorithm, octets).unwrap().units();
    assert_eq!(units(SecurityAlgorithm::ED25519, &[7; 32]), 1);
    assert_eq!(units(SecurityAlgorithm::ECDSAP256SHA256, &[7; 64]), 7);
    assert_eq!(units(SecurityAlgorithm::ECDSAP384SHA384, &[7; 96]), 24);
    // A product of two words is made for each two words of the modulus, 36 times for an exponent of 65 537.
    let usual = [1, 0, 1];
    for (exponent, length, expected) in [
        (&[3][..], 128, 1),
        (&usual, 128, 1),
        (&usual, 256, 3),
        (&usual, 512, 10),
        (&[1, 0, 0, 0, 1], 512, 14),
        (&[0xFF; 4], 512, 21),
    ] {
        assert_eq!(
            units(RSA, &rsa(exponent, length, 0x80, 1)),
            expected,
            "{exponent:?} {length}"
        );
    }
}

proptest! {
    /// What the largest key that is taken costs is bounded, and nothing is free.
    #[test]
    fn every_key_costs_from_1_to_25_units(
        length in 128_usize..=512,
        exponent in (1_u64..=1 << 31).prop_map(|half| 2 * half + 1),
    ) {
        let octets = exponent.to_be_bytes();
        let zeros = octets.iter().take_while(|&&octet| octet == 0).count();
        let key = rsa(&octets[zeros..], length, 0x80, 1);
        let units = PublicKey::parse(RSA, &key).unwrap().units();
        prop_assert!((1..=25).contains(&units), "{units}");
    }

    #[test]
    fn no_octets_break_the_judgement(number: u8, key: Vec<u8>, signature: Vec<u8>) {
        if let Ok(key) = PublicKey::parse(SecurityAlgorithm(number), &key) {
            let _ = Signature::parse(&key, &signature);
        }
    }
}
