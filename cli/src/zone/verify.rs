//! `nameward zone verify`: what is wrong with the signatures, denials and digests of a zone.

use std::panic;
use std::path::Path;
use std::thread;

use nameward_core::crypto::Policy;
use nameward_core::time::UnixTime;
use nameward_core::wire::Name;
use nameward_core::zone::{ZoneFault, ZoneVerification, ZonemdVerdict, check_zonemd};
use nameward_rustls::crypto::AwsLc;

use super::check::counted;
use super::load::load;
use super::progress::Progress;
use super::sign::{now, processors};
use super::zonemd;
use crate::colour::Console;
use crate::failure::Failure;

/// Prints what is wrong with the signatures and denials of a zone, and with its digests if it has some; and that nothing is, if nothing is.
pub(crate) fn verify(file: &Path, origin: &Name, at: Option<u64>, console: Console) -> Result<(), Failure> {
    let zone = load(file, origin)?;
    let wall = match at {
        Some(at) => UnixTime::from_secs(at),
        None => now()?,
    };
    let faults = faults(ZoneVerification::new(&zone, Policy::default(), Some(wall)));
    let mut text: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    let mut count = faults.len() as u64;
    let digests = check_zonemd(&zone);
    if digests.verdict == ZonemdVerdict::Failed {
        text += &zonemd::text(&digests);
        count += 1;
    }
    if count == 0 {
        return console.print(&format!(
            "{}: no fault in {} records\n",
            file.display(),
            zone.record_count()
        ));
    }
    console.print(&text)?;
    Err(Failure::Malformed(format!(
        "{}: {}",
        file.display(),
        counted(count, "fault")
    )))
}

/// All faults, found on all processors, in the order of the zone.
fn faults(mut verification: ZoneVerification<'_>) -> Vec<ZoneFault> {
    let progress = Progress::new("verifying", verification.names());
    thread::scope(|scope| {
        let workers: Vec<_> = verification
            .parts(processors())
            .map(|mut part| {
                let progress = progress.clone();
                scope.spawn(move || {
                    while part.step(&AwsLc) {
                        progress.step();
                    }
                })
            })
            .collect();
        for worker in workers {
            worker
                .join()
                .unwrap_or_else(|thrown| panic::resume_unwind(thrown));
        }
    });
    verification.finish(&AwsLc)
}
