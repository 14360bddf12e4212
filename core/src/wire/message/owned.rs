//! A message taken apart.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::convert::Infallible;

use smallvec::SmallVec;

use super::Message;
use crate::wire::codes::{Class, Opcode, Rcode, Rtype};
use crate::wire::error::ParseError;
use crate::wire::header::Flags;
use crate::wire::name::{Name, NameRef};
use crate::wire::opt::OptRef;
use crate::wire::question::Question;
use crate::wire::rdata::Rdata;
use crate::wire::record::{Record, RecordRef, Section};
use crate::wire::storage::{Memory, Room, Storage};

/// All that a message says, in values that own it.
///
/// Memory is allocated at most twice: for the list of records, and for names and RDATA that are too long for the values
/// themselves, which are all in one place. (Several questions, which nobody sends, would have a list too.) A record that is
/// cloned from here has memory of its own, so that whoever keeps it does not keep the others.
///
/// ```
/// use nameward_core::wire::{Message, OwnedMessage, Rtype, Section};
///
/// let octets = b"\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x03com\x00\x00\x02\x00\x01\
///     \xC0\x0C\x00\x02\x00\x01\x00\x00\x00\x3C\x00\x07\x04name\xC0\x0C";
/// let message = OwnedMessage::try_from(Message::parse(octets).unwrap()).unwrap();
/// assert_eq!(message.questions()[0].rtype, Rtype::NS);
/// assert_eq!(message.records(Section::Answer)[0].to_string(), "com.\t60\tIN\tNS\tname.com.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedMessage {
    id: u16,
    flags: Flags,
    questions: SmallVec<[Question; 1]>,
    /// The records of all sections, then the OPT record if there is one.
    records: Vec<Record>,
    /// How many records there are up to the end of each section.
    ends: [u16; 3],
}

impl OwnedMessage {
    /// The message ID.
    pub const fn id(&self) -> u16 {
        self.id
    }

    /// The flags, with the opcode and the lower four bits of the response code.
    pub const fn flags(&self) -> Flags {
        self.flags
    }

    /// What kind of request it is or answers.
    pub fn opcode(&self) -> Opcode {
        self.flags.opcode()
    }

    /// The whole response code: its lower four bits from the header, the others from the OPT record if there is one.
    pub fn rcode(&self) -> Rcode {
        let extended = self.opt().map_or(0, |opt| u16::from(opt.extended_rcode()) << 4);
        Rcode(extended | self.flags.rcode().0)
    }

    /// The questions, in order.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The records of a section, in order, without the OPT record.
    pub fn records(&self, section: Section) -> &[Record] {
        let [answer, authority, additional] = self.ends.map(usize::from);
        let records = match section {
            Section::Answer => self.records.get(..answer),
            Section::Authority => self.records.get(answer..authority),
            Section::Additional => self.records.get(authority..additional),
        };
        records.unwrap_or_default()
    }

    /// The OPT record.
    pub fn opt(&self) -> Option<OptRef<'_>> {
        let [.., end] = self.ends;
        let record = self.records.get(usize::from(end))?;
        Some(OptRef::new(record.class.0, record.ttl, record.rdata.octets()))
    }
}

impl TryFrom<Message<'_>> for OwnedMessage {
    type Error = ParseError;

    /// Takes a message apart.
    ///
    /// # Errors
    ///
    /// The first record of a known type whose RDATA breaks a rule of its type.
    fn try_from(message: Message<'_>) -> Result<Self, ParseError> {
        let count = Section::ALL.map(|section| usize::from(message.record_count(section)));
        let mut owned = Self {
            id: message.id(),
            flags: message.flags(),
            questions: SmallVec::new(),
            records: Vec::with_capacity(count.iter().sum()),
            ends: [0; 3],
        };
        let mut memory = Memory::default();
        loop {
            owned.take(message, &mut memory)?;
            if memory.is_empty() {
                return Ok(owned);
            }
            if let Some(filled) = memory.finish() {
                owned.attach(&filled);
                return Ok(owned);
            }
        }
    }
}

impl OwnedMessage {
    /// Takes a message apart, from the beginning. What is too long for the values themselves goes to `memory`.
    #[inline]
    fn take(&mut self, message: Message<'_>, memory: &mut Memory) -> Result<(), ParseError> {
        self.questions.clear();
        self.records.clear();
        let mut pass = Pass { memory, last: 0 };
        for source in message.questions() {
            self.questions.push(BLANK_QUESTION);
            if let Some((question, before)) = self.questions.split_last_mut() {
                let last = before.last().map(|question| &question.name);
                pass.name(&mut question.name, source.name, last);
                question.rtype = source.rtype;
                question.class = source.class;
            }
        }
        for (section, end) in Section::ALL.into_iter().zip(&mut self.ends) {
            for source in message.records(section) {
                self.records.push(BLANK);
                if let Some((record, before)) = self.records.split_last_mut() {
                    let last = match before.last() {
                        Some(record) => Some(&record.owner),
                        None => self.questions.last().map(|question| &question.name),
                    };
                    pass.record(record, &source, last)?;
                }
            }
            *end = u16::try_from(self.records.len()).unwrap_or(u16::MAX);
        }
        if let Some(source) = message.opt() {
            self.records.push(BLANK);
            if let Some(record) = self.records.last_mut() {
                pass.opt(record, source);
            }
        }
        Ok(())
    }

    /// Gives `memory` to all that has its place there.
    fn attach(&mut self, memory: &Arc<[u8]>) {
        for question in &mut self.questions {
            question.name.wire.attach(memory);
        }
        for record in &mut self.records {
            record.owner.wire.attach(memory);
            record.rdata.octets.attach(memory);
        }
    }
}

/// A question that is still to be filled in.
const BLANK_QUESTION: Question = Question {
    name: Name { wire: Storage::EMPTY },
    rtype: Rtype(0),
    class: Class(0),
};

/// A record that is still to be filled in.
const BLANK: Record = Record {
    owner: Name { wire: Storage::EMPTY },
    class: Class(0),
    ttl: 0,
    rdata: Rdata {
        octets: Storage::EMPTY,
        rtype: Rtype(0),
    },
};

/// The way through a message that is taken apart.
struct Pass<'m> {
    memory: &'m mut Memory,
    /// Where the first label of the last owner or question stands in the message.
    last: usize,
}

impl Pass<'_> {
    /// Owns a name, which often stands where the `last` one does.
    #[inline]
    fn name(&mut self, name: &mut Name, source: NameRef<'_>, last: Option<&Name>) {
        let place = source.place();
        let before = core::mem::replace(&mut self.last, place);
        match last {
            Some(last) if before == place => name.wire = last.wire.shared(),
            _ => self.place(&mut name.wire, |room| source.expand(room)),
        }
    }

    #[inline]
    fn record(
        &mut self,
        record: &mut Record,
        source: &RecordRef<'_>,
        last: Option<&Name>,
    ) -> Result<(), ParseError> {
        let expandable = source.check_rdata()?;
        self.name(&mut record.owner, source.owner, last);
        record.class = source.class;
        record.ttl = source.ttl;
        record.rdata.rtype = source.rtype;
        let octets = &mut record.rdata.octets;
        octets.place(self.memory, |room| source.write_rdata(expandable, room))
    }

    #[inline]
    fn opt(&mut self, record: &mut Record, source: OptRef<'_>) {
        record.owner = Name::root();
        (record.class, record.ttl) = source.class_and_ttl();
        record.rdata.rtype = Rtype::OPT;
        self.place(&mut record.rdata.octets, |room| room.push(source.as_wire()));
    }

    #[inline]
    fn place<const INLINE: usize>(&mut self, storage: &mut Storage<INLINE>, write: impl Fn(&mut Room<'_>)) {
        let Ok(()) = storage.place(self.memory, |room| {
            write(room);
            Ok::<_, Infallible>(())
        });
    }
}
