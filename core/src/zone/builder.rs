//! Taking records of a zone in, in any order.

use alloc::vec::Vec;

use super::assembly;
use super::finding::{FindingKind, Findings, Place};
use super::hashed::{HashedName, Suffixes, same_name};
use super::index::Index;
use super::layout;
use super::snapshot::Zone;
use crate::text::zone::ZoneRecord;
use crate::wire::{Class, Name, NameRef, Record, Rtype};

/// The end of a list of entries.
pub(super) const NONE: u32 = u32::MAX;

/// Puts a zone together: from the records of a zone file, or from records that a program makes.
///
/// Nothing is refused at once. [`build`](Self::build) says all that is wrong.
///
/// ```
/// use nameward_core::wire::{A, Class, Name, Ns, Record, Soa};
/// use nameward_core::zone::ZoneBuilder;
///
/// let apex: Name = "example.".parse().unwrap();
/// let server: Name = "ns.example.".parse().unwrap();
/// let soa = Soa {
///     primary: server.view(),
///     mailbox: apex.view(),
///     serial: 1,
///     refresh: 3600,
///     retry: 600,
///     expire: 604_800,
///     minimum: 300,
/// };
/// let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
/// let address = A { address: [192, 0, 2, 53].into() };
/// for (owner, rdata) in [
///     (&apex, soa.to_rdata()),
///     (&apex, Ns { server: server.view() }.to_rdata()),
///     (&server, address.to_rdata()),
/// ] {
///     builder.add_record(&Record { owner: owner.clone(), class: Class::IN, ttl: 3600, rdata });
/// }
/// let built = builder.build();
/// assert_eq!((built.findings.errors(), built.findings.warnings()), (0, 0));
/// assert_eq!(built.zone.unwrap().serial(), 1);
/// ```
pub struct ZoneBuilder {
    pub(super) apex: Name,
    pub(super) apex_labels: u8,
    pub(super) class: Class,
    /// Each name in wire form after its length.
    pub(super) names: Vec<u8>,
    /// The first is the apex.
    pub(super) drafts: Vec<Draft>,
    pub(super) index: Index,
    pub(super) entries: Vec<Entry>,
    pub(super) rdata: Vec<u8>,
    pub(super) findings: Findings,
    pub(super) deepest: u8,
    /// The node of the last record: the next one often has the same.
    last: u32,
}

/// A name that there will be a node for.
pub(super) struct Draft {
    /// Where its name begins.
    pub(super) name: u32,
    pub(super) parent: u32,
    /// Its first and its last entry.
    pub(super) first: u32,
    pub(super) last: u32,
}

/// A record.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The next one of the same name.
    pub(super) next: u32,
    /// Where its RDATA begins.
    pub(super) rdata: u32,
    pub(super) ttl: u32,
    line: u32,
    pub(super) rtype: Rtype,
    pub(super) length: u16,
    file: u16,
}

impl Entry {
    pub(super) const fn place(&self) -> Place {
        Place {
            file: self.file,
            line: self.line,
        }
    }
}

/// What came of the records.
#[derive(Clone, Debug)]
pub struct Built {
    /// The zone, if there are no errors.
    pub zone: Option<Zone>,
    /// What is wrong, and what is odd, in the order of the files.
    pub findings: Findings,
}

impl ZoneBuilder {
    /// A zone of this name and class without records.
    pub fn new(apex: Name, class: Class) -> Self {
        let mut builder = Self {
            apex: apex.clone(),
            apex_labels: apex.label_count(),
            class,
            names: Vec::new(),
            drafts: Vec::new(),
            index: Index::with_room(0),
            entries: Vec::new(),
            rdata: Vec::new(),
            findings: Findings::default(),
            deepest: 0,
            last: 0,
        };
        let mut room = Suffixes::new();
        let apex = HashedName::new(apex.as_wire(), &mut room);
        builder.draft(&apex, apex.labels(), 0);
        builder
    }

    /// Adds a record of a zone file, with its place in the file.
    pub fn add(&mut self, record: ZoneRecord<'_>, place: Place) {
        let kind = if record.class != self.class {
            FindingKind::OtherClass(record.class)
        } else {
            match self.node(record.owner) {
                Ok(node) if self.append(node, record, place).is_some() => {
                    self.last = node;
                    return;
                }
                Ok(_) => FindingKind::ZoneTooLarge,
                Err(kind) => kind,
            }
        };
        self.findings.push(kind, place, || record.owner.to_name());
    }

    /// Adds a record that is in no file.
    pub fn add_record(&mut self, record: &Record) {
        self.add(record.into(), Place::default());
    }

    /// Puts the zone together, and checks it as a whole.
    pub fn build(self) -> Built {
        assembly::build(self)
    }

    /// The wire form of the name at `at`.
    pub(super) fn name_at(&self, at: u32) -> &[u8] {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let octets = self.names.get(at..).unwrap_or_default();
        layout::name(octets).unwrap_or(&[0])
    }

    pub(super) fn name_of(&self, draft: u32) -> &[u8] {
        self.draft_at(draft)
            .map_or(&[0], |draft| self.name_at(draft.name))
    }

    pub(super) fn draft_at(&self, number: u32) -> Option<&Draft> {
        self.drafts.get(usize::try_from(number).ok()?)
    }

    pub(super) fn entry(&self, number: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(number).ok()?)
    }

    /// The entries of a name, in the order in which they came.
    pub(super) fn entries_of(&self, draft: u32) -> impl Iterator<Item = u32> {
        let mut next = self.draft_at(draft).map_or(NONE, |draft| draft.first);
        core::iter::from_fn(move || {
            let number = next;
            next = self.entry(number)?.next;
            Some(number)
        })
    }

    /// The first record of this name whose type and RDATA are so.
    pub(super) fn first_where(
        &self,
        name: &HashedName<'_>,
        is_it: impl Fn(Rtype, &[u8]) -> bool,
    ) -> Option<&Entry> {
        let draft = self.find(name, name.labels())?;
        let mut entries = self.entries_of(draft).filter_map(|number| self.entry(number));
        entries.find(|entry| is_it(entry.rtype, self.rdata_of(entry)))
    }

    pub(super) fn rdata_of(&self, entry: &Entry) -> &[u8] {
        let start = usize::try_from(entry.rdata).unwrap_or(usize::MAX);
        let end = start.saturating_add(entry.length.into());
        self.rdata.get(start..end).unwrap_or_default()
    }

    /// The node of a name, which is made if there is none.
    fn node(&mut self, owner: NameRef<'_>) -> Result<u32, FindingKind> {
        owner.with_wire(|wire| {
            if self.name_of(self.last) == wire {
                return Ok(self.last);
            }
            let mut room = Suffixes::new();
            let name = HashedName::new(wire, &mut room);
            let apex = self.apex_labels;
            if !same_name(name.suffix(apex), self.apex.as_wire()) {
                return Err(FindingKind::OutOfZone);
            }
            let mut labels = name.labels();
            let mut node = self.find(&name, labels);
            while node.is_none() && labels > apex {
                labels = labels.saturating_sub(1);
                node = self.find(&name, labels);
            }
            let mut node = node.ok_or(FindingKind::OutOfZone)?;
            while labels < name.labels() {
                labels = labels.saturating_add(1);
                node = self.draft(&name, labels, node).ok_or(FindingKind::ZoneTooLarge)?;
            }
            Ok(node)
        })
    }

    fn find(&self, name: &HashedName<'_>, labels: u8) -> Option<u32> {
        self.index.find(name.hash_of(labels), |draft| {
            same_name(self.name_of(draft), name.suffix(labels))
        })
    }

    /// Makes a node below `parent`.
    fn draft(&mut self, name: &HashedName<'_>, labels: u8, parent: u32) -> Option<u32> {
        let number = u32::try_from(self.drafts.len())
            .ok()
            .filter(|&number| number < NONE)?;
        let wire = name.suffix(labels);
        let draft = Draft {
            name: u32::try_from(self.names.len()).ok()?,
            parent,
            first: NONE,
            last: NONE,
        };
        self.names.push(u8::try_from(wire.len()).ok()?);
        self.names.extend_from_slice(wire);
        self.drafts.push(draft);
        self.index.insert(name.hash_of(labels), number);
        self.deepest = self.deepest.max(labels);
        Some(number)
    }

    /// Puts a record behind those of the same name; none if there is no room for it.
    fn append(&mut self, node: u32, record: ZoneRecord<'_>, place: Place) -> Option<()> {
        let number = u32::try_from(self.entries.len())
            .ok()
            .filter(|&number| number < NONE)?;
        let entry = Entry {
            next: NONE,
            rdata: u32::try_from(self.rdata.len()).ok()?,
            ttl: record.ttl,
            line: place.line,
            rtype: record.rtype,
            length: u16::try_from(record.rdata.len()).ok()?,
            file: place.file,
        };
        let draft = self.drafts.get_mut(usize::try_from(node).ok()?)?;
        let before = core::mem::replace(&mut draft.last, number);
        if before == NONE {
            draft.first = number;
        } else {
            self.entries.get_mut(usize::try_from(before).ok()?)?.next = number;
        }
        self.rdata.extend_from_slice(record.rdata);
        self.entries.push(entry);
        Some(())
    }
}
