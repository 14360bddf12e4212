//! What fields with a structure of their own say, and which values they refuse.

use super::*;
use crate::wire::{DigestType, NameRef, Rtype};
use alloc::format;
use alloc::vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use proptest::prelude::*;

/// Whether parameters with this one alone are taken, or with `alpn` before it if the key needs that.
fn is_value(registry: Registry, key: u16, value: &[u8]) -> bool {
    let length = u16::try_from(value.len()).unwrap();
    let before: &[u8] = if (registry, key) == (Registry::Service, 2) {
        b"\x00\x01\x00\x03\x02h2"
    } else {
        b""
    };
    let wire = [before, &key.to_be_bytes(), &length.to_be_bytes(), value].concat();
    ServiceParams::from_wire(registry, &wire).is_ok()
}

#[test]
fn rfc9460_2_2_each_key_of_service_parameters_has_its_values_only() {
    let (service, delegation) = (Registry::Service, Registry::Delegation);
    let numbers: Vec<u8> = (0..=u16::MAX / 2)
        .flat_map(u16::to_be_bytes)
        .take(65_534)
        .collect();
    let cases: &[(Registry, u16, &[u8], &[u8])] = &[
        (service, 1, b"\x02h2\x02h3", b"\x00"),
        (service, 1, b"\x01a", b""),
        (service, 2, b"", b"\x00"),
        (service, 3, &[0, 53], &[53]),
        (service, 3, &[1, 187], &[0, 53, 0]),
        (service, 4, &[192, 0, 2, 1], &[192, 0, 2]),
        (service, 4, &[1; 8], b""),
        (service, 5, &[7], b""),
        (service, 6, &[1; 32], &[1; 17]),
        (service, 7, b"/dns-query{?dns}", b"\xFF"),
        (service, 8, b"", b"x"),
        // RFC 9848 and its like: different numbers.
        (service, 9, &[0, 29, 0, 23], &[0, 29, 0, 29]),
        (service, 9, &numbers, &[0, 1, 0, 65, 0, 1]),
        (delegation, 1, &[192, 0, 2, 1], &[1; 5]),
        (delegation, 2, &[1; 16], &[1; 4]),
        (delegation, 3, b"\x01a\x00\x00", b"\x01a"),
        (delegation, 4, b"\x00", b""),
    ];
    for &(registry, key, right, wrong) in cases {
        assert!(is_value(registry, key, right), "{registry:?} {key}");
        assert!(!is_value(registry, key, wrong), "{registry:?} {key}");
    }
    assert!(is_value(service, 40_000, b"") && is_value(service, 40_000, b"\xFF"));
    let (a, b) = (b"\x00\x03\x00\x02\x00\x35", b"\x00\x05\x00\x01\x07");
    assert!(ServiceParams::from_wire(service, &[&a[..], b].concat()).is_ok());
    assert!(ServiceParams::from_wire(service, &[&b[..], a].concat()).is_err());
    assert!(ServiceParams::from_wire(service, &[&a[..], a].concat()).is_err());
}

#[test]
fn rfc9460_7_service_parameters_say_what_their_keys_do() {
    let wire = b"\x00\x00\x00\x02\x00\x03\x00\x01\x00\x03\x02h2\x00\x02\x00\x00\x00\x03\x00\x02\x01\xBB\
        \x00\x04\x00\x04\xC0\x00\x02\x01\x00\x05\x00\x01\x07\x00\x06\x00\x10\
        \x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01\x00\x07\x00\x02/q";
    let params = ServiceParams::from_wire(Registry::Service, wire).unwrap();
    assert!(params.iter().map(|(key, _)| key).eq(0..8));
    assert!(params.mandatory().eq([3]));
    assert!(params.alpn().unwrap().iter().eq([b"h2"]));
    assert!(params.no_default_alpn());
    assert_eq!((params.port(), params.ech()), (Some(443), Some(&[7][..])));
    assert!(params.ipv4_hints().eq([Ipv4Addr::new(192, 0, 2, 1)]));
    assert!(
        params
            .ipv6_hints()
            .eq(["2001:db8::1".parse::<Ipv6Addr>().unwrap()])
    );
    assert_eq!(params.doh_path(), Some("/q"));
    let none = ServiceParams::from_wire(Registry::Service, b"").unwrap();
    assert!(none.is_empty() && !none.no_default_alpn() && none.alpn().is_none() && none.ech().is_none());
    for registry in [Registry::Service, Registry::Delegation] {
        for key in 0..16 {
            let mnemonic = registry.mnemonic(key);
            assert!(mnemonic.is_none_or(|mnemonic| registry.key(mnemonic) == Some(key)));
        }
        assert_eq!(
            (registry.key("mandatory"), registry.mnemonic(0)),
            (Some(0), Some("mandatory"))
        );
        assert_eq!((registry.key("none"), registry.mnemonic(16)), (None, None));
    }
}

#[test]
fn rfc1876_2_a_location_says_where_it_is_and_stays_in_its_ranges() {
    let (quarter, half) = (90 * 3_600_000, 180 * 3_600_000);
    let place = Location::new(-3_600_000, 7_200_000, -2_400).unwrap();
    assert_eq!(
        (place.latitude(), place.longitude(), place.altitude()),
        (-3_600_000, 7_200_000, -2_400)
    );
    let sizes = |place: Location| {
        [
            place.size(),
            place.horizontal_precision(),
            place.vertical_precision(),
        ]
        .map(Precision::centimetres)
    };
    assert_eq!(sizes(place), [100, 1_000_000, 1_000]);
    let [size, horizontal, vertical] = [2, 30, 400].map(|size| Precision::from_centimetres(size).unwrap());
    assert_eq!(
        sizes(place.with_precision(size, horizontal, vertical)),
        [2, 30, 400]
    );
    assert!(Location::new(quarter, -half, 4_284_967_295).is_some());
    for (latitude, longitude, altitude) in [
        (quarter + 1, 0, 0),
        (0, half + 1, 0),
        (0, 0, 4_284_967_296),
        (0, 0, -10_000_001),
    ] {
        assert_eq!(Location::new(latitude, longitude, altitude), None);
    }
    let wire = |size: u8, latitude: u32, longitude: u32| {
        let mut wire = vec![0, size, 0x12, 0x12];
        wire.extend([latitude, longitude, 0].map(u32::to_be_bytes).concat());
        Fields::only::<Location>(&wire, Field::Location).is_ok()
    };
    let middle = 1_u32 << 31;
    for (size, fits) in [
        (0x99, true),
        (0x00, true),
        (0x9A, false),
        (0xA9, false),
        (0x01, false),
    ] {
        assert_eq!(wire(size, middle, middle), fits, "{size:#x}");
    }
    assert!(wire(0x12, middle + 324_000_000, middle - 648_000_000));
    assert!(!wire(0x12, middle + 324_000_001, middle) && !wire(0x12, middle, middle - 648_000_001));
}

proptest! {
    #[test]
    fn rfc1876_2_a_precision_is_one_digit_and_a_power_of_ten(power in 0u32..10, digit in 1u64..10, more in 0u64..1_000_000_000) {
        let ten = 10_u64.pow(power);
        let centimetres = digit * ten + more % ten;
        let precision = Precision::from_centimetres(centimetres).unwrap();
        prop_assert_eq!(precision.centimetres(), digit * ten);
    }

    #[test]
    fn rfc1035_3_4_2_the_first_bit_stands_for_port_0(ports in prop::collection::btree_set(0u16..2000, 0..20)) {
        let mut bits = vec![0; 250];
        for &port in &ports {
            bits[usize::from(port) / 8] |= 0x80 >> (port % 8);
        }
        let found = Ports::from_wire(&bits).unwrap();
        prop_assert!(found.iter().eq(ports.iter().copied()));
        prop_assert!((0..3000).all(|port| found.contains(port) == ports.contains(&port)));
    }

    #[test]
    fn rfc2535_5_2_the_types_of_an_nxt_record_are_below_128(types in prop::collection::btree_set(1u16..128, 1..20)) {
        let mut bits = vec![0; usize::from(*types.last().unwrap()) / 8 + 1];
        for &rtype in &types {
            bits[usize::from(rtype) / 8] |= 0x80 >> (rtype % 8);
        }
        let found = NxtBitmap::from_wire(&bits).unwrap();
        prop_assert!(found.iter().eq(types.iter().copied().map(Rtype)));
        prop_assert!((0..300).all(|rtype| found.contains(Rtype(rtype)) == types.contains(&rtype)));
    }
}

#[test]
fn sets_of_bits_are_refused_when_they_are_too_long_or_not_the_shortest() {
    assert!(Ports::from_wire(&[1; 8192]).is_ok() && Ports::from_wire(&[1; 8193]).is_err());
    assert!(NxtBitmap::from_wire(&[1; 16]).is_ok() && NxtBitmap::from_wire(&[1; 17]).is_err());
    for wrong in [&b""[..], b"\x80\x01", b"\x01\x00"] {
        assert!(NxtBitmap::from_wire(wrong).is_err(), "{wrong:x?}");
    }
    let longest = [&[0, 32][..], &[1; 32]].concat();
    assert!(TypeBitmap::from_wire(&longest).is_ok_and(|types| types.contains(Rtype(255))));
    let too_long = [&[0, 33][..], &[1; 33]].concat();
    for wrong in [
        &b"\x00\x00"[..],
        b"\x00\x01\x00",
        b"\x00\x02\x01",
        b"\x01\x01\x01\x00\x01\x01",
        &too_long,
    ] {
        assert!(TypeBitmap::from_wire(wrong).is_err(), "{wrong:x?}");
    }
}

#[test]
fn rfc3123_4_address_prefixes_fit_their_family_and_have_no_zeros_at_the_end() {
    let address =
        |wire| AddressPrefixes::from_wire(wire).map(|prefixes| prefixes.iter().next().unwrap().address());
    let expected = |text: &str| Ok(Some(text.parse::<IpAddr>().unwrap()));
    assert_eq!(address(b"\x00\x01\x18\x03\xC0\x00\x02"), expected("192.0.2.0"));
    assert_eq!(address(b"\x00\x02\x80\x02\x20\x01"), expected("2001::"));
    assert_eq!(address(b"\x00\x09\xFF\x01\x07"), Ok(None));
    for wrong in [
        &b"\x00\x01\x21\x01\x01"[..],
        b"\x00\x01\x08\x05\x01\x01\x01\x01\x01",
        b"\x00\x01\x10\x02\x01\x00",
    ] {
        assert!(AddressPrefixes::from_wire(wrong).is_err(), "{wrong:x?}");
    }
}

#[test]
fn gateways_relays_and_host_identities_say_what_their_octets_do() {
    let name = NameRef::from_checked(b"\x01a\x00", 0);
    let relays: [(&[u8], bool, Gateway<'_>); 4] = [
        (b"\x80", true, Gateway::None),
        (
            b"\x01\xC0\x00\x02\x01",
            false,
            Gateway::Ipv4([192, 0, 2, 1].into()),
        ),
        (
            b"\x82\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01",
            true,
            Gateway::Ipv6(Ipv6Addr::LOCALHOST),
        ),
        (b"\x03\x01a\x00", false, Gateway::Name(name)),
    ];
    for (wire, discovery_optional, relay) in relays {
        let expected = Relay {
            discovery_optional,
            relay,
        };
        assert_eq!(Fields::only::<Relay<'_>>(wire, Field::Relay), Ok(expected));
        let mut octets = Octets::new();
        expected.write(Field::Relay, &mut octets);
        assert_eq!(&octets[..], wire);
        assert_eq!(relay.kind(), wire[0] & 0x7F);
    }
    assert!(Fields::only::<Relay<'_>>(b"\x04", Field::Relay).is_err());
    let host = HostIdentity::new(2, b"tag", b"key").unwrap();
    assert_eq!(
        (host.algorithm(), host.tag(), host.key()),
        (2, &b"tag"[..], &b"key"[..])
    );
    let partial = PartialAddress::new(120, "::5".parse().unwrap()).unwrap();
    assert_eq!((partial.missing(), partial.suffix().octets()[15]), (120, 5));
}

#[test]
fn octets_and_codes_are_shown_in_debug_output() {
    let shown = format!(
        "{:?} {:?}",
        CharacterString::new(b"a\x00").unwrap(),
        LongOctets::new(b"b").unwrap()
    );
    assert_eq!(shown, r#""a\x00" "b""#);
    assert_eq!(format!("{} {}", DigestType::SHA256, DigestType(99)), "SHA-256 99");
}

#[test]
fn rfc6742_2_locators_and_numbers_of_eight_octets_are_read_in_network_order() {
    let octets = [0x20, 0x01, 0x0D, 0xB8, 0x11, 0x40, 0x10, 0x00];
    assert_eq!(
        Fields::only(&octets, Field::Locator),
        Ok(0x2001_0DB8_1140_1000_u64)
    );
    assert!(Fields::only::<u64>(&octets[..7], Field::U64).is_err());
}
