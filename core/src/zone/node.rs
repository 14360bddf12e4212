//! What a zone has at one name.

use core::fmt;

use super::hashed::{HashedName, same_name};
use super::layout::{RdataOctets, Set, Sets, Standing, Traits};
use super::snapshot::Zone;
use crate::wire::{NameRef, Rdata, Rtype};

/// A name that exists in a zone, and its RRsets: none, if it exists only because there are names below it (RFC 4592 section 2.2.2).
#[derive(Clone, Copy)]
pub struct Node<'z> {
    zone: &'z Zone,
    /// Where it begins in the arena.
    at: u32,
    traits: Traits,
}

/// An RRset of a zone, with the signatures that cover it.
#[derive(Clone, Copy)]
pub struct ZoneRrset<'z> {
    set: Set<'z>,
}

impl<'z> Node<'z> {
    #[inline]
    pub(super) fn new(zone: &'z Zone, at: u32) -> Self {
        let traits = Traits::read(zone.octets_from(at));
        Self { zone, at, traits }
    }

    /// Its number in the canonical order of the nodes.
    #[inline]
    pub(super) fn number(&self) -> u32 {
        self.standing().number
    }

    /// Invariant: a node begins here.
    #[inline]
    fn standing(&self) -> Standing {
        Standing::read(self.zone.octets_from(self.at)).unwrap_or_default()
    }

    /// Whether a look-up of its name ends here: it is no zone cut, below none and below no DNAME record, and exists for those who ask.
    #[inline]
    pub(super) const fn is_plain(&self) -> bool {
        self.traits.are_plain()
    }

    /// Where it begins in the arena, in which nodes are in canonical order too.
    #[inline]
    pub(super) const fn place(&self) -> u32 {
        self.at
    }

    /// Its name, in the case in which it was first written.
    pub fn name(&self) -> NameRef<'z> {
        NameRef::from_checked(self.wire(), 0)
    }

    /// Its RRsets, in the order of their types.
    pub fn rrsets(&self) -> impl Iterator<Item = ZoneRrset<'z>> + use<'z> {
        self.all_sets()
            .filter(|set| set.head.count > 0)
            .map(|set| ZoneRrset { set })
    }

    /// Its RRset of this type.
    #[inline]
    pub fn rrset(&self, rtype: Rtype) -> Option<ZoneRrset<'z>> {
        let mut sets = self.all_sets();
        sets.find(|set| set.head.rtype == rtype && set.head.count > 0)
            .map(|set| ZoneRrset { set })
    }

    /// What signatures cover here. An RRset among them that has no records is signed all the same.
    #[inline]
    pub(crate) fn signed_sets(&self) -> impl Iterator<Item = ZoneRrset<'z>> + use<'z> {
        self.all_sets()
            .filter(|set| set.head.signatures > 0)
            .map(|set| ZoneRrset { set })
    }

    /// All that it has: its RRsets, and signatures of RRsets that have no records.
    pub(super) fn covered_sets(&self) -> impl Iterator<Item = ZoneRrset<'z>> + use<'z> {
        self.all_sets().map(|set| ZoneRrset { set })
    }

    /// Whether it is a zone cut: it has NS records and is not the apex (RFC 2181 section 6).
    #[inline]
    pub const fn is_delegation(&self) -> bool {
        self.traits.has(Traits::DELEGATES)
    }

    /// The topmost zone cut, or owner of a DNAME record, above it. What lies below one is no authoritative data of the zone: it is glue
    /// at best.
    #[inline]
    pub fn occluded_by(&self) -> Option<Self> {
        if !self.traits.has(Traits::OCCLUDED) {
            return None;
        }
        self.zone.number(self.standing().above)
    }

    /// Whether names below it are redirected: it has a DNAME record and is no zone cut.
    #[inline]
    pub(crate) const fn redirects(&self) -> bool {
        self.traits.has(Traits::REDIRECTS)
    }

    /// Whether all that it has is an NSEC3 record, so that it exists for nobody who asks (RFC 5155 section 7.2.8).
    #[inline]
    pub(super) const fn only_denies(&self) -> bool {
        self.traits.has(Traits::ONLY_DENIES)
    }

    /// The wildcard below it, whose name is `name` up to `labels` labels after an asterisk.
    #[inline]
    pub(crate) fn wildcard(&self, name: &HashedName<'_>, labels: u8) -> Option<Self> {
        if !self.traits.has(Traits::HAS_WILDCARD) {
            return None;
        }
        self.zone.find_hashed(name.hash_of_wildcard(labels), |wire| {
            wire.strip_prefix(b"\x01*")
                .is_some_and(|rest| same_name(rest, name.suffix(labels)))
        })
    }

    /// Its RRsets, those among them that have signatures only.
    #[inline]
    pub(super) fn all_sets(&self) -> impl Iterator<Item = Set<'z>> + use<'z> {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        Sets::of_node(&self.zone.inner.arena, at)
    }

    #[inline]
    pub(crate) fn wire(&self) -> &'z [u8] {
        self.zone.name_at(self.at)
    }
}

/// Its name.
impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.name(), f)
    }
}

impl<'z> ZoneRrset<'z> {
    /// Its type.
    #[inline]
    pub const fn rtype(&self) -> Rtype {
        self.set.head.rtype
    }

    /// The TTL of all its records, and of their signatures, in seconds.
    #[inline]
    pub const fn ttl(&self) -> u32 {
        self.set.head.ttl
    }

    /// How many records it has.
    pub const fn record_count(&self) -> u16 {
        self.set.head.count
    }

    /// The RDATA of each record, without compression, in the order of the zone file.
    #[inline]
    pub const fn octets(&self) -> RdataOctets<'z> {
        RdataOctets::new(self.set.records)
    }

    /// The RDATA of each record, owned.
    pub fn rdata(&self) -> impl Iterator<Item = Rdata> + use<'z> {
        let rtype = self.rtype();
        self.octets().map(move |octets| Rdata::opaque(rtype, octets))
    }

    /// The RDATA of each RRSIG record that covers it.
    #[inline]
    pub const fn signatures(&self) -> RdataOctets<'z> {
        RdataOctets::new(self.set.signatures)
    }

    /// The names of hosts that its records lead to, whose addresses are worth to be sent along (RFC 1034 section 4.3.2, RFC 9460
    /// section 4.1): none for most types.
    pub fn targets(&self) -> impl Iterator<Item = NameRef<'z>> + use<'z> {
        // Invariant: RDATA in a zone fits its type, and is not compressed.
        self.target_octets().map(|wire| NameRef::from_checked(wire, 0))
    }

    /// The wire forms of those names.
    #[inline]
    pub(crate) fn target_octets(&self) -> impl Iterator<Item = &'z [u8]> + use<'z> {
        let offset = target_offset(self.rtype());
        let octets = if offset.is_some() { self.set.records } else { &[] };
        RdataOctets::new(octets).filter_map(move |rdata| name_in(rdata.get(offset?..)?))
    }

    /// Whether all that it has is written in the same octets.
    pub(super) fn same_octets(&self, other: &Self) -> bool {
        let of = |set: &Set<'z>| (set.head, set.records, set.signatures);
        of(&self.set) == of(&other.set)
    }

    /// Tells it apart from any other of its zone.
    #[inline]
    pub(crate) fn identity(&self) -> u32 {
        // Invariant: an arena has less than 2^32 octets.
        u32::try_from(self.set.at).unwrap_or_default()
    }
}

/// Type, TTL and RDATA.
impl fmt::Debug for ZoneRrset<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.rtype(), self.ttl())?;
        f.debug_list().entries(self.rdata()).finish()
    }
}

/// How many octets of the RDATA come before the name of a host.
#[inline]
const fn target_offset(rtype: Rtype) -> Option<usize> {
    match rtype {
        Rtype::NS | Rtype::MB | Rtype::MD | Rtype::MF => Some(0),
        Rtype::MX | Rtype::AFSDB | Rtype::RT | Rtype::KX | Rtype::SVCB | Rtype::HTTPS => Some(2),
        Rtype::SRV => Some(6),
        _ => None,
    }
}

/// The name that begins these octets.
fn name_in(octets: &[u8]) -> Option<&[u8]> {
    let mut at = 0_usize;
    while let length @ 1.. = *octets.get(at)? {
        at = at.saturating_add(length.into()).saturating_add(1);
    }
    octets.get(..=at)
}
