//! Bugs of signatures of zones: what they make believed, and how much work.

use nameward_core::budget::Budget;
use nameward_core::crypto::{RustCrypto, Signer as _, SigningKey};
use nameward_core::dnssec::{FLAG_ZONE, RrsigError, Verified, ZoneKey, dnskey_of, key_tag, verify_rrset};
use nameward_core::limits::Limits;
use nameward_core::planted::Bug;
use nameward_core::rrset::Rrset;
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::{Instant, UnixTime};
use nameward_core::wire::rdata::Rrsig;
use nameward_core::wire::{A, Class, Name, Rdata, Rtype, SecurityAlgorithm};

use crate::hunt::hunt_directly;

/// The invariants and the sections of RFC 4035 that the bugs break.
const CATALOGUE: [(Bug, &str); 5] = [
    (Bug::SignerOutside, "RFC 4035 section 5.3.1:"),
    (Bug::ExpiredSignature, "RFC 4035 section 5.3.1:"),
    (Bug::SignedTtlIgnored, "INV-9:"),
    (Bug::WildcardForgotten, "RFC 4035 section 5.3.4:"),
    (Bug::FailuresUncounted, "INV-8:"),
];

const NOW: u32 = 1_795_286_043;

/// For how many seconds sets may be kept that are signed here, and for how many before and after now their signatures are valid.
const TTL: u32 = 3_600;
const VALID: u32 = 86_400;

/// Finds every bug by what it does, and nothing without one.
pub(crate) fn hunt() {
    hunt_directly(&CATALOGUE, violation);
}

fn violation() -> Option<String> {
    let (ours, others) = (Zone::new("example."), Zone::new("evil."));
    let www = addresses("www.example.");
    let signature = ours.sign(&www, "www.example.");
    let judged = |at| ours.judge(&www, &signature, at, &mut budget());
    let ttl = judged(NOW).expect("the signature is good").ttl;
    if ttl != TTL {
        return Some(format!(
            "INV-9: a set is kept for {ttl} seconds of which {TTL} are signed"
        ));
    }
    if judged(NOW + 2 * VALID).is_ok() {
        return Some("RFC 4035 section 5.3.1: a signature that has expired is good".into());
    }
    let theirs = others.sign(&www, "www.example.");
    if others.judge(&www, &theirs, NOW, &mut budget()).is_ok() {
        return Some("RFC 4035 section 5.3.1: another zone signs for this one".into());
    }
    let expanded = ours.sign(&www, "*.example.");
    let verified = ours.judge(&www, &expanded, NOW, &mut budget());
    if verified.expect("the signature is good").wildcard.is_none() {
        return Some("RFC 4035 section 5.3.4: nobody asks for the proof that there is no closer name".into());
    }
    let wrong = ours.sign(&www, "other.example.");
    let mut budget = budget();
    let most = usize::from(Limits::default().failed_signature_checks);
    let exhausted = |result| matches!(result, Err(RrsigError::Exhausted(_)));
    if !(0..=most).any(|_| exhausted(ours.judge(&www, &wrong, NOW, &mut budget))) {
        return Some(format!(
            "INV-8: more than {most} signatures are wrong for one question"
        ));
    }
    None
}

/// A zone that signs anything.
struct Zone {
    name: Name,
    key: SigningKey,
    dnskey: Rdata,
}

impl Zone {
    fn new(name: &str) -> Self {
        let mut rng = Rng::new(&Seed::from_number(1));
        let private = SigningKey::generate(SecurityAlgorithm::ED25519, 0, &mut rng).expect("it is known");
        let key = SigningKey::new(&private).expect("it was drawn");
        Self {
            name: name.parse().expect("it is a name"),
            dnskey: dnskey_of(&key, FLAG_ZONE),
            key,
        }
    }

    /// The RRSIG record of a set that is said to have this owner.
    fn sign(&self, set: &Rrset, owner: &str) -> Rdata {
        let owner: Name = owner.parse().expect("it is a name");
        let mut rrsig = Rrsig {
            type_covered: set.rtype(),
            algorithm: self.key.algorithm(),
            labels: if owner.labels().next() == Some(b"*") { 1 } else { 2 },
            original_ttl: TTL,
            expiration: NOW + VALID,
            inception: NOW - VALID,
            key_tag: key_tag(self.dnskey.octets()),
            signer: self.name.view(),
            signature: &[],
        };
        let mut covered = rrsig.to_rdata().octets().to_vec();
        set.write_canonical(&owner, TTL, &mut covered);
        let mut rng = Rng::new(&Seed::from_number(2));
        let signature = self.key.sign(&mut rng, &covered).expect("it can");
        rrsig.signature = &signature;
        rrsig.to_rdata()
    }

    fn judge(
        &self,
        set: &Rrset,
        rrsig: &Rdata,
        at: u32,
        budget: &mut Budget,
    ) -> Result<Verified, RrsigError> {
        let key = ZoneKey::new(&self.name, &self.dnskey).expect("it is a key");
        let rrsig = rrsig.view().expect("it is a signature");
        let wall = Some(UnixTime::from_secs(at.into()));
        verify_rrset(&RustCrypto, budget, wall, set, &rrsig, &key)
    }
}

/// A set that came with a TTL longer than it was signed with.
fn addresses(owner: &str) -> Rrset {
    let address = A {
        address: [192, 0, 2, 1].into(),
    };
    let owner = owner.parse().expect("it is a name");
    Rrset::new(owner, Rtype::A, Class::IN, 2 * TTL, [address.to_rdata()]).expect("it is a set")
}

fn budget() -> Budget {
    Budget::new(&Limits::default(), Instant::ZERO)
}
