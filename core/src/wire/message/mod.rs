//! Messages that were received (RFC 1035 section 4).

mod check;
mod iterate;
mod owned;
mod shared;

#[cfg(test)]
mod tests;

use core::fmt;

use super::codes::{Class, Opcode, Rcode, Rtype};
use super::error::ParseError;
use super::header::{Flags, Header};
use super::name::{Name, NameRef};
use super::opt::OptRef;
use super::question::QuestionRef;
use super::record::{Fixed, Section};

use check::{Layout, check};
pub use iterate::{Questions, Records};
pub use owned::OwnedMessage;
pub use shared::SharedMessage;

/// A message that was checked once, in one pass and without memory of its own; looking at it cannot fail.
///
/// Checked are the header, all questions, and of all records the owner, the fixed part and that the RDATA lies inside the
/// message; that nothing follows the last record; and the OPT record, which is a property of the message and none of the
/// [`records`](Self::records). RDATA is decoded when somebody wants it: [`RecordRef::rdata`](super::RecordRef::rdata).
///
/// # Limits
///
/// A compression pointer leads strictly backwards: to below the lowest octet of its name that was seen before. A name has
/// 126 of them at most, and all names that are checked here together have at most four for each octet of the message.
///
/// ```
/// use nameward_core::wire::{Message, Opcode, Rcode, Rtype, Section};
///
/// let query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03com\x00\x00\x02\x00\x01";
/// let message = Message::parse(query).unwrap();
/// assert_eq!((message.id(), message.opcode(), message.rcode()), (0x1234, Opcode::QUERY, Rcode::NOERROR));
/// assert_eq!(message.question().unwrap().rtype, Rtype::NS);
/// assert_eq!(message.records(Section::Answer).len(), 0);
/// ```
#[derive(Clone, Copy)]
pub struct Message<'a> {
    octets: &'a [u8],
    layout: Layout,
}

impl<'a> Message<'a> {
    /// Checks a message.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks, and where.
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        Ok(Self {
            octets,
            layout: check(octets)?,
        })
    }

    /// The octets of the message, all of them.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.octets
    }

    /// The message ID.
    pub fn id(self) -> u16 {
        self.word(0)
    }

    /// The flags, with the opcode and the lower four bits of the response code.
    pub fn flags(self) -> Flags {
        Flags(self.word(2))
    }

    /// What kind of request it is or answers.
    pub fn opcode(self) -> Opcode {
        self.flags().opcode()
    }

    /// The whole response code: its lower four bits from the header, the others from the OPT record if there is one.
    pub fn rcode(self) -> Rcode {
        let extended = self.opt().map_or(0, |opt| u16::from(opt.extended_rcode()) << 4);
        Rcode(extended | self.flags().rcode().0)
    }

    /// QDCOUNT: how many questions there are.
    pub fn question_count(self) -> u16 {
        self.word(4)
    }

    /// ANCOUNT, NSCOUNT or ARCOUNT: how many records the section has, the OPT record counted where it stands.
    pub fn record_count(self, section: Section) -> u16 {
        self.word(match section {
            Section::Answer => 6,
            Section::Authority => 8,
            Section::Additional => 10,
        })
    }

    /// The questions, in order.
    pub fn questions(self) -> Questions<'a> {
        Questions::new(self.octets, self.question_count())
    }

    /// The question, if there is exactly one.
    pub fn question(self) -> Option<QuestionRef<'a>> {
        if self.question_count() == 1 {
            self.questions().next()
        } else {
            None
        }
    }

    /// The question, if there is exactly one, and its name in wire form without compression: from where it stands, or in `buffer`.
    #[inline]
    pub(crate) fn question_in<'b>(
        self,
        buffer: &'b mut Option<[u8; Name::LONGEST]>,
    ) -> Option<(QuestionRef<'a>, &'b [u8])>
    where
        'a: 'b,
    {
        if !self.layout.plain_question {
            let question = self.question()?;
            return Some((question, question.name.flatten(buffer.insert([0; Name::LONGEST]))));
        }
        let [records, ..] = self.layout.sections;
        let (wire, fixed) = self
            .octets
            .get(Header::LENGTH..records.into())?
            .split_last_chunk()?;
        let &[a, b, c, d] = fixed;
        let question = QuestionRef {
            name: NameRef::from_checked(self.octets, u16::try_from(Header::LENGTH).ok()?),
            rtype: Rtype(u16::from_be_bytes([a, b])),
            class: Class(u16::from_be_bytes([c, d])),
        };
        Some((question, wire))
    }

    /// Whether it has a TSIG record (RFC 8945), in its place or not.
    #[inline]
    pub(crate) const fn has_tsig(self) -> bool {
        self.layout.has_tsig
    }

    /// The records of a section, in order, without the OPT record.
    pub fn records(self, section: Section) -> Records<'a> {
        Records::new(self.octets, self.layout, section, self.record_count(section))
    }

    /// The OPT record.
    pub fn opt(self) -> Option<OptRef<'a>> {
        let fixed_at = usize::from(self.layout.opt?.get()).wrapping_add(1);
        let fixed = Fixed::read(self.octets, fixed_at)?;
        let start = fixed_at.wrapping_add(Fixed::LENGTH);
        let options = self
            .octets
            .get(start..start.wrapping_add(usize::from(fixed.rdata_length)))?;
        Some(OptRef::new(fixed.class.0, fixed.ttl, options))
    }

    /// Where the OPT record begins, in octets from the start of the message. Its first option begins eleven octets later.
    pub fn opt_offset(self) -> Option<u16> {
        self.layout.opt.map(core::num::NonZeroU16::get)
    }

    /// The word of the header at offset `at`.
    fn word(self, at: usize) -> u16 {
        debug_assert!(at < Header::LENGTH, "read beyond the header");
        // Invariant: a checked message has a whole header.
        self.octets
            .get(at..)
            .and_then(<[u8]>::first_chunk)
            .map_or(0, |word| u16::from_be_bytes(*word))
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut message = f.debug_struct("Message");
        message.field("id", &self.id()).field("flags", &self.flags());
        message.field("opt", &self.opt());
        for question in self.questions() {
            message.field("question", &question);
        }
        for section in Section::ALL {
            for record in self.records(section) {
                message.field(
                    match section {
                        Section::Answer => "answer",
                        Section::Authority => "authority",
                        Section::Additional => "additional",
                    },
                    &record,
                );
            }
        }
        message.finish()
    }
}
