//! The default backend: the crates of the RustCrypto project and of dalek.

mod ecdsa;
mod rsa;
mod signing;

pub use signing::SigningKey;

use super::error::Refused;
use super::public_key::{KeyMaterial, PublicKey};
use super::signature::Signature;
use super::{HashFunction, Verifier};
use crate::budget::{Debit, Verification};
use crate::wire::SecurityAlgorithm;

/// The default backend, in pure Rust and without a system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RustCrypto;

impl Verifier for RustCrypto {
    fn verify(
        &self,
        _: Debit<Verification>,
        key: &PublicKey<'_>,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), Refused> {
        match key.material() {
            KeyMaterial::Rsa(numbers) => rsa::verify(key.algorithm(), numbers, message, signature.octets()),
            KeyMaterial::P256(point) => ecdsa::verify_p256(point, message, signature.octets()),
            KeyMaterial::P384(point) => ecdsa::verify_p384(point, message, signature.octets()),
            KeyMaterial::Ed25519(point) => verify_ed25519(point, message, signature.octets()),
        }
    }
}

/// Points of small order and numbers in other forms were refused before, so that this is the strict verification, without its cost
/// of another point.
fn verify_ed25519(point: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), Refused> {
    use ed25519_dalek::Verifier as _;
    let key = ed25519_dalek::VerifyingKey::from_bytes(point).map_err(|_| Refused)?;
    let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| Refused)?;
    key.verify(message, &signature).map_err(|_| Refused)
}

/// What an algorithm with RSA hashes messages with.
const fn hash_of(algorithm: SecurityAlgorithm) -> HashFunction {
    match algorithm {
        SecurityAlgorithm::RSASHA512 => HashFunction::Sha512,
        SecurityAlgorithm::RSASHA256 => HashFunction::Sha256,
        _ => HashFunction::Sha1,
    }
}
