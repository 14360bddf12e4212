//! NSEC3 records by their hashes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::node::Node;
use super::snapshot::Zone;
use crate::budget::Budget;
use crate::crypto::{NSEC3_SHA1, nsec3_hash, nsec3_hash_units};
use crate::limits::Limits;
use crate::time::Instant;
use crate::wire::{Name, NameRef, Rtype};

/// How often a hash is repeated at most. Validators verify no proofs with more, and take the zone as unsigned where they see one (RFC 9276
/// section 3.2): none has to be found.
const MOST_ITERATIONS: u16 = 150;

/// How many characters a hash has in the owner of its record: 160 bits, 5 in each.
const LABEL: usize = 32;

/// A hash of NSEC3.
type Hash = [u8; 20];

/// The NSEC3 records of a zone that were made with the parameters which its NSEC3PARAM record announces.
pub(super) struct HashChain {
    iterations: u16,
    salt: Box<[u8]>,
    /// In the order of the hashes, which is the canonical order of their owners too.
    links: Box<[Link]>,
    /// What is known of each node, in canonical order: nothing at all where hashes are repeated too often.
    known: Box<[Known]>,
}

/// An NSEC3 record.
struct Link {
    /// The first octets of its hash, which rarely are those of another.
    beginning: u32,
    /// Where its node begins in the arena.
    node: u32,
}

/// Where the hashes of names that are denied often stand in the chain.
#[derive(Clone, Copy, Default)]
pub(super) struct Known {
    /// That of the node itself.
    pub(super) own: Rank,
    /// That of the wildcard below it.
    pub(super) wildcard: Rank,
}

/// Where a hash stands in the chain: the index of the last record whose hash is not greater, shifted by a bit that says whether it is the same hash.
#[derive(Clone, Copy, Default)]
pub(super) struct Rank(u32);

impl Rank {
    /// Whether there is a record of this very hash.
    pub(super) const fn matches(self) -> bool {
        self.0 & 1 == 1
    }
}

impl HashChain {
    /// The one that the apex announces: whose records are there at least for the apex itself.
    pub(super) fn of(zone: &Zone, apex: Node<'_>) -> Option<Self> {
        let announced = apex.rrset(Rtype::NSEC3PARAM)?;
        let mut chains = announced
            .octets()
            .filter_map(|parameters| Self::with(zone, parameters));
        chains.find(|chain| {
            // Nothing is known at all of one with too many iterations.
            let of_apex = chain.known.first();
            of_apex.is_none_or(|known| known.own.matches())
        })
    }

    /// Those with the parameters of this NSEC3PARAM record (RFC 5155 section 4.2), if there are any.
    fn with(zone: &Zone, parameters: &[u8]) -> Option<Self> {
        // Flags that nobody knows make it useless (RFC 5155 section 4.1.2).
        let &[NSEC3_SHA1, 0, high, low, _, ref salt @ ..] = parameters else {
            return None;
        };
        let same_parameters = |rdata: &[u8]| {
            // But for the flags an NSEC3 record begins with the same fields.
            rdata.first() == parameters.first() && rdata.get(2..parameters.len()) == parameters.get(2..)
        };
        let links: Box<[Link]> = zone
            .nodes()
            .filter_map(|node| {
                let denial = node.rrset(Rtype::NSEC3)?;
                let [a, b, c, d, ..] = hash_of(zone, node.wire())?;
                denial.octets().any(same_parameters).then_some(Link {
                    beginning: u32::from_be_bytes([a, b, c, d]),
                    node: node.place(),
                })
            })
            .collect();
        if links.is_empty() {
            return None;
        }
        let mut chain = Self {
            iterations: u16::from_be_bytes([high, low]),
            salt: salt.into(),
            links,
            known: Box::default(),
        };
        if chain.iterations <= MOST_ITERATIONS {
            let mut wildcard = Vec::with_capacity(Name::LONGEST.saturating_add(2));
            chain.known = zone
                .nodes()
                .map(|node| chain.know(zone, node, &mut wildcard))
                .collect();
        }
        Some(chain)
    }

    /// What will be asked about this node.
    fn know(&self, zone: &Zone, node: Node<'_>, wildcard: &mut Vec<u8>) -> Known {
        if node.occluded_by().is_some() || node.only_denies() {
            return Known::default();
        }
        let rank = |name: &[u8]| {
            // Each name is a question of its own: its hash costs at most what one may.
            let mut budget = Budget::new(&Limits::default(), Instant::ZERO);
            self.rank(zone, name, &mut budget).unwrap_or_default()
        };
        let own = rank(node.wire());
        if node.is_delegation() || node.redirects() {
            let wildcard = Rank::default();
            return Known { own, wildcard };
        }
        wildcard.clear();
        wildcard.extend_from_slice(b"\x01*");
        wildcard.extend_from_slice(node.wire());
        // There is nothing below a name for which that is too long.
        let short_enough = wildcard.len() <= Name::LONGEST;
        let wildcard = if short_enough {
            rank(wildcard)
        } else {
            Rank::default()
        };
        Known { own, wildcard }
    }

    /// What is known of a node; none if nothing is known of any.
    pub(super) fn known(&self, node: Node<'_>) -> Option<Known> {
        self.known.get(usize::try_from(node.number()).ok()?).copied()
    }

    /// The node of the first record.
    pub(super) fn first(&self) -> Option<u32> {
        self.links.first().map(|link| link.node)
    }

    /// The node of the record that is or covers this hash.
    pub(super) fn at(&self, rank: Rank) -> Option<u32> {
        let index = usize::try_from(rank.0 >> 1).ok()?;
        self.links.get(index).map(|link| link.node)
    }

    /// Where the hash of a name, in wire form without compression, stands; none if it costs too much.
    pub(super) fn rank(&self, zone: &Zone, name: &[u8], budget: &mut Budget) -> Option<Rank> {
        // Invariant: a salt has 255 octets at most.
        let salt_length = u8::try_from(self.salt.len()).unwrap_or(u8::MAX);
        let debit = budget.nsec3_hash(nsec3_hash_units(self.iterations, salt_length));
        let name = NameRef::from_checked(name, 0);
        let hash = nsec3_hash(debit.ok()?, name, self.iterations, &self.salt);
        let [a, b, c, d, ..] = hash;
        let beginning = u32::from_be_bytes([a, b, c, d]);
        let whole = |link: &Link| hash_of(zone, zone.name_at(link.node));
        let after = self.links.partition_point(|link| {
            link.beginning < beginning
                || link.beginning == beginning && whole(link).is_some_and(|other| other <= hash)
        });
        // What comes before the first one is covered by the last one.
        let index = after.checked_sub(1).or_else(|| self.links.len().checked_sub(1))?;
        let link = self.links.get(index)?;
        let matches = link.beginning == beginning && whole(link) == Some(hash);
        // Invariant: a node takes four octets at least of the 2^32 of an arena.
        let index = u32::try_from(index).ok()?;
        Some(Rank(index << 1 | u32::from(matches)))
    }

    /// How many octets it takes.
    pub(super) fn octets(&self) -> u64 {
        let links = size_of_val::<[Link]>(&self.links) as u64;
        links.saturating_add(size_of_val::<[Known]>(&self.known) as u64)
    }
}

/// The hash that is the first label of a name right below the apex (RFC 5155 section 3.3).
fn hash_of(zone: &Zone, name: &[u8]) -> Option<Hash> {
    let (label, rest) = name.get(1..)?.split_first_chunk::<LABEL>()?;
    if rest.len() != zone.apex().as_wire().len() {
        return None;
    }
    let mut hash = Hash::default();
    let (characters, _) = label.as_chunks::<8>();
    for (octets, characters) in hash.chunks_exact_mut(5).zip(characters) {
        let mut bits = 0_u64;
        for character in characters {
            bits = bits << 5 | u64::from(value(*character)?);
        }
        let [_, _, _, five @ ..] = bits.to_be_bytes();
        octets.copy_from_slice(&five);
    }
    Some(hash)
}

/// The five bits of a character of base 32 with the extended hex alphabet (RFC 4648 section 7).
const fn value(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character.wrapping_sub(b'0')),
        b'A'..=b'V' => Some(character.wrapping_sub(b'A').wrapping_add(10)),
        b'a'..=b'v' => Some(character.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}
