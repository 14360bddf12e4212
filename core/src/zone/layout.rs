//! How a node lies in the arena.
//!
//! A node is one piece, so that whoever finds its name has found it all: nine octets that say where it stands in the tree, an octet with
//! the length of its name, the name in wire form, two octets with the number of its RRsets, and the RRsets. An RRset is a head of twelve
//! octets and its RDATA: first that of the records, then that of their signatures, each after two octets with its length. Numbers are in
//! network order.

use alloc::vec::Vec;

use crate::wire::Rtype;

/// Where a node stands in the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) traits: Traits,
    /// Its number in canonical order.
    pub(super) number: u32,
    /// The number of the topmost node above it that is a zone cut or has a DNAME record; its own if there is none.
    pub(super) above: u32,
}

impl Standing {
    pub(super) const LENGTH: usize = 9;

    #[inline]
    pub(super) fn read(node: &[u8]) -> Option<Self> {
        let &[traits, a, b, c, d, e, f, g, h] = node.first_chunk::<{ Self::LENGTH }>()?;
        Some(Self {
            traits: Traits(traits),
            number: u32::from_be_bytes([a, b, c, d]),
            above: u32::from_be_bytes([e, f, g, h]),
        })
    }

    /// Writes it over what stands at the beginning of the node.
    pub(super) fn write(self, node: &mut [u8]) {
        let Some(place) = node.first_chunk_mut::<{ Self::LENGTH }>() else {
            return;
        };
        let [a, b, c, d] = self.number.to_be_bytes();
        let [e, f, g, h] = self.above.to_be_bytes();
        *place = [self.traits.0, a, b, c, d, e, f, g, h];
    }
}

/// What a look-up needs to know before it looks at any RRset: a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traits(u8);

impl Traits {
    /// It has NS records, and is not the apex.
    pub(super) const DELEGATES: Self = Self(1);
    /// It has a DNAME record, and does not delegate.
    pub(super) const REDIRECTS: Self = Self(2);
    /// There is a wildcard below it.
    pub(super) const HAS_WILDCARD: Self = Self(4);
    /// It has NSEC3 records and nothing else, and nothing is below it.
    pub(super) const ONLY_DENIES: Self = Self(8);
    /// A node above it is a zone cut or has a DNAME record.
    pub(super) const OCCLUDED: Self = Self(16);

    /// Those of the node that begins these octets.
    #[inline]
    pub(super) fn read(node: &[u8]) -> Self {
        node.first().map_or(Self(0), |&traits| Self(traits))
    }

    #[inline]
    pub(super) const fn has(self, some: Self) -> bool {
        self.0 & some.0 != 0
    }

    /// Adds some, or takes them away.
    pub(super) const fn set(&mut self, some: Self, has: bool) {
        self.0 = if has { self.0 | some.0 } else { self.0 & !some.0 };
    }

    /// Whether names below the node are those of another zone, or of none.
    pub(super) const fn hides_what_is_below(self) -> bool {
        self.has(Self(Self::DELEGATES.0 | Self::REDIRECTS.0))
    }

    /// Whether nothing says that a look-up of the name goes on elsewhere, or finds nothing.
    #[inline]
    pub(super) const fn are_plain(self) -> bool {
        !self.has(Self(Self::DELEGATES.0 | Self::ONLY_DENIES.0 | Self::OCCLUDED.0))
    }
}

/// The octets before the RDATA of an RRset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The type of the records, which is the one that the signatures cover.
    pub(super) rtype: Rtype,
    /// How many records there are; none if there are signatures of records that are missing.
    pub(super) count: u16,
    pub(super) ttl: u32,
    /// How many octets the RDATA of the records takes, lengths included.
    pub(super) records: u16,
    /// The same for the signatures.
    pub(super) signatures: u16,
}

impl Head {
    const LENGTH: usize = 12;

    #[inline]
    fn read(octets: &[u8]) -> Option<Self> {
        let &[a, b, c, d, e, f, g, h, i, j, k, l] = octets.first_chunk::<{ Self::LENGTH }>()?;
        Some(Self {
            rtype: Rtype(u16::from_be_bytes([a, b])),
            count: u16::from_be_bytes([c, d]),
            ttl: u32::from_be_bytes([e, f, g, h]),
            records: u16::from_be_bytes([i, j]),
            signatures: u16::from_be_bytes([k, l]),
        })
    }

    pub(super) fn write(self, arena: &mut Vec<u8>) {
        arena.extend_from_slice(&self.rtype.0.to_be_bytes());
        arena.extend_from_slice(&self.count.to_be_bytes());
        arena.extend_from_slice(&self.ttl.to_be_bytes());
        arena.extend_from_slice(&self.records.to_be_bytes());
        arena.extend_from_slice(&self.signatures.to_be_bytes());
    }
}

/// The wire form of a name that comes after its length.
#[inline]
pub(super) fn name(octets: &[u8]) -> Option<&[u8]> {
    let (&length, rest) = octets.split_first()?;
    rest.get(..length.into())
}

/// The RRsets of a node from `at` on: how many are left, and where the next one begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sets<'z> {
    arena: &'z [u8],
    at: usize,
    left: u16,
}

/// An RRset where it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Set<'z> {
    pub(super) head: Head,
    /// The RDATA of the records.
    pub(super) records: &'z [u8],
    /// The RDATA of the signatures.
    pub(super) signatures: &'z [u8],
    /// Where it begins.
    pub(super) at: usize,
}

impl<'z> Sets<'z> {
    /// Those of the node at `at`.
    #[inline]
    pub(super) fn of_node(arena: &'z [u8], at: usize) -> Self {
        let at = at.wrapping_add(Standing::LENGTH);
        let length = arena.get(at).copied().unwrap_or_default();
        let at = at.wrapping_add(1).wrapping_add(length.into());
        let count = arena.get(at..).and_then(<[u8]>::first_chunk);
        Self {
            arena,
            at: at.wrapping_add(2),
            left: count.map_or(0, |&count| u16::from_be_bytes(count)),
        }
    }
}

impl<'z> Iterator for Sets<'z> {
    type Item = Set<'z>;

    #[inline]
    fn next(&mut self) -> Option<Set<'z>> {
        self.left = self.left.checked_sub(1)?;
        let at = self.at;
        let octets = self.arena.get(at..)?;
        let head = Head::read(octets)?;
        let (records, rest) = octets
            .get(Head::LENGTH..)?
            .split_at_checked(head.records.into())?;
        let signatures = rest.get(..head.signatures.into())?;
        self.at = at
            .wrapping_add(Head::LENGTH)
            .wrapping_add(head.records.into())
            .wrapping_add(head.signatures.into());
        Some(Set {
            head,
            records,
            signatures,
            at,
        })
    }
}

/// RDATA after RDATA, each after its length.
#[derive(Clone, Debug)]
pub struct RdataOctets<'z> {
    rest: &'z [u8],
}

impl<'z> RdataOctets<'z> {
    pub(super) const fn new(octets: &'z [u8]) -> Self {
        Self { rest: octets }
    }
}

impl<'z> Iterator for RdataOctets<'z> {
    type Item = &'z [u8];

    #[inline]
    fn next(&mut self) -> Option<&'z [u8]> {
        let (length, rest) = self.rest.split_first_chunk()?;
        let (rdata, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        self.rest = rest;
        Some(rdata)
    }
}
