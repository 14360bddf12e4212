//! Entries by key.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::{Hash as _, Hasher as _};

use siphasher::sip::SipHasher13;

use super::entry::{Entry, Key, Subject};
use super::slot::Slot;
use crate::seed::{Rng, Seed};
use crate::wire::Name;

/// A hash table with chains, keyed by the seed, so that an outsider cannot choose names that meet in one chain.
///
/// It has all its room from the beginning: no insertion pays for a table that grows, and none takes memory that was not
/// counted. Nothing goes through it in the order of the hashes.
pub(super) struct Table {
    /// The hash of nothing, under the key.
    hasher: SipHasher13,
    /// By the low bits of a hash, the first of its chain. Invariant: their number is a power of two.
    buckets: Box<[Option<Slot>]>,
    places: Vec<Place>,
    /// The first of a chain of places without entry.
    vacant: Option<Slot>,
    len: usize,
    most: usize,
}

struct Place {
    hash: u64,
    entry: Option<Box<Entry>>,
    /// The next of its chain.
    next: Option<Slot>,
}

/// A name in a class and a view, hashed: what stays to be hashed is the subject.
#[derive(Clone, Copy)]
pub(super) struct HashedName(SipHasher13);

impl HashedName {
    pub(super) fn with(self, subject: Subject) -> u64 {
        let Self(mut hasher) = self;
        hasher.write(&subject.octets());
        hasher.finish()
    }
}

impl Table {
    /// What each entry takes at most, in octets.
    pub(super) const SHARE: usize = size_of::<Place>() + 2 * size_of::<Option<Slot>>();

    pub(super) fn new(seed: &Seed, most: usize) -> Self {
        let mut rng = Rng::new(seed);
        let buckets = most.checked_next_power_of_two().unwrap_or(1);
        Self {
            hasher: SipHasher13::new_with_keys(rng.next_u64(), rng.next_u64()),
            buckets: alloc::vec![None; buckets].into_boxed_slice(),
            places: Vec::with_capacity(most),
            vacant: None,
            len: 0,
            most,
        }
    }

    /// Begins the hashes of all keys that have this view, class and name.
    pub(super) fn hash_name(&self, key: Key<'_>) -> HashedName {
        let mut hasher = self.hasher;
        let [a, b] = key.view.0.to_be_bytes();
        let [c, d] = key.class.0.to_be_bytes();
        hasher.write(&[a, b, c, d]);
        key.name.hash(&mut hasher);
        HashedName(hasher)
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn is_full(&self) -> bool {
        self.len >= self.most
    }

    pub(super) fn find(&self, hash: u64, key: Key<'_>) -> Option<Slot> {
        let mut next = *self.buckets.get(self.bucket(hash))?;
        while let Some(slot) = next {
            #[cfg(test)]
            crate::wire::steps::step();
            let place = self.places.get(slot.index())?;
            if place.hash == hash && place.entry.as_deref()?.has(key) {
                return Some(slot);
            }
            next = place.next;
        }
        None
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Entry> {
        self.places.get(slot.index())?.entry.as_deref()
    }

    /// The first slot from `index` on that has an entry of this name.
    pub(super) fn find_name(&self, index: usize, name: &Name) -> Option<Slot> {
        let mut places = self.places.iter().enumerate().skip(index);
        places
            .find(|(_, place)| place.entry.as_deref().is_some_and(|entry| entry.name() == name))
            .and_then(|(index, _)| Slot::at(index))
    }

    /// Puts an entry in whose key has this hash and is not there; none if the table is full.
    pub(super) fn insert(&mut self, hash: u64, entry: Entry) -> Option<Slot> {
        if self.is_full() {
            return None;
        }
        let index = self.bucket(hash);
        let bucket = self.buckets.get_mut(index)?;
        let filled = Place {
            hash,
            entry: Some(Box::new(entry)),
            next: *bucket,
        };
        let slot = match self.vacant {
            Some(slot) => {
                let place = self.places.get_mut(slot.index())?;
                self.vacant = place.next;
                *place = filled;
                slot
            }
            None => {
                let slot = Slot::at(self.places.len())?;
                self.places.push(filled);
                slot
            }
        };
        *bucket = Some(slot);
        self.len = self.len.saturating_add(1);
        Some(slot)
    }

    pub(super) fn remove(&mut self, slot: Slot) -> Option<Box<Entry>> {
        let vacant = self.vacant;
        let place = self.places.get_mut(slot.index())?;
        let entry = place.entry.take()?;
        let (hash, next) = (place.hash, core::mem::replace(&mut place.next, vacant));
        self.vacant = Some(slot);
        self.len = self.len.saturating_sub(1);
        let index = self.bucket(hash);
        let mut link = self.buckets.get_mut(index)?;
        while *link != Some(slot) {
            #[cfg(test)]
            crate::wire::steps::step();
            let before = (*link)?;
            link = &mut self.places.get_mut(before.index())?.next;
        }
        *link = next;
        Some(entry)
    }

    fn bucket(&self, hash: u64) -> usize {
        let mask = self.buckets.len().wrapping_sub(1);
        let [.., a, b, c, d] = hash.to_be_bytes();
        usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX) & mask
    }
}
