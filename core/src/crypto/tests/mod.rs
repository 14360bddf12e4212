//! Vectors from elsewhere, and the rules by which the core judges before any backend.

mod hashes;
mod judgement;
#[cfg(feature = "crypto")]
mod signing;

use alloc::vec::Vec;

use super::*;
use crate::budget::Budget;
use crate::limits::Limits;
use crate::time::Instant;

/// What became of a signature: whose judgement it was, and what that said.
#[cfg(feature = "crypto")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Verified,
    Key(KeyError),
    Signature(SignatureError),
    Refused(Refused),
}

/// Judges key and signature, pays, and verifies.
#[cfg(feature = "crypto")]
fn verify(algorithm: SecurityAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> Outcome {
    let key = match PublicKey::parse(algorithm, key) {
        Ok(key) => key,
        Err(error) => return Outcome::Key(error),
    };
    let signature = match Signature::parse(&key, signature) {
        Ok(signature) => signature,
        Err(error) => return Outcome::Signature(error),
    };
    let debit = budget().verification(key.units()).unwrap();
    match RustCrypto.verify(debit, &key, message, &signature) {
        Ok(()) => Outcome::Verified,
        Err(refused) => Outcome::Refused(refused),
    }
}

fn budget() -> Budget {
    Budget::new(&Limits::default(), Instant::ZERO)
}

/// The octets of hexadecimal digits.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .bytes()
        .filter(|digit| !digit.is_ascii_whitespace())
        .collect();
    assert_eq!(digits.len() % 2, 0);
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
