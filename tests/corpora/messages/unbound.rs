//! `messages/unbound/test_packets.*`: queries and replies of live traffic, and packets made by hand.

use std::fs;

use nameward_core::wire::{Message, Section};

use super::{decisions, lost};
use crate::folders::corpora;

/// Each packet says the same when it is written again, but those that are refused: segments of TCP among the live traffic, and
/// what was decided about the packets made by hand.
#[test]
fn packets_of_unbound_are_read_and_written_again() {
    let mut decisions = decisions();
    let mut refused = 0;
    for (file, packets) in files() {
        assert!(!packets.is_empty(), "{file}: no packets");
        for (number, octets) in (1..).zip(&packets) {
            let decision = decisions.remove(&(file.clone(), format!("packet {number}")));
            let complaint = match (Message::parse(octets), decision) {
                (Ok(message), None | Some(true)) => lost(message),
                (Ok(_), Some(false)) => Some("accepted".into()),
                (Err(_), Some(false)) => None,
                (Err(_), None) if is_segment(octets) => None,
                (Err(error), _) => Some(format!("refused: {error}")),
            };
            assert_eq!(complaint, None, "{file}, packet {number}");
            refused += usize::from(Message::parse(octets).is_err());
        }
    }
    println!("{refused} packets are refused");
}

/// In one of the files every signature covers an RRset that is there, wherever its records are. What the additional section has is
/// a choice of the server, which left records out.
#[test]
fn signatures_in_packets_of_unbound_are_with_their_rrsets() {
    for (file, packets) in files() {
        let mut signatures = 0;
        for message in packets.iter().filter_map(|octets| Message::parse(octets).ok()) {
            for section in Section::ALL {
                let rrsets = message.rrsets(section);
                let mut records = 0;
                for set in rrsets.iter() {
                    let signed = set.signatures().len();
                    signatures += signed;
                    records += set.records().len() + signed;
                    let whole = file == "test_packets.7" && section != Section::Additional;
                    assert!(
                        set.records().len() > 0 || !whole,
                        "{file}: {set:?} has signatures only"
                    );
                }
                assert_eq!(records, message.records(section).len(), "{file}");
            }
        }
        assert!(
            signatures > 0 || file != "test_packets.7",
            "{file} has no signatures"
        );
    }
}

/// The packets of each file that there is.
fn files() -> Vec<(String, Vec<Vec<u8>>)> {
    let Some(corpora) = corpora() else {
        return Vec::new();
    };
    let folder = corpora.join("messages/unbound");
    let names = fs::read_dir(&folder).expect("a folder").map(|entry| {
        let name = entry.expect("an entry").file_name();
        name.into_string().expect("a name in ASCII")
    });
    let files: Vec<_> = names
        .filter(|name| name.starts_with("test_packets."))
        .map(|name| {
            let text = fs::read_to_string(folder.join(&name)).expect("a text");
            (name, packets(&text))
        })
        .collect();
    assert!(!files.is_empty(), "no packets in {}", folder.display());
    files
}

/// The packets of a file: one after each line that begins with `;--` if there is such a line, else one a line, where short lines
/// are numbers. Other lines that begin with `;` are comments.
fn packets(text: &str) -> Vec<Vec<u8>> {
    let dumps = text.contains(";--");
    let mut packets = vec![String::new()];
    for line in text.lines() {
        let digits = line.split(';').next().unwrap_or_default();
        if line.starts_with(";--") || !dumps && digits.len() >= 10 {
            packets.push(String::new());
        }
        if dumps || digits.len() >= 10 {
            packets
                .last_mut()
                .expect("one was pushed")
                .extend(digits.split_whitespace());
        }
    }
    packets
        .iter()
        .filter(|digits| !digits.is_empty())
        .map(|digits| {
            data_encoding::HEXLOWER_PERMISSIVE
                .decode(digits.as_bytes())
                .expect("hexadecimal digits")
        })
        .collect()
}

/// Whether it is a segment of TCP, of whose header the capture cut the first eight octets as if it were that of UDP: where QDCOUNT
/// would be there is the length of the header, and no message has so many questions.
fn is_segment(octets: &[u8]) -> bool {
    octets.len() < 0x5000 && matches!(octets.get(4), Some(0x50 | 0x70))
}
