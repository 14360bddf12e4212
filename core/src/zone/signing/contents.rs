//! What of a zone is signed, and what is in its chain of denials.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::{SignZoneError, set};
use crate::dnssec::ZoneSigner;
use crate::rrset::Rrset;
use crate::wire::rdata::Zonemd;
use crate::wire::{Class, Name, Rdata, Rtype};
use crate::zone::digest::{ZONEMD_SIMPLE, ZonemdHash};
use crate::zone::{Node, Zone};

/// So many sets most names have at most, with that of a denial.
const MOST_SETS: usize = 2;

/// A zone without signatures and denials.
pub(super) struct Contents {
    pub(super) apex: Name,
    pub(super) class: Class,
    /// The TTL of denials (RFC 9077 section 3).
    pub(super) denial_ttl: u32,
    /// In canonical order.
    pub(super) names: BTreeMap<Name, Entry>,
    /// Sets of denials that have names of their own.
    pub(super) hashed: Vec<Rrset>,
}

/// What a zone has at one name.
pub(super) struct Entry {
    pub(super) standing: Standing,
    /// In the order of their types.
    pub(super) sets: Vec<Rrset>,
}

/// What a name is in its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// All that it has is the zone's.
    Authoritative,
    /// A zone cut: of what it has, only what the parent says is the zone's.
    Delegation,
    /// Below a zone cut or a DNAME record: nothing is.
    Occluded,
}

impl Contents {
    pub(super) fn of(zone: &Zone, keys: &[ZoneSigner<'_>]) -> Result<Self, SignZoneError> {
        // They come in the order of the map, which then is built without a search for each.
        let mut names = Vec::new();
        for node in zone.nodes() {
            let name = node.name().to_name();
            let mut sets = Vec::with_capacity(MOST_SETS);
            for rrset in node.rrsets().filter(|rrset| !is_made(rrset.rtype())) {
                let (rtype, ttl) = (rrset.rtype(), rrset.ttl());
                sets.push(set(&name, rtype, zone.class(), ttl, rrset.rdata())?);
            }
            if !sets.is_empty() {
                let standing = Standing::of(&node);
                names.push((name, Entry { standing, sets }));
            }
        }
        let mut contents = Self {
            apex: zone.apex().clone(),
            class: zone.class(),
            denial_ttl: zone.negative_ttl(),
            names: names.into_iter().collect(),
            hashed: Vec::new(),
        };
        contents.add_keys(keys)?;
        Ok(contents)
    }

    /// Adds the DNSKEY records of the keys to those that are there.
    fn add_keys(&mut self, keys: &[ZoneSigner<'_>]) -> Result<(), SignZoneError> {
        let class = self.class;
        let Some(entry) = self.names.get_mut(&self.apex) else {
            return Ok(());
        };
        if keys.is_empty() {
            return Ok(());
        }
        let there = entry.sets.iter().position(|set| set.rtype() == Rtype::DNSKEY);
        let there = there.map(|index| entry.sets.remove(index));
        let soa = entry.sets.iter().find(|set| set.rtype() == Rtype::SOA);
        let ttl = there.as_ref().or(soa).map_or(0, Rrset::ttl);
        let rdata = there.iter().flat_map(Rrset::rdata).collect::<Vec<_>>();
        let all = rdata.into_iter().chain(keys.iter().map(ZoneSigner::dnskey));
        entry.add(set(&self.apex, Rtype::DNSKEY, class, ttl, all)?);
        Ok(())
    }

    /// Adds a set to what the zone has at the apex.
    pub(super) fn add_at_apex(&mut self, set: Rrset) {
        if let Some(entry) = self.names.get_mut(&self.apex) {
            entry.add(set);
        }
    }

    /// Puts placeholders where ZONEMD records of the apex are: one for each scheme and hash algorithm that is implemented (RFC 8976 section
    /// 3.1). Their hash algorithms.
    pub(super) fn renew_zonemd(&mut self, serial: u32) -> Result<Vec<ZonemdHash>, SignZoneError> {
        let Some(entry) = self.names.get_mut(&self.apex) else {
            return Ok(Vec::new());
        };
        let Some(index) = entry.sets.iter().position(|set| set.rtype() == Rtype::ZONEMD) else {
            return Ok(Vec::new());
        };
        let before = entry.sets.remove(index);
        let implemented = |rdata: Rdata| {
            let zonemd = rdata.view::<Zonemd<'_>>()?;
            ZonemdHash::of_number(zonemd.hash_algorithm).filter(|_| zonemd.scheme == ZONEMD_SIMPLE)
        };
        let hashes: BTreeSet<ZonemdHash> = before.rdata().filter_map(implemented).collect();
        if !hashes.is_empty() {
            let placeholders = hashes.iter().map(|hash| hash.placeholder(serial));
            let (class, ttl) = (self.class, before.ttl());
            entry.add(set(&self.apex, Rtype::ZONEMD, class, ttl, placeholders)?);
        }
        Ok(hashes.into_iter().collect())
    }

    /// All sets, and whether they are signed. The SOA record comes first, as zone files have it.
    pub(super) fn into_sets(mut self) -> impl Iterator<Item = (Rrset, bool)> {
        let soa = self.names.get_mut(&self.apex).and_then(|entry| {
            let index = entry.sets.iter().position(|set| set.rtype() == Rtype::SOA)?;
            Some(entry.sets.remove(index))
        });
        let of_names = self.names.into_values().flat_map(|Entry { standing, sets }| {
            sets.into_iter().map(move |set| {
                let signed = standing.signs(set.rtype());
                (set, signed)
            })
        });
        let denials = self.hashed.into_iter().map(|set| (set, true));
        let soa = soa.map(|set| (set, true));
        soa.into_iter().chain(of_names).chain(denials)
    }
}

impl Entry {
    /// Whether a set of this type is signed here.
    pub(super) const fn signs(&self, rtype: Rtype) -> bool {
        self.standing.signs(rtype)
    }

    /// The types that a denial lists here, RRSIG and those of denials left out. At a zone cut they are those of which the parent knows
    /// (RFC 4035 section 2.3).
    pub(super) fn types(&self) -> impl Iterator<Item = Rtype> {
        let shown = |rtype: &Rtype| match self.standing {
            Standing::Authoritative => true,
            Standing::Delegation => matches!(*rtype, Rtype::NS | Rtype::DS),
            Standing::Occluded => false,
        };
        self.sets.iter().map(Rrset::rtype).filter(shown)
    }

    /// Whether something is signed here.
    pub(super) fn is_signed(&self) -> bool {
        self.sets.iter().any(|set| self.signs(set.rtype()))
    }

    pub(super) fn add(&mut self, set: Rrset) {
        let after = self.sets.partition_point(|other| other.rtype() < set.rtype());
        self.sets.insert(after, set);
    }
}

impl Standing {
    /// Whether a set of this type is signed at such a name (RFC 4035 section 2.2).
    const fn signs(self, rtype: Rtype) -> bool {
        match self {
            Self::Authoritative => true,
            Self::Delegation => matches!(rtype, Rtype::DS | Rtype::NSEC),
            Self::Occluded => false,
        }
    }

    fn of(node: &Node<'_>) -> Self {
        if node.occluded_by().is_some() {
            Self::Occluded
        } else if node.is_delegation() {
            Self::Delegation
        } else {
            Self::Authoritative
        }
    }
}

/// Whether sets of this type are made by signing.
const fn is_made(rtype: Rtype) -> bool {
    matches!(
        rtype,
        Rtype::RRSIG | Rtype::NSEC | Rtype::NSEC3 | Rtype::NSEC3PARAM
    )
}
