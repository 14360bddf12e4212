//! What comes of a resolution, and of each of its steps.

use alloc::vec::Vec;
use core::net::SocketAddr;

use crate::budget::Exhausted;
use crate::client::{Failure, Outcome, Trouble};
use crate::rrset::Rrset;
use crate::transport::Reply;
use crate::wire::{Name, Question};

/// What the servers that are responsible for a name say. That there is no such name, or no such data, is an answer, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name to which the aliases led: that of the question, if there are none.
    pub name: Name,
    /// Whether there is what was asked for.
    pub outcome: Outcome,
    /// The aliases that lead from the name to where the answer is, in order, and then the records that were asked for. With DO in the
    /// queries, the signatures of a set follow it as a set of their own.
    pub rrsets: Vec<Rrset>,
    /// What denies the rest: the SOA record, and with DO in the queries the denial records and all signatures.
    pub authority: Vec<Rrset>,
}

/// A server was asked, and this came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How many questions wait for this one: 0 for what was asked of the recursor, more for addresses of servers.
    pub depth: u8,
    /// What was asked.
    pub question: Question,
    /// The zone whose servers are asked.
    pub zone: Name,
    /// The name of the server.
    pub server: Name,
    /// Where it was asked.
    pub address: SocketAddr,
    /// What it said.
    pub said: Said,
    /// Its reply, if there was one.
    pub reply: Option<Reply>,
}

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Others are responsible: those of this zone.
    Referral(Name),
    /// The name is another one's alias, and more is not known there.
    Alias(Name),
    /// Whether there is what was asked for.
    Outcome(Outcome),
    /// Nothing that can be used: it is not responsible for the zone.
    Lame(Lame),
    /// Nothing that can be used, or nothing at all.
    Trouble(Trouble),
}

/// How a server shows that it is not responsible for a zone, though others say that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Lame {
    /// It refers to the servers of a zone above.
    #[error("it refers upward")]
    Upward,
    /// It refers to the servers of this very zone.
    #[error("it refers to the zone itself")]
    Itself,
    /// It refers to the servers of a zone that the name does not lie in.
    #[error("it refers to a zone that has not the name")]
    Sideways,
    /// Its answer is not authoritative.
    #[error("its answer is not authoritative")]
    Unauthoritative,
    /// Its answer stands on records of names outside the zone.
    #[error("its answer stands on records outside the zone")]
    OutOfZone,
}

/// Why a resolution has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolutionError {
    /// None of the servers of a zone gave an answer that can be used.
    #[error("no server of {zone} gave an answer{}", Last(*last))]
    Servers {
        /// The zone.
        zone: Name,
        /// What went wrong last, if a server was asked at all.
        last: Option<Failure>,
    },
    /// A limit was reached.
    #[error("{limit}, at the servers of {zone}{}", Last(*last))]
    Exhausted {
        /// Which.
        limit: Exhausted,
        /// The zone whose servers were being asked.
        zone: Name,
        /// What had gone wrong until then, if anything had.
        last: Option<Failure>,
    },
}

struct Last(Option<Failure>);

impl core::fmt::Display for Last {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            Some(last) => write!(f, "; last {last}"),
            None => Ok(()),
        }
    }
}
