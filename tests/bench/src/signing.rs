//! Signing a zone, beside the signers of BIND and of ldns, and beside the signatures alone.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nameward_core::crypto::{PrivateKey, Signer, SigningKey};
use nameward_core::dnssec::{
    FLAG_SECURE_ENTRY_POINT, FLAG_ZONE, KeyFile, Validity, ZoneSigner, dnskey_of, key_file_stem, key_tag,
};
use nameward_core::seed::{Rng, Seed};
use nameward_core::wire::{Name, SecurityAlgorithm};
use nameward_core::zone::{Denial, SigningConfig, sign_zone};
use nameward_rustls::crypto::AwsLcSigningKey;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::authority::load;
use crate::verdict;
use crate::zone::{Directory, write};

/// How many names the zone has, unless the caller says otherwise.
pub(crate) const NAMES: u32 = 100_000;

/// With what it is signed: an algorithm, the length of RSA keys, and of the names the part that is left, for what is slow.
const KEYS: [(SecurityAlgorithm, u16, u32); 3] = [
    (SecurityAlgorithm::ECDSAP256SHA256, 0, 1),
    (SecurityAlgorithm::ED25519, 0, 1),
    (SecurityAlgorithm::RSASHA256, 2048, 10),
];

/// How often each contestant has its turn. What counts is its best one.
const ROUNDS: u32 = 2;

/// How many signatures are made to learn what one costs, and of how many octets.
const SIGNATURES: u32 = 5_000;
const MESSAGE: [u8; 100] = [0x5A; 100];

/// How much longer than its signatures the default backend may take for the whole.
const WHOLE: f64 = 1.15;

/// When the signatures are valid. Nobody asks.
const VALIDITY: Validity = Validity {
    inception: 1_795_000_000,
    expiration: 1_797_592_000,
};

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contestant {
    Fast,
    Default,
    /// The signatures of a backend alone, so many of them.
    FastBare,
    DefaultBare,
    Bind,
    Ldns,
}

impl Contestant {
    const ALL: [Self; 6] = [
        Self::Fast,
        Self::Default,
        Self::FastBare,
        Self::DefaultBare,
        Self::Bind,
        Self::Ldns,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast backend",
            Self::Default => "default backend",
            Self::FastBare => "fast, signatures",
            Self::DefaultBare => "default, signatures",
            Self::Bind => "dnssec-signzone -n 1",
            Self::Ldns => "ldns-signzone",
        }
    }
}

/// The files of a zone and its two keys.
struct Material {
    directory: Directory,
    zone: PathBuf,
    /// Their names without endings: the secure entry point, and the other.
    keys: [PathBuf; 2],
}

/// Has each zone signed by each contestant in turn, and prints what that took.
pub(crate) fn report(names: u32) -> Result<(), Box<dyn Error>> {
    for (algorithm, bits, part) in KEYS {
        let names = names / part;
        let material = Material::new(algorithm, bits, names)?;
        let mut best = [f64::INFINITY; Contestant::ALL.len()];
        let mut signatures = 0;
        for _ in 0..ROUNDS {
            for (contestant, best) in Contestant::ALL.into_iter().zip(&mut best) {
                let seconds = material.measure(contestant)?;
                *best = best.min(seconds);
                if contestant == Contestant::Fast {
                    signatures = material.signatures()?;
                }
            }
        }
        println!("\nsigning of {names} names with {algorithm}, {signatures} signatures");
        let scale = f64::from(signatures) / f64::from(SIGNATURES);
        let seconds = |wanted: Contestant| {
            let found = Contestant::ALL
                .into_iter()
                .zip(best)
                .find(|(contestant, _)| *contestant == wanted);
            let seconds = found.map_or(f64::INFINITY, |(_, seconds)| seconds);
            match wanted {
                Contestant::FastBare | Contestant::DefaultBare => seconds * scale,
                _ => seconds,
            }
        };
        println!("  {:<22} {:>8} {:>14} {:>8}", "", "s", "us a signature", "ratio");
        let peer = seconds(Contestant::Bind).min(seconds(Contestant::Ldns));
        for contestant in Contestant::ALL {
            let taken = seconds(contestant);
            let each = taken * 1e6 / f64::from(signatures);
            println!(
                "  {:<22} {taken:>8.2} {each:>14.1} {:>8.2}",
                contestant.name(),
                taken / peer
            );
        }
        println!("  ahead of both: {}", verdict(seconds(Contestant::Fast) < peer));
        println!(
            "  default backend at most {WHOLE} x its signatures: {}, {:.2} x",
            verdict(seconds(Contestant::Default) <= WHOLE * seconds(Contestant::DefaultBare)),
            seconds(Contestant::Default) / seconds(Contestant::DefaultBare)
        );
    }
    Ok(())
}

impl Material {
    fn new(algorithm: SecurityAlgorithm, bits: u16, names: u32) -> Result<Self, Box<dyn Error>> {
        let directory = Directory::new()?;
        let zone = directory.path().join("zone");
        write(&zone, names)?;
        let apex: Name = "bench.test.".parse()?;
        let mut rng = Rng::new(&Seed::from_number(1));
        let mut text = OpenOptions::new().append(true).open(&zone)?;
        let mut key = |flags| -> Result<PathBuf, Box<dyn Error>> {
            let key = SigningKey::generate(algorithm, bits, &mut rng)?;
            let dnskey = dnskey_of(&SigningKey::new(&key)?, flags);
            let stem = directory
                .path()
                .join(key_file_stem(&apex, algorithm, key_tag(dnskey.octets())));
            let record = format!("{apex} 3600 IN DNSKEY {dnskey}\n");
            text.write_all(record.as_bytes())?;
            fs::write(with_ending(&stem, "key"), record)?;
            let timing = Vec::new();
            fs::write(with_ending(&stem, "private"), KeyFile { key, timing }.to_string())?;
            Ok(stem)
        };
        let keys = [key(FLAG_ZONE | FLAG_SECURE_ENTRY_POINT)?, key(FLAG_ZONE)?];
        Ok(Self {
            directory,
            zone,
            keys,
        })
    }

    /// Has a contestant sign: seconds of processor time, of the system too.
    fn measure(&self, contestant: Contestant) -> Result<f64, Box<dyn Error>> {
        let [entry_point, plain] = &self.keys;
        let out = self.out();
        let mut command = match contestant {
            Contestant::Bind => {
                let mut command = Command::new("dnssec-signzone");
                // It would verify what it signed.
                command.args(["-n", "1", "-P", "-q", "-o", "bench.test.", "-f"]);
                command.args([&out, &self.zone, entry_point, plain]);
                command
            }
            Contestant::Ldns => {
                let mut command = Command::new("ldns-signzone");
                command.args(["-o", "bench.test.", "-f"]);
                command.args([&out, &self.zone, entry_point, plain]);
                command
            }
            Contestant::Fast | Contestant::Default | Contestant::FastBare | Contestant::DefaultBare => {
                let backend = match contestant {
                    Contestant::Fast | Contestant::FastBare => "fast",
                    _ => "default",
                };
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["sign", backend]).args([entry_point, plain]);
                if matches!(contestant, Contestant::Fast | Contestant::Default) {
                    command.args([&self.zone, &out]);
                }
                command
            }
        };
        let before = children_time()?;
        let output = command
            .stdout(Stdio::null())
            .current_dir(self.directory.path())
            .output()?;
        let seconds = children_time()? - before;
        if output.status.success() {
            Ok(seconds)
        } else {
            Err(format!(
                "{}: {}",
                contestant.name(),
                String::from_utf8_lossy(&output.stderr)
            )
            .into())
        }
    }

    fn out(&self) -> PathBuf {
        self.directory.path().join("signed")
    }

    /// How many signatures the zone has that was signed last.
    fn signatures(&self) -> Result<u32, Box<dyn Error>> {
        let text = fs::read_to_string(self.out())?;
        let lines = text
            .lines()
            .filter(|line| line.split_ascii_whitespace().nth(3) == Some("RRSIG"));
        Ok(u32::try_from(lines.count())?)
    }
}

/// Zones have dots in their names, so that what follows the last one need not be an ending.
fn with_ending(stem: &Path, ending: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Seconds of processor time of the processes that have ended.
fn children_time() -> Result<f64, Box<dyn Error>> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(microseconds as f64 / 1e6)
}

/// Reads a zone, signs it and writes it, as the command does; without files, makes some signatures.
pub(crate) fn sign(
    backend: &str,
    keys: [&str; 2],
    files: Option<(&Path, &Path)>,
) -> Result<(), Box<dyn Error>> {
    let [entry_point, plain] = keys.map(|stem| signer(backend, Path::new(stem)));
    let (entry_point, plain) = (entry_point?, plain?);
    let mut rng = Rng::new(&Seed::from_number(1));
    let Some((zone, out)) = files else {
        for _ in 0..SIGNATURES {
            black_box(plain.sign(&mut rng, black_box(&MESSAGE))?);
        }
        return Ok(());
    };
    let apex: Name = "bench.test.".parse()?;
    let keys = [
        ZoneSigner::new(&apex, FLAG_ZONE | FLAG_SECURE_ENTRY_POINT, entry_point.as_ref()),
        ZoneSigner::new(&apex, FLAG_ZONE, plain.as_ref()),
    ];
    let config = SigningConfig {
        validity: VALIDITY,
        denial: Denial::Nsec,
    };
    let mut out = BufWriter::new(File::create(out)?);
    for record in sign_zone(&load(zone)?, &keys, &config, &mut rng)? {
        writeln!(out, "{record}")?;
    }
    Ok(out.flush()?)
}

fn signer(backend: &str, stem: &Path) -> Result<Box<dyn Signer>, Box<dyn Error>> {
    let key: PrivateKey = KeyFile::parse(&fs::read_to_string(with_ending(stem, "private"))?)?.key;
    Ok(match backend {
        "fast" => Box::new(AwsLcSigningKey::new(&key)?),
        _ => Box::new(SigningKey::new(&key)?),
    })
}
