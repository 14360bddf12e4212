//! The RRsets in a section of a message.

use core::cmp::Ordering;
use core::fmt;

use smallvec::SmallVec;

use super::set::{Rrset, RrsetError};
use super::ttl::{SetTtl, TtlRule};
use crate::wire::{Class, Message, Name, NameRef, RecordRef, Rtype, Section};

/// The RRsets in a section of a message, each with the signatures that cover it: by name, or by name and type.
///
/// Each record of the section is in exactly one of them. A signature belongs to the set of the type that it covers; if the
/// section has no record of that type, the set has signatures only.
///
/// # Limits
///
/// A section is grouped in about `n log n` steps for `n` records, whose names are hashed once and as a rule compared
/// once. It takes about 90 octets of memory for each record beyond the fourth, which takes at least 11 octets in the message.
///
/// ```
/// use nameward_core::wire::{Message, Section};
///
/// let message = Message::parse(&[0; 12]).unwrap();
/// assert_eq!(message.rrsets(Section::Answer).iter().count(), 0);
/// ```
#[derive(Clone)]
pub struct SectionRrsets<'a> {
    /// The records, those of a set one after the other: first those of its type, then its signatures, each in their order.
    members: SmallVec<[Member<'a>; 4]>,
    /// In the order of their first records in the section.
    sets: SmallVec<[Span; 4]>,
}

/// A record, and the set to which it belongs.
#[derive(Clone, Copy)]
struct Member<'a> {
    record: RecordRef<'a>,
    hash: u64,
    /// Which record of the section it is.
    position: u16,
    /// The first position with the same owner.
    name: u16,
    /// The type of the set.
    rtype: Rtype,
    signature: bool,
}

/// Where the members of a set are.
#[derive(Clone, Copy)]
struct Span {
    hash: u64,
    /// The first position in the section.
    position: u16,
    start: u16,
    signatures: u16,
    end: u16,
}

/// What the documentation promises. With one record for each set, each record takes a span, too.
const _: () = assert!(
    size_of::<Member<'_>>() + size_of::<Span>() <= 90,
    "a record takes more memory"
);

impl<'a> Message<'a> {
    /// The RRsets of a section. The OPT record is none of them.
    pub fn rrsets(self, section: Section) -> SectionRrsets<'a> {
        SectionRrsets::group(self.records(section), hash)
    }
}

impl<'a> SectionRrsets<'a> {
    /// Groups records by owner, class and type, with owners told apart by `hash` first.
    pub(super) fn group(
        records: impl Iterator<Item = RecordRef<'a>>,
        hash: impl Fn(NameRef<'_>) -> u64,
    ) -> Self {
        let mut previous: Option<Member<'a>> = None;
        // Invariant: a message has less than 65 536 records.
        let mut members: SmallVec<[_; 4]> = (0..=u16::MAX)
            .zip(records)
            .map(|(position, record)| {
                let known = previous.filter(|known| same_place(known.record.owner, record.owner));
                let hash = known.map_or_else(|| hash(record.owner), |known| known.hash);
                *previous.insert(Member::new(record, position, hash))
            })
            .collect();
        members.sort_unstable_by_key(|member| (member.hash, member.position));
        members
            .chunk_by_mut(|a, b| a.hash == b.hash)
            .for_each(name_members);
        members.sort_unstable_by_key(|member| {
            let Member {
                name,
                rtype,
                signature,
                position,
                record,
                ..
            } = *member;
            (name, rtype, record.class, signature, position)
        });
        let mut start = 0;
        let mut sets: SmallVec<[_; 4]> = members
            .chunk_by(|a, b| (a.name, a.rtype, a.record.class) == (b.name, b.rtype, b.record.class))
            .filter_map(|set| {
                let span = Span::new(set, start)?;
                start = span.end;
                Some(span)
            })
            .collect();
        sets.sort_unstable_by_key(|span| span.position);
        Self { members, sets }
    }

    /// The sets, in the order in which their first records stand in the section.
    pub fn iter(&self) -> impl Iterator<Item = RrsetRef<'_, 'a>> {
        self.sets.iter().filter_map(|span| self.set(span))
    }

    /// The sets that a name owns.
    pub fn at(&self, owner: &Name) -> impl Iterator<Item = RrsetRef<'_, 'a>> {
        let hash = hash(owner.view());
        self.sets
            .iter()
            .filter(move |span| span.hash == hash)
            .filter_map(|span| self.set(span))
            .filter(move |set| set.owner() == *owner)
    }

    /// The set of this owner, class and type.
    pub fn get(&self, owner: &Name, class: Class, rtype: Rtype) -> Option<RrsetRef<'_, 'a>> {
        self.at(owner)
            .find(|set| set.class() == class && set.rtype() == rtype)
    }

    fn set(&self, span: &Span) -> Option<RrsetRef<'_, 'a>> {
        let members = self.members.get(span.start.into()..span.end.into())?;
        let (records, signatures) =
            members.split_at_checked(usize::from(span.signatures.wrapping_sub(span.start)))?;
        Some(RrsetRef {
            first: members.first()?,
            records,
            signatures,
        })
    }
}

impl fmt::Debug for SectionRrsets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// An RRset in a section of a message, with the signatures that cover it.
#[derive(Clone, Copy)]
pub struct RrsetRef<'s, 'a> {
    first: &'s Member<'a>,
    records: &'s [Member<'a>],
    signatures: &'s [Member<'a>],
}

impl<'s, 'a> RrsetRef<'s, 'a> {
    /// The name that has it.
    pub const fn owner(self) -> NameRef<'a> {
        self.first.record.owner
    }

    /// Its class.
    pub const fn class(self) -> Class {
        self.first.record.class
    }

    /// Its type.
    pub const fn rtype(self) -> Rtype {
        self.first.rtype
    }

    /// Its records in the order in which they stand in the section, even if one stands there twice. None if there are only
    /// signatures.
    pub fn records(self) -> impl ExactSizeIterator<Item = RecordRef<'a>> + Clone + 's {
        self.records.iter().map(|member| member.record)
    }

    /// The RRSIG records that cover it, in the order in which they stand in the section.
    pub fn signatures(self) -> impl ExactSizeIterator<Item = RecordRef<'a>> + Clone + 's {
        self.signatures.iter().map(|member| member.record)
    }

    /// Its TTL, without regard to those of the signatures.
    ///
    /// # Errors
    ///
    /// There are no records, or their TTLs differ and the rule is strict.
    pub fn ttl(self, rule: TtlRule) -> Result<SetTtl, RrsetError> {
        rule.judge(self.records().map(|record| record.ttl))
    }

    /// The same set, owned.
    ///
    /// # Errors
    ///
    /// There are no records; their TTLs differ and the rule is strict; or some RDATA breaks a rule of the type.
    pub fn to_rrset(self, rule: TtlRule) -> Result<Rrset, RrsetError> {
        self.own(self.rtype(), self.records(), rule)
    }

    /// The signatures as a set of their own, which others that cover another type do not belong to.
    ///
    /// # Errors
    ///
    /// As of [`to_rrset`](Self::to_rrset).
    pub fn to_signatures(self, rule: TtlRule) -> Result<Rrset, RrsetError> {
        self.own(Rtype::RRSIG, self.signatures(), rule)
    }

    fn own(
        self,
        rtype: Rtype,
        records: impl Iterator<Item = RecordRef<'a>> + Clone,
        rule: TtlRule,
    ) -> Result<Rrset, RrsetError> {
        let ttl = rule.judge(records.clone().map(|record| record.ttl))?;
        let rdata = records.map(|record| record.to_rdata().map_err(RrsetError::Malformed));
        Rrset::collect(self.owner().to_name(), rtype, self.class(), ttl, rdata)
    }
}

/// Its records and signatures as displayed.
impl fmt::Debug for RrsetRef<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.records().chain(self.signatures()))
            .finish()
    }
}

impl<'a> Member<'a> {
    fn new(record: RecordRef<'a>, position: u16, hash: u64) -> Self {
        let covered = match record.rtype {
            // The type covered is the first field of a signature, and never compressed.
            Rtype::RRSIG => record.rdata_octets().first_chunk().copied(),
            _ => None,
        };
        Self {
            record,
            hash,
            position,
            name: position,
            rtype: covered.map_or(record.rtype, |covered| Rtype(u16::from_be_bytes(covered))),
            signature: covered.is_some(),
        }
    }
}

impl Span {
    /// The span of a set whose members begin at `start`.
    fn new(set: &[Member<'_>], start: u16) -> Option<Self> {
        let records = set.partition_point(|member| !member.signature);
        // Invariant: a section has less than 65 536 records.
        let place = |offset: usize| Some(start.wrapping_add(u16::try_from(offset).ok()?));
        Some(Self {
            hash: set.first()?.hash,
            position: set.iter().map(|member| member.position).min()?,
            start,
            signatures: place(records)?,
            end: place(set.len())?,
        })
    }
}

/// Finds equal owners among members that have the same hash, and are in order. As a rule they all have the same owner.
fn name_members(members: &mut [Member<'_>]) {
    let Some(&first) = members.first() else {
        return;
    };
    if members
        .iter()
        .all(|member| same_name(member.record.owner, first.record.owner))
    {
        members.iter_mut().for_each(|member| member.name = first.position);
        return;
    }
    // Names that collide, by chance or on purpose, cost a sort, not a comparison of each with each.
    members
        .sort_unstable_by(|a, b| any_order(a.record.owner, b.record.owner).then(a.position.cmp(&b.position)));
    for equal in members.chunk_by_mut(|a, b| same_name(a.record.owner, b.record.owner)) {
        let name = equal.first().map_or(0, |member| member.position);
        equal.iter_mut().for_each(|member| member.name = name);
    }
}

/// Whether two names of one message are equal.
fn same_name(a: NameRef<'_>, b: NameRef<'_>) -> bool {
    same_place(a, b) || a == b
}

/// Whether two names of one message begin with the same label at the same place, as when both are a pointer to it: all that
/// follows is the same, too.
fn same_place(a: NameRef<'_>, b: NameRef<'_>) -> bool {
    match (a.labels().next(), b.labels().next()) {
        (Some(a), Some(b)) => core::ptr::eq(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// An order in which equal names are equal: label by label from the left, which takes no memory.
fn any_order(a: NameRef<'_>, b: NameRef<'_>) -> Ordering {
    let (mut a, mut b) = (a.labels(), b.labels());
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) => {
                let order = lower(a).cmp(lower(b));
                if order.is_ne() {
                    return order;
                }
            }
            (a, b) => return a.is_some().cmp(&b.is_some()),
        }
    }
}

/// The hash of a name (FNV-1a), without regard to case. It needs no key: who makes names collide gains a sort.
pub(super) fn hash(name: NameRef<'_>) -> u64 {
    name.labels().fold(0xCBF2_9CE4_8422_2325, |hash, label| {
        // Each label ends with an octet that few labels contain.
        lower(label).chain([0]).fold(hash, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01B3)
        })
    })
}

fn lower(label: &[u8]) -> impl Iterator<Item = u8> {
    label.iter().map(u8::to_ascii_lowercase)
}
