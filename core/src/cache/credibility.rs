//! Which data is believed when two disagree.

/// Where in a response data stood, the least trustworthy first (RFC 2181 section 5.4.1).
///
/// Two of that section's groups are missing. Data from the additional section, or from the authority section of a response
/// that is not authoritative, must never be returned as an answer, so it does not get into this cache. Zones that are
/// served or transferred are kept elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// The answer of a response without the bit AA, as a recursive server gives it; and in an authoritative response what
    /// follows the first CNAME.
    Answer,
    /// The authority section of an authoritative response.
    Authority,
    /// The answer of an authoritative response.
    AuthoritativeAnswer,
}

/// How far data can be believed. What is more credible is not replaced, before it expires, by what is less.
///
/// The order is by [`authentic_data`](Self::authentic_data) first: no position in a response outweighs a validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credibility {
    /// Whether a validator that is trusted, reached by a path that is trusted, said that it is authentic (bit AD, RFC 4035
    /// section 3.2.3, RFC 6840 section 5.8).
    pub authentic_data: bool,
    /// Where in the response it stood.
    pub rank: Rank,
}

impl From<Rank> for Credibility {
    /// Data that nobody vouches for.
    fn from(rank: Rank) -> Self {
        Self {
            authentic_data: false,
            rank,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc2181_5_4_1_an_authoritative_answer_outranks_authority_and_both_a_plain_answer() {
        assert!(Rank::AuthoritativeAnswer > Rank::Authority);
        assert!(Rank::Authority > Rank::Answer);
        let validated = Credibility {
            authentic_data: true,
            rank: Rank::Answer,
        };
        assert!(validated > Rank::AuthoritativeAnswer.into());
    }
}
