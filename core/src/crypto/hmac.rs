//! Message authentication with a shared key (RFC 2104).

use core::fmt;

use hmac::Mac as _;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::digest::{Digest, HashFunction};

/// The authentication code of octets that come one after the other.
///
/// What is derived from the key is computed once: a clone of one that has seen nothing yet is the cheap way to begin.
///
/// ```
/// use nameward_core::crypto::{HashFunction, Hmac};
///
/// let mut hmac = Hmac::new(HashFunction::Sha256, b"key");
/// hmac.update(b"message");
/// let tag = hmac.clone().finish();
/// assert!(hmac.clone().verify(tag.as_bytes()));
/// assert!(hmac.clone().verify(&tag.as_bytes()[..16]));
/// assert!(!hmac.verify(b""));
/// ```
#[derive(Clone)]
pub struct Hmac(State);

/// A whole authentication code.
pub type Tag = Digest;

#[derive(Clone)]
enum State {
    Sha1(hmac::Hmac<Sha1>),
    Sha224(hmac::Hmac<Sha224>),
    Sha256(hmac::Hmac<Sha256>),
    Sha384(hmac::Hmac<Sha384>),
    Sha512(hmac::Hmac<Sha512>),
}

/// The same for each kind of state.
macro_rules! each {
    ($state:expr, $hmac:ident => $do:expr) => {
        match $state {
            State::Sha1($hmac) => $do,
            State::Sha224($hmac) => $do,
            State::Sha256($hmac) => $do,
            State::Sha384($hmac) => $do,
            State::Sha512($hmac) => $do,
        }
    };
}

impl Hmac {
    /// The code of no octets yet, with this key, which may have any length.
    pub fn new(function: HashFunction, key: &[u8]) -> Self {
        /// A key that is longer than a block stands for its digest, so that one that fits always exists.
        fn keyed<M: hmac::Mac + hmac::KeyInit>(key: &[u8]) -> M {
            M::new_from_slice(key).unwrap_or_else(|_| M::new(&Default::default()))
        }
        Self(match function {
            HashFunction::Sha1 => State::Sha1(keyed(key)),
            HashFunction::Sha224 => State::Sha224(keyed(key)),
            HashFunction::Sha256 => State::Sha256(keyed(key)),
            HashFunction::Sha384 => State::Sha384(keyed(key)),
            HashFunction::Sha512 => State::Sha512(keyed(key)),
        })
    }

    /// Adds octets.
    pub fn update(&mut self, octets: &[u8]) {
        each!(&mut self.0, hmac => hmac.update(octets));
    }

    /// The code of all octets.
    pub fn finish(self) -> Tag {
        each!(self.0, hmac => Digest::of(&hmac.finalize().into_bytes()))
    }

    /// Whether the code of all octets begins with `code`, which has one octet at least. How long that takes does not depend on how
    /// much of it is right.
    pub fn verify(self, code: &[u8]) -> bool {
        each!(self.0, hmac => hmac.verify_truncated_left(code).is_ok())
    }
}

/// Shows nothing: the state is as secret as the key.
impl fmt::Debug for Hmac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hmac(..)")
    }
}
