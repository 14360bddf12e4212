//! Rules between names of a zone, once it is together.

use super::builder::{Entry, ZoneBuilder};
use super::finding::{FindingKind, Findings, Place};
use super::hashed::{HashedName, Suffixes};
use super::lookup::Match;
use super::node::{Node, ZoneRrset};
use super::snapshot::Zone;
use crate::wire::{Class, Name, NameRef, Rtype};

pub(super) fn check(zone: &Zone, builder: &ZoneBuilder, findings: &mut Findings) {
    let mut checker = Checker {
        zone,
        builder,
        findings,
    };
    checker.iterations();
    // Hosts of other classes have other addresses.
    if zone.class() != Class::IN {
        return;
    }
    for (node, number) in zone.nodes().zip(0_u32..) {
        match node.occluded_by() {
            Some(above) => checker.below(node, above),
            None if node.is_delegation() => checker.at_cut(node),
            None => checker.inside(node, number == 0),
        }
    }
}

/// What a name is that a record leads to.
enum Target {
    /// It is not in the zone, or somebody else knows.
    Elsewhere,
    HasAddress,
    IsAlias,
    HasNoAddress,
}

struct Checker<'c> {
    zone: &'c Zone,
    builder: &'c ZoneBuilder,
    findings: &'c mut Findings,
}

/// How often a hash of NSEC3 is repeated by validators at most; some stop earlier.
const MOST_ITERATIONS: u16 = 50;

impl Checker<'_> {
    /// What is announced to those who prove what the zone does not have.
    fn iterations(&mut self) {
        let Some(apex) = self.zone.apex_node() else { return };
        let announced = apex.rrset(Rtype::NSEC3PARAM);
        for rdata in announced.iter().flat_map(ZoneRrset::octets) {
            if let &[_, _, high, low, ..] = rdata {
                let iterations = u16::from_be_bytes([high, low]);
                if iterations > MOST_ITERATIONS {
                    let kind = FindingKind::ManyIterations(iterations);
                    self.find_record(kind, apex, Rtype::NSEC3PARAM, rdata);
                }
            }
        }
    }

    /// A node below a zone cut or a DNAME record.
    fn below(&mut self, node: Node<'_>, above: Node<'_>) {
        // Names of hashes may lie below a DNAME record of the apex.
        let may_be_there = |rtype| {
            if above.is_delegation() {
                is_address(rtype)
            } else {
                rtype == Rtype::NSEC3
            }
        };
        let unseen = node.rrsets().find(|set| !may_be_there(set.rtype()));
        if let Some(set) = unseen {
            let above_name = above.name().to_name();
            let kind = if above.is_delegation() {
                FindingKind::BelowCut(above_name)
            } else {
                FindingKind::BelowDname(above_name)
            };
            self.find(kind, node, set.rtype());
        }
    }

    /// A zone cut.
    fn at_cut(&mut self, node: Node<'_>) {
        for set in node.rrsets() {
            match set.rtype() {
                Rtype::NS => self.delegation(node, set),
                Rtype::DNAME => self.find(FindingKind::DnameAtCut, node, Rtype::DNAME),
                // Its own address can be glue, and NSEC is the parent's.
                Rtype::DS | Rtype::NSEC | Rtype::A | Rtype::AAAA => {}
                rtype => self.find(FindingKind::BesideCut(rtype), node, rtype),
            }
        }
    }

    fn delegation(&mut self, cut: Node<'_>, set: ZoneRrset<'_>) {
        let name = cut.name().to_name();
        for (rdata, server) in targets(set) {
            let kind = match self.glue(&server) {
                Some(false) if server.is_subdomain_of(&name) => FindingKind::MissingGlue(server),
                Some(false) => FindingKind::TargetWithoutAddress(Rtype::NS, server),
                Some(true) => continue,
                None => match self.target(&server) {
                    Target::Elsewhere | Target::HasAddress => continue,
                    Target::IsAlias => FindingKind::TargetIsAlias(Rtype::NS, server),
                    Target::HasNoAddress => FindingKind::TargetWithoutAddress(Rtype::NS, server),
                },
            };
            self.find_record(kind, cut, Rtype::NS, rdata);
        }
    }

    /// A node with data of the zone.
    fn inside(&mut self, node: Node<'_>, apex: bool) {
        for set in node.rrsets() {
            let rtype = set.rtype();
            if rtype == Rtype::DS {
                self.find(FindingKind::DsWithoutCut, node, rtype);
            }
            if !matches!(
                rtype,
                Rtype::NS | Rtype::MX | Rtype::SRV | Rtype::AFSDB | Rtype::KX
            ) {
                continue;
            }
            for (rdata, target) in targets(set) {
                // The root stands for "there is none" (RFC 7505, RFC 2782).
                if target.is_root() && rtype != Rtype::NS {
                    continue;
                }
                let kind = match self.target(&target) {
                    Target::Elsewhere if rtype == Rtype::NS && self.glue(&target) == Some(false) => {
                        FindingKind::TargetWithoutAddress(rtype, target)
                    }
                    Target::Elsewhere | Target::HasAddress => continue,
                    Target::IsAlias => FindingKind::TargetIsAlias(rtype, target),
                    Target::HasNoAddress if apex && rtype == Rtype::NS => {
                        FindingKind::ServerWithoutAddress(target)
                    }
                    Target::HasNoAddress => FindingKind::TargetWithoutAddress(rtype, target),
                };
                self.find_record(kind, node, rtype, rdata);
            }
        }
    }

    fn target(&self, name: &Name) -> Target {
        let has_address = |node: Node<'_>| {
            if node.rrsets().any(|set| is_address(set.rtype())) {
                Target::HasAddress
            } else if node.rrset(Rtype::CNAME).is_some() {
                Target::IsAlias
            } else {
                Target::HasNoAddress
            }
        };
        let mut room = Suffixes::new();
        let hashed = HashedName::new(name.as_wire(), &mut room);
        match self.zone.look_up(&hashed, false) {
            None | Some(Match::Delegation(..)) => Target::Elsewhere,
            Some(Match::Exact(node) | Match::Wildcard(node, _)) => has_address(node),
            Some(Match::Redirection(..)) => Target::IsAlias,
            Some(Match::Nothing(_)) => Target::HasNoAddress,
        }
    }

    /// Whether there is an address for this name, which is at or below a zone cut; none if it is not.
    fn glue(&self, name: &Name) -> Option<bool> {
        let mut room = Suffixes::new();
        let hashed = HashedName::new(name.as_wire(), &mut room);
        match self.zone.look_up(&hashed, false)? {
            Match::Delegation(..) => {
                let node = self.zone.find(&hashed, hashed.labels());
                Some(node.is_some_and(|node| node.rrsets().any(|set| is_address(set.rtype()))))
            }
            Match::Exact(_) | Match::Wildcard(..) | Match::Redirection(..) | Match::Nothing(_) => None,
        }
    }

    /// Something is wrong with the first record of this type.
    fn find(&mut self, kind: FindingKind, node: Node<'_>, rtype: Rtype) {
        self.find_where(kind, node, |entry, _| entry == rtype);
    }

    /// Something is wrong with the record that has this RDATA.
    fn find_record(&mut self, kind: FindingKind, node: Node<'_>, rtype: Rtype, rdata: &[u8]) {
        self.find_where(kind, node, |entry, octets| entry == rtype && octets == rdata);
    }

    fn find_where(&mut self, kind: FindingKind, node: Node<'_>, is_it: impl Fn(Rtype, &[u8]) -> bool) {
        let mut room = Suffixes::new();
        let name = HashedName::new(node.wire(), &mut room);
        let entry = self.builder.first_where(&name, is_it);
        let place = entry.map_or_else(Place::default, Entry::place);
        self.findings.push(kind, place, || node.name().to_name());
    }
}

fn is_address(rtype: Rtype) -> bool {
    matches!(rtype, Rtype::A | Rtype::AAAA)
}

/// The RDATA of each record, and the name that it leads to.
fn targets(set: ZoneRrset<'_>) -> impl Iterator<Item = (&[u8], Name)> {
    set.octets().zip(set.targets().map(NameRef::to_name))
}
