//! Which records of a zone deny what it does not have, in an order in which they are found quickly.

use alloc::boxed::Box;

use super::hash_chain::HashChain;
use super::hashed::same_name;
use super::lookup::Encloser;
use super::node::Node;
use super::snapshot::Zone;
use crate::wire::Rtype;

/// The denials of a zone. Where it has both, NSEC3 records count, once they are announced (RFC 5155 section 10.4).
pub(super) enum Denials {
    /// It has none.
    None,
    /// NSEC records.
    Names(NameChain),
    /// NSEC3 records.
    Hashes(HashChain),
}

/// Where all nodes with NSEC records begin in the arena of the zone, in canonical order.
pub(super) struct NameChain {
    places: Box<[u32]>,
}

impl Denials {
    /// Those of a zone that has its nodes already.
    pub(super) fn of(zone: &Zone) -> Self {
        let Some(apex) = zone.apex_node() else {
            return Self::None;
        };
        if let Some(chain) = HashChain::of(zone, apex) {
            Self::Hashes(chain)
        } else if apex.rrset(Rtype::NSEC).is_some() {
            Self::Names(NameChain::of(zone))
        } else {
            Self::None
        }
    }

    /// How many octets they take.
    pub(super) fn octets(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Names(chain) => size_of_val::<[u32]>(&chain.places) as u64,
            Self::Hashes(chain) => chain.octets(),
        }
    }
}

impl NameChain {
    fn of(zone: &Zone) -> Self {
        let with_nsec = |node: &Node<'_>| node.occluded_by().is_none() && node.rrset(Rtype::NSEC).is_some();
        let places = zone.nodes().filter(with_nsec).map(|node| node.place());
        Self {
            places: places.collect(),
        }
    }

    /// The node whose NSEC record is about this one: the node itself, or the last one before it.
    pub(super) fn of_node(&self, node: Node<'_>) -> Option<u32> {
        self.last(self.places.partition_point(|&place| place <= node.place()))
    }

    /// The node whose NSEC record covers the name that has this label before the encloser, of which no node has it.
    pub(super) fn covering(&self, zone: &Zone, encloser: Encloser<'_>, label: &[u8]) -> Option<u32> {
        let (name, above) = (encloser.node.wire(), encloser.node.place());
        let first = self.places.partition_point(|&place| place <= above);
        let rest = self.places.get(first..)?;
        let between = rest.partition_point(|&place| is_before(zone.name_at(place), name, label));
        self.last(first.saturating_add(between))
    }

    /// The last one of so many.
    fn last(&self, count: usize) -> Option<u32> {
        self.places.get(count.checked_sub(1)?).copied()
    }
}

/// Whether a name that comes after the encloser is at or below one that comes before what has this label: in canonical order it is what is
/// below the encloser that follows it, and labels decide (RFC 4034 section 6.1).
fn is_before(name: &[u8], encloser: &[u8], label: &[u8]) -> bool {
    let mut rest = name;
    while let Some((own, after)) = split_label(rest) {
        if after.len() == encloser.len() {
            return lower(own).lt(lower(label)) && same_name(after, encloser);
        }
        rest = after;
    }
    false
}

fn lower(label: &[u8]) -> impl Iterator<Item = u8> {
    label.iter().map(u8::to_ascii_lowercase)
}

/// The first label of a name, and the rest.
fn split_label(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = name.split_first()?;
    rest.split_at_checked(length.into())
}
