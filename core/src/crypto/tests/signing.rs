//! Keys that are drawn, sign, and are verified.

use alloc::format;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{KeyError, Outcome, PrivateKey, Refused, RsaPrivateKey, Signer, SigningKey, hex, verify};
use crate::seed::{Rng, Seed};
use crate::wire::SecurityAlgorithm;

const ALGORITHMS: [SecurityAlgorithm; 7] = [
    SecurityAlgorithm::RSASHA1,
    SecurityAlgorithm::RSASHA1_NSEC3_SHA1,
    SecurityAlgorithm::RSASHA256,
    SecurityAlgorithm::RSASHA512,
    SecurityAlgorithm::ECDSAP256SHA256,
    SecurityAlgorithm::ECDSAP384SHA384,
    SecurityAlgorithm::ED25519,
];

#[test]
fn what_is_signed_is_verified_and_nothing_else_is() {
    let mut rng = Rng::new(&Seed::from_number(9));
    for algorithm in ALGORITHMS {
        let private = SigningKey::generate(algorithm, 1024, &mut rng).unwrap();
        let key = SigningKey::new(&private).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let signature = key.sign(&mut rng, b"message").unwrap();
        assert_eq!(key.sign(&mut rng, b"message").unwrap(), signature, "{algorithm}");
        let public = key.public_key();
        assert_eq!(
            verify(algorithm, public, b"message", &signature),
            Outcome::Verified
        );
        assert_eq!(
            verify(algorithm, public, b"massage", &signature),
            Outcome::Refused(Refused)
        );
        for index in [0, signature.len() / 2, signature.len() - 1] {
            let mut damaged = signature.clone();
            damaged[index] ^= 1;
            assert_ne!(verify(algorithm, public, b"message", &damaged), Outcome::Verified);
        }
        let other = SigningKey::new(&SigningKey::generate(algorithm, 1024, &mut rng).unwrap()).unwrap();
        assert_ne!(other.public_key(), public);
        assert_ne!(
            verify(algorithm, other.public_key(), b"message", &signature),
            Outcome::Verified
        );
    }
}

/// RFC 3110 section 3, RFC 5155 section 2, RFC 5702 section 3: the two with SHA-1 are one, and the others have a digest each.
#[test]
fn rfc5702_3_each_algorithm_of_rsa_has_its_own_digest() {
    let mut rng = Rng::new(&Seed::from_number(10));
    let rsa = ALGORITHMS.into_iter().take(4);
    for signs in rsa.clone() {
        let private = SigningKey::generate(signs, 1024, &mut rng).unwrap();
        let key = SigningKey::new(&private).unwrap();
        let signature = key.sign(&mut rng, b"message").unwrap();
        for verifies in rsa.clone() {
            let with_sha1 = |algorithm: SecurityAlgorithm| algorithm.0 <= 7;
            let alike = signs == verifies || with_sha1(signs) && with_sha1(verifies);
            let outcome = verify(verifies, key.public_key(), b"message", &signature);
            assert_eq!(outcome == Outcome::Verified, alike, "{signs} {verifies}");
        }
    }
}

#[test]
fn the_same_seed_draws_the_same_key() {
    for algorithm in ALGORITHMS {
        let draw = |number| {
            SigningKey::generate(algorithm, 1024, &mut Rng::new(&Seed::from_number(number))).unwrap()
        };
        assert!(draw(1) == draw(1) && draw(1) != draw(2));
    }
}

#[test]
fn keys_that_cannot_be_drawn_are_told() {
    let mut rng = Rng::new(&Seed::from_number(1));
    let mut drawn = |algorithm, bits| SigningKey::generate(algorithm, bits, &mut rng).unwrap_err();
    for bits in [0, 512, 1023, 4097, u16::MAX] {
        let error = KeyError::RsaModulusBits { bits: bits.into() };
        assert_eq!(drawn(SecurityAlgorithm::RSASHA256, bits), error);
    }
    let unknown = SecurityAlgorithm(200);
    assert_eq!(drawn(unknown, 0), KeyError::Algorithm(unknown));
}

#[test]
fn private_keys_that_are_none_are_refused() {
    let secret = |algorithm, octets: &[u8]| {
        SigningKey::new(&PrivateKey::Secret(algorithm, Zeroizing::new(octets.to_vec()))).unwrap_err()
    };
    let length = |length, required| KeyError::Length { length, required };
    assert_eq!(
        secret(SecurityAlgorithm::ECDSAP256SHA256, &[1; 31]),
        length(31, 32)
    );
    assert_eq!(
        secret(SecurityAlgorithm::ECDSAP256SHA256, &[0; 32]),
        KeyError::Coordinate
    );
    assert_eq!(
        secret(SecurityAlgorithm::ECDSAP384SHA384, &[0xFF; 48]),
        KeyError::Coordinate
    );
    assert_eq!(secret(SecurityAlgorithm::ED25519, &[1; 33]), length(33, 32));
    let unknown = SecurityAlgorithm::ED448;
    assert_eq!(secret(unknown, &[1; 57]), KeyError::Algorithm(unknown));

    let mut rng = Rng::new(&Seed::from_number(2));
    let drawn = SigningKey::generate(SecurityAlgorithm::RSASHA256, 1024, &mut rng).unwrap();
    let PrivateKey::Rsa(algorithm, parts) = drawn else {
        panic!()
    };
    let refused = |parts| SigningKey::new(&PrivateKey::Rsa(algorithm, parts)).unwrap_err();
    let mut other = parts.clone();
    other.private_exponent[3] ^= 1;
    assert_eq!(refused(other), KeyError::Inconsistent);
    let mut other = parts.clone();
    other.primes[0][0] ^= 1;
    assert_eq!(refused(other), KeyError::Inconsistent);
    for part in 0..3 {
        let mut other = parts.clone();
        let [first, second] = &mut other.exponents;
        let numbers = [first, second, &mut other.coefficient];
        numbers[part][5] ^= 1;
        assert_eq!(refused(other), KeyError::Inconsistent, "{part}");
    }
    let other = RsaPrivateKey {
        public_exponent: Vec::from([2]),
        ..parts.clone()
    };
    assert_eq!(refused(other), KeyError::RsaExponent);
    let other = RsaPrivateKey {
        primes: [Zeroizing::new(Vec::new()), Zeroizing::new([1; 600].to_vec())],
        ..parts
    };
    assert_eq!(refused(other), KeyError::Inconsistent);
}

/// RFC 6979 appendix A.2.5, P-256 with SHA-256, and A.2.6, P-384 with SHA-384, of the message "sample".
#[test]
fn rfc6979_a_2_signatures_depend_on_key_and_message_only() {
    for (algorithm, secret, signature) in [
        (
            SecurityAlgorithm::ECDSAP256SHA256,
            "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716\
             F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
        ),
        (
            SecurityAlgorithm::ECDSAP384SHA384,
            "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
            "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46\
             99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8",
        ),
    ] {
        let key = SigningKey::new(&PrivateKey::Secret(algorithm, Zeroizing::new(hex(secret)))).unwrap();
        let mut rng = Rng::new(&Seed::from_number(1));
        assert_eq!(key.sign(&mut rng, b"sample").unwrap(), hex(signature));
    }
}

/// RFC 8032 section 7.1, test 2.
#[test]
fn rfc8032_7_1_ed25519() {
    let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let key = SigningKey::new(&PrivateKey::Secret(
        SecurityAlgorithm::ED25519,
        Zeroizing::new(seed),
    ))
    .unwrap();
    assert_eq!(
        key.public_key(),
        hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    );
    assert_eq!(
        key.sign(&mut Rng::new(&Seed::from_number(1)), b"\x72").unwrap(),
        hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
    );
}

#[test]
fn a_point_that_is_not_on_the_curve_is_refused_by_the_backend() {
    for (algorithm, length) in [
        (SecurityAlgorithm::ECDSAP256SHA256, 32),
        (SecurityAlgorithm::ECDSAP384SHA384, 48),
    ] {
        let (point, signature) = (alloc::vec![7; 2 * length], alloc::vec![7; 2 * length]);
        assert_eq!(
            verify(algorithm, &point, b"", &signature),
            Outcome::Refused(Refused)
        );
    }
    // The curve equation of Ed25519 has no solution for this coordinate.
    let mut point = [0; 32];
    point[0] = 2;
    let mut signature = [0; 64];
    signature[0] = 9;
    assert_eq!(
        verify(SecurityAlgorithm::ED25519, &point, b"", &signature),
        Outcome::Refused(Refused)
    );
}

#[test]
fn no_private_key_reaches_a_log() {
    let mut rng = Rng::new(&Seed::from_number(3));
    for algorithm in [SecurityAlgorithm::RSASHA256, SecurityAlgorithm::ED25519] {
        let private = SigningKey::generate(algorithm, 1024, &mut rng).unwrap();
        assert_eq!(format!("{private:?}"), format!("PrivateKey({algorithm}, ..)"));
        let key = SigningKey::new(&private).unwrap();
        assert_eq!(
            format!("{key:?}"),
            format!("SigningKey({algorithm}, {:02x?})", key.public_key())
        );
        if let PrivateKey::Rsa(_, parts) = &private {
            assert_eq!(format!("{parts:?}"), "RsaPrivateKey(..)");
        }
    }
}
