//! Numbers by which the structures of a cache speak of the same entry.

use core::num::NonZeroU32;

/// The number of an entry, as long as it is in the cache. Numbers are given out without gaps, and again when they are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(NonZeroU32);

/// That it may be missing costs nothing.
const _: () = assert!(size_of::<Option<Slot>>() == 4);

impl Slot {
    /// The slot at this index of a list; none beyond four thousand million.
    pub(super) fn at(index: usize) -> Option<Self> {
        let number = u32::try_from(index).ok()?.checked_add(1)?;
        NonZeroU32::new(number).map(Self)
    }

    /// Its index in lists.
    pub(super) fn index(self) -> usize {
        usize::try_from(self.0.get().wrapping_sub(1)).unwrap_or(usize::MAX)
    }
}
