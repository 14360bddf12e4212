//! What is wrong with keys and signatures.

use crate::wire::SecurityAlgorithm;

/// Why octets are no key that is used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The algorithm is not implemented. What is signed with it alone counts as unsigned (RFC 4035 section 5.2).
    #[error("the algorithm {0} is not implemented")]
    Algorithm(SecurityAlgorithm),
    /// The key has another length than all keys of its algorithm.
    #[error("the key has {length} octets, but must have {required}")]
    Length {
        /// How many octets it has.
        length: usize,
        /// How many it must have.
        required: usize,
    },
    /// An RSA key ends before its modulus begins (RFC 3110 section 2).
    #[error("the RSA key ends before its modulus")]
    RsaShort,
    /// The length of an RSA exponent is written in more octets than it needs, or a number begins with zeros (RFC 3110 section 2).
    #[error("the RSA key is not written in the shortest form")]
    RsaNotShortest,
    /// An RSA modulus is too short or too long.
    #[error("the RSA modulus has {bits} bits, but must have from 1024 to 4096")]
    RsaModulusBits {
        /// How many bits it has.
        bits: usize,
    },
    /// An RSA modulus is even.
    #[error("the RSA modulus is even")]
    RsaModulusEven,
    /// An RSA exponent is even, below 3, or above 2^32 + 1.
    #[error("the RSA exponent must be odd and from 3 to 2^32 + 1")]
    RsaExponent,
    /// A coordinate is not below the prime of its field.
    #[error("a coordinate of the key is not below the prime of its field")]
    Coordinate,
    /// The key is one of the points with which a signature of one message is a signature of others.
    #[error("the key is a point of small order")]
    SmallOrder,
    /// There is no such point on the curve, or no such key of any kind.
    #[error("the key is no point of the curve")]
    NotOnCurve,
    /// The parts of a private key do not belong together.
    #[error("the parts of the private key do not belong together")]
    Inconsistent,
}

/// Why octets are no signature that a key can have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// It has another length than all signatures of the key.
    #[error("the signature has {length} octets, but must have {required}")]
    Length {
        /// How many octets it has.
        length: usize,
        /// How many it must have.
        required: usize,
    },
    /// A number in it is zero, or not below the modulus or the order of the group.
    #[error("a number in the signature is out of its range")]
    Range,
    /// Its first half is no point in canonical form, or one of small order.
    #[error("the first half of the signature is not in canonical form, or of small order")]
    Point,
}

/// What a backend answers if the equation does not hold: this key did not make this signature of this message.
///
/// It says no more, so that all backends say the same: not all of them tell a key that is no point of its curve from a wrong signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the key did not make it of what it covers")]
pub struct Refused;

/// Why a key does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// Nothing new is to be signed with this algorithm (RFC 9905 section 2).
    #[error("nothing is signed with {0} any more: choose another algorithm")]
    Deprecated(SecurityAlgorithm),
    /// The computation failed, as it does for a key that is none.
    #[error("the key cannot sign")]
    Failed,
}
