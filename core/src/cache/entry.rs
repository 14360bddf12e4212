//! What is kept under a key, and what it costs.

use alloc::boxed::Box;
use core::time::Duration;

use super::View;
use super::credibility::Credibility;
use super::hit::{Found, Hit};
use crate::rrset::Rrset;
use crate::time::Instant;
use crate::wire::{Class, Name, Rtype};

/// What is known of a name: something about one type, or about the name itself (RFC 2308 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Type(Rtype),
    Name,
}

impl Subject {
    /// Different octets for each subject.
    pub(super) const fn octets(self) -> [u8; 3] {
        match self {
            Self::Type(rtype) => {
                let [high, low] = rtype.0.to_be_bytes();
                [0, high, low]
            }
            Self::Name => [1, 0, 0],
        }
    }
}

/// What an entry is found by. Names are compared without regard to case (RFC 4343).
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) view: View,
    pub(super) class: Class,
    pub(super) name: &'a Name,
    pub(super) subject: Subject,
}

impl Key<'_> {
    pub(super) const fn with(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }
}

pub(super) struct Entry {
    pub(super) view: View,
    pub(super) class: Class,
    pub(super) subject: Subject,
    pub(super) credibility: Credibility,
    /// In seconds, when it was stored.
    pub(super) ttl: u32,
    pub(super) valid_until: Instant,
    pub(super) content: Content,
}

pub(super) enum Content {
    Records {
        rrset: Rrset,
        signatures: Option<Box<Rrset>>,
    },
    /// NODATA for a type, NXDOMAIN for the name.
    Denial {
        name: Name,
        soa: Box<Rrset>,
    },
    Failure {
        name: Name,
        pause: Duration,
    },
}

/// What the part of fixed size of an entry takes of the heap, in octets, with what an allocator adds: one number for all
/// platforms, so that all evict alike.
pub(super) const ENTRY: u32 = 256;

/// What a set that is boxed beside it takes.
const BOXED_SET: u32 = 128;

const _: () = assert!(
    size_of::<Entry>() + 16 <= 256 && size_of::<Rrset>() + 16 <= 128,
    "an entry takes more memory"
);

impl Entry {
    pub(super) fn name(&self) -> &Name {
        match &self.content {
            Content::Records { rrset, .. } => rrset.owner(),
            Content::Denial { name, .. } | Content::Failure { name, .. } => name,
        }
    }

    pub(super) fn has(&self, key: Key<'_>) -> bool {
        self.subject == key.subject
            && self.view == key.view
            && self.class == key.class
            && self.name() == key.name
    }

    /// What it takes of the heap at most, in octets.
    pub(super) fn octets(&self) -> u32 {
        let boxed = |set: &Rrset| BOXED_SET.saturating_add(set.heap_octets());
        let variable = match &self.content {
            Content::Records { rrset, signatures } => {
                let signatures = signatures.as_deref().map_or(0, boxed);
                rrset.heap_octets().saturating_add(signatures)
            }
            Content::Denial { name, soa } => name.heap_octets().saturating_add(boxed(soa)),
            Content::Failure { name, .. } => name.heap_octets(),
        };
        ENTRY.saturating_add(variable)
    }

    /// Whether it may be served.
    pub(super) fn is_valid(&self, now: Instant) -> bool {
        now < self.valid_until
    }

    pub(super) const fn is_failure(&self) -> bool {
        matches!(self.content, Content::Failure { .. })
    }

    pub(super) const fn is_records(&self) -> bool {
        matches!(self.content, Content::Records { .. })
    }

    /// When nothing of it matters any more. A failure matters for as long again as it was served, so that one that comes
    /// back at once is seen as the same.
    pub(super) fn forgotten_at(&self) -> Instant {
        match self.content {
            Content::Failure { pause, .. } => self.valid_until.after(pause),
            Content::Records { .. } | Content::Denial { .. } => self.valid_until,
        }
    }

    /// Whether it is stored in place of what is `known` under its key.
    pub(super) fn replaces(&self, known: &Self, now: Instant) -> bool {
        if !known.is_valid(now) || known.is_failure() {
            return true;
        }
        match self.content {
            Content::Records { .. } => self.credibility >= known.credibility,
            Content::Denial { .. } if known.is_records() => self.credibility > known.credibility,
            Content::Denial { .. } => self.credibility >= known.credibility,
            Content::Failure { .. } => false,
        }
    }

    /// Whether the name exists if this is true.
    pub(super) const fn shows_existence(&self) -> bool {
        matches!(self.subject, Subject::Type(_)) && !self.is_failure()
    }

    /// Which of several valid entries is served, the greatest: the most credible; of equally credible ones records before a
    /// denial, and what is known of the very `subject` before an alias or the denial of the name; a failure only if there is
    /// nothing else.
    pub(super) fn precedence(&self, subject: Subject) -> impl Ord + Copy + use<> {
        (
            !self.is_failure(),
            self.credibility,
            self.is_records(),
            self.subject == subject,
        )
    }

    /// As the answer to a question for `rtype`.
    pub(super) fn hit(&self, now: Instant, rtype: Rtype) -> Hit<'_> {
        let found = match &self.content {
            Content::Records { rrset, signatures } => {
                let signatures = signatures.as_deref();
                if rrset.rtype() == rtype {
                    Found::Records { rrset, signatures }
                } else {
                    Found::Alias { rrset, signatures }
                }
            }
            Content::Denial { soa, .. } => match self.subject {
                Subject::Type(_) => Found::NoData { soa },
                Subject::Name => Found::NxDomain { soa },
            },
            Content::Failure { .. } => Found::Failure,
        };
        // Rounded down, so that it does not live longer with who gets it than here.
        let left = u32::try_from(self.valid_until.since(now).as_secs()).unwrap_or(u32::MAX);
        Hit {
            found,
            ttl: left.min(self.ttl),
            valid_until: self.valid_until,
            credibility: self.credibility,
        }
    }
}
