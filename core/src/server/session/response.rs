//! Responses that do not come from a zone: those of an application, and those of other servers.

use alloc::vec::Vec;

use crate::edns::InfoCode;
use crate::server::answer::{Outcome, Truncation};
use crate::wire::{Message, MessageWriter, Rcode, Record, RecordRef, Rtype, Section, WriteError};

/// What an application answers to a request.
///
/// Records that follow each other and have the same owner, type and class are an RRset: it is sent whole or not at all. If one of the answer
/// or of the authority section does not fit, the response has TC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// How it went.
    pub rcode: Rcode,
    /// AA: whether the application has authority over the name.
    pub authoritative: bool,
    /// The answer section.
    pub answer: Vec<Record>,
    /// The authority section.
    pub authority: Vec<Record>,
    /// The additional section.
    pub additional: Vec<Record>,
}

impl Response {
    /// A response without records.
    pub const fn bare(rcode: Rcode) -> Self {
        Self {
            rcode,
            authoritative: false,
            answer: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
        }
    }

    /// An answer with authority.
    pub fn answer(records: impl IntoIterator<Item = Record>) -> Self {
        Self {
            authoritative: true,
            answer: records.into_iter().collect(),
            ..Self::bare(Rcode::NOERROR)
        }
    }

    pub(super) fn write(&self, out: &mut MessageWriter<'_>) -> Outcome {
        let sections = [
            (Section::Answer, &self.answer),
            (Section::Authority, &self.authority),
            (Section::Additional, &self.additional),
        ];
        let mut truncated = None;
        for (section, records) in sections {
            let same =
                |a: &&Record, b: &&Record| (a.rtype(), a.class) == (b.rtype(), b.class) && a.owner == b.owner;
            let fits = put(out, records.iter(), same, |out, record| {
                out.record(section, record)
            });
            truncated = truncated.or_else(|| missing(section, fits == Ok(true)));
        }
        Outcome {
            authoritative: self.authoritative,
            truncated,
            ..Outcome::bare(self.rcode)
        }
    }
}

/// Writes what another server answered, without what was between it and us only (RFC 5625 section 4, RFC 6891 section 6.1.1).
pub(super) fn pass_on(reply: Message<'_>, out: &mut MessageWriter<'_>) -> Outcome {
    let before = out.checkpoint();
    let mut truncated = None;
    for section in [Section::Answer, Section::Authority, Section::Additional] {
        let records = reply
            .records(section)
            .filter(|record| !matches!(record.rtype, Rtype::OPT | Rtype::TSIG));
        let same = |a: &RecordRef<'_>, b: &RecordRef<'_>| {
            (a.rtype, a.class) == (b.rtype, b.class) && a.owner.to_name() == b.owner.to_name()
        };
        match put(out, records, same, |out, record| out.copy(section, record)) {
            Ok(fits) => truncated = truncated.or_else(|| missing(section, fits)),
            Err(Broken) => {
                out.rollback(before);
                return Outcome::bare(Rcode::SERVFAIL).because(InfoCode::INVALID_DATA);
            }
        }
    }
    Outcome {
        truncated,
        ..Outcome::bare(reply.rcode())
    }
}

/// What TC is for, if a section lacks something.
const fn missing(section: Section, fits: bool) -> Option<Truncation> {
    match section {
        _ if fits => None,
        Section::Answer => Some(Truncation::Answer),
        Section::Authority => Some(Truncation::Authority),
        Section::Additional => None,
    }
}

/// A record breaks a rule of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken;

/// Writes each RRset whole or not at all, and says whether all are there.
fn put<R>(
    out: &mut MessageWriter<'_>,
    records: impl Iterator<Item = R>,
    same: impl Fn(&R, &R) -> bool,
    write: impl Fn(&mut MessageWriter<'_>, &R) -> Result<(), WriteError>,
) -> Result<bool, Broken> {
    let mut records = records.peekable();
    let mut all = true;
    while let Some(first) = records.next() {
        let before = out.checkpoint();
        let mut written = write(out, &first);
        while let Some(next) = records.next_if(|next| same(&first, next)) {
            written = written.and_then(|()| write(out, &next));
        }
        match written {
            Ok(()) => {}
            Err(WriteError::Malformed(_)) => return Err(Broken),
            Err(WriteError::Full | WriteError::OutOfOrder) => {
                out.rollback(before);
                all = false;
            }
        }
    }
    Ok(all)
}
