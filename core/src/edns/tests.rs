use super::*;
use crate::machine::Proto;
use crate::wire::raw::RawMessage;
use crate::wire::{
    Class, Flags, Header, Message, Name, Opcode, Opt, OptRef, OptionCode, OptionRef, Options, ParseErrorKind,
    Rcode, Rtype,
};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;
use proptest::prelude::*;

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..48)
}

/// Codes that are known here, and some that are not.
fn code() -> impl Strategy<Value = OptionCode> {
    prop_oneof![
        (0_u16..24).prop_map(OptionCode),
        any::<u16>().prop_map(OptionCode)
    ]
}

/// A message with this OPT record and nothing else.
fn message(flags: Flags, opt: &Opt) -> Vec<u8> {
    let header = Header {
        id: 7,
        flags,
        question_count: 0,
        answer_count: 0,
        authority_count: 0,
        additional_count: 1,
    };
    RawMessage::new().header(header).opt(opt).into_octets()
}

/// What is found in a message with these options.
fn found(
    flags: Flags,
    proto: Proto,
    options: &[(OptionCode, &[u8])],
) -> Vec<(ViolationKind, u16, Option<Rcode>)> {
    let mut opt = Opt::default();
    for (code, data) in options {
        assert!(opt.options.push(*code, data));
    }
    let octets = message(flags, &opt);
    violations(Message::parse(&octets).unwrap(), proto)
        .map(|violation| (violation.kind(), violation.offset(), violation.owed()))
        .collect()
}

const QUERY: Flags = Flags(0);
const RESPONSE: Flags = Flags(0x8000);

fn text(code: OptionCode, data: &[u8]) -> String {
    OptionRef { code, data }.text().to_string()
}

proptest! {
    #[test]
    fn rfc6891_6_1_2_options_survive_in_order_whatever_they_are(pairs in prop::collection::vec((code(), octets()), 0..20), payload: u16, extended_rcode: u8, version: u8, dnssec_ok: bool) {
        let mut opt = Opt { udp_payload: payload, extended_rcode, version, dnssec_ok, options: Options::default() };
        for (code, data) in &pairs {
            prop_assert!(opt.options.push(*code, data));
        }
        let wire = message(QUERY, &opt);
        let read = Message::parse(&wire).unwrap().opt().unwrap();
        let kept: Vec<_> = read.options().map(|option| (option.code, option.data.to_vec())).collect();
        prop_assert_eq!(kept, pairs);
        prop_assert_eq!(Opt::from(read), opt.clone());
        // And by the way of a generic record.
        let record = read.to_record();
        prop_assert_eq!(OptRef::from_record(&record), Ok(Some(read)));
        prop_assert_eq!(opt.to_record(), record);
    }

    #[test]
    fn rfc3597_any_record_of_type_41_survives_as_one_or_is_refused(class: u16, ttl: u32, rdata in octets()) {
        let record = crate::wire::Record {
            owner: Name::root(),
            class: Class(class),
            ttl,
            rdata: crate::wire::Rdata::opaque(Rtype::OPT, &rdata),
        };
        if let Ok(opt) = OptRef::from_record(&record) {
            prop_assert_eq!(opt.unwrap().to_record(), record);
        }
    }

    #[test]
    fn any_data_is_read_back_as_it_was_written_or_refused_and_always_has_a_text(code in code(), data in octets()) {
        macro_rules! survives {
            ($($option:ident)+) => {$(
                if let Ok(option) = $option::read(&data) {
                    let mut written = Vec::new();
                    option.write(&mut written);
                    prop_assert_eq!(&written, &data, "{}", stringify!($option));
                }
            )+};
        }
        survives! { Chain ClientSubnet ClientTag Cookie Dau Dhu Expire ExtendedError KeyTag Llq N3u Nsid Padding ReportChannel ServerTag TcpKeepalive UpdateLease ZoneVersion }
        let text = text(code, &data);
        prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
    }

    #[test]
    fn findings_lie_inside_the_message_and_only_requests_are_owed_something(pairs in prop::collection::vec((code(), octets()), 0..20), version in 0_u8..3, response: bool, datagram: bool) {
        let mut opt = Opt { version, ..Opt::default() };
        for (code, data) in &pairs {
            prop_assert!(opt.options.push(*code, data));
        }
        let wire = message(Flags::default().with_qr(response), &opt);
        let proto = if datagram { Proto::Datagram } else { Proto::Stream };
        let found: Vec<_> = violations(Message::parse(&wire).unwrap(), proto).collect();
        prop_assert!(found.len() <= pairs.len().max(1));
        prop_assert!(version == 0 || found.len() == 1);
        for violation in found {
            prop_assert!(usize::from(violation.offset()) < wire.len());
            prop_assert!(!response || violation.owed().is_none());
        }
    }

    #[test]
    fn rfc7871_6_any_prefix_of_any_address_makes_a_valid_option(address: IpAddr, prefix in 0_u8..=130) {
        let mut room = [0xFF; 16];
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let subnet = ClientSubnet::of(address, prefix, &mut room);
        prop_assert_eq!(subnet.is_some(), prefix <= bits);
        if let Some(subnet) = subnet {
            let mut data = Vec::new();
            subnet.write(&mut data);
            prop_assert_eq!(ClientSubnet::read(&data), Ok(subnet));
            prop_assert_eq!(data.len(), 4 + usize::from(prefix).div_ceil(8));
            let (network, length) = subnet.prefix().unwrap();
            prop_assert_eq!(length, prefix);
            // The model: bit by bit.
            let bit = |address: IpAddr, index: u8| {
                let octets = match address { IpAddr::V4(address) => address.octets().to_vec(), IpAddr::V6(address) => address.octets().to_vec() };
                octets[usize::from(index / 8)] >> (7 - index % 8) & 1
            };
            for index in 0..bits {
                prop_assert_eq!(bit(network, index), if index < prefix { bit(address, index) } else { 0 });
            }
        }
    }

    #[test]
    fn rfc8467_4_padding_fills_the_block(length in 0_usize..5_000, block in 1_u16..=512) {
        let padded = length + 4 + Padding::to_block(length, block).octets.len();
        prop_assert_eq!(padded % usize::from(block), 0);
        prop_assert!(padded - length - 4 < usize::from(block));
        prop_assert_eq!(Padding::to_block(length, 0).octets.len(), 0);
    }
}

#[test]
fn every_registered_code_with_a_published_format_is_declared_once() {
    let declared: Vec<_> = super::types::TYPES.iter().map(|schema| schema.code.0).collect();
    // RFC 6891 reserves 0, and 4 was never published.
    let registered: Vec<u16> = (1..=19).filter(|code| *code != 4).collect();
    assert_eq!(declared, registered);
    let several: Vec<_> = super::types::TYPES
        .iter()
        .filter(|schema| !schema.once)
        .map(|schema| schema.code)
        .collect();
    assert_eq!(several, [OptionCode::EDE]);
}

/// Recorded from `dig` 9.18.49 to which these options were sent; the others are those that it prints as octets.
#[test]
fn options_display_as_dig_prints_them() {
    let dig: &[(u16, &[u8], &str)] = &[
        (
            1,
            &[0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0, 0, 0x0E, 0x10],
            "LLQ: Version: 1, Opcode: 1, Error: 0, Identifier: 4660, Lifetime: 3600",
        ),
        (
            3,
            b"gpdns-ams\x01",
            "NSID: 67 70 64 6e 73 2d 61 6d 73 01 (\"gpdns-ams.\")",
        ),
        (3, b"", "NSID:"),
        (8, &[0, 1, 24, 0, 192, 0, 2], "CLIENT-SUBNET: 192.0.2.0/24/0"),
        (
            8,
            &[0, 2, 56, 48, 0x20, 0x01, 0x0D, 0xB8, 0x12, 0x34, 0],
            "CLIENT-SUBNET: 2001:db8:1234::/56/48",
        ),
        (8, &[0, 0, 0, 0], "CLIENT-SUBNET: 0/0/0"),
        (9, b"", "EXPIRE:"),
        (
            9,
            &612_001_u32.to_be_bytes(),
            "EXPIRE: 612001 (1 week 2 hours 1 second)",
        ),
        (10, &[1, 2, 3, 4, 5, 6, 7, 8], "COOKIE: 0102030405060708"),
        (11, b"", "TCP KEEPALIVE:"),
        (11, &[1, 0x31], "TCP KEEPALIVE: 30.5 secs"),
        (12, &[0; 10], "PAD: (10 bytes)"),
        (14, &[0x4F, 0x66, 0x97, 0x28], "KEY-TAG: 20326, 38696"),
        (
            15,
            b"\x00\x16at delegation \xC3\xA9 \x01\"x\"\\",
            "EDE: 22 (No Reachable Authority): (at delegation \u{e9} .\"x\"\\)",
        ),
        (15, &[0, 6], "EDE: 6 (DNSSEC Bogus)"),
        (15, b"\x27\x0Fhi", "EDE: 9999: (hi)"),
        (16, &[0, 17], "CLIENT-TAG: 17"),
        (17, &[0, 18], "SERVER-TAG: 18"),
        (65_001, b"a\"\0b", "OPT=65001: 61 22 00 62 (\"a\".b\")"),
        (65_002, b"", "OPT=65002:"),
    ];
    for (code, data, printed) in dig {
        assert_eq!(text(OptionCode(*code), data), *printed);
    }
    let ours: &[(u16, &[u8], &str)] = &[
        (2, &[0, 0, 0x1C, 0x20], "UL: 7200 (2 hours)"),
        (
            2,
            &[0, 0, 0x1C, 0x20, 0, 0, 0x0E, 0x10],
            "UL: 7200 (2 hours), keys 3600 (1 hour)",
        ),
        (5, &[8, 13, 15], "DAU: 8 13 15"),
        (6, &[1, 2, 4], "DHU: 1 2 4"),
        (7, &[1], "N3U: 1"),
        (9, &[0; 4], "EXPIRE: 0 (0 seconds)"),
        (8, &[0, 3, 8, 0, 0xAB], "CLIENT-SUBNET: 3:ab/8/0"),
        (10, &[1], "COOKIE: 01 (\".\")"),
        (13, b"\x07Example\x03com\0", "CHAIN: Example.com."),
        (15, b"\x00\x21\xFFx\x00", "EDE: 33 (Negative Trust Anchor): (.x)"),
        (18, b"\x05agent\x00", "Report-Channel: agent."),
        (
            19,
            &[1, 0, 0x78, 0xA3, 0xF1, 0x75],
            "ZONEVERSION: SOA-SERIAL 2024010101 (1 label)",
        ),
        (19, &[2, 9, 0x41], "ZONEVERSION: TYPE9 41 (\"A\") (2 labels)"),
    ];
    for (code, data, printed) in ours {
        assert_eq!(text(OptionCode(*code), data), *printed);
    }
}

#[test]
fn flags_that_must_be_zero_display_as_dig_prints_them() {
    let wire = RawMessage::from_octets(&message(QUERY, &Opt::default()))
        .overwrite(12 + 7, &[0x80, 0x01])
        .into_octets();
    let opt = Message::parse(&wire).unwrap().opt().unwrap();
    assert_eq!(
        opt.text().to_string(),
        "; EDNS: version: 0, flags: do; MBZ: 0x0001, udp: 1232\n"
    );
    assert_eq!((opt.flags(), opt.to_record().ttl), (0x8001, 0x8001));
    assert_eq!(Opt::from(opt).to_record().ttl, 0x8000);
}

#[test]
fn rfc7871_6_client_subnets_that_break_a_rule_are_refused() {
    use OptionErrorKind::{AddressBits, AddressLength, Length, PrefixLength};
    let cases: &[(&[u8], OptionErrorKind)] = &[
        (&[0, 1, 24], Length),
        (&[0, 1, 33, 0, 1, 2, 3, 4, 5], PrefixLength),
        (&[0, 1, 0, 33], PrefixLength),
        (&[0, 2, 129, 0], PrefixLength),
        (&[0, 1, 24, 0, 192, 0], AddressLength),
        (&[0, 1, 24, 0, 192, 0, 2, 0], AddressLength),
        (&[0, 1, 0, 0, 0], AddressLength),
        (&[0, 1, 23, 0, 192, 0, 3], AddressBits),
        (&[0, 1, 1, 0, 0b0100_0000], AddressBits),
        (&[0, 9, 255, 0], AddressLength),
    ];
    for (data, kind) in cases {
        assert_eq!(ClientSubnet::read(data), Err(*kind), "{data:?}");
        assert_eq!(
            found(QUERY, Proto::Datagram, &[(OptionCode::CLIENT_SUBNET, data)]),
            [(
                ViolationKind::Malformed(OptionError {
                    code: OptionCode::CLIENT_SUBNET,
                    kind: *kind
                }),
                23,
                Some(Rcode::FORMERR)
            )]
        );
    }
    let whole = ClientSubnet::read(&[0, 1, 32, 0, 192, 0, 2, 255]).unwrap();
    assert_eq!(whole.prefix(), Some(([192, 0, 2, 255].into(), 32)));
    // The longest prefixes are valid.
    assert!(ClientSubnet::read(&[0, 1, 0, 32]).is_ok());
    assert!(ClientSubnet::read(&[0, 2, 0, 128]).is_ok());
}

/// The example of RFC 7871 section 6.1: 192.0.2.0/24, and the answer with the same scope.
#[test]
fn rfc7871_scope_is_for_responses_only() {
    let data: &[u8] = &[0, 1, 24, 24, 192, 0, 2];
    let subnet = [(OptionCode::CLIENT_SUBNET, data)];
    assert_eq!(found(RESPONSE, Proto::Datagram, &subnet), []);
    assert_eq!(
        found(QUERY, Proto::Datagram, &subnet),
        [(ViolationKind::ScopeInQuery, 23, Some(Rcode::FORMERR))]
    );
}

/// RFC 9018 appendix A.1 and A.2.
#[test]
fn rfc9018_appendix_a_cookies_have_a_client_part_and_a_server_part() {
    let client = [0x24, 0x64, 0xC4, 0xAB, 0xCF, 0x10, 0xC9, 0x57];
    assert_eq!(Cookie::read(&client), Ok(Cookie { client, server: b"" }));
    assert_eq!(Cookie { client, server: b"" }.timestamp(), None);
    for (server, timestamp) in [
        (
            *b"\x01\0\0\0\x5C\xF7\x9F\x11\x1F\x81\x30\xC3\xEE\xE2\x94\x80",
            1_559_731_985,
        ),
        (
            *b"\x01\0\0\0\x5C\xF7\xA8\x71\xD4\xA5\x64\xA1\x44\x2A\xCA\x77",
            1_559_734_385,
        ),
    ] {
        let data = [&client[..], &server].concat();
        let cookie = Cookie::read(&data).unwrap();
        assert_eq!(
            cookie,
            Cookie {
                client,
                server: &server
            }
        );
        assert_eq!(cookie.timestamp(), Some(timestamp));
    }
}

#[test]
fn rfc7873_5_2_2_cookies_of_a_wrong_length_are_formerr() {
    for length in 0..=50 {
        let data = [7; 50];
        let data = &data[..length];
        let valid = length == 8 || (16..=40).contains(&length);
        assert_eq!(Cookie::read(data).is_ok(), valid, "{length}");
        let owed: Vec<_> = found(QUERY, Proto::Datagram, &[(OptionCode::COOKIE, data)])
            .iter()
            .map(|(_, _, owed)| *owed)
            .collect();
        assert_eq!(
            owed,
            if valid { &[][..] } else { &[Some(Rcode::FORMERR)] },
            "{length}"
        );
    }
}

#[test]
fn rfc7873_5_2_only_the_first_cookie_counts() {
    let options: &[(OptionCode, &[u8])] = &[
        (OptionCode::COOKIE, &[1; 8]),
        (OptionCode::EDE, &[0, 0]),
        (OptionCode::COOKIE, &[2; 7]),
        (OptionCode::EDE, &[0, 0]),
    ];
    assert_eq!(
        found(QUERY, Proto::Datagram, options),
        [(ViolationKind::Repeated(OptionCode::COOKIE), 23 + 12 + 6, None)]
    );
    let mut opt = Opt::default();
    for (code, data) in options {
        opt.options.push(*code, data);
    }
    let first: Cookie<'_> = opt.options.iter().first().unwrap().unwrap();
    assert_eq!(first.client, [1; 8]);
    assert_eq!(opt.options.iter().typed::<ExtendedError<'_>>().count(), 2);
    opt.options.remove(OptionCode::COOKIE);
    let left: Vec<_> = opt.options.iter().map(|option| option.code).collect();
    assert_eq!(left, [OptionCode::EDE, OptionCode::EDE]);
}

#[test]
fn an_option_that_is_added_is_the_last_one_and_is_found_again() {
    let mut options = Options::default();
    let nsid = Nsid { identifier: b"here" };
    let client = [1, 2, 3, 4, 5, 6, 7, 8];
    assert!(options.is_empty());
    assert!(options.add(&nsid) && options.add(&Cookie { client, server: b"" }));
    assert!(!options.is_empty());
    let added: Vec<_> = options.iter().map(|option| (option.code, option.data)).collect();
    assert_eq!(
        added,
        [(OptionCode::NSID, &b"here"[..]), (OptionCode::COOKIE, &client)]
    );
    assert_eq!(options.iter().first(), Some(Ok(nsid)));
    assert_eq!(options.iter().first::<Padding<'_>>(), None);
    // What is too long is not added, and nothing is spoilt.
    assert!(!options.add(&Padding { octets: &[0; 65_536] }));
    assert_eq!(options.iter().count(), 2);
    assert!(alloc::format!("{options:?}").starts_with("[NSID [68, 65, 72, 65], COOKIE"));
}

#[test]
fn rfc9660_2_only_a_version_of_kind_0_is_a_serial() {
    let version = |data: &'static [u8]| ZoneVersion::read(data).unwrap().version.unwrap();
    let serial = version(&[2, 0, 0x78, 0xA3, 0xF1, 0x75]);
    assert_eq!(
        (serial.labels, serial.kind, serial.serial()),
        (2, Version::SOA_SERIAL, Some(2_024_010_101))
    );
    assert_eq!(version(&[2, 9, 0x78, 0xA3, 0xF1, 0x75]).serial(), None);
    assert_eq!(ZoneVersion::read(&[2, 0, 1, 2, 3]), Err(OptionErrorKind::Length));
}

#[test]
fn codes_and_key_tags_are_shown_in_debug_output() {
    assert_eq!(
        alloc::format!("{:?}", InfoCode(22)),
        "22 (No Reachable Authority)"
    );
    let tags = KeyTags::from_wire(&[0x4F, 0x66, 0, 1]).unwrap();
    assert_eq!(alloc::format!("{tags:?}"), "[20326, 1]");
}

#[test]
fn errors_and_findings_say_what_is_wrong() {
    let error = OptionRef {
        code: OptionCode::COOKIE,
        data: &[7; 9],
    }
    .read::<Cookie<'_>>()
    .unwrap_err();
    assert_eq!(error.to_string(), "COOKIE: a server cookie has 8 to 32 octets");
    let mut opt = Opt::default();
    opt.options.push(OptionCode::COOKIE, &[7; 9]);
    let wire = message(QUERY, &opt);
    let finding = violations(Message::parse(&wire).unwrap(), Proto::Stream)
        .next()
        .unwrap();
    assert_eq!(
        finding.to_string(),
        "COOKIE: a server cookie has 8 to 32 octets, at octet 23"
    );
}

#[test]
fn rfc7828_3_2_1_keepalive_is_for_streams_and_has_no_value_in_queries() {
    let empty: &[(OptionCode, &[u8])] = &[(OptionCode::TCP_KEEPALIVE, b"")];
    let value: &[(OptionCode, &[u8])] = &[(OptionCode::TCP_KEEPALIVE, &[0, 9])];
    let in_datagram = [(ViolationKind::KeepaliveInDatagram, 23, None)];
    assert_eq!(found(QUERY, Proto::Datagram, empty), in_datagram);
    assert_eq!(found(RESPONSE, Proto::Datagram, value), in_datagram);
    assert_eq!(found(QUERY, Proto::Stream, empty), []);
    assert_eq!(found(RESPONSE, Proto::Stream, value), []);
    assert_eq!(
        found(QUERY, Proto::Stream, value),
        [(ViolationKind::ValueInQuery(OptionCode::TCP_KEEPALIVE), 23, None)]
    );
}

#[test]
fn rfc9567_5_report_channels_are_for_responses() {
    let channel: &[(OptionCode, &[u8])] = &[(OptionCode::REPORT_CHANNEL, b"\x05agent\x00")];
    assert_eq!(found(RESPONSE, Proto::Datagram, channel), []);
    assert_eq!(
        found(QUERY, Proto::Datagram, channel),
        [(ViolationKind::ResponsesOnly(OptionCode::REPORT_CHANNEL), 23, None)]
    );
}

#[test]
fn lengths_are_exact() {
    for (code, lengths) in [
        (OptionCode::LLQ, &[18][..]),
        (OptionCode::UL, &[4, 8]),
        (OptionCode::EXPIRE, &[0, 4]),
        (OptionCode::TCP_KEEPALIVE, &[0, 2]),
        (OptionCode::KEY_TAG, &[2, 4, 6, 8, 10, 12, 14, 16, 18]),
        (OptionCode::CLIENT_TAG, &[2]),
        (OptionCode::SERVER_TAG, &[2]),
        (OptionCode::ZONEVERSION, &[0, 6]),
        (OptionCode::CHAIN, &[]),
        (OptionCode::REPORT_CHANNEL, &[]),
    ] {
        let schema = OptionSchema::of(code).unwrap();
        // Zeros, but no whole name: a second octet follows the root.
        let valid: Vec<usize> = (0..20)
            .filter(|length| *length != 1 || code != OptionCode::CHAIN && code != OptionCode::REPORT_CHANNEL)
            .filter(|length| (schema.check)(&[0; 20][..*length]).is_ok())
            .collect();
        assert_eq!(valid, lengths, "{code}");
    }
}

#[test]
fn rfc7901_4_a_name_in_an_option_is_whole_and_alone() {
    for data in [
        &b""[..],
        b"\x03com",
        b"\x03com\x00\x00",
        b"\xC0\x00",
        b"\x01a\xC0\x00",
        b"\x40\x00",
    ] {
        assert_eq!(Chain::read(data), Err(OptionErrorKind::Name), "{data:?}");
    }
    let name: Name = "com.".parse().unwrap();
    assert_eq!(Chain::read(b"\x03CoM\x00").unwrap().closest, name);
    let mut written = Vec::new();
    ReportChannel { agent: name.view() }.write(&mut written);
    assert_eq!(written, b"\x03com\x00");
}

/// RFC 8914 section 4 and 5.2, and the registry as of 2026: codes from 0 to 33.
#[test]
fn rfc8914_registered_codes_have_a_purpose() {
    let named: Vec<u16> = (0..=u16::MAX)
        .filter(|code| InfoCode(*code).purpose().is_some())
        .collect();
    assert_eq!(named, (0..=33).collect::<Vec<_>>());
    assert_eq!(
        InfoCode::STALE_NXDOMAIN_ANSWER.to_string(),
        "19 (Stale NXDOMAIN Answer)"
    );
    assert_eq!(InfoCode::NEGATIVE_TRUST_ANCHOR.0, 33);
}

#[test]
fn rfc6891_6_1_3_a_version_above_ours_is_badvers_and_nothing_else_is_judged() {
    let mut opt = Opt {
        version: 1,
        ..Opt::default()
    };
    opt.options.push(OptionCode::COOKIE, b"short");
    let wire = message(QUERY, &opt);
    let all: Vec<_> = violations(Message::parse(&wire).unwrap(), Proto::Datagram).collect();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].kind(), all[0].offset(), all[0].owed()),
        (ViolationKind::Version(1), 12, Some(Rcode::BADVERS))
    );
    assert_eq!(Opt::default().version, VERSION);
    assert_eq!(
        all[0].to_string(),
        "EDNS version 1 is not implemented, at octet 12"
    );
}

/// Only who knows a version knows what its RDATA consists of.
#[test]
fn rfc6891_6_1_3_badvers_is_owed_whatever_the_rdata_of_a_higher_version_is() {
    let with = |version, rdata: &[u8]| {
        let mut octets = message(
            QUERY,
            &Opt {
                version,
                ..Opt::default()
            },
        );
        let end = octets.len();
        octets[end - 2..].copy_from_slice(&u16::try_from(rdata.len()).unwrap().to_be_bytes());
        octets.extend_from_slice(rdata);
        octets
    };
    let many = [0; 404];
    for (rdata, kind) in [
        (&b"\x00"[..], ParseErrorKind::RdataShort),
        (b"\x00\x03\x00\x02hi\x00\x0A\x00\x09", ParseErrorKind::RdataShort),
        (&many, ParseErrorKind::TooManyOptions),
    ] {
        let unreadable = with(0, rdata);
        let error = Message::parse(&unreadable).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(Violation::from(error).owed(), Some(Rcode::FORMERR));
        for version in [1, 255] {
            let octets = with(version, rdata);
            let message = Message::parse(&octets).unwrap();
            let found: Vec<_> = violations(message, Proto::Datagram)
                .map(|violation| (violation.kind(), violation.owed()))
                .collect();
            assert_eq!(found, [(ViolationKind::Version(version), Some(Rcode::BADVERS))]);
            let opt = message.opt().unwrap();
            let record = opt.to_record();
            assert_eq!(record.rdata.octets(), rdata);
            assert_eq!(OptRef::from_record(&record), Ok(Some(opt)));
            // What is sent consists of options.
            assert!(opt.options().eq(Opt::from(opt).options.iter()));
        }
    }
}

#[test]
fn rfc6891_6_1_1_unreadable_requests_are_owed_formerr_and_responses_nothing() {
    let opt = Opt::default();
    let header = |flags| Header {
        id: 0x1234,
        flags,
        question_count: 0,
        answer_count: 0,
        authority_count: 0,
        additional_count: 2,
    };
    let refusal = |octets: &[u8]| {
        let error = Message::parse(octets).unwrap_err();
        assert_eq!(
            Violation::from(error).kind(),
            ViolationKind::Unreadable(error.kind())
        );
        (error.kind(), error.offset(), Refusal::of(octets, error))
    };
    let two = |flags| {
        RawMessage::new()
            .header(header(flags))
            .opt(&opt)
            .opt(&opt)
            .into_octets()
    };

    let request = Flags::default()
        .with_opcode(Opcode::NOTIFY)
        .with_rd(true)
        .with_ad(true)
        .with_tc(true);
    let (kind, offset, owed) = refusal(&two(request));
    assert_eq!((kind, offset), (ParseErrorKind::SecondOpt, 23));
    let response = Header::parse(&owed.unwrap().to_octets()).unwrap();
    assert_eq!(response.id, 0x1234);
    assert_eq!(
        response.flags,
        Flags::default()
            .with_qr(true)
            .with_opcode(Opcode::NOTIFY)
            .with_rd(true)
            .with_rcode(Rcode::FORMERR)
    );

    assert_eq!(refusal(&two(request.with_qr(true))).2, None);
    assert_eq!(refusal(&two(request)[..11]).2, None);
    let stateful = Flags::default().with_opcode(Opcode::DSO);
    assert_eq!(refusal(&two(stateful)).2.unwrap().rcode(), Rcode::NOTIMP);
}

#[test]
fn rfc6891_6_1_2_a_record_that_is_no_opt_record_is_not_taken_for_one() {
    let record = Opt::default().to_record();
    let owned = crate::wire::Record {
        owner: "example.".parse().unwrap(),
        ..record.clone()
    };
    assert_eq!(
        OptRef::from_record(&owned).unwrap_err().kind(),
        ParseErrorKind::OptOwner
    );
    let other = crate::wire::Record {
        rdata: crate::wire::Rdata::opaque(Rtype::NULL, b""),
        ..record.clone()
    };
    assert_eq!(OptRef::from_record(&other), Ok(None));
    let cut = crate::wire::Record {
        rdata: crate::wire::Rdata::opaque(Rtype::OPT, &[0, 1, 0, 1]),
        ..record
    };
    assert_eq!(
        OptRef::from_record(&cut).unwrap_err().kind(),
        ParseErrorKind::RdataShort
    );
}
