//! Everything that reads a message, and what must hold of it.

use std::fmt::{self, Write as _};

use bytes::{Bytes, BytesMut};
use nameward_core::edns::{Refusal, Violation, violations};
use nameward_core::machine::Proto;
use nameward_core::rrset::TtlRule;
use nameward_core::text::read_rdata;
use nameward_core::text::scan::{Progress, Scanner};
use nameward_core::transport::framing::{Deframer, Outgoing};
use nameward_core::wire::{
    Class, Message, MessageWriter, Name, NameRef, Opt, OptRef, ParseError, Rdata, Record, RecordRef, Rtype,
    Section, SharedMessage, WriteError,
};

use crate::limit::{Limit, Most};
use crate::typed::rebuild;

/// An entry: its name, what it may cost, and what it does with a message.
type Entry = (&'static str, Limit, fn(Message<'_>));

/// A name of 255 octets and 127 labels, each a step, may stand behind a pointer: a record of twelve octets has such an owner, and one of
/// fourteen such RDATA, too. No more than twice what that makes of a message is allowed.
const ENTRIES: [Entry; 8] = [
    (
        "names",
        Limit {
            memory: 0,
            steps: 100,
        },
        names,
    ),
    ("typed views", Limit { memory: 8, steps: 80 }, views),
    (
        "owned records",
        Limit {
            memory: 64,
            steps: 120,
        },
        owned,
    ),
    (
        "text",
        Limit {
            memory: 16,
            steps: 150,
        },
        text,
    ),
    ("EDNS", Limit { memory: 4, steps: 1 }, edns),
    (
        "RRsets",
        Limit {
            memory: 64,
            steps: 80,
        },
        rrsets,
    ),
    (
        "writing",
        Limit {
            memory: 64,
            steps: 120,
        },
        writing,
    ),
    ("framing", Limit { memory: 4, steps: 0 }, framing),
];

/// Puts octets through everything.
pub(crate) fn look(octets: &[u8], most: &mut Most) {
    let parsed = most.within("parsing", Limit { memory: 0, steps: 6 }, octets.len(), || {
        Message::parse(octets)
    });
    match parsed {
        Ok(message) => {
            for (name, limit, entry) in ENTRIES {
                most.within(name, limit, octets.len(), || entry(message));
            }
        }
        Err(error) => refused(octets, error),
    }
}

/// What is refused is refused inside of it, in each way to read it, and answered if it is a request.
fn refused(octets: &[u8], error: ParseError) {
    assert_inside(octets, error);
    assert_eq!(SharedMessage::parse(Bytes::copy_from_slice(octets)), Err(error));
    assert_eq!(Violation::from(error).offset(), error.offset());
    let Some(refusal) = Refusal::of(octets, error) else {
        assert!(
            octets.len() < 12 || octets[2] & 0x80 != 0,
            "a request is not answered"
        );
        return;
    };
    let response = refusal.to_octets();
    let response = Message::parse(&response).unwrap();
    assert!(response.flags().qr());
    assert_eq!(response.id().to_be_bytes(), octets[..2]);
    assert_eq!(response.rcode(), refusal.rcode());
}

fn assert_inside(octets: &[u8], error: ParseError) {
    assert!(usize::from(error.offset()) <= octets.len(), "{error}");
}

fn records(message: Message<'_>) -> impl Iterator<Item = (Section, RecordRef<'_>)> {
    Section::ALL
        .into_iter()
        .flat_map(move |section| message.records(section).map(move |record| (section, record)))
}

/// There are as many as the header says, and each name is one that stands alone, too.
fn names(message: Message<'_>) {
    let mut counted = 0;
    for question in message.questions() {
        counted += 1;
        assert_name(question.name);
        assert!(question.repeats(&question.to_question()));
    }
    assert_eq!(counted, usize::from(message.question_count()));
    assert_eq!(message.question().is_some(), counted == 1);
    let mut counted = usize::from(message.opt().is_some());
    for (_, record) in records(message) {
        counted += 1;
        assert_name(record.owner);
        assert_ne!(record.rtype, Rtype::OPT);
    }
    let announced = Section::ALL.map(|section| usize::from(message.record_count(section)));
    assert_eq!(counted, announced.iter().sum::<usize>());
}

fn assert_name(name: NameRef<'_>) {
    let owned = name.to_name();
    assert_eq!(name, owned);
    assert!(name.same_octets(&owned));
    assert_eq!(usize::from(name.wire_len()), owned.as_wire().len());
    assert_eq!(name.labels().count(), usize::from(owned.label_count()));
    let again = Name::from_wire(owned.as_wire()).unwrap();
    assert_eq!(again.as_wire(), owned.as_wire());
}

/// RDATA has a typed view, or the same fault however it is read; what a view says is what there is.
fn views(message: Message<'_>) {
    for (_, record) in records(message) {
        let owned = record.to_rdata();
        match rebuild(record.rtype).map_or(Ok(None), |rebuild| rebuild(&record)) {
            Ok(Some(rebuilt)) => assert_eq!(owned, Ok(rebuilt)),
            Ok(None) => assert_eq!(
                owned.as_ref().map(Rdata::octets),
                Ok(record.rdata_octets()),
                "{record}"
            ),
            Err(error) => {
                let fault = owned.unwrap_err();
                // Fields of fixed length may be missing one by one, or all at once.
                assert_eq!(fault.kind(), error.kind(), "{record}");
                assert_inside(message.as_bytes(), error);
                assert_inside(message.as_bytes(), fault);
            }
        }
    }
}

/// What is owned stands alone, and its canonical form is the canonical form of that.
fn owned(message: Message<'_>) {
    let shared = SharedMessage::from(message);
    assert_eq!(shared.view().as_bytes(), message.as_bytes());
    let owned: Vec<Record> = records(message)
        .filter_map(|(_, record)| record.to_record().ok())
        .collect();
    for record in &owned {
        let canonical = record.rdata.to_canonical();
        assert_eq!(canonical.to_canonical(), canonical);
        assert!(canonical.octets().eq_ignore_ascii_case(record.rdata.octets()));
        if record.class == Class::IN {
            let again = Rdata::from_wire(record.rtype(), record.rdata.octets());
            assert_eq!(again.as_ref(), Ok(&record.rdata));
        }
    }
}

/// What is printed is one line of visible ASCII, from which the same is read.
fn text(message: Message<'_>) {
    for question in message.questions() {
        assert_read(question.name);
    }
    for (_, record) in records(message) {
        assert_read(record.owner);
        let printed = record.rdata_text().to_string();
        assert!(
            printed
                .bytes()
                .all(|octet| octet == b' ' || octet.is_ascii_graphic()),
            "{printed}"
        );
        let Ok(rdata) = record.to_rdata() else { continue };
        let mut scanner = Scanner::new(Scanner::LONGEST_ENTRY);
        scanner.push(printed.as_bytes());
        scanner.finish();
        let mut octets = Vec::new();
        assert_eq!(scanner.advance(), Ok(Progress::Entry), "{printed}");
        let entry = scanner.entry();
        read_rdata(record.rtype, record.class, &mut entry.tokens(None), &mut octets)
            .unwrap_or_else(|error| panic!("{record}: {error}"));
        assert_eq!(octets, rdata.octets(), "{record}");
    }
    let mut length = Length(0);
    write!(length, "{message:?}").unwrap();
    assert!(length.0 > message.as_bytes().len().min(100));
}

/// Counts what is printed, and forgets it.
struct Length(usize);

impl fmt::Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

fn assert_read(name: NameRef<'_>) {
    let printed = name.to_string();
    let read: Name = printed
        .parse()
        .unwrap_or_else(|error| panic!("{printed}: {error}"));
    assert!(name.same_octets(&read), "{printed}");
}

/// Findings lie inside the message, and OPT survives as a record and as what is to be sent.
fn edns(message: Message<'_>) {
    for proto in [Proto::Datagram, Proto::Stream] {
        for violation in violations(message, proto) {
            assert!(
                usize::from(violation.offset()) < message.as_bytes().len(),
                "{violation}"
            );
            assert!(!message.flags().qr() || violation.owed().is_none(), "{violation}");
        }
    }
    let Some(opt) = message.opt() else {
        assert_eq!(message.opt_offset(), None);
        return;
    };
    let at = usize::from(message.opt_offset().unwrap());
    assert_eq!(message.as_bytes()[at..at + 3], [0, 0, 41]);
    let record = opt.to_record();
    assert_eq!(OptRef::from_record(&record), Ok(Some(opt)));
    let sent = Opt::from(opt);
    assert!(sent.options.iter().eq(opt.options()));
    let options = opt.options().map(|option| option.data.len() + 4).sum::<usize>();
    assert_eq!(sent.wire_len(), 11 + options);
    assert_eq!(opt.text().to_string().lines().count(), 1 + opt.options().count());
}

/// Each record is in one set, with those of its owner, class and type.
fn rrsets(message: Message<'_>) {
    for section in Section::ALL {
        let sets = message.rrsets(section);
        let mut counted = 0;
        for set in sets.iter() {
            counted += set.records().len() + set.signatures().len();
            let owner = set.owner().to_name();
            let found = sets.get(&owner, set.class(), set.rtype()).unwrap();
            assert_eq!(found.records().len(), set.records().len());
            for record in set.records() {
                assert!(record.owner == owner && record.class == set.class() && record.rtype == set.rtype());
            }
            for owned in [set.to_rrset(TtlRule::Lowest), set.to_signatures(TtlRule::Strict)] {
                let Ok(owned) = owned else { continue };
                assert_eq!(*owned.owner(), owner);
                assert_eq!(owned.canonical_rdata().len(), owned.len());
                assert!(owned.rdata().all(|rdata| rdata.rtype() == owned.rtype()));
            }
        }
        assert_eq!(counted, message.records(section).len());
    }
}

/// What is written again with our compression is the same, but for RDATA that nobody can read, which is not written.
fn writing(message: Message<'_>) {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, message.id(), message.flags());
    for question in message.questions() {
        let name = question.name.to_name();
        if writer.question(&name, question.rtype, question.class) == Err(WriteError::Full) {
            return;
        }
    }
    let mut written = Vec::new();
    for (section, record) in records(message) {
        match writer.copy(section, &record) {
            Ok(()) => written.push((section, record)),
            Err(WriteError::Malformed(error)) => {
                assert_eq!(record.to_rdata().map_err(ParseError::kind), Err(error.kind()));
            }
            // Compression that is not ours can be better.
            Err(WriteError::Full) => return,
            Err(error) => panic!("{error}"),
        }
    }
    let opt = message.opt().map(Opt::from);
    if opt.as_ref().is_some_and(|opt| writer.opt(opt).is_err()) {
        return;
    }
    writer.finish();
    let again = Message::parse(&out).unwrap();
    assert_eq!((again.id(), again.flags()), (message.id(), message.flags()));
    assert!(again.questions().eq(message.questions()));
    assert_eq!(again.opt().map(Opt::from), opt);
    assert_eq!(records(again).count(), written.len());
    for ((section, record), (place, was)) in records(again).zip(written) {
        assert_eq!(
            (section, record.rtype, record.class, record.ttl),
            (place, was.rtype, was.class, was.ttl)
        );
        assert!(record.owner.same_octets(&was.owner.to_name()));
        assert_eq!(record.to_rdata(), was.to_rdata());
    }
}

/// A stream gives the message back, in whatever pieces it comes; as a stream itself, it gives no more than it has.
fn framing(message: Message<'_>) {
    let octets = message.as_bytes();
    let mut outgoing = Outgoing::new();
    assert_eq!(outgoing.push(octets), Ok(true));
    let mut deframer = Deframer::new();
    let (before, after) = outgoing.as_slice().split_at(octets.len() / 2);
    deframer.push(before);
    assert_eq!(deframer.message(), None);
    deframer.push(after);
    assert_eq!(deframer.message().as_deref(), Some(octets));
    assert_eq!(deframer.held(), 0);
    deframer.push(octets);
    let mut taken = 0;
    while let Some(message) = deframer.message() {
        taken += 2 + message.len();
    }
    assert_eq!(taken + deframer.held(), octets.len());
}
