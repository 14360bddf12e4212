//! Domain names: an owned one, and a view of one inside a message.

mod check;
mod order;
mod text;
mod view;

#[cfg(test)]
mod tests;

use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

use super::error::{ParseError, ParseErrorKind};
use super::storage::Storage;

pub(super) use check::{Extent, MOST_POINTERS, measure, pointer, skip};
pub use text::{NameError, NameErrorKind};
pub use view::{Labels, NameRef};

/// The longest name, in octets (RFC 1035 section 2.3.4).
pub(super) const LONGEST: usize = 255;

/// An absolute domain name, in its wire form without compression and in the case in which it was written.
///
/// Names are equal, and hash equally, if they differ in the case of ASCII letters at most (RFC 4343). Their order is the
/// canonical one of DNSSEC (RFC 4034 section 6.1). Names of up to 46 octets live in the value itself.
///
/// ```
/// use nameward_core::wire::Name;
///
/// let name: Name = "www.Example.com".parse().unwrap();
/// assert_eq!(name, "WWW.example.com.".parse::<Name>().unwrap());
/// assert_eq!(name.to_string(), "www.Example.com.");
/// assert_eq!(name.as_wire(), b"\x03www\x07Example\x03com\x00");
/// assert!(name.is_subdomain_of(&"COM".parse().unwrap()));
/// ```
#[derive(Clone)]
pub struct Name {
    /// Invariant: labels of 1 to 63 octets, each after its length, then the empty label of the root; 255 octets at most.
    pub(super) wire: Storage<46>,
}

impl Name {
    /// How long the longest is in wire form, in octets (RFC 1035 section 2.3.4).
    pub const LONGEST: usize = LONGEST;

    /// The root.
    pub fn root() -> Self {
        Self::from_checked(&[0])
    }

    /// The name that is all of `octets`, without compression.
    ///
    /// # Errors
    ///
    /// They are no name, only the beginning of one, or more than one.
    pub fn from_wire(octets: &[u8]) -> Result<Self, ParseError> {
        // It is not compressed: pointers lead back, and there is nothing before it.
        let extent = measure(octets, 0)?;
        if extent.end != octets.len() {
            return Err(ParseError::new(ParseErrorKind::TrailingOctets, extent.end));
        }
        Ok(Self::from_checked(octets))
    }

    /// The name of these octets, which keep the invariant.
    pub(super) fn from_checked(octets: &[u8]) -> Self {
        Self {
            wire: Storage::copied(octets),
        }
    }

    /// The wire form: each label after its length, then a zero (RFC 1035 section 3.1).
    pub fn as_wire(&self) -> &[u8] {
        &self.wire
    }

    /// The same name as a view.
    pub fn view(&self) -> NameRef<'_> {
        NameRef::from_checked(&self.wire, 0)
    }

    /// The labels from left to right, without the empty one of the root.
    pub fn labels(&self) -> Labels<'_> {
        self.view().labels()
    }

    /// How many labels there are, without the empty one of the root.
    pub fn label_count(&self) -> u8 {
        self.labels().fold(0, |count: u8, _| count.saturating_add(1))
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.wire.len() == 1
    }

    /// The name without its leftmost label; none for the root.
    pub fn parent(&self) -> Option<Self> {
        let label = self.labels().next()?;
        self.wire
            .get(label.len().saturating_add(1)..)
            .map(Self::from_checked)
    }

    /// The name of these labels, from left to right; none if one is empty or longer than 63 octets, or if the name would be longer
    /// than 255.
    ///
    /// ```
    /// use nameward_core::wire::Name;
    ///
    /// assert_eq!(Name::from_labels([b"_25", b"tcp"]).unwrap().to_string(), "_25.tcp.");
    /// assert!(Name::from_labels([b""]).is_none());
    /// ```
    pub fn from_labels<L: AsRef<[u8]>>(labels: impl IntoIterator<Item = L>) -> Option<Self> {
        let mut wire = Assembly::new();
        for label in labels {
            let label = label.as_ref();
            let length = u8::try_from(label.len()).ok();
            wire.push(&[length.filter(|length| (1..=63).contains(length))?])?;
            wire.push(label)?;
        }
        wire.push(&[0])?;
        wire.finish()
    }

    /// The labels of this name, and then those of `suffix`; none if that is longer than 255 octets.
    pub fn join(&self, suffix: &Self) -> Option<Self> {
        let (_root, labels) = self.wire.split_last()?;
        let mut wire = Assembly::new();
        wire.push(labels)?;
        wire.push(&suffix.wire)?;
        wire.finish()
    }

    /// The labels that stand before `suffix`, as a name of their own; none if the name does not lie in `suffix`.
    pub fn before(&self, suffix: &Self) -> Option<Self> {
        let labels = self.wire.len().checked_sub(suffix.wire.len())?;
        let mut wire = Assembly::new();
        wire.push(self.wire.get(..labels).filter(|_| self.is_subdomain_of(suffix))?)?;
        wire.push(&[0])?;
        wire.finish()
    }

    /// Whether the name ends with all labels of `other` (RFC 9499 section 2): whether it is `other` or lies below it.
    pub fn is_subdomain_of(&self, other: &Self) -> bool {
        let mut rest = self.as_wire();
        while rest.len() > other.wire.len() {
            let Some(shorter) = rest
                .first()
                .and_then(|&length| rest.get(usize::from(length).saturating_add(1)..))
            else {
                return false;
            };
            rest = shorter;
        }
        rest.eq_ignore_ascii_case(&other.wire)
    }

    /// What it takes of the heap at most, in octets, with what an allocator adds: the same on every platform.
    pub(crate) fn heap_octets(&self) -> u32 {
        if self.wire.is_inline() { 0 } else { 256 + 32 }
    }

    /// The canonical form: all letters in lower case (RFC 4034 section 6.2). Equal names have the same canonical form.
    #[must_use]
    pub fn to_canonical(&self) -> Self {
        Self {
            wire: Storage::written(|room| room.push_lower(&self.wire)),
        }
    }
}

/// A name that is put together, at most as long as one may be.
struct Assembly {
    octets: [u8; LONGEST],
    length: usize,
}

impl Assembly {
    const fn new() -> Self {
        Self {
            octets: [0; LONGEST],
            length: 0,
        }
    }

    /// Adds octets; none if there is no room for them.
    fn push(&mut self, octets: &[u8]) -> Option<()> {
        let end = self.length.checked_add(octets.len())?;
        self.octets.get_mut(self.length..end)?.copy_from_slice(octets);
        self.length = end;
        Some(())
    }

    /// The name, now that all its labels and the root are there.
    fn finish(&self) -> Option<Name> {
        self.octets.get(..self.length).map(Name::from_checked)
    }
}

// Folding the case of whole wire forms is sound: a length octet is below 64, and no letter is.

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.wire.eq_ignore_ascii_case(&other.wire)
    }
}

impl Eq for Name {}

impl PartialEq<NameRef<'_>> for Name {
    fn eq(&self, other: &NameRef<'_>) -> bool {
        other == self
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut folded = [0; LONGEST];
        if let Some(folded) = folded.get_mut(..self.wire.len()) {
            folded.copy_from_slice(&self.wire);
            folded.make_ascii_lowercase();
            state.write(folded);
        }
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        order::canonical(&self.wire, &other.wire)
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> From<&'a Name> for NameRef<'a> {
    fn from(name: &'a Name) -> Self {
        name.view()
    }
}

impl From<NameRef<'_>> for Name {
    fn from(name: NameRef<'_>) -> Self {
        name.to_name()
    }
}
