//! RSA with the padding of PKCS #1 version 1.5 (RFC 8017 section 8.2).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crypto_bigint::BoxedUint;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use rsa::{Pkcs1v15Sign, RsaPublicKey};
use zeroize::Zeroizing;

use super::hash_of;
use crate::crypto::error::{KeyError, Refused, SigningError};
use crate::crypto::private_key::RsaPrivateKey;
use crate::crypto::{HashFunction, public_key};
use crate::seed::Rng;
use crate::wire::SecurityAlgorithm;

/// Whether a signature fits.
pub(super) fn verify(
    algorithm: SecurityAlgorithm,
    key: &public_key::RsaPublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Refused> {
    let modulus = BoxedUint::from_be_slice_vartime(key.modulus());
    let key = RsaPublicKey::new(modulus, BoxedUint::from(key.exponent())).map_err(|_| Refused)?;
    let digest = hash_of(algorithm).digest(&[message]);
    key.verify(padding(hash_of(algorithm)), digest.as_bytes(), signature)
        .map_err(|_| Refused)
}

/// The key of these numbers, if they belong together.
pub(super) fn key_of(parts: &RsaPrivateKey) -> Result<rsa::RsaPrivateKey, KeyError> {
    public_key::RsaPublicKey::new(&parts.public_exponent, &parts.modulus)?;
    let precision = |octets: usize| u32::try_from(octets.saturating_mul(8)).unwrap_or(u32::MAX);
    let whole = precision(parts.modulus.len());
    let half = precision(parts.modulus.len().div_ceil(2));
    let secret =
        |octets: &[u8], bits| BoxedUint::from_be_slice(octets, bits).map_err(|_| KeyError::Inconsistent);
    let primes = parts.primes.iter().map(|prime| secret(prime, half));
    let key = rsa::RsaPrivateKey::from_components(
        BoxedUint::from_be_slice_vartime(&parts.modulus),
        BoxedUint::from_be_slice_vartime(&parts.public_exponent),
        secret(&parts.private_exponent, whole)?,
        primes.collect::<Result<_, _>>()?,
    )
    .map_err(|_| KeyError::Inconsistent)?;
    let derived = derived(&key)?;
    let stated = parts.exponents.iter().chain([&parts.coefficient]);
    if derived.iter().map(without_zeros).eq(stated.map(without_zeros)) {
        Ok(key)
    } else {
        Err(KeyError::Inconsistent)
    }
}

/// What follows from the primes: an exponent for each, and the coefficient.
fn derived(key: &rsa::RsaPrivateKey) -> Result<[Zeroizing<Vec<u8>>; 3], KeyError> {
    let coefficient = key.crt_coefficient();
    match (key.dp(), key.dq(), &coefficient) {
        (Some(dp), Some(dq), Some(coefficient)) => Ok([dp, dq, coefficient].map(octets)),
        _ => Err(KeyError::Inconsistent),
    }
}

fn octets(number: &BoxedUint) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(number.to_be_bytes_trimmed_vartime().into_vec())
}

fn without_zeros(number: &Zeroizing<Vec<u8>>) -> &[u8] {
    let zeros = number.iter().take_while(|&&octet| octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// A new key with a modulus of so many bits and the exponent 65537.
pub(super) fn generate(bits: usize, rng: &mut Rng) -> Result<RsaPrivateKey, KeyError> {
    if !public_key::RsaPublicKey::MODULUS_BITS.contains(&bits) {
        return Err(KeyError::RsaModulusBits { bits });
    }
    let key = rsa::RsaPrivateKey::new(rng.generator(), bits).map_err(|_| KeyError::Inconsistent)?;
    let [first, second] = key.primes() else {
        return Err(KeyError::Inconsistent);
    };
    let [first_exponent, second_exponent, coefficient] = derived(&key)?;
    Ok(RsaPrivateKey {
        modulus: key.n_bytes().into_vec(),
        public_exponent: key.e_bytes().into_vec(),
        private_exponent: octets(key.d()),
        primes: [octets(first), octets(second)],
        exponents: [first_exponent, second_exponent],
        coefficient,
    })
}

/// The signature of a message. The computation is blinded, so that how long it takes says nothing of the key.
pub(super) fn sign(
    algorithm: SecurityAlgorithm,
    key: &rsa::RsaPrivateKey,
    rng: &mut Rng,
    message: &[u8],
) -> Result<Vec<u8>, SigningError> {
    let hash = hash_of(algorithm);
    let digest = hash.digest(&[message]);
    key.sign_with_rng(rng.generator(), padding(hash), digest.as_bytes())
        .map_err(|_| SigningError::Failed)
}

/// The padding with what says which hash function it is (RFC 8017 section 9.2, note 1).
fn padding(hash: HashFunction) -> Pkcs1v15Sign {
    let prefix: &[u8] = match hash {
        HashFunction::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2B\x0E\x03\x02\x1A\x05\x00\x04\x14",
        HashFunction::Sha224 => {
            b"\x30\x2D\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1C"
        }
        HashFunction::Sha256 => {
            b"\x30\x31\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        }
        HashFunction::Sha384 => {
            b"\x30\x41\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
        }
        HashFunction::Sha512 => {
            b"\x30\x51\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
        }
    };
    Pkcs1v15Sign {
        hash_len: Some(hash.length()),
        prefix: Box::from(prefix),
    }
}
