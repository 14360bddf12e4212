use super::*;
use crate::wire::error::ParseErrorKind;
use crate::wire::{Message, Name, Section};
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};
use proptest::prelude::*;

fn name() -> impl Strategy<Value = Name> {
    "([a-cA-C]{1,9}\\.){0,4}".prop_map(|text| {
        if text.is_empty() {
            Name::root()
        } else {
            text.parse().unwrap()
        }
    })
}

proptest! {
    #[test]
    fn views_survive_being_built(a: [u8; 4], b: [u8; 16], n in name(), m in name(), x: u16, y: [u32; 5], t in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..4)) {
        let wire: Vec<u8> = t.iter().flat_map(|string| [&[u8::try_from(string.len()).unwrap()], &string[..]].concat()).collect();
        let strings = CharacterStrings::from_wire(&wire).unwrap();
        prop_assert_eq!(strings.iter().map(<[u8]>::to_vec).collect::<Vec<_>>(), t);
        macro_rules! survives {
            ($($view:expr => $type:ty;)+) => {$({
                let view: $type = $view;
                let rdata = view.to_rdata();
                prop_assert_eq!(rdata.view::<$type>(), Some(view));
                prop_assert_eq!(rdata.rtype(), <$type as RecordType>::SCHEMA.rtype);
                prop_assert_eq!(Rdata::from_wire(rdata.rtype(), rdata.octets()), Ok(rdata.clone()));
                // Not one octet less, not one more.
                let cut = rdata.octets().split_last().unwrap().1;
                prop_assert!(rdata.rtype() == Rtype::TXT || Rdata::from_wire(rdata.rtype(), cut).is_err());
                let longer = [rdata.octets(), &[1]].concat();
                prop_assert!(Rdata::from_wire(rdata.rtype(), &longer).is_err());
            })+};
        }
        survives! {
            A { address: Ipv4Addr::from(a) } => A;
            Aaaa { address: Ipv6Addr::from(b) } => Aaaa;
            Ns { server: n.view() } => Ns;
            Cname { target: n.view() } => Cname;
            Ptr { target: n.view() } => Ptr;
            Dname { target: n.view() } => Dname;
            Mx { preference: x, exchange: n.view() } => Mx;
            Soa { primary: n.view(), mailbox: m.view(), serial: y[0], refresh: y[1], retry: y[2], expire: y[3], minimum: y[4] } => Soa;
            Txt { strings } => Txt;
        }
    }

    /// Whatever the octets: a known type takes them as they are or not at all, an unknown one always.
    #[test]
    fn rfc3597_octets_are_kept(rtype in 0u16..70, octets in prop::collection::vec(any::<u8>(), 0..40)) {
        let rtype = Rtype(rtype);
        prop_assert_eq!(Rdata::opaque(rtype, &octets).octets().to_vec(), octets.clone());
        match Rdata::from_wire(rtype, &octets) {
            Ok(rdata) => prop_assert_eq!(rdata.octets(), &octets[..]),
            Err(_) => prop_assert!(Schema::of(rtype, Class::IN).is_some()),
        }
    }
}

#[test]
fn every_declared_type_is_found_by_its_number() {
    assert_eq!(Schema::all().count(), 88);
    for schema in Schema::all() {
        assert_eq!(Schema::of(schema.rtype, Class::IN), Some(schema));
        assert!(schema.rtype.mnemonic().is_some());
        let named = |field: &Field| {
            let named = [
                Field::Name,
                Field::OptionalName,
                Field::Names,
                Field::KeyGateway,
                Field::Relay,
            ];
            named.contains(field) || matches!(field, Field::Params(_))
        };
        assert_eq!(
            schema.names == NameRule::None,
            !schema.fields.iter().any(named),
            "{schema:?}"
        );
    }
    for rtype in (0..=u16::MAX).map(Rtype) {
        let declared = Schema::all().any(|schema| schema.rtype == rtype);
        assert_eq!(Schema::of(rtype, Class::IN).is_some(), declared, "{rtype}");
    }
}

/// The lists of RFC 3597 section 4 and of RFC 4034 section 6.2 with the corrections of RFC 6840 section 5.1.
#[test]
fn names_are_treated_as_the_rfcs_list_them() {
    let types = |rule: fn(NameRule) -> bool| {
        let mut types: Vec<_> = Schema::all()
            .filter(|schema| rule(schema.names))
            .map(|schema| schema.rtype)
            .collect();
        types.sort_unstable();
        types
    };
    let rfc1035 = [
        Rtype::NS,
        Rtype::MD,
        Rtype::MF,
        Rtype::CNAME,
        Rtype::SOA,
        Rtype::MB,
        Rtype::MG,
        Rtype::MR,
        Rtype::PTR,
        Rtype::MINFO,
        Rtype::MX,
    ];
    assert_eq!(types(|rule| rule == NameRule::Compressed), rfc1035);
    let expanded = [
        Rtype::RP,
        Rtype::AFSDB,
        Rtype::RT,
        Rtype::SIG,
        Rtype::PX,
        Rtype::NXT,
        Rtype::SRV,
        Rtype::NAPTR,
        Rtype::KX,
    ];
    assert_eq!(types(|rule| rule == NameRule::Expanded), expanded);
    let mut lowered = [&rfc1035[..], &expanded, &[Rtype::DNAME, Rtype::A6, Rtype::RRSIG]].concat();
    lowered.sort_unstable();
    assert_eq!(types(NameRule::lowers), lowered);
}

proptest! {
    /// A type whose last field knows its own end: no octet less, and none more.
    #[test]
    fn rdata_ends_where_rdlength_says(index in 0usize..88, octets in prop::collection::vec(0u8..5, 0..60), more: u8) {
        let schema = Schema::all().nth(index).unwrap();
        let last = schema.fields.last().unwrap();
        let open = [
            Field::OptionalName, Field::Names, Field::OptionalCharacterString, Field::CharacterStrings, Field::Text,
            Field::Hex, Field::Nsap, Field::AtmAddress, Field::Base64, Field::OptionalBase64, Field::HyphenBase64, Field::Opaque,
            Field::TypeBitmap, Field::NxtBitmap, Field::Ports, Field::AddressPrefixes,
        ];
        prop_assume!(!open.contains(last) && !matches!(last, Field::Params(_)));
        // The shortest beginning that is RDATA is the only one, and stays so when octets are added.
        let lengths: Vec<_> = (0..=octets.len()).filter(|&end| Rdata::from_wire(schema.rtype, &octets[..end]).is_ok()).collect();
        prop_assert!(lengths.len() <= 1, "{:?} {:?}", schema.rtype, lengths);
        if let [end] = lengths[..] {
            prop_assert!(Rdata::from_wire(schema.rtype, &[&octets[..end], &[more]].concat()).is_err());
        }
    }
}

/// Names that must not be compressed are not read if they are (RFC 3597 section 4), wherever in the RDATA they are.
#[test]
fn rfc3597_4_compressed_names_are_read_in_the_listed_types_only() {
    for (rtype, before, after, allowed) in [
        (Rtype::SRV, &[0, 0, 0, 0, 0, 53][..], &[][..], true),
        (Rtype::NAPTR, &[0, 0, 0, 0, 0, 0, 0], &[], true),
        (Rtype::DNAME, &[], &[], false),
        (Rtype::NSEC, &[], &[], false),
        (Rtype::RRSIG, &[0; 18], &[1], false),
        (Rtype::SVCB, &[0, 1], &[], false),
        (Rtype::IPSECKEY, &[0, 3, 0], &[], false),
        (Rtype::HIP, &[1, 0, 0, 1, 1, 1], &[], false),
        (Rtype::LP, &[0, 0], &[], false),
    ] {
        let rdata = [before, &[0xC0, 0x0C], after].concat();
        let octets = message(rtype, Class::IN, &rdata, NEXT);
        let record = Message::parse(&octets)
            .unwrap()
            .records(Section::Answer)
            .next()
            .unwrap();
        let expanded = [before, b"\x07example\x00", after].concat();
        match record.to_rdata() {
            Ok(read) => assert_eq!((allowed, read.octets()), (true, &expanded[..]), "{rtype}"),
            Err(error) => assert_eq!(
                (allowed, error.kind()),
                (false, ParseErrorKind::PointerOutOfPlace),
                "{rtype}"
            ),
        }
        assert!(Rdata::from_wire(rtype, &expanded).is_ok(), "{rtype}");
        // RDATA by itself is not compressed: no pointer is followed in it.
        let within = [before, b"\x07example\xC0\x00", after].concat();
        assert!(Rdata::from_wire(rtype, &within).is_err(), "{rtype}");
    }
}

#[test]
fn rfc4034_6_2_names_of_the_listed_types_are_lower_cased_and_nothing_else_is() {
    let name: Name = "MaiL.Example.".parse().unwrap();
    let lower = name.to_canonical();
    let mx = Mx {
        preference: 0x4141,
        exchange: name.view(),
    };
    assert_eq!(
        mx.to_rdata().to_canonical(),
        Mx {
            exchange: lower.view(),
            ..mx
        }
        .to_rdata()
    );
    let dname = Dname { target: name.view() };
    assert_eq!(
        dname.to_rdata().to_canonical(),
        Dname { target: lower.view() }.to_rdata()
    );
    for rtype in [Rtype::TXT, Rtype::NSEC, Rtype(65280)] {
        let rdata = Rdata::opaque(rtype, name.as_wire());
        assert_eq!(rdata.to_canonical(), rdata);
    }
    // Octets that do not fit the type have no names that could be lower-cased.
    let broken = Rdata::opaque(Rtype::MX, b"\x00");
    assert_eq!(broken.to_canonical(), broken);
}

/// One record whose RDATA is followed by another's octets.
fn message(rtype: Rtype, class: Class, rdata: &[u8], after: &[u8]) -> Vec<u8> {
    let mut octets = b"\x00\x00\x80\x00\x00\x00\x00\x02\x00\x00\x00\x00\x07example\x00".to_vec();
    octets.extend_from_slice(&rtype.0.to_be_bytes());
    octets.extend_from_slice(&class.0.to_be_bytes());
    octets.extend_from_slice(&[0, 0, 0, 9]);
    octets.extend_from_slice(&u16::try_from(rdata.len()).unwrap().to_be_bytes());
    octets.extend_from_slice(rdata);
    octets.extend_from_slice(after);
    octets
}

const NEXT: &[u8] = b"\x00\xFF\x00\x00\x01\x00\x00\x00\x09\x00\x00";

#[test]
fn a_name_in_rdata_ends_inside_rdlength_and_the_rdata_with_it() {
    for (rdata, kind) in [
        (&b"\x00\x0A"[..], ParseErrorKind::RdataShort),
        (b"\x00\x0A\x04mail", ParseErrorKind::RdataShort),
        (b"\x00\x0A\x04mai", ParseErrorKind::RdataShort),
        (b"\x00\x0A\x04mail\xC0", ParseErrorKind::RdataShort),
        (b"\x00\x0A\x04mail\xC0\x0C\x00", ParseErrorKind::RdataLong),
        (b"\x00", ParseErrorKind::RdataShort),
        (b"\x00\x0A\xC0\x21", ParseErrorKind::PointerNotBackwards),
    ] {
        let octets = message(Rtype::MX, Class::IN, rdata, NEXT);
        let record = Message::parse(&octets)
            .unwrap()
            .records(Section::Answer)
            .next()
            .unwrap();
        assert_eq!(record.rdata::<Mx>().unwrap_err().kind(), kind, "{rdata:x?}");
        assert_eq!(record.to_rdata().unwrap_err().kind(), kind);
    }
    let octets = message(Rtype::MX, Class::IN, b"\x00\x0A\x04mail\xC0\x0C", NEXT);
    let record = Message::parse(&octets)
        .unwrap()
        .records(Section::Answer)
        .next()
        .unwrap();
    assert_eq!(
        record.rdata::<Mx>().unwrap().unwrap().exchange,
        "mail.example.".parse::<Name>().unwrap()
    );
    assert_eq!(
        record.to_rdata().unwrap().octets(),
        b"\x00\x0A\x04mail\x07example\x00"
    );
    assert_eq!(record.rdata::<Ns>(), Ok(None));
}

#[test]
fn rfc2136_2_4_updates_have_records_without_rdata() {
    for class in [Class::ANY, Class::NONE] {
        let octets = message(Rtype::MX, class, b"", NEXT);
        let record = Message::parse(&octets)
            .unwrap()
            .records(Section::Answer)
            .next()
            .unwrap();
        assert_eq!(record.rdata::<Mx>(), Ok(None));
        assert_eq!(record.to_rdata().unwrap().octets(), b"");
    }
    let octets = message(Rtype::A, Class::NONE, &[192, 0, 2, 1], NEXT);
    let record = Message::parse(&octets)
        .unwrap()
        .records(Section::Answer)
        .next()
        .unwrap();
    assert_eq!(
        record.rdata::<A>().unwrap().unwrap().address,
        Ipv4Addr::new(192, 0, 2, 1)
    );
}

#[test]
fn rfc1035_3_4_addresses_are_addresses_in_their_class_only() {
    let octets = message(Rtype::A, Class::CH, b"\x02ch\x00\x01\x02", NEXT);
    let record = Message::parse(&octets)
        .unwrap()
        .records(Section::Answer)
        .next()
        .unwrap();
    assert_eq!(record.rdata::<A>(), Ok(None));
    assert_eq!(record.to_rdata().unwrap().octets(), b"\x02ch\x00\x01\x02");
}

#[test]
fn owned_values_stay_small() {
    // A pointer takes the half where it has 32 bits.
    assert_eq!(size_of::<Rdata>(), 32 + size_of::<usize>());
    assert!(size_of::<crate::wire::Record>() <= 96);
}
