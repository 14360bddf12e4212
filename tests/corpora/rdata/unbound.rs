//! Records as Unbound tests its reader with them: text, the wire form of each, and its text in the style of ldns.

use super::{folder, octets, record};
use nameward_core::wire::Record;

/// Each line of text gives the octets beside it, and so do the text of ldns and our own.
#[test]
fn each_record_of_unbound_has_its_octets() {
    let Some(folder) = folder("messages/unbound") else {
        return;
    };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(number) = name.strip_prefix("test_ldnsrr.c") else {
            continue;
        };
        files += 1;
        let wires = std::fs::read_to_string(&path).unwrap();
        let texts = std::fs::read_to_string(path.with_file_name(format!("test_ldnsrr.{number}"))).unwrap();
        let texts: Vec<_> = texts
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with(';'))
            .collect();
        let wires: Vec<_> = wires.lines().collect();
        assert!(!texts.is_empty(), "{number}");
        assert_eq!(2 * texts.len(), wires.len(), "{number}");
        for (text, pair) in texts.iter().zip(wires.chunks(2)) {
            let read = record(pair[1]);
            assert_eq!(wire(&read), octets(pair[0]), "{}", pair[1]);
            assert_eq!(record(text), read);
            assert_eq!(record(&read.to_string()), read);
        }
    }
    assert!(files > 0, "no files");
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
