//! Looking a name up in a zone: step 3 of RFC 1034 section 4.3.2, as RFC 4592 and RFC 6672 have it.

use super::hashed::HashedName;
use super::node::Node;
use super::snapshot::Zone;

/// What a zone has for a name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Match<'z> {
    /// The name exists, and this is its node.
    Exact(Node<'z>),
    /// The name does not exist, but this wildcard stands for it (RFC 4592 section 3.3), which is below the closest encloser.
    Wildcard(Node<'z>, Encloser<'z>),
    /// The name is at or below this zone cut, which has so many labels.
    Delegation(Node<'z>, u8),
    /// The name is below this owner of a DNAME record, which has so many labels (RFC 6672 section 3.2).
    Redirection(Node<'z>, u8),
    /// The name does not exist, but its closest encloser does.
    Nothing(Encloser<'z>),
}

/// The longest ancestor of a name that exists (RFC 4592 section 3.3.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encloser<'z> {
    pub(crate) node: Node<'z>,
    /// How many labels it has.
    pub(crate) labels: u8,
}

impl Zone {
    /// What the zone has for this name; none if the name is not in the zone. `above_cut` says that data of the parent is wanted
    /// if the name is that of a zone cut, as for DS records (RFC 4035 section 3.1.4.1).
    #[inline]
    pub(crate) fn look_up(&self, name: &HashedName<'_>, above_cut: bool) -> Option<Match<'_>> {
        let node = if name.labels() <= self.inner.deepest {
            self.find(name, name.labels())
        } else {
            None
        };
        match node {
            // Most names that are asked for exist, and nothing above them matters.
            Some(node) if node.is_plain() => Some(Match::Exact(node)),
            _ => self.look_up_from_apex(name, node, above_cut),
        }
    }

    /// As [`look_up`](Self::look_up), for a name that has this node.
    #[inline(never)]
    fn look_up_from_apex<'z>(
        &'z self,
        name: &HashedName<'_>,
        node: Option<Node<'z>>,
        above_cut: bool,
    ) -> Option<Match<'z>> {
        let (encloser, labels) = match node.filter(|node| !node.only_denies()) {
            Some(node) => (node, name.labels()),
            None => self.closest_encloser(name)?,
        };
        let exact = labels == name.labels();
        // What is furthest up counts: whoever looks from there downwards gets no further.
        if let Some(above) = encloser.occluded_by() {
            let labels = above
                .name()
                .labels()
                .fold(0_u8, |count, _| count.saturating_add(1));
            return Some(if above.is_delegation() {
                Match::Delegation(above, labels)
            } else {
                Match::Redirection(above, labels)
            });
        }
        Some(if encloser.is_delegation() && !(exact && above_cut) {
            Match::Delegation(encloser, labels)
        } else if exact {
            Match::Exact(encloser)
        } else if encloser.redirects() {
            Match::Redirection(encloser, labels)
        } else {
            let node = encloser;
            let encloser = Encloser { node, labels };
            match node.wildcard(name, labels) {
                Some(wildcard) => Match::Wildcard(wildcard, encloser),
                None => Match::Nothing(encloser),
            }
        })
    }

    /// The longest suffix of a name that does not exist itself, and how many labels it has; none if the name is not in the zone.
    ///
    /// With a name all its suffixes in the zone exist, so that they are searched by halving. The owner of an NSEC3 record, below which
    /// there is nothing, does not count as one that exists (RFC 5155 section 7.2.8).
    #[inline]
    fn closest_encloser(&self, name: &HashedName<'_>) -> Option<(Node<'_>, u8)> {
        let apex = self.inner.apex_labels;
        let existing = |labels| self.find(name, labels).filter(|node| !node.only_denies());
        if name.labels() < apex {
            return None;
        }
        let mut found = (self.find(name, apex)?, apex);
        let mut missing = name.labels().min(self.inner.deepest.saturating_add(1));
        while missing.saturating_sub(found.1) > 1 {
            let middle = found.1.midpoint(missing);
            match existing(middle) {
                Some(node) => found = (node, middle),
                None => missing = middle,
            }
        }
        Some(found)
    }
}
