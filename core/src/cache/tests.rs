use alloc::format;

use super::model::SECOND;
use super::*;
use crate::rrset::Rrset;
use crate::wire::steps::counted;
use crate::wire::{A, Aaaa, Cname, Rdata, Soa};

pub(super) fn cache(limits: CacheLimits) -> Cache {
    Cache::new(&Seed::from_number(1), limits).unwrap()
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn at(seconds: u64) -> Instant {
    Instant::from_nanos(seconds * SECOND)
}

/// RDATA of A, AAAA or CNAME with a number that can be read again.
pub(super) fn rdata(rtype: Rtype, number: u16) -> Rdata {
    let [a, b] = number.to_be_bytes();
    match rtype {
        Rtype::A => A {
            address: [192, 0, a, b].into(),
        }
        .to_rdata(),
        Rtype::AAAA => Aaaa {
            address: [0x2001, 0xDB8, 0, 0, 0, 0, 0, number].into(),
        }
        .to_rdata(),
        _ => Cname {
            target: name(&format!("{number}.example.")).view(),
        }
        .to_rdata(),
    }
}

pub(super) fn records(
    owner: &str,
    rtype: Rtype,
    ttl: u32,
    number: u16,
    credibility: impl Into<Credibility>,
) -> Positive {
    Positive {
        rrset: Rrset::new(name(owner), rtype, Class::IN, ttl, [rdata(rtype, number)]).unwrap(),
        signatures: None,
        credibility: credibility.into(),
    }
}

pub(super) fn soa(zone: &str, ttl: u32, minimum: u32, serial: u32) -> Rrset {
    let primary = name("ns.example.");
    let rdata = Soa {
        primary: primary.view(),
        mailbox: primary.view(),
        serial,
        refresh: 1,
        retry: 1,
        expire: 1,
        minimum,
    };
    Rrset::new(name(zone), Rtype::SOA, Class::IN, ttl, [rdata.to_rdata()]).unwrap()
}

pub(super) fn denial(
    owner: &str,
    denial: Denial,
    soa: Rrset,
    credibility: impl Into<Credibility>,
) -> Negative {
    Negative {
        name: name(owner),
        class: Class::IN,
        denial,
        soa,
        credibility: credibility.into(),
    }
}

const VALIDATED: Credibility = Credibility {
    authentic_data: true,
    rank: Rank::Answer,
};

fn get<'c>(cache: &'c mut Cache, now: u64, owner: &str, rtype: Rtype) -> Option<Hit<'c>> {
    cache.get(at(now), View::DEFAULT, &name(owner), rtype, Class::IN)
}

#[test]
fn rfc4343_names_are_found_in_any_case_and_answers_keep_theirs() {
    let mut cache = cache(CacheLimits::default());
    cache
        .insert(
            at(0),
            View::DEFAULT,
            records("WWW.Example.", Rtype::A, 9, 1, Rank::Answer),
        )
        .unwrap();
    let hit = get(&mut cache, 0, "www.eXAMPLE.", Rtype::A).unwrap();
    let Found::Records { rrset, .. } = hit.found else {
        panic!("{hit:?}")
    };
    assert_eq!(rrset.owner().as_wire(), name("WWW.Example.").as_wire());
}

#[test]
fn rfc2308_5_a_denial_lives_for_the_lesser_of_ttl_and_minimum_capped() {
    let limits = CacheLimits {
        negative_ttl: 100,
        ..CacheLimits::default()
    };
    for (ttl, minimum, lives) in [(7, 9, 7), (9, 7, 7), (1 << 31, u32::MAX, 100)] {
        let mut cache = cache(limits.clone());
        let data = denial(
            "a.example.",
            Denial::NxDomain,
            soa("example.", ttl, minimum, 1),
            Rank::Answer,
        );
        cache.insert_negative(at(0), View::DEFAULT, data).unwrap();
        assert_eq!(get(&mut cache, 0, "a.example.", Rtype::A).unwrap().ttl, lives);
        assert!(get(&mut cache, u64::from(lives) - 1, "a.example.", Rtype::MX).is_some());
        assert!(get(&mut cache, u64::from(lives), "a.example.", Rtype::A).is_none());
    }
}

#[test]
fn rfc2308_5_a_denial_needs_the_soa_record_of_a_zone_that_holds_the_name() {
    let mut cache = cache(CacheLimits::default());
    let data = denial(
        "a.example.",
        Denial::NxDomain,
        soa("other.", 9, 9, 1),
        Rank::Answer,
    );
    assert_eq!(
        cache.insert_negative(at(0), View::DEFAULT, data),
        Err(NotStored::ForeignSoa)
    );
    let no_soa = records("example.", Rtype::A, 9, 1, Rank::Answer).rrset;
    let data = denial("a.example.", Denial::NxDomain, no_soa, Rank::Answer);
    assert_eq!(
        cache.insert_negative(at(0), View::DEFAULT, data),
        Err(NotStored::ForeignSoa)
    );
    assert_eq!((cache.entries(), cache.statistics().refused), (0, 2));
}

#[test]
fn rfc2181_8_and_rfc8767_4_a_huge_ttl_is_capped_and_one_of_zero_not_stored() {
    let mut cache = cache(CacheLimits::default());
    let zero = records("a.example.", Rtype::A, 0, 1, Rank::Answer);
    assert_eq!(cache.insert(at(0), View::DEFAULT, zero), Err(NotStored::NoTtl));
    let huge = records("a.example.", Rtype::A, u32::MAX, 1, Rank::Answer);
    cache.insert(at(0), View::DEFAULT, huge).unwrap();
    let hit = get(&mut cache, 0, "a.example.", Rtype::A).unwrap();
    assert_eq!((hit.ttl, hit.valid_until), (86_400, at(86_400)));
    assert!(get(&mut cache, 86_400, "a.example.", Rtype::A).is_none());
}

#[test]
fn a_set_of_too_many_records_or_octets_is_not_stored() {
    let mut cache = cache(CacheLimits::default());
    let set = |count: u16| Positive {
        rrset: Rrset::new(
            name("a.example."),
            Rtype::A,
            Class::IN,
            9,
            (0..count).map(|number| rdata(Rtype::A, number)),
        )
        .unwrap(),
        signatures: None,
        credibility: Rank::Answer.into(),
    };
    assert_eq!(
        cache.insert(at(0), View::DEFAULT, set(257)),
        Err(NotStored::TooManyRecords)
    );
    cache.insert(at(0), View::DEFAULT, set(256)).unwrap();
    let text = Rdata::opaque(Rtype::TXT, &[0; 9_000]);
    let large = Positive {
        rrset: Rrset::new(name("a.example."), Rtype::TXT, Class::IN, 9, [text]).unwrap(),
        ..set(1)
    };
    assert_eq!(
        cache.insert(at(0), View::DEFAULT, large),
        Err(NotStored::TooLarge)
    );
}

#[test]
fn rfc6895_3_1_what_is_no_data_is_not_stored() {
    let mut cache = cache(CacheLimits::default());
    for rtype in [Rtype::ANY, Rtype::OPT, Rtype::TSIG, Rtype(0)] {
        let data = denial(
            "a.example.",
            Denial::NoData(rtype),
            soa("example.", 9, 9, 1),
            Rank::Answer,
        );
        assert_eq!(
            cache.insert_negative(at(0), View::DEFAULT, data),
            Err(NotStored::NotData),
            "{rtype}"
        );
        let failed = cache.insert_failure(at(0), View::DEFAULT, &name("a.example."), rtype, Class::IN);
        assert_eq!(failed, Err(NotStored::NotData), "{rtype}");
    }
}

#[test]
fn a_denied_aaaa_is_kept_beside_an_a() {
    let mut cache = cache(CacheLimits::default());
    cache
        .insert(
            at(0),
            View::DEFAULT,
            records("a.example.", Rtype::A, 90, 1, Rank::Answer),
        )
        .unwrap();
    let data = denial(
        "a.example.",
        Denial::NoData(Rtype::AAAA),
        soa("example.", 5, 5, 1),
        Rank::Answer,
    );
    cache.insert_negative(at(0), View::DEFAULT, data).unwrap();
    assert!(matches!(
        get(&mut cache, 0, "a.example.", Rtype::A).unwrap().found,
        Found::Records { .. }
    ));
    assert!(matches!(
        get(&mut cache, 0, "a.example.", Rtype::AAAA).unwrap().found,
        Found::NoData { .. }
    ));
    assert!(get(&mut cache, 5, "a.example.", Rtype::AAAA).is_none());
    assert!(get(&mut cache, 5, "a.example.", Rtype::A).is_some());
}

/// A question for a type that nobody asks for would otherwise be enough to deny an address.
#[test]
fn a_forged_denial_does_not_displace_known_records() {
    for forged in [Denial::NxDomain, Denial::NoData(Rtype::A)] {
        let mut cache = cache(CacheLimits::default());
        let known = records("a.example.", Rtype::A, 60, 1, Rank::AuthoritativeAnswer);
        cache.insert(at(0), View::DEFAULT, known).unwrap();
        let denied = denial(
            "a.example.",
            forged,
            soa("example.", 900, 900, 1),
            Rank::AuthoritativeAnswer,
        );
        let _ = cache.insert_negative(at(1), View::DEFAULT, denied.clone());
        assert!(matches!(
            get(&mut cache, 59, "a.example.", Rtype::A).unwrap().found,
            Found::Records { .. }
        ));
        // One that was validated does.
        let validated = Negative {
            credibility: VALIDATED,
            ..denied
        };
        cache.insert_negative(at(1), View::DEFAULT, validated).unwrap();
        let hit = get(&mut cache, 59, "a.example.", Rtype::A).unwrap();
        assert!(
            matches!(hit.found, Found::NxDomain { .. } | Found::NoData { .. }),
            "{hit:?}"
        );
    }
}

#[test]
fn validated_data_is_not_replaced_before_expiry_by_other_data() {
    let mut cache = cache(CacheLimits::default());
    cache
        .insert(
            at(0),
            View::DEFAULT,
            records("a.example.", Rtype::A, 10, 1, VALIDATED),
        )
        .unwrap();
    let other = records("a.example.", Rtype::A, 99, 2, Rank::AuthoritativeAnswer);
    assert_eq!(
        cache.insert(at(9), View::DEFAULT, other.clone()),
        Err(NotStored::LessCredible)
    );
    cache.insert(at(10), View::DEFAULT, other).unwrap();
    assert_eq!(cache.entries(), 1);
}

#[test]
fn views_do_not_see_each_other() {
    let mut cache = cache(CacheLimits::default());
    cache
        .insert(
            at(0),
            View(1),
            records("a.example.", Rtype::A, 10, 1, Rank::Answer),
        )
        .unwrap();
    assert!(get(&mut cache, 0, "a.example.", Rtype::A).is_none());
    let hit = cache.get(at(0), View(1), &name("a.example."), Rtype::A, Class::CH);
    assert!(hit.is_none(), "{hit:?}");
    assert!(
        cache
            .get(at(0), View(1), &name("a.example."), Rtype::A, Class::IN)
            .is_some()
    );
    assert_eq!(cache.forget(&name("A.example.")), 1);
    assert_eq!(cache.octets(), cache.tables);
}

#[test]
fn signatures_come_with_their_set_and_bound_its_life() {
    let mut cache = cache(CacheLimits::default());
    let signature = Rdata::opaque(Rtype::RRSIG, &[0; 40]);
    let data = Positive {
        signatures: Some(Rrset::new(name("a.example."), Rtype::RRSIG, Class::IN, 7, [signature]).unwrap()),
        ..records("a.example.", Rtype::A, 60, 1, Rank::Answer)
    };
    cache.insert(at(0), View::DEFAULT, data).unwrap();
    let hit = get(&mut cache, 2, "a.example.", Rtype::A).unwrap();
    let Found::Records {
        rrset,
        signatures: Some(signatures),
    } = hit.found
    else {
        panic!("{hit:?}")
    };
    assert_eq!((hit.aged(rrset).ttl(), hit.aged(signatures).ttl()), (5, 5));
}

#[test]
fn rfc9520_3_2_a_failure_that_comes_back_counts_for_twice_as_long_up_to_five_minutes() {
    let mut cache = cache(CacheLimits::default());
    let owner = name("a.example.");
    let mut now = 0;
    for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
        cache
            .insert_failure(at(now), View::DEFAULT, &owner, Rtype::A, Class::IN)
            .unwrap();
        assert!(matches!(
            get(&mut cache, now, "a.example.", Rtype::A).unwrap().found,
            Found::Failure
        ));
        assert!(get(&mut cache, now, "a.example.", Rtype::AAAA).is_none());
        now += seconds;
        assert!(get(&mut cache, now - 1, "a.example.", Rtype::A).is_some());
        assert!(get(&mut cache, now, "a.example.", Rtype::A).is_none());
        cache.expire(at(now), u32::MAX);
    }
    // After as long again without failure it is forgotten.
    now += 300;
    assert_eq!(cache.expire(at(now), u32::MAX), 1);
    cache
        .insert_failure(at(now), View::DEFAULT, &owner, Rtype::A, Class::IN)
        .unwrap();
    assert_eq!(get(&mut cache, now, "a.example.", Rtype::A).unwrap().ttl, 5);
}

/// The clock stands still at its end, where nothing is valid any more.
#[test]
fn nothing_is_served_at_the_end_of_time() {
    let mut cache = cache(CacheLimits::default());
    let end = Instant::from_nanos(u64::MAX);
    cache
        .insert(
            end,
            View::DEFAULT,
            records("a.example.", Rtype::A, 60, 1, Rank::Answer),
        )
        .unwrap();
    assert!(
        cache
            .get(end, View::DEFAULT, &name("a.example."), Rtype::A, Class::IN)
            .is_none()
    );
}

#[test]
fn expiry_goes_in_portions() {
    let mut cache = cache(CacheLimits::default());
    for number in 0..10 {
        let data = records(
            &format!("{number}.example."),
            Rtype::A,
            10 + u32::from(number),
            number,
            Rank::Answer,
        );
        cache.insert(at(0), View::DEFAULT, data).unwrap();
    }
    assert_eq!(cache.next_expiry(), Some(at(10)));
    assert_eq!(cache.expire(at(14), 3), 3);
    assert_eq!(cache.expire(at(14), 3), 2);
    assert_eq!(cache.expire(at(14), 3), 0);
    assert_eq!((cache.next_expiry(), cache.entries()), (Some(at(15)), 5));
    cache.clear();
    assert_eq!(
        (cache.next_expiry(), cache.entries(), cache.octets()),
        (None, 0, cache.tables)
    );
}

/// Each insertion of a flood of new names takes a bounded number of steps, and what is asked for again and again stays.
#[test]
fn a_flood_takes_bounded_steps_and_leaves_what_is_used() {
    let limits = CacheLimits {
        octets: 256 * 1024,
        ..CacheLimits::default()
    };
    let mut cache = cache(limits.clone());
    cache
        .insert(
            at(0),
            View::DEFAULT,
            records("used.example.", Rtype::A, 86_400, 1, Rank::Answer),
        )
        .unwrap();
    let (mut most, mut total) = (0, 0);
    const FLOOD: u64 = 20_000;
    for number in 0..FLOOD {
        let owner = format!("{number}.example.");
        let data = denial(
            &owner,
            Denial::NxDomain,
            soa("example.", 900, 900, 1),
            Rank::Answer,
        );
        let (stored, steps) = counted(|| cache.insert_negative(at(0), View::DEFAULT, data));
        stored.unwrap();
        (most, total) = (most.max(steps), total + steps);
        assert!(cache.octets() <= limits.octets);
        if number % 100 == 0 {
            assert!(
                get(&mut cache, 0, "used.example.", Rtype::A).is_some(),
                "after {number}"
            );
        }
    }
    assert!(
        cache.statistics().evicted > FLOOD - 1_000,
        "the cache was never full"
    );
    // A name of up to 255 octets is measured in the making of the data, the rest are links and swaps.
    assert!(most <= 200, "{most} steps for an insertion");
    assert!(total / FLOOD <= 40, "{} steps for an insertion", total / FLOOD);
}
