//! A zone as it is at one moment.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

use super::denials::Denials;
use super::hashed::{HashedName, Suffixes, same_name};
use super::index::Index;
use super::layout::{self, Standing};
use super::node::Node;
use crate::wire::{Class, Name};

/// A zone that can be answered from: an SOA record, NS records beside it, and whatever lies below them.
///
/// It never changes. A clone is the same zone, and costs nothing; whoever holds one never waits for anybody. A changed zone is another
/// value, which takes the place of this one wherever it is held.
///
/// # Memory
///
/// All octets lie in one arena: each name once, with its RRsets beside it as they are sent. A node takes 13 octets besides, and
/// 12 for finding it by its name. A zone of a million names with 1.3 records each takes about 65 octets a record. A signed zone takes four
/// octets more for each NSEC record, or eight for each name and for each NSEC3 record.
#[derive(Clone)]
pub struct Zone {
    pub(super) inner: Arc<Inner>,
}

/// What the handles share.
pub(super) struct Inner {
    pub(super) apex: Name,
    pub(super) apex_labels: u8,
    pub(super) class: Class,
    pub(super) serial: u32,
    pub(super) negative_ttl: u32,
    /// The nodes' octets, as `layout` says.
    pub(super) arena: Box<[u8]>,
    /// Where each node begins there, in canonical order: the apex is the first.
    pub(super) nodes: Box<[u32]>,
    /// Where the node of a name begins there.
    pub(super) index: Index,
    /// How many labels the deepest node has.
    pub(super) deepest: u8,
    pub(super) records: u64,
    /// Whether the SOA record has signatures.
    pub(super) signed: bool,
    pub(super) denials: Denials,
}

impl Zone {
    /// The name of the zone.
    pub fn apex(&self) -> &Name {
        &self.inner.apex
    }

    /// Its class.
    pub fn class(&self) -> Class {
        self.inner.class
    }

    /// Its version: SERIAL of the SOA record.
    pub fn serial(&self) -> u32 {
        self.inner.serial
    }

    /// The TTL in seconds of the SOA record in negative answers: the lower of its TTL and of MINIMUM (RFC 2308 section 3).
    pub fn negative_ttl(&self) -> u32 {
        self.inner.negative_ttl
    }

    /// How many records it has, signatures included.
    pub fn record_count(&self) -> u64 {
        self.inner.records
    }

    /// How many octets of memory it takes, rounded down to what is allocated for it.
    pub fn octets(&self) -> u64 {
        let inner = &self.inner;
        let nodes = size_of_val::<[u32]>(&inner.nodes) as u64;
        (inner.arena.len() as u64)
            .saturating_add(nodes)
            .saturating_add(inner.index.octets())
            .saturating_add(inner.denials.octets())
    }

    /// The node of this name; none if the name does not exist. Empty non-terminals do, and so do names below zone cuts.
    pub fn node(&self, name: &Name) -> Option<Node<'_>> {
        if !name.is_subdomain_of(self.apex()) {
            return None;
        }
        let mut room = Suffixes::new();
        let name = HashedName::new(name.as_wire(), &mut room);
        self.find(&name, name.labels())
    }

    /// All nodes, in canonical order (RFC 4034 section 6.1). The first one is the apex.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = Node<'_>> {
        self.inner.nodes.iter().map(|&at| Node::new(self, at))
    }

    /// Whether it is a signed zone, to those who want DNSSEC records.
    pub(crate) fn is_signed(&self) -> bool {
        self.inner.signed
    }

    pub(crate) fn apex_labels(&self) -> u8 {
        self.inner.apex_labels
    }

    /// The apex.
    pub(crate) fn apex_node(&self) -> Option<Node<'_>> {
        self.number(0)
    }

    /// The node with this number.
    #[inline]
    pub(super) fn number(&self, number: u32) -> Option<Node<'_>> {
        let at = *self.inner.nodes.get(usize::try_from(number).ok()?)?;
        Some(Node::new(self, at))
    }

    /// The node of the suffix with so many labels.
    #[inline]
    pub(crate) fn find(&self, name: &HashedName<'_>, labels: u8) -> Option<Node<'_>> {
        self.find_hashed(name.hash_of(labels), |wire| same_name(wire, name.suffix(labels)))
    }

    #[inline]
    pub(super) fn find_hashed(&self, hash: u32, is_it: impl Fn(&[u8]) -> bool) -> Option<Node<'_>> {
        let at = self.inner.index.find(hash, |at| is_it(self.name_at(at)))?;
        Some(Node::new(self, at))
    }

    /// The octets from `at` on.
    #[inline]
    pub(super) fn octets_from(&self, at: u32) -> &[u8] {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        self.inner.arena.get(at..).unwrap_or_default()
    }

    /// The wire form of the name of the node at `at`.
    #[inline]
    pub(super) fn name_at(&self, at: u32) -> &[u8] {
        let node = self.octets_from(at);
        node.get(Standing::LENGTH..)
            .and_then(layout::name)
            .unwrap_or(&[0])
    }
}

/// Apex, class and serial.
impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {}",
            self.inner.apex, self.inner.class, self.inner.serial
        )
    }
}
