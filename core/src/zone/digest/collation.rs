//! The order in which the records of a zone are hashed (RFC 8976 section 3.3).

use alloc::vec::Vec;

use super::ZonemdHash;
use crate::crypto::{Digest, Hashing};
use crate::wire::rdata::Rrsig;
use crate::wire::{Class, Name, Rdata, Rtype};

/// Takes the records of a zone, name after name in canonical order, and hashes them.
pub(in crate::zone) struct Collation {
    apex: Name,
    class: Class,
    hashes: Vec<(ZonemdHash, Hashing)>,
    /// What the present name has, in canonical form, with TTLs.
    records: Vec<(Rdata, u32)>,
    octets: Vec<u8>,
}

impl Collation {
    /// Nothing hashed yet.
    pub(in crate::zone) fn new(apex: Name, class: Class, wanted: &[ZonemdHash]) -> Self {
        let hashes = wanted.iter().map(|&hash| (hash, Hashing::new(hash.function())));
        Self {
            apex,
            class,
            hashes: hashes.collect(),
            records: Vec::new(),
            octets: Vec::new(),
        }
    }

    /// A record of the present name, in any order. It has come once: sets have no record twice.
    pub(in crate::zone) fn add(&mut self, ttl: u32, rdata: &Rdata) {
        self.records.push((rdata.to_canonical(), ttl));
    }

    /// That was all that this name has.
    pub(in crate::zone) fn name_ends(&mut self, owner: &Name) {
        let at_apex = *owner == self.apex;
        self.records.retain(|(rdata, _)| !(at_apex && is_excluded(rdata)));
        self.records.sort_unstable_by(|(a, _), (b, _)| {
            let by_type = a.rtype().cmp(&b.rtype());
            by_type.then_with(|| a.octets().cmp(b.octets()))
        });
        let owner = owner.to_canonical();
        for (rdata, ttl) in self.records.drain(..) {
            // Invariant: RDATA in a zone is shorter than 65 536 octets, and its canonical form is as long.
            let length = u16::try_from(rdata.octets().len()).unwrap_or(u16::MAX);
            self.octets.clear();
            self.octets.extend_from_slice(owner.as_wire());
            self.octets.extend_from_slice(&rdata.rtype().0.to_be_bytes());
            self.octets.extend_from_slice(&self.class.0.to_be_bytes());
            self.octets.extend_from_slice(&ttl.to_be_bytes());
            self.octets.extend_from_slice(&length.to_be_bytes());
            self.octets.extend_from_slice(rdata.octets());
            for (_, hashing) in &mut self.hashes {
                hashing.update(&self.octets);
            }
        }
    }

    /// The digests of all that came.
    pub(in crate::zone) fn finish(self) -> Vec<(ZonemdHash, Digest)> {
        let hashes = self.hashes.into_iter();
        hashes.map(|(hash, hashing)| (hash, hashing.finish())).collect()
    }
}

/// Whether a record of the apex does not count: it is a ZONEMD record, or covers those.
fn is_excluded(rdata: &Rdata) -> bool {
    let covers = |rrsig: Rrsig<'_>| rrsig.type_covered == Rtype::ZONEMD;
    rdata.rtype() == Rtype::ZONEMD || rdata.view().is_some_and(covers)
}
