//! Both backends, asked the same.

use std::sync::OnceLock;

use nameward_core::budget::Budget;
use nameward_core::crypto::{
    KeyError, PrivateKey, PublicKey, Refused, RustCrypto, Signature, Signer, SigningKey, Verifier,
};
use nameward_core::limits::Limits;
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::Instant;
use nameward_core::wire::SecurityAlgorithm;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{AwsLc, AwsLcSigningKey};

/// Algorithms, the length of RSA keys, and whether the library signs with them.
const KEYS: [(SecurityAlgorithm, u16, bool); 8] = [
    (SecurityAlgorithm::RSASHA1, 2048, false),
    (SecurityAlgorithm::RSASHA1_NSEC3_SHA1, 1024, false),
    (SecurityAlgorithm::RSASHA256, 1024, false),
    (SecurityAlgorithm::RSASHA256, 2048, true),
    (SecurityAlgorithm::RSASHA512, 2048, true),
    (SecurityAlgorithm::ECDSAP256SHA256, 0, true),
    (SecurityAlgorithm::ECDSAP384SHA384, 0, true),
    (SecurityAlgorithm::ED25519, 0, true),
];

const MESSAGE: &[u8] = b"what is signed";

/// A private key of each kind, drawn once: RSA takes its time.
fn keys() -> &'static [PrivateKey] {
    static DRAWN: OnceLock<Vec<PrivateKey>> = OnceLock::new();
    DRAWN.get_or_init(|| {
        let mut rng = Rng::new(&Seed::from_number(1));
        let drawn = KEYS.iter().map(|&(algorithm, bits, _)| {
            SigningKey::generate(algorithm, bits, &mut rng).expect("such keys are drawn")
        });
        drawn.collect()
    })
}

/// What a backend says, if the core lets it be asked.
fn asked(
    backend: &dyn Verifier,
    algorithm: SecurityAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Option<Result<(), Refused>> {
    let key = PublicKey::parse(algorithm, key).ok()?;
    let signature = Signature::parse(&key, signature).ok()?;
    let mut budget = Budget::new(&Limits::default(), Instant::ZERO);
    let debit = budget.verification(key.units()).expect("a first verification");
    Some(backend.verify(debit, &key, message, &signature))
}

fn rng() -> Rng {
    Rng::new(&Seed::from_number(2))
}

#[test]
fn what_one_backend_signs_both_verify() {
    assert_eq!(keys().len(), KEYS.len());
    for (private, (algorithm, _, fast)) in keys().iter().zip(KEYS) {
        let default = SigningKey::new(private).unwrap();
        let ours = AwsLcSigningKey::new(private).unwrap();
        assert_eq!((ours.algorithm(), ours.is_fast()), (algorithm, fast));
        assert_eq!(ours.public_key(), default.public_key(), "{algorithm}");
        for signer in [&default as &dyn Signer, &ours] {
            let signature = signer.sign(&mut rng(), MESSAGE).unwrap();
            for backend in [&RustCrypto as &dyn Verifier, &AwsLc] {
                let said = |message| asked(backend, algorithm, ours.public_key(), message, &signature);
                assert_eq!(said(MESSAGE), Some(Ok(())), "{algorithm}");
                assert_eq!(said(b"something else"), Some(Err(Refused)), "{algorithm}");
            }
        }
    }
}

/// RFC 8017 section 8.2 and RFC 8032 section 5.1.6 leave nothing to draw; ECDSA does, and what is drawn is never drawn again.
#[test]
fn signatures_are_those_of_the_default_backend_but_for_ecdsa() {
    for (private, (algorithm, ..)) in keys().iter().zip(KEYS) {
        let default = SigningKey::new(private)
            .unwrap()
            .sign(&mut rng(), MESSAGE)
            .unwrap();
        let ours = AwsLcSigningKey::new(private).unwrap();
        let [first, second] = [(); 2].map(|()| ours.sign(&mut rng(), MESSAGE).unwrap());
        let random = matches!(
            algorithm,
            SecurityAlgorithm::ECDSAP256SHA256 | SecurityAlgorithm::ECDSAP384SHA384
        );
        assert_eq!(first == default, !random, "{algorithm}");
        assert_eq!(first == second, !random, "{algorithm}");
        assert_eq!(first.len(), default.len(), "{algorithm}");
    }
}

#[test]
fn keys_that_are_none_are_refused_for_the_same_reason() {
    let secret = |algorithm, octets: &[u8]| {
        let private = PrivateKey::Secret(algorithm, octets.to_vec().into());
        let said = AwsLcSigningKey::new(&private).unwrap_err();
        assert_eq!(said, SigningKey::new(&private).unwrap_err());
        said
    };
    assert_eq!(
        secret(SecurityAlgorithm::ECDSAP256SHA256, &[0; 32]),
        KeyError::Coordinate
    );
    assert_eq!(
        secret(SecurityAlgorithm::ECDSAP384SHA384, &[0xFF; 48]),
        KeyError::Coordinate
    );
    let length = KeyError::Length {
        length: 31,
        required: 32,
    };
    assert_eq!(secret(SecurityAlgorithm::ED25519, &[1; 31]), length);
    let unknown = SecurityAlgorithm::ED448;
    assert_eq!(secret(unknown, &[1; 57]), KeyError::Algorithm(unknown));
}

/// Moduli and exponents at the ends of what the core lets pass (RFC 3110 section 2), none of which has made the signature.
#[test]
fn rfc3110_2_sizes_at_the_ends_are_asked_about_and_not_refused_for_their_size() {
    let mut asked_about = 0;
    for bits in [1024, 1025, 1031, 1536, 4095, 4096] {
        for exponent in [&[3_u8][..], &[1, 0, 1], &[0xFF; 4], &[1, 0, 0, 0, 1]] {
            let length = usize::div_ceil(bits, 8);
            let mut modulus = vec![0x5B; length];
            modulus[0] = 1 << ((bits - 1) % 8);
            let key: Vec<u8> = [&[u8::try_from(exponent.len()).unwrap()], exponent, &modulus].concat();
            // One, to any power, is one: below every modulus, and no padding.
            let mut signature = vec![0; length];
            signature[length - 1] = 1;
            for backend in [&RustCrypto as &dyn Verifier, &AwsLc] {
                let said = asked(backend, SecurityAlgorithm::RSASHA256, &key, MESSAGE, &signature);
                assert_eq!(said, Some(Err(Refused)), "{bits} {exponent:?}");
                asked_about += 1;
            }
        }
    }
    assert_eq!(asked_about, 48);
}

/// Coordinates in their ranges that belong to no point.
#[test]
fn no_point_of_the_curve_is_no_key_for_either() {
    let mut edwards = [0; 32];
    edwards[0] = 2;
    let mut signature = [0; 64];
    signature[0] = 9;
    for (algorithm, key, signature) in [
        (SecurityAlgorithm::ECDSAP256SHA256, &[7; 64][..], &[7; 64][..]),
        (SecurityAlgorithm::ECDSAP384SHA384, &[7; 96], &[7; 96]),
        (SecurityAlgorithm::ED25519, &edwards, &signature),
    ] {
        for backend in [&RustCrypto as &dyn Verifier, &AwsLc] {
            let said = asked(backend, algorithm, key, MESSAGE, signature);
            assert_eq!(said, Some(Err(Refused)), "{algorithm}");
        }
    }
}

#[test]
fn no_private_key_reaches_a_log() {
    for private in keys() {
        let key = AwsLcSigningKey::new(private).unwrap();
        let shown = format!("AwsLcSigningKey({}, {:02x?})", key.algorithm(), key.public_key());
        assert_eq!(format!("{key:?}"), shown);
    }
}

/// What is done to a key, a signature or a message before both backends are asked.
#[derive(Clone, Debug)]
enum Change {
    KeyBit(Index),
    SignatureBit(Index),
    MessageBit(Index),
    OtherKey(Index),
    /// Of ECDSA, the other of two numbers that are both right (SEC 1 section 4.1.4).
    Negated,
    HalvesSwapped,
    /// A half, or a part of a modulus, of one octet again and again.
    Filled(bool, u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<Index>().prop_map(Change::KeyBit),
        any::<Index>().prop_map(Change::SignatureBit),
        any::<Index>().prop_map(Change::MessageBit),
        any::<Index>().prop_map(Change::OtherKey),
        Just(Change::Negated),
        Just(Change::HalvesSwapped),
        (any::<bool>(), any::<u8>()).prop_map(|(key, octet)| Change::Filled(key, octet)),
    ]
}

/// The order of the group of P-256 or of P-384 (SEC 2 sections 2.4.2 and 2.5.1).
fn order(algorithm: SecurityAlgorithm) -> Option<Vec<u8>> {
    let (ones, rest): (&[u8], &[u8]) = match algorithm {
        SecurityAlgorithm::ECDSAP256SHA256 => (
            b"\xFF\xFF\xFF\xFF\0\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            b"\xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2\xFC\x63\x25\x51",
        ),
        SecurityAlgorithm::ECDSAP384SHA384 => (
            &[0xFF; 24],
            b"\xC7\x63\x4D\x81\xF4\x37\x2D\xDF\x58\x1A\x0D\xB2\x48\xB0\xA7\x7A\xEC\xEC\x19\x6A\xCC\xC5\x29\x73",
        ),
        _ => return None,
    };
    Some([ones, rest].concat())
}

/// Takes the second half from the order of the group.
fn negate(order: &[u8], signature: &mut [u8]) {
    let half = signature.len() / 2;
    assert_eq!(order.len(), half);
    let mut borrow = 0;
    for (octet, minuend) in signature[half..].iter_mut().zip(order).rev() {
        let difference = i16::from(*minuend) - i16::from(*octet) - borrow;
        borrow = i16::from(difference < 0);
        *octet = u8::try_from(difference.rem_euclid(256)).expect("below 256");
    }
}

fn flip(octets: &mut [u8], index: Index) {
    let bit = index.index(octets.len() * 8);
    octets[bit / 8] ^= 1 << (bit % 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The verdict is the core's and the equation's, never the backend's.
    #[test]
    fn both_backends_say_the_same_of_any_key_and_signature(
        of: Index,
        fast: bool,
        mut message in proptest::collection::vec(any::<u8>(), 1..100),
        changes in proptest::collection::vec(change(), 0..3),
    ) {
        let of = of.index(KEYS.len());
        let algorithm = KEYS[of].0;
        let default = SigningKey::new(&keys()[of]).unwrap();
        let ours = AwsLcSigningKey::new(&keys()[of]).unwrap();
        let signer: &dyn Signer = if fast { &ours } else { &default };
        let mut key = signer.public_key().to_vec();
        let mut signature = signer.sign(&mut rng(), &message).unwrap();
        let mut same = true;
        for change in &changes {
            match change {
                Change::KeyBit(index) => flip(&mut key, *index),
                Change::SignatureBit(index) => flip(&mut signature, *index),
                Change::MessageBit(index) => flip(&mut message, *index),
                Change::OtherKey(index) => {
                    let other = SigningKey::new(&keys()[index.index(KEYS.len())]).unwrap();
                    key = other.public_key().to_vec();
                }
                Change::Negated => {
                    if let Some(order) = order(algorithm) {
                        negate(&order, &mut signature);
                    }
                    continue;
                }
                Change::HalvesSwapped => {
                    let half = signature.len() / 2;
                    signature.rotate_left(half);
                }
                Change::Filled(true, octet) => {
                    let start = key.len() / 3;
                    let end = key.len() - 1;
                    key[start..end].fill(*octet);
                }
                Change::Filled(false, octet) => {
                    let half = signature.len() / 2;
                    signature[half..].fill(*octet);
                }
            }
            same = false;
        }
        let said = asked(&RustCrypto, algorithm, &key, &message, &signature);
        prop_assert_eq!(said, asked(&AwsLc, algorithm, &key, &message, &signature), "{} {:?}", algorithm, changes);
        if same {
            prop_assert_eq!(said, Some(Ok(())), "{}", algorithm);
        }
    }
}
