//! The chain of denials of a zone: one record for each name that exists, each of which tells the next.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::contents::{Contents, Standing};
use super::{SignZoneError, set};
use crate::budget::Budget;
use crate::crypto::{NSEC3_SHA1, nsec3_hash, nsec3_hash_units};
use crate::dnssec::{nsec3_owner, type_bitmap};
use crate::limits::Limits;
use crate::time::Instant;
use crate::wire::rdata::{CharacterString, Nsec, Nsec3, Nsec3param, TypeBitmap};
use crate::wire::{Name, Rdata, Rtype};

/// Adds an NSEC record to each name with authoritative data and to each zone cut (RFC 4034 section 4.1, RFC 4035 section 2.3).
pub(super) fn add_nsec(contents: &mut Contents) -> Result<(), SignZoneError> {
    let (class, ttl) = (contents.class, contents.denial_ttl);
    // After the last name comes the apex again, which is the first one.
    let mut next = contents.apex.clone();
    let entries = contents.names.iter_mut().rev();
    for (name, entry) in entries.filter(|(_, entry)| entry.standing != Standing::Occluded) {
        let bitmap = type_bitmap(entry.types().chain([Rtype::RRSIG, Rtype::NSEC]));
        let nsec = Nsec {
            next: next.view(),
            types: TypeBitmap::from_wire(&bitmap).unwrap_or_default(),
        };
        entry.add(set(name, Rtype::NSEC, class, ttl, [nsec.to_rdata()])?);
        next = name.clone();
    }
    Ok(())
}

/// A name in a chain of hashes, and the types that it has.
type Hashed = (Name, Vec<u8>);

/// Adds an NSEC3 record for each name that exists, and the NSEC3PARAM record that tells how they were made (RFC 5155 section 7.1).
pub(super) fn add_nsec3(
    contents: &mut Contents,
    iterations: u16,
    salt: &[u8],
    opt_out: bool,
) -> Result<(), SignZoneError> {
    let salt = CharacterString::new(salt).ok_or(SignZoneError::Parameters)?;
    let parameters = Nsec3param {
        hash_algorithm: NSEC3_SHA1,
        flags: 0,
        iterations,
        salt,
    };
    let (class, ttl) = (contents.class, contents.denial_ttl);
    let told = set(
        &contents.apex,
        Rtype::NSEC3PARAM,
        class,
        0,
        [parameters.to_rdata()],
    )?;
    contents.add_at_apex(told);

    let mut chain: BTreeMap<[u8; 20], Hashed> = BTreeMap::new();
    for (name, bitmap) in hashed_names(contents, opt_out) {
        let hash = hash(&name, iterations, salt.octets())?;
        if let Some((other, _)) = chain.insert(hash, (name.clone(), bitmap)) {
            return Err(SignZoneError::Collision(other, name));
        }
    }
    let next = chain.keys().cycle().skip(1);
    for ((hash, (_, bitmap)), next) in chain.iter().zip(next) {
        let owner = nsec3_owner(&contents.apex, hash).ok_or(SignZoneError::ZoneNameTooLong)?;
        let types = TypeBitmap::from_wire(bitmap).unwrap_or_default();
        let nsec3 = nsec3(parameters, u8::from(opt_out), next, types)?;
        let denial = set(&owner, Rtype::NSEC3, class, ttl, [nsec3])?;
        contents.hashed.push(denial);
    }
    Ok(())
}

/// The RDATA of an NSEC3 record.
pub(super) fn nsec3(
    parameters: Nsec3param<'_>,
    flags: u8,
    next: &[u8; 20],
    types: TypeBitmap<'_>,
) -> Result<Rdata, SignZoneError> {
    let nsec3 = Nsec3 {
        hash_algorithm: parameters.hash_algorithm,
        flags,
        iterations: parameters.iterations,
        salt: parameters.salt,
        // Invariant: a character string has room for 20 octets.
        next_hashed: CharacterString::new(next).ok_or(SignZoneError::Parameters)?,
        types,
    };
    Ok(nsec3.to_rdata())
}

/// The names that exist, empty ones among them, with their types. Zone cuts without DS may be left out, and so is what exists because of them
/// only.
pub(super) fn hashed_names(contents: &Contents, opt_out: bool) -> BTreeMap<Name, Vec<u8>> {
    let mut names = BTreeMap::new();
    for (name, entry) in &contents.names {
        let unsigned_cut = entry.standing == Standing::Delegation && !entry.is_signed();
        if entry.standing == Standing::Occluded || opt_out && unsigned_cut {
            continue;
        }
        let signatures = entry.is_signed().then_some(Rtype::RRSIG);
        names.insert(name.clone(), type_bitmap(entry.types().chain(signatures)));
        let mut above = name.parent();
        while let Some(empty) = above.filter(|above| above.is_subdomain_of(&contents.apex)) {
            above = empty.parent();
            if !contents.names.contains_key(&empty) {
                names.insert(empty, Vec::new());
            }
        }
    }
    names
}

/// The hash of a name of the zone.
pub(super) fn hash(name: &Name, iterations: u16, salt: &[u8]) -> Result<[u8; 20], SignZoneError> {
    let salt_length = u8::try_from(salt.len()).unwrap_or(u8::MAX);
    // Each name is a question of its own: its hash costs at most what one may.
    let mut budget = Budget::new(&Limits::default(), Instant::ZERO);
    let debit = budget
        .nsec3_hash(nsec3_hash_units(iterations, salt_length))
        .map_err(SignZoneError::Exhausted)?;
    Ok(nsec3_hash(debit, name.view(), iterations, salt))
}
