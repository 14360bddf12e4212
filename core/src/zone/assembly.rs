//! Making a zone of the records that were taken in.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::builder::{Built, Entry, ZoneBuilder};
use super::check;
use super::denials::Denials;
use super::finding::{FindingKind, Findings, Place};
use super::layout::{Head, Standing, Traits};
use super::order;
use super::snapshot::{Inner, Zone};
use crate::wire::{Name, Rdata, Rtype, Soa};

/// The longest that an RRset can be and still be sent, with 12 octets for each record besides its RDATA.
const LONGEST: usize = 65_535 - 12;

/// What a record takes in a message besides its RDATA.
const RECORD_FIXED: usize = 12;

pub(super) fn build(mut builder: ZoneBuilder) -> Built {
    let mut findings = core::mem::take(&mut builder.findings);
    let zone = assemble(&builder, &mut findings);
    if let Some(zone) = &zone {
        check::check(zone, &builder, &mut findings);
    }
    findings.sort();
    let zone = zone.filter(|_| findings.errors() == 0);
    Built { zone, findings }
}

/// The zone, if it has at least what a zone must have.
fn assemble(builder: &ZoneBuilder, findings: &mut Findings) -> Option<Zone> {
    let order = order::canonical(builder);
    let mut numbers = alloc::vec![0_u32; order.len()];
    for (&draft, number) in order.iter().zip(0..) {
        if let Some(place) = numbers.get_mut(usize::try_from(draft).ok()?) {
            *place = number;
        }
    }
    let number_of = |draft: u32| {
        let index = usize::try_from(draft).unwrap_or(usize::MAX);
        numbers.get(index).copied().unwrap_or_default()
    };
    let mut writer = Writer {
        builder,
        findings: &mut *findings,
        arena: Vec::with_capacity(expected_octets(builder)),
        entries: Vec::new(),
        records: Vec::new(),
        signatures: Vec::new(),
    };
    let mut nodes: Vec<u32> = Vec::with_capacity(order.len());
    for (&draft, number) in order.iter().zip(0_u32..) {
        let (at, traits) = writer.node(draft)?;
        let parent = number_of(builder.draft_at(draft)?.parent);
        let parent = usize::try_from(parent).ok().and_then(|parent| nodes.get(parent));
        writer.place(at, traits, number, parent.copied());
        nodes.push(at);
    }
    let at_of = |draft: u32| {
        let number = usize::try_from(number_of(draft)).unwrap_or(usize::MAX);
        nodes.get(number).copied().unwrap_or_default()
    };
    let index = builder.index.moved(order.len(), at_of);
    let arena = writer.arena.into_boxed_slice();
    let zone = Zone {
        inner: Arc::new(Inner {
            apex: builder.apex.clone(),
            apex_labels: builder.apex_labels,
            class: builder.class,
            serial: 0,
            negative_ttl: 0,
            arena,
            nodes: nodes.into_boxed_slice(),
            index,
            deepest: builder.deepest,
            records: builder.entries.len() as u64,
            signed: false,
            denials: Denials::None,
        }),
    };
    with_authority(zone, findings)
}

/// The zone with what its SOA record says, if it has one, and NS records.
fn with_authority(mut zone: Zone, findings: &mut Findings) -> Option<Zone> {
    let apex = zone.apex_node()?;
    let missing = |findings: &mut Findings, kind| {
        findings.push(kind, Place::default(), || zone.apex().clone());
    };
    let (soa, servers) = (apex.rrset(Rtype::SOA), apex.rrset(Rtype::NS));
    if soa.is_none() {
        missing(findings, FindingKind::NoSoa);
    }
    if servers.is_none() {
        missing(findings, FindingKind::NoNs);
    }
    let soa = soa?;
    let rdata = soa.rdata().next()?;
    let view = rdata.view::<Soa<'_>>()?;
    let (serial, negative_ttl) = (view.serial, view.minimum.min(soa.ttl()));
    let signed = soa.signatures().next().is_some();
    let denials = Denials::of(&zone);
    // Invariant: nobody else has the handle yet.
    let inner = Arc::get_mut(&mut zone.inner)?;
    (inner.serial, inner.negative_ttl) = (serial, negative_ttl);
    (inner.signed, inner.denials) = (signed, denials);
    Some(zone)
}

/// How many octets the arena needs at most.
fn expected_octets(builder: &ZoneBuilder) -> usize {
    let entries = builder.entries.len().saturating_mul(14);
    let nodes = builder
        .drafts
        .len()
        .saturating_mul(Standing::LENGTH.saturating_add(2));
    let octets = builder.names.len().saturating_add(builder.rdata.len());
    octets.saturating_add(entries).saturating_add(nodes)
}

/// Writes node after node.
struct Writer<'b> {
    builder: &'b ZoneBuilder,
    findings: &'b mut Findings,
    arena: Vec<u8>,
    /// The entries of the present node with the type that each is about, and whether it is a signature.
    entries: Vec<Subject>,
    /// Those of the present RRset that are records, and those that are signatures.
    records: Vec<Entry>,
    signatures: Vec<Entry>,
}

/// The type that an entry is about, whether it is a signature, and its number.
type Subject = (Rtype, bool, u32);

impl Writer<'_> {
    /// Writes a node, with room for its [standing](Standing). Where it begins, and what it has; none if the arena is too large.
    fn node(&mut self, draft: u32) -> Option<(u32, Traits)> {
        let builder = self.builder;
        // The highest number is no place in an index.
        let Some(at) = u32::try_from(self.arena.len()).ok().filter(|&at| at < u32::MAX) else {
            self.find(FindingKind::ZoneTooLarge, Place::default(), draft);
            return None;
        };
        let name = builder.name_of(draft);
        self.arena.extend_from_slice(&[0; Standing::LENGTH]);
        self.arena.push(u8::try_from(name.len()).ok()?);
        self.arena.extend_from_slice(name);
        let mut entries = core::mem::take(&mut self.entries);
        entries.clear();
        entries.extend(builder.entries_of(draft).filter_map(|number| {
            let (rtype, signs) = subject(builder, builder.entry(number)?);
            Some((rtype, signs, number))
        }));
        if entries.len() > 1 {
            entries.sort_unstable();
        }
        let count_at = self.arena.len();
        self.arena.extend_from_slice(&[0, 0]);
        let mut count = 0_u16;
        let mut traits = Traits::default();
        traits.set(Traits::ONLY_DENIES, !entries.is_empty());
        for set in entries.chunk_by(|(a, ..), (b, ..)| a == b) {
            if let Some(head) = self.set(set, draft) {
                count = count.saturating_add(1);
                match head.rtype {
                    Rtype::NS if head.count > 0 => traits.set(Traits::DELEGATES, true),
                    Rtype::DNAME if head.count > 0 => traits.set(Traits::REDIRECTS, true),
                    _ => {}
                }
                if head.rtype != Rtype::NSEC3 {
                    traits.set(Traits::ONLY_DENIES, false);
                }
            }
        }
        let place = self.arena.get_mut(count_at..);
        if let Some(place) = place.and_then(<[u8]>::first_chunk_mut) {
            *place = count.to_be_bytes();
        }
        if entries.len() > 1 {
            self.check_aliases(&entries, draft);
        }
        self.entries = entries;
        Some((at, traits))
    }

    /// Writes where a node stands, whose parent was placed before; only the apex has none.
    fn place(&mut self, at: u32, mut traits: Traits, number: u32, parent: Option<u32>) {
        let mut above = number;
        if parent.is_none() {
            traits.set(Traits::DELEGATES, false);
        }
        if traits.has(Traits::DELEGATES) {
            traits.set(Traits::REDIRECTS, false);
        }
        if let Some(parent) = parent
            && let Some(mut parent_standing) = Standing::read(self.octets_from(parent))
        {
            if self
                .octets_from(at)
                .get(Standing::LENGTH + 1..)
                .is_some_and(|name| name.starts_with(b"\x01*"))
            {
                parent_standing.traits.set(Traits::HAS_WILDCARD, true);
                parent_standing.write(self.octets_from(parent));
            }
            if parent_standing.traits.has(Traits::ONLY_DENIES) {
                parent_standing.traits.set(Traits::ONLY_DENIES, false);
                parent_standing.write(self.octets_from(parent));
            }
            if parent_standing.traits.has(Traits::OCCLUDED) {
                above = parent_standing.above;
            } else if parent_standing.traits.hides_what_is_below() {
                above = parent_standing.number;
            }
        }
        traits.set(Traits::OCCLUDED, above != number);
        let standing = Standing {
            number,
            above,
            traits,
        };
        standing.write(self.octets_from(at));
    }

    fn octets_from(&mut self, at: u32) -> &mut [u8] {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        self.arena.get_mut(at..).unwrap_or_default()
    }

    /// Writes the records of one type and their signatures; none if no message could hold them.
    fn set(&mut self, entries: &[Subject], draft: u32) -> Option<Head> {
        let builder = self.builder;
        let mut records = core::mem::take(&mut self.records);
        let mut signatures = core::mem::take(&mut self.signatures);
        for (set, signing) in [(&mut records, false), (&mut signatures, true)] {
            let entries = entries.iter().filter(|&&(_, signs, _)| signs == signing);
            set.clear();
            set.extend(entries.filter_map(|&(.., number)| builder.entry(number)));
            self.drop_duplicates(set, draft);
        }
        let head = self.check_set(entries.first()?.0, &records, &signatures, draft);
        if let Some(head) = head {
            head.write(&mut self.arena);
            for entry in records.iter().chain(&signatures) {
                self.arena.extend_from_slice(&entry.length.to_be_bytes());
                self.arena.extend_from_slice(builder.rdata_of(entry));
            }
        }
        (self.records, self.signatures) = (records, signatures);
        head
    }

    fn check_set(
        &mut self,
        rtype: Rtype,
        records: &[Entry],
        signatures: &[Entry],
        draft: u32,
    ) -> Option<Head> {
        let timed = if records.is_empty() { signatures } else { records };
        let first = timed.first()?;
        let ttl = timed.iter().map(|entry| entry.ttl).min()?;
        if let Some(odd) = timed.iter().find(|entry| entry.ttl != first.ttl) {
            self.find(FindingKind::TtlsDiffer(rtype), odd.place(), draft);
        }
        if records.is_empty() {
            self.find(FindingKind::SignatureOfNothing(rtype), first.place(), draft);
        } else if rtype == Rtype::SOA && draft > 0 {
            self.find(FindingKind::SeveralSoas, first.place(), draft);
        }
        if let Some(second) = records.get(1) {
            let kind = match rtype {
                Rtype::SOA => Some(FindingKind::SeveralSoas),
                Rtype::CNAME | Rtype::DNAME => Some(FindingKind::SeveralAliases(rtype)),
                _ => None,
            };
            if let Some(kind) = kind {
                self.find(kind, second.place(), draft);
            }
        }
        let (Some(records_length), Some(signatures_length)) = (stored(records), stored(signatures)) else {
            self.find(FindingKind::RrsetTooLong(rtype), first.place(), draft);
            return None;
        };
        Some(Head {
            rtype,
            count: u16::try_from(records.len()).ok()?,
            ttl,
            records: records_length,
            signatures: signatures_length,
        })
    }

    /// Keeps of entries whose RDATA is the same in canonical form the first.
    fn drop_duplicates(&mut self, entries: &mut Vec<Entry>, draft: u32) {
        if entries.len() < 2 {
            return;
        }
        let builder = self.builder;
        let canonical = |entry: &Entry| {
            let rdata = Rdata::opaque(entry.rtype, builder.rdata_of(entry));
            rdata.to_canonical()
        };
        let mut sorted: Vec<(Rdata, usize)> = entries.iter().map(canonical).zip(0..).collect();
        sorted.sort_unstable_by(|(a, a_index), (b, b_index)| {
            a.octets().cmp(b.octets()).then(a_index.cmp(b_index))
        });
        let mut twice: Vec<usize> = sorted
            .windows(2)
            .filter_map(|pair| match pair {
                [(a, _), (b, index)] if a == b => Some(*index),
                _ => None,
            })
            .collect();
        twice.sort_unstable();
        for index in twice.into_iter().rev() {
            let entry = entries.remove(index);
            self.find(FindingKind::Duplicate(entry.rtype), entry.place(), draft);
        }
    }

    /// A CNAME record stands alone, but for what DNSSEC puts beside it (RFC 2181 section 10.1, RFC 4034 section 3, RFC 4035 section 2.5).
    fn check_aliases(&mut self, entries: &[Subject], draft: u32) {
        let is_alias = |&&(rtype, signs, _): &&Subject| rtype == Rtype::CNAME && !signs;
        let beside = |&&(rtype, signs, _): &&Subject| {
            !signs && ![Rtype::CNAME, Rtype::NSEC, Rtype::SIG, Rtype::NXT, Rtype::KEY].contains(&rtype)
        };
        let alias = entries.iter().find(is_alias).map(|&(.., number)| number);
        let other = entries.iter().filter(beside).map(|&(.., number)| number).min();
        if let (Some(alias), Some(other)) = (alias, other)
            && let Some(entry) = self.builder.entry(alias.max(other))
        {
            self.find(FindingKind::AliasAndOtherData, entry.place(), draft);
        }
    }

    fn find(&mut self, kind: FindingKind, place: Place, draft: u32) {
        let builder = self.builder;
        self.findings.push(kind, place, || {
            Name::from_wire(builder.name_of(draft)).unwrap_or_else(|_| Name::root())
        });
    }
}

/// How many octets these take in the arena; none if no message could hold them.
fn stored(entries: &[Entry]) -> Option<u16> {
    let octets = |each: usize| {
        entries.iter().fold(0_usize, |sum, entry| {
            sum.saturating_add(each).saturating_add(entry.length.into())
        })
    };
    if octets(RECORD_FIXED) > LONGEST {
        return None;
    }
    u16::try_from(octets(2)).ok()
}

/// The type that a record is about, and whether it is a signature.
fn subject(builder: &ZoneBuilder, entry: &Entry) -> (Rtype, bool) {
    if entry.rtype == Rtype::RRSIG
        && let Some(covered) = builder.rdata_of(entry).first_chunk()
    {
        return (Rtype(u16::from_be_bytes(*covered)), true);
    }
    (entry.rtype, false)
}
