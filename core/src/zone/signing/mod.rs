//! Signing a whole zone, and verifying one (RFC 4035 section 2, RFC 5155 section 7.1).

mod chain;
mod contents;
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
use contents::Contents;

pub use verification::{ZoneFault, ZoneFaultKind, verify_zone};

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

/// The records of the signed form of a zone, each set with its signatures behind it: the SOA record, then all others in canonical order of
/// their owners, then the NSEC3 records.
///
/// What the zone has of signatures and denials is made anew. DNSKEY records of the keys are added if they are not there. Sets at the
/// apex that say something about keys (DNSKEY, CDS, CDNSKEY) are signed by the keys that are secure entry points, all others by those that
/// are not; of an algorithm that has keys of one sort only, these sign everything. The same zone, keys, validity and seed give the
/// same records.
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
    check(zone, keys, config)?;
    let mut contents = Contents::of(zone, keys)?;
    match &config.denial {
        Denial::Nsec => chain::add_nsec(&mut contents)?,
        Denial::Nsec3 {
            iterations,
            salt,
            opt_out,
        } => chain::add_nsec3(&mut contents, *iterations, salt, *opt_out)?,
    }
    let mut records = Vec::new();
    for (set, signed) in contents.sets() {
        records.extend(set.records());
        if signed {
            for key in keys.iter().filter(|key| signs(key, keys, set)) {
                let rdata = key
                    .sign(rng, set, config.validity)
                    .map_err(SignZoneError::Signing)?;
                records.push(Record {
                    owner: set.owner().clone(),
                    class: set.class(),
                    ttl: set.ttl(),
                    rdata,
                });
            }
        }
    }
    Ok(records)
}

fn check(zone: &Zone, keys: &[ZoneSigner<'_>], config: &SigningConfig) -> Result<(), SignZoneError> {
    if keys.is_empty() {
        return Err(SignZoneError::NoKey);
    }
    if let Some(other) = keys.iter().find(|key| key.zone() != zone.apex()) {
        return Err(SignZoneError::OtherZone(other.tag()));
    }
    match &config.denial {
        Denial::Nsec3 { iterations, salt, .. } if *iterations > 50 || salt.len() > 255 => {
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
