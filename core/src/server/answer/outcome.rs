//! What an answer came to.

use crate::edns::InfoCode;
use crate::wire::{Flags, Rcode};

/// What the header of the response has to say about the records that were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it went.
    pub rcode: Rcode,
    /// AA: the zone has authority over QNAME (RFC 1035 section 4.1.1). After an alias it is about the first name.
    pub authoritative: bool,
    /// TC: what does not fit, if something does not that has to be there.
    pub truncated: Option<Truncation>,
    /// What there is to say beyond the response code, to those who speak EDNS (RFC 8914).
    pub extended_error: Option<InfoCode>,
}

/// The first RRset that had to be in the response, and did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncation {
    /// One that answers the question, or its signatures (RFC 2181 section 9, RFC 4035 section 3.1.1).
    Answer,
    /// The name servers of a referral, the DS records beside them, or the SOA record of a negative answer.
    Authority,
    /// What proves that something does not exist (RFC 4035 sections 3.1.3 and 3.1.4, RFC 5155 section 7.2).
    Denial,
    /// The addresses of a name server below the zone cut, without which nobody gets there (RFC 9471 section 3.1).
    Glue,
    /// All of them: there is room, but the network of the client got too many responses. Over a stream it gets this one too.
    RateLimit,
}

impl Outcome {
    /// An answer without records.
    pub const fn bare(rcode: Rcode) -> Self {
        Self {
            rcode,
            authoritative: false,
            truncated: None,
            extended_error: None,
        }
    }

    /// The same with an extended error.
    #[must_use]
    pub const fn because(self, code: InfoCode) -> Self {
        Self {
            extended_error: Some(code),
            ..self
        }
    }

    /// These flags with AA, TC and RCODE as they have to be.
    #[must_use]
    pub const fn flags(self, flags: Flags) -> Flags {
        flags
            .with_aa(self.authoritative)
            .with_tc(self.truncated.is_some())
            .with_rcode(self.rcode)
    }
}
