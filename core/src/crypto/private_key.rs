//! Private keys, as data.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::wire::SecurityAlgorithm;

/// A private key: what its file holds. It shows nothing of itself, and its memory is cleared when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub enum PrivateKey {
    /// Of RSA, for one of its algorithms.
    Rsa(SecurityAlgorithm, RsaPrivateKey),
    /// A number or a seed, the most significant octet first, of ECDSA (RFC 6605 section 6) and of Ed25519 (RFC 8080 section 6).
    Secret(SecurityAlgorithm, Zeroizing<Vec<u8>>),
}

/// The numbers of a private key of RSA with two primes (RFC 8017 section 3.2), the most significant octet first.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPrivateKey {
    /// The modulus, which is public.
    pub modulus: Vec<u8>,
    /// The exponent that is public.
    pub public_exponent: Vec<u8>,
    /// The exponent that is not.
    pub private_exponent: Zeroizing<Vec<u8>>,
    /// The two primes.
    pub primes: [Zeroizing<Vec<u8>>; 2],
    /// For each prime, the private exponent modulo the prime less one.
    pub exponents: [Zeroizing<Vec<u8>>; 2],
    /// The inverse of the second prime modulo the first.
    pub coefficient: Zeroizing<Vec<u8>>,
}

impl PrivateKey {
    /// The algorithm that it is for.
    pub const fn algorithm(&self) -> SecurityAlgorithm {
        match self {
            Self::Rsa(algorithm, _) | Self::Secret(algorithm, _) => *algorithm,
        }
    }
}

/// Says of what kind it is, and no more: a key must not reach a log.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, ..)", self.algorithm())
    }
}

/// Shows nothing.
impl fmt::Debug for RsaPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaPrivateKey(..)")
    }
}
