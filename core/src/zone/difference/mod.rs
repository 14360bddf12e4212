//! What changed from one version of a zone to the next.

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::node::{Node, ZoneRrset};
use super::snapshot::Zone;
use crate::wire::{Class, Name, Rdata, Record, Rtype, Soa};

/// What is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DifferenceConfig {
    /// Types whose records do not matter.
    pub ignored_types: Vec<Rtype>,
    /// Whether SOA records that differ in nothing but their serials count as the same.
    pub ignore_serial: bool,
}

/// What has to be taken out of a version of a zone, and put in, to get another: a sequence of incremental transfer (RFC 1995 section 4).
///
/// Owners and RDATA are compared in canonical form, so that letter case does not matter where DNS does not care. A record with another
/// TTL is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The serial of the older version.
    pub old_serial: u32,
    /// The serial of the newer one.
    pub new_serial: u32,
    /// First the SOA record, if it changed, then all else in canonical order of the owners, by type.
    pub changes: Vec<SetChange>,
}

/// What changed of the records of one name and type. Signatures are those of all types of the name together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetChange {
    /// The name.
    pub owner: Name,
    /// The type.
    pub rtype: Rtype,
    /// What became of the set as a whole.
    pub kind: SetChangeKind,
    /// Records that only the older version has, in canonical order.
    pub deleted: Vec<Record>,
    /// Records that only the newer version has, likewise.
    pub added: Vec<Record>,
}

/// What became of a set as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetChangeKind {
    /// The older version has no such records.
    Added,
    /// The newer version has none.
    Removed,
    /// Both have some, but not the same.
    Changed,
}

/// Why zones are not compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DifferenceError {
    /// They are no versions of one zone.
    #[error("{0} {1} and {2} {3} are different zones")]
    OtherZone(Name, Class, Name, Class),
}

impl Difference {
    /// What changed from `old` to `new`. That takes time for each name, but memory for what changed only.
    ///
    /// # Errors
    ///
    /// The zones have different names or classes.
    pub fn between(old: &Zone, new: &Zone, config: &DifferenceConfig) -> Result<Self, DifferenceError> {
        if (old.apex(), old.class()) != (new.apex(), new.class()) {
            let [(a, a_class), (b, b_class)] = [old, new].map(|zone| (zone.apex().clone(), zone.class()));
            return Err(DifferenceError::OtherZone(a, a_class, b, b_class));
        }
        let mut comparison = Comparison {
            class: new.class(),
            config,
            changes: Vec::new(),
        };
        let (old_nodes, new_nodes) = (named(old), named(new));
        for (old, new) in merge(old_nodes, new_nodes, |(a, _), (b, _)| a.cmp(b)) {
            comparison.nodes(old, new);
        }
        let mut changes = comparison.changes;
        // The apex is the first name, and has only one SOA record.
        if let Some(soa) = changes.iter().position(|change| change.rtype == Rtype::SOA)
            && let Some(before) = changes.get_mut(..=soa)
        {
            before.rotate_right(1);
        }
        Ok(Self {
            old_serial: old.serial(),
            new_serial: new.serial(),
            changes,
        })
    }

    /// Whether nothing changed that matters.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The records to take out, the SOA record first.
    pub fn deleted(&self) -> impl Iterator<Item = &Record> {
        self.changes.iter().flat_map(|change| &change.deleted)
    }

    /// The records to put in, the SOA record first.
    pub fn added(&self) -> impl Iterator<Item = &Record> {
        self.changes.iter().flat_map(|change| &change.added)
    }
}

/// A name of a zone with its node.
type Named<'z> = (Name, Node<'z>);

fn named(zone: &Zone) -> impl Iterator<Item = Named<'_>> {
    zone.nodes().map(|node| (node.name().to_name(), node))
}

/// Pairs what is equal in two lists that are in order; what has no partner stands alone.
fn merge<T>(
    old: impl Iterator<Item = T>,
    new: impl Iterator<Item = T>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> impl Iterator<Item = (Option<T>, Option<T>)> {
    let (mut old, mut new) = (old.peekable(), new.peekable());
    core::iter::from_fn(move || {
        let order = match (old.peek(), new.peek()) {
            (Some(old), Some(new)) => compare(old, new),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        Some((old.next_if(|_| order.is_le()), new.next_if(|_| order.is_ge())))
    })
}

struct Comparison<'c> {
    class: Class,
    config: &'c DifferenceConfig,
    changes: Vec<SetChange>,
}

/// A record: RDATA as it is compared, TTL, and RDATA as it is written.
type Compared = (Rdata, u32, Rdata);

impl Comparison<'_> {
    /// Compares what one name has in each version.
    fn nodes(&mut self, old: Option<Named<'_>>, new: Option<Named<'_>>) {
        let (old_sets, new_sets) = (sets(old.as_ref()), sets(new.as_ref()));
        let Some((owner, _)) = new.or(old) else {
            return;
        };
        let (mut old_signatures, mut new_signatures) = (Vec::new(), Vec::new());
        let mut changes = Vec::new();
        let by_type = |a: &ZoneRrset<'_>, b: &ZoneRrset<'_>| a.rtype().cmp(&b.rtype());
        for (old, new) in merge(old_sets, new_sets, by_type) {
            if let (Some(old), Some(new)) = (old, new)
                && old.same_octets(&new)
            {
                continue;
            }
            if let Some(rtype) = new.or(old).map(|set| set.rtype()) {
                let [old, new] = [old, new].map(|set| self.records(set));
                changes.extend(self.change(&owner, rtype, old, new));
            }
            old_signatures.extend(signatures(old));
            new_signatures.extend(signatures(new));
        }
        changes.extend(self.change(&owner, Rtype::RRSIG, old_signatures, new_signatures));
        changes.sort_by_key(|change| change.rtype);
        self.changes.append(&mut changes);
    }

    /// The records of a set.
    fn records(&self, set: Option<ZoneRrset<'_>>) -> Vec<Compared> {
        let of_set = |set: ZoneRrset<'_>| {
            let rdata = set.rdata().map(|rdata| (self.compared(&rdata), set.ttl(), rdata));
            rdata.collect()
        };
        set.map(of_set).unwrap_or_default()
    }

    /// RDATA in canonical form, without what does not matter.
    fn compared(&self, rdata: &Rdata) -> Rdata {
        match rdata.view::<Soa<'_>>() {
            Some(soa) if self.config.ignore_serial => Soa { serial: 0, ..soa }.to_rdata().to_canonical(),
            _ => rdata.to_canonical(),
        }
    }

    /// What changed of the records of one name and type, if something did that matters.
    fn change(
        &self,
        owner: &Name,
        rtype: Rtype,
        mut old: Vec<Compared>,
        mut new: Vec<Compared>,
    ) -> Option<SetChange> {
        if self.config.ignored_types.contains(&rtype) {
            return None;
        }
        let order = |(a, a_ttl, _): &Compared, (b, b_ttl, _): &Compared| {
            a.octets().cmp(b.octets()).then_with(|| a_ttl.cmp(b_ttl))
        };
        old.sort_unstable_by(order);
        new.sort_unstable_by(order);
        let kind = match (old.is_empty(), new.is_empty()) {
            (true, _) => SetChangeKind::Added,
            (_, true) => SetChangeKind::Removed,
            (false, false) => SetChangeKind::Changed,
        };
        let (mut deleted, mut added) = (Vec::new(), Vec::new());
        let record = |(_, ttl, rdata): Compared| Record {
            owner: owner.clone(),
            class: self.class,
            ttl,
            rdata,
        };
        for pair in merge(old.into_iter(), new.into_iter(), order) {
            match pair {
                (Some(old), None) => deleted.push(record(old)),
                (None, Some(new)) => added.push(record(new)),
                _ => {}
            }
        }
        let changed = !(deleted.is_empty() && added.is_empty());
        changed.then(|| SetChange {
            owner: owner.clone(),
            rtype,
            kind,
            deleted,
            added,
        })
    }
}

/// All that a name has, in the order of the types.
fn sets<'z>(named: Option<&Named<'z>>) -> impl Iterator<Item = ZoneRrset<'z>> + use<'z> {
    let node = named.map(|&(_, node)| node);
    node.into_iter().flat_map(|node| node.covered_sets())
}

/// The signatures of a set.
fn signatures(set: Option<ZoneRrset<'_>>) -> Vec<Compared> {
    let of_set = |set: ZoneRrset<'_>| {
        let rdata = set.signatures().map(|octets| Rdata::opaque(Rtype::RRSIG, octets));
        rdata
            .map(|rdata| (rdata.to_canonical(), set.ttl(), rdata))
            .collect()
    };
    set.map(of_set).unwrap_or_default()
}
