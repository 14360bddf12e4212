//! Reading RDATA field by field, and the names in it.

use core::fmt;

use super::{Field, FieldType, Octets};
use crate::wire::error::{ParseError, ParseErrorKind};
use crate::wire::name::{NameRef, measure, skip};
use crate::wire::rdata::schema::{NameRule, RecordType};

/// The rest of some RDATA. Nothing can be read beyond its end, and [`finish`](Self::finish) wants all of it read.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    /// The message up to the end of the RDATA: compression pointers lead back, so no name needs what follows.
    octets: &'a [u8],
    at: usize,
    /// Whether names may be compressed.
    compression: bool,
}

impl<'a> Fields<'a> {
    /// The RDATA from `start` to `end` of a message.
    ///
    /// In a message there is a header before it: what starts at 0 is RDATA by itself, which is not compressed.
    #[inline]
    pub(in crate::wire) fn new(message: &'a [u8], start: usize, end: usize) -> Self {
        Self {
            octets: message.get(..end).unwrap_or(message),
            at: start,
            compression: start > 0,
        }
    }

    /// The same for a type with this rule.
    #[inline]
    pub(in crate::wire::rdata) fn with_rule(self, names: NameRule) -> Self {
        Self {
            compression: self.compression && names.may_be_compressed(),
            ..self
        }
    }

    /// Reads a view that must take all of the RDATA.
    #[inline]
    pub(in crate::wire) fn read_all<T: RecordType<'a>>(self) -> Result<T, ParseError> {
        let mut fields = self.with_rule(T::SCHEMA.names);
        let view = T::read(&mut fields)?;
        fields.finish()?;
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
        if extent.pointers > 0 && !self.compression {
            return Err(self.fail(ParseErrorKind::PointerOutOfPlace));
        }
        self.at = extent.end;
        Ok(NameRef::from_checked(self.octets, start))
    }

    /// The octets of the name that is next, which must not be compressed.
    #[inline]
    pub(in crate::wire) fn whole_name(&mut self) -> Result<&'a [u8], ParseError> {
        let extent = measure(self.octets, self.at)?;
        if extent.pointers > 0 {
            return Err(self.fail(ParseErrorKind::PointerOutOfPlace));
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

    /// Whether nothing is left.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.at >= self.octets.len()
    }

    /// What was read since, of which `later` is the rest.
    #[inline]
    pub(super) fn until(&self, later: &Self) -> &'a [u8] {
        self.octets.get(self.at..later.at).unwrap_or_default()
    }

    pub(super) fn short(&self) -> ParseError {
        self.fail(ParseErrorKind::RdataShort)
    }

    pub(super) fn fail(&self, kind: ParseErrorKind) -> ParseError {
        ParseError::new(kind, self.at)
    }
}

impl<'a> FieldType<'a> for NameRef<'a> {
    const FIELD: Field = Field::Name;

    #[inline]
    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        fields.name()
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        self.with_wire(|wire| octets.extend_from_slice(wire));
    }
}

impl<'a> FieldType<'a> for Option<NameRef<'a>> {
    const FIELD: Field = Field::OptionalName;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        if fields.is_empty() {
            Ok(None)
        } else {
            fields.name().map(Some)
        }
    }

    fn write(&self, field: Field, octets: &mut Octets) {
        if let Some(name) = self {
            name.write(field, octets);
        }
    }
}

/// Names that follow each other without compression, perhaps none.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// Invariant: from `start` on there are names and nothing else.
    octets: &'a [u8],
    start: u16,
}

impl<'a> Names<'a> {
    /// The names that `wire` consists of.
    ///
    /// # Errors
    ///
    /// One of them is not in order, or cut.
    pub fn from_wire(wire: &'a [u8]) -> Result<Self, ParseError> {
        Fields::only(wire, Self::FIELD)
    }

    /// The names, in order.
    pub fn iter(self) -> impl Iterator<Item = NameRef<'a>> + Clone {
        let mut at = usize::from(self.start);
        core::iter::from_fn(move || {
            let start = u16::try_from(at).ok()?;
            at = skip(self.octets, at)?;
            Some(NameRef::from_checked(self.octets, start))
        })
    }
}

impl PartialEq for Names<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Names<'_> {}

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> FieldType<'a> for Names<'a> {
    const FIELD: Field = Field::Names;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        let octets = fields.octets;
        let start = u16::try_from(fields.at).map_err(|_| fields.short())?;
        while !fields.is_empty() {
            fields.name()?;
        }
        Ok(Self { octets, start })
    }

    fn write(&self, field: Field, octets: &mut Octets) {
        for name in self.iter() {
            name.write(field, octets);
        }
    }
}
