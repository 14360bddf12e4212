//! Public keys, as DNSKEY records have them.

use super::error::KeyError;
use super::range::{self, EdwardsPoint};
use crate::wire::SecurityAlgorithm;

/// A public key whose form, sizes and ranges were judged.
///
/// ```
/// use nameward_core::crypto::{KeyError, PublicKey};
/// use nameward_core::wire::SecurityAlgorithm;
///
/// let short = PublicKey::parse(SecurityAlgorithm::ED25519, &[1; 31]);
/// assert_eq!(short.unwrap_err(), KeyError::Length { length: 31, required: 32 });
/// let unknown = PublicKey::parse(SecurityAlgorithm(200), b"");
/// assert_eq!(unknown.unwrap_err(), KeyError::Algorithm(SecurityAlgorithm(200)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey<'a> {
    algorithm: SecurityAlgorithm,
    material: KeyMaterial<'a>,
}

/// What a public key consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyMaterial<'a> {
    /// Of RSA (RFC 3110, RFC 5702).
    Rsa(RsaPublicKey<'a>),
    /// Two coordinates on P-256 (RFC 6605 section 4).
    P256(&'a [u8; 64]),
    /// Two coordinates on P-384 (RFC 6605 section 4).
    P384(&'a [u8; 96]),
    /// A point of Ed25519 (RFC 8080 section 3).
    Ed25519(&'a [u8; 32]),
}

/// A public key of RSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RsaPublicKey<'a> {
    /// Invariant: 1024 to 4096 bits, odd, without leading zeros.
    modulus: &'a [u8],
    /// Invariant: odd, from 3 to 2^32 + 1.
    exponent: u64,
}

impl<'a> PublicKey<'a> {
    /// Judges the public key field of a DNSKEY record of this algorithm.
    ///
    /// That coordinates belong to a point of the curve is left to the backend, since no backend takes others.
    ///
    /// # Errors
    ///
    /// The algorithm is not implemented, or the key breaks a rule ([`crypto`](super)).
    pub fn parse(algorithm: SecurityAlgorithm, octets: &'a [u8]) -> Result<Self, KeyError> {
        let material = match algorithm {
            SecurityAlgorithm::RSASHA1
            | SecurityAlgorithm::RSASHA1_NSEC3_SHA1
            | SecurityAlgorithm::RSASHA256
            | SecurityAlgorithm::RSASHA512 => KeyMaterial::Rsa(RsaPublicKey::parse(octets)?),
            SecurityAlgorithm::ECDSAP256SHA256 => KeyMaterial::P256(point(octets, &range::P256_FIELD)?),
            SecurityAlgorithm::ECDSAP384SHA384 => KeyMaterial::P384(point(octets, &range::P384_FIELD)?),
            SecurityAlgorithm::ED25519 => KeyMaterial::Ed25519(edwards_point(octets)?),
            other => return Err(KeyError::Algorithm(other)),
        };
        Ok(Self { algorithm, material })
    }

    /// The algorithm that it is for.
    pub const fn algorithm(&self) -> SecurityAlgorithm {
        self.algorithm
    }

    /// What it consists of.
    pub const fn material(&self) -> &KeyMaterial<'a> {
        &self.material
    }

    /// What one verification costs, in units of [`Limits::crypto_units`](crate::limits::Limits::crypto_units): at most 25.
    ///
    /// A unit is one verification of Ed25519, 380 000 instructions. The others are in proportion to the instructions that the
    /// default backend takes, as `nameward-bench all crypto` counts them.
    pub fn units(&self) -> u32 {
        match self.material {
            KeyMaterial::Rsa(key) => key.units(),
            KeyMaterial::P256(_) => 7,
            KeyMaterial::P384(_) => 24,
            KeyMaterial::Ed25519(_) => 1,
        }
    }
}

impl<'a> RsaPublicKey<'a> {
    /// How many bits a modulus may have.
    pub(super) const MODULUS_BITS: core::ops::RangeInclusive<usize> = 1024..=4096;
    /// The largest exponent: 2^32 + 1, which keys of some zones have.
    const LARGEST_EXPONENT: u64 = (1 << 32) + 1;

    /// Exponent and modulus, after one octet of length, or three if the first is zero (RFC 3110 section 2).
    fn parse(octets: &'a [u8]) -> Result<Self, KeyError> {
        let (length, rest) = match *octets {
            [0, high, low, ref rest @ ..] => (usize::from(u16::from_be_bytes([high, low])), rest),
            [length, ref rest @ ..] if length > 0 => (usize::from(length), rest),
            _ => return Err(KeyError::RsaShort),
        };
        let (exponent, modulus) = rest.split_at_checked(length).ok_or(KeyError::RsaShort)?;
        let written_long = octets.first() == Some(&0) && length <= 255;
        if written_long || exponent.first() == Some(&0) || modulus.first() == Some(&0) {
            return Err(KeyError::RsaNotShortest);
        }
        Self::new(exponent, modulus)
    }

    /// The key of these numbers, the most significant octet first and not zero.
    pub(super) fn new(exponent: &[u8], modulus: &'a [u8]) -> Result<Self, KeyError> {
        let bits = bit_length(modulus);
        if !Self::MODULUS_BITS.contains(&bits) {
            return Err(KeyError::RsaModulusBits { bits });
        }
        if modulus.last().is_none_or(|last| last & 1 == 0) {
            return Err(KeyError::RsaModulusEven);
        }
        let exponent = number(exponent)
            .filter(|exponent| exponent & 1 == 1 && (3..=Self::LARGEST_EXPONENT).contains(exponent))
            .ok_or(KeyError::RsaExponent)?;
        Ok(Self { modulus, exponent })
    }

    /// The modulus, the most significant octet first: 128 to 512 octets.
    pub const fn modulus(&self) -> &'a [u8] {
        self.modulus
    }

    /// The exponent.
    pub const fn exponent(&self) -> u64 {
        self.exponent
    }

    /// One multiplication takes time in proportion to the square of the length; there is one or two for each bit of the exponent, and
    /// as many as for 17 bits go into the preparation.
    fn units(&self) -> u32 {
        let words = u32::try_from(self.modulus.len().div_ceil(8)).unwrap_or(u32::MAX);
        let steps = u64::BITS
            .saturating_sub(self.exponent.leading_zeros())
            .saturating_add(self.exponent.count_ones())
            .saturating_add(17);
        let products = words.saturating_mul(words).saturating_mul(steps);
        products.div_ceil(PRODUCTS_IN_A_UNIT)
    }
}

/// How many products of two words cost a unit.
const PRODUCTS_IN_A_UNIT: u32 = 16_000;

/// Two coordinates below the prime of the field.
fn point<'a, const LENGTH: usize>(octets: &'a [u8], field: &[u64]) -> Result<&'a [u8; LENGTH], KeyError> {
    let point: &[u8; LENGTH] = octets.try_into().map_err(|_| KeyError::Length {
        length: octets.len(),
        required: LENGTH,
    })?;
    let (x, y) = point.split_at(LENGTH / 2);
    if range::is_below(x, field) && range::is_below(y, field) {
        Ok(point)
    } else {
        Err(KeyError::Coordinate)
    }
}

fn edwards_point(octets: &[u8]) -> Result<&[u8; 32], KeyError> {
    let point = octets.try_into().map_err(|_| KeyError::Length {
        length: octets.len(),
        required: 32,
    })?;
    match range::ed25519_point(point) {
        EdwardsPoint::NotCanonical => Err(KeyError::Coordinate),
        EdwardsPoint::SmallOrder => Err(KeyError::SmallOrder),
        EdwardsPoint::Other => Ok(point),
    }
}

/// How many bits a number has that begins with this octet, which is not zero unless the number is.
fn bit_length(octets: &[u8]) -> usize {
    let unused = octets.first().map_or(0, |first| first.leading_zeros());
    let unused = usize::try_from(unused).unwrap_or(usize::MAX);
    octets.len().saturating_mul(8).saturating_sub(unused)
}

/// A number of at most eight octets.
fn number(octets: &[u8]) -> Option<u64> {
    (octets.len() <= 8).then(|| octets.iter().fold(0, |sum, &octet| sum << 8 | u64::from(octet)))
}
