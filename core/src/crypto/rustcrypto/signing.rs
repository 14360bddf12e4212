//! Private keys at work.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::{ecdsa, rsa as pkcs};
use crate::crypto::error::{KeyError, SigningError};
use crate::crypto::private_key::{PrivateKey, RsaPrivateKey};
use crate::crypto::{PublicKey, Signer};
use crate::seed::Rng;
use crate::wire::SecurityAlgorithm;

/// A private key that signs with the default backend.
///
/// Signatures of RSA are made by a crate whose timing was once found to tell something of the key (RUSTSEC-2023-0071): they are blinded,
/// and meant for zones that are signed at leisure, not for a server that signs whenever it is asked.
///
/// ```
/// use nameward_core::crypto::{Signer, SigningKey};
/// use nameward_core::seed::{Rng, Seed};
/// use nameward_core::wire::SecurityAlgorithm;
///
/// let mut rng = Rng::new(&Seed::from_number(1));
/// let private = SigningKey::generate(SecurityAlgorithm::ED25519, 0, &mut rng).unwrap();
/// let key = SigningKey::new(&private).unwrap();
/// assert_eq!(key.sign(&mut rng, b"message").unwrap(), key.sign(&mut rng, b"message").unwrap());
/// assert_eq!(key.public_key().len(), 32);
/// ```
pub struct SigningKey {
    algorithm: SecurityAlgorithm,
    public_key: Vec<u8>,
    secret: Secret,
}

enum Secret {
    Rsa(rsa::RsaPrivateKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

impl SigningKey {
    /// The key with this private half.
    ///
    /// # Errors
    ///
    /// The algorithm is not implemented, or the numbers are no key of it.
    pub fn new(private: &PrivateKey) -> Result<Self, KeyError> {
        let algorithm = private.algorithm();
        let (secret, public_key) = match private {
            PrivateKey::Rsa(_, parts) => (Secret::Rsa(pkcs::key_of(parts)?), rsa_public_key(parts)),
            PrivateKey::Secret(SecurityAlgorithm::ECDSAP256SHA256, number) => {
                check_length(number, 32)?;
                let key = p256::ecdsa::SigningKey::from_slice(number).map_err(|_| KeyError::Coordinate)?;
                let point = ecdsa::point_of_p256(&key)?;
                (Secret::P256(key), point)
            }
            PrivateKey::Secret(SecurityAlgorithm::ECDSAP384SHA384, number) => {
                check_length(number, 48)?;
                let key = p384::ecdsa::SigningKey::from_slice(number).map_err(|_| KeyError::Coordinate)?;
                let point = ecdsa::point_of_p384(&key)?;
                (Secret::P384(key), point)
            }
            PrivateKey::Secret(SecurityAlgorithm::ED25519, seed) => {
                check_length(seed, 32)?;
                let seed: &[u8; 32] = seed.first_chunk().ok_or(KeyError::Inconsistent)?;
                let key = ed25519_dalek::SigningKey::from_bytes(seed);
                let point = key.verifying_key().to_bytes().to_vec();
                (Secret::Ed25519(key), point)
            }
            PrivateKey::Secret(other, _) => return Err(KeyError::Algorithm(*other)),
        };
        PublicKey::parse(algorithm, &public_key)?;
        Ok(Self {
            algorithm,
            public_key,
            secret,
        })
    }

    /// Draws a new private key. `bits` is the length of the modulus of RSA, from 1024 to 4096, and does not count else.
    ///
    /// # Errors
    ///
    /// The algorithm is not implemented, or an RSA key does not have this length.
    pub fn generate(algorithm: SecurityAlgorithm, bits: u16, rng: &mut Rng) -> Result<PrivateKey, KeyError> {
        let length = match algorithm {
            SecurityAlgorithm::RSASHA1
            | SecurityAlgorithm::RSASHA1_NSEC3_SHA1
            | SecurityAlgorithm::RSASHA256
            | SecurityAlgorithm::RSASHA512 => {
                let parts = pkcs::generate(usize::from(bits), rng)?;
                return Ok(PrivateKey::Rsa(algorithm, parts));
            }
            SecurityAlgorithm::ECDSAP256SHA256 | SecurityAlgorithm::ED25519 => 32,
            SecurityAlgorithm::ECDSAP384SHA384 => 48,
            other => return Err(KeyError::Algorithm(other)),
        };
        // A number that is zero or not below the order of the group is drawn once in 2^32 times at most. It is drawn again, so that
        // all that are keys are equally likely.
        loop {
            let mut number = Zeroizing::new(alloc::vec![0; length]);
            rng.fill(&mut number);
            let key = PrivateKey::Secret(algorithm, number);
            if Self::new(&key).is_ok() {
                return Ok(key);
            }
        }
    }
}

impl Signer for SigningKey {
    fn algorithm(&self) -> SecurityAlgorithm {
        self.algorithm
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, rng: &mut Rng, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        match &self.secret {
            Secret::Rsa(key) => pkcs::sign(self.algorithm, key, rng, message),
            Secret::P256(key) => ecdsa::sign_p256(key, message),
            Secret::P384(key) => ecdsa::sign_p384(key, message),
            Secret::Ed25519(key) => {
                use ed25519_dalek::Signer as _;
                let signature = key.try_sign(message).map_err(|_| SigningError::Failed)?;
                Ok(signature.to_bytes().to_vec())
            }
        }
    }
}

/// Shows the public half only.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {:02x?})", self.algorithm, self.public_key)
    }
}

fn check_length(octets: &[u8], required: usize) -> Result<(), KeyError> {
    let length = octets.len();
    if length == required {
        Ok(())
    } else {
        Err(KeyError::Length { length, required })
    }
}

/// Exponent and modulus as DNSKEY records have them (RFC 3110 section 2). The exponent was judged, and is shorter than 256 octets.
fn rsa_public_key(parts: &RsaPrivateKey) -> Vec<u8> {
    let mut octets = Vec::with_capacity(parts.modulus.len().saturating_add(8));
    octets.push(u8::try_from(parts.public_exponent.len()).unwrap_or_default());
    octets.extend_from_slice(&parts.public_exponent);
    octets.extend_from_slice(&parts.modulus);
    octets
}
