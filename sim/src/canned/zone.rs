//! The records that a server knows.

use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::wire::{Name, Question, Rcode, Record, Rtype};

use super::Said;

/// How many aliases a server follows.
const MOST_ALIASES: usize = 16;

/// The records of one zone.
pub(super) struct Zone {
    origin: Name,
    records: Vec<Record>,
}

/// A name in presentation format.
pub(super) fn name(text: &str) -> Name {
    text.parse()
        .unwrap_or_else(|error| panic!("the name {text:?}: {error}"))
}

/// One record with a TTL of 300 seconds.
pub(super) fn record(owner: &str, rtype: Rtype, rdata: &str) -> Record {
    let zone = Zone::parse(".", &format!("{} 300 IN {rtype} {rdata}\n", name(owner)));
    zone.records.into_iter().next().expect("a line is a record")
}

impl Zone {
    pub(super) fn parse(origin: &str, text: &str) -> Self {
        let origin = name(origin);
        let config = ZoneReaderConfig {
            first_ttl: Some(300),
            ..ZoneReaderConfig::default()
        };
        let records = read_records(text.as_bytes(), origin.clone(), config)
            .unwrap_or_else(|error| panic!("the zone {origin}: {error}"));
        Self { origin, records }
    }

    fn holds(&self, owner: &Name) -> bool {
        owner.is_subdomain_of(&self.origin)
    }

    fn at<'a>(&'a self, owner: &'a Name, rtype: Rtype) -> impl Iterator<Item = &'a Record> {
        self.records
            .iter()
            .filter(move |record| record.owner == *owner && (record.rtype() == rtype || rtype == Rtype::ANY))
    }

    /// Whether a name is there, perhaps only because there is something below it.
    fn exists(&self, owner: &Name) -> bool {
        self.records
            .iter()
            .any(|record| record.owner.is_subdomain_of(owner))
    }
}

/// What the zones say to a question; nothing if none of them holds the name.
pub(super) fn look_up(zones: &[Zone], question: &Question) -> Option<Said> {
    let mut said = Said::default();
    let mut owner = question.name.clone();
    let mut zone = zone_of(zones, &owner)?;
    for _ in 0..MOST_ALIASES {
        let found: Vec<_> = zone.at(&owner, question.rtype).cloned().collect();
        if !found.is_empty() {
            said.answer.extend(found);
            return Some(said);
        }
        let Some(alias) = zone.at(&owner, Rtype::CNAME).next() else {
            said.rcode = if zone.exists(&owner) {
                Rcode::NOERROR
            } else {
                Rcode::NXDOMAIN
            };
            said.authority
                .extend(zone.at(&zone.origin, Rtype::SOA).next().cloned());
            return Some(said);
        };
        said.answer.push(alias.clone());
        let Ok(target) = Name::from_wire(alias.rdata.octets()) else {
            return Some(said);
        };
        owner = target;
        match zone_of(zones, &owner) {
            Some(next) => zone = next,
            // The rest of the chain is somewhere else.
            None => return Some(said),
        }
    }
    Some(said)
}

/// The zone that holds a name: the one with the longest origin.
fn zone_of<'a>(zones: &'a [Zone], owner: &Name) -> Option<&'a Zone> {
    let holding = zones.iter().filter(|zone| zone.holds(owner));
    holding.max_by_key(|zone| zone.origin.label_count())
}
