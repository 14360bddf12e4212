//! Digests, authentication codes and hashes of names.

use alloc::vec::Vec;

use super::{HashFunction, Hmac, budget, hex, nsec3_hash, nsec3_hash_units};
use crate::wire::{DigestType, Name};

/// FIPS 180-4, examples of the message "abc".
#[test]
fn fips180_4_digests_of_abc() {
    for (function, digest) in [
        (HashFunction::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            HashFunction::Sha224,
            "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        ),
        (
            HashFunction::Sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            HashFunction::Sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            HashFunction::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd\
             454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ] {
        let made = function.digest(&[b"a", b"", b"bc"]);
        assert_eq!(made.as_bytes(), hex(digest), "{function:?}");
        assert_eq!(made.as_bytes().len(), function.length());
        assert_eq!(alloc::format!("{made:?}"), digest);
    }
}

#[test]
fn digest_types_of_ds_records_have_their_functions_and_no_others_have_one() {
    let known: Vec<_> = (0..=255)
        .filter_map(|number| HashFunction::of_digest_type(DigestType(number)))
        .collect();
    assert_eq!(
        known,
        [HashFunction::Sha1, HashFunction::Sha256, HashFunction::Sha384]
    );
}

#[test]
fn no_code_is_no_right_code() {
    let hmac = Hmac::new(HashFunction::Sha256, b"key");
    assert!(!hmac.clone().verify(b""));
    let long = [hmac.clone().finish().as_bytes(), b"\0"].concat();
    assert!(!hmac.clone().verify(&long));
    assert_eq!(alloc::format!("{hmac:?}"), "Hmac(..)");
    let hashing = crate::crypto::Hashing::new(HashFunction::Sha256);
    assert_eq!(alloc::format!("{hashing:?}"), "Hashing(..)");
}

/// RFC 5155 appendix A: names of the example zone, in whatever case.
#[test]
fn rfc5155_a_hashes_of_the_example_zone() {
    for (name, hash) in [
        ("example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
        ("A.EXAMPLE.", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
        ("*.W.Example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"),
    ] {
        let name: Name = name.parse().unwrap();
        let debit = budget().nsec3_hash(nsec3_hash_units(12, 4)).unwrap();
        assert_eq!(
            base32(&nsec3_hash(debit, name.view(), 12, b"\xAA\xBB\xCC\xDD")),
            hash
        );
    }
}

/// RFC 4648 section 7, of 20 octets.
fn base32(octets: &[u8]) -> alloc::string::String {
    octets
        .chunks(5)
        .flat_map(|five| {
            let value = five
                .iter()
                .fold(0_u64, |value, &octet| value << 8 | u64::from(octet));
            (0..8).rev().map(move |index| {
                char::from(b"0123456789abcdefghijklmnopqrstuv"[(value >> (5 * index) & 31) as usize])
            })
        })
        .collect()
}

/// A unit is 224 blocks, so that 65 535 iterations are no cheaper than what they cost.
#[test]
fn units_of_a_hash_grow_with_iterations_and_salt() {
    assert_eq!(nsec3_hash_units(0, 0), 1);
    assert_eq!(nsec3_hash_units(219, 35), 1);
    assert_eq!(nsec3_hash_units(220, 35), 2);
    assert_eq!(nsec3_hash_units(219, 36), 2);
    assert_eq!(nsec3_hash_units(u16::MAX, 0), 293);
}
