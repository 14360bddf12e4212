//! Where the octets of owned values live.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

/// Octets of an owned value: in the value itself if they are at most `INLINE`, else in memory of their own or in the memory
/// that a message keeps for all its parts.
///
/// A clone shares memory only if all of it is its own. It copies a part of a message's, so that nobody who keeps one record
/// keeps the others too.
pub(crate) enum Storage<const INLINE: usize> {
    /// In the value itself.
    Inline {
        /// Invariant: at most `INLINE`.
        length: u8,
        octets: [u8; INLINE],
    },
    /// In memory of their own.
    Whole(Arc<[u8]>),
    /// In the memory of a message.
    Part {
        /// None until all that it is for is known ([`attach`](Self::attach)).
        memory: Option<Arc<[u8]>>,
        start: u32,
        length: u32,
    },
}

impl<const INLINE: usize> Storage<INLINE> {
    /// No octets.
    pub(super) const EMPTY: Self = Self::Inline {
        length: 0,
        octets: [0; INLINE],
    };

    /// A copy of these octets.
    #[inline]
    pub(crate) fn copied(octets: &[u8]) -> Self {
        Self::inline(octets).unwrap_or_else(|| Self::Whole(Arc::from(octets)))
    }

    /// A copy in the value itself; none if there is no room.
    #[inline]
    fn inline(source: &[u8]) -> Option<Self> {
        let mut octets = [0; INLINE];
        octets.get_mut(..source.len())?.copy_from_slice(source);
        let length = u8::try_from(source.len()).ok()?;
        Some(Self::Inline { length, octets })
    }

    /// What `write` writes, which is called again if it is too much for the value itself.
    #[inline]
    pub(crate) fn written(write: impl Fn(&mut Room<'_>)) -> Self {
        let Ok(storage) = Self::try_written(|room| {
            write(room);
            Ok::<_, Infallible>(())
        });
        storage
    }

    /// As [`written`](Self::written), if nothing is wrong.
    #[inline]
    pub(super) fn try_written<E>(write: impl Fn(&mut Room<'_>) -> Result<(), E>) -> Result<Self, E> {
        let mut octets = [0; INLINE];
        let mut room = Room::new(&mut octets);
        write(&mut room)?;
        let written = room.length;
        match u8::try_from(written) {
            Ok(length) if written <= INLINE => Ok(Self::Inline { length, octets }),
            _ => {
                let mut memory = memory_of(written);
                write(&mut Room::new(Arc::get_mut(&mut memory).unwrap_or_default()))?;
                Ok(Self::Whole(memory))
            }
        }
    }

    /// What is [`EMPTY`](Self::EMPTY) becomes what `write` writes if the value itself has room for it. Else it is written to
    /// `memory`, and has its place there.
    ///
    /// Values in a list are written where they stand, because to move what was written just now makes the processor wait.
    #[inline]
    pub(super) fn place<E>(
        &mut self,
        memory: &mut Memory,
        write: impl Fn(&mut Room<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Self::Inline { length, octets } = self else {
            return Ok(());
        };
        let mut room = Room::new(octets);
        write(&mut room)?;
        let written = room.length;
        match u8::try_from(written) {
            Ok(short) if written <= INLINE => *length = short,
            _ => {
                // Invariant: a message is shorter than 2^16 octets and expands to less than 2^32.
                let [start, length] =
                    [memory.length, written].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
                if let Some(place) = memory.place(written) {
                    write(&mut Room::new(place))?;
                }
                let memory = None;
                *self = Self::Part {
                    memory,
                    start,
                    length,
                };
            }
        }
        Ok(())
    }

    /// The same, place or octets, also if they are a part of a message's memory.
    #[inline]
    pub(super) fn shared(&self) -> Self {
        match self {
            &Self::Inline { length, octets } => Self::Inline { length, octets },
            Self::Whole(memory) => Self::Whole(Arc::clone(memory)),
            Self::Part {
                memory,
                start,
                length,
            } => Self::Part {
                memory: memory.clone(),
                start: *start,
                length: *length,
            },
        }
    }

    /// Whether they are in the value itself.
    pub(crate) const fn is_inline(&self) -> bool {
        matches!(self, Self::Inline { .. })
    }

    /// Says that the memory in which it has its place is this, and filled.
    #[inline]
    pub(super) fn attach(&mut self, filled: &Arc<[u8]>) {
        if let Self::Part { memory, .. } = self {
            *memory = Some(Arc::clone(filled));
        }
    }
}

/// How much memory most messages need at most, in octets.
const FIRST: usize = 2048;

/// Memory for what is too long for the values of a message. If it is too little at first, all is written once more.
#[derive(Default)]
pub(super) struct Memory {
    /// What was written at first; none as long as nothing was.
    first: Option<[u8; FIRST]>,
    /// All that is needed, once that is known.
    whole: Option<Arc<[u8]>>,
    /// How much was placed.
    length: usize,
}

impl Memory {
    /// A place behind those that there are; none if there is no room for it.
    #[inline]
    fn place(&mut self, length: usize) -> Option<&mut [u8]> {
        let start = self.length;
        self.length = start.wrapping_add(length);
        match &mut self.whole {
            Some(octets) => Arc::get_mut(octets)?.get_mut(start..self.length),
            None => self.first.get_or_insert([0; FIRST]).get_mut(start..self.length),
        }
    }

    /// Whether nothing was placed.
    pub(super) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All that was written; none if there was no room for it. Then there is now, and all is to be placed again.
    #[inline]
    pub(super) fn finish(&mut self) -> Option<Arc<[u8]>> {
        let length = core::mem::take(&mut self.length);
        if self.whole.is_some() {
            return self.whole.take();
        }
        let written = self.first.as_ref()?.get(..length);
        if written.is_none() {
            self.whole = Some(memory_of(length));
        }
        written.map(Arc::from)
    }
}

/// Memory of this many octets, all zero, which nobody else has.
pub(super) fn memory_of(length: usize) -> Arc<[u8]> {
    core::iter::repeat_n(0, length).collect()
}

impl<const INLINE: usize> Deref for Storage<INLINE> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Inline { length, octets } => octets.get(..usize::from(*length)).unwrap_or_default(),
            Self::Whole(memory) => memory,
            Self::Part {
                memory,
                start,
                length,
            } => memory
                .as_deref()
                .and_then(|memory| memory.get(*start as usize..)?.get(..*length as usize))
                .unwrap_or_default(),
        }
    }
}

impl<const INLINE: usize> Clone for Storage<INLINE> {
    #[inline]
    fn clone(&self) -> Self {
        match self {
            Self::Inline { .. } | Self::Whole(_) => self.shared(),
            Self::Part { .. } => Self::copied(self),
        }
    }
}

impl<const INLINE: usize> PartialEq for Storage<INLINE> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<const INLINE: usize> Eq for Storage<INLINE> {}

impl<const INLINE: usize> Hash for Storage<INLINE> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// Room for octets, which are written one after the other. Those that find none are counted all the same.
pub(crate) struct Room<'r> {
    octets: &'r mut [u8],
    length: usize,
}

impl<'r> Room<'r> {
    #[inline]
    pub(super) fn new(octets: &'r mut [u8]) -> Self {
        Self { octets, length: 0 }
    }

    /// Writes octets, or counts them.
    #[inline]
    pub(crate) fn push(&mut self, octets: &[u8]) {
        let end = self.length.wrapping_add(octets.len());
        if let Some(place) = self.octets.get_mut(self.length..end) {
            place.copy_from_slice(octets);
        }
        self.length = end;
    }

    /// Writes octets with their ASCII letters in lower case, or counts them.
    pub(super) fn push_lower(&mut self, octets: &[u8]) {
        let start = self.length;
        self.push(octets);
        if let Some(written) = self.octets.get_mut(start..self.length) {
            written.make_ascii_lowercase();
        }
    }
}
