//! Reading zone files, beside `domain`, which reads a file that is in memory as a whole.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::zonefile::inplace::{Entry, Zonefile};
use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};

use crate::valgrind::Count;
use crate::{shown, verdict};

/// How often each reader reads the zone. What counts is its best time.
const ROUNDS: u32 = 7;

/// How many names the zones have.
const NAMES: [u32; 3] = [10_000, 100_000, 1_000_000];

/// How much of a file is read at once, in octets.
const PIECE: usize = 65_536;

/// How much more memory a larger zone may take, in KiB: what the start of a process varies by.
const NOISE: u64 = 256;

/// The share of the other's time that is allowed.
const TIME: f64 = 0.4;

/// A reader, and what reading took it.
struct Figures {
    name: &'static str,
    /// For each record of the largest zone.
    nanoseconds: f64,
    /// At most, for the zones of 10^5 and of 10^6 names.
    kibibytes: [u64; 2],
    /// For each record, if Valgrind is there.
    instructions: Option<f64>,
}

/// Writes zones, has them read by processes of their own, and prints what that took.
pub(crate) fn report(count: bool) -> Result<(), Box<dyn Error>> {
    let directory = Directory::new()?;
    let mut zones = Vec::new();
    for names in NAMES {
        let path = directory.0.join(format!("{names}.zone"));
        let records = write(&path, names)?;
        zones.push((path, records));
    }
    let [small, medium, large] = &zones[..] else {
        return Err("there are three zones".into());
    };
    let mut readers = ["nameward", "domain"].map(|name| Figures {
        name,
        nanoseconds: f64::INFINITY,
        kibibytes: [0; 2],
        instructions: None,
    });
    for _ in 0..ROUNDS {
        for reader in &mut readers {
            let (_, at_medium) = measure(reader.name, &medium.0)?;
            let (nanoseconds, at_large) = measure(reader.name, &large.0)?;
            reader.nanoseconds = reader.nanoseconds.min(nanoseconds / large.1 as f64);
            let [most_at_medium, most_at_large] = reader.kibibytes;
            reader.kibibytes = [most_at_medium.max(at_medium), most_at_large.max(at_large)];
        }
    }
    if count {
        for reader in &mut readers {
            reader.instructions = instructions(reader.name, small, medium);
        }
    }
    table(&readers);
    Ok(())
}

fn table(readers: &[Figures; 2]) {
    let [ours, theirs] = readers;
    println!("\nzone of {} names, for each record", NAMES[2]);
    println!(
        "  {:<18} {:>9} {:>6} {:>9} {:>6} {:>12} {:>12}",
        "", "ns", "ratio", "Ir", "ratio", "KiB at 10^5", "KiB at 10^6"
    );
    let ratio = |ours: Option<f64>, theirs: Option<f64>| {
        ours.zip(theirs)
            .map_or_else(|| "-".into(), |(ours, theirs)| format!("{:.2}", ours / theirs))
    };
    for reader in readers {
        let [at_medium, at_large] = reader.kibibytes;
        println!(
            "  {:<18} {:>9.1} {:>6.2} {:>9} {:>6} {at_medium:>12} {at_large:>12}",
            reader.name,
            reader.nanoseconds,
            reader.nanoseconds / theirs.nanoseconds,
            shown(reader.instructions),
            ratio(reader.instructions, theirs.instructions),
        );
    }
    println!(
        "  time at most {TIME} x: {}",
        verdict(ours.nanoseconds <= TIME * theirs.nanoseconds)
    );
    let [at_medium, at_large] = ours.kibibytes;
    println!(
        "  memory at 10^6 names as at 10^5, within {NOISE} KiB: {}",
        verdict(at_large.abs_diff(at_medium) <= NOISE)
    );
}

/// How many instructions a record takes; start and end of the program cancel out.
fn instructions(reader: &str, few: &(PathBuf, u64), many: &(PathBuf, u64)) -> Option<f64> {
    let counted = |(path, _): &(PathBuf, u64)| Count::Instructions.total(&["read", reader, path.to_str()?]);
    let difference = counted(many)?.checked_sub(counted(few)?)?;
    Some(difference as f64 / (many.1 - few.1) as f64)
}

/// Has a zone read by a process of its own: nanoseconds, and KiB of memory at most.
fn measure(reader: &str, zone: &Path) -> Result<(f64, u64), Box<dyn Error>> {
    let run = Command::new(std::env::current_exe()?)
        .args(["read", reader])
        .arg(zone)
        .output()?;
    let printed = String::from_utf8(run.stdout)?;
    let (nanoseconds, kibibytes) = printed.trim().split_once(' ').ok_or("a reader failed")?;
    Ok((nanoseconds.parse()?, kibibytes.parse()?))
}

/// Reads a zone, and prints how many nanoseconds of processor time it took and how many KiB of memory the process had at most.
pub(crate) fn read(reader: &str, zone: &Path) -> Result<(), Box<dyn Error>> {
    let before = processor_time()?;
    let records = match reader {
        "nameward" => read_in_pieces(zone)?,
        _ => read_in_place(zone)?,
    };
    let nanoseconds = processor_time()? - before;
    black_box(records);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next());
    println!("{nanoseconds} {}", peak.unwrap_or("0"));
    Ok(())
}

/// For how many nanoseconds this thread was carried out, as Linux says.
pub(crate) fn processor_time() -> Result<u64, Box<dyn Error>> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(statistics.split(' ').next().unwrap_or_default().parse()?)
}

fn read_in_pieces(zone: &Path) -> Result<u64, Box<dyn Error>> {
    let mut reader = ZoneReader::new("bench.test.".parse()?, ZoneReaderConfig::default());
    let mut file = File::open(zone)?;
    let mut piece = vec![0; PIECE];
    let mut records = 0;
    loop {
        match reader.advance()? {
            ZoneEvent::Record(record) => {
                black_box(record);
                records += 1;
            }
            ZoneEvent::Wanted => match file.read(&mut piece)? {
                0 => reader.finish(),
                count => reader.push(&piece[..count]),
            },
            ZoneEvent::Include { .. } | ZoneEvent::IncludeEnded => {}
            ZoneEvent::Ended => return Ok(records),
        }
    }
}

fn read_in_place(zone: &Path) -> Result<u64, Box<dyn Error>> {
    let mut file = Zonefile::load(&mut File::open(zone)?)?;
    let mut records = 0;
    while let Some(entry) = file.next_entry()? {
        if let Entry::Record(record) = entry {
            black_box(record);
            records += 1;
        }
    }
    Ok(records)
}

/// Writes a zone of so many names with an address each. Every fourth has an IPv6 address too, every sixteenth a mail
/// exchange, every sixty-fourth a text. Returns how many records it has.
pub(crate) fn write(path: &Path, names: u32) -> std::io::Result<u64> {
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(
        b"$ORIGIN bench.test.\n$TTL 3600\n\
        @ IN SOA ns1.bench.test. hostmaster.bench.test. 1 7200 3600 1209600 300\n\
        @ IN NS ns1.bench.test.\n@ IN NS ns2.bench.test.\nns1 IN A 127.0.0.1\nns2 IN A 127.0.0.2\n",
    )?;
    let mut records = 5;
    for name in 0..names {
        let [_, a, b, c] = name.to_be_bytes();
        writeln!(out, "h{name} IN A 10.{a}.{b}.{c}")?;
        records += 1;
        if name % 4 == 0 {
            writeln!(
                out,
                "h{name} IN AAAA 2001:db8::{:x}:{:x}",
                name >> 16,
                name & 0xFFFF
            )?;
            records += 1;
        }
        if name % 16 == 0 {
            writeln!(out, "h{name} IN MX 10 mx{}.bench.test.", name % 7)?;
            records += 1;
        }
        if name % 64 == 0 {
            writeln!(out, "h{name} IN TXT \"v=spf1 ip4:10.0.0.0/8 -all\"")?;
            records += 1;
        }
    }
    out.flush()?;
    Ok(records)
}

/// A folder for the zones, which goes when the benchmark ends.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("nameward-bench-{}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Directory {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be removed stays until the system empties its folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
