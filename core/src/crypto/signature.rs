//! Signatures, as RRSIG records have them.

use super::error::SignatureError;
use super::public_key::{KeyMaterial, PublicKey};
use super::range::{self, EdwardsPoint};

/// Octets that may be a signature of one key: as long as its signatures are, with numbers in their ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature<'a> {
    octets: &'a [u8],
}

impl<'a> Signature<'a> {
    /// Judges the signature field of an RRSIG record that is to be verified with `key`.
    ///
    /// # Errors
    ///
    /// No signature of the key has this length, or these numbers ([`crypto`](super)).
    pub fn parse(key: &PublicKey<'_>, octets: &'a [u8]) -> Result<Self, SignatureError> {
        match *key.material() {
            KeyMaterial::Rsa(key) => {
                check_length(octets, key.modulus().len())?;
                if octets >= key.modulus() {
                    return Err(SignatureError::Range);
                }
            }
            KeyMaterial::P256(_) => check_halves(octets, 32, &range::P256_ORDER)?,
            KeyMaterial::P384(_) => check_halves(octets, 48, &range::P384_ORDER)?,
            KeyMaterial::Ed25519(_) => check_edwards(octets)?,
        }
        Ok(Self { octets })
    }

    /// Its octets.
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }
}

const fn check_length(octets: &[u8], required: usize) -> Result<(), SignatureError> {
    let length = octets.len();
    if length == required {
        Ok(())
    } else {
        Err(SignatureError::Length { length, required })
    }
}

/// Two numbers of `width` octets, each from one to `order` less one (RFC 6605 section 4).
fn check_halves(octets: &[u8], width: usize, order: &[u64]) -> Result<(), SignatureError> {
    check_length(octets, width.saturating_mul(2))?;
    if octets
        .chunks_exact(width)
        .all(|half| range::is_positive_below(half, order))
    {
        Ok(())
    } else {
        Err(SignatureError::Range)
    }
}

/// A point and a number (RFC 8032 section 5.1.6).
fn check_edwards(octets: &[u8]) -> Result<(), SignatureError> {
    check_length(octets, 64)?;
    let ([point, scalar], []) = octets.as_chunks::<32>() else {
        return Err(SignatureError::Range);
    };
    if !range::is_ed25519_scalar(scalar) {
        return Err(SignatureError::Range);
    }
    match range::ed25519_point(point) {
        EdwardsPoint::Other => Ok(()),
        EdwardsPoint::NotCanonical | EdwardsPoint::SmallOrder => Err(SignatureError::Point),
    }
}
