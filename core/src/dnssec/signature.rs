//! One signature over one set (RFC 4034 section 3.1.8.1, RFC 4035 section 5.3).

use alloc::vec::Vec;

use super::key::{ZoneKey, signed_labels};
use crate::budget::{Budget, Exhausted};
use crate::crypto::{KeyError, PublicKey, Refused, Signature, SignatureError, Verifier};
use crate::planted::planted;
use crate::rrset::Rrset;
use crate::time::UnixTime;
use crate::wire::rdata::Rrsig;
use crate::wire::{Name, Rtype};

/// The fields of an RRSIG record before the name of the signer, in octets.
const RRSIG_FIXED: usize = 18;

/// What is signed has no more octets than these most often, so that memory for it is taken once.
const MOST_SIGNED: usize = 256;

/// From when to when a signature is valid, both ends included: seconds since 1970 that wrap around (RFC 4034 section 3.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub inception: u32,
    /// The last second.
    pub expiration: u32,
}

/// A set whose signature is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The wildcard that the set was made from, if it was. That no closer name exists is then to be proved (RFC 4035 section 5.3.4).
    pub wildcard: Option<Name>,
    /// For how many seconds the set may be kept: its TTL, but not longer than the signed one, nor than the signature is valid (RFC
    /// 4035 section 5.3.3).
    pub ttl: u32,
}

/// Why a signature does not show that a set is authentic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RrsigError {
    /// It is of another type.
    #[error("the signature covers type {0}")]
    OtherType(Rtype),
    /// It counts more labels than the owner has.
    #[error("the signature is for a name of {labels} labels, but the owner has {owner}")]
    Labels {
        /// What it counts.
        labels: u8,
        /// What there are.
        owner: u8,
    },
    /// The set is not of the zone of the signer.
    #[error("the owner is not within the zone of the signer")]
    SignerOutside,
    /// It counts fewer labels than its signer has: the wildcard would lie above the zone.
    #[error("the signature is for a wildcard above the zone of the signer")]
    WildcardOutside,
    /// The key has another zone, tag or algorithm.
    #[error("the signature was made by another key")]
    OtherKey,
    /// The key is no zone key, of another protocol, or was revoked.
    #[error("the key is not one that signs data of a zone")]
    NotForData,
    /// It ends before it begins.
    #[error("the signature expires before its inception")]
    Reversed,
    /// It is not valid yet.
    #[error("the signature is not valid yet")]
    NotYetValid,
    /// It is not valid any more.
    #[error("the signature has expired")]
    Expired,
    /// There is no clock to tell whether it is valid.
    #[error("without a wall clock nobody knows whether the signature is valid")]
    NoClock,
    /// The key is none that is used here.
    #[error("the key cannot be used: {0}")]
    Key(KeyError),
    /// The key cannot have made such a signature.
    #[error("the signature cannot be used: {0}")]
    Signature(SignatureError),
    /// The signature is wrong.
    #[error("the signature is wrong: {0}")]
    Refused(Refused),
    /// The question may cost no more.
    #[error("not verified: {0}")]
    Exhausted(Exhausted),
}

/// Whether the moment `a` is `b` or lies before it, for moments that are less than 68 years apart (RFC 1982 section 3.2).
///
/// ```
/// use nameward_core::dnssec::serial_is_at_or_before;
///
/// assert!(serial_is_at_or_before(u32::MAX, 0));
/// assert!(!serial_is_at_or_before(0, u32::MAX));
/// ```
pub const fn serial_is_at_or_before(a: u32, b: u32) -> bool {
    b.wrapping_sub(a) <= i32::MAX as u32
}

/// Whether a signature by `key` covers `set`, at this time: all of RFC 4035 section 5.3 that concerns one signature.
///
/// That costs what [`PublicKey::units`] says, or one unit if key or signature cannot be used; a key or a signature that does not do
/// counts as a failure. What has another type, signer or time costs nothing.
///
/// # Errors
///
/// The first rule that is not kept.
pub fn verify_rrset(
    verifier: &dyn Verifier,
    budget: &mut Budget,
    wall: Option<UnixTime>,
    set: &Rrset,
    rrsig: &Rrsig<'_>,
    key: &ZoneKey<'_>,
) -> Result<Verified, RrsigError> {
    let wildcard = check_names(set, rrsig)?;
    let left = check_times(wall, rrsig)?;
    let dnskey = key.dnskey();
    if *key.zone() != rrsig.signer || (key.tag(), dnskey.algorithm) != (rrsig.key_tag, rrsig.algorithm) {
        return Err(RrsigError::OtherKey);
    }
    if !key.signs_data() {
        return Err(RrsigError::NotForData);
    }
    let judged = PublicKey::parse(dnskey.algorithm, dnskey.public_key)
        .map_err(RrsigError::Key)
        .and_then(|key| match Signature::parse(&key, rrsig.signature) {
            Ok(signature) => Ok((key, signature)),
            Err(error) => Err(RrsigError::Signature(error)),
        });
    let units = judged.as_ref().map_or(1, |(key, _)| key.units());
    let debit = budget.verification(units).map_err(RrsigError::Exhausted)?;
    let owner = wildcard.as_ref().unwrap_or_else(|| set.owner());
    let verified = judged.and_then(|(key, signature)| {
        verifier
            .verify(debit, &key, &covered(rrsig, owner, set), &signature)
            .map_err(RrsigError::Refused)
    });
    if let Err(error) = verified {
        if !planted!(FailuresUncounted) {
            budget.verification_failed().map_err(RrsigError::Exhausted)?;
        }
        return Err(error);
    }
    let signed_ttl = if planted!(SignedTtlIgnored) {
        u32::MAX
    } else {
        rrsig.original_ttl.min(left)
    };
    Ok(Verified {
        wildcard: wildcard.filter(|_| !planted!(WildcardForgotten)),
        ttl: set.ttl().min(signed_ttl),
    })
}

/// Whether type, owner and signer belong together. The wildcard that the set was made from, if it was.
fn check_names(set: &Rrset, rrsig: &Rrsig<'_>) -> Result<Option<Name>, RrsigError> {
    if rrsig.type_covered != set.rtype() {
        return Err(RrsigError::OtherType(rrsig.type_covered));
    }
    let signer = rrsig.signer.to_name();
    if !set.owner().is_subdomain_of(&signer) && !planted!(SignerOutside) {
        return Err(RrsigError::SignerOutside);
    }
    let (labels, owner) = (rrsig.labels, signed_labels(set.owner()));
    if labels > owner {
        return Err(RrsigError::Labels { labels, owner });
    }
    if labels < signed_labels(&signer) {
        return Err(RrsigError::WildcardOutside);
    }
    if labels == owner {
        return Ok(None);
    }
    let hidden = usize::from(set.owner().label_count().saturating_sub(labels));
    let closest = set.owner().labels().skip(hidden);
    // Invariant: at least one label, of one octet at least, gave way to the asterisk.
    Ok(Name::from_labels(core::iter::once(&b"*"[..]).chain(closest)))
}

/// Whether the signature is valid now. For how many seconds it will be.
fn check_times(wall: Option<UnixTime>, rrsig: &Rrsig<'_>) -> Result<u32, RrsigError> {
    if !serial_is_at_or_before(rrsig.inception, rrsig.expiration) {
        return Err(RrsigError::Reversed);
    }
    let now = wall.ok_or(RrsigError::NoClock)?.as_serial();
    if !serial_is_at_or_before(rrsig.inception, now) {
        return Err(RrsigError::NotYetValid);
    }
    if !serial_is_at_or_before(now, rrsig.expiration) && !planted!(ExpiredSignature) {
        return Err(RrsigError::Expired);
    }
    Ok(rrsig.expiration.wrapping_sub(now))
}

/// What is signed: the RRSIG record without its signature, and the set in canonical form (RFC 4034 section 3.1.8.1).
pub(super) fn covered(rrsig: &Rrsig<'_>, owner: &Name, set: &Rrset) -> Vec<u8> {
    let unsigned = Rrsig {
        signature: &[],
        ..*rrsig
    };
    let unsigned = unsigned.to_rdata();
    let mut octets = Vec::with_capacity(MOST_SIGNED);
    octets.extend_from_slice(unsigned.octets());
    // The signer's name, which is all but the fields of fixed length. No length of a label is a letter.
    if let Some(signer) = octets.get_mut(RRSIG_FIXED..) {
        signer.make_ascii_lowercase();
    }
    set.write_canonical(owner, rrsig.original_ttl, &mut octets);
    octets
}
