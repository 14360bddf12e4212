//! What may be stored, and for how long.

use alloc::boxed::Box;

use super::View;
use super::credibility::Credibility;
use super::entry::{Content, Entry, Key, Subject};
use crate::limits::CacheLimits;
use crate::rrset::Rrset;
use crate::time::Instant;
use crate::wire::{Class, Name, Rtype, Soa};

/// An RRset to store.
#[derive(Clone, Debug)]
pub struct Positive {
    /// The set. Its TTL counts from the moment at which it is stored.
    pub rrset: Rrset,
    /// The RRSIG records that cover it, if they came with it.
    pub signatures: Option<Rrset>,
    /// How far it can be believed.
    pub credibility: Credibility,
}

/// A denial to store. One that came without SOA record is not cached (RFC 2308 section 5).
#[derive(Clone, Debug)]
pub struct Negative {
    /// The name that it is about: at the end of a chain of aliases the last one (RFC 2308 section 2.1).
    pub name: Name,
    /// The class that it is about.
    pub class: Class,
    /// What does not exist.
    pub denial: Denial,
    /// The SOA record of the authority section. Its TTL or its field MINIMUM, whichever is less, says how long the denial
    /// may be kept (RFC 2308 section 5).
    pub soa: Rrset,
    /// How far it can be believed.
    pub credibility: Credibility,
}

/// What does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denial {
    /// Records of this type.
    NoData(Rtype),
    /// The name, whatever the type.
    NxDomain,
}

/// Why something was not stored. Whoever has it can use it nevertheless, for the question that it came for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NotStored {
    /// The TTL is zero: it is good for the question that it came for (RFC 1035 section 3.2.1).
    #[error("its TTL is zero")]
    NoTtl,
    /// It has more records than [`records`](CacheLimits::records) allows.
    #[error("it has too many records")]
    TooManyRecords,
    /// It takes more memory than [`entry_octets`](CacheLimits::entry_octets) allows.
    #[error("it takes too much memory")]
    TooLarge,
    /// The class or the type occurs in questions or in single messages only (RFC 6895 section 3.1).
    #[error("its class or type is not one of data")]
    NotData,
    /// The record that came as SOA is another one, or that of a zone that the name is not in.
    #[error("the SOA record is not one of a zone that holds the name")]
    ForeignSoa,
    /// What is known already is more credible, and valid.
    #[error("what is known already is more credible")]
    LessCredible,
}

impl Positive {
    /// The entry that it makes.
    pub(super) fn admit(self, now: Instant, view: View, limits: &CacheLimits) -> Result<Entry, NotStored> {
        let Self {
            rrset,
            signatures,
            credibility,
        } = self;
        let all = [Some(&rrset), signatures.as_ref()].into_iter().flatten();
        if all.clone().any(|set| set.len() > usize::from(limits.records)) {
            return Err(NotStored::TooManyRecords);
        }
        let ttl = all.map(Rrset::ttl).fold(limits.positive_ttl, u32::min);
        let entry = Entry {
            view,
            class: rrset.class(),
            subject: Subject::Type(rrset.rtype()),
            credibility,
            ttl,
            valid_until: expiry(now, ttl),
            content: Content::Records {
                rrset,
                signatures: signatures.map(Box::new),
            },
        };
        entry.check(limits)
    }
}

impl Negative {
    /// The entry that it makes.
    pub(super) fn admit(self, now: Instant, view: View, limits: &CacheLimits) -> Result<Entry, NotStored> {
        let Self {
            name,
            class,
            denial,
            soa,
            credibility,
        } = self;
        let ttl = negative_ttl(&soa).ok_or(NotStored::ForeignSoa)?;
        if soa.class() != class || !name.is_subdomain_of(soa.owner()) {
            return Err(NotStored::ForeignSoa);
        }
        let ttl = ttl.min(limits.negative_ttl);
        let entry = Entry {
            view,
            class,
            subject: match denial {
                Denial::NoData(rtype) => Subject::Type(rtype),
                Denial::NxDomain => Subject::Name,
            },
            credibility,
            ttl,
            valid_until: expiry(now, ttl),
            content: Content::Denial {
                // A copy takes no more memory than the name.
                name: name.view().to_name(),
                soa: Box::new(soa),
            },
        };
        entry.check(limits)
    }
}

impl Entry {
    /// Itself, if it may be stored.
    fn check(self, limits: &CacheLimits) -> Result<Self, NotStored> {
        if !is_data(self.class, self.subject) {
            Err(NotStored::NotData)
        } else if self.ttl == 0 {
            Err(NotStored::NoTtl)
        } else if self.octets() > limits.entry_octets {
            Err(NotStored::TooLarge)
        } else {
            Ok(self)
        }
    }

    pub(super) fn key(&self) -> Key<'_> {
        Key {
            view: self.view,
            class: self.class,
            name: self.name(),
            subject: self.subject,
        }
    }
}

/// How long a denial with this SOA record is valid, in seconds (RFC 2308 section 5); none if it is another record, or several.
fn negative_ttl(soa: &Rrset) -> Option<u32> {
    let mut all = soa.rdata();
    let (rdata, None) = (all.next()?, all.next()) else {
        return None;
    };
    let minimum = rdata.view::<Soa<'_>>()?.minimum;
    Some(minimum.min(soa.ttl()))
}

/// Whether there are records of this class and type. Types from 128 to 255 stand in questions or in single messages (RFC 6895
/// section 3.1), as does OPT.
pub(super) fn is_data(class: Class, subject: Subject) -> bool {
    let of_type = match subject {
        Subject::Type(rtype) => !matches!(rtype.0, 0 | 41 | 128..=255),
        Subject::Name => true,
    };
    of_type && !matches!(class.0, 0 | 254 | 255)
}

fn expiry(now: Instant, ttl: u32) -> Instant {
    now.after(core::time::Duration::from_secs(ttl.into()))
}
