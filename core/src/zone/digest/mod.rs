//! Digests of whole zones (RFC 8976): whether a zone is what its publisher made, whoever it came from.

mod check;
mod collation;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::fmt;

use super::snapshot::Zone;
use crate::crypto::{Digest, HashFunction};
use crate::wire::rdata::Zonemd;
use crate::wire::{Rdata, Rtype};

pub(super) use collation::Collation;

pub use check::{ZonemdFault, ZonemdReport, ZonemdVerdict, check_zonemd};

/// The only scheme of ZONEMD there is, SIMPLE: all records in canonical order make one digest (RFC 8976 section 5.2).
pub const ZONEMD_SIMPLE: u8 = 1;

/// A hash algorithm of ZONEMD records (RFC 8976 section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZonemdHash {
    /// SHA-384, number 1.
    Sha384,
    /// SHA-512, number 2.
    Sha512,
}

impl ZonemdHash {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Sha384, Self::Sha512];

    /// The one with this number; none if it is not implemented.
    pub const fn of_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Sha384),
            2 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Sha384 => 1,
            Self::Sha512 => 2,
        }
    }

    /// The function that it names.
    pub const fn function(self) -> HashFunction {
        match self {
            Self::Sha384 => HashFunction::Sha384,
            Self::Sha512 => HashFunction::Sha512,
        }
    }

    /// The RDATA of a record that holds the place of the digest until the zone is signed: its digest is all zeros (RFC 8976 section 3.1).
    pub fn placeholder(self, serial: u32) -> Rdata {
        let zeros = [0; 64];
        let digest = zeros.get(..self.function().length()).unwrap_or_default();
        self.record(serial, digest)
    }

    /// The RDATA of the record with this digest.
    pub(super) fn record(self, serial: u32, digest: &[u8]) -> Rdata {
        let zonemd = Zonemd {
            serial,
            scheme: ZONEMD_SIMPLE,
            hash_algorithm: self.number(),
            digest,
        };
        zonemd.to_rdata()
    }
}

/// Its mnemonic.
impl fmt::Display for ZonemdHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        })
    }
}

/// The RDATA of the ZONEMD record of a zone as it is, with this hash (RFC 8976 section 3.3).
///
/// ZONEMD records at the apex and their signatures do not count, all else does: glue, and what is hidden below zone cuts. Records count
/// with the TTL that their set has, and signatures with that of the set that they cover, as RFC 2181 section 5.2 and RFC 4034 section 3
/// want them written.
pub fn zonemd_of(zone: &Zone, hash: ZonemdHash) -> Rdata {
    let digests = digests(zone, &[hash]);
    let digest = digests.first().map(|(_, digest)| digest.as_bytes());
    hash.record(zone.serial(), digest.unwrap_or_default())
}

/// The digests of a zone, of all hashes in one pass.
fn digests(zone: &Zone, wanted: &[ZonemdHash]) -> Vec<(ZonemdHash, Digest)> {
    let mut collation = Collation::new(zone.apex().clone(), zone.class(), wanted);
    for node in zone.nodes() {
        let owner = node.name().to_name();
        for set in node.covered_sets() {
            for rdata in set.rdata() {
                collation.add(set.ttl(), &rdata);
            }
            for octets in set.signatures() {
                collation.add(set.ttl(), &Rdata::opaque(Rtype::RRSIG, octets));
            }
        }
        collation.name_ends(&owner);
    }
    collation.finish()
}
