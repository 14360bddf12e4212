//! Cryptography of DNS: keys and signatures of DNSSEC, digests, message authentication, and the hash of NSEC3.
//!
//! What the core decides, and what a backend decides, are apart. A [`PublicKey`] and a [`Signature`] exist only if the core has
//! judged their sizes, exponents and ranges, by the same rules whatever computes afterwards. A backend, behind the traits
//! [`Verifier`] and [`Signer`], has one question left: whether the equation holds. So no choice of a backend changes a verdict.
//!
//! Verifying and hashing names cost units of a [`Budget`](crate::budget::Budget), which [`PublicKey::units`] and
//! [`nsec3_hash_units`] tell, and need its [`Debit`].
//!
//! The feature `crypto`, which is on by default, brings the backend `RustCrypto`. Digests and message authentication are always there.
//!
//! # Rules
//!
//! * RSA: a modulus of 1024 to 4096 bits, odd; an exponent from 3 to 2^32 + 1, odd; neither with leading zeros, which
//!   RFC 3110 section 2 prohibits. A signature is as long as the modulus, and below it. The padding is compared whole.
//! * ECDSA: coordinates below the prime of the field, on the curve; both halves of a signature from 1 to the order of the group
//!   less one. The larger of two equivalent halves is taken, too: DNSSEC has no rule against it.
//! * Ed25519: the key and the first half of the signature in canonical form and not of small order; the second half below the
//!   order of the group; the equation without the cofactor.

mod digest;
mod error;
mod hmac;
mod nsec3;
mod policy;
mod private_key;
mod public_key;
mod range;
mod signature;

#[cfg(feature = "crypto")]
mod rustcrypto;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use crate::budget::{Debit, Verification};
use crate::seed::Rng;
use crate::wire::SecurityAlgorithm;

pub use digest::{Digest, HashFunction, Hashing};
pub use error::{KeyError, Refused, SignatureError, SigningError};
pub use hmac::{Hmac, Tag};
pub use nsec3::{NSEC3_SHA1, nsec3_hash, nsec3_hash_units};
pub use policy::{Policy, Recommendation, Requirement};
pub use private_key::{PrivateKey, RsaPrivateKey};
pub use public_key::{KeyMaterial, PublicKey, RsaPublicKey};
#[cfg(feature = "crypto")]
pub use rustcrypto::{RustCrypto, SigningKey};
pub use signature::Signature;

/// What checks signatures.
pub trait Verifier {
    /// Whether `signature` was made over `message` with the private half of `key`.
    ///
    /// # Errors
    ///
    /// It was not: by a key that is none, nothing was ever signed.
    fn verify(
        &self,
        debit: Debit<Verification>,
        key: &PublicKey<'_>,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), Refused>;
}

/// A private key at work, wherever it is kept. Several threads sign with one at once.
pub trait Signer: Sync {
    /// The algorithm of its signatures.
    fn algorithm(&self) -> SecurityAlgorithm;

    /// Its public half, as DNSKEY records have it.
    fn public_key(&self) -> &[u8];

    /// The signature of `message`, as RRSIG records have it.
    ///
    /// That of the default backend depends on the key and the message only; what is drawn blinds the computation. Another backend may
    /// draw from elsewhere, and make another signature each time with ECDSA. Whether the algorithm is one to sign with today, nobody asks
    /// here: [`ZoneSigner::sign`](crate::dnssec::ZoneSigner::sign) does.
    ///
    /// # Errors
    ///
    /// The key cannot sign.
    fn sign(&self, rng: &mut Rng, message: &[u8]) -> Result<Vec<u8>, SigningError>;
}
