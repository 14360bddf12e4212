//! An RRset that stands alone.

use core::fmt;

use smallvec::SmallVec;

use super::ttl::{SetTtl, TtlRule};
use crate::wire::Storage;
use crate::wire::{Class, MessageWriter, Name, ParseError, Rdata, Record, Rtype, Section, WriteError};

/// RDATA of a set before it is put together: most sets are small.
type Members = SmallVec<[Rdata; 4]>;

/// What a record takes in a message besides its RDATA, in octets: a compressed owner and the fixed part.
const RECORD_FIXED: usize = 12;

/// All records of one owner, class and type. There is at least one, and no two whose RDATA is the same in canonical form
/// (RFC 2181 section 5).
///
/// They are kept in the order in which they came, for the canonical order matters to DNSSEC only. Cloning shares the RDATA, or
/// copies it if it is short: up to five IPv4 addresses live in the value itself.
///
/// # Limits
///
/// An RRset is sent whole or not at all, so one that no message could hold is refused: with 12 octets for each record, and
/// the RDATA, it has 65 523 octets at most. That makes at most 5 460 records.
#[derive(Clone)]
pub struct Rrset {
    owner: Name,
    class: Class,
    rtype: Rtype,
    ttl: SetTtl,
    count: u16,
    /// Invariant: `count` times two octets of length and that many of RDATA, without compression.
    rdata: Storage<30>,
}

/// Why records are no RRset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RrsetError {
    /// There is no record.
    #[error("an RRset has at least one record")]
    Empty,
    /// The records differ in owner, class or type.
    #[error("the records of an RRset have the same owner, class and type")]
    Mixed,
    /// The TTLs differ (RFC 2181 section 5.2).
    #[error("the TTLs of an RRset differ: from {lowest} to {highest} seconds")]
    TtlsDiffer {
        /// The lowest, in seconds.
        lowest: u32,
        /// The highest, in seconds.
        highest: u32,
    },
    /// No message could hold the records.
    #[error("the RRset does not fit a message of 65535 octets")]
    TooLarge,
    /// RDATA in a message breaks a rule of its type.
    #[error("RDATA cannot be read: {0}")]
    Malformed(ParseError),
}

impl Rrset {
    /// How long the records may be together, in octets.
    const LONGEST: usize = 65_535 - 12;

    /// The RRset with this RDATA. What is the same in canonical form is taken once.
    ///
    /// # Errors
    ///
    /// There is no RDATA, some of another type, or more than a message could hold.
    pub fn new(
        owner: Name,
        rtype: Rtype,
        class: Class,
        ttl: u32,
        rdata: impl IntoIterator<Item = Rdata>,
    ) -> Result<Self, RrsetError> {
        let ttl = SetTtl {
            seconds: ttl,
            inconsistent: false,
        };
        Self::collect(owner, rtype, class, ttl, rdata.into_iter().map(Ok))
    }

    /// The RRset of these records. What is the same in canonical form is taken once; the owner is written as in the first.
    ///
    /// # Errors
    ///
    /// There is no record; they differ in owner, class or type, or in TTL if the rule is strict; or no message could hold them.
    pub fn from_records<'r>(
        records: impl IntoIterator<Item = &'r Record, IntoIter: Clone>,
        rule: TtlRule,
    ) -> Result<Self, RrsetError> {
        let records = records.into_iter();
        let first = records.clone().next().ok_or(RrsetError::Empty)?;
        let (class, rtype) = (first.class, first.rtype());
        if !records
            .clone()
            .all(|record| record.owner == first.owner && record.class == class)
        {
            return Err(RrsetError::Mixed);
        }
        let ttl = rule.judge(records.clone().map(|record| record.ttl))?;
        let rdata = records.map(|record| Ok(record.rdata.clone()));
        Self::collect(first.owner.clone(), rtype, class, ttl, rdata)
    }

    pub(super) fn collect(
        owner: Name,
        rtype: Rtype,
        class: Class,
        ttl: SetTtl,
        rdata: impl Iterator<Item = Result<Rdata, RrsetError>>,
    ) -> Result<Self, RrsetError> {
        let mut length = 0_usize;
        let mut all = Members::new();
        for rdata in rdata {
            let rdata = rdata?;
            if rdata.rtype() != rtype {
                return Err(RrsetError::Mixed);
            }
            length = length
                .saturating_add(RECORD_FIXED)
                .saturating_add(rdata.octets().len());
            if length > Self::LONGEST {
                return Err(RrsetError::TooLarge);
            }
            all.push(rdata);
        }
        without_duplicates(&mut all);
        match u16::try_from(all.len()) {
            Ok(0) => Err(RrsetError::Empty),
            Ok(count) => Ok(Self {
                owner,
                class,
                rtype,
                ttl,
                count,
                rdata: together(&all),
            }),
            Err(_) => Err(RrsetError::TooLarge),
        }
    }

    /// The name that has it.
    pub const fn owner(&self) -> &Name {
        &self.owner
    }

    /// Its class.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// Its type.
    pub const fn rtype(&self) -> Rtype {
        self.rtype
    }

    /// Its time to live, in seconds.
    pub const fn ttl(&self) -> u32 {
        self.ttl.seconds
    }

    /// Whether its records came with different TTLs (RFC 2181 section 5.2).
    pub const fn inconsistent(&self) -> bool {
        self.ttl.inconsistent
    }

    /// Makes the TTL `most` seconds at most.
    ///
    /// A TTL with the highest bit set is capped like any other large one (RFC 8767 section 4). RFC 2181 section 8 wanted it
    /// taken as zero, which makes a server that sends nonsense be asked without end.
    pub fn cap_ttl(&mut self, most: u32) {
        self.ttl.seconds = self.ttl.seconds.min(most);
    }

    /// The same set at `owner`: a name that is written otherwise, or that a synthesis made.
    #[must_use]
    pub fn with_owner(self, owner: Name) -> Self {
        Self { owner, ..self }
    }

    /// The same set with its records in the order of their keys; those with equal keys stay as they are.
    #[must_use]
    pub fn sorted_by_key<K: Ord>(&self, mut key: impl FnMut(&Rdata) -> K) -> Self {
        let mut all: Members = self.rdata().collect();
        all.sort_by_key(&mut key);
        Self {
            rdata: together(&all),
            ..self.clone()
        }
    }

    /// How many records it has: one at least.
    #[allow(clippy::len_without_is_empty, reason = "there is no empty one")]
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// What it takes of the heap at most, in octets, with what an allocator adds: the same on every platform.
    pub(crate) fn heap_octets(&self) -> u32 {
        /// What shares the RDATA among clones, and what an allocator adds.
        const SHARING: u32 = 2 * 16;
        let rdata = if self.rdata.is_inline() {
            0
        } else {
            u32::try_from(self.rdata.len()).map_or(u32::MAX, |length| length.saturating_add(SHARING))
        };
        rdata.saturating_add(self.owner.heap_octets())
    }

    /// The RDATA of each record, in order.
    pub fn rdata(&self) -> impl Iterator<Item = Rdata> {
        self.rdata_octets()
            .map(|octets| Rdata::opaque(self.rtype, octets))
    }

    /// The octets of the RDATA of each record, in order.
    pub(super) fn rdata_octets(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.rdata[..];
        core::iter::from_fn(move || {
            let (length, after) = rest.split_first_chunk()?;
            let (octets, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
            rest = after;
            Some(octets)
        })
    }

    /// The records, in order.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        self.rdata().map(|rdata| Record {
            owner: self.owner.clone(),
            class: self.class,
            ttl: self.ttl.seconds,
            rdata,
        })
    }

    /// Whether it has a record with RDATA that is the same in canonical form.
    pub fn contains(&self, rdata: &Rdata) -> bool {
        let canonical = rdata.to_canonical();
        self.rdata().any(|rdata| rdata.to_canonical() == canonical)
    }

    /// Writes all records, or none.
    ///
    /// # Errors
    ///
    /// They do not fit all, or a record of a later section was written already.
    pub fn write(&self, writer: &mut MessageWriter<'_>, section: Section) -> Result<(), WriteError> {
        let before = writer.checkpoint();
        let written = self
            .records()
            .try_for_each(|record| writer.record(section, &record));
        if written.is_err() {
            writer.rollback(before);
        }
        written
    }
}

/// Two are equal if owner, class, type and TTL are, and if they have the same RDATA in canonical form, in whatever order.
impl PartialEq for Rrset {
    fn eq(&self, other: &Self) -> bool {
        (&self.owner, self.class, self.rtype, self.ttl, self.count)
            == (&other.owner, other.class, other.rtype, other.ttl, other.count)
            && self.canonical_octets() == other.canonical_octets()
    }
}

impl Eq for Rrset {}

/// Its records as displayed.
impl fmt::Debug for Rrset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.records()).finish()
    }
}

/// The RDATA of a set, each after its length, in exactly as much memory as that takes.
fn together(all: &[Rdata]) -> Storage<30> {
    Storage::written(|room| {
        for rdata in all {
            // Invariant: what fits a message is shorter than 65 536 octets.
            let length = u16::try_from(rdata.octets().len()).unwrap_or(u16::MAX);
            room.push(&length.to_be_bytes());
            room.push(rdata.octets());
        }
    })
}

/// Keeps of those that are the same in canonical form the first.
fn without_duplicates(all: &mut Members) {
    if all.len() < 2 {
        return;
    }
    let mut canonical: SmallVec<[_; 4]> = all.iter().map(Rdata::to_canonical).enumerate().collect();
    canonical
        .sort_unstable_by(|(a_index, a), (b_index, b)| a.octets().cmp(b.octets()).then(a_index.cmp(b_index)));
    canonical.dedup_by(|(_, later), (_, earlier)| later == earlier);
    if canonical.len() == all.len() {
        return;
    }
    let mut kept: SmallVec<[usize; 4]> = canonical.into_iter().map(|(index, _)| index).collect();
    kept.sort_unstable();
    let mut kept = kept.into_iter().peekable();
    let mut index = 0_usize;
    all.retain(|_| {
        let keep = kept.next_if_eq(&index).is_some();
        index = index.saturating_add(1);
        keep
    });
}
