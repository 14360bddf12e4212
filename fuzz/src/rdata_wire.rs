//! RDATA of any type from the wire: two octets of type, then RDATA that is alone and at the end of a message.

use bytes::BytesMut;
use nameward_core::wire::{
    Class, Flags, Message, MessageWriter, Name, Rdata, Record, Rtype, Schema, Section, WriteError,
};

use crate::rdata::rebuilt;

/// Takes `data` as a type and RDATA.
pub fn body(data: &[u8]) {
    let Some((&rtype, octets)) = data.split_first_chunk() else {
        return;
    };
    let rtype = Rtype(u16::from_be_bytes(rtype));
    match Rdata::from_wire(rtype, octets) {
        Ok(rdata) => {
            check(&rdata);
            let compressed =
                Schema::of(rtype, Class::IN).is_some_and(|schema| schema.names.may_be_compressed());
            assert!(
                compressed || rdata.octets() == octets,
                "{rdata:?} has other octets"
            );
        }
        Err(error) => {
            assert!(usize::from(error.offset()) <= octets.len() || error.offset() == u16::MAX);
            let opaque = Rdata::opaque(rtype, octets);
            assert!(rebuilt(&opaque).is_none(), "{error}, and there is a view");
            assert!(opaque.to_string().starts_with("\\# "));
            assert_eq!(opaque.to_canonical(), opaque);
            written(&opaque, false);
        }
    }
}

/// What holds for all RDATA that fits its type.
pub fn check(rdata: &Rdata) {
    let again = Rdata::from_wire(rdata.rtype(), rdata.octets()).expect("owned RDATA fits its type");
    assert_eq!(again, *rdata);
    if Schema::of(rdata.rtype(), Class::IN).is_some() {
        assert_eq!(rebuilt(rdata).as_ref(), Some(rdata));
    }
    let canonical = rdata.to_canonical();
    assert_eq!(canonical.to_canonical(), canonical);
    assert!(canonical.octets().eq_ignore_ascii_case(rdata.octets()));
    assert!(rdata.canonical_cmp(&canonical).is_eq());
    let text = rdata.to_string();
    let read = Rdata::from_text(rdata.rtype(), &text, None);
    assert_eq!(read.as_ref(), Ok(rdata), "{text}");
    written(rdata, true);
}

/// Written twice into a message, the second time after names that it can be compressed with, it reads the same.
fn written(rdata: &Rdata, fits: bool) {
    let record = Record {
        owner: Name::root(),
        class: Class::IN,
        ttl: 1,
        rdata: rdata.clone(),
    };
    if record.rtype() == Rtype::OPT {
        return;
    }
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, 1, Flags::default());
    let mut count = 0;
    for _ in 0..2 {
        match writer.record(Section::Answer, &record) {
            Ok(()) => count += 1,
            Err(error) => {
                assert_eq!(error, WriteError::Full);
                assert!(count + 1 > 30_000 / (rdata.octets().len() + 11));
            }
        }
    }
    writer.finish();
    let message = Message::parse(&out).expect("what we write can be read");
    assert_eq!(message.records(Section::Answer).count(), count);
    for read in message.records(Section::Answer) {
        // Octets that do not fit their type are there as they are, even if a reader finds a pointer in them.
        if fits {
            assert_eq!(read.to_rdata().as_ref(), Ok(rdata));
        } else {
            assert_eq!(read.rdata_octets(), rdata.octets());
        }
    }
}
