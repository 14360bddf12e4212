//! `messages/bind9`: messages in hexadecimal with comments.

use nameward_core::wire::rdata::Tsig;
use nameward_core::wire::{Class, Message, Name, Opcode, Rcode, Record, Rtype, Section};

use super::lost;
use crate::folders::corpora;

/// The octets of a file, without its comments.
fn message(file: &str) -> Option<Vec<u8>> {
    let path = corpora()?.join("messages/bind9").join(file);
    let text = std::fs::read_to_string(path).expect("a text");
    let digits: String = text
        .lines()
        .filter_map(|line| line.split('#').next())
        .flat_map(str::split_whitespace)
        .collect();
    Some(
        data_encoding::HEXLOWER_PERMISSIVE
            .decode(digits.as_bytes())
            .expect("hex"),
    )
}

/// All files of the folder are messages, which say the same when they are written again.
#[test]
fn messages_of_bind_are_read_and_written_again() {
    let Some(corpora) = corpora() else { return };
    let folder = std::fs::read_dir(corpora.join("messages/bind9")).expect("a folder");
    let mut count = 0;
    for entry in folder {
        let file = entry.expect("an entry").file_name().into_string().expect("ASCII");
        let octets = message(&file).expect("it is there");
        let message = Message::parse(&octets).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(lost(message), None, "{file}");
        count += 1;
    }
    assert!(count > 0, "no files");
}

/// What the comments say.
#[test]
fn the_messages_of_the_wire_test_of_bind_say_what_their_comments_say() {
    let Some(octets) = message("wire_test.data") else {
        return;
    };
    let message = Message::parse(&octets).unwrap();
    assert_eq!(
        (message.id(), message.opcode(), message.rcode()),
        (10, Opcode::QUERY, Rcode::NOERROR)
    );
    assert_eq!(message.question().unwrap().to_string(), "vix.com.\tIN\tNS");
    assert_eq!(
        texts(message, Section::Answer),
        [
            "vix.com.\t3600\tIN\tNS\tisrv1.pa.vix.com.",
            "vix.com.\t3600\tIN\tNS\tns-ext.vix.com.",
            "vix.com.\t3600\tIN\tNS\tns1.gnac.com.",
        ]
    );
    assert!(texts(message, Section::Authority).is_empty());
    assert_eq!(
        texts(message, Section::Additional),
        [
            "isrv1.pa.vix.com.\t3600\tIN\tA\t204.152.184.134",
            "ns-ext.vix.com.\t3600\tIN\tA\t204.152.184.64",
            "ns1.gnac.com.\t172362\tIN\tA\t198.151.248.246",
        ]
    );
}

/// Letters in two cases, one name among them.
#[test]
fn rfc4343_3_the_second_message_of_the_wire_test_of_bind_keeps_the_case_of_names() {
    let Some(octets) = message("wire_test.data2") else {
        return;
    };
    let message = Message::parse(&octets).unwrap();
    let counts = Section::ALL.map(|section| message.records(section).len());
    assert_eq!(counts, [5, 2, 2]);
    let authority = message.records(Section::Authority).next().unwrap();
    assert_eq!(authority.owner.to_string(), "mx.AOL.com.");
    assert_eq!(authority.owner, "MX.aol.com.".parse::<Name>().unwrap());
}

/// A query with a TSIG record whose error field is set; how a server answers it, RFC 8945 section 5.2 says.
#[test]
fn rfc8945_4_2_the_tsig_record_of_bind_has_the_fields_that_its_comments_name() {
    let Some(octets) = message("tsig-badtime.hex") else {
        return;
    };
    let message = Message::parse(&octets).unwrap();
    assert_eq!(message.question().unwrap().to_string(), "isc.org.\tIN\tA");
    let record = message.records(Section::Additional).last().unwrap();
    assert_eq!(
        (record.rtype, record.class, record.ttl),
        (Rtype::TSIG, Class::ANY, 0)
    );
    assert_eq!(record.owner, "sha256.".parse::<Name>().unwrap());
    let tsig = record.rdata::<Tsig<'_>>().unwrap().unwrap();
    assert_eq!(tsig.algorithm, "hmac-sha256.".parse::<Name>().unwrap());
    assert_eq!((tsig.time_signed, tsig.fudge, tsig.original_id), (0, 300, 0));
    assert_eq!((tsig.mac.len(), tsig.error, tsig.other.len()), (0, Rcode(16), 0));
}

fn texts(message: Message<'_>, section: Section) -> Vec<String> {
    let records = message.records(section).map(|record| record.to_record());
    records
        .map(|record: Result<Record, _>| record.unwrap().to_string())
        .collect()
}
