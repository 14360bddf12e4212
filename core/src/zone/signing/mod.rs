//! Signing a whole zone, and verifying one (RFC 4035 section 2, RFC 5155 section 7.1).

mod chain;
mod contents;
mod plan;
mod previous;
mod serial;
mod verification;

#[cfg(test)]
#[cfg(feature = "crypto")]
mod tests;

use alloc::vec::Vec;

use super::snapshot::Zone;
use crate::budget::Exhausted;
use crate::crypto::SigningError;
use crate::dnssec::{FLAG_SECURE_ENTRY_POINT, Validity, ZoneSigner};
use crate::rrset::{Rrset, RrsetError};
use crate::seed::Rng;
use crate::wire::{Class, Name, Record, Rtype};

pub use plan::{SignedZone, SigningPart, SigningPlan};
pub use previous::PreviousVersion;
pub use serial::SerialPolicy;
pub use verification::{VerificationPart, ZoneFault, ZoneFaultKind, ZoneVerification, verify_zone};

/// How often hashes are repeated at most: what is more makes validators take a zone as unsigned (RFC 9276 section 3.2).
const MOST_ITERATIONS: u16 = 50;

/// How a zone is signed.
#[derive(Clone, Debug)]
pub struct SigningConfig {
    /// From when to when the signatures are valid.
    pub validity: Validity,
    /// How the zone denies what it does not have.
    pub denial: Denial,
}

/// How a zone denies what it does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// By the names that it has (RFC 4034 section 4).
    Nsec,
    /// By hashes of the names that it has (RFC 5155).
    Nsec3 {
        /// How often the hash is repeated: not at all, and 50 times at most (RFC 9276 section 3.1).
        iterations: u16,
        /// What is hashed with each name: nothing (RFC 9276 section 3.1), and 255 octets at most.
        salt: Vec<u8>,
        /// Whether delegations without DS records are left out (RFC 5155 section 6).
        opt_out: bool,
    },
}

/// Why a zone is not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignZoneError {
    /// There is no key.
    #[error("there is no key to sign the zone with")]
    NoKey,
    /// A key is of another zone.
    #[error("the key with tag {0} is not a key of the zone")]
    OtherZone(u16),
    /// Hashes are repeated too often, or the salt is too long.
    #[error("NSEC3 repeats a hash 50 times at most, and has a salt of 255 octets at most")]
    Parameters,
    /// A name is too long for the owner of an NSEC3 record to lie in the zone.
    #[error("the name of the zone leaves no room for a hash")]
    ZoneNameTooLong,
    /// Two names have the same hash: another salt helps.
    #[error("{0} and {1} have the same hash: choose another salt")]
    Collision(Name, Name),
    /// Records of the zone are no set.
    #[error("{0} {1}: {2}")]
    Rrset(Name, Rtype, RrsetError),
    /// A key does not sign.
    #[error("a key does not sign: {0}")]
    Signing(SigningError),
    /// Hashing a name costs more than a question may.
    #[error("not hashed: {0}")]
    Exhausted(Exhausted),
}

/// The records of the signed form of a zone, as a [`SigningPlan`] gives them that takes over nothing from before.
///
/// # Errors
///
/// The keys or the parameters do not do, or the zone has something that cannot be signed.
pub fn sign_zone(
    zone: &Zone,
    keys: &[ZoneSigner<'_>],
    config: &SigningConfig,
    rng: &mut Rng,
) -> Result<Vec<Record>, SignZoneError> {
    let signed = SigningPlan::new(zone, keys, config, None)?.finish(rng)?;
    Ok(signed.records().collect())
}

fn check(zone: &Zone, keys: &[ZoneSigner<'_>], config: &SigningConfig) -> Result<(), SignZoneError> {
    if keys.is_empty() {
        return Err(SignZoneError::NoKey);
    }
    if let Some(other) = keys.iter().find(|key| key.zone() != zone.apex()) {
        return Err(SignZoneError::OtherZone(other.tag()));
    }
    match &config.denial {
        Denial::Nsec3 { iterations, salt, .. } if *iterations > MOST_ITERATIONS || salt.len() > 255 => {
            Err(SignZoneError::Parameters)
        }
        Denial::Nsec | Denial::Nsec3 { .. } => Ok(()),
    }
}

/// Whether this key signs this set: it has the part that the set needs, or no key of its algorithm has.
fn signs(key: &ZoneSigner<'_>, keys: &[ZoneSigner<'_>], set: &Rrset) -> bool {
    let is_entry_point = |key: &ZoneSigner<'_>| key.flags() & FLAG_SECURE_ENTRY_POINT != 0;
    let wanted = matches!(set.rtype(), Rtype::DNSKEY | Rtype::CDS | Rtype::CDNSKEY);
    let mut same_algorithm = keys.iter().filter(|other| other.algorithm() == key.algorithm());
    is_entry_point(key) == wanted || same_algorithm.all(|other| is_entry_point(other) != wanted)
}

/// The set with these records.
fn set(
    owner: &Name,
    rtype: Rtype,
    class: Class,
    ttl: u32,
    rdata: impl IntoIterator<Item = crate::wire::Rdata>,
) -> Result<Rrset, SignZoneError> {
    let set = Rrset::new(owner.clone(), rtype, class, ttl, rdata);
    set.map_err(|error| SignZoneError::Rrset(owner.clone(), rtype, error))
}
