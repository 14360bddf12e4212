//! Time, instructions and allocations of Nameward beside those of its peers, in one run and on the same messages.
//!
//! ```text
//! cargo run --profile measure -p nameward-bench          all, with Valgrind's counts: some minutes
//! cargo run --profile measure -p nameward-bench times    without them: some seconds
//! nameward-bench all build                               one measure of parse, own, build, zone, authority, crypto, signing
//! nameward-bench large                                   building of two large messages
//! nameward-bench run build nameward referral 1000        one case in a loop, for a profiler
//! nameward-bench read nameward ZONE                      a zone file, once
//! nameward-bench serve ZONE NAMES QUESTIONS              a zone, loaded once and asked
//! nameward-bench crypto p256 verify 100                   a verification, or a signature with sign
//! nameward-bench signing NAMES                            zones of so many names, signed by all
//! nameward-bench sign BACKEND KEY KEY ZONE [OUT]         a zone signed by the fast or the default backend; some signatures alone if not written
//! nameward-bench lookups RUNTIME PORT FILE COUNT AT_ONCE look-ups of a server's names, on tokio or mio
//! nameward-bench write DIRECTORY                         the messages, to compare them with others
//! ```
//!
//! *Parse*: every contestant reads the message and folds every field of every record into one checksum, and all checksums are
//! the same. What the fold costs over fields that were extracted before is subtracted from each. *Own*: the message becomes
//! values that own what they hold. *Build*: the message is written from owned records, with compression, into a buffer that
//! is there already; nothing is computed before. *Zone*: a zone file of a million names, which is made for it, is read in
//! pieces from beginning to end by a process of its own; the peer reads it in place. *Authority*: a zone
//! file is loaded, and positive questions for addresses are answered from it, from the octets of the query to those of the response. *Signing*: a zone file is read, signed
//! and written by each backend, by dnssec-signzone and by ldns-signzone, in turn, each in a process of its own.
//! *Look-ups* are measured beside programs of others, and asked of a server of others: the README says how.

mod authority;
mod contestants;
mod crypto;
mod fold;
mod lookups;
mod messages;
mod signing;
mod time;
mod valgrind;
mod zone;

use std::error::Error;
use std::hint::black_box;
use std::path::Path;

use contestants::{Contestant, Measure};
use messages::Sample;
use valgrind::Count;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            Measure::ALL.into_iter().for_each(|measure| report(measure, true));
            report_large();
            zone::report(true)?;
            authority::report(true)?;
            crypto::report(true);
            signing::report(signing::NAMES)?;
        }
        ["large"] => report_large(),
        ["all", "authority"] => authority::report(true)?,
        ["times", "authority"] => authority::report(false)?,
        ["all", "crypto"] => crypto::report(true),
        ["times", "crypto"] => crypto::report(false),
        ["all" | "times", "signing"] => signing::report(signing::NAMES)?,
        ["signing", names] => signing::report(names.parse()?)?,
        ["crypto", name, action, times] => crypto::run(name, action, times.parse()?)?,
        ["all", "zone"] => zone::report(true)?,
        ["times", "zone"] => zone::report(false)?,
        ["all", name] => report(measure(name)?, true),
        ["times"] => {
            Measure::ALL
                .into_iter()
                .for_each(|measure| report(measure, false));
            report_large();
            zone::report(false)?;
            authority::report(false)?;
            crypto::report(false);
            signing::report(signing::NAMES)?;
        }
        ["times", name] => report(measure(name)?, false),
        ["run", name, contestant, sample, times] => run(measure(name)?, contestant, sample, times.parse()?)?,
        ["read", reader, zone] => zone::read(reader, Path::new(zone))?,
        ["serve", zone, names, questions] => {
            authority::serve(Path::new(zone), names.parse()?, questions.parse()?)?
        }
        ["sign", backend, entry_point, plain, zone] => {
            signing::sign(backend, [entry_point, plain], Path::new(zone), None)?
        }
        ["sign", backend, entry_point, plain, zone, out] => {
            signing::sign(
                backend,
                [entry_point, plain],
                Path::new(zone),
                Some(Path::new(out)),
            )?;
        }
        ["lookups", runtime, port, names, count, at_once] => lookups::run(
            runtime,
            port.parse()?,
            Path::new(names),
            count.parse()?,
            at_once.parse()?,
        )?,
        ["write", directory] => {
            for sample in Sample::all().into_iter().chain(Sample::large()) {
                let path = Path::new(directory).join(sample.name).with_extension("bin");
                std::fs::write(path, sample.octets())?;
            }
        }
        _ => {
            return Err(
                "arguments: [all | times [MEASURE]] | large | run MEASURE CONTESTANT SAMPLE TIMES | read READER ZONE | \
                serve ZONE NAMES QUESTIONS | crypto NAME ACTION TIMES | signing NAMES | sign BACKEND KEY KEY ZONE [OUT] | lookups RUNTIME PORT FILE COUNT AT_ONCE | \
                write DIRECTORY"
                    .into(),
            );
        }
    }
    Ok(())
}

fn measure(name: &str) -> Result<Measure, String> {
    Measure::ALL
        .into_iter()
        .find(|measure| measure.name() == name)
        .ok_or_else(|| format!("no measure {name}"))
}

/// One case, in a loop.
fn run(measure: Measure, contestant: &str, sample: &str, times: u32) -> Result<(), String> {
    let samples = Sample::all().into_iter().find(|known| known.name == sample);
    let mut contestants = contestants_of(measure, samples.ok_or_else(|| format!("no sample {sample}"))?);
    let found = contestants.iter_mut().find(|known| known.name == contestant);
    let found = found.ok_or_else(|| format!("no contestant {contestant}"))?;
    for _ in 0..times {
        black_box((found.work)());
    }
    Ok(())
}

fn contestants_of(measure: Measure, sample: Sample) -> Vec<Contestant> {
    let octets = sample.octets().leak();
    Contestant::all(measure, sample, octets)
}

/// What was measured of one contestant. Counts are there if Valgrind is.
struct Figures {
    name: &'static str,
    nanoseconds: f64,
    instructions: Option<f64>,
    allocations: Option<f64>,
    result: u64,
}

/// Measures, and prints a table for each sample.
fn report(measure: Measure, count: bool) {
    Sample::all()
        .into_iter()
        .for_each(|sample| report_sample(measure, sample, count));
}

/// Measures how large messages are built. They are too large to count instructions in reasonable time.
fn report_large() {
    Sample::large()
        .into_iter()
        .for_each(|sample| report_sample(Measure::Build, sample, false));
}

fn report_sample(measure: Measure, sample: Sample, count: bool) {
    let name = sample.name;
    let mut contestants = contestants_of(measure, sample);
    let results: Vec<u64> = contestants
        .iter_mut()
        .map(|contestant| (contestant.work)())
        .collect();
    let times = time::nanoseconds(&mut contestants);
    let mut figures: Vec<Figures> = contestants
        .iter()
        .zip(times)
        .zip(results)
        .map(|((contestant, nanoseconds), result)| Figures {
            name: contestant.name,
            nanoseconds,
            instructions: count
                .then(|| Count::Instructions.of(measure, contestant.name, name))
                .flatten(),
            allocations: count
                .then(|| Count::Allocations.of(measure, contestant.name, name))
                .flatten(),
            result,
        })
        .collect();
    println!("\n{} {name}", measure.name());
    if figures
        .first()
        .is_some_and(|first| first.name == Contestant::FOLD)
    {
        let fold = figures.remove(0);
        println!(
            "  the fold alone: {:.1} ns, {} instructions",
            fold.nanoseconds,
            shown(fold.instructions)
        );
        for contestant in &mut figures {
            assert_eq!(
                contestant.result, fold.result,
                "{} read something else",
                contestant.name
            );
            contestant.nanoseconds -= fold.nanoseconds;
            contestant.instructions = contestant
                .instructions
                .zip(fold.instructions)
                .map(|(all, fold)| all - fold);
        }
    }
    table(measure, &figures);
}

fn shown(number: Option<f64>) -> String {
    number.map_or_else(|| "-".into(), |number| format!("{number:.0}"))
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

/// The figures, each as a ratio to the best peer too, and whether the targets are met.
fn table(measure: Measure, figures: &[Figures]) {
    let targets = Targets::of(measure);
    let peers = || figures.iter().filter(|figures| figures.name != Contestant::OURS);
    let compared = || peers().filter(|peer| targets.peer.is_none_or(|prefix| peer.name.starts_with(prefix)));
    let best_time = compared()
        .map(|peer| peer.nanoseconds)
        .fold(f64::INFINITY, f64::min);
    let best_instructions = compared()
        .filter_map(|peer| peer.instructions)
        .fold(f64::INFINITY, f64::min);
    let shortest = peers().map(|peer| peer.result).min().unwrap_or_default();
    println!(
        "  {:<18} {:>9} {:>6} {:>9} {:>6} {:>7} {:>7}",
        "", "ns", "ratio", "Ir", "ratio", "allocs", "octets"
    );
    for Figures {
        name,
        nanoseconds,
        instructions,
        allocations,
        result,
    } in figures
    {
        let octets = if measure == Measure::Build {
            result.to_string()
        } else {
            "-".into()
        };
        println!(
            "  {name:<18} {nanoseconds:>9.1} {:>6.2} {:>9} {:>6} {:>7} {octets:>7}",
            nanoseconds / best_time,
            shown(*instructions),
            instructions.map_or_else(
                || "-".into(),
                |instructions| format!("{:.2}", instructions / best_instructions)
            ),
            shown(*allocations),
        );
    }
    let Some(ours) = figures.iter().find(|figures| figures.name == Contestant::OURS) else {
        return;
    };
    println!(
        "  time at most {} x: {}",
        targets.time,
        verdict(ours.nanoseconds <= targets.time * best_time)
    );
    if let (Some(target), Some(instructions)) = (targets.instructions, ours.instructions) {
        println!(
            "  instructions at most {target} x: {}",
            verdict(instructions <= target * best_instructions)
        );
    }
    if let Some(allocations) = ours.allocations {
        println!(
            "  allocations at most {}: {}",
            targets.allocations,
            verdict(allocations <= targets.allocations)
        );
    }
    if measure == Measure::Build {
        println!(
            "  no longer than the shortest: {}",
            verdict(ours.result <= shortest)
        );
    }
}

/// What is to be reached: ratios to the best of the peers.
struct Targets {
    time: f64,
    instructions: Option<f64>,
    allocations: f64,
    /// With whom it is compared, if not with all.
    peer: Option<&'static str>,
}

impl Targets {
    const fn of(measure: Measure) -> Self {
        match measure {
            Measure::Parse => Self {
                time: 0.35,
                instructions: Some(0.45),
                allocations: 0.0,
                peer: None,
            },
            Measure::Own => Self {
                time: 0.5,
                instructions: None,
                allocations: 2.0,
                peer: Some("domain"),
            },
            Measure::Build => Self {
                time: 0.7,
                instructions: None,
                allocations: 0.0,
                peer: None,
            },
        }
    }
}
