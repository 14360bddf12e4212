//! Signed zones whose signatures nobody verifies: their denials are real, and they cost no cryptography.

use nameward_core::crypto::{Signer, SigningError};
use nameward_core::dnssec::{FLAG_ZONE, Validity, ZoneSigner};
use nameward_core::seed::{Rng, Seed};
use nameward_core::wire::SecurityAlgorithm;
use nameward_core::zone::{Denial, SigningConfig, Zone, ZoneBuilder, sign_zone};

/// What says that it has signed, with signatures as long as those of ECDSA with P-256.
#[derive(Clone, Copy, Debug)]
pub struct Pretender;

impl Signer for Pretender {
    fn algorithm(&self) -> SecurityAlgorithm {
        SecurityAlgorithm::ECDSAP256SHA256
    }

    fn public_key(&self) -> &[u8] {
        &[0x55; 64]
    }

    fn sign(&self, _: &mut Rng, _: &[u8]) -> Result<Vec<u8>, SigningError> {
        Ok(vec![0xAA; 64])
    }
}

/// The zone with signatures, and with denials of this sort.
pub fn signed(zone: &Zone, denial: &Denial) -> Zone {
    let keys = [ZoneSigner::new(zone.apex(), FLAG_ZONE, &Pretender)];
    let config = SigningConfig {
        validity: Validity {
            inception: 0,
            expiration: 1,
        },
        denial: denial.clone(),
    };
    let mut rng = Rng::new(&Seed::from_number(1));
    let mut builder = ZoneBuilder::new(zone.apex().clone(), zone.class());
    for record in sign_zone(zone, &keys, &config, &mut rng).expect("the zone can be signed") {
        builder.add_record(&record);
    }
    builder.build().zone.expect("a signed zone can be served")
}

/// All sorts of denials, by their names: NSEC3 with one iteration and a salt.
pub fn denials() -> [(&'static str, Denial); 3] {
    let nsec3 = |opt_out| Denial::Nsec3 {
        iterations: 1,
        salt: vec![0xAB],
        opt_out,
    };
    [
        ("NSEC", Denial::Nsec),
        ("NSEC3", nsec3(false)),
        ("opt-out", nsec3(true)),
    ]
}
