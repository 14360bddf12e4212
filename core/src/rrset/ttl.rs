//! The TTL of an RRset (RFC 2181 section 5.2).

use super::set::RrsetError;

/// What becomes of records of one RRset whose TTLs differ. All must have the same (RFC 2181 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TtlRule {
    /// They are an error, for who writes a zone, and for who can ask another server.
    Strict,
    /// All get the lowest, and the set is marked as [`inconsistent`](SetTtl::inconsistent): what a receiver does that takes
    /// them at all.
    Lowest,
}

/// The TTL that an RRset has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SetTtl {
    /// The TTL in seconds, the lowest if they differ.
    pub seconds: u32,
    /// Whether the TTLs of the records differ.
    pub inconsistent: bool,
}

impl TtlRule {
    /// The TTL of records that have `ttls`. They are compared as they are on the wire: one with the highest bit set is a large
    /// one, as RFC 8767 section 4 has it, and is not taken as zero.
    ///
    /// # Errors
    ///
    /// [`RrsetError::TtlsDiffer`], if the rule is strict; [`RrsetError::Empty`] if there are none.
    pub fn judge(self, ttls: impl IntoIterator<Item = u32>) -> Result<SetTtl, RrsetError> {
        let (lowest, highest) = ttls
            .into_iter()
            .map(|ttl| (ttl, ttl))
            .reduce(|(lowest, highest), (ttl, _)| (lowest.min(ttl), highest.max(ttl)))
            .ok_or(RrsetError::Empty)?;
        let inconsistent = lowest != highest;
        if inconsistent && self == Self::Strict {
            return Err(RrsetError::TtlsDiffer { lowest, highest });
        }
        Ok(SetTtl {
            seconds: lowest,
            inconsistent,
        })
    }
}
