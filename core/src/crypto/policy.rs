//! Which algorithms are to be used: the recommendations of the registries, and what a site makes of them.

use crate::wire::{DigestType, SecurityAlgorithm};

/// How strongly something is recommended (RFC 2119, RFC 9904 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// MUST NOT.
    MustNot,
    /// NOT RECOMMENDED.
    NotRecommended,
    /// MAY.
    May,
    /// RECOMMENDED.
    Recommended,
    /// MUST.
    Must,
}

/// What the registry of IANA says of the use of an algorithm or of a digest type (RFC 9904 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// Whether new signatures, or new DS records, are made with it.
    pub signing: Requirement,
    /// Whether what was made with it is validated.
    pub validation: Requirement,
}

use Requirement::{May, MustNot, NotRecommended, Recommended};

/// The registry "DNS Security Algorithm Numbers", as RFC 9904 section 3 fills it, and RFC 9905 and RFC 9906 change it.
const ALGORITHMS: [(SecurityAlgorithm, Requirement, Requirement); 15] = [
    (SecurityAlgorithm::RSAMD5, MustNot, MustNot),
    (SecurityAlgorithm::DSA, MustNot, MustNot),
    (SecurityAlgorithm::RSASHA1, MustNot, Recommended),
    (SecurityAlgorithm::DSA_NSEC3_SHA1, MustNot, MustNot),
    (SecurityAlgorithm::RSASHA1_NSEC3_SHA1, MustNot, Recommended),
    (SecurityAlgorithm::RSASHA256, Recommended, Recommended),
    (SecurityAlgorithm::RSASHA512, NotRecommended, Recommended),
    (SecurityAlgorithm::ECC_GOST, MustNot, MustNot),
    (SecurityAlgorithm::ECDSAP256SHA256, Recommended, Recommended),
    (SecurityAlgorithm::ECDSAP384SHA384, May, Recommended),
    (SecurityAlgorithm::ED25519, Recommended, Recommended),
    (SecurityAlgorithm::ED448, May, Recommended),
    (SecurityAlgorithm::SM2SM3, May, May),
    (SecurityAlgorithm::ECC_GOST12, May, May),
    (SecurityAlgorithm::DELETE, MustNot, MustNot),
];

/// The registry "Digest Algorithms" of DS records, likewise.
const DIGESTS: [(DigestType, Requirement, Requirement); 6] = [
    (DigestType::SHA1, MustNot, Recommended),
    (DigestType::SHA256, Recommended, Recommended),
    (DigestType::GOST, MustNot, MustNot),
    (DigestType::SHA384, May, Recommended),
    (DigestType::GOST12, May, May),
    (DigestType::SM3, May, May),
];

impl Recommendation {
    /// What the registry says of an algorithm; none if it says nothing.
    ///
    /// ```
    /// use nameward_core::crypto::{Recommendation, Requirement};
    /// use nameward_core::wire::SecurityAlgorithm;
    ///
    /// let sha1 = Recommendation::of_algorithm(SecurityAlgorithm::RSASHA1).unwrap();
    /// assert!(sha1.signing == Requirement::MustNot && sha1.validation == Requirement::Recommended);
    /// assert!(Recommendation::of_algorithm(SecurityAlgorithm(200)).is_none());
    /// ```
    pub fn of_algorithm(algorithm: SecurityAlgorithm) -> Option<Self> {
        Self::find(&ALGORITHMS, algorithm)
    }

    /// What the registry says of a digest type; none if it says nothing.
    pub fn of_digest_type(digest_type: DigestType) -> Option<Self> {
        Self::find(&DIGESTS, digest_type)
    }

    fn find<C: Copy + PartialEq>(table: &[(C, Requirement, Requirement)], code: C) -> Option<Self> {
        let row = table.iter().find(|(listed, ..)| *listed == code);
        row.map(|&(_, signing, validation)| Self { signing, validation })
    }
}

/// What a site takes as signed: an algorithm or a digest type that it does not support is as good as none (RFC 4035 section 5.2).
///
/// By default that is all that is implemented and not forbidden. What is not implemented is never supported.
///
/// ```
/// use nameward_core::crypto::Policy;
/// use nameward_core::wire::{DigestType, SecurityAlgorithm};
///
/// let today = Policy::default();
/// assert!(today.supports(SecurityAlgorithm::RSASHA1) && today.supports_digest(DigestType::SHA1));
/// assert!(!today.supports(SecurityAlgorithm::ED448));
/// assert!(!Policy { sha1: false }.supports(SecurityAlgorithm::RSASHA1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether SHA-1 is taken, alone in DS records and with RSA in signatures. RFC 9905 section 3 leaves that to each site.
    pub sha1: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { sha1: true }
    }
}

impl Policy {
    /// Whether signatures of this algorithm count.
    pub const fn supports(&self, algorithm: SecurityAlgorithm) -> bool {
        match algorithm {
            SecurityAlgorithm::RSASHA1 | SecurityAlgorithm::RSASHA1_NSEC3_SHA1 => self.sha1,
            SecurityAlgorithm::RSASHA256
            | SecurityAlgorithm::RSASHA512
            | SecurityAlgorithm::ECDSAP256SHA256
            | SecurityAlgorithm::ECDSAP384SHA384
            | SecurityAlgorithm::ED25519 => true,
            _ => false,
        }
    }

    /// Whether DS records of this digest type count.
    pub const fn supports_digest(&self, digest_type: DigestType) -> bool {
        match digest_type {
            DigestType::SHA1 => self.sha1,
            DigestType::SHA256 | DigestType::SHA384 => true,
            _ => false,
        }
    }
}
