//! What the servers of the demo world give with DO: each set of a zone that is signed has signatures, which verify with the keys of the zone.

use std::collections::BTreeMap;

use nameward_core::budget::Budget;
use nameward_core::crypto::RustCrypto;
use nameward_core::dnssec::{ZoneKey, verify_rrset};
use nameward_core::limits::Limits;
use nameward_core::rrset::Rrset;
use nameward_core::time::Instant;
use nameward_core::wire::rdata::Rrsig;
use nameward_core::wire::{Name, Rdata, Rtype};
use nameward_core::zone::ZoneRrset;
use nameward_sim::Link;
use nameward_sim::worlds::{self, Protection, WALL, ZONES};

use super::truth::Zones;
use super::{Walker, dnssec};

/// The keys of the zones that are signed and not broken.
fn keys() -> BTreeMap<Name, Vec<Rdata>> {
    let zones = worlds::demo_zones();
    let good = zones
        .iter()
        .zip(ZONES)
        .filter(|(_, listed)| match listed.protection {
            Protection::Signed(signing) => signing.flaw.is_none(),
            Protection::Stored => true,
            _ => false,
        });
    good.map(|(zone, _)| {
        let apex = zone.node(zone.apex()).unwrap();
        let keys = apex.rrset(Rtype::DNSKEY);
        (
            zone.apex().clone(),
            keys.iter().flat_map(ZoneRrset::rdata).collect(),
        )
    })
    .collect()
}

/// The zone that a set is of: one name may have sets of two zones.
fn zone_of(set: &Rrset) -> Name {
    let is_above =
        |name: &Name| set.owner().is_subdomain_of(name) && (set.rtype() != Rtype::DS || set.owner() != name);
    let apexes = ZONES.iter().map(|zone| zone.name.parse::<Name>().unwrap());
    apexes.filter(is_above).max_by_key(Name::label_count).unwrap()
}

#[test]
fn rfc4035_3_1_1_each_set_of_a_signed_zone_comes_with_signatures_that_verify() {
    let (keys, mut walker) = (keys(), Walker::with(1, Link::default(), dnssec()));
    let (mut verified, mut unsigned) = (0, 0);
    for name in Zones::of_demo().names() {
        for rtype in [Rtype::A, Rtype::TXT, Rtype::DS, Rtype::DNSKEY] {
            let Ok(answer) = walker.resolve(&name, rtype) else {
                continue;
            };
            let mut before = None;
            let mut sets = answer.rrsets.iter().chain(&answer.authority).peekable();
            while let Some(set) = sets.next() {
                let signatures = sets.next_if(|next| next.rtype() == Rtype::RRSIG);
                let made = set.rtype() == Rtype::CNAME && before == Some(Rtype::DNAME);
                before = Some(set.rtype());
                let Some(keys) = keys.get(&zone_of(set)).filter(|_| !made) else {
                    unsigned += 1;
                    continue;
                };
                let signatures =
                    signatures.unwrap_or_else(|| panic!("{name} {rtype}: {set:?} is not signed"));
                for rdata in signatures.rdata() {
                    check(set, &rdata, keys);
                    verified += 1;
                }
            }
        }
    }
    assert!(verified > 200 && unsigned > 50, "{verified} {unsigned}");
}

fn check(set: &Rrset, rdata: &Rdata, keys: &[Rdata]) {
    let zone = zone_of(set);
    let rrsig: Rrsig<'_> = rdata.view().unwrap();
    assert!(rrsig.signer == zone, "{set:?} {rdata}");
    let verified = keys.iter().any(|key| {
        let key = ZoneKey::new(&zone, key).unwrap();
        let mut budget = Budget::new(&Limits::default(), Instant::ZERO);
        verify_rrset(&RustCrypto, &mut budget, Some(WALL), set, &rrsig, &key).is_ok()
    });
    assert!(verified, "{set:?} {rdata}");
}
