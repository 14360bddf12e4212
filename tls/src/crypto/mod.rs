//! The fast backend: [`AwsLc`] verifies, [`AwsLcSigningKey`] signs.
//!
//! It computes and judges nothing. A key or a signature comes to it when the core has judged it, so that verdicts are those of the default
//! backend; what the library would refuse for its size, the default backend computes.
//!
//! # Why AWS-LC
//!
//! Microseconds for 300 octets, keys parsed each time they verify, the best of nine rounds on one virtual core of an EPYC, all in one
//! program, 2026-11-21; OpenSSL by its own `speed`.
//!
//! | | | aws-lc-rs 1.19.0 | ring 0.17.14 | OpenSSL 3.0 |
//! |---|---|---:|---:|---:|
//! | P-256 | sign | 17 | 18 | 21 |
//! | | verify | 57 | 58 | 66 |
//! | P-384 | sign | 77 | 334 | 630 |
//! | | verify | 190 | 711 | 547 |
//! | Ed25519 | sign | 9 | 23 | 36 |
//! | | verify | 35 | 38 | 96 |
//! | RSA-2048 | sign | 294 | 532 | 304 |
//! | | verify | 18 | 21 | 16 |
//! | RSA-4096 | sign | 1 759 | 3 822 | |
//! | | verify | 64 | 84 | |
//!
//! A unit of the core's [`PublicKey::units`] is the price of a verification of Ed25519 by the default backend; with this one no key takes
//! longer for each of its units.
//!
//! ring is as fast on P-256, but behind OpenSSL, and so behind who signs with it, on RSA; and it does not sign with exponents below 65537.
//! AWS-LC takes longer to build: 53 seconds of processor time in all, where ring takes 12. Both need a C compiler and no `cmake`.
//!
//! # Signatures that differ
//!
//! A signature of RSA or of Ed25519 is the same from every backend. With ECDSA the library draws a number for each signature from the
//! system: signed twice, a set has two signatures, both good. Who needs the same octets each time signs with the default backend's
//! [`SigningKey`](nameward_core::crypto::SigningKey), which determines that number from key and message (RFC 6979).

mod signing;

#[cfg(test)]
mod tests;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use nameward_core::budget::{Debit, Verification};
use nameward_core::crypto::{KeyMaterial, PublicKey, Refused, RsaPublicKey, RustCrypto, Signature, Verifier};
use nameward_core::wire::SecurityAlgorithm;

pub use signing::AwsLcSigningKey;

/// The fast backend.
///
/// ```
/// use nameward_core::budget::Budget;
/// use nameward_core::crypto::{PublicKey, Signature, Signer, SigningKey, Verifier};
/// use nameward_core::limits::Limits;
/// use nameward_core::seed::{Rng, Seed};
/// use nameward_core::time::Instant;
/// use nameward_core::wire::SecurityAlgorithm;
/// use nameward_rustls::crypto::{AwsLc, AwsLcSigningKey};
///
/// let mut rng = Rng::new(&Seed::from_number(1));
/// let private = SigningKey::generate(SecurityAlgorithm::ECDSAP256SHA256, 0, &mut rng).unwrap();
/// let signing = AwsLcSigningKey::new(&private).unwrap();
/// let octets = signing.sign(&mut rng, b"message").unwrap();
///
/// let key = PublicKey::parse(signing.algorithm(), signing.public_key()).unwrap();
/// let signature = Signature::parse(&key, &octets).unwrap();
/// let debit = Budget::new(&Limits::default(), Instant::ZERO).verification(key.units()).unwrap();
/// assert_eq!(AwsLc.verify(debit, &key, b"message", &signature), Ok(()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AwsLc;

impl Verifier for AwsLc {
    fn verify(
        &self,
        debit: Debit<Verification>,
        key: &PublicKey<'_>,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), Refused> {
        let octets = signature.octets();
        match key.material() {
            KeyMaterial::Rsa(numbers) => verify_rsa(key.algorithm(), numbers, message, octets),
            KeyMaterial::P256(point) => verify(
                &ECDSA_P256_SHA256_FIXED,
                &uncompressed::<65>(*point),
                message,
                octets,
            ),
            KeyMaterial::P384(point) => verify(
                &ECDSA_P384_SHA384_FIXED,
                &uncompressed::<97>(*point),
                message,
                octets,
            ),
            KeyMaterial::Ed25519(point) => verify(&ED25519, *point, message, octets),
            _ => RustCrypto.verify(debit, key, message, signature),
        }
    }
}

fn verify(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), Refused> {
    let key = UnparsedPublicKey::new(algorithm, key);
    key.verify(message, signature).map_err(|_| Refused)
}

/// The library takes moduli from 1024 bits on, as the core does.
fn verify_rsa(
    algorithm: SecurityAlgorithm,
    key: &RsaPublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Refused> {
    let parameters: &RsaParameters = match algorithm {
        SecurityAlgorithm::RSASHA512 => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        SecurityAlgorithm::RSASHA256 => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        _ => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    };
    let exponent = key.exponent().to_be_bytes();
    let zeros = exponent.iter().take_while(|&&octet| octet == 0).count();
    let key = RsaPublicKeyComponents {
        n: key.modulus(),
        e: &exponent[zeros..],
    };
    key.verify(parameters, message, signature).map_err(|_| Refused)
}

/// A point as SEC 1 section 2.3.3 has it: an octet that says so, and the coordinates.
fn uncompressed<const LENGTH: usize>(coordinates: &[u8]) -> [u8; LENGTH] {
    let mut octets = [4; LENGTH];
    octets[1..].copy_from_slice(coordinates);
    octets
}
