//! What a zone's signatures cost besides the signatures.

use core::fmt::Write as _;

use nameward_core::dnssec::{FLAG_ZONE, Validity, ZoneSigner};
use nameward_core::seed::{Rng, Seed};
use nameward_core::wire::Name;
use nameward_core::zone::{Denial, SigningConfig, SigningPlan};
use nameward_tests::signing::Pretender;
use nameward_tests::zones::zone;

use super::allocations;

/// The signature, its record and what is signed; for each name its sets, and its NSEC record with the types in it. The tree of names
/// and lists that grow take a little more.
#[test]
fn a_signature_takes_less_than_five_allocations_with_all_that_is_around_it() {
    let mut text = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n".to_owned();
    for number in 0..1_000 {
        writeln!(text, "h{number} A 192.0.2.1").unwrap();
    }
    let (apex, zone): (Name, _) = ("example.".parse().unwrap(), zone("example.", &text));
    let mut rng = Rng::new(&Seed::from_number(1));
    let keys = [ZoneSigner::new(&apex, FLAG_ZONE, &Pretender)];
    let config = SigningConfig {
        validity: Validity {
            inception: 0,
            expiration: 1,
        },
        denial: Denial::Nsec,
    };
    let (count, signed) = allocations(|| {
        let plan = SigningPlan::new(&zone, &keys, &config, None).unwrap();
        plan.finish(&mut rng).unwrap()
    });
    assert_eq!(signed.signatures_made, 2_006);
    let each = count as f64 / signed.signatures_made as f64;
    assert!(each < 5.0, "{each} allocations for each signature");
    // SOA and DNSKEY are too long for the value itself.
    let (count, records) = allocations(|| signed.records().count());
    assert_eq!((count, records), (2, 4_012));
}
