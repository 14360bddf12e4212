//! What is wrong with the records of a zone.

use alloc::vec::Vec;
use core::fmt;

use crate::wire::{Class, Name, Rtype};

/// Where a record comes from, as the one who adds it says: a number for the file, and a line. It is only told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which file, counted as the caller likes.
    pub file: u16,
    /// The line on which the entry begins; 0 if there is none.
    pub line: u32,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The zone can be served, but somebody will not find what they look for, or the file says what nobody will see.
    Warning,
    /// There is no way to serve the zone that all agree on, so it is not.
    Error,
}

/// A rule that records of a zone break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub kind: FindingKind,
    /// The name that it is about.
    pub owner: Name,
    /// Where the record stands that breaks it.
    pub place: Place,
}

/// The rules that records of a zone can break.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// The apex has no SOA record (RFC 1035 section 5.2).
    NoSoa,
    /// The apex has several SOA records, or another name has one (RFC 1035 section 5.2).
    SeveralSoas,
    /// The apex has no NS records (RFC 1034 section 4.2.1).
    NoNs,
    /// The record has another class than the zone (RFC 1035 section 5.2).
    OtherClass(Class),
    /// The owner is neither the apex nor below it, and the record is left out (RFC 1035 section 5.2).
    OutOfZone,
    /// A CNAME record has other data beside it (RFC 2181 section 10.1).
    AliasAndOtherData,
    /// There are several CNAME or DNAME records (RFC 2181 section 10.1, RFC 6672 section 2.4).
    SeveralAliases(Rtype),
    /// The records together are longer than a message.
    RrsetTooLong(Rtype),
    /// The zone has more than four gigaoctets or four thousand million records or names.
    ZoneTooLarge,
    /// A name server of the zone, which only the zone has addresses of, has none.
    ServerWithoutAddress(Name),
    /// The TTLs of an RRset differ; the lowest counts (RFC 2181 section 5.2).
    TtlsDiffer(Rtype),
    /// The same record is there twice; it counts once (RFC 2181 section 5).
    Duplicate(Rtype),
    /// A name server below the zone cut has no address in the zone: nobody can find it (RFC 9471 section 2.1).
    MissingGlue(Name),
    /// There are records below a DNAME record, which nobody will see (RFC 6672 section 2.4).
    BelowDname(Name),
    /// There are records below a zone cut that are no addresses of name servers, which nobody will see (RFC 1034 section 4.2.1).
    BelowCut(Name),
    /// A zone cut has other data than NS and DS, which nobody will see (RFC 1034 section 4.2.1, RFC 4035 section 2.6).
    BesideCut(Rtype),
    /// A DNAME record stands beside NS records of a zone cut, and does nothing (RFC 6672 section 2.3).
    DnameAtCut,
    /// A DS record stands at the apex, where it means nothing (RFC 4035 section 2.4), or where no zone cut is.
    DsWithoutCut,
    /// A record leads to a name that is an alias, where only a name with addresses may stand (RFC 2181 section 10.3).
    TargetIsAlias(Rtype, Name),
    /// A record leads to a name in the zone that has no addresses.
    TargetWithoutAddress(Rtype, Name),
    /// There are signatures of records that are not there.
    SignatureOfNothing(Rtype),
    /// Hashes of NSEC3 are repeated so often (RFC 9276 section 3.1).
    ManyIterations(u16),
}

impl FindingKind {
    /// How bad it is.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::NoSoa
            | Self::SeveralSoas
            | Self::NoNs
            | Self::OtherClass(_)
            | Self::AliasAndOtherData
            | Self::SeveralAliases(_)
            | Self::RrsetTooLong(_)
            | Self::ZoneTooLarge
            | Self::ServerWithoutAddress(_) => Severity::Error,
            Self::OutOfZone
            | Self::TtlsDiffer(_)
            | Self::Duplicate(_)
            | Self::MissingGlue(_)
            | Self::BelowDname(_)
            | Self::BelowCut(_)
            | Self::BesideCut(_)
            | Self::DnameAtCut
            | Self::DsWithoutCut
            | Self::TargetIsAlias(..)
            | Self::TargetWithoutAddress(..)
            | Self::SignatureOfNothing(_)
            | Self::ManyIterations(_) => Severity::Warning,
        }
    }
}

/// What is wrong, with the RFC that says so.
impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSoa => f.write_str("the zone has no SOA (RFC 1035 section 5.2)"),
            Self::SeveralSoas => f.write_str("this is not the only SOA of the zone (RFC 1035 section 5.2)"),
            Self::NoNs => f.write_str("the zone has no NS at its apex (RFC 1034 section 4.2.1)"),
            Self::OtherClass(class) => {
                write!(f, "class {class} is not that of the zone (RFC 1035 section 5.2)")
            }
            Self::OutOfZone => {
                f.write_str("the owner is not in the zone: the record is left out (RFC 1035 section 5.2)")
            }
            Self::AliasAndOtherData => {
                f.write_str("the owner of a CNAME has other records (RFC 2181 section 10.1)")
            }
            Self::SeveralAliases(Rtype::DNAME) => {
                f.write_str("the owner has several DNAMEs (RFC 6672 section 2.4)")
            }
            Self::SeveralAliases(rtype) => {
                write!(f, "the owner has several {rtype}s (RFC 2181 section 10.1)")
            }
            Self::RrsetTooLong(rtype) => write!(f, "the {rtype} records do not fit a message together"),
            Self::ZoneTooLarge => f.write_str("the zone is larger than 4 GiB"),
            Self::ServerWithoutAddress(server) => {
                write!(
                    f,
                    "the name server {server} of the zone has no address in it (RFC 1034 section 4.2.1)"
                )
            }
            Self::TtlsDiffer(rtype) => {
                write!(
                    f,
                    "the TTLs of the {rtype} records differ: all get the lowest (RFC 2181 section 5.2)"
                )
            }
            Self::Duplicate(rtype) => {
                write!(
                    f,
                    "the same {rtype} record stands here twice (RFC 2181 section 5)"
                )
            }
            Self::MissingGlue(server) => {
                write!(
                    f,
                    "the name server {server} below the zone cut has no address (RFC 9471 section 2.1)"
                )
            }
            Self::BelowDname(above) => {
                write!(
                    f,
                    "nobody sees what is below the DNAME of {above} (RFC 6672 section 2.4)"
                )
            }
            Self::BelowCut(above) => {
                write!(
                    f,
                    "nobody sees what is below the zone cut {above} (RFC 1034 section 4.2.1)"
                )
            }
            Self::BesideCut(rtype) => {
                write!(
                    f,
                    "nobody sees {rtype} records at a zone cut (RFC 1034 section 4.2.1)"
                )
            }
            Self::DnameAtCut => f.write_str("a DNAME does nothing beside NS (RFC 6672 section 2.3)"),
            Self::DsWithoutCut => {
                f.write_str("a DS means something at zone cuts only (RFC 4035 section 2.4)")
            }
            Self::TargetIsAlias(rtype, target) => {
                write!(
                    f,
                    "the {rtype} leads to {target}, which is an alias (RFC 2181 section 10.3)"
                )
            }
            Self::TargetWithoutAddress(rtype, target) => {
                write!(
                    f,
                    "the {rtype} leads to {target}, which has no address in the zone"
                )
            }
            Self::SignatureOfNothing(rtype) => {
                write!(
                    f,
                    "there are signatures of {rtype} records that are not there (RFC 4034 section 3)"
                )
            }
            Self::ManyIterations(iterations) => {
                write!(
                    f,
                    "validators do not repeat a hash {iterations} times, and take the zone as unsigned: 0 is best (RFC 9276 section 3.1)"
                )
            }
        }
    }
}

/// The name and what is wrong with it.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.owner, self.kind)
    }
}

/// All that is wrong: how much, and the first of each severity in full.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    kept: Vec<Finding>,
    errors: u64,
    warnings: u64,
}

impl Findings {
    /// How many errors, and how many warnings, are kept. Others are only counted, for a file can be wrong in each of its lines.
    pub const MOST: u64 = 1000;

    /// Those that were kept, in the order in which they were found.
    pub fn kept(&self) -> &[Finding] {
        &self.kept
    }

    /// How many errors there are.
    pub const fn errors(&self) -> u64 {
        self.errors
    }

    /// How many warnings there are.
    pub const fn warnings(&self) -> u64 {
        self.warnings
    }

    pub(super) fn push(&mut self, kind: FindingKind, place: Place, owner: impl FnOnce() -> Name) {
        let count = match kind.severity() {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count = count.saturating_add(1);
        if *count <= Self::MOST {
            let owner = owner();
            self.kept.push(Finding { kind, owner, place });
        }
    }

    /// Puts them in the order of the files.
    pub(super) fn sort(&mut self) {
        self.kept.sort_by_key(|finding| finding.place);
    }
}
