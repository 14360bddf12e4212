//! Addresses of the hosts that records lead to.

use super::Answering;
use super::sections::{Owner, Reason};
use crate::wire::{Rtype, Section};
use crate::zone::{HashedName, Match, Node, Suffixes, ZoneRrset};

impl Answering<'_, '_, '_> {
    /// Adds addresses that the zone has for what an answer leads to. Glue is for those who look for name servers.
    pub(super) fn addresses(&mut self, owner: Owner<'_>, set: ZoneRrset<'_>) {
        let of_service = matches!(set.rtype(), Rtype::SVCB | Rtype::HTTPS);
        for target in set.target_octets() {
            let mut room = Suffixes::new();
            let target = HashedName::new(target, &mut room);
            // The root stands for the owner here (RFC 9460 section 2.5).
            let name = if of_service && target.labels() == 0 {
                owner.name
            } else {
                &target
            };
            match self.zone.look_up(name, false) {
                Some(Match::Exact(node)) => self.put_addresses(name, node, Reason::Optional),
                Some(Match::Delegation(..)) if set.rtype() == Rtype::NS => {
                    self.put_glue(name, Reason::Optional);
                }
                _ => {}
            }
        }
    }

    /// Adds the addresses of the name servers of a zone cut: first of those at or below it, which have to be there (RFC 9471 section 3.1),
    /// then of others.
    pub(super) fn glue(&mut self, cut: Owner<'_>, servers: ZoneRrset<'_>) {
        let inside = |target: &HashedName<'_>| {
            target.labels() >= cut.labels
                && target
                    .suffix(cut.labels)
                    .eq_ignore_ascii_case(cut.name.suffix(cut.labels))
        };
        let mut others = false;
        for target in servers.target_octets() {
            let mut room = Suffixes::new();
            let target = HashedName::new(target, &mut room);
            if inside(&target) {
                self.put_glue(&target, Reason::Glue);
            } else {
                others = true;
            }
        }
        if !others {
            return;
        }
        for target in servers.target_octets() {
            let mut room = Suffixes::new();
            let target = HashedName::new(target, &mut room);
            if inside(&target) {
                continue;
            }
            match self.zone.look_up(&target, false) {
                Some(Match::Exact(node)) => self.put_addresses(&target, node, Reason::Optional),
                Some(Match::Delegation(..)) => self.put_glue(&target, Reason::Optional),
                _ => {}
            }
        }
    }

    /// Adds addresses at or below a zone cut.
    fn put_glue(&mut self, name: &HashedName<'_>, reason: Reason) {
        if let Some(node) = self.zone.find(name, name.labels()) {
            self.put_addresses(name, node, reason);
        }
    }

    fn put_addresses(&mut self, name: &HashedName<'_>, node: Node<'_>, reason: Reason) {
        for rtype in [Rtype::A, Rtype::AAAA] {
            if let Some(set) = node.rrset(rtype) {
                let owner = Owner::whole(name);
                self.sections
                    .put(Section::Additional, owner, set, set.ttl(), reason);
            }
        }
    }
}
