//! Keys of zones.

use super::signature::{Validity, covered};
use crate::crypto::{Recommendation, Requirement, Signer, SigningError};
use crate::rrset::Rrset;
use crate::seed::Rng;
use crate::wire::rdata::{Dnskey, Rrsig};
use crate::wire::{Name, Rdata, Rtype, SecurityAlgorithm};

/// The flag of a key that signs a zone (RFC 4034 section 2.1.1).
pub const FLAG_ZONE: u16 = 0x0100;
/// The flag of a key that was revoked (RFC 5011 section 2.1).
pub const FLAG_REVOKE: u16 = 0x0080;
/// The flag of a key that a parent or a trust anchor points to (RFC 4034 section 2.1.1).
pub const FLAG_SECURE_ENTRY_POINT: u16 = 0x0001;

/// The tag of a key (RFC 4034 appendix B), of the octets of the RDATA of its DNSKEY record.
///
/// Different keys can have the same tag: it saves tries, and proves nothing.
pub fn key_tag(rdata: &[u8]) -> u16 {
    // Appendix B.1: for RSA with MD5 the tag is a part of the modulus.
    if rdata.get(3) == Some(&SecurityAlgorithm::RSAMD5.0) {
        return match *rdata {
            [.., high, low, _] if rdata.len() >= 7 => u16::from_be_bytes([high, low]),
            _ => 0,
        };
    }
    let (pairs, odd) = rdata.as_chunks();
    let odd = odd.first().map_or(0, |&last| u16::from_be_bytes([last, 0]));
    let words = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    // Invariant: RDATA has at most 65 535 octets, of which 2^15 words have a sum below 2^31.
    let sum = words
        .chain([odd])
        .fold(0_u32, |sum, word| sum.wrapping_add(word.into()));
    let [_, _, high, low] = sum.wrapping_add(sum >> 16).to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// A key of a zone, as its DNSKEY record has it.
#[derive(Clone, Copy, Debug)]
pub struct ZoneKey<'a> {
    zone: &'a Name,
    dnskey: Dnskey<'a>,
    tag: u16,
}

impl<'a> ZoneKey<'a> {
    /// The key in the DNSKEY record that `zone` has; none if the RDATA is of another type, or is not in order.
    pub fn new(zone: &'a Name, rdata: &'a Rdata) -> Option<Self> {
        Some(Self {
            zone,
            dnskey: rdata.view()?,
            tag: key_tag(rdata.octets()),
        })
    }

    /// The zone that has it.
    pub const fn zone(&self) -> &'a Name {
        self.zone
    }

    /// What its record says.
    pub const fn dnskey(&self) -> &Dnskey<'a> {
        &self.dnskey
    }

    /// Its tag.
    pub const fn tag(&self) -> u16 {
        self.tag
    }

    /// Whether it may sign data of its zone: it is a zone key, of the only protocol there is, and was not revoked (RFC 4034 section
    /// 2.1, RFC 5011 section 2.1).
    pub const fn signs_data(&self) -> bool {
        let flags = self.dnskey.flags;
        flags & FLAG_ZONE != 0 && flags & FLAG_REVOKE == 0 && self.dnskey.protocol == 3
    }
}

/// The RDATA of the DNSKEY record of a private key with these flags.
pub fn dnskey_of(signer: &dyn Signer, flags: u16) -> Rdata {
    let dnskey = Dnskey {
        flags,
        protocol: 3,
        algorithm: signer.algorithm(),
        public_key: signer.public_key(),
    };
    dnskey.to_rdata()
}

/// A key of a zone with its private half.
#[derive(Clone, Copy)]
pub struct ZoneSigner<'s> {
    zone: &'s Name,
    flags: u16,
    tag: u16,
    signer: &'s dyn Signer,
}

impl<'s> ZoneSigner<'s> {
    /// What signs for `zone` with a key whose DNSKEY record has these flags.
    pub fn new(zone: &'s Name, flags: u16, signer: &'s dyn Signer) -> Self {
        Self {
            zone,
            flags,
            tag: key_tag(dnskey_of(signer, flags).octets()),
            signer,
        }
    }

    /// The zone that it signs for.
    pub const fn zone(&self) -> &'s Name {
        self.zone
    }

    /// Its tag.
    pub const fn tag(&self) -> u16 {
        self.tag
    }

    /// The flags of its DNSKEY record.
    pub const fn flags(&self) -> u16 {
        self.flags
    }

    /// The algorithm of its signatures.
    pub fn algorithm(&self) -> SecurityAlgorithm {
        self.signer.algorithm()
    }

    /// The RDATA of its DNSKEY record.
    pub fn dnskey(&self) -> Rdata {
        dnskey_of(self.signer, self.flags)
    }

    /// The RDATA of the RRSIG record for a set that lies in the zone, with the TTL that the set has (RFC 4034 section 3.1).
    ///
    /// # Errors
    ///
    /// Nothing is to be signed with the algorithm any more ([`Recommendation`]), or the key cannot sign.
    pub fn sign(&self, rng: &mut Rng, set: &Rrset, validity: Validity) -> Result<Rdata, SigningError> {
        let registered = Recommendation::of_algorithm(self.algorithm());
        if registered.is_some_and(|said| said.signing == Requirement::MustNot) {
            return Err(SigningError::Deprecated(self.algorithm()));
        }
        debug_assert!(
            set.owner().is_subdomain_of(self.zone),
            "signed outside of the zone"
        );
        debug_assert!(set.rtype() != Rtype::RRSIG, "signatures are not signed");
        let mut rrsig = Rrsig {
            type_covered: set.rtype(),
            algorithm: self.algorithm(),
            labels: signed_labels(set.owner()),
            original_ttl: set.ttl(),
            expiration: validity.expiration,
            inception: validity.inception,
            key_tag: self.tag,
            signer: self.zone.view(),
            signature: &[],
        };
        let message = covered(&rrsig, set.owner(), set);
        let signature = self.signer.sign(rng, &message)?;
        rrsig.signature = &signature;
        Ok(rrsig.to_rdata())
    }
}

/// How many labels a name has in an RRSIG record: without the root, and without an asterisk at the left (RFC 4034 section 3.1.3).
pub(super) fn signed_labels(owner: &Name) -> u8 {
    let wildcard = owner.labels().next() == Some(b"*");
    owner.label_count().saturating_sub(u8::from(wildcard))
}
