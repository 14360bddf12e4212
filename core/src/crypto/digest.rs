//! Digests.

use core::fmt;

use sha1::Sha1;
use sha2::digest::Digest as _;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::wire::DigestType;

/// A hash function of which DNS makes use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashFunction {
    /// SHA-1, for what is there already (RFC 9905).
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// What a hash function made of some octets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    octets: [u8; 64],
    /// Invariant: at most 64.
    length: u8,
}

impl HashFunction {
    /// All, from the shortest digest to the longest.
    pub const ALL: [Self; 5] = [Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The one of DS records with this digest type; none if it is not implemented.
    pub const fn of_digest_type(digest_type: DigestType) -> Option<Self> {
        match digest_type {
            DigestType::SHA1 => Some(Self::Sha1),
            DigestType::SHA256 => Some(Self::Sha256),
            DigestType::SHA384 => Some(Self::Sha384),
            _ => None,
        }
    }

    /// How many octets its digests have.
    pub const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of these parts, one after the other.
    ///
    /// ```
    /// use nameward_core::crypto::HashFunction;
    ///
    /// let digest = HashFunction::Sha1.digest(&[b"a", b"bc"]);
    /// assert_eq!(digest.as_bytes()[..4], [0xA9, 0x99, 0x3E, 0x36]);
    /// ```
    pub fn digest(self, parts: &[&[u8]]) -> Digest {
        let mut hashing = Hashing::new(self);
        parts.iter().for_each(|part| hashing.update(part));
        hashing.finish()
    }
}

/// A digest in the making, of what is too long to be there at once.
///
/// ```
/// use nameward_core::crypto::{HashFunction, Hashing};
///
/// let mut hashing = Hashing::new(HashFunction::Sha512);
/// hashing.update(b"a");
/// hashing.update(b"bc");
/// assert_eq!(hashing.finish(), HashFunction::Sha512.digest(&[b"abc"]));
/// ```
#[derive(Clone)]
pub struct Hashing(State);

#[derive(Clone)]
enum State {
    Sha1(Sha1),
    Sha224(Sha224),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hashing {
    /// The digest of nothing yet.
    pub fn new(function: HashFunction) -> Self {
        Self(match function {
            HashFunction::Sha1 => State::Sha1(Sha1::new()),
            HashFunction::Sha224 => State::Sha224(Sha224::new()),
            HashFunction::Sha256 => State::Sha256(Sha256::new()),
            HashFunction::Sha384 => State::Sha384(Sha384::new()),
            HashFunction::Sha512 => State::Sha512(Sha512::new()),
        })
    }

    /// Goes on with these octets.
    pub fn update(&mut self, octets: &[u8]) {
        match &mut self.0 {
            State::Sha1(hash) => hash.update(octets),
            State::Sha224(hash) => hash.update(octets),
            State::Sha256(hash) => hash.update(octets),
            State::Sha384(hash) => hash.update(octets),
            State::Sha512(hash) => hash.update(octets),
        }
    }

    /// The digest of all that came.
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sha1(hash) => Digest::of(&hash.finalize()),
            State::Sha224(hash) => Digest::of(&hash.finalize()),
            State::Sha256(hash) => Digest::of(&hash.finalize()),
            State::Sha384(hash) => Digest::of(&hash.finalize()),
            State::Sha512(hash) => Digest::of(&hash.finalize()),
        }
    }
}

/// Shows nothing of what came.
impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hashing(..)")
    }
}

impl Digest {
    /// These octets, of which there are at most 64.
    pub(crate) fn of(octets: &[u8]) -> Self {
        let mut digest = Self {
            octets: [0; 64],
            length: u8::try_from(octets.len()).unwrap_or_default(),
        };
        if let Some(place) = digest.octets.get_mut(..octets.len()) {
            place.copy_from_slice(octets);
        }
        digest
    }

    /// Its first octets, `length` of them if it has as many.
    pub(crate) fn cut(self, length: u8) -> Self {
        Self {
            length: self.length.min(length),
            ..self
        }
    }

    /// Its octets.
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// SHA-1 of two parts, as NSEC3 repeats it.
pub(super) fn sha1(a: &[u8], b: &[u8]) -> [u8; 20] {
    Sha1::new().chain_update(a).chain_update(b).finalize().into()
}
