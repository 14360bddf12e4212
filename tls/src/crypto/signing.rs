//! Private keys at work.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use nameward_core::crypto::{KeyError, PrivateKey, RsaPrivateKey, Signer, SigningError, SigningKey};
use nameward_core::seed::Rng;
use nameward_core::wire::SecurityAlgorithm;

use super::uncompressed;

/// A private key that signs with the fast backend.
///
/// A key of RSA that is shorter than 2048 bits, or signs with SHA-1, signs with the default backend: the library signs with none such.
pub struct AwsLcSigningKey {
    algorithm: SecurityAlgorithm,
    public_key: Vec<u8>,
    secret: Secret,
}

enum Secret {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    /// What the library does not sign with.
    Default(Box<SigningKey>),
}

impl AwsLcSigningKey {
    /// The key with this private half.
    ///
    /// # Errors
    ///
    /// Those of [`SigningKey::new`], which judges the numbers.
    pub fn new(private: &PrivateKey) -> Result<Self, KeyError> {
        let judged = SigningKey::new(private)?;
        Ok(Self {
            algorithm: judged.algorithm(),
            public_key: judged.public_key().to_vec(),
            secret: Secret::of(private, judged.public_key())
                .unwrap_or_else(|| Secret::Default(Box::new(judged))),
        })
    }

    /// Whether the fast backend signs, and not the default one in its place.
    pub const fn is_fast(&self) -> bool {
        !matches!(self.secret, Secret::Default(_))
    }
}

impl Secret {
    /// The key of the library; none if it does not take it.
    fn of(private: &PrivateKey, public_key: &[u8]) -> Option<Self> {
        match private {
            PrivateKey::Rsa(SecurityAlgorithm::RSASHA256, numbers) => {
                Some(Self::Rsa(key_pair_of(numbers)?, &RSA_PKCS1_SHA256))
            }
            PrivateKey::Rsa(SecurityAlgorithm::RSASHA512, numbers) => {
                Some(Self::Rsa(key_pair_of(numbers)?, &RSA_PKCS1_SHA512))
            }
            PrivateKey::Secret(SecurityAlgorithm::ECDSAP256SHA256, number) => {
                let point = uncompressed::<65>(public_key);
                let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let key = EcdsaKeyPair::from_private_key_and_public_key(curve, number, &point).ok()?;
                Some(Self::Ecdsa(key))
            }
            PrivateKey::Secret(SecurityAlgorithm::ECDSAP384SHA384, number) => {
                let point = uncompressed::<97>(public_key);
                let curve = &ECDSA_P384_SHA384_FIXED_SIGNING;
                let key = EcdsaKeyPair::from_private_key_and_public_key(curve, number, &point).ok()?;
                Some(Self::Ecdsa(key))
            }
            PrivateKey::Secret(SecurityAlgorithm::ED25519, seed) => {
                let key = Ed25519KeyPair::from_seed_and_public_key(seed, public_key).ok()?;
                Some(Self::Ed25519(key))
            }
            PrivateKey::Rsa(..) | PrivateKey::Secret(..) => None,
        }
    }
}

fn key_pair_of(numbers: &RsaPrivateKey) -> Option<RsaKeyPair> {
    let [p, q] = &numbers.primes;
    let [exponent_of_p, exponent_of_q] = &numbers.exponents;
    let components = KeyPairComponents::<&[u8]> {
        public_key: PublicKeyComponents {
            n: &numbers.modulus,
            e: &numbers.public_exponent,
        },
        d: &numbers.private_exponent,
        p,
        q,
        dP: exponent_of_p,
        dQ: exponent_of_q,
        qInv: &numbers.coefficient,
    };
    RsaKeyPair::from_components(&components).ok()
}

impl Signer for AwsLcSigningKey {
    fn algorithm(&self) -> SecurityAlgorithm {
        self.algorithm
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// The library draws what it needs, for blinding and for ECDSA, from the system.
    fn sign(&self, rng: &mut Rng, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let system = SystemRandom::new();
        let signed = match &self.secret {
            Secret::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*encoding, &system, message, &mut signature)
                    .map(|()| signature)
            }
            Secret::Ecdsa(key) => key
                .sign(&system, message)
                .map(|signature| signature.as_ref().to_vec()),
            Secret::Ed25519(key) => key.try_sign(message).map(|signature| signature.as_ref().to_vec()),
            Secret::Default(key) => return key.sign(rng, message),
        };
        signed.map_err(|_| SigningError::Failed)
    }
}

/// Shows the public half only.
impl fmt::Debug for AwsLcSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AwsLcSigningKey({}, {:02x?})", self.algorithm, self.public_key)
    }
}
