//! Whether the chain of denials of a zone is complete and says what is true.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::{ZoneFault, ZoneFaultKind};
use crate::dnssec::{Nsec3Record, nsec3_owner};
use crate::wire::rdata::{Nsec, Nsec3param, TypeBitmap};
use crate::wire::{Name, Rdata, Rtype};
use crate::zone::signing::chain::{self, hash, hashed_names};
use crate::zone::signing::contents::Contents;
use crate::zone::signing::{MOST_ITERATIONS, SignZoneError, set};
use crate::zone::{Zone, ZoneRrset};

/// What is wrong with the denials of a zone with these contents.
pub(super) fn judge(zone: &Zone, contents: Contents) -> Result<Vec<ZoneFault>, SignZoneError> {
    let mut check = Check {
        zone,
        faults: Vec::new(),
    };
    check.denials(contents)?;
    Ok(check.faults)
}

struct Check<'z> {
    zone: &'z Zone,
    faults: Vec<ZoneFault>,
}

impl Check<'_> {
    fn fault(&mut self, name: &Name, rtype: Rtype, kind: ZoneFaultKind) {
        let name = name.clone();
        self.faults.push(ZoneFault { name, rtype, kind });
    }

    /// Judges the chain of denials.
    fn denials(&mut self, contents: Contents) -> Result<(), SignZoneError> {
        let parameters = self.rdata(self.zone.apex(), Rtype::NSEC3PARAM);
        match parameters
            .first()
            .and_then(|rdata| rdata.view::<Nsec3param<'_>>())
        {
            Some(told) if told.iterations > MOST_ITERATIONS => {
                let kind = ZoneFaultKind::Iterations(told.iterations);
                self.fault(&contents.apex, Rtype::NSEC3PARAM, kind);
                Ok(())
            }
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
        let required = hashed_names(&contents, true);
        let mut possible: BTreeMap<[u8; 20], Possible> = BTreeMap::new();
        for (name, types) in hashed_names(&contents, false) {
            let hash = hash(&name, parameters.iterations, salt)?;
            let required = required.contains_key(&name);
            let possible_here = Possible {
                name,
                types,
                required,
            };
            possible.insert(hash, possible_here);
        }
        // What may be left out may be left out only by records that say so.
        let mut present: BTreeMap<[u8; 20], (Name, Rdata)> = BTreeMap::new();
        for node in self.zone.nodes() {
            for rdata in node.rrset(Rtype::NSEC3).iter().flat_map(ZoneRrset::rdata) {
                let name = node.name().to_name();
                match Nsec3Record::new(&name, &rdata) {
                    // Of another chain, which is not finished or not wanted any more (RFC 5155 section 10.4).
                    Ok(record) if (record.iterations(), record.salt()) != (parameters.iterations, salt) => {}
                    Ok(record) if possible.contains_key(record.hash()) => {
                        present.insert(*record.hash(), (name, rdata));
                    }
                    _ => self.fault(&name, Rtype::NSEC3, ZoneFaultKind::Extra),
                }
            }
        }
        // A name that is there because of one that is not left out is not left out either (RFC 5155 section 7.1).
        let kept = present.keys().filter_map(|hash| possible.get(hash));
        let implied: BTreeSet<Name> = kept
            .flat_map(|kept| core::iter::successors(kept.name.parent(), Name::parent))
            .collect();
        let opts_out = |(name, rdata): &(Name, Rdata)| {
            Nsec3Record::new(name, rdata).is_ok_and(|record| record.opts_out())
        };
        let all_opt_out = !present.is_empty() && present.values().all(opts_out);
        let is_required =
            |possible: &Possible| possible.required || !all_opt_out || implied.contains(&possible.name);
        let missing = possible
            .iter()
            .filter(|(hash, possible)| is_required(possible) && !present.contains_key(*hash));
        for (hash, _) in missing {
            let owner = nsec3_owner(self.zone.apex(), hash).ok_or(SignZoneError::ZoneNameTooLong)?;
            self.fault(&owner, Rtype::NSEC3, ZoneFaultKind::Missing);
        }
        let next = present.keys().cycle().skip(1);
        for ((hash, (name, rdata)), next) in present.iter().zip(next) {
            let types = possible.get(hash).map_or(&[][..], |possible| &possible.types);
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

/// A name that may have an NSEC3 record.
struct Possible {
    name: Name,
    types: Vec<u8>,
    /// Whether it must have one even if delegations may be left out.
    required: bool,
}

/// Whether two NSEC records say the same: names are compared without their case.
fn same_denial(a: &Rdata, b: &Rdata) -> bool {
    let views = a.view::<Nsec<'_>>().zip(b.view::<Nsec<'_>>());
    views.is_some_and(|(a, b)| a.next.to_name() == b.next && a.types == b.types)
}
