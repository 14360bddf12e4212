//! `nameward zone sign` and `nameward zone verify`: a zone file with signatures and denials.

use std::path::Path;

use nameward_core::crypto::Policy;
use nameward_core::dnssec::{Validity, ZoneSigner};
use nameward_core::seed::Rng;
use nameward_core::time::UnixTime;
use nameward_core::wire::Name;
use nameward_core::zone::{Denial, Place, Severity, SigningConfig, Zone, sign_zone, verify_zone};
use nameward_driver::clock::{Clock as _, SystemClock};
use nameward_rustls::crypto::AwsLc;

use super::check::new_zone;
use super::files::ZoneFiles;
use super::keys::Key;
use crate::arguments::{Salt, Sign};
use crate::colour::Console;
use crate::failure::Failure;

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// Prints the signed form of a zone. The same file, keys and start give the same text, if that is wanted or if no key is of ECDSA.
pub(crate) fn sign(wanted: &Sign, console: Console) -> Result<(), Failure> {
    let keys: Vec<Key> = wanted
        .keys
        .iter()
        .map(|key| Key::read(key, wanted.reproducible))
        .collect::<Result<_, _>>()?;
    let zone = load(&wanted.file, &wanted.origin)?;
    let signers: Vec<_> = keys
        .iter()
        .map(|key| ZoneSigner::new(&key.zone, key.flags, key.signing.as_ref()))
        .collect();
    let start = match wanted.start {
        Some(start) => start,
        None => now()?.as_secs().saturating_sub(HOUR),
    };
    let end = start.saturating_add(wanted.days.saturating_mul(DAY));
    let config = SigningConfig {
        validity: Validity {
            inception: UnixTime::from_secs(start).as_serial(),
            expiration: UnixTime::from_secs(end).as_serial(),
        },
        denial: denial(wanted),
    };
    let seed = nameward_driver::seed::from_system().map_err(|error| Failure::System(error.to_string()))?;
    let records = sign_zone(&zone, &signers, &config, &mut Rng::new(&seed))
        .map_err(|error| Failure::Malformed(format!("{}: {error}", wanted.file.display())))?;
    let text: String = records.iter().map(|record| format!("{record}\n")).collect();
    console.print(&text)
}

/// Prints what is wrong with the signatures and denials of a zone, and that nothing is, if nothing is.
pub(crate) fn verify(file: &Path, origin: &Name, at: Option<u64>, console: Console) -> Result<(), Failure> {
    let zone = load(file, origin)?;
    let wall = match at {
        Some(at) => UnixTime::from_secs(at),
        None => now()?,
    };
    let faults = verify_zone(&zone, &AwsLc, Policy::default(), Some(wall));
    let text: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    if faults.is_empty() {
        return console.print(&format!(
            "{}: no fault in {} records\n",
            file.display(),
            zone.record_count()
        ));
    }
    console.print(&text)?;
    Err(Failure::Malformed(format!(
        "{}: {} faults",
        file.display(),
        faults.len()
    )))
}

/// The zone in the file, which must have no errors.
fn load(file: &Path, origin: &Name) -> Result<Zone, Failure> {
    let mut files = ZoneFiles::open(file, origin.clone())?;
    let mut builder = None;
    while let Some(record) = files.next()? {
        let (_, line) = files.place();
        let place = Place { file: 0, line };
        builder
            .get_or_insert_with(|| new_zone(&record, origin))
            .add((&record).into(), place);
    }
    let named = |what: &dyn std::fmt::Display| Failure::Malformed(format!("{}: {what}", file.display()));
    let built = builder.ok_or_else(|| named(&"no records"))?.build();
    built.zone.ok_or_else(|| {
        let findings = built.findings.kept().iter();
        let mut errors = findings.filter(|finding| finding.kind.severity() == Severity::Error);
        errors
            .next()
            .map_or_else(|| named(&"not a zone"), |error| named(error))
    })
}

fn denial(wanted: &Sign) -> Denial {
    if !wanted.nsec3 {
        return Denial::Nsec;
    }
    let Salt(salt) = wanted.salt.clone();
    Denial::Nsec3 {
        iterations: wanted.iterations,
        salt,
        opt_out: wanted.opt_out,
    }
}

fn now() -> Result<UnixTime, Failure> {
    let now = SystemClock::new().now();
    now.wall
        .ok_or_else(|| Failure::System("the system has no wall clock".into()))
}
