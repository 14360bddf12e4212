//! Reading RDATA field by field, and the types that fields have.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use smallvec::SmallVec;

use super::schema::{Field, Piece, RecordType};
use crate::wire::error::{ParseError, ParseErrorKind};
use crate::wire::name::{NameRef, measure};

/// The rest of some RDATA. Nothing can be read beyond its end, and [`finish`](Self::finish) wants all of it read.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    /// The message up to the end of the RDATA: compression pointers lead back, so no name needs what follows.
    octets: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    /// The RDATA from `start` to `end` of a message.
    #[inline]
    pub(in crate::wire) fn new(message: &'a [u8], start: usize, end: usize) -> Self {
        Self {
            octets: message.get(..end).unwrap_or(message),
            at: start,
        }
    }

    /// Reads a view that must take all of the RDATA.
    #[inline]
    pub(in crate::wire) fn read_all<T: RecordType<'a>>(mut self) -> Result<T, ParseError> {
        let view = T::read(&mut self)?;
        self.finish()?;
        Ok(view)
    }

    /// The next `count` octets.
    ///
    /// # Errors
    ///
    /// The RDATA has fewer left.
    #[inline]
    pub fn octets(&mut self, count: usize) -> Result<&'a [u8], ParseError> {
        let end = self.at.wrapping_add(count);
        let octets = self.octets.get(self.at..end).ok_or_else(|| self.short())?;
        self.at = end;
        Ok(octets)
    }

    /// The next `N` octets.
    ///
    /// # Errors
    ///
    /// The RDATA has fewer left.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        let octets = self
            .octets
            .get(self.at..)
            .and_then(<[u8]>::first_chunk)
            .ok_or_else(|| self.short())?;
        self.at = self.at.wrapping_add(N);
        Ok(*octets)
    }

    /// The name that is next.
    ///
    /// # Errors
    ///
    /// There is none, or it is not in order.
    #[inline]
    pub fn name(&mut self) -> Result<NameRef<'a>, ParseError> {
        let start = u16::try_from(self.at).map_err(|_| self.short())?;
        let extent = measure(self.octets, self.at).map_err(|error| {
            // The octets end where the RDATA does.
            if error.kind() == ParseErrorKind::Short {
                self.short()
            } else {
                error
            }
        })?;
        self.at = extent.end;
        Ok(NameRef::from_checked(self.octets, start))
    }

    /// The octets of the name that is next, which must not be compressed.
    #[inline]
    pub(in crate::wire) fn whole_name(&mut self) -> Result<&'a [u8], ParseError> {
        let extent = measure(self.octets, self.at)?;
        if extent.pointers > 0 {
            return Err(ParseError::new(ParseErrorKind::PointerOutOfPlace, self.at));
        }
        self.octets(extent.length.into())
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = self.octets.get(self.at..).unwrap_or_default();
        self.at = self.octets.len();
        rest
    }

    /// Nothing may be left.
    ///
    /// # Errors
    ///
    /// Something is.
    #[inline]
    pub fn finish(self) -> Result<(), ParseError> {
        if self.at == self.octets.len() {
            Ok(())
        } else {
            Err(ParseError::new(ParseErrorKind::RdataLong, self.at))
        }
    }

    /// The next field, which is of this kind.
    #[inline]
    pub(in crate::wire) fn piece(&mut self, field: Field) -> Result<Piece<'a>, ParseError> {
        match field {
            Field::U16 => self.octets(2).map(Piece::Octets),
            Field::U32 | Field::Ipv4 => self.octets(4).map(Piece::Octets),
            Field::Ipv6 => self.octets(16).map(Piece::Octets),
            Field::Name => self.name().map(Piece::Name),
            Field::CharacterStrings => {
                CharacterStrings::read(self).map(|strings| Piece::Octets(strings.wire))
            }
        }
    }

    fn short(&self) -> ParseError {
        ParseError::new(ParseErrorKind::RdataShort, self.at)
    }
}

/// A type that a field of a typed view can have.
pub(super) trait FieldType<'a>: Sized {
    /// The kind of field that it is.
    const FIELD: Field;

    fn read(fields: &mut Fields<'a>) -> Result<Self, ParseError>;

    fn write(&self, octets: &mut SmallVec<[u8; 24]>);
}

impl FieldType<'_> for u16 {
    const FIELD: Field = Field::U16;

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, ParseError> {
        fields.array().map(Self::from_be_bytes)
    }

    fn write(&self, octets: &mut SmallVec<[u8; 24]>) {
        octets.extend_from_slice(&self.to_be_bytes());
    }
}

impl FieldType<'_> for u32 {
    const FIELD: Field = Field::U32;

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, ParseError> {
        fields.array().map(Self::from_be_bytes)
    }

    fn write(&self, octets: &mut SmallVec<[u8; 24]>) {
        octets.extend_from_slice(&self.to_be_bytes());
    }
}

impl FieldType<'_> for Ipv4Addr {
    const FIELD: Field = Field::Ipv4;

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, ParseError> {
        fields.array::<4>().map(Self::from)
    }

    fn write(&self, octets: &mut SmallVec<[u8; 24]>) {
        octets.extend_from_slice(&self.octets());
    }
}

impl FieldType<'_> for Ipv6Addr {
    const FIELD: Field = Field::Ipv6;

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, ParseError> {
        fields.array::<16>().map(Self::from)
    }

    fn write(&self, octets: &mut SmallVec<[u8; 24]>) {
        octets.extend_from_slice(&self.octets());
    }
}

impl<'a> FieldType<'a> for NameRef<'a> {
    const FIELD: Field = Field::Name;

    #[inline]
    fn read(fields: &mut Fields<'a>) -> Result<Self, ParseError> {
        fields.name()
    }

    fn write(&self, octets: &mut SmallVec<[u8; 24]>) {
        self.with_wire(|wire| octets.extend_from_slice(wire));
    }
}

/// One or more character strings of up to 255 octets each (RFC 1035 section 3.3), which were checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CharacterStrings<'a> {
    /// Invariant: at least one string, each after its length.
    wire: &'a [u8],
}

impl<'a> CharacterStrings<'a> {
    /// The strings that `wire` consists of, each after an octet with its length.
    ///
    /// # Errors
    ///
    /// There is none, or the last one is cut.
    pub fn from_wire(wire: &'a [u8]) -> Result<Self, ParseError> {
        Self::read(&mut Fields::new(wire, 0, wire.len()))
    }

    /// The strings, in order.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        let mut rest = self.wire;
        core::iter::from_fn(move || {
            let (&length, after) = rest.split_first()?;
            let (string, after) = after.split_at_checked(usize::from(length))?;
            rest = after;
            Some(string)
        })
    }
}

impl fmt::Debug for CharacterStrings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(<[u8]>::escape_ascii))
            .finish()
    }
}

impl<'a> FieldType<'a> for CharacterStrings<'a> {
    const FIELD: Field = Field::CharacterStrings;

    fn read(fields: &mut Fields<'a>) -> Result<Self, ParseError> {
        let mut probe = fields.clone();
        loop {
            let [length] = probe.array()?;
            probe.octets(usize::from(length))?;
            if probe.at == probe.octets.len() {
                return Ok(Self { wire: fields.rest() });
            }
        }
    }

    fn write(&self, octets: &mut SmallVec<[u8; 24]>) {
        octets.extend_from_slice(self.wire);
    }
}
