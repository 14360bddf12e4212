//! Messages that are made to cost much: chains of pointers, and names of many labels behind many pointers.

use nameward_core::wire::raw::RawMessage;
use nameward_core::wire::{Class, Header, Rtype};

use crate::entries::look;
use crate::limit::Most;
use crate::part;

/// Types whose RDATA has names that may be compressed, with the octets before its last name.
const TYPES: [(Rtype, &[u8]); 7] = [
    (Rtype::NULL, b""),
    (Rtype::NS, b""),
    (Rtype::MX, b"\0\x0A"),
    (Rtype::SRV, b"\0\0\0\0\0\x35"),
    (Rtype::MINFO, b"\0"),
    (Rtype::SOA, b"\0"),
    (Rtype::RRSIG, &[0; 18]),
];

/// However large a message grows, its cost grows in proportion: the limits are the same for each length.
#[test]
fn names_that_are_made_to_cost_much_cost_a_multiple_of_their_octets() {
    let mut most = Most::default();
    // The longest take long where nothing is optimised.
    let lengths = if part() == 1 {
        &[1_000, 4_000, 16_000, 65_535][..]
    } else {
        &[1_000, 4_000]
    };
    for &length in lengths {
        for (rtype, before) in TYPES {
            for pointers in [1, 2, 16, 124, 125, 126] {
                for spread in [1, 16, 25] {
                    look(&chain(length, pointers, spread, rtype, before), &mut most);
                }
            }
            for labels in [1, 63, 126, 127, 128] {
                look(&labels_behind_pointers(length, labels, rtype, before), &mut most);
            }
        }
        look(&octets_without_end(length, 0x01), &mut most);
        look(&octets_without_end(length, 0x3F), &mut most);
        look(&octets_without_end(length, 0xC0), &mut most);
    }
    println!("{most}");
}

/// Pointers each to the one before in opaque RDATA, and then records whose owners and RDATA point to the last of them, or by turns to
/// some before, so that no name was seen just now.
fn chain(length: usize, pointers: u16, spread: u16, rtype: Rtype, before: &[u8]) -> Vec<u8> {
    let mut rdata = vec![0, 0];
    (0..pointers).for_each(|link| rdata.extend_from_slice(&(0xC000 | (CHAIN_AT + 2 * link)).to_be_bytes()));
    let end = |record| CHAIN_AT + 2 * pointers.saturating_sub(record % spread);
    crowd(length, &rdata, end, rtype, before)
}

/// A name of many labels in opaque RDATA, and then records whose owners and RDATA point to it.
fn labels_behind_pointers(length: usize, labels: usize, rtype: Rtype, before: &[u8]) -> Vec<u8> {
    let name = [b"\x01a".repeat(labels), vec![0]].concat();
    crowd(length, &name, |_| CHAIN_AT, rtype, before)
}

/// Where the RDATA of the first record begins: after the header, the root and the fixed part.
const CHAIN_AT: u16 = 12 + 1 + 10;

/// A message of at most `length` octets: `rdata`, and as many records as fit that point to where `at` says for each.
fn crowd(length: usize, rdata: &[u8], at: impl Fn(u16) -> u16, rtype: Rtype, before: &[u8]) -> Vec<u8> {
    let room = length - usize::from(CHAIN_AT) - rdata.len();
    let count = u16::try_from(room / (12 + before.len() + 2)).unwrap();
    let header = Header {
        answer_count: count + 1,
        ..Header::parse(&[0; 12]).unwrap()
    };
    let mut message = RawMessage::new()
        .header(header)
        .root()
        .record(Rtype::NULL, Class::IN, 0, rdata);
    for record in 0..count {
        let pointed = [before, &(0xC000 | at(record)).to_be_bytes()].concat();
        message = message.pointer(at(record)).record(rtype, Class::IN, 0, &pointed);
    }
    message.into_octets()
}

/// A header that promises everything, and one octet again and again.
fn octets_without_end(length: usize, octet: u8) -> Vec<u8> {
    let mut octets = vec![octet; length];
    octets[4..12].fill(0xFF);
    octets
}
