//! Whole RRsets, each once, and what is left out if there is no room.

use smallvec::SmallVec;

use super::outcome::Truncation;
use crate::wire::{Class, MessageWriter, OwnerName, Rtype, Section, WriteError};
use crate::zone::{HashedName, ZoneRrset};

/// How many RRsets are remembered. No answer has as many aliases; of additional data there may be more.
const REMEMBERED: usize = 40;

/// Why an RRset is in the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The response is not complete without it and its signatures.
    Required(Truncation),
    /// The response is not complete without it.
    Glue,
    /// It may help.
    Optional,
}

/// What became of an RRset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    Written,
    /// It was there before.
    Repeated,
    /// It does not fit.
    LeftOut,
}

/// The sections of a response. Here alone it is decided that a response is truncated.
pub(super) struct Sections<'s, 'o> {
    out: &'s mut MessageWriter<'o>,
    /// QNAME, and where it stands in the message if it does.
    asked: (&'s HashedName<'s>, Option<u16>),
    class: Class,
    dnssec_ok: bool,
    /// The RRsets that were written, and the hash of the owner that each got: a wildcard has many.
    written: SmallVec<[(u32, u32); REMEMBERED]>,
    truncated: Option<Truncation>,
}

/// The name that an RRset is written with: the last labels of a name.
#[derive(Clone, Copy)]
pub(super) struct Owner<'n> {
    pub(super) name: &'n HashedName<'n>,
    pub(super) labels: u8,
}

impl<'n> Owner<'n> {
    /// All labels.
    pub(super) const fn whole(name: &'n HashedName<'n>) -> Self {
        Self {
            name,
            labels: name.labels(),
        }
    }
}

impl<'s, 'o> Sections<'s, 'o> {
    pub(super) fn new(
        out: &'s mut MessageWriter<'o>,
        asked: (&'s HashedName<'s>, Option<u16>),
        class: Class,
        dnssec_ok: bool,
    ) -> Self {
        Self {
            asked,
            out,
            class,
            dnssec_ok,
            written: SmallVec::new(),
            truncated: None,
        }
    }

    /// Whether signatures are wanted.
    pub(super) const fn dnssec_ok(&self) -> bool {
        self.dnssec_ok
    }

    pub(super) const fn truncated(&self) -> Option<Truncation> {
        self.truncated
    }

    /// Writes an RRset, with its signatures if they are wanted, unless it was written before.
    pub(super) fn put(
        &mut self,
        section: Section,
        owner: Owner<'_>,
        set: ZoneRrset<'_>,
        ttl: u32,
        reason: Reason,
    ) -> Put {
        let key = (set.identity(), owner.name.hash_of(owner.labels));
        if self.has(key) {
            return Put::Repeated;
        }
        // Additional data may go without its signatures (RFC 4035 section 3.1.1).
        let before = match reason {
            Reason::Required(_) if self.dnssec_ok => Some(self.out.checkpoint()),
            Reason::Required(_) | Reason::Glue | Reason::Optional => None,
        };
        let records = self.write(section, owner, set.rtype(), ttl, set.octets());
        if records.is_err() {
            return self.left_out(reason);
        }
        if self.dnssec_ok
            && self.put_signatures(section, owner, set, ttl) == Put::LeftOut
            && let Some(before) = before
        {
            self.out.rollback(before);
            return self.left_out(reason);
        }
        self.remember(key);
        Put::Written
    }

    /// Writes the signatures of an RRset.
    pub(super) fn put_signatures(
        &mut self,
        section: Section,
        owner: Owner<'_>,
        set: ZoneRrset<'_>,
        ttl: u32,
    ) -> Put {
        match self.write(section, owner, Rtype::RRSIG, ttl, set.signatures()) {
            Ok(()) => Put::Written,
            Err(_) => Put::LeftOut,
        }
    }

    /// Writes the CNAME record that follows from a DNAME record, whose TTL it has (RFC 6672 section 3.1).
    pub(super) fn put_synthesised(&mut self, owner: Owner<'_>, dname: ZoneRrset<'_>, target: &[u8]) -> Put {
        // The DNAME record itself has an owner with fewer labels.
        let key = (dname.identity(), owner.name.hash_of(owner.labels));
        if self.has(key) {
            return Put::Repeated;
        }
        let ttl = dname.ttl();
        let written = self.write(Section::Answer, owner, Rtype::CNAME, ttl, [target]);
        if written.is_err() {
            return self.left_out(Reason::Required(Truncation::Answer));
        }
        self.remember(key);
        Put::Written
    }

    /// Writes records, or none.
    #[inline]
    fn write<'r>(
        &mut self,
        section: Section,
        owner: Owner<'_>,
        rtype: Rtype,
        ttl: u32,
        rdata: impl IntoIterator<Item = &'r [u8]>,
    ) -> Result<(), WriteError> {
        let (asked, offset) = self.asked;
        let start = owner.name.start_of(owner.labels);
        let owner = match offset {
            // Most owners are the name that was asked for, or the end of it.
            Some(offset) if core::ptr::eq(asked, owner.name) && owner.labels > 0 => {
                OwnerName::At(offset.saturating_add(start.into()))
            }
            _ => OwnerName::Whole(owner.name.suffix(owner.labels)),
        };
        self.out.records_of(section, owner, rtype, self.class, ttl, rdata)
    }

    /// Something does not fit.
    pub(super) fn left_out(&mut self, reason: Reason) -> Put {
        let truncation = match reason {
            Reason::Required(truncation) => Some(truncation),
            Reason::Glue => Some(Truncation::Glue),
            Reason::Optional => None,
        };
        self.truncated = self.truncated.or(truncation);
        Put::LeftOut
    }

    fn has(&self, key: (u32, u32)) -> bool {
        self.written.contains(&key)
    }

    fn remember(&mut self, key: (u32, u32)) {
        if self.written.len() < REMEMBERED {
            self.written.push(key);
        }
    }
}
