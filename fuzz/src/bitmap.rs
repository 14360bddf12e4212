//! Sets of types in NSEC and NXT records.

use std::collections::BTreeSet;

use nameward_core::wire::rdata::{NxtBitmap, TypeBitmap};
use nameward_core::wire::{Rdata, Rtype};

/// Takes `data` as the wire form of a set of types.
pub fn body(data: &[u8]) {
    let naive = windows(data);
    let read = TypeBitmap::from_wire(data);
    assert_eq!(read.is_ok(), naive.is_some(), "{read:?}");
    if let (Ok(bitmap), Some(types)) = (read, naive) {
        let listed: Vec<_> = bitmap.iter().collect();
        assert!(listed.iter().map(|rtype| rtype.0).eq(types.iter().copied()));
        assert_eq!(bitmap.is_empty(), types.is_empty());
        for near in types
            .iter()
            .flat_map(|&number| [number, number ^ 1, number ^ 8, number ^ 256])
        {
            assert_eq!(bitmap.contains(Rtype(near)), types.contains(&near), "{near}");
        }
        through_text(Rtype::NSEC, data);
    }
    if let Ok(bitmap) = NxtBitmap::from_wire(data) {
        let types: BTreeSet<_> = bits(data).collect();
        assert!(bitmap.iter().map(|rtype| rtype.0).eq(types.iter().copied()));
        assert!((0..200).all(|number| bitmap.contains(Rtype(number)) == types.contains(&number)));
        through_text(Rtype::NXT, data);
    }
}

/// RFC 4034 section 4.1.2 to the letter; none where it is not kept.
fn windows(mut rest: &[u8]) -> Option<BTreeSet<u16>> {
    let mut types = BTreeSet::new();
    let mut above = 0;
    while let [number, length @ 1..=32, after @ ..] = rest {
        let (map, after) = after.split_at_checked(usize::from(*length))?;
        if u16::from(*number) < above || map.ends_with(&[0]) {
            return None;
        }
        above = u16::from(*number) + 1;
        types.extend(bits(map).map(|bit| u16::from(*number) << 8 | bit));
        rest = after;
    }
    rest.is_empty().then_some(types)
}

/// The numbers of the bits that are set.
fn bits(map: &[u8]) -> impl Iterator<Item = u16> {
    let octets = (0u16..).zip(map);
    octets.flat_map(|(index, &octet)| {
        (0..8)
            .filter(move |bit| octet & 0x80 >> bit != 0)
            .map(move |bit| index * 8 + bit)
    })
}

/// The set after the root as the next name, as text and back.
fn through_text(rtype: Rtype, bitmap: &[u8]) {
    let rdata = Rdata::from_wire(rtype, &[&[0], bitmap].concat()).expect("a set of types fits its record");
    assert!(!rdata.to_string().starts_with("\\#"), "{rdata}");
    assert_eq!(Rdata::from_text(rtype, &rdata.to_string(), None), Ok(rdata));
}
