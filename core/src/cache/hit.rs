//! What a look-up finds.

use super::credibility::Credibility;
use crate::rrset::Rrset;
use crate::time::Instant;

/// What the cache knows about a question, valid now.
///
/// The sets that it shows have the TTL with which they were stored; [`aged`](Self::aged) gives one to hand on.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'c> {
    /// What is known.
    pub found: Found<'c>,
    /// How many whole seconds it may still be used: never more than when it was stored, and zero in its last second.
    pub ttl: u32,
    /// The first instant at which it is no longer valid.
    pub valid_until: Instant,
    /// How far it can be believed. It means nothing for a failure.
    pub credibility: Credibility,
}

/// An answer, a denial or a failure.
#[derive(Clone, Copy, Debug)]
pub enum Found<'c> {
    /// The RRset that was asked for.
    Records {
        /// The set.
        rrset: &'c Rrset,
        /// Its RRSIG records, if they were stored.
        signatures: Option<&'c Rrset>,
    },
    /// The name is an alias: whoever asks goes on with the target of this CNAME record (RFC 1034 section 3.6.2).
    Alias {
        /// The CNAME set.
        rrset: &'c Rrset,
        /// Its RRSIG records, if they were stored.
        signatures: Option<&'c Rrset>,
    },
    /// The name exists, without records of this type (NODATA, RFC 2308 section 2.2).
    NoData {
        /// The SOA record that the denial came with.
        soa: &'c Rrset,
    },
    /// The name does not exist, for any type (RFC 2308 section 2.1).
    NxDomain {
        /// The SOA record that the denial came with.
        soa: &'c Rrset,
    },
    /// The question could not be resolved a short while ago, and is not to be tried before `valid_until` (RFC 9520).
    Failure,
}

impl Hit<'_> {
    /// A copy of a set of this hit, with the TTL that is left. Its RDATA is shared, not copied.
    #[must_use]
    pub fn aged(&self, set: &Rrset) -> Rrset {
        let mut aged = set.clone();
        aged.cap_ttl(self.ttl);
        aged
    }
}
