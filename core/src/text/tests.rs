use super::{
    read_rdata,
    scan::{Progress, Scanner},
};
use crate::wire::{Class, Name, Rdata, Record, Rtype};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use proptest::prelude::*;

fn text(rtype: Rtype, octets: &[u8]) -> alloc::string::String {
    Rdata::opaque(rtype, octets).to_string()
}

/// What `dig` 9.18 prints for the same octets.
#[test]
fn rdata_prints_as_dig_prints_it() {
    assert_eq!(text(Rtype::A, &[192, 0, 2, 1]), "192.0.2.1");
    for (octets, printed) in [
        (
            [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            "2001:db8::1",
        ),
        (
            [0x20, 1, 0x0D, 0xB8, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1],
            "2001:db8:1::1:0:1",
        ),
        ([0, 0x64, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "64:1::"),
        (
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1],
            "::ffff:192.0.2.1",
        ),
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1], "::192.0.2.1"),
    ] {
        assert_eq!(text(Rtype::AAAA, &octets), printed);
    }
    assert_eq!(text(Rtype::MX, b"\x00\x0A\x04mail\x00"), "10 mail.");
    assert_eq!(text(Rtype::MX, b"\x00\x00\x00"), "0 .");
    assert_eq!(
        text(Rtype::DNAME, b"\x06Target\x07example\x00"),
        "Target.example."
    );
    assert_eq!(
        text(Rtype::SOA, b"\x02ns\x07example\x00\x0Bhost.master\x07example\x00\x78\xC3\x89\x59\x00\x00\x1C\x20\x00\x00\x0E\x10\x00\x12\x75\x00\x00\x00\x03\x84"),
        r"ns.example. host\.master.example. 2026080601 7200 3600 1209600 900",
    );
    assert_eq!(
        text(
            Rtype::TXT,
            b"\x0E\x1F \"#$();@\\~\x7F\x80\xFF\x00\x0Ev=DKIM1; k=rsa"
        ),
        r##""\031 \"#$();@\\~\127\128\255" "" "v=DKIM1; k=rsa""##
    );
    assert_eq!(text(Rtype(65280), &[10, 0, 0, 1]), r"\# 4 0A000001");
    assert_eq!(text(Rtype(65280), b""), r"\# 0");
    let long: Vec<u8> = (0..60).collect();
    assert_eq!(
        text(Rtype(65280), &long),
        r"\# 60 000102030405060708090A0B0C0D0E0F101112131415161718191A1B 1C1D1E1F202122232425262728292A2B2C2D2E2F3031323334353637 38393A3B",
    );
}

#[test]
fn rdata_that_does_not_fit_its_type_prints_as_that_of_an_unknown_type() {
    assert_eq!(text(Rtype::A, &[192, 0, 2]), r"\# 3 C00002");
    assert_eq!(text(Rtype::TXT, b""), r"\# 0");
    assert_eq!(text(Rtype::MX, b"\x00\x0A\x04mai"), r"\# 6 000A046D6169");
}

/// RFC 1035 section 3.4: an address in Chaosnet is something else.
#[test]
fn an_address_is_one_in_its_class_only() {
    let rdata = Rdata::opaque(Rtype::A, &[192, 0, 2, 1]);
    let owner = Name::root();
    let record = Record {
        owner,
        class: Class::CH,
        ttl: 0,
        rdata,
    };
    assert_eq!(record.to_string(), ".\t0\tCH\tA\t\\# 4 C0000201");
}

/// What an update has instead of records survives its text; elsewhere an address has octets.
#[test]
fn rfc2136_2_4_no_rdata_is_read_in_the_classes_any_and_none() {
    for (class, taken) in [(Class::ANY, true), (Class::NONE, true), (Class::IN, false)] {
        let mut scanner = Scanner::new(100);
        scanner.push(b"\\# 0\n");
        assert_eq!(scanner.advance(), Ok(Progress::Entry));
        let entry = scanner.entry();
        let read = read_rdata(Rtype::A, class, &mut entry.tokens(None), &mut Vec::new());
        assert_eq!(read.is_ok(), taken, "{class}");
    }
}

#[test]
fn a_record_is_a_line_of_a_zone_file() {
    let record = Record {
        owner: "www.example".parse().unwrap(),
        class: Class(17),
        ttl: u32::MAX,
        rdata: Rdata::opaque(Rtype(65280), &[1]),
    };
    assert_eq!(
        record.to_string(),
        "www.example.\t4294967295\tCLASS17\tTYPE65280\t\\# 1 01"
    );
}

proptest! {
    /// Nothing that a peer sends can reach a terminal or end a line.
    #[test]
    fn text_is_one_line_of_visible_ascii(rtype in 0u16..70, class: u16, octets in prop::collection::vec(any::<u8>(), 0..80)) {
        let record = Record { owner: Name::root(), class: Class(class), ttl: 0, rdata: Rdata::opaque(Rtype(rtype), &octets) };
        let (line, shown) = (record.to_string(), format!("{:?}", record.rdata));
        prop_assert!(line.bytes().all(|octet| matches!(octet, b' '..=b'~' | b'\t')));
        prop_assert!(shown.bytes().all(|octet| matches!(octet, b' '..=b'~')));
    }
}
