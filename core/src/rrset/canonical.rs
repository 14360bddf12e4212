//! Canonical form and order (RFC 4034 section 6, as RFC 6840 section 5.1 corrects it).

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cmp::Ordering;

use smallvec::SmallVec;

use super::set::Rrset;
use crate::wire::{Name, Rdata, Record};

impl Rdata {
    /// The canonical order of two records of one RRset: that of the octets of their RDATA in canonical form, where an octet
    /// that is missing comes before any other (RFC 4034 section 6.3). RDATA of different types is ordered by type first.
    pub fn canonical_cmp(&self, other: &Self) -> Ordering {
        let by_type = self.rtype().cmp(&other.rtype());
        by_type.then_with(|| self.to_canonical().octets().cmp(other.to_canonical().octets()))
    }
}

impl Record {
    /// The canonical form, in which it is signed: owner and some names in RDATA in lower case, and the TTL that it has in its
    /// zone (RFC 4034 section 6.2).
    #[must_use]
    pub fn to_canonical(&self, original_ttl: u32) -> Self {
        Self {
            owner: self.owner.to_canonical(),
            class: self.class,
            ttl: original_ttl,
            rdata: self.rdata.to_canonical(),
        }
    }

    /// The canonical order of records of a zone: by owner, class, type and RDATA, without regard to TTLs (RFC 4034 section 6,
    /// RFC 8976 section 3.3.1).
    pub fn canonical_cmp(&self, other: &Self) -> Ordering {
        let by_owner = self.owner.cmp(&other.owner);
        by_owner
            .then_with(|| self.class.cmp(&other.class))
            .then_with(|| self.rdata.canonical_cmp(&other.rdata))
    }
}

impl Rrset {
    /// The RDATA of each record in canonical form, in canonical order (RFC 4034 section 6.3).
    pub fn canonical_rdata(&self) -> Vec<Rdata> {
        let sorted = self.canonical_octets();
        let rdata = sorted.iter().map(|octets| Rdata::opaque(self.rtype(), octets));
        rdata.collect()
    }

    /// Appends the records in canonical form and order to `out`, as they are signed and verified (RFC 4034 section 3.1.8.1).
    ///
    /// The owner is given for records that a wildcard made, which are signed under the name of the wildcard (RFC 4035
    /// section 5.3.2); the TTL is the one that the signature repeats.
    pub fn write_canonical(&self, owner: &Name, original_ttl: u32, out: &mut Vec<u8>) {
        let owner = owner.to_canonical();
        for rdata in self.canonical_octets() {
            // Invariant: RDATA in an RRset is shorter than 65 536 octets, and its canonical form is as long.
            let length = u16::try_from(rdata.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(owner.as_wire());
            out.extend_from_slice(&self.rtype().0.to_be_bytes());
            out.extend_from_slice(&self.class().0.to_be_bytes());
            out.extend_from_slice(&original_ttl.to_be_bytes());
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&rdata);
        }
    }

    /// The octets of each record's RDATA in canonical form, in canonical order. Most are in canonical form already.
    pub(super) fn canonical_octets(&self) -> SmallVec<[Cow<'_, [u8]>; 4]> {
        let canonical = |octets| match Rdata::lowered(self.rtype(), octets) {
            Some(lowered) => Cow::Owned(lowered.octets().to_vec()),
            None => Cow::Borrowed(octets),
        };
        let mut all: SmallVec<_> = self.rdata_octets().map(canonical).collect();
        all.sort_unstable();
        all
    }
}
