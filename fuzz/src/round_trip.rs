//! Messages that are read, owned, written and read again; and their records as text.

use bytes::BytesMut;
use nameward_core::wire::{
    Class, Message, MessageWriter, Opt, OwnedMessage, Question, Record, Rtype, Section, WriteError,
};

use crate::steps::at_most;

/// Takes `data` as a message.
pub fn body(data: &[u8]) {
    let Ok(message) = Message::parse(data) else {
        return;
    };
    let taken_apart = OwnedMessage::try_from(message);
    let Some(owned) = Owned::of(message) else {
        return assert!(
            taken_apart.is_err(),
            "one way of owning takes what the other refuses"
        );
    };
    owned.assert_same(&taken_apart.expect("both ways of owning take the same"));
    let mut out = BytesMut::new();
    // All names of a message together are at most so long that it can be read.
    match at_most(1_000 + 64 * data.len(), || owned.write(&mut out)) {
        Ok(()) => {}
        // Names that only readers may find compressed are written whole.
        Err(error) => return assert_eq!(error, WriteError::Full),
    }
    let again = Message::parse(&out).expect("what we write can be read");
    assert_eq!((again.id(), again.flags()), (message.id(), message.flags()));
    assert_eq!(Owned::of(again).as_ref(), Some(&owned));
    copied(message, &out);
    as_text(&owned);
}

/// All that a message says.
#[derive(Debug, PartialEq)]
struct Owned {
    id: u16,
    flags: nameward_core::wire::Flags,
    questions: Vec<(Vec<u8>, Question)>,
    sections: [Vec<(Vec<u8>, Record)>; 3],
    opt: Option<Opt>,
}

impl Owned {
    /// None if some RDATA does not fit its type. Names are there as octets too, because they compare without regard to case.
    fn of(message: Message<'_>) -> Option<Self> {
        let questions = message.questions().map(|question| question.to_question());
        let records = |section| {
            let records = message.records(section).map(|record| record.to_record());
            let records: Result<Vec<_>, _> = records.collect();
            Some(
                records
                    .ok()?
                    .into_iter()
                    .map(|record| (record.owner.as_wire().to_vec(), record))
                    .collect(),
            )
        };
        Some(Self {
            id: message.id(),
            flags: message.flags(),
            questions: questions
                .map(|question| (question.name.as_wire().to_vec(), question))
                .collect(),
            sections: [
                records(Section::Answer)?,
                records(Section::Authority)?,
                records(Section::Additional)?,
            ],
            opt: message.opt().map(Opt::from),
        })
    }

    /// The same, owned in one piece.
    fn assert_same(&self, message: &OwnedMessage) {
        assert_eq!((message.id(), message.flags()), (self.id, self.flags));
        let questions = self.questions.iter().map(|(_, question)| question);
        assert!(message.questions().iter().eq(questions));
        for (section, records) in Section::ALL.into_iter().zip(&self.sections) {
            let found = message.records(section);
            assert_eq!(found.len(), records.len());
            for (found, (owner, record)) in found.iter().zip(records) {
                assert_eq!((found, found.owner.as_wire()), (record, &owner[..]));
            }
        }
        assert_eq!(message.opt().map(Opt::from), self.opt);
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), WriteError> {
        let mut writer = MessageWriter::new(out, u16::MAX, self.id, self.flags);
        for (_, question) in &self.questions {
            writer.question(&question.name, question.rtype, question.class)?;
        }
        if let Some(opt) = &self.opt {
            writer.reserve_opt(opt)?;
        }
        for (section, records) in Section::ALL.into_iter().zip(&self.sections) {
            for (_, record) in records {
                writer.record(section, record)?;
            }
        }
        if let Some(opt) = &self.opt {
            writer.opt(opt)?;
        }
        writer.finish();
        Ok(())
    }
}

/// Copying records from one message to another writes what owning and writing them does.
fn copied(message: Message<'_>, written: &[u8]) {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, message.id(), message.flags());
    for question in message.questions() {
        let asked = writer.question(&question.name.to_name(), question.rtype, question.class);
        assert_eq!(asked, Ok(()));
    }
    for section in Section::ALL {
        for record in message.records(section) {
            assert_eq!(writer.copy(section, &record), Ok(()));
        }
    }
    if let Some(opt) = message.opt() {
        assert_eq!(writer.opt(&Opt::from(opt)), Ok(()));
    }
    writer.finish();
    assert!(*out == *written, "{out:02x?}\n{written:02x?}");
}

/// The records that a zone can have are read back from text, those of each class by themselves.
fn as_text(owned: &Owned) {
    let records = owned.sections.iter().flatten().map(|(_, record)| record);
    let zone: Vec<_> = records.filter(|record| fits_zone(record)).cloned().collect();
    let mut classes: Vec<_> = zone.iter().map(|record| record.class).collect();
    classes.sort_unstable();
    classes.dedup();
    for (class, style) in classes.into_iter().zip(0..) {
        let of_class: Vec<_> = zone
            .iter()
            .filter(|record| record.class == class)
            .cloned()
            .collect();
        crate::zone::printed(&of_class, style);
    }
}

/// Not what stands in questions and messages only, nor what an update says without RDATA.
fn fits_zone(record: &Record) -> bool {
    let of_zone = !matches!(record.rtype(), Rtype(0 | 41 | 128..=255));
    of_zone && !matches!(record.class, Class::ANY | Class::NONE)
}
