//! Whether a whole zone is signed as it should be (RFC 4035 section 2, RFC 5155 section 7.1, RFC 6840 section 5.11).

mod denials;

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;
use core::slice::IterMut;

use super::contents::Contents;
use super::{MOST_ITERATIONS, SignZoneError, set};
use crate::budget::Budget;
use crate::crypto::{Policy, Verifier};
use crate::dnssec::{RrsigError, ZoneKey, verify_rrset};
use crate::limits::Limits;
use crate::time::{Instant, UnixTime};
use crate::wire::rdata::{Dnskey, Rrsig};
use crate::wire::{Name, Rdata, Rtype, SecurityAlgorithm};
use crate::zone::{Node, Zone, ZoneRrset};

/// Something that a validator would stumble over, or that should not be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneFault {
    /// Where it is.
    pub name: Name,
    /// In which set it is.
    pub rtype: Rtype,
    /// What it is.
    pub kind: ZoneFaultKind,
}

/// What is wrong in a signed zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneFaultKind {
    /// The zone has no key that signs data.
    #[error("no key of the zone is there to sign it")]
    NoKey,
    /// A set has no signature of an algorithm that the zone has keys of.
    #[error("no signature of {0}")]
    Unsigned(SecurityAlgorithm),
    /// A set has signatures of an algorithm, of which none is good.
    #[error("no good signature of {0}: {1}")]
    Bad(SecurityAlgorithm, RrsigError),
    /// What the zone has no authority over is signed.
    #[error("signed, but not authoritative")]
    Unwanted,
    /// A name has no denial.
    #[error("the denial is missing")]
    Missing,
    /// A denial says something else than what is there.
    #[error("the denial should be {0}")]
    Wrong(Rdata),
    /// A denial is about nothing that exists, or of another kind than the zone's.
    #[error("the denial is about nothing that exists")]
    Extra,
    /// Hashes are repeated so often that validators take the zone as unsigned (RFC 9276 section 3.2). Its denials are not judged.
    #[error("hashes are repeated {0} times, of which validators do not take more than {MOST_ITERATIONS}")]
    Iterations(u16),
    /// The zone cannot be judged.
    #[error("{0}")]
    Impossible(SignZoneError),
}

impl fmt::Display for ZoneFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.name, self.rtype, self.kind)
    }
}

/// All that is wrong with the signatures and denials of a zone, as a [`ZoneVerification`] finds it.
pub fn verify_zone(
    zone: &Zone,
    verifier: &dyn Verifier,
    policy: Policy,
    wall: Option<UnixTime>,
) -> Vec<ZoneFault> {
    ZoneVerification::new(zone, policy, wall).finish(verifier)
}

/// A zone whose signatures and denials are judged at one time.
///
/// Each authoritative set must have a good signature of each algorithm that the zone has keys of, as far as the policy supports it, and
/// nothing else is signed. Each name must have its NSEC record; or, if there is an NSEC3PARAM record, the NSEC3 record that these
/// parameters make. Delegations without DS may be left out by records that opt out.
///
/// No name depends on another, so that [`parts`](Self::parts) shares them out among threads. [`finish`](Self::finish) judges what is left,
/// and the denials, and gives the faults. They are the same whoever found them. No set costs more than the
/// [`Limits`] of a question: what has more signatures or keys of one tag than a validator would try is a fault.
pub struct ZoneVerification<'z> {
    zone: &'z Zone,
    wall: Option<UnixTime>,
    /// DNSKEY records of keys that sign data, of algorithms that count.
    keys: Vec<Rdata>,
    algorithms: BTreeSet<SecurityAlgorithm>,
    contents: Result<Contents, SignZoneError>,
    names: Vec<Judged<'z>>,
}

/// A name, and what is wrong with its signatures, once it was judged.
struct Judged<'z> {
    node: Node<'z>,
    faults: Option<Vec<ZoneFault>>,
}

/// A share of the names of a zone.
pub struct VerificationPart<'p, 'z> {
    zone: &'z Zone,
    wall: Option<UnixTime>,
    keys: Vec<ZoneKey<'p>>,
    algorithms: &'p BTreeSet<SecurityAlgorithm>,
    contents: Option<&'p Contents>,
    names: IterMut<'p, Judged<'z>>,
}

impl<'z> ZoneVerification<'z> {
    /// Begins to verify a zone: nothing is judged yet. Without a clock no signature is good.
    pub fn new(zone: &'z Zone, policy: Policy, wall: Option<UnixTime>) -> Self {
        let set = zone.apex_node().and_then(|apex| apex.rrset(Rtype::DNSKEY));
        let counts = |rdata: &Rdata| {
            let key = ZoneKey::new(zone.apex(), rdata);
            key.is_some_and(|key| key.signs_data() && policy.supports(key.dnskey().algorithm))
        };
        let keys: Vec<Rdata> = set.iter().flat_map(ZoneRrset::rdata).filter(counts).collect();
        let algorithms = keys
            .iter()
            .filter_map(|rdata| Some(rdata.view::<Dnskey<'_>>()?.algorithm));
        let contents = Contents::of(zone, &[]);
        let names = zone.nodes().map(|node| Judged { node, faults: None });
        Self {
            zone,
            wall,
            algorithms: algorithms.collect(),
            // Where nothing can be right there is nothing to judge.
            names: if keys.is_empty() || contents.is_err() {
                Vec::new()
            } else {
                names.collect()
            },
            keys,
            contents,
        }
    }

    /// How many names are to be judged.
    pub fn names(&self) -> u64 {
        self.names.len() as u64
    }

    /// Shares the names that are to be judged out into so many parts, or fewer if there are not enough.
    pub fn parts(&mut self, count: u16) -> impl Iterator<Item = VerificationPart<'_, 'z>> {
        let each = self.names.len().div_ceil(usize::from(count.max(1))).max(1);
        let (zone, wall) = (self.zone, self.wall);
        let (keys, algorithms, contents) = (&self.keys, &self.algorithms, &self.contents);
        self.names.chunks_mut(each).map(move |names| VerificationPart {
            zone,
            wall,
            keys: keys
                .iter()
                .filter_map(|rdata| ZoneKey::new(zone.apex(), rdata))
                .collect(),
            algorithms,
            contents: contents.as_ref().ok(),
            names: names.iter_mut(),
        })
    }

    /// Judges the names that are left, and the denials, and gives all faults: those of signatures in the order of the names, then those of
    /// denials.
    pub fn finish(mut self, verifier: &dyn Verifier) -> Vec<ZoneFault> {
        for mut part in self.parts(1) {
            while part.step(verifier) {}
        }
        let of_apex = |rtype, kind| ZoneFault {
            name: self.zone.apex().clone(),
            rtype,
            kind,
        };
        let contents = match self.contents {
            Ok(contents) => contents,
            Err(error) => return Vec::from([of_apex(Rtype::SOA, ZoneFaultKind::Impossible(error))]),
        };
        let mut faults = Vec::new();
        if self.keys.is_empty() {
            faults.push(of_apex(Rtype::DNSKEY, ZoneFaultKind::NoKey));
        }
        faults.extend(
            self.names
                .into_iter()
                .filter_map(|judged| judged.faults)
                .flatten(),
        );
        match denials::judge(self.zone, contents) {
            Ok(of_denials) => faults.extend(of_denials),
            Err(error) => faults.push(of_apex(Rtype::SOA, ZoneFaultKind::Impossible(error))),
        }
        faults
    }
}

impl VerificationPart<'_, '_> {
    /// Judges the signatures of one name; whether there was one to be judged.
    pub fn step(&mut self, verifier: &dyn Verifier) -> bool {
        let Some(judged) = self.names.find(|judged| judged.faults.is_none()) else {
            return false;
        };
        let mut faults = Vec::new();
        let (node, name) = (judged.node, judged.node.name().to_name());
        for rrset in node.rrsets() {
            let rtype = rrset.rtype();
            let entry = self.contents.and_then(|contents| contents.names.get(&name));
            // What is made by signing is not among the contents: it is the zone's, unless it lies beyond a cut. Names of hashes may lie below
            // a DNAME record of the apex (RFC 6672 section 2.4).
            let below_cut = |above: Node<'_>| rtype != Rtype::NSEC3 || above.is_delegation();
            let signed = entry.map_or_else(
                || !node.occluded_by().is_some_and(below_cut),
                |entry| entry.signs(rtype),
            );
            let fault = |kind| ZoneFault {
                name: name.clone(),
                rtype,
                kind,
            };
            if signed {
                faults.extend(self.signed_set(verifier, &name, &rrset).into_iter().map(fault));
            } else if rrset.signatures().next().is_some() {
                faults.push(fault(ZoneFaultKind::Unwanted));
            }
        }
        judged.faults = Some(faults);
        true
    }

    /// What is wrong with a set that should have a good signature of each algorithm.
    fn signed_set(&self, verifier: &dyn Verifier, name: &Name, rrset: &ZoneRrset<'_>) -> Vec<ZoneFaultKind> {
        let (rtype, class) = (rrset.rtype(), self.zone.class());
        let whole = match set(name, rtype, class, rrset.ttl(), rrset.rdata()) {
            Ok(whole) => whole,
            Err(error) => return Vec::from([ZoneFaultKind::Impossible(error)]),
        };
        let mut budget = Budget::new(&Limits::default(), Instant::ZERO);
        let mut verify = |rrsig: &Rrsig<'_>, key: &ZoneKey<'_>| {
            let verified = verify_rrset(verifier, &mut budget, self.wall, &whole, rrsig, key);
            verified.map(|verified| verified.wildcard.is_none())
        };
        let of_algorithm = |&algorithm| self.algorithm(algorithm, rrset, &mut verify);
        self.algorithms.iter().filter_map(of_algorithm).collect()
    }

    /// What is wrong with a set as regards one algorithm.
    fn algorithm(
        &self,
        algorithm: SecurityAlgorithm,
        rrset: &ZoneRrset<'_>,
        verify: &mut dyn FnMut(&Rrsig<'_>, &ZoneKey<'_>) -> Result<bool, RrsigError>,
    ) -> Option<ZoneFaultKind> {
        let mut kind = ZoneFaultKind::Unsigned(algorithm);
        for octets in rrset.signatures() {
            let rdata = Rdata::opaque(Rtype::RRSIG, octets);
            let Some(rrsig) = rdata.view::<Rrsig<'_>>() else {
                continue;
            };
            for key in self.keys.iter().filter(|_| rrsig.algorithm == algorithm) {
                match verify(&rrsig, key) {
                    Ok(true) => return None,
                    // That another key did not make it says the least.
                    Err(RrsigError::OtherKey) if matches!(kind, ZoneFaultKind::Bad(..)) => {}
                    Err(error @ RrsigError::Exhausted(_)) => {
                        return Some(ZoneFaultKind::Bad(algorithm, error));
                    }
                    Err(error) => kind = ZoneFaultKind::Bad(algorithm, error),
                    Ok(false) => {}
                }
            }
        }
        Some(kind)
    }
}
