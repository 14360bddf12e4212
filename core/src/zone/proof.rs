//! Which denials prove what an answer says.

use super::denials::Denials;
use super::hashed::HashedName;
use super::lookup::Encloser;
use super::node::{Node, ZoneRrset};
use super::snapshot::Zone;
use crate::budget::Budget;
use crate::limits::Limits;
use crate::time::Instant;
use crate::wire::Rtype;

/// For how many records a proof has room. An alias takes one at most, and what it leads to three.
const ROOM: usize = 20;

/// The NSEC or NSEC3 records that an answer needs, each once: for one answer, through all its aliases.
///
/// NSEC3 costs one hash for each name that does not exist, and those are the name that was asked for and the ends of aliases. All else was
/// hashed when the zone was made. If hashes of the zone are repeated so often that nobody verifies proofs, any one record is what there is: it
/// tells validators why (RFC 9276 section 3.2).
pub(crate) struct Proof<'z> {
    zone: &'z Zone,
    budget: Option<Budget>,
    /// Where their nodes begin in the arena of the zone.
    nodes: [u32; ROOM],
    count: usize,
}

impl<'z> Proof<'z> {
    /// How many aliases an answer can have.
    pub(crate) const MOST_ALIASES: usize = ROOM - 3;

    /// No records; none if the zone has no denials.
    pub(crate) fn new(zone: &'z Zone) -> Option<Self> {
        if matches!(zone.inner.denials, Denials::None) {
            return None;
        }
        Some(Self {
            zone,
            budget: None,
            nodes: [0; ROOM],
            count: 0,
        })
    }

    /// What was chosen so far: names, and the denials that they have.
    pub(crate) fn records(&self) -> impl Iterator<Item = (Node<'z>, ZoneRrset<'z>)> {
        let rtype = match self.zone.inner.denials {
            Denials::Hashes(_) => Rtype::NSEC3,
            Denials::Names(_) | Denials::None => Rtype::NSEC,
        };
        let places = self.nodes.iter().take(self.count);
        let nodes = places.map(|&place| Node::new(self.zone, place));
        nodes.filter_map(move |node| Some((node, node.rrset(rtype)?)))
    }

    /// This node, whose name is the last `labels` labels of `name`, does not have some type: its own record says so, or none of that which it
    /// has is the zone's (RFC 4035 sections 3.1.3.1 and 3.1.4, RFC 5155 sections 7.2.3, 7.2.4 and 7.2.7).
    pub(crate) fn no_type(&mut self, name: &HashedName<'_>, labels: u8, node: Node<'z>) {
        match &self.zone.inner.denials {
            Denials::None => {}
            Denials::Names(chain) => self.add(chain.of_node(node)),
            Denials::Hashes(_) => {
                self.enclosed(name, Encloser { node, labels });
            }
        }
    }

    /// The name does not exist, and neither does a wildcard for it (RFC 4035 section 3.1.3.2, RFC 5155 section 7.2.2).
    pub(crate) fn no_name(&mut self, name: &HashedName<'_>, encloser: Encloser<'z>) {
        let zone = self.zone;
        match &zone.inner.denials {
            Denials::None => {}
            Denials::Names(chain) => {
                self.expanded(name, encloser);
                self.add(chain.covering(zone, encloser, b"*"));
            }
            Denials::Hashes(chain) => {
                let provable = self.enclosed(name, encloser);
                if provable.labels == encloser.labels {
                    self.expanded(name, encloser);
                }
                let known = chain.known(provable.node);
                self.add(known.and_then(|known| chain.at(known.wildcard)));
            }
        }
    }

    /// The name does not exist, so that the wildcard below the encloser stands for it (RFC 4035 section 3.1.3.3, RFC 5155 section 7.2.6).
    pub(crate) fn expanded(&mut self, name: &HashedName<'_>, encloser: Encloser<'z>) {
        let zone = self.zone;
        let next_closer = name.suffix(encloser.labels.saturating_add(1));
        match &zone.inner.denials {
            Denials::None => {}
            Denials::Names(chain) => {
                let length = usize::from(next_closer.first().copied().unwrap_or_default());
                let label = next_closer.get(1..=length).unwrap_or_default();
                self.add(chain.covering(zone, encloser, label));
            }
            Denials::Hashes(chain) if chain.known(encloser.node).is_some() => {
                let budget = self
                    .budget
                    .get_or_insert_with(|| Budget::new(&Limits::default(), Instant::ZERO));
                let rank = chain.rank(zone, next_closer, budget);
                self.add(rank.and_then(|rank| chain.at(rank)));
            }
            Denials::Hashes(chain) => self.add(chain.first()),
        }
    }

    /// The wildcard that stands for the name, as [`expanded`](Self::expanded) says, does not have some type (RFC 4035 section 3.1.3.4, RFC 5155
    /// section 7.2.5).
    pub(crate) fn wildcard_without_type(
        &mut self,
        name: &HashedName<'_>,
        encloser: Encloser<'z>,
        wildcard: Node<'z>,
    ) {
        match &self.zone.inner.denials {
            Denials::None => {}
            Denials::Names(chain) => self.add(chain.of_node(wildcard)),
            Denials::Hashes(chain) => {
                self.enclosed(name, encloser);
                let known = chain.known(wildcard);
                self.add(known.and_then(|known| chain.at(known.own)));
            }
        }
    }

    /// The encloser has an NSEC3 record, or it is left out as an unsigned delegation, or because of some, and the closest provable encloser
    /// and what covers the next closer name say so (RFC 5155 section 7.2.1). Which encloser has a record.
    fn enclosed(&mut self, name: &HashedName<'_>, mut encloser: Encloser<'z>) -> Encloser<'z> {
        let zone = self.zone;
        let Denials::Hashes(chain) = &zone.inner.denials else {
            return encloser;
        };
        let mut covering = None;
        while let Some(known) = chain.known(encloser.node) {
            let at = chain.at(known.own);
            if known.own.matches() {
                self.add(at);
                self.add(covering);
                return encloser;
            }
            covering = at;
            let Some(labels) = encloser.labels.checked_sub(1) else {
                break;
            };
            let Some(node) = zone.find(name, labels) else {
                break;
            };
            encloser = Encloser { node, labels };
        }
        self.add(chain.first());
        encloser
    }

    /// Adds a record that is not there yet.
    fn add(&mut self, node: Option<u32>) {
        let Some(node) = node else { return };
        if self.nodes.iter().take(self.count).any(|&other| other == node) {
            return;
        }
        if let Some(free) = self.nodes.get_mut(self.count) {
            *free = node;
            self.count = self.count.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hashed::Suffixes;
    use super::super::tests::build;
    use super::*;
    use crate::wire::Name;
    use alloc::string::ToString as _;
    use alloc::vec::Vec;

    #[test]
    fn what_several_names_need_is_chosen_once() {
        let text = "@ SOA ns1 hostmaster 1 2 3 4 5\n@ NS ns1\n@ NSEC ns1 SOA NS NSEC\nns1 A 192.0.2.1\nns1 NSEC @ A NSEC\n";
        let zone = build("example.", text).zone.unwrap();
        let mut proof = Proof::new(&zone).unwrap();
        let node = zone.apex_node().unwrap();
        for missing in ["x.example.", "a.example.", "y.example."] {
            let missing: Name = missing.parse().unwrap();
            let mut room = Suffixes::new();
            let name = HashedName::new(missing.as_wire(), &mut room);
            proof.no_name(&name, Encloser { node, labels: 1 });
        }
        let owners: Vec<_> = proof.records().map(|(node, _)| node.name().to_string()).collect();
        assert_eq!(owners, ["ns1.example.", "example."]);
    }
}
