//! Resource records (RFC 1035 section 3.2.1).

use core::fmt;

use super::codes::{Class, Rtype};
use super::error::ParseError;
use super::name::{Name, NameRef};
use super::rdata::{Fields, Rdata, RecordType, Schema};
use super::storage::{Room, Storage};

/// A section of a message that holds records (RFC 1035 section 4.1), in the order in which they follow each other.
///
/// In an update they are the prerequisites, the changes and the additional data (RFC 2136 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Records that answer the question.
    Answer,
    /// Records about the authority: a referral's name servers, a negative answer's SOA.
    Authority,
    /// Records that may help. The OPT record is not counted among them.
    Additional,
}

impl Section {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Answer, Self::Authority, Self::Additional];
}

/// A record, owned.
///
/// Two are equal if all parts are; owners compare without regard to case, RDATA octet for octet ([`Rdata`]).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Record {
    /// The name that has it.
    pub owner: Name,
    /// Its class.
    pub class: Class,
    /// Its time to live in seconds, as on the wire.
    pub ttl: u32,
    /// Its type and data.
    pub rdata: Rdata,
}

impl Record {
    /// Its type.
    pub const fn rtype(&self) -> Rtype {
        self.rdata.rtype()
    }
}

/// As displayed.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A record where it stands in a message.
#[derive(Clone, Copy)]
pub struct RecordRef<'a> {
    /// The name that has it.
    pub owner: NameRef<'a>,
    /// Its type.
    pub rtype: Rtype,
    /// Its class.
    pub class: Class,
    /// Its time to live in seconds, as on the wire: values with the highest bit set are for the reader to clamp.
    pub ttl: u32,
    message: &'a [u8],
    rdata_start: u16,
    rdata_length: u16,
}

impl<'a> RecordRef<'a> {
    /// The record whose fixed part is `fixed` and whose RDATA begins at `rdata_start` of the message.
    #[inline]
    pub(super) fn new(owner: NameRef<'a>, fixed: Fixed, message: &'a [u8], rdata_start: u16) -> Self {
        let Fixed {
            rtype,
            class,
            ttl,
            rdata_length,
        } = fixed;
        Self {
            owner,
            rtype,
            class,
            ttl,
            message,
            rdata_start,
            rdata_length,
        }
    }

    /// Its RDATA as it stands in the message: names may be compressed, and nothing was checked but the length.
    #[inline]
    pub fn rdata_octets(&self) -> &'a [u8] {
        let (start, end) = self.rdata_range();
        self.message.get(start..end).unwrap_or_default()
    }

    /// The typed view of its RDATA; none if it is of another type, if the type means something else in its class, or if
    /// it is empty in class ANY or NONE, as updates have it.
    ///
    /// # Errors
    ///
    /// The RDATA breaks a rule of the type, or does not end where RDLENGTH says.
    #[inline]
    pub fn rdata<T: RecordType<'a>>(&self) -> Result<Option<T>, ParseError> {
        if self.rtype != T::SCHEMA.rtype || self.schema().is_none() {
            return Ok(None);
        }
        let (start, end) = self.rdata_range();
        Fields::new(self.message, start, end).read_all().map(Some)
    }

    /// The same record, owned and without compression.
    ///
    /// # Errors
    ///
    /// The type is known, and the RDATA breaks one of its rules.
    pub fn to_record(self) -> Result<Record, ParseError> {
        Ok(Record {
            owner: self.owner.to_name(),
            class: self.class,
            ttl: self.ttl,
            rdata: self.to_rdata()?,
        })
    }

    /// Its RDATA, owned and without compression.
    ///
    /// # Errors
    ///
    /// The type is known, and the RDATA breaks one of its rules.
    pub fn to_rdata(self) -> Result<Rdata, ParseError> {
        let expandable = self.check_rdata()?;
        Ok(Rdata {
            octets: Storage::try_written(|room| self.write_rdata(expandable, room))?,
            rtype: self.rtype,
        })
    }

    /// Checks its RDATA, unless names in it may be compressed: then what is known about it comes back, and writing it checks it.
    #[inline]
    pub(super) fn check_rdata(&self) -> Result<Option<&'static Schema>, ParseError> {
        match self.schema() {
            Some(schema) if schema.names.may_be_compressed() => Ok(Some(schema)),
            Some(schema) => {
                let (start, end) = self.rdata_range();
                schema.check(self.message, start, end).map(|()| None)
            }
            None => Ok(None),
        }
    }

    /// Writes its RDATA without compression. What is not `expandable` is taken as it is.
    #[inline]
    pub(super) fn write_rdata(
        &self,
        expandable: Option<&'static Schema>,
        room: &mut Room<'_>,
    ) -> Result<(), ParseError> {
        let Some(schema) = expandable else {
            room.push(self.rdata_octets());
            return Ok(());
        };
        let (start, end) = self.rdata_range();
        schema.expand(self.message, start, end, room)
    }

    /// What is known about its RDATA.
    #[inline]
    pub(crate) fn schema(&self) -> Option<&'static Schema> {
        let empty = self.rdata_length == 0 && matches!(self.class, Class::ANY | Class::NONE);
        if empty {
            None
        } else {
            Schema::of(self.rtype, self.class)
        }
    }

    /// RDLENGTH: how many octets its RDATA has where it stands.
    pub(super) const fn rdata_length(&self) -> u16 {
        self.rdata_length
    }

    /// The message and where in it the RDATA starts and ends.
    #[inline]
    pub(crate) fn rdata_place(&self) -> (&'a [u8], usize, usize) {
        let (start, end) = self.rdata_range();
        (self.message, start, end)
    }

    #[inline]
    fn rdata_range(&self) -> (usize, usize) {
        let start = usize::from(self.rdata_start);
        (start, start.wrapping_add(usize::from(self.rdata_length)))
    }
}

/// As displayed.
impl fmt::Debug for RecordRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What stands between owner and RDATA.
#[derive(Clone, Copy)]
pub(super) struct Fixed {
    pub(super) rtype: Rtype,
    pub(super) class: Class,
    pub(super) ttl: u32,
    pub(super) rdata_length: u16,
}

impl Fixed {
    /// Its length in octets.
    pub(super) const LENGTH: usize = 10;

    /// What begins at `at`; none if the octets end before it does.
    #[inline]
    pub(super) fn read(octets: &[u8], at: usize) -> Option<Self> {
        let &[a, b, c, d, e, f, g, h, i, j] = octets.get(at..)?.first_chunk::<{ Self::LENGTH }>()?;
        Some(Self {
            rtype: Rtype(u16::from_be_bytes([a, b])),
            class: Class(u16::from_be_bytes([c, d])),
            ttl: u32::from_be_bytes([e, f, g, h]),
            rdata_length: u16::from_be_bytes([i, j]),
        })
    }

    /// Its octets.
    #[inline]
    pub(super) fn to_octets(self) -> [u8; Self::LENGTH] {
        let [a, b] = self.rtype.0.to_be_bytes();
        let [c, d] = self.class.0.to_be_bytes();
        let [e, f, g, h] = self.ttl.to_be_bytes();
        let [i, j] = self.rdata_length.to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j]
    }
}
