//! Denials by hashes of names (RFC 5155).

use super::nsec::ends_zone;
use crate::crypto::NSEC3_SHA1;
use crate::text::Base32Hex;
use crate::wire::rdata::{Nsec3, TypeBitmap};
use crate::wire::{Name, Rdata};

/// The flag of a record that may have unsigned delegations between its hash and the next (RFC 5155 section 3.1.2.1).
const FLAG_OPT_OUT: u8 = 1;

/// An NSEC3 record: between its hash and the next hash of the zone there is nothing that is signed.
#[derive(Clone, Debug)]
pub struct Nsec3Record<'a> {
    zone: Name,
    hash: [u8; 20],
    next: [u8; 20],
    rdata: Nsec3<'a>,
}

/// Why an NSEC3 record is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nsec3Error {
    /// It is of another type, or not in order.
    #[error("this is no NSEC3 record")]
    Malformed,
    /// Its hash algorithm is not implemented (RFC 5155 section 8.1).
    #[error("the hash algorithm {0} is not implemented")]
    Algorithm(u8),
    /// It has flags that nobody knows (RFC 5155 section 8.2).
    #[error("the flags {0:#04x} are not known")]
    Flags(u8),
    /// The first label of its owner, or the next hash, is no hash of 20 octets.
    #[error("a hash has 20 octets")]
    Hash,
}

impl<'a> Nsec3Record<'a> {
    /// The NSEC3 record with this owner: one label with the hash, and the zone.
    ///
    /// # Errors
    ///
    /// It is not one that is used.
    pub fn new(owner: &Name, rdata: &'a Rdata) -> Result<Self, Nsec3Error> {
        let rdata: Nsec3<'_> = rdata.view().ok_or(Nsec3Error::Malformed)?;
        if rdata.hash_algorithm != NSEC3_SHA1 {
            return Err(Nsec3Error::Algorithm(rdata.hash_algorithm));
        }
        if rdata.flags & !FLAG_OPT_OUT != 0 {
            return Err(Nsec3Error::Flags(rdata.flags));
        }
        let (label, zone) = owner
            .labels()
            .next()
            .zip(owner.parent())
            .ok_or(Nsec3Error::Hash)?;
        let hash = Base32Hex::read(label).ok_or(Nsec3Error::Hash)?;
        Ok(Self {
            zone,
            hash: hash.try_into().map_err(|_| Nsec3Error::Hash)?,
            next: rdata
                .next_hashed
                .octets()
                .try_into()
                .map_err(|_| Nsec3Error::Hash)?,
            rdata,
        })
    }

    /// The zone whose names are hashed: the owner without its first label. It must be the zone of the signer.
    pub const fn zone(&self) -> &Name {
        &self.zone
    }

    /// The hash of a name that exists.
    pub const fn hash(&self) -> &[u8; 20] {
        &self.hash
    }

    /// The hash that comes next; the lowest one of the zone after the highest.
    pub const fn next(&self) -> &[u8; 20] {
        &self.next
    }

    /// How often the hash is repeated.
    pub const fn iterations(&self) -> u16 {
        self.rdata.iterations
    }

    /// What is hashed with each name.
    pub const fn salt(&self) -> &'a [u8] {
        self.rdata.salt.octets()
    }

    /// Whether unsigned delegations may lie between its hashes.
    pub const fn opts_out(&self) -> bool {
        self.rdata.flags & FLAG_OPT_OUT != 0
    }

    /// The types that the name has whose hash this is.
    pub const fn types(&self) -> TypeBitmap<'a> {
        self.rdata.types
    }

    /// Whether two records hash names of the same zone in the same way. A proof has no others (RFC 5155 section 8.2).
    pub fn same_parameters(&self, other: &Self) -> bool {
        (&self.zone, self.iterations(), self.salt()) == (&other.zone, other.iterations(), other.salt())
    }

    /// Whether it is about the name with this hash.
    pub fn matches(&self, hash: &[u8; 20]) -> bool {
        self.hash == *hash
    }

    /// Whether this hash would stand between its own and the next.
    pub fn covers(&self, hash: &[u8; 20]) -> bool {
        let (after, before) = (*hash > self.hash, *hash < self.next);
        if self.hash < self.next {
            after && before
        } else {
            // The last one; or the only one, which covers all hashes but its own.
            after || before
        }
    }

    /// Whether the name whose hash this is is a zone cut, or has DNAME, so that it is no closest encloser of names below (RFC 5155
    /// section 8.3).
    pub fn ends_zone(&self) -> bool {
        ends_zone(self.types())
    }
}

/// The owner of the NSEC3 record for a name with this hash; none if the zone's name is so long that no label fits before it.
pub fn nsec3_owner(zone: &Name, hash: &[u8; 20]) -> Option<Name> {
    let label = alloc::format!("{}", Base32Hex(hash));
    Name::from_labels([label])?.join(zone)
}
