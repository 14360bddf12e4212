//! Denials by names (RFC 4034 section 4), and sets of types.

use alloc::vec::Vec;

use smallvec::SmallVec;

use crate::wire::rdata::{Nsec, TypeBitmap};
use crate::wire::{Name, Rdata, Rtype};

/// The octets of a window with all its bits: its number, their count, and they.
const LONGEST_WINDOW: usize = 34;

/// An NSEC record: between its owner and the next name of the zone there is nothing.
#[derive(Clone, Copy, Debug)]
pub struct NsecRecord<'a> {
    owner: &'a Name,
    rdata: Nsec<'a>,
}

impl<'a> NsecRecord<'a> {
    /// The NSEC record with this owner; none if the RDATA is of another type, or not in order.
    pub fn new(owner: &'a Name, rdata: &'a Rdata) -> Option<Self> {
        Some(Self {
            owner,
            rdata: rdata.view()?,
        })
    }

    /// The name that exists.
    pub const fn owner(&self) -> &'a Name {
        self.owner
    }

    /// The name that exists next, in canonical order; the apex of the zone after the last one.
    pub fn next(&self) -> Name {
        self.rdata.next.to_name()
    }

    /// The types that the owner has.
    pub const fn types(&self) -> TypeBitmap<'a> {
        self.rdata.types
    }

    /// Whether it is about this very name.
    pub fn matches(&self, name: &Name) -> bool {
        self.owner == name
    }

    /// Whether `name`, which is in the same zone, would stand between the owner and the next name.
    ///
    /// It may then exist nevertheless, without data: [`has_below`](Self::has_below) tells.
    pub fn covers(&self, name: &Name) -> bool {
        let next = self.next();
        let after_owner = name > self.owner;
        let before_next = *name < next;
        if *self.owner < next {
            after_owner && before_next
        } else {
            // The last one: the next name is the apex, before which the zone has nothing.
            after_owner || before_next
        }
    }

    /// Whether `name` is an empty non-terminal: the next name lies below it.
    pub fn has_below(&self, name: &Name) -> bool {
        let next = self.next();
        self.covers(name) && next != *name && next.is_subdomain_of(name)
    }

    /// Whether it stands at a zone cut, or at a DNAME record, and so says nothing about names below its owner (RFC 6840 section 4.1).
    pub fn ends_zone(&self) -> bool {
        ends_zone(self.types())
    }

    /// Whether owner and next name are in this zone. One that points out of its zone would deny what others have.
    pub fn is_within(&self, zone: &Name) -> bool {
        self.owner.is_subdomain_of(zone) && self.next().is_subdomain_of(zone)
    }
}

/// Whether these are the types of a delegation, or of a name with DNAME.
pub(super) fn ends_zone(types: TypeBitmap<'_>) -> bool {
    types.contains(Rtype::DNAME) || types.contains(Rtype::NS) && !types.contains(Rtype::SOA)
}

/// The wire form of a set of types (RFC 4034 section 4.1.2). Meta types are left out.
///
/// ```
/// use nameward_core::dnssec::type_bitmap;
/// use nameward_core::wire::Rtype;
/// use nameward_core::wire::rdata::TypeBitmap;
///
/// let octets = type_bitmap([Rtype::NSEC, Rtype::A, Rtype::ANY, Rtype::RRSIG, Rtype::A]);
/// let types = TypeBitmap::from_wire(&octets).unwrap();
/// assert!(types.iter().eq([Rtype::A, Rtype::RRSIG, Rtype::NSEC]));
/// ```
pub fn type_bitmap(types: impl IntoIterator<Item = Rtype>) -> Vec<u8> {
    // RFC 6895 section 3.1: OPT and 128 to 255 are no types of data.
    let is_data = |number: &u16| !matches!(number, 0 | 41 | 128..=255);
    let mut numbers: SmallVec<[u16; 16]> = types.into_iter().map(|rtype| rtype.0).filter(is_data).collect();
    numbers.sort_unstable();
    // Almost all sets have one window.
    let mut octets = Vec::with_capacity(LONGEST_WINDOW);
    for of_window in numbers.chunk_by(|a, b| a >> 8 == b >> 8) {
        let mut bits = [0_u8; 32];
        let mut head = [0; 2];
        for number in of_window {
            let [window, low] = number.to_be_bytes();
            if let Some(octet) = bits.get_mut(usize::from(low >> 3)) {
                *octet |= 0x80 >> (low & 7);
            }
            // The last one is the highest, and ends the window.
            head = [window, (low >> 3).saturating_add(1)];
        }
        octets.extend(head);
        octets.extend(bits.iter().take(head[1].into()));
    }
    octets
}
