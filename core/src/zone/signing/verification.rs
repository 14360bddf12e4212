//! Whether a whole zone is signed as it should be (RFC 4035 section 2, RFC 5155 section 7.1, RFC 6840 section 5.11).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;

use super::chain::{self, hash, hashed_names};
use super::contents::Contents;
use super::{SignZoneError, set};
use crate::budget::Budget;
use crate::crypto::{Policy, Verifier};
use crate::dnssec::{Nsec3Record, RrsigError, ZoneKey, nsec3_owner, verify_rrset};
use crate::limits::Limits;
use crate::time::{Instant, UnixTime};
use crate::wire::rdata::{Nsec, Nsec3param, Rrsig, TypeBitmap};
use crate::wire::{Name, Rdata, Rtype, SecurityAlgorithm};
use crate::zone::{Zone, ZoneRrset};

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
    /// The zone cannot be judged.
    #[error("{0}")]
    Impossible(SignZoneError),
}

impl fmt::Display for ZoneFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.name, self.rtype, self.kind)
    }
}

/// All that is wrong with the signatures and denials of a zone, at this time.
///
/// Each authoritative set must have a good signature of each algorithm that the zone has keys of, as far as the policy supports it, and
/// nothing else is signed. Each name must have its NSEC record; or, if there is an NSEC3PARAM record, the NSEC3 record that these
/// parameters make. Delegations without DS may be left out by records that opt out.
pub fn verify_zone(
    zone: &Zone,
    verifier: &dyn Verifier,
    policy: Policy,
    wall: Option<UnixTime>,
) -> Vec<ZoneFault> {
    let mut check = Check {
        zone,
        verifier,
        wall,
        faults: Vec::new(),
    };
    let contents = match Contents::of(zone, &[]) {
        Ok(contents) => contents,
        Err(error) => {
            check.fault(zone.apex(), Rtype::SOA, ZoneFaultKind::Impossible(error));
            return check.faults;
        }
    };
    check.signatures(&contents, policy);
    if let Err(error) = check.denials(contents) {
        check.fault(zone.apex(), Rtype::SOA, ZoneFaultKind::Impossible(error));
    }
    check.faults
}

struct Check<'z> {
    zone: &'z Zone,
    verifier: &'z dyn Verifier,
    wall: Option<UnixTime>,
    faults: Vec<ZoneFault>,
}

impl Check<'_> {
    fn fault(&mut self, name: &Name, rtype: Rtype, kind: ZoneFaultKind) {
        let name = name.clone();
        self.faults.push(ZoneFault { name, rtype, kind });
    }

    /// Judges all sets, those of denials included.
    fn signatures(&mut self, contents: &Contents, policy: Policy) {
        let apex = self.zone.apex().clone();
        let keys: Vec<Rdata> = self.rdata(&apex, Rtype::DNSKEY);
        let keys: Vec<_> = keys
            .iter()
            .filter_map(|rdata| ZoneKey::new(&apex, rdata))
            .filter(|key| key.signs_data() && policy.supports(key.dnskey().algorithm))
            .collect();
        let algorithms: BTreeSet<_> = keys.iter().map(|key| key.dnskey().algorithm).collect();
        if algorithms.is_empty() {
            self.fault(&apex, Rtype::DNSKEY, ZoneFaultKind::NoKey);
            return;
        }
        for node in self.zone.nodes() {
            let name = node.name().to_name();
            for rrset in node.rrsets() {
                // What is made by signing is not among the contents: it is the zone's, unless it lies beyond a cut.
                let signed = contents.names.get(&name).map_or_else(
                    || node.occluded_by().is_none(),
                    |entry| entry.signs(rrset.rtype()),
                );
                if signed {
                    for &algorithm in &algorithms {
                        self.signed_set(&name, &rrset, algorithm, &keys);
                    }
                } else if rrset.signatures().next().is_some() {
                    self.fault(&name, rrset.rtype(), ZoneFaultKind::Unwanted);
                }
            }
        }
    }

    /// Whether a set has a good signature of this algorithm.
    fn signed_set(
        &mut self,
        name: &Name,
        rrset: &ZoneRrset<'_>,
        algorithm: SecurityAlgorithm,
        keys: &[ZoneKey<'_>],
    ) {
        let rtype = rrset.rtype();
        let whole = match set(name, rtype, self.zone.class(), rrset.ttl(), rrset.rdata()) {
            Ok(whole) => whole,
            Err(error) => return self.fault(name, rtype, ZoneFaultKind::Impossible(error)),
        };
        let mut kind = ZoneFaultKind::Unsigned(algorithm);
        for octets in rrset.signatures() {
            let rdata = Rdata::opaque(Rtype::RRSIG, octets);
            let Some(rrsig) = rdata.view::<Rrsig<'_>>() else {
                continue;
            };
            for key in keys.iter().filter(|_| rrsig.algorithm == algorithm) {
                let mut budget = Budget::new(&Limits::default(), Instant::ZERO);
                match verify_rrset(self.verifier, &mut budget, self.wall, &whole, &rrsig, key) {
                    Ok(verified) if verified.wildcard.is_none() => return,
                    // That another key did not make it says the least.
                    Err(RrsigError::OtherKey) if matches!(kind, ZoneFaultKind::Bad(..)) => {}
                    Err(error) => kind = ZoneFaultKind::Bad(algorithm, error),
                    Ok(_) => {}
                }
            }
        }
        self.fault(name, rtype, kind);
    }

    /// Judges the chain of denials.
    fn denials(&mut self, contents: Contents) -> Result<(), SignZoneError> {
        let parameters = self.rdata(self.zone.apex(), Rtype::NSEC3PARAM);
        match parameters
            .first()
            .and_then(|rdata| rdata.view::<Nsec3param<'_>>())
        {
            Some(told) => self.nsec3(contents, told),
            None => self.nsec(contents),
        }
    }

    fn nsec(&mut self, mut contents: Contents) -> Result<(), SignZoneError> {
        chain::add_nsec(&mut contents)?;
        for (name, entry) in &contents.names {
            let expected = entry.sets.iter().find(|set| set.rtype() == Rtype::NSEC);
            let expected = expected.and_then(|set| set.rdata().next());
            self.denial(name, expected);
        }
        self.extra(|name, rtype| match rtype {
            Rtype::NSEC => !contents.names.contains_key(name),
            rtype => rtype == Rtype::NSEC3,
        });
        Ok(())
    }

    fn nsec3(&mut self, mut contents: Contents, parameters: Nsec3param<'_>) -> Result<(), SignZoneError> {
        let salt = parameters.salt.octets();
        let (apex, class) = (contents.apex.clone(), contents.class);
        contents.add_at_apex(set(&apex, Rtype::NSEC3PARAM, class, 0, [parameters.to_rdata()])?);
        let hashed = |opt_out| -> Result<BTreeMap<[u8; 20], Vec<u8>>, SignZoneError> {
            hashed_names(&contents, opt_out)
                .into_iter()
                .map(|(name, types)| Ok((hash(&name, parameters.iterations, salt)?, types)))
                .collect()
        };
        let (required, possible) = (hashed(true)?, hashed(false)?);
        // What may be left out may be left out only by records that say so.
        let mut present: BTreeMap<[u8; 20], (Name, Rdata)> = BTreeMap::new();
        for node in self.zone.nodes() {
            for rdata in node.rrset(Rtype::NSEC3).iter().flat_map(ZoneRrset::rdata) {
                let name = node.name().to_name();
                match Nsec3Record::new(&name, &rdata).map(|record| *record.hash()) {
                    Ok(hash) if possible.contains_key(&hash) => drop(present.insert(hash, (name, rdata))),
                    _ => self.fault(&name, Rtype::NSEC3, ZoneFaultKind::Extra),
                }
            }
        }
        let opts_out = |(name, rdata): &(Name, Rdata)| {
            Nsec3Record::new(name, rdata).is_ok_and(|record| record.opts_out())
        };
        let all_opt_out = !present.is_empty() && present.values().all(opts_out);
        let missing = if all_opt_out { &required } else { &possible };
        for hash in missing.keys().filter(|hash| !present.contains_key(*hash)) {
            let owner = nsec3_owner(self.zone.apex(), hash).ok_or(SignZoneError::ZoneNameTooLong)?;
            self.fault(&owner, Rtype::NSEC3, ZoneFaultKind::Missing);
        }
        let next = present.keys().cycle().skip(1);
        for ((hash, (name, rdata)), next) in present.iter().zip(next) {
            let types = possible.get(hash).map_or(&[][..], Vec::as_slice);
            let flags = u8::from(opts_out(&(name.clone(), rdata.clone())));
            let types = TypeBitmap::from_wire(types).unwrap_or_default();
            let expected = chain::nsec3(parameters, flags, next, types)?;
            if expected != *rdata {
                self.fault(name, Rtype::NSEC3, ZoneFaultKind::Wrong(expected));
            }
        }
        self.extra(|_, rtype| rtype == Rtype::NSEC);
        Ok(())
    }

    /// Compares the NSEC record of a name with what it should be: none, if it should have none.
    fn denial(&mut self, name: &Name, expected: Option<Rdata>) {
        let actual = self.rdata(name, Rtype::NSEC);
        let kind = match (expected, actual.first()) {
            (Some(expected), Some(actual)) if same_denial(&expected, actual) => return,
            (Some(expected), Some(_)) => ZoneFaultKind::Wrong(expected),
            (Some(_), None) => ZoneFaultKind::Missing,
            (None, Some(_)) => ZoneFaultKind::Extra,
            (None, None) => return,
        };
        self.fault(name, Rtype::NSEC, kind);
    }

    /// Denials that should not be there.
    fn extra(&mut self, is_extra: impl Fn(&Name, Rtype) -> bool) {
        for node in self.zone.nodes() {
            let name = node.name().to_name();
            for rtype in [Rtype::NSEC, Rtype::NSEC3] {
                if node.rrset(rtype).is_some() && is_extra(&name, rtype) {
                    self.fault(&name, rtype, ZoneFaultKind::Extra);
                }
            }
        }
    }

    fn rdata(&self, name: &Name, rtype: Rtype) -> Vec<Rdata> {
        let node = self.zone.node(name);
        let rrset = node.and_then(|node| node.rrset(rtype));
        rrset.iter().flat_map(ZoneRrset::rdata).collect()
    }
}

/// Whether two NSEC records say the same: names are compared without their case.
fn same_denial(a: &Rdata, b: &Rdata) -> bool {
    let views = a.view::<Nsec<'_>>().zip(b.view::<Nsec<'_>>());
    views.is_some_and(|(a, b)| a.next.to_name() == b.next && a.types == b.types)
}
