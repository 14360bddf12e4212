//! Which algorithms are to be used: the recommendations of the registries, and what a site makes of them.

use crate::wire::{DigestType, SecurityAlgorithm};

/// How strongly something is recommended (RFC 2119, RFC 9904 section 2.2).
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
    /// MUST. It is said of programs only, never of their use (RFC 9904 section 2.2).
    Must,
}

/// What the registry of IANA says of an algorithm, or of a digest type: the four columns that RFC 9904 section 2.1 describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// Whether new signatures, or new DS records, are made with it.
    pub signing: Requirement,
    /// Whether what was made with it is validated.
    pub validation: Requirement,
    /// Whether programs that sign, or make DS records, have it.
    pub implement_signing: Requirement,
    /// Whether programs that validate have it.
    pub implement_validation: Requirement,
}

use Requirement::{May, Must, MustNot, NotRecommended, Recommended};

/// The four columns, in their order.
type Columns = [Requirement; 4];

/// The registry "DNS Security Algorithm Numbers", as RFC 9904 section 3, table 2, fills it, RFC 9905 section 5 changes its rows 5 and 7,
/// and RFC 9906 section 5 its row 12.
const ALGORITHMS: [(SecurityAlgorithm, Columns); 16] = [
    (SecurityAlgorithm::RSAMD5, [MustNot; 4]),
    (SecurityAlgorithm::DSA, [MustNot; 4]),
    (
        SecurityAlgorithm::RSASHA1,
        [MustNot, Recommended, NotRecommended, Must],
    ),
    (SecurityAlgorithm::DSA_NSEC3_SHA1, [MustNot; 4]),
    (
        SecurityAlgorithm::RSASHA1_NSEC3_SHA1,
        [MustNot, Recommended, NotRecommended, Must],
    ),
    (
        SecurityAlgorithm::RSASHA256,
        [Recommended, Recommended, Must, Must],
    ),
    (
        SecurityAlgorithm::RSASHA512,
        [NotRecommended, Recommended, NotRecommended, Must],
    ),
    (SecurityAlgorithm::ECC_GOST, [MustNot; 4]),
    (
        SecurityAlgorithm::ECDSAP256SHA256,
        [Recommended, Recommended, Must, Must],
    ),
    (
        SecurityAlgorithm::ECDSAP384SHA384,
        [May, Recommended, May, Recommended],
    ),
    (SecurityAlgorithm::ED25519, [Recommended; 4]),
    (SecurityAlgorithm::ED448, [May, Recommended, May, Recommended]),
    (SecurityAlgorithm::SM2SM3, [May; 4]),
    (SecurityAlgorithm::ECC_GOST12, [May; 4]),
    (SecurityAlgorithm::PRIVATEDNS, [May; 4]),
    (SecurityAlgorithm::PRIVATEOID, [May; 4]),
];

/// The registry "Digest Algorithms" of DS records: RFC 9904 section 4, table 3, with RFC 9905 and RFC 9906 likewise.
const DIGESTS: [(DigestType, Columns); 7] = [
    // Of CDS records only: what asks for the removal of a DS record (RFC 8078 section 4).
    (DigestType(0), [MustNot; 4]),
    (DigestType::SHA1, [MustNot, Recommended, MustNot, Must]),
    (DigestType::SHA256, [Recommended, Recommended, Must, Must]),
    (DigestType::GOST, [MustNot; 4]),
    (DigestType::SHA384, [May, Recommended, May, Recommended]),
    (DigestType::GOST12, [May; 4]),
    (DigestType::SM3, [May; 4]),
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

    fn find<C: Copy + PartialEq>(table: &[(C, Columns)], code: C) -> Option<Self> {
        let (_, [signing, validation, implement_signing, implement_validation]) =
            *table.iter().find(|(listed, _)| *listed == code)?;
        Some(Self {
            signing,
            validation,
            implement_signing,
            implement_validation,
        })
    }
}

/// What a site takes as signed: an algorithm or a digest type that it does not support is as good as none (RFC 4035 section 5.2).
///
/// By default that is all that is implemented and that the registry does not advise to leave. What is not implemented is never supported.
///
/// Of signatures with SHA-1, RFC 9905 says two things: in section 2 that who operates a validator must treat them as unsupported, and in
/// section 5 that their use for validation stays RECOMMENDED. The default is what the registry has, which RFC 9904 makes the source to
/// go by, and what other validators do: no zone becomes insecure by it that is not elsewhere. Who follows section 2 clears `rsa_sha1`.
///
/// ```
/// use nameward_core::crypto::Policy;
/// use nameward_core::wire::{DigestType, SecurityAlgorithm};
///
/// let today = Policy::default();
/// assert!(today.supports(SecurityAlgorithm::RSASHA1) && today.supports_digest(DigestType::SHA1));
/// assert!(!today.supports(SecurityAlgorithm::ED448));
/// let strict = Policy { rsa_sha1: false, ..today };
/// assert!(!strict.supports(SecurityAlgorithm::RSASHA1) && strict.supports_digest(DigestType::SHA1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether signatures of RSASHA1 and RSASHA1-NSEC3-SHA1 count (RFC 9905 section 2).
    pub rsa_sha1: bool,
    /// Whether DS records with a digest of SHA-1 count. RFC 9905 has no word against it, as long as they are there.
    pub digest_sha1: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            rsa_sha1: true,
            digest_sha1: true,
        }
    }
}

impl Policy {
    /// Whether signatures of this algorithm count.
    pub const fn supports(&self, algorithm: SecurityAlgorithm) -> bool {
        match algorithm {
            SecurityAlgorithm::RSASHA1 | SecurityAlgorithm::RSASHA1_NSEC3_SHA1 => self.rsa_sha1,
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
            DigestType::SHA1 => self.digest_sha1,
            DigestType::SHA256 | DigestType::SHA384 => true,
            _ => false,
        }
    }
}
