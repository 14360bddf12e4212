//! Writing messages.

mod compress;

#[cfg(test)]
mod tests;

use bytes::BytesMut;

use super::codes::{Class, Rtype};
use super::error::ParseError;
use super::header::{Flags, Header};
use super::name::NameRef;
use super::opt::Opt;
use super::rdata::{Field, Fields, NameRule, Piece, Schema};
use super::record::{Fixed, Record, RecordRef, Section};
use compress::Compressor;

/// Appends one message to a buffer, up to a limit.
///
/// Questions come first, then the records of the sections in order, and [`finish`](Self::finish) writes the header. What does
/// not fit is not written at all: each call either writes the whole of what it was given or changes nothing, so that a
/// message ends at a boundary that its author chose. Until it is finished, the octets in the buffer are no message.
///
/// # Compression
///
/// Owners, questions and the names in RDATA of the types of RFC 1035 are compressed (RFC 3597 section 4). A name is pointed to
/// only if it is the same octet for octet, so that each name keeps its case. Each
/// name is looked up whole and then without one label after the other, and all that a pointer can lead to is found. The writer
/// has room for 112 names in itself, and moves them to larger memory twice at most. It compares 1000 labels for a message with
/// names that turn out to be others, and then writes names whole. Its work is thus at most proportional to the octets that it is
/// given.
///
/// ```
/// use bytes::BytesMut;
/// use nameward_core::wire::{Class, Flags, Message, MessageWriter, Name, Opt, Rtype};
///
/// let name: Name = "www.example.".parse().unwrap();
/// let mut out = BytesMut::new();
/// let mut writer = MessageWriter::new(&mut out, 512, 0x1234, Flags::default().with_rd(true));
/// writer.question(&name, Rtype::A, Class::IN).unwrap();
/// writer.opt(&Opt::default()).unwrap();
/// assert_eq!(writer.finish(), 40);
/// assert_eq!(Message::parse(&out).unwrap().question().unwrap().name, name);
/// ```
#[derive(Debug)]
#[must_use = "a message needs its header, which `finish` writes"]
pub struct MessageWriter<'a> {
    out: &'a mut BytesMut,
    /// Where the message starts in `out`.
    start: usize,
    /// How long `out` may become, without what is reserved.
    limit: usize,
    reserved: usize,
    header: Header,
    part: Part,
    has_opt: bool,
    /// How long the name of the first question is, which stands whole behind the header; 0 if there is none.
    question_length: u8,
    /// Whether `names` may take memory.
    grows: bool,
    /// None until a name is looked for, behind the first question: most responses repeat that one in owners only, and have no other name.
    names: Option<Compressor>,
}

/// The owner of records that are to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OwnerName<'n> {
    /// It was written before, at this offset of the message, to which a pointer can lead.
    At(u16),
    /// Its wire form without compression.
    Whole(&'n [u8]),
}

/// Where the name of the first question stands, in octets from the start of the message.
pub(crate) const FIRST_NAME: u16 = 12;

/// The part of a message that is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Questions,
    Records(Section),
}

/// A state of a [`MessageWriter`] to which it can return.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoint {
    length: usize,
    header: Header,
    part: Part,
    has_opt: bool,
    limit: usize,
    reserved: usize,
}

/// Why something was not written. The message is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum WriteError {
    /// It does not fit: the message would be longer than its limit.
    #[error("the message would be longer than its limit")]
    Full,
    /// It belongs before what was written already. This is a mistake of the caller.
    #[error(
        "questions come first, then answer, authority and additional section, and one OPT record at most"
    )]
    OutOfOrder,
    /// RDATA that was to be copied from another message breaks a rule of its type.
    #[error("RDATA cannot be copied: {0}")]
    Malformed(ParseError),
}

impl<'a> MessageWriter<'a> {
    /// Begins a message of at most `limit` octets at the end of `out`. A header always fits: a limit below 12 means 12.
    pub fn new(out: &'a mut BytesMut, limit: u16, id: u16, flags: Flags) -> Self {
        let start = out.len();
        let length = usize::from(limit).max(Header::LENGTH);
        out.extend_from_slice(&[0; Header::LENGTH]);
        let header = Header {
            id,
            flags,
            question_count: 0,
            answer_count: 0,
            authority_count: 0,
            additional_count: 0,
        };
        Self {
            out,
            start,
            limit: start.saturating_add(length),
            reserved: 0,
            header,
            part: Part::Questions,
            has_opt: false,
            question_length: 0,
            grows: true,
            names: None,
        }
    }

    /// From now on the message takes no memory but that of its buffer: where there are too many names for the room in the writer itself,
    /// some stay longer than they could be.
    #[inline]
    pub(crate) const fn take_no_memory(&mut self) {
        self.grows = false;
    }

    /// The octets written so far, the header's twelve among them.
    pub fn written(&self) -> usize {
        self.out.len().wrapping_sub(self.start)
    }

    /// How many records a section has so far, the OPT record counted where it stands.
    pub const fn record_count(&self, section: Section) -> u16 {
        match section {
            Section::Answer => self.header.answer_count,
            Section::Authority => self.header.authority_count,
            Section::Additional => self.header.additional_count,
        }
    }

    /// The flags that the header will have.
    pub const fn flags(&self) -> Flags {
        self.header.flags
    }

    /// Changes the flags that the header will have.
    pub const fn set_flags(&mut self, flags: Flags) {
        self.header.flags = flags;
    }

    /// Keeps room for an OPT record, so that [`opt`](Self::opt) finds it whatever is written in between.
    ///
    /// # Errors
    ///
    /// There is no such room.
    pub fn reserve_opt(&mut self, opt: &Opt) -> Result<(), WriteError> {
        let unreserved = self.limit.saturating_add(self.reserved);
        let limit = unreserved
            .checked_sub(opt.wire_len())
            .filter(|&limit| limit >= self.out.len());
        self.limit = limit.ok_or(WriteError::Full)?;
        self.reserved = unreserved.saturating_sub(self.limit);
        Ok(())
    }

    /// Writes a question.
    ///
    /// # Errors
    ///
    /// It does not fit, or a record was written already.
    pub fn question<'n>(
        &mut self,
        name: impl Into<NameRef<'n>>,
        rtype: Rtype,
        class: Class,
    ) -> Result<(), WriteError> {
        name.into().with_wire(|wire| self.question_of(wire, rtype, class))
    }

    /// As [`question`](Self::question), for a name in wire form without compression.
    #[inline]
    pub(crate) fn question_of(&mut self, wire: &[u8], rtype: Rtype, class: Class) -> Result<(), WriteError> {
        if self.part > Part::Questions {
            return Err(WriteError::OutOfOrder);
        }
        let [a, b] = rtype.0.to_be_bytes();
        let [c, d] = class.0.to_be_bytes();
        if self.written() == Header::LENGTH {
            if wire.len().saturating_add(4) > self.limit.saturating_sub(self.out.len()) {
                return Err(WriteError::Full);
            }
            self.out.extend_from_slice(wire);
            self.out.extend_from_slice(&[a, b, c, d]);
            // Invariant: a name has 255 octets at most.
            self.question_length = u8::try_from(wire.len()).unwrap_or_default();
        } else {
            self.whole(|writer| match writer.labels(wire)? {
                Some([high, low]) => writer.append(&[high, low, a, b, c, d]),
                None => writer.append(&[0, a, b, c, d]),
            })?;
        }
        self.header.question_count = self.header.question_count.saturating_add(1);
        Ok(())
    }

    /// Where this name in wire form stands, if it is that of the first question, in the same case.
    pub(crate) fn question_at(&self, wire: &[u8]) -> Option<u16> {
        let name = self
            .out
            .get(self.start..)
            .and_then(|message| message.get(Header::LENGTH..));
        let name = name.and_then(|rest| rest.get(..usize::from(self.question_length)));
        (name == Some(wire)).then_some(FIRST_NAME)
    }

    /// Writes a record.
    ///
    /// # Errors
    ///
    /// It does not fit, or a record of a later section was written already.
    pub fn record(&mut self, section: Section, record: &Record) -> Result<(), WriteError> {
        self.whole(|writer| {
            writer.enter(section)?;
            let rdata = &record.rdata;
            let octets = rdata.octets();
            let fixed = Fixed {
                rtype: rdata.rtype(),
                class: record.class,
                ttl: record.ttl,
                rdata_length: u16::try_from(octets.len()).map_err(|_| WriteError::Full)?,
            };
            writer.owner(record.owner.as_wire(), fixed)?;
            writer.owned_rdata(compressible(fixed), octets)
        })
    }

    /// Writes records of one owner, type, class and TTL, or none. Of their RDATA the octets without compression are given.
    ///
    /// # Errors
    ///
    /// They do not fit all, or a record of a later section was written already.
    pub fn records<'r>(
        &mut self,
        section: Section,
        owner: NameRef<'_>,
        rtype: Rtype,
        class: Class,
        ttl: u32,
        rdata: impl IntoIterator<Item = &'r [u8]>,
    ) -> Result<(), WriteError> {
        owner.with_wire(|owner| self.records_of(section, OwnerName::Whole(owner), rtype, class, ttl, rdata))
    }

    /// As [`records`](Self::records), of an owner that may have been written before.
    #[inline]
    pub(crate) fn records_of<'r>(
        &mut self,
        section: Section,
        owner: OwnerName<'_>,
        rtype: Rtype,
        class: Class,
        ttl: u32,
        rdata: impl IntoIterator<Item = &'r [u8]>,
    ) -> Result<(), WriteError> {
        let mut fixed = Fixed {
            rtype,
            class,
            ttl,
            rdata_length: 0,
        };
        let schema = compressible(fixed);
        if let (OwnerName::At(offset), None) = (owner, schema) {
            return self.records_without_names(section, offset, fixed, rdata);
        }
        self.whole(|writer| {
            let first = writer.written();
            for octets in rdata {
                writer.enter(section)?;
                fixed.rdata_length = u16::try_from(octets.len()).map_err(|_| WriteError::Full)?;
                let written = match owner {
                    OwnerName::At(offset) => Ok(pointer(offset)),
                    OwnerName::Whole(owner) => writer.pointer_to(first).ok_or(owner),
                };
                match written {
                    Ok([high, low]) => {
                        let [a, b, c, d, e, f, g, h, i, j] = fixed.to_octets();
                        writer.append(&[high, low, a, b, c, d, e, f, g, h, i, j])?;
                    }
                    Err(owner) => writer.owner(owner, fixed)?,
                }
                writer.owned_rdata(schema, octets)?;
            }
            Ok(())
        })
    }

    /// Writes records whose owner was written before, and whose RDATA is written as it is: most records of responses.
    #[inline]
    fn records_without_names<'r>(
        &mut self,
        section: Section,
        owner: u16,
        mut fixed: Fixed,
        rdata: impl IntoIterator<Item = &'r [u8]>,
    ) -> Result<(), WriteError> {
        if self.part > Part::Records(section) {
            return Err(WriteError::OutOfOrder);
        }
        let before = self.out.len();
        let [high, low] = pointer(owner);
        let mut count = 0_u16;
        for octets in rdata {
            // Two octets of the owner come before the fixed part.
            let length = Fixed::LENGTH.wrapping_add(2).wrapping_add(octets.len());
            let room = self.limit.saturating_sub(self.out.len());
            let Some(rdata_length) = u16::try_from(octets.len()).ok().filter(|_| length <= room) else {
                self.out.truncate(before);
                return Err(WriteError::Full);
            };
            fixed.rdata_length = rdata_length;
            let [a, b, c, d, e, f, g, h, i, j] = fixed.to_octets();
            self.out
                .extend_from_slice(&[high, low, a, b, c, d, e, f, g, h, i, j]);
            self.out.extend_from_slice(octets);
            count = count.saturating_add(1);
        }
        if count > 0 {
            self.part = Part::Records(section);
            let total = self.count_mut(section);
            *total = total.saturating_add(count);
        }
        Ok(())
    }

    /// Writes all records of an RRset, or none.
    ///
    /// # Errors
    ///
    /// They do not fit all, or a record of a later section was written already.
    pub fn rrset<'r>(
        &mut self,
        section: Section,
        records: impl IntoIterator<Item = &'r Record>,
    ) -> Result<(), WriteError> {
        self.whole(|writer| {
            records
                .into_iter()
                .try_for_each(|record| writer.record(section, record))
        })
    }

    /// Copies a record from another message.
    ///
    /// # Errors
    ///
    /// It does not fit, a record of a later section was written already, or its RDATA breaks a rule of its type.
    pub fn copy(&mut self, section: Section, record: &RecordRef<'_>) -> Result<(), WriteError> {
        self.whole(|writer| {
            writer.enter(section)?;
            let fixed = Fixed {
                rtype: record.rtype,
                class: record.class,
                ttl: record.ttl,
                rdata_length: record.rdata_length(),
            };
            record.owner.with_wire(|wire| writer.owner(wire, fixed))?;
            match record.schema() {
                Some(schema) => writer.rdata(|writer| writer.pieces(schema, record)),
                None => writer.append(record.rdata_octets()),
            }
        })
    }

    /// Writes the OPT record, in the room that was reserved for it or where there is some. Records of the additional section
    /// may follow.
    ///
    /// # Errors
    ///
    /// It does not fit, or there is one already.
    pub fn opt(&mut self, opt: &Opt) -> Result<(), WriteError> {
        if self.has_opt {
            return Err(WriteError::OutOfOrder);
        }
        let limit = self.limit.saturating_add(self.reserved);
        let fixed = opt.fixed_part().ok_or(WriteError::Full)?;
        if opt.wire_len() > limit.saturating_sub(self.out.len()) {
            return Err(WriteError::Full);
        }
        // The last section is open whatever was written.
        self.enter(Section::Additional)?;
        (self.limit, self.reserved, self.has_opt) = (limit, 0, true);
        self.out.extend_from_slice(&fixed);
        if !opt.options.is_empty() {
            self.out.extend_from_slice(opt.options.as_wire());
        }
        Ok(())
    }

    /// The present state.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            length: self.written(),
            header: self.header,
            part: self.part,
            has_opt: self.has_opt,
            limit: self.limit,
            reserved: self.reserved,
        }
    }

    /// Takes back all that was written since `checkpoint` was made of this writer. The flags stay.
    pub fn rollback(&mut self, checkpoint: Checkpoint) {
        let Checkpoint {
            length,
            header,
            part,
            has_opt,
            limit,
            reserved,
        } = checkpoint;
        debug_assert!(
            length <= self.written(),
            "rolled back to a state of another writer, or to a later one"
        );
        self.header = Header {
            flags: self.header.flags,
            ..header
        };
        (self.part, self.has_opt, self.limit, self.reserved) = (part, has_opt, limit, reserved);
        self.truncate(length);
    }

    /// Writes the header. Returns the length of the message in octets.
    pub fn finish(self) -> usize {
        let header = self.header.to_octets();
        if let Some(place) = self.out.get_mut(self.start..).and_then(<[u8]>::first_chunk_mut) {
            *place = header;
        }
        self.written()
    }

    /// Writes something whole, or nothing.
    #[inline]
    fn whole(&mut self, write: impl FnOnce(&mut Self) -> Result<(), WriteError>) -> Result<(), WriteError> {
        let before = self.checkpoint();
        let result = write(self);
        if result.is_err() {
            self.rollback(before);
        }
        result
    }

    /// Takes back what is behind octet `length` of the message.
    #[cold]
    fn truncate(&mut self, length: usize) {
        self.out.truncate(self.start.wrapping_add(length));
        if length <= Header::LENGTH {
            (self.question_length, self.names) = (0, None);
        } else if let Some(names) = &mut self.names {
            names.forget_from(length);
        }
    }

    /// The first names: those of the first question.
    #[inline(never)]
    fn names_of_question(message: &[u8], length: u8, grows: bool) -> Compressor {
        let end = Header::LENGTH.wrapping_add(length.into());
        let mut names = Compressor::new(grows);
        names.begin_with(message.get(..end).unwrap_or_default(), Header::LENGTH);
        names
    }

    /// One record more in `section`.
    #[inline]
    fn enter(&mut self, section: Section) -> Result<(), WriteError> {
        if self.part > Part::Records(section) {
            return Err(WriteError::OutOfOrder);
        }
        self.part = Part::Records(section);
        let count = self.count_mut(section);
        // Invariant: a record has eleven octets at least, so that a message has less than 65 536.
        *count = count.saturating_add(1);
        Ok(())
    }

    #[inline]
    const fn count_mut(&mut self, section: Section) -> &mut u16 {
        match section {
            Section::Answer => &mut self.header.answer_count,
            Section::Authority => &mut self.header.authority_count,
            Section::Additional => &mut self.header.additional_count,
        }
    }

    /// Writes an owner and the fixed part behind it.
    #[inline]
    fn owner(&mut self, wire: &[u8], fixed: Fixed) -> Result<(), WriteError> {
        let [a, b, c, d, e, f, g, h, i, j] = fixed.to_octets();
        match self.labels(wire)? {
            Some([high, low]) => self.append(&[high, low, a, b, c, d, e, f, g, h, i, j]),
            None => self.append(&[0, a, b, c, d, e, f, g, h, i, j]),
        }
    }

    /// Writes the labels of a name that were not written before. The pointer that belongs behind them; none if that is the root.
    #[inline]
    fn labels(&mut self, wire: &[u8]) -> Result<Option<[u8; 2]>, WriteError> {
        let message = self.out.get(self.start..).unwrap_or_default();
        let names = match &mut self.names {
            Some(names) => names,
            none => none.insert(Self::names_of_question(message, self.question_length, self.grows)),
        };
        let (labels, rest) = names.compress(message, wire);
        if !labels.is_empty() {
            self.append(labels)?;
        }
        Ok(rest.map(pointer))
    }

    /// Writes RDATA, and puts in its length afterwards.
    #[inline]
    fn rdata(&mut self, write: impl FnOnce(&mut Self) -> Result<(), WriteError>) -> Result<(), WriteError> {
        let start = self.out.len();
        write(self)?;
        let length = u16::try_from(self.out.len().saturating_sub(start)).map_err(|_| WriteError::Full)?;
        if let Some(place) = self
            .out
            .get_mut(start.saturating_sub(2)..)
            .and_then(<[u8]>::first_chunk_mut)
        {
            *place = length.to_be_bytes();
        }
        Ok(())
    }

    /// A pointer that stands for the name that was written at `offset`, if there is one, and if it is no longer than the name.
    #[inline]
    fn pointer_to(&self, offset: usize) -> Option<[u8; 2]> {
        let at = self.start.wrapping_add(offset);
        match *self.out.get(at)? {
            0 => None,
            // The name is a pointer.
            0xC0.. => self.out.get(at..)?.first_chunk().copied(),
            _ => u16::try_from(offset)
                .ok()
                .filter(|&offset| offset < 0x4000)
                .map(pointer),
        }
    }

    /// Writes RDATA without compression, and compresses the names in it if there is a schema.
    #[inline]
    fn owned_rdata(&mut self, schema: Option<&'static Schema>, octets: &[u8]) -> Result<(), WriteError> {
        let Some(schema) = schema else {
            return self.append(octets);
        };
        let before = self.written();
        let written = self.rdata(|writer| writer.compressed_rdata(schema, octets));
        // Octets that do not fit their type are those of an unknown type.
        if let Err(WriteError::Malformed(_)) = written {
            self.truncate(before);
            return self.rdata(|writer| writer.append(octets));
        }
        written
    }

    /// Writes owned RDATA whose names are to be compressed. Neighbours of fixed width are written together.
    #[inline]
    fn compressed_rdata(&mut self, schema: &'static Schema, octets: &[u8]) -> Result<(), WriteError> {
        let mut fields = Fields::new(octets, 0, octets.len());
        let mut together = 0_usize;
        for &field in schema.fields {
            if let Some(width) = field.width() {
                together = together.wrapping_add(width);
                continue;
            }
            if together > 0 {
                let octets = fields.octets(core::mem::take(&mut together));
                self.append(octets.map_err(WriteError::Malformed)?)?;
            }
            if field == Field::Name {
                let name = fields.whole_name().map_err(WriteError::Malformed)?;
                self.compressed(name)?;
            } else if let Piece::Octets(octets) = fields.piece(field).map_err(WriteError::Malformed)? {
                self.append(octets)?;
            }
        }
        if together > 0 {
            self.append(fields.octets(together).map_err(WriteError::Malformed)?)?;
        }
        fields.finish().map_err(WriteError::Malformed)
    }

    /// Writes RDATA of another message.
    fn pieces(&mut self, schema: &'static Schema, record: &RecordRef<'_>) -> Result<(), WriteError> {
        let (message, start, end) = record.rdata_place();
        for piece in schema.pieces(message, start, end) {
            match piece.map_err(WriteError::Malformed)?.1 {
                Piece::Octets(octets) => self.append(octets)?,
                Piece::Name(name) => name.with_wire(|wire| match schema.names {
                    NameRule::Compressed => self.compressed(wire),
                    NameRule::None | NameRule::Expanded | NameRule::Lowered | NameRule::Kept => {
                        self.append(wire)
                    }
                })?,
            }
        }
        Ok(())
    }

    /// Writes a name, as much of it as was not written before.
    #[inline]
    fn compressed(&mut self, wire: &[u8]) -> Result<(), WriteError> {
        match self.labels(wire)? {
            Some(pointer) => self.append(&pointer),
            None => self.append(&[0]),
        }
    }

    #[inline]
    fn append(&mut self, octets: &[u8]) -> Result<(), WriteError> {
        if octets.len() > self.limit.saturating_sub(self.out.len()) {
            return Err(WriteError::Full);
        }
        self.out.extend_from_slice(octets);
        Ok(())
    }
}

/// What is known about RDATA of this type and class, if names in it are to be compressed.
#[inline]
fn compressible(fixed: Fixed) -> Option<&'static Schema> {
    Schema::of(fixed.rtype, fixed.class).filter(|schema| schema.names == NameRule::Compressed)
}

/// The octets that a pointer to this offset consists of.
#[inline]
const fn pointer(offset: u16) -> [u8; 2] {
    (offset | 0xC000).to_be_bytes()
}
