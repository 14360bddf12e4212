//! What the zones of a world say of a question, found by walking lists of records: neither the server nor the recursor is asked.

use std::collections::BTreeMap;

use nameward_core::wire::{Cname, Dname, Name, Record, Rtype};
use nameward_core::zone::Zone;
use nameward_sim::worlds;

/// What is to come out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    /// The RDATA of the aliases in order, and then that of the records, sorted.
    Records(Vec<String>, Vec<String>),
    NoData(Vec<String>),
    NxDomain(Vec<String>),
    /// A delegation leads to nobody who has the zone, or aliases lead nowhere.
    Failure,
}

/// The records of each zone.
pub(crate) struct Zones(BTreeMap<Name, Vec<Record>>);

impl Zones {
    pub(crate) fn of_demo() -> Self {
        let zones = worlds::demo_zones();
        Self(
            zones
                .iter()
                .map(|zone| (zone.apex().clone(), records(zone)))
                .collect(),
        )
    }

    /// All names that own a record, those above them, and for each one that does not exist, or that a wildcard covers.
    pub(crate) fn names(&self) -> Vec<Name> {
        let mut names = Vec::new();
        for record in self.0.values().flatten() {
            let mut name = Some(record.owner.clone());
            while let Some(here) = name {
                let below: Name = "not-there.".parse().unwrap();
                names.extend(below.join(&here));
                name = here.parent();
                names.push(here);
            }
        }
        names.sort();
        names.dedup();
        names
    }

    pub(crate) fn truth(&self, name: &Name, rtype: Rtype) -> Truth {
        let mut aliases = Vec::new();
        let mut name = name.clone();
        // No chain of the demo world is so long.
        for _ in 0..20 {
            let Some((apex, zone)) = self.zone_of(&name, rtype) else {
                return Truth::Failure;
            };
            let redirection = zone.iter().find(|record| {
                record.rtype() == Rtype::DNAME && record.owner != name && name.is_subdomain_of(&record.owner)
            });
            if let Some(record) = redirection {
                let target = record.rdata.view::<Dname<'_>>().unwrap().target.to_name();
                name = name.before(&record.owner).unwrap().join(&target).unwrap();
                // The CNAME record that follows is what was asked for.
                if rtype == Rtype::CNAME {
                    return Truth::Records(aliases, vec![name.to_string()]);
                }
                aliases.extend([target.to_string(), name.to_string()]);
                continue;
            }
            let exists = |name: &Name| zone.iter().any(|record| record.owner.is_subdomain_of(name));
            let owner = if exists(&name) {
                name.clone()
            } else {
                let mut encloser = name.parent().unwrap();
                while !exists(&encloser) && encloser != *apex {
                    encloser = encloser.parent().unwrap();
                }
                "*.".parse::<Name>().unwrap().join(&encloser).unwrap()
            };
            if !exists(&owner) {
                return Truth::NxDomain(aliases);
            }
            let here = || zone.iter().filter(|record| record.owner == owner);
            let alias = here().find(|record| record.rtype() == Rtype::CNAME);
            if let Some(alias) = alias.filter(|_| rtype != Rtype::CNAME) {
                name = alias.rdata.view::<Cname<'_>>().unwrap().target.to_name();
                aliases.push(name.to_string());
                continue;
            }
            let of_type = here().filter(|record| record.rtype() == rtype);
            let mut found: Vec<String> = of_type.map(|record| record.rdata.to_string()).collect();
            found.sort();
            return if found.is_empty() {
                Truth::NoData(aliases)
            } else {
                Truth::Records(aliases, found)
            };
        }
        Truth::Failure
    }

    /// The zone that a name is in, down from the root along delegations; none if one leads to a zone that nobody has.
    fn zone_of(&self, name: &Name, rtype: Rtype) -> Option<(&Name, &[Record])> {
        let (mut apex, mut zone) = self.0.get_key_value(&Name::root())?;
        loop {
            let cuts = zone.iter().filter(|record| {
                let above = name.is_subdomain_of(&record.owner);
                let is_its_own = rtype == Rtype::DS && record.owner == *name;
                record.rtype() == Rtype::NS && record.owner != *apex && above && !is_its_own
            });
            match cuts.min_by_key(|record| record.owner.label_count()) {
                Some(cut) => (apex, zone) = self.0.get_key_value(&cut.owner)?,
                None => return Some((apex, zone)),
            }
        }
    }
}

/// What a zone has. Hashed denials are not at names that anybody can ask about (RFC 5155 section 7.2.8).
fn records(zone: &Zone) -> Vec<Record> {
    let mut records = Vec::new();
    for node in zone.nodes() {
        for set in node.rrsets().filter(|set| set.rtype() != Rtype::NSEC3) {
            records.extend(set.rdata().map(|rdata| Record {
                owner: node.name().to_name(),
                class: zone.class(),
                ttl: set.ttl(),
                rdata,
            }));
        }
    }
    records
}
