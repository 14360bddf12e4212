//! The zones that somebody serves.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::hashed::{HashedName, Suffixes, same_name};
use super::index::Index;
use super::snapshot::Zone;
use crate::wire::{Class, Name, QuestionRef, Rtype};

/// Zones by their names and classes: a set that never changes.
///
/// A clone is the same set, and costs nothing. To serve other zones, make another set and put it in the place of this one; zones that
/// did not change are the same in both.
#[derive(Clone)]
pub struct Zones {
    inner: Arc<Inner>,
}

struct Inner {
    zones: Vec<Zone>,
    index: Index,
    /// How many labels the apex with the most has.
    deepest: u8,
}

impl Zones {
    /// These zones. Of several with the same name and class the last one counts.
    pub fn new(zones: impl IntoIterator<Item = Zone>) -> Self {
        let mut inner = Inner {
            zones: Vec::new(),
            index: Index::with_room(0),
            deepest: 0,
        };
        for zone in zones {
            let mut room = Suffixes::new();
            let apex = HashedName::new(zone.apex().as_wire(), &mut room);
            let (labels, hash) = (apex.labels(), apex.hash_of(apex.labels()));
            let found = inner.find(&apex, labels, zone.class());
            if let Some(same) = found.and_then(|number| inner.zones.get_mut(number)) {
                *same = zone;
                continue;
            }
            let Ok(number) = u32::try_from(inner.zones.len()) else {
                break;
            };
            inner.index.insert(hash, number);
            inner.deepest = inner.deepest.max(labels);
            inner.zones.push(zone);
        }
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The same zones with this one, which takes the place of one with the same name and class.
    #[must_use]
    pub fn with(&self, zone: Zone) -> Self {
        Self::new(self.iter().cloned().chain([zone]))
    }

    /// The same zones without that of this name and class.
    #[must_use]
    pub fn without(&self, apex: &Name, class: Class) -> Self {
        let others = self
            .iter()
            .filter(|zone| zone.class() != class || zone.apex() != apex);
        Self::new(others.cloned())
    }

    /// The zones, in no particular order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Zone> {
        self.inner.zones.iter()
    }

    /// The zone of this name and class.
    pub fn get(&self, apex: &Name, class: Class) -> Option<&Zone> {
        let mut room = Suffixes::new();
        let name = HashedName::new(apex.as_wire(), &mut room);
        let number = self.inner.find(&name, name.labels(), class)?;
        self.inner.zones.get(number)
    }

    /// The zone that answers a question: that with the longest name above QNAME (RFC 1034 section 4.3.2). A question for DS records at the
    /// apex of one is for the zone above it, if that is here too (RFC 4035 section 3.1.4.1).
    pub fn find(&self, question: QuestionRef<'_>) -> Option<&Zone> {
        question.name.with_wire(|wire| {
            let mut room = Suffixes::new();
            let name = HashedName::new(wire, &mut room);
            self.find_hashed(&name, question.rtype, question.class)
        })
    }

    /// As [`find`](Self::find).
    #[inline]
    pub(crate) fn find_hashed(&self, name: &HashedName<'_>, rtype: Rtype, class: Class) -> Option<&Zone> {
        let mut labels = name.labels().min(self.inner.deepest);
        let mut child = None;
        loop {
            let found = self.inner.find(name, labels, class);
            if let Some(zone) = found.and_then(|number| self.inner.zones.get(number)) {
                if rtype != Rtype::DS || labels < name.labels() {
                    return Some(zone);
                }
                child = Some(zone);
            }
            match labels.checked_sub(1) {
                Some(fewer) => labels = fewer,
                None => return child,
            }
        }
    }
}

impl Inner {
    #[inline]
    fn find(&self, name: &HashedName<'_>, labels: u8, class: Class) -> Option<usize> {
        let number = self.index.find(name.hash_of(labels), |number| {
            let zone = usize::try_from(number)
                .ok()
                .and_then(|number| self.zones.get(number));
            zone.is_some_and(|zone| {
                zone.class() == class && same_name(zone.apex().as_wire(), name.suffix(labels))
            })
        });
        usize::try_from(number?).ok()
    }
}

/// The zones.
impl core::fmt::Debug for Zones {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
