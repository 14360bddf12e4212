//! Records as Unbound tests its reader with them: text, the wire form of each, and its text in the style of ldns.

use super::{file, octets, record};
use nameward_core::wire::Record;

/// Each line of text gives the octets beside it, and so do the text of ldns and our own.
#[test]
fn each_record_of_unbound_has_its_octets() {
    for (number, expected) in [(1, 5735), (2, 1430), (3, 534)] {
        let folder = "messages/unbound";
        let texts = file(&format!("{folder}/test_ldnsrr.{number}"));
        let wires = file(&format!("{folder}/test_ldnsrr.c{number}"));
        let (Some(texts), Some(wires)) = (texts, wires) else {
            return;
        };
        let texts: Vec<_> = texts
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with(';'))
            .collect();
        let wires: Vec<_> = wires.lines().collect();
        assert_eq!((texts.len(), wires.len()), (expected, 2 * expected), "{number}");
        for (text, pair) in texts.iter().zip(wires.chunks(2)) {
            let read = record(pair[1]);
            assert_eq!(wire(&read), octets(pair[0]), "{}", pair[1]);
            assert_eq!(record(text), read);
            assert_eq!(record(&read.to_string()), read);
        }
    }
}

/// The record without compression, as it stands in a message.
fn wire(record: &Record) -> Vec<u8> {
    let rdata = record.rdata.octets();
    [
        record.owner.as_wire(),
        &record.rtype().0.to_be_bytes(),
        &record.class.0.to_be_bytes(),
        &record.ttl.to_be_bytes(),
        &u16::try_from(rdata.len()).unwrap().to_be_bytes(),
        rdata,
    ]
    .concat()
}
