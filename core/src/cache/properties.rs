use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::model::{Fact, Model, SECOND, What};
use super::tests::{cache, denial, name, rdata, records, soa};
use super::*;
use crate::rrset::Rrset;
use crate::wire::Soa;

const OWNERS: [&str; 4] = [
    "a.example.",
    "A.EXAMPLE.",
    "b.example.",
    "a-name-that-has-more-than-forty-octets.c.example.",
];
const TYPES: [Rtype; 3] = [Rtype::A, Rtype::AAAA, Rtype::CNAME];
const RANKS: [Rank; 3] = [Rank::Answer, Rank::Authority, Rank::AuthoritativeAnswer];

#[derive(Clone, Copy, Debug)]
enum Step {
    Records {
        rtype: usize,
        ttl: u32,
    },
    Denial {
        rtype: Option<usize>,
        ttl: u32,
        minimum: u32,
    },
    Failure {
        rtype: usize,
    },
    Wait {
        nanoseconds: u64,
    },
    Expire {
        at_most: u32,
    },
    Forget,
    Clear,
}

/// A step, the name and the view that it is about, and how credible it is.
type Told = (Step, usize, u16, (bool, u8));

fn told() -> impl Strategy<Value = Told> {
    let step = prop_oneof![
        6 => (0_usize..3, 0_u32..12).prop_map(|(rtype, ttl)| Step::Records { rtype, ttl }),
        4 => (prop::option::of(0_usize..3), 0_u32..12, 0_u32..12).prop_map(|(rtype, ttl, minimum)| Step::Denial { rtype, ttl, minimum }),
        2 => (0_usize..3).prop_map(|rtype| Step::Failure { rtype }),
        4 => (0_u64..4).prop_flat_map(|seconds| (Just(seconds), 0_u64..2)).prop_map(|(seconds, more)| Step::Wait { nanoseconds: seconds * SECOND + more }),
        2 => (0_u32..3).prop_map(|at_most| Step::Expire { at_most }),
        1 => Just(Step::Forget),
        1 => (0_u8..4).prop_map(|dice| if dice == 0 { Step::Clear } else { Step::Wait { nanoseconds: SECOND } }),
    ];
    (step, 0_usize..4, 0_u16..2, (any::<bool>(), 0_u8..3))
}

/// Does a step in the cache and in the model, and says whether each took what it was told.
fn tell(
    cache: &mut Cache,
    model: &mut Model,
    now: &mut u64,
    number: u16,
    (step, owner, view, credibility): Told,
) -> (bool, bool) {
    let (owner, instant) = (OWNERS[owner], Instant::from_nanos(*now));
    let believed = Credibility {
        authentic_data: credibility.0,
        rank: RANKS[usize::from(credibility.1)],
    };
    let fact = |rtype: Option<Rtype>, what, ttl: u32| Fact {
        view,
        name: owner.to_string(),
        rtype: rtype.map(|rtype| rtype.0),
        credibility,
        what,
        ttl: ttl.into(),
        until: *now + u64::from(ttl) * SECOND,
    };
    match step {
        Step::Records { rtype, ttl } => {
            let data = records(owner, TYPES[rtype], ttl, number, believed);
            let told = fact(Some(TYPES[rtype]), What::Records(number), ttl);
            (
                cache.insert(instant, View(view), data).is_ok(),
                model.tell(*now, told),
            )
        }
        Step::Denial { rtype, ttl, minimum } => {
            let rtype = rtype.map(|rtype| TYPES[rtype]);
            let what = rtype.map_or(Denial::NxDomain, Denial::NoData);
            let data = denial(
                owner,
                what,
                soa("example.", ttl, minimum, number.into()),
                believed,
            );
            let told = fact(rtype, What::Denial(number), ttl.min(minimum));
            (
                cache.insert_negative(instant, View(view), data).is_ok(),
                model.tell(*now, told),
            )
        }
        Step::Failure { rtype } => {
            let failed = cache.insert_failure(instant, View(view), &name(owner), TYPES[rtype], Class::IN);
            (failed.is_ok(), model.fail(*now, view, owner, TYPES[rtype].0))
        }
        Step::Wait { nanoseconds } => {
            *now += nanoseconds;
            (true, true)
        }
        Step::Expire { at_most } => {
            cache.expire(instant, at_most);
            (true, true)
        }
        Step::Forget => {
            cache.forget(&name(owner));
            model.facts.retain(|fact| !fact.name.eq_ignore_ascii_case(owner));
            (true, true)
        }
        Step::Clear => {
            cache.clear();
            model.facts.clear();
            (true, true)
        }
    }
}

/// All that can be asked.
fn questions() -> impl Iterator<Item = (u16, &'static str, Rtype)> {
    let named = |view| {
        OWNERS
            .into_iter()
            .flat_map(move |owner| TYPES.map(|rtype| (view, owner, rtype)))
    };
    (0..2).flat_map(named)
}

/// What a hit says, as the model would say it.
fn read(hit: &Hit<'_>) -> What {
    let number = |set: &Rrset| {
        let found = set.rdata().next().unwrap();
        match found.view::<Soa<'_>>() {
            Some(soa) => u16::try_from(soa.serial).unwrap(),
            None => (0..=u16::MAX)
                .find(|&number| rdata(set.rtype(), number) == found)
                .unwrap(),
        }
    };
    match hit.found {
        Found::Records { rrset, .. } | Found::Alias { rrset, .. } => What::Records(number(rrset)),
        Found::NoData { soa } | Found::NxDomain { soa } => What::Denial(number(soa)),
        Found::Failure => What::Failure { seconds: 0 },
    }
}

/// What the tables say must agree: every entry in each, and none twice.
fn check_accounts(cache: &Cache) {
    let entries: Vec<_> = (0..cache.table.len() * 4 + 64)
        .filter_map(|index| cache.table.get(Slot::at(index)?))
        .collect();
    assert_eq!(entries.len(), cache.table.len());
    assert_eq!(
        entries.iter().map(|entry| entry.octets()).sum::<u32>(),
        cache.entries
    );
    assert!(cache.octets() <= cache.limits.octets);
    assert!(cache.entries() <= cache.limits.entries);
}

proptest! {
    /// INV-5 and INV-9: with room for all, the cache says what a list of facts says, at every moment.
    #[test]
    fn the_cache_agrees_with_a_list_of_facts(steps in prop::collection::vec(told(), 1..60)) {
        let mut cache = cache(CacheLimits::default());
        let (mut model, mut now) = (Model::default(), 0);
        for (number, step) in (0..).zip(steps) {
            let (stored, expected) = tell(&mut cache, &mut model, &mut now, number, step);
            prop_assert_eq!(stored, expected);
            check_accounts(&cache);
            for (view, owner, rtype) in questions() {
                let hit = cache.get(Instant::from_nanos(now), View(view), &name(owner), rtype, Class::IN);
                let fact = model.ask(now, view, owner, rtype.0, Rtype::CNAME.0);
                prop_assert_eq!(hit.is_some(), fact.is_some(), "{} {}: {:?} {:?}", owner, rtype, hit, fact);
                let (Some(hit), Some(fact)) = (hit, fact) else { continue };
                match fact.what {
                    What::Failure { .. } => prop_assert!(matches!(hit.found, Found::Failure)),
                    what => prop_assert_eq!(read(&hit), what),
                }
                prop_assert_eq!(matches!(hit.found, Found::NxDomain { .. }), fact.rtype.is_none());
                prop_assert_eq!(hit.valid_until.as_nanos(), fact.until);
                prop_assert_eq!(u64::from(hit.ttl), (fact.until - now) / SECOND);
                prop_assert!(u64::from(hit.ttl) <= fact.ttl);
            }
        }
    }

    /// INV-9 and INV-10: without room, what is served is still something that was said, in its time, and the bounds hold.
    #[test]
    fn a_cache_without_room_serves_only_what_is_valid(steps in prop::collection::vec(told(), 1..120), entries in 1_u32..5) {
        let mut cache = cache(CacheLimits { entries, ..CacheLimits::default() });
        let (mut now, mut said) = (0, BTreeMap::new());
        for (number, step) in (0..).zip(steps) {
            if let Step::Records { ttl, .. } | Step::Denial { ttl, .. } = step.0 {
                said.insert(number, (now, ttl));
            }
            tell(&mut cache, &mut Model::default(), &mut now, number, step);
            check_accounts(&cache);
            for (view, owner, rtype) in questions() {
                let Some(hit) = cache.get(Instant::from_nanos(now), View(view), &name(owner), rtype, Class::IN) else { continue };
                prop_assert!(hit.valid_until > Instant::from_nanos(now), "{:?}", hit);
                if let What::Records(number) | What::Denial(number) = read(&hit) {
                    let (at, ttl) = said[&number];
                    prop_assert!(hit.ttl <= ttl && hit.valid_until <= Instant::from_nanos(at + u64::from(ttl) * SECOND), "{:?}", hit);
                }
            }
        }
    }

    /// Law 9: another seed changes nothing that can be seen.
    #[test]
    fn what_is_evicted_does_not_depend_on_the_seed(steps in prop::collection::vec(told(), 1..120), seed in any::<u64>()) {
        let limits = CacheLimits { entries: 3, ..CacheLimits::default() };
        let mut caches = [1, seed].map(|seed| Cache::new(&Seed::from_number(seed), limits.clone()).unwrap());
        let mut clocks = [0, 0];
        for (number, step) in (0..).zip(steps) {
            let [one, other] = [0, 1].map(|index| {
                let cache = &mut caches[index];
                tell(cache, &mut Model::default(), &mut clocks[index], number, step);
                TYPES.map(|rtype| cache.get(Instant::from_nanos(clocks[index]), View(step.2), &name(OWNERS[step.1]), rtype, Class::IN).map(|hit| (read(&hit), hit.valid_until)))
            });
            prop_assert_eq!(one, other);
        }
        prop_assert_eq!(caches[0].statistics(), caches[1].statistics());
    }
}
