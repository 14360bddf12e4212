//! Keys, signatures and key files: what is judged before anything is computed.

use nameward_core::budget::Budget;
use nameward_core::crypto::{KeyMaterial, PublicKey, RustCrypto, Signature, SigningKey, Verifier};
use nameward_core::dnssec::{KeyFile, key_tag};
use nameward_core::limits::Limits;
use nameward_core::time::Instant;
use nameward_core::wire::SecurityAlgorithm;

/// Takes `data` as an algorithm, the length of a key, a key and a signature; and as a key file.
pub fn body(data: &[u8]) {
    if let Ok(text) = core::str::from_utf8(data) {
        key_file(text);
    }
    let [algorithm, high, low, rest @ ..] = data else {
        return;
    };
    let algorithm = SecurityAlgorithm(*algorithm);
    let length = usize::from(u16::from_be_bytes([*high, *low]) % 1_024).min(rest.len());
    let (octets, signature) = rest.split_at(length);
    key_tag(octets);
    let Ok(key) = PublicKey::parse(algorithm, octets) else {
        return;
    };
    assert_eq!(key.algorithm(), algorithm);
    assert!((1..=30).contains(&key.units()), "{}", key.units());
    let expected = match *key.material() {
        KeyMaterial::Rsa(rsa) => {
            let [exponent_length, numbers @ ..] = octets else {
                panic!("a key without octets")
            };
            let (exponent, modulus) = numbers.split_at(usize::from(*exponent_length));
            let value = exponent.iter().fold(0, |sum, &octet| sum << 8 | u64::from(octet));
            assert_eq!((rsa.modulus(), rsa.exponent()), (modulus, value));
            assert!(modulus[0] != 0 && exponent[0] != 0, "leading zeros");
            assert!((128..=512).contains(&modulus.len()) && modulus[modulus.len() - 1] & 1 == 1);
            assert!(value & 1 == 1 && (3..=(1 << 32) + 1).contains(&value));
            modulus.len()
        }
        KeyMaterial::P256(_) | KeyMaterial::Ed25519(_) => 64,
        KeyMaterial::P384(_) => 96,
        _ => panic!("another kind of key"),
    };
    if let Ok(signature) = Signature::parse(&key, signature) {
        assert_eq!(signature.octets().len(), expected);
        let mut budget = Budget::new(&Limits::default(), Instant::ZERO);
        let debit = budget.verification(key.units()).expect("a first verification");
        // Whether it fits is for the backend; that it says so at all is what counts.
        let _ = RustCrypto.verify(debit, &key, b"message", &signature);
    }
}

/// What is read is written and read again. What is no key is refused.
fn key_file(text: &str) {
    if let Ok(file) = KeyFile::parse(text) {
        assert_eq!(KeyFile::parse(&file.to_string()), Ok(file.clone()));
        if let Ok(key) = SigningKey::new(&file.key) {
            let public = nameward_core::crypto::Signer::public_key(&key);
            assert!(PublicKey::parse(file.key.algorithm(), public).is_ok());
        }
    }
}
