//! Loading a zone and answering from it.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::BytesMut;
use nameward_core::flow::ListenerId;
use nameward_core::seed::Seed;
use nameward_core::server::respond::{
    Policy, Request, Responded, ResponderConfig, Shard, Transport, respond,
};
use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use nameward_core::time::{Instant, Now};
use nameward_core::wire::{Class, Flags, MessageWriter, Name, Opt, Rcode, Rtype};
use nameward_core::zone::{Place, Zone, ZoneBuilder, Zones};

use crate::valgrind::Count;
use crate::zone::{Directory, processor_time, write};
use crate::{shown, verdict};

/// How often a zone is loaded and asked. What counts is the best time.
const ROUNDS: u32 = 5;

/// How many names the zones have: as many as fit the caches of a processor, and more.
const NAMES: [u32; 2] = [10_000, 1_000_000];

/// How many questions are asked of a zone in a round.
const QUESTIONS: u32 = 1_000_000;

/// How much of a file is read at once, in octets.
const PIECE: usize = 65_536;

/// The time in seconds in which a million names are to be loaded: half of what Knot 3.2 takes on the reference machine.
const LOAD_TIME: f64 = 0.54;

/// The memory in octets that a record is to take.
const RECORD: f64 = 115.0;

/// The instructions that the whole response to a positive query is to take.
const INSTRUCTIONS: f64 = 1500.0;

/// What a round came to.
struct Round {
    /// For loading the zone, in nanoseconds of processor time.
    load: f64,
    /// Memory that the process keeps for the zone, and at most, in KiB.
    kept: u64,
    peak: u64,
    /// For each question, in nanoseconds of processor time.
    answer: f64,
}

/// Writes zones, has processes of their own load them and answer from them, and prints what that took.
pub(crate) fn report(count: bool) -> Result<(), Box<dyn Error>> {
    let directory = Directory::new()?;
    for names in NAMES {
        let path = directory.path().join(format!("{names}.zone"));
        let records = write(&path, names)?;
        println!("\nauthority over {names} names, {records} records");
        let mut best: Option<Round> = None;
        for _ in 0..ROUNDS {
            let round = measure(&path, names)?;
            best = Some(match best {
                Some(best) => Round {
                    load: best.load.min(round.load),
                    answer: best.answer.min(round.answer),
                    ..round
                },
                None => round,
            });
        }
        let best = best.ok_or("no round")?;
        let octets = best.kept as f64 * 1024.0 / records as f64;
        println!(
            "  load    {:>8.3} s  {:>8.1} ns a record",
            best.load / 1e9,
            best.load / records as f64
        );
        println!(
            "  memory  {:>8} KiB  {octets:>8.1} octets a record, {} KiB at most",
            best.kept, best.peak
        );
        println!("  answer  {:>8.1} ns", best.answer);
        if names == 1_000_000 {
            println!(
                "  load at most {LOAD_TIME} s: {}",
                verdict(best.load / 1e9 <= LOAD_TIME)
            );
            println!(
                "  memory at most {RECORD} octets a record: {}",
                verdict(octets <= RECORD)
            );
        } else if count {
            let instructions = instructions(&path, names);
            println!("  answer  {:>8} Ir", shown(instructions));
            if let Some(instructions) = instructions {
                println!(
                    "  instructions at most {INSTRUCTIONS}: {}",
                    verdict(instructions <= INSTRUCTIONS)
                );
            }
        }
    }
    Ok(())
}

/// How many instructions an answer takes; loading cancels out.
fn instructions(zone: &Path, names: u32) -> Option<f64> {
    let counted = |questions: &str| {
        let names = names.to_string();
        Count::Instructions.total(&["serve", zone.to_str()?, &names, questions])
    };
    let difference = counted("3000")?.checked_sub(counted("1000")?)?;
    Some(difference as f64 / 2000.0)
}

fn measure(zone: &PathBuf, names: u32) -> Result<Round, Box<dyn Error>> {
    let run = Command::new(std::env::current_exe()?)
        .arg("serve")
        .arg(zone)
        .args([names.to_string(), QUESTIONS.to_string()])
        .output()?;
    let printed = String::from_utf8(run.stdout)?;
    let numbers: Vec<&str> = printed.split_whitespace().collect();
    let [load, kept, peak, answer] = numbers[..] else {
        return Err(format!("serving failed: {}", String::from_utf8_lossy(&run.stderr)).into());
    };
    Ok(Round {
        load: load.parse()?,
        kept: kept.parse()?,
        peak: peak.parse()?,
        answer: answer.parse()?,
    })
}

/// Loads a zone and answers so many positive questions for addresses. Prints nanoseconds for loading, KiB of memory, and nanoseconds
/// for a question.
pub(crate) fn serve(zone: &Path, names: u32, questions: u32) -> Result<(), Box<dyn Error>> {
    let queries = queries(names)?;
    let before_memory = memory("Pss:", "/proc/self/smaps_rollup");
    let before = processor_time()?;
    let zone = load(zone)?;
    let load = processor_time()? - before;
    let kept = memory("Pss:", "/proc/self/smaps_rollup").saturating_sub(before_memory);
    let peak = memory("VmHWM:", "/proc/self/status");
    let zones = Zones::new([zone]);
    let policy = Policy::new(ResponderConfig::default())?;
    let mut shard = Shard::new(&policy, &Seed::from_number(1));
    let now = Now::without_wall(Instant::ZERO);
    let mut out = BytesMut::with_capacity(1232);
    let before = processor_time()?;
    let mut asked = 0;
    'asking: loop {
        for query in &queries {
            if asked == questions {
                break 'asking;
            }
            asked += 1;
            out.clear();
            let request = Request {
                peer: SocketAddr::from(([192, 0, 2, 1], 53_001)),
                listener: ListenerId(0),
                transport: Transport::Datagram,
                data: query,
            };
            match respond(&zones, &policy, &mut shard, now, &request, &mut out) {
                Responded::Reply(reply) if reply.rcode == Rcode::NOERROR => {}
                other => return Err(format!("{other:?}").into()),
            }
            black_box(&out);
        }
    }
    let answer = (processor_time()? - before) as f64 / f64::from(questions);
    println!("{load} {kept} {peak} {answer}");
    Ok(())
}

/// Queries with EDNS for names of the zone, in an order that caches cannot foresee.
fn queries(names: u32) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut state = 1_u32;
    (0..100_000)
        .map(|_| {
            // A linear congruential generator (Numerical Recipes) is random enough for this.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let name: Name =
                format!("h{}.bench.test.", (u64::from(state) * u64::from(names)) >> 32).parse()?;
            let mut query = BytesMut::new();
            let mut writer = MessageWriter::new(&mut query, 512, 1, Flags::default());
            writer.question(&name, Rtype::A, Class::IN)?;
            writer.opt(&Opt::default())?;
            writer.finish();
            Ok(query.to_vec())
        })
        .collect()
}

pub(crate) fn load(path: &Path) -> Result<Zone, Box<dyn Error>> {
    let apex: Name = "bench.test.".parse()?;
    let mut builder = ZoneBuilder::new(apex.clone(), Class::IN);
    let mut reader = ZoneReader::new(apex, ZoneReaderConfig::default());
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    loop {
        match reader.advance()? {
            ZoneEvent::Record(record) => builder.add(record, Place::default()),
            ZoneEvent::Wanted => match file.read(&mut piece)? {
                0 => reader.finish(),
                count => reader.push(&piece[..count]),
            },
            ZoneEvent::Include { .. } | ZoneEvent::IncludeEnded => {}
            ZoneEvent::Ended => break,
        }
    }
    Ok(builder.build().zone.ok_or("the zone has errors")?)
}

/// A number of KiB that Linux tells.
fn memory(what: &str, file: &str) -> u64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(what));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or_default()
}
