//! Whether a zone has the digest that its ZONEMD records say (RFC 8976 section 4).

use alloc::vec::Vec;

use super::{ZONEMD_SIMPLE, ZonemdHash, digests};
use crate::crypto::Digest;
use crate::wire::rdata::{Nsec, Nsec3, TypeBitmap, Zonemd};
use crate::wire::{Rdata, Rtype};
use crate::zone::{Node, Zone, ZoneRrset};

/// What the ZONEMD records of a zone say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZonemdReport {
    /// What follows for the zone.
    pub verdict: ZonemdVerdict,
    /// The RDATA of each ZONEMD record at the apex, and why it does not vouch for the zone, if it does not.
    pub records: Vec<(Rdata, Result<(), ZonemdFault>)>,
}

/// Whether a zone is what its publisher made, as far as ZONEMD tells.
///
/// A digest is worth as much as the signatures of the ZONEMD and SOA records: whether these are in order,
/// [`verify_zone`](crate::zone::verify_zone) says. In a zone without signatures a digest finds damage, but no forgery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZonemdVerdict {
    /// One of its records has its digest.
    Verified,
    /// It has records, of which none has.
    Failed,
    /// It has no records.
    Absent,
    /// It has no records, but its denials say that it has: somebody took them out.
    Removed,
}

/// Why a ZONEMD record does not vouch for its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZonemdFault {
    /// Its RDATA cannot be read.
    #[error("the record is too short")]
    Malformed,
    /// Another record has the same scheme and hash algorithm (step 4).
    #[error("another record has the same scheme and hash algorithm")]
    Repeated,
    /// It is of another version of the zone (step 5.A).
    #[error("the record is for serial {record}, but the zone has serial {zone}")]
    OtherSerial {
        /// The serial in the record.
        record: u32,
        /// The serial of the zone.
        zone: u32,
    },
    /// Its scheme is not implemented (step 5.B).
    #[error("scheme {0} is not implemented")]
    UnknownScheme(u8),
    /// Its hash algorithm is not implemented (step 5.C).
    #[error("hash algorithm {0} is not implemented")]
    UnknownHash(u8),
    /// Its digest has not the length that digests have (step 5.D).
    #[error("the digest has {length} octets, but {expected} are wanted")]
    Length {
        /// How many octets it has.
        length: u16,
        /// How many it should have.
        expected: u16,
    },
    /// Its digest is not that of the zone (step 5.F).
    #[error("the digest of the zone is {0:?}")]
    OtherDigest(Digest),
}

/// Judges the ZONEMD records of a zone by the rules of RFC 8976 section 4 that need no chain of trust: steps 2, 4 and 5.
///
/// The zone is hashed once for each hash algorithm, whatever number of records it has.
pub fn check_zonemd(zone: &Zone) -> ZonemdReport {
    let Some(apex) = zone.apex_node() else {
        return ZonemdReport {
            verdict: ZonemdVerdict::Absent,
            records: Vec::new(),
        };
    };
    let set = apex.rrset(Rtype::ZONEMD);
    let records: Vec<Rdata> = set.iter().flat_map(ZoneRrset::rdata).collect();
    let judged: Vec<_> = records
        .iter()
        .map(|record| candidate(record, &records, zone.serial()))
        .collect();
    let mut wanted: Vec<ZonemdHash> = judged.iter().filter_map(|found| found.ok()).collect();
    wanted.sort_unstable();
    let computed = digests(zone, &wanted);
    let records: Vec<_> = records
        .into_iter()
        .zip(judged)
        .map(|(record, found)| {
            let verified = found.and_then(|hash| compare(&record, hash, &computed));
            (record, verified)
        })
        .collect();
    let verdict = if records.iter().any(|(_, verified)| verified.is_ok()) {
        ZonemdVerdict::Verified
    } else if !records.is_empty() {
        ZonemdVerdict::Failed
    } else if is_promised(zone, apex) {
        ZonemdVerdict::Removed
    } else {
        ZonemdVerdict::Absent
    };
    ZonemdReport { verdict, records }
}

/// The hash algorithm of a record that has nothing against it but perhaps its digest.
fn candidate(record: &Rdata, all: &[Rdata], serial: u32) -> Result<ZonemdHash, ZonemdFault> {
    let zonemd: Zonemd<'_> = record.view().ok_or(ZonemdFault::Malformed)?;
    let same = |other: &&Rdata| {
        let other = other.view::<Zonemd<'_>>();
        other.is_some_and(|other| {
            (other.scheme, other.hash_algorithm) == (zonemd.scheme, zonemd.hash_algorithm)
        })
    };
    if all.iter().filter(same).count() > 1 {
        return Err(ZonemdFault::Repeated);
    }
    if zonemd.serial != serial {
        return Err(ZonemdFault::OtherSerial {
            record: zonemd.serial,
            zone: serial,
        });
    }
    if zonemd.scheme != ZONEMD_SIMPLE {
        return Err(ZonemdFault::UnknownScheme(zonemd.scheme));
    }
    let hash = ZonemdHash::of_number(zonemd.hash_algorithm);
    let hash = hash.ok_or(ZonemdFault::UnknownHash(zonemd.hash_algorithm))?;
    let (length, expected) = (zonemd.digest.len(), hash.function().length());
    // Those that we know are longer than the 12 octets that any has at least (RFC 8976 section 2.2.4).
    if length != expected {
        let number = |octets| u16::try_from(octets).unwrap_or(u16::MAX);
        return Err(ZonemdFault::Length {
            length: number(length),
            expected: number(expected),
        });
    }
    Ok(hash)
}

fn compare(record: &Rdata, hash: ZonemdHash, computed: &[(ZonemdHash, Digest)]) -> Result<(), ZonemdFault> {
    let said: Zonemd<'_> = record.view().ok_or(ZonemdFault::Malformed)?;
    let mut of_hash = computed.iter().filter(|(other, _)| *other == hash);
    match of_hash.next() {
        Some((_, digest)) if digest.as_bytes() == said.digest => Ok(()),
        Some((_, digest)) => Err(ZonemdFault::OtherDigest(*digest)),
        None => Err(ZonemdFault::UnknownHash(hash.number())),
    }
}

/// Whether the denial of the apex lists the type ZONEMD (step 2).
fn is_promised(zone: &Zone, apex: Node<'_>) -> bool {
    let lists = |types: TypeBitmap<'_>| types.contains(Rtype::ZONEMD);
    let nsec = apex.rrset(Rtype::NSEC);
    let mut nsec = nsec.iter().flat_map(ZoneRrset::rdata);
    if nsec.any(|rdata| rdata.view().is_some_and(|nsec: Nsec<'_>| lists(nsec.types))) {
        return true;
    }
    // Of all names but the apex none may have the type SOA.
    let mut hashed = zone.nodes().flat_map(|node| node.rrset(Rtype::NSEC3));
    hashed.any(|set| {
        let mut rdata = set.rdata();
        rdata.any(|rdata| {
            let types = rdata.view().map(|nsec3: Nsec3<'_>| nsec3.types);
            types.is_some_and(|types| types.contains(Rtype::SOA) && lists(types))
        })
    })
}
