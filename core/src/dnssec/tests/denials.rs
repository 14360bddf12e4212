//! What NSEC and NSEC3 records cover.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::dnssec::*;
use crate::wire::rdata::{CharacterString, Nsec, Nsec3, TypeBitmap};
use crate::wire::{Rdata, Rtype};

fn nsec(next: &str, types: &[Rtype]) -> Rdata {
    let bitmap = type_bitmap(types.iter().copied());
    let types = TypeBitmap::from_wire(&bitmap).unwrap();
    Nsec {
        next: name(next).view(),
        types,
    }
    .to_rdata()
}

/// A record that covers a name and matches another.
fn covers(owner: &str, next: &str, asked: &str) -> (bool, bool) {
    let (owner, rdata) = (name(owner), nsec(next, &[Rtype::A]));
    let record = NsecRecord::new(&owner, &rdata).unwrap();
    (record.matches(&name(asked)), record.covers(&name(asked)))
}

#[test]
fn rfc4034_4_1_1_a_record_covers_what_lies_between_its_names() {
    assert_eq!(covers("b.example.", "d.example.", "C.example."), (false, true));
    assert_eq!(covers("b.example.", "d.example.", "x.b.example."), (false, true));
    assert_eq!(covers("b.example.", "d.example.", "B.EXAMPLE."), (true, false));
    assert_eq!(covers("b.example.", "d.example.", "d.example."), (false, false));
    assert_eq!(covers("b.example.", "d.example.", "a.example."), (false, false));
    assert_eq!(covers("b.example.", "d.example.", "e.example."), (false, false));
    assert_eq!(covers("b.example.", "d.example.", "example."), (false, false));
    // The last one of the zone leads back to the apex; the only one covers all but itself.
    assert_eq!(covers("x.example.", "example.", "y.example."), (false, true));
    assert_eq!(covers("x.example.", "example.", "w.example."), (false, false));
    assert_eq!(covers("x.example.", "example.", "example."), (false, false));
    assert_eq!(covers("example.", "example.", "a.example."), (false, true));
    assert_eq!(covers("example.", "example.", "example."), (true, false));
}

proptest! {
    /// Of the records of a zone exactly one covers or matches each name in it.
    #[test]
    fn a_chain_has_one_record_for_each_name(labels in proptest::collection::btree_set("[a-d]{1,2}", 0..6), asked in "[a-e]{1,3}") {
        let mut names: Vec<Name> = labels.iter().map(|label| name(&alloc::format!("{label}.example."))).collect();
        names.push(name("example."));
        names.sort();
        let asked = name(&alloc::format!("{asked}.example."));
        let mut found = 0;
        for (index, owner) in names.iter().enumerate() {
            let next = &names[(index + 1) % names.len()];
            let rdata = nsec(&alloc::format!("{next}"), &[Rtype::A]);
            let record = NsecRecord::new(owner, &rdata).unwrap();
            prop_assert!(!(record.matches(&asked) && record.covers(&asked)));
            found += u32::from(record.matches(&asked) || record.covers(&asked));
        }
        prop_assert_eq!(found, 1);
    }

    #[test]
    fn a_ring_of_hashes_has_one_record_for_each_hash(hashes in proptest::collection::btree_set(any::<[u8; 20]>(), 1..6), asked: [u8; 20]) {
        let ring: Vec<[u8; 20]> = hashes.into_iter().collect();
        let mut found = 0;
        for (index, hash) in ring.iter().enumerate() {
            let (owner, rdata) = nsec3(hash, &ring[(index + 1) % ring.len()], 1, 0);
            let record = Nsec3Record::new(&owner, &rdata).unwrap();
            prop_assert_eq!(record.hash(), hash);
            prop_assert!(record.matches(hash) && !record.covers(hash));
            found += u32::from(record.matches(&asked) || record.covers(&asked));
        }
        prop_assert_eq!(found, 1);
    }

    #[test]
    fn rfc4034_4_1_2_sets_of_types_have_what_was_put_in(numbers in proptest::collection::vec(any::<u16>(), 0..40)) {
        let octets = type_bitmap(numbers.iter().copied().map(Rtype));
        let mut expected: Vec<u16> = numbers.iter().copied().filter(|number| !matches!(number, 0 | 41 | 128..=255)).collect();
        expected.sort_unstable();
        expected.dedup();
        let set = TypeBitmap::from_wire(&octets).unwrap();
        prop_assert!(set.iter().map(|rtype| rtype.0).eq(expected));
    }
}

#[test]
fn names_without_data_are_seen_in_what_lies_below_them() {
    let (owner, rdata) = (name("a.example."), nsec("b.c.example.", &[Rtype::A]));
    let record = NsecRecord::new(&owner, &rdata).unwrap();
    assert!(record.has_below(&name("c.example.")));
    for other in [
        "b.c.example.",
        "bb.example.",
        "a.example.",
        "example.",
        "z.c.example.",
    ] {
        assert!(!record.has_below(&name(other)), "{other}");
    }
}

#[test]
fn rfc6840_4_1_a_zone_cut_says_nothing_of_what_lies_below() {
    let ends = |types: &[Rtype]| {
        let (owner, rdata) = (name("a.example."), nsec("b.example.", types));
        NsecRecord::new(&owner, &rdata).unwrap().ends_zone()
    };
    assert!(ends(&[Rtype::NS]) && ends(&[Rtype::DNAME]) && ends(&[Rtype::NS, Rtype::DS]));
    assert!(!ends(&[Rtype::NS, Rtype::SOA]) && !ends(&[Rtype::A]) && !ends(&[]));
    assert!(ends(&[Rtype::NS, Rtype::SOA, Rtype::DNAME]));
}

#[test]
fn next_names_stay_in_the_zone() {
    let within = |next: &str| {
        let (owner, rdata) = (name("a.example."), nsec(next, &[Rtype::A]));
        NsecRecord::new(&owner, &rdata)
            .unwrap()
            .is_within(&name("example."))
    };
    assert!(within("b.example.") && within("example."));
    assert!(!within("b.examplf.") && !within(".") && !within("xexample."));
    assert!(NsecRecord::new(&name("."), &Rdata::opaque(Rtype::NSEC, b"")).is_none());
}

/// A record with these hashes and otherwise usual contents.
fn nsec3(hash: &[u8; 20], next: &[u8], algorithm: u8, flags: u8) -> (Name, Rdata) {
    let rdata = Nsec3 {
        hash_algorithm: algorithm,
        flags,
        iterations: 5,
        salt: CharacterString::new(b"salt").unwrap(),
        next_hashed: CharacterString::new(next).unwrap(),
        types: TypeBitmap::from_wire(b"\x00\x01\x40").unwrap(),
    };
    (nsec3_owner(&name("example."), hash).unwrap(), rdata.to_rdata())
}

#[test]
fn rfc5155_8_records_that_are_not_used_are_told_why() {
    let refused = |(owner, rdata): (Name, Rdata)| Nsec3Record::new(&owner, &rdata).unwrap_err();
    assert_eq!(refused(nsec3(&[1; 20], &[2; 20], 2, 0)), Nsec3Error::Algorithm(2));
    assert_eq!(refused(nsec3(&[1; 20], &[2; 20], 1, 3)), Nsec3Error::Flags(3));
    assert_eq!(refused(nsec3(&[1; 20], &[2; 19], 1, 0)), Nsec3Error::Hash);
    let (_, rdata) = nsec3(&[1; 20], &[2; 20], 1, 1);
    for owner in [
        ".",
        "example.",
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3tw.example.",
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3to_.example.",
    ] {
        assert_eq!(refused((name(owner), rdata.clone())), Nsec3Error::Hash, "{owner}");
    }
    assert_eq!(
        refused((name("a."), Rdata::opaque(Rtype::NSEC3, b""))),
        Nsec3Error::Malformed
    );
    let owner = name("0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM.Example.");
    let record = Nsec3Record::new(&owner, &rdata).unwrap();
    assert!(record.opts_out() && *record.zone() == name("example."));
    assert_eq!(
        (record.iterations(), record.salt(), record.next()),
        (5, &b"salt"[..], &[2; 20])
    );
    assert_eq!(nsec3_owner(record.zone(), record.hash()), Some(owner));
    assert!(record.types().contains(Rtype::A) && !record.ends_zone());
}

#[test]
fn rfc5155_8_2_a_proof_has_one_set_of_parameters() {
    let (owner, rdata) = nsec3(&[1; 20], &[2; 20], 1, 0);
    let record = Nsec3Record::new(&owner, &rdata).unwrap();
    let (other, opted_out) = nsec3(&[3; 20], &[1; 20], 1, 1);
    assert!(record.same_parameters(&Nsec3Record::new(&other, &opted_out).unwrap()));
    let elsewhere = nsec3_owner(&name("a.example."), &[1; 20]).unwrap();
    assert!(!record.same_parameters(&Nsec3Record::new(&elsewhere, &rdata).unwrap()));
    let view: Nsec3<'_> = rdata.view().unwrap();
    for changed in [
        Nsec3 {
            iterations: 6,
            ..view
        },
        Nsec3 {
            salt: CharacterString::new(b"").unwrap(),
            ..view
        },
    ] {
        let changed = changed.to_rdata();
        assert!(!record.same_parameters(&Nsec3Record::new(&owner, &changed).unwrap()));
    }
}

#[test]
fn rfc5155_8_3_a_zone_cut_or_a_dname_encloses_nothing() {
    let (owner, rdata) = nsec3(&[1; 20], &[2; 20], 1, 0);
    let view: Nsec3<'_> = rdata.view().unwrap();
    let ends = |types: &[Rtype]| {
        let bitmap = type_bitmap(types.iter().copied());
        let types = TypeBitmap::from_wire(&bitmap).unwrap();
        let rdata = Nsec3 { types, ..view }.to_rdata();
        Nsec3Record::new(&owner, &rdata).unwrap().ends_zone()
    };
    assert!(ends(&[Rtype::NS]) && ends(&[Rtype::DNAME]) && ends(&[Rtype::NS, Rtype::DS]));
    assert!(!ends(&[Rtype::NS, Rtype::SOA]) && !ends(&[Rtype::A]) && !ends(&[]));
}

/// A zone whose name is nearly as long as names may be has no NSEC3 records.
#[test]
fn names_that_leave_no_room_for_a_hash_have_no_owner() {
    let label = "a".repeat(63);
    let long = name(&alloc::format!("{label}.{label}.{label}.{}.", "a".repeat(29)));
    assert_eq!(long.as_wire().len(), 223);
    assert_eq!(nsec3_owner(&long, &[0; 20]), None);
    assert!(nsec3_owner(&long.parent().unwrap(), &[0; 20]).is_some());
}
