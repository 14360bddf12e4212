//! What the cache costs.

use nameward_core::cache::{Cache, Denial, Found, Negative, Positive, Rank, View};
use nameward_core::limits::CacheLimits;
use nameward_core::rrset::Rrset;
use nameward_core::seed::Seed;
use nameward_core::time::Instant;
use nameward_core::wire::{A, Class, Cname, Name, Rdata, Rtype, Soa};

use super::allocations;

const LONG: &str = "a-name-that-is-longer-than-the-forty-octets.which-have-room-in-the-value-itself";

fn set(owner: &Name, rtype: Rtype, rdata: Rdata) -> Rrset {
    Rrset::new(owner.clone(), rtype, Class::IN, 300, [rdata]).unwrap()
}

fn positive(rrset: Rrset) -> Positive {
    Positive {
        rrset,
        signatures: None,
        credibility: Rank::Answer.into(),
    }
}

fn negative(name: Name, denial: Denial, zone: &Name) -> Negative {
    let soa = Soa {
        primary: zone.view(),
        mailbox: zone.view(),
        serial: 1,
        refresh: 1,
        retry: 1,
        expire: 1,
        minimum: 300,
    };
    Negative {
        name,
        class: Class::IN,
        denial,
        soa: set(zone, Rtype::SOA, soa.to_rdata()),
        credibility: Rank::Answer.into(),
    }
}

#[test]
fn a_look_up_allocates_nothing() {
    let mut cache = Cache::new(&Seed::from_number(1), CacheLimits::default()).unwrap();
    let zone: Name = "example.".parse().unwrap();
    let name = |label: &str| -> Name { format!("{label}.example.").parse().unwrap() };
    let [address, alias, none, unknown, failed] = ["address", LONG, "none", "unknown", "failed"].map(name);
    let rdata = A {
        address: [192, 0, 2, 1].into(),
    };
    let target = Cname {
        target: address.view(),
    };
    let view = View::DEFAULT;
    let data = positive(set(&address, Rtype::A, rdata.to_rdata()));
    cache.insert(Instant::ZERO, view, data).unwrap();
    let data = positive(set(&alias, Rtype::CNAME, target.to_rdata()));
    cache.insert(Instant::ZERO, view, data).unwrap();
    let data = negative(none.clone(), Denial::NxDomain, &zone);
    cache.insert_negative(Instant::ZERO, view, data).unwrap();
    cache
        .insert_failure(Instant::ZERO, view, &failed, Rtype::A, Class::IN)
        .unwrap();
    let mut look_up = |name: &Name| {
        let (count, kind) = allocations(|| {
            let hit = cache.get(Instant::ZERO, view, name, Rtype::A, Class::IN);
            hit.map(|hit| match hit.found {
                Found::Records { .. } => 1,
                Found::Alias { .. } => 2,
                Found::NxDomain { .. } => 3,
                Found::Failure => 4,
                Found::NoData { .. } => 5,
            })
        });
        assert_eq!(count, 0, "{name}");
        kind
    };
    let found = [&address, &alias, &none, &failed, &unknown].map(&mut look_up);
    assert_eq!(found, [Some(1), Some(2), Some(3), Some(4), None]);

    // Nor does handing it on, once memory is shared.
    let mut hand_on = || {
        allocations(|| {
            let hit = cache
                .get(Instant::ZERO, view, &address, Rtype::A, Class::IN)
                .unwrap();
            match hit.found {
                Found::Records { rrset, .. } => hit.aged(rrset),
                _ => unreachable!("it is there"),
            }
        })
    };
    let first = hand_on();
    let second = hand_on();
    assert_eq!(first.1, second.1);
    println!("handing an RRset on: {} allocations, then {}", first.0, second.0);
    assert_eq!(second.0, 0);
}

/// INV-10: of a million different names, with data of all kinds and sizes, no more is in memory than the limit.
#[test]
fn a_flood_of_a_million_names_stays_below_the_limit() {
    const NAMES: u32 = 1_000_000;
    const OCTETS: u32 = 1024 * 1024;
    /// What making the data of one entry takes, for the moment.
    const MAKING: u64 = 4_096;
    let limits = CacheLimits {
        octets: OCTETS,
        entries: 1_000_000,
        ..CacheLimits::default()
    };
    let zones = ["example.".to_owned(), format!("{LONG}.example.")].map(|zone| zone.parse::<Name>().unwrap());
    let mut cache = None;
    let counted = allocation_counter::measure(|| {
        let cache = cache.insert(Cache::new(&Seed::from_number(1), limits).unwrap());
        for number in 0..NAMES {
            let zone = &zones[usize::from(number % 7 == 0)];
            let mut wire = vec![8];
            wire.extend(format!("{number:08x}").bytes());
            wire.extend(zone.as_wire());
            let name = Name::from_wire(&wire).unwrap();
            let now = Instant::from_nanos(u64::from(number) * 10_000);
            let stored = match number % 3 {
                0 => cache.insert_negative(now, View::DEFAULT, negative(name, Denial::NxDomain, zone)),
                1 => {
                    let text = vec![0; usize::try_from(number % 601).unwrap()];
                    let rrset = set(&name, Rtype::TXT, Rdata::opaque(Rtype::TXT, &text));
                    cache.insert(now, View::DEFAULT, positive(rrset))
                }
                _ => cache.insert_failure(now, View::DEFAULT, &name, Rtype::A, Class::IN),
            };
            stored.unwrap();
            assert!(cache.octets() <= OCTETS);
        }
    });
    let cache = cache.unwrap();
    println!(
        "{} of {NAMES} names are kept: {} octets counted, {} in memory, {} at most",
        cache.entries(),
        cache.octets(),
        counted.bytes_current,
        counted.bytes_max
    );
    assert!(counted.bytes_max <= u64::from(OCTETS) + MAKING);
    // What is counted is near to what is there: the limit is not kept by holding next to nothing.
    assert!(counted.bytes_current >= i64::from(OCTETS) / 2);
    assert!(cache.statistics().evicted > u64::from(NAMES) / 2);
}
