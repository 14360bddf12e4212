//! ECDSA on two curves (RFC 6605).

use alloc::vec::Vec;

use ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};

use crate::crypto::HashFunction;
use crate::crypto::error::{KeyError, Refused, SigningError};

/// One curve with the hash function that belongs to it.
macro_rules! curve {
    ($curve:ident, $length:literal, $hash:expr, $verify:ident, $point_of:ident, $sign:ident) => {
        /// Whether a signature of this curve fits.
        pub(super) fn $verify(
            point: &[u8; 2 * $length],
            message: &[u8],
            signature: &[u8],
        ) -> Result<(), Refused> {
            // An uncompressed point (SEC 1 section 2.3.3) has an octet before its coordinates.
            let mut encoded = [4; 1 + 2 * $length];
            encoded[1..].copy_from_slice(point);
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(&encoded).map_err(|_| Refused)?;
            let signature = $curve::ecdsa::Signature::from_slice(signature).map_err(|_| Refused)?;
            let digest = $hash.digest(&[message]);
            key.verify_prehash(digest.as_bytes(), &signature)
                .map_err(|_| Refused)
        }

        /// The two coordinates of the public key of a private one.
        pub(super) fn $point_of(key: &$curve::ecdsa::SigningKey) -> Result<Vec<u8>, KeyError> {
            let encoded = key.verifying_key().to_sec1_point(false);
            let (_, coordinates) = encoded
                .as_bytes()
                .split_first()
                .ok_or(KeyError::NotOnCurve)?;
            Ok(coordinates.to_vec())
        }

        /// The signature that key and message alone determine (RFC 6979).
        pub(super) fn $sign(
            key: &$curve::ecdsa::SigningKey,
            message: &[u8],
        ) -> Result<Vec<u8>, SigningError> {
            let digest = $hash.digest(&[message]);
            let signature: $curve::ecdsa::Signature = key
                .sign_prehash(digest.as_bytes())
                .map_err(|_| SigningError::Failed)?;
            Ok(signature.to_bytes().to_vec())
        }
    };
}

curve!(
    p256,
    32,
    HashFunction::Sha256,
    verify_p256,
    point_of_p256,
    sign_p256
);
curve!(
    p384,
    48,
    HashFunction::Sha384,
    verify_p384,
    point_of_p384,
    sign_p384
);
