//! One zone, signed in each way to deny, for all servers.

use std::fs;
use std::path::Path;
use std::thread;

use nameward_core::crypto::SigningKey;
use nameward_core::dnssec::{FLAG_SECURE_ENTRY_POINT, FLAG_ZONE, Validity, ZoneSigner};
use nameward_core::seed::{Rng, Seed};
use nameward_core::wire::SecurityAlgorithm;
use nameward_core::zone::{Denial, SigningConfig, sign_zone};
use nameward_tests::peer;

use crate::comparison::load;

/// The files of the zone, signed.
pub(crate) fn zones() -> Vec<peer::Zone> {
    let nsec3 = |iterations, salt: &[u8], opt_out| Denial::Nsec3 {
        iterations,
        salt: salt.to_vec(),
        opt_out,
    };
    let ways = [
        ("nsec.invalid.", Denial::Nsec),
        ("nsec3.invalid.", nsec3(0, &[], false)),
        ("opt-out.invalid.", nsec3(5, &[0xAB, 0xCD], true)),
    ];
    ways.map(|(apex, denial)| signed(apex, denial)).into()
}

fn signed(apex: &'static str, denial: Denial) -> peer::Zone {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("authority/signed.zone");
    let unsigned = load(&peer::Zone { apex, file });
    let mut rng = Rng::new(&Seed::from_number(1));
    let private = SigningKey::generate(SecurityAlgorithm::ECDSAP256SHA256, 0, &mut rng).unwrap();
    let key = SigningKey::new(&private).unwrap();
    let flags = FLAG_ZONE | FLAG_SECURE_ENTRY_POINT;
    let signer = ZoneSigner::new(unsigned.apex(), flags, &key);
    let config = SigningConfig {
        // From 2020 to 2100.
        validity: Validity {
            inception: 1_577_836_800,
            expiration: 4_102_444_800,
        },
        denial,
    };
    let records = sign_zone(&unsigned, &[signer], &config, &mut rng).unwrap();
    let text: String = records.iter().map(|record| format!("{record}\n")).collect();
    let name = format!("{apex}{:?}.zone", thread::current().id());
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, text).unwrap();
    peer::Zone { apex, file }
}
