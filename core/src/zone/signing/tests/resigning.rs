//! Signing the next version of a zone: what is kept, and what is made.

use core::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;
use crate::crypto::{Policy, SigningError};
use crate::seed::Rng;
use crate::wire::rdata::Dnskey;
use crate::zone::{Difference, DifferenceConfig, ZonemdVerdict, check_zonemd};

const DAY: u32 = 86_400;

/// When the first version was signed.
const THEN: u32 = 1_790_000_000;

/// What versions of the zone may have besides SOA and NS.
const LINES: [&str; 16] = [
    "ns A 192.0.2.53",
    "a A 192.0.2.1",
    "a A 192.0.2.2",
    "A TXT x",
    "b.a TXT x",
    "*.wild TXT x",
    "x.y.z A 192.0.2.1",
    "secure NS ns.secure",
    "secure DS 1 8 2 00",
    "ns.secure A 192.0.2.2",
    "plain.cut NS ns.plain.cut",
    "ns.plain.cut A 192.0.2.3",
    "other.cut NS ns.plain.cut",
    "alias CNAME ns",
    "dname DNAME other.",
    DIGESTS,
];

/// A placeholder, and a record of an algorithm that nobody knows.
const DIGESTS: &str = "@ ZONEMD 0 1 2 000000000000000000000000\n@ ZONEMD 0 1 240 000000000000000000000000";

/// A key that counts its signatures.
struct Counting {
    key: SigningKey,
    count: AtomicU64,
}

impl Counting {
    fn new(number: u64) -> Self {
        Self {
            key: key(number, SecurityAlgorithm::ED25519),
            count: AtomicU64::new(0),
        }
    }
}

impl Signer for Counting {
    fn algorithm(&self) -> SecurityAlgorithm {
        self.key.algorithm()
    }

    fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    fn sign(&self, rng: &mut Rng, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.key.sign(rng, message)
    }
}

/// A version with this serial and these lines.
fn version(serial: u32, lines: &[&str]) -> Zone {
    let mut text =
        alloc::format!("$TTL 3600\n@ SOA ns.other. h {serial} 3600 600 604800 300\n@ NS ns.other.\n");
    lines.iter().for_each(|line| text += &alloc::format!("{line}\n"));
    build("example.", &text).zone.unwrap()
}

fn config(start: u32, denial: &Denial) -> SigningConfig {
    SigningConfig {
        validity: Validity {
            inception: start,
            expiration: start + 30 * DAY,
        },
        denial: denial.clone(),
    }
}

fn rng() -> Rng {
    Rng::new(&Seed::from_number(9))
}

fn at(seconds: u32) -> UnixTime {
    UnixTime::from_secs(seconds.into())
}

fn without_signatures(records: &[Record]) -> Vec<Record> {
    let others = records.iter().filter(|record| record.rtype() != Rtype::RRSIG);
    others.cloned().collect()
}

fn denials() -> impl Strategy<Value = Denial> {
    prop_oneof![Just(Denial::Nsec), Just(nsec3(false)), Just(nsec3(true))]
}

fn lines() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(LINES.to_vec(), 0..=LINES.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The next version is in order, and is the one that would be made without the previous one, but for signatures of that. One is made for
    /// each signed set that is new or changed, and no other.
    #[test]
    fn a_signature_is_made_for_each_set_that_changed_and_no_other(
        old in lines(),
        new in lines(),
        old_denial in denials(),
        denial in denials(),
        parts in 1_u16..5,
    ) {
        let apex = name("example.");
        let counting = Counting::new(1);
        let keys = [ZoneSigner::new(&apex, KEY_SIGNING, &counting)];
        let before = sign_zone(&version(7, &old), &keys, &config(THEN, &old_denial), &mut rng()).unwrap();
        let before = zone_of(&before).unwrap();

        let (zone, later) = (version(8, &new), THEN + 5 * DAY);
        let config = config(later - 3_600, &denial);
        let full = sign_zone(&zone, &keys, &config, &mut rng()).unwrap();
        let previous = PreviousVersion { zone: &before, wall: at(later), refresh: 7 * DAY };
        counting.count.store(0, Ordering::Relaxed);
        let mut plan = SigningPlan::new(&zone, &keys, &config, Some(previous)).unwrap();
        let wanted = plan.signatures_wanted();
        // The last part is left to whoever finishes.
        let shares: Vec<_> = plan.parts(parts).collect();
        prop_assert_eq!(shares.iter().map(SigningPart::left).sum::<u64>(), wanted);
        for mut part in shares.into_iter().skip(1) {
            let mut rng = Rng::new(&Seed::from_number(part.left()));
            while part.step(&mut rng).unwrap() {}
            prop_assert_eq!(part.left(), 0);
        }
        let signed = plan.finish(&mut rng()).unwrap();
        let records: Vec<Record> = signed.records().collect();

        let after = zone_of(&records).unwrap();
        let faults = verify_zone(&after, &RustCrypto, Policy::default(), Some(at(later)));
        prop_assert!(faults.is_empty(), "{:?}", faults);
        let verdict = check_zonemd(&after).verdict;
        let expected = if new.contains(&DIGESTS) { ZonemdVerdict::Verified } else { ZonemdVerdict::Absent };
        prop_assert_eq!(verdict, expected);

        prop_assert_eq!(counting.count.load(Ordering::Relaxed), signed.signatures_made);
        let plain = |records: &[Record]| without_zonemd(without_signatures(records));
        prop_assert_eq!(plain(&records), plain(&full));
        prop_assert_eq!(records.len(), full.len());
        let total = records.len() - without_signatures(&records).len();
        prop_assert_eq!(signed.signatures_made + signed.signatures_kept, total as u64);

        let ignoring = DifferenceConfig { ignored_types: Vec::from([Rtype::RRSIG]), ..DifferenceConfig::default() };
        let difference = Difference::between(&before, &after, &ignoring).unwrap();
        let is_signed = |owner: &Name, rtype| {
            let set = after.node(owner).and_then(|node| node.rrset(rtype));
            set.is_some_and(|set| set.signatures().next().is_some())
        };
        // A name that is no zone cut any more has sets that did not change, and signatures that are new.
        let newly_signed = |owner: &Name, rtype: Rtype| {
            let set = before.node(owner).and_then(|node| node.rrset(rtype));
            set.is_none_or(|set| set.signatures().next().is_none())
        };
        let mut expected = 0;
        for node in after.nodes() {
            let owner = node.name().to_name();
            for set in node.rrsets().filter(|set| is_signed(&owner, set.rtype())) {
                let changed = difference.changes.iter().any(|change| change.owner == owner && change.rtype == set.rtype());
                expected += u64::from(changed || newly_signed(&owner, set.rtype()));
            }
        }
        prop_assert_eq!(signed.signatures_made, expected);
    }
}

/// ZONEMD records cover the signatures, which differ.
fn without_zonemd(mut records: Vec<Record>) -> Vec<Record> {
    records.retain(|record| record.rtype() != Rtype::ZONEMD);
    records
}

/// How many signatures are made and kept when a version is signed again, after this many seconds, with keys and a window.
fn again(before: &[Record], keys: &[ZoneSigner<'_>], seconds: u32, refresh: u32) -> (u64, u64) {
    let before = zone_of(before).unwrap();
    let now = THEN.wrapping_add(seconds);
    let previous = PreviousVersion {
        zone: &before,
        wall: at(now),
        refresh,
    };
    let config = config(now, &Denial::Nsec);
    let plan = SigningPlan::new(&version(7, &LINES[..6]), keys, &config, Some(previous)).unwrap();
    let signed = plan.finish(&mut rng()).unwrap();
    (signed.signatures_made, signed.signatures_kept)
}

#[test]
fn signatures_are_kept_while_they_are_good_for_long_enough() {
    let (apex, key) = (name("example."), key(1, SecurityAlgorithm::ED25519));
    let keys = [ZoneSigner::new(&apex, KEY_SIGNING, &key)];
    let config = config(THEN, &Denial::Nsec);
    let before = sign_zone(&version(7, &LINES[..6]), &keys, &config, &mut rng()).unwrap();
    let all = (before.len() - without_signatures(&before).len()) as u64;
    assert!(all > 10);
    let (kept, made) = ((0, all), (all, 0));
    for (seconds, refresh, expected) in [
        (0, 0, kept),
        (0, 30 * DAY, kept),
        (0, 30 * DAY + 1, made),
        (23 * DAY, 7 * DAY, kept),
        (23 * DAY + 1, 7 * DAY, made),
        (30 * DAY, 0, kept),
        (30 * DAY + 1, 0, made),
        (0, u32::MAX, made),
        // By this clock it is not valid yet.
        (0_u32.wrapping_sub(1), 0, made),
    ] {
        assert_eq!(
            again(&before, &keys, seconds, refresh),
            expected,
            "{seconds} {refresh}"
        );
    }
}

#[test]
fn signatures_of_other_keys_are_not_kept() {
    let apex = name("example.");
    let [first, second] = [1, 2].map(|number| key(number, SecurityAlgorithm::ED25519));
    let of_first = [ZoneSigner::new(&apex, KEY_SIGNING, &first)];
    let config = config(THEN, &Denial::Nsec);
    let before = sign_zone(&version(7, &LINES[..6]), &of_first, &config, &mut rng()).unwrap();
    let (_, all) = again(&before, &of_first, 0, 0);
    assert!(all > 10);
    let of_second = [ZoneSigner::new(&apex, KEY_SIGNING, &second)];
    assert_eq!(again(&before, &of_second, 0, 0), (all, 0));
    // With another role the same key is another one.
    let other_role = [ZoneSigner::new(&apex, FLAG_ZONE, &first)];
    assert_eq!(again(&before, &other_role, 0, 0), (all, 0));
    // Another key beside it signs its part; of what the first one signs only the DNSKEY set changed.
    let both = [of_first[0], ZoneSigner::new(&apex, FLAG_ZONE, &second)];
    assert_eq!(again(&before, &both, 0, 0), (all, 0));
    // A key with the same tag may have made them all.
    let dnskey = of_first[0].dnskey();
    let view: Dnskey<'_> = dnskey.view().unwrap();
    let mut public_key = view.public_key.to_vec();
    public_key.swap(0, 2);
    public_key.swap(1, 3);
    let alike = Dnskey {
        public_key: &public_key,
        ..view
    }
    .to_rdata();
    assert_eq!(crate::dnssec::key_tag(alike.octets()), of_first[0].tag());
    let mut with_alike = before.clone();
    let position = with_alike
        .iter()
        .position(|record| record.rtype() == Rtype::DNSKEY)
        .unwrap();
    with_alike.insert(
        position,
        Record {
            rdata: alike.clone(),
            ..with_alike[position].clone()
        },
    );
    assert_eq!(again(&with_alike, &of_first, 0, 0), (all, 0));
    // And if only that one was there, it made them.
    let mut only_alike = before.clone();
    only_alike[position].rdata = alike;
    assert_eq!(again(&only_alike, &of_first, 0, 0), (all, 0));
    // The previous version must say that the key was there.
    let without: Vec<Record> = before
        .iter()
        .filter(|record| record.rtype() != Rtype::DNSKEY)
        .cloned()
        .collect();
    assert_eq!(again(&without, &of_first, 0, 0), (all, 0));
}

/// RFC 8976 section 3.1: what was there is replaced, and what cannot be made is left out.
#[test]
fn rfc8976_3_1_digests_are_made_anew_when_a_zone_is_signed() {
    let (apex, key) = (name("example."), key(1, SecurityAlgorithm::ED25519));
    let keys = [ZoneSigner::new(&apex, KEY_SIGNING, &key)];
    for denial in [Denial::Nsec, nsec3(false), nsec3(true)] {
        let records = sign_zone(&version(7, &LINES), &keys, &config(THEN, &denial), &mut rng()).unwrap();
        assert_eq!(of_type(&records, Rtype::ZONEMD).len(), 1);
        let zone = zone_of(&records).unwrap();
        let report = check_zonemd(&zone);
        assert_eq!(report.verdict, ZonemdVerdict::Verified);
        assert_eq!(
            verify_zone(&zone, &RustCrypto, Policy::default(), Some(at(THEN))),
            []
        );
        // Of one that has none that can be made none is left, and none is denied.
        let unknown = "@ ZONEMD 7 1 240 000000000000000000000000";
        let scheme = alloc::format!("@ ZONEMD 7 240 1 {}", "00".repeat(48));
        let records = sign_zone(
            &version(7, &[unknown, &scheme]),
            &keys,
            &config(THEN, &denial),
            &mut rng(),
        )
        .unwrap();
        assert!(of_type(&records, Rtype::ZONEMD).is_empty());
        assert_eq!(
            check_zonemd(&zone_of(&records).unwrap()).verdict,
            ZonemdVerdict::Absent
        );
    }
}
