//! `nameward zone sign`: a zone file with signatures and denials.

use std::fmt::Write as _;
use std::panic;
use std::thread;

use nameward_core::dnssec::{Validity, ZoneSigner, serial_is_at_or_before};
use nameward_core::seed::Rng;
use nameward_core::time::UnixTime;
use nameward_core::wire::{Record, Soa};
use nameward_core::zone::{
    Denial, PreviousVersion, SerialPolicy, SignZoneError, SigningConfig, SigningPlan, Zone,
};
use nameward_driver::clock::{Clock as _, SystemClock};

use super::keys::Key;
use super::load::{build, load, read};
use super::progress::Progress;
use crate::arguments::{Salt, Serial, Sign};
use crate::colour::Console;
use crate::failure::Failure;

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// How many records are printed at once.
const PIECE: usize = 1_000;

/// Prints the signed form of a zone. The same file, keys and start give the same text, if that is wanted or if no key is of ECDSA.
pub(crate) fn sign(wanted: &Sign, console: Console) -> Result<(), Failure> {
    let keys: Vec<Key> = wanted
        .keys
        .iter()
        .map(|key| Key::read(key, wanted.reproducible))
        .collect::<Result<_, _>>()?;
    let previous = wanted
        .previous
        .as_ref()
        .map(|file| load(file, &wanted.origin))
        .transpose()?;
    let zone = next_version(wanted, previous.as_ref())?;
    let signers: Vec<_> = keys
        .iter()
        .map(|key| ZoneSigner::new(&key.zone, key.flags, key.signing.as_ref()))
        .collect();
    let start = match wanted.start {
        Some(start) => start,
        None => now()?.as_secs().saturating_sub(HOUR),
    };
    let lifetime = wanted.days.saturating_mul(DAY);
    let config = SigningConfig {
        validity: Validity {
            inception: UnixTime::from_secs(start).as_serial(),
            expiration: UnixTime::from_secs(start.saturating_add(lifetime)).as_serial(),
        },
        denial: denial(wanted),
    };
    let refresh = wanted
        .refresh
        .map_or(lifetime / 4, |days| days.saturating_mul(DAY));
    let wall = match wanted.start {
        // Who names the start wants the same text at any time.
        Some(start) => UnixTime::from_secs(start),
        None => now()?,
    };
    let version = previous.as_ref().map(|zone| PreviousVersion {
        zone,
        wall,
        refresh: u32::try_from(refresh).unwrap_or(u32::MAX),
    });
    let failed = |error: SignZoneError| Failure::Malformed(format!("{}: {error}", wanted.file.display()));
    let mut plan = SigningPlan::new(&zone, &signers, &config, version).map_err(failed)?;
    let seed = nameward_driver::seed::from_system().map_err(|error| Failure::System(error.to_string()))?;
    let mut rng = Rng::new(&seed);
    make_signatures(&mut plan, &mut rng).map_err(failed)?;
    let signed = plan.finish(&mut rng).map_err(failed)?;
    if previous.is_some_and(|before| before.serial() == zone.serial()) && signed.signatures_made > 0 {
        eprintln!(
            "nameward: warning: serial {} is that of the previous version: secondaries will not notice the change (see --serial)",
            zone.serial()
        );
    }
    let mut records = signed.records().peekable();
    let mut text = String::new();
    while records.peek().is_some() {
        text.clear();
        for record in records.by_ref().take(PIECE) {
            // Writing to memory does not fail.
            let _ = writeln!(text, "{record}");
        }
        console.print(&text)?;
    }
    Ok(())
}

/// Makes signatures on all processors. Which of them makes one is nothing that it shows.
fn make_signatures(plan: &mut SigningPlan<'_>, rng: &mut Rng) -> Result<(), SignZoneError> {
    let progress = Progress::new("signing", plan.signatures_wanted());
    thread::scope(|scope| {
        let workers: Vec<_> = plan
            .parts(processors())
            .map(|mut part| {
                let (seed, progress) = (rng.fork(), progress.clone());
                scope.spawn(move || {
                    let mut rng = Rng::new(&seed);
                    while part.step(&mut rng)? {
                        progress.step();
                    }
                    Ok(())
                })
            })
            .collect();
        let mut outcomes = workers.into_iter().map(|worker| worker.join());
        outcomes.try_for_each(|outcome| outcome.unwrap_or_else(|thrown| panic::resume_unwind(thrown)))
    })
}

/// How many threads have something to do at once.
pub(super) fn processors() -> u16 {
    let processors = thread::available_parallelism();
    processors.map_or(1, |count| u16::try_from(count.get()).unwrap_or(u16::MAX))
}

/// The zone that is to be signed: with its new serial, and with places for its digests.
fn next_version(wanted: &Sign, previous: Option<&Zone>) -> Result<Zone, Failure> {
    let policy = match wanted.serial {
        Serial::Keep => SerialPolicy::Keep,
        Serial::Increment => SerialPolicy::Increment,
        Serial::Unixtime => SerialPolicy::UnixTime(now()?),
        Serial::Date => SerialPolicy::Date(now()?),
    };
    let mut start = None;
    let mut builder = read(&wanted.file, &wanted.origin, |mut record| {
        if let Some(soa) = record.rdata.view::<Soa<'_>>() {
            let serial = policy.next(later(soa.serial, previous, policy));
            record.rdata = Soa { serial, ..soa }.to_rdata();
            start.get_or_insert_with(|| (record.clone(), serial));
        }
        record
    })?;
    if let Some((soa, serial)) = start {
        for hash in &wanted.zonemd {
            builder.add_record(&Record {
                rdata: hash.placeholder(serial),
                ..soa.clone()
            });
        }
    }
    build(&wanted.file, builder)
}

/// The serial that the next one follows: that of the file, or that of the previous version, if it is later.
fn later(serial: u32, previous: Option<&Zone>, policy: SerialPolicy) -> u32 {
    match previous {
        Some(previous)
            if policy != SerialPolicy::Keep && serial_is_at_or_before(serial, previous.serial()) =>
        {
            previous.serial()
        }
        _ => serial,
    }
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

pub(super) fn now() -> Result<UnixTime, Failure> {
    let now = SystemClock::new().now();
    now.wall
        .ok_or_else(|| Failure::System("the system has no wall clock".into()))
}
