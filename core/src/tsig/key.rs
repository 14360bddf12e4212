//! Keys that two hosts share.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use crate::crypto::Hmac;
use crate::wire::{Name, NameRef};

/// What a key is, as a configuration file tells it.
#[derive(Clone)]
pub struct KeyConfig {
    /// The name by which both hosts know it.
    pub name: Name,
    /// The only algorithm with which it is used.
    pub algorithm: Algorithm,
    /// The secret itself: one octet at least; as many as the hash function makes are as good as more.
    pub secret: Zeroizing<Vec<u8>>,
    /// By how many seconds the clocks may differ, in what we sign: 300 (RFC 8945 section 10).
    pub fudge: u16,
    /// How many octets of its codes are sent, and required of others: all, and not less than
    /// [`least_mac_length`](Algorithm::least_mac_length).
    pub mac_length: u8,
}

/// A key that is ready for use. Cloning it shares it.
#[derive(Clone)]
pub struct Key {
    inner: Arc<Inner>,
}

struct Inner {
    /// Its name is in lower case, as it is signed.
    config: KeyConfig,
    /// The code of no octets yet.
    hmac: Hmac,
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The secret is empty.
    #[error("the secret of a key must have one octet at least")]
    NoSecret,
    /// Codes are cut too short, or longer than they are.
    #[error("codes of {algorithm} have from {} to {} octets, not {length}",
        algorithm.least_mac_length(), algorithm.mac_length())]
    MacLength {
        /// The algorithm.
        algorithm: Algorithm,
        /// How long they were to be.
        length: u8,
    },
}

impl KeyConfig {
    /// A key with the usual fudge and whole codes.
    pub fn new(name: Name, algorithm: Algorithm, secret: &[u8]) -> Self {
        Self {
            name,
            algorithm,
            secret: Zeroizing::new(secret.to_vec()),
            fudge: 300,
            mac_length: algorithm.mac_length(),
        }
    }

    /// Whether the key can be used.
    ///
    /// # Errors
    ///
    /// There is no secret, or codes cannot have that length.
    pub fn validate(&self) -> Result<(), KeyError> {
        let Self {
            algorithm,
            mac_length: length,
            ..
        } = *self;
        if self.secret.is_empty() {
            return Err(KeyError::NoSecret);
        }
        if (algorithm.least_mac_length()..=algorithm.mac_length()).contains(&length) {
            Ok(())
        } else {
            Err(KeyError::MacLength { algorithm, length })
        }
    }
}

impl Key {
    /// The key of this configuration.
    ///
    /// # Errors
    ///
    /// The configuration is not [valid](KeyConfig::validate).
    pub fn new(mut config: KeyConfig) -> Result<Self, KeyError> {
        config.validate()?;
        config.name = config.name.to_canonical();
        let inner = Inner {
            hmac: Hmac::new(config.algorithm.hash_function(), &config.secret),
            config,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Its name, in lower case.
    pub fn name(&self) -> &Name {
        &self.inner.config.name
    }

    /// The algorithm with which it is used.
    pub fn algorithm(&self) -> Algorithm {
        self.inner.config.algorithm
    }

    /// What it was made of, for recordings.
    pub(crate) fn config(&self) -> &KeyConfig {
        &self.inner.config
    }

    pub(super) fn fudge(&self) -> u16 {
        self.inner.config.fudge
    }

    pub(super) fn mac_length(&self) -> u8 {
        self.inner.config.mac_length
    }

    /// The code of no octets yet.
    pub(super) fn hmac(&self) -> Hmac {
        self.inner.hmac.clone()
    }
}

/// Two are equal if all is that they were made of. How long that takes does not depend on the secrets.
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let parts = |key: &Self| (key.algorithm(), key.fudge(), key.mac_length());
        self.name() == other.name()
            && parts(self) == parts(other)
            && self.hmac().verify(other.hmac().finish().as_bytes())
    }
}

impl Eq for Key {}

/// Shows name and algorithm, and nothing of the secret.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} {}, ..)", self.name(), self.algorithm())
    }
}

/// Shows all but the secret.
impl fmt::Debug for KeyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyConfig")
            .field("name", &self.name)
            .field("algorithm", &self.algorithm)
            .field("fudge", &self.fudge)
            .field("mac_length", &self.mac_length)
            .finish_non_exhaustive()
    }
}

/// The keys that a host knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Invariant: in the order of the octets of their names, none twice.
    keys: Vec<Key>,
}

impl Keys {
    /// These keys. Of those with the same name the last one counts.
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Self {
        let mut keys: Vec<Key> = keys.into_iter().collect();
        keys.reverse();
        keys.sort_by(|a, b| a.name().as_wire().cmp(b.name().as_wire()));
        keys.dedup_by(|later, earlier| later.name() == earlier.name());
        Self { keys }
    }

    /// All, in the order of their names' octets.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key with this name.
    pub fn find(&self, name: NameRef<'_>) -> Option<&Key> {
        name.with_wire(|wire| {
            let mut lower = [0; Name::LONGEST];
            let lower = lower.get_mut(..wire.len())?;
            lower.copy_from_slice(wire);
            lower.make_ascii_lowercase();
            let lower = &*lower;
            let found = self.keys.binary_search_by(|key| key.name().as_wire().cmp(lower));
            found.ok().and_then(|index| self.keys.get(index))
        })
    }
}
