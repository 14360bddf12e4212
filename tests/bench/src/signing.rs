//! Signing a zone, beside the signers of BIND and of ldns, and beside the signatures alone.

use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use nameward_core::crypto::{PrivateKey, Signer, SigningError, SigningKey};
use nameward_core::dnssec::{
    FLAG_SECURE_ENTRY_POINT, FLAG_ZONE, KeyFile, Validity, ZoneSigner, dnskey_of, key_file_stem, key_tag,
};
use nameward_core::seed::{Rng, Seed};
use nameward_core::wire::{Name, SecurityAlgorithm};
use nameward_core::zone::{Denial, SigningConfig, SigningPlan, sign_zone};
use nameward_rustls::crypto::AwsLcSigningKey;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::authority::load;
use crate::verdict;
use crate::zone::{Directory, processor_time, write};

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

/// How many signatures are made to learn what one costs.
const SIGNATURES: u32 = 5_000;

/// How much is written at once, in octets.
const PIECE: usize = 65_536;

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
    /// The signatures of a backend alone, of some of what is signed.
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
                command
                    .args(["sign", backend])
                    .args([entry_point, plain, &self.zone]);
                if matches!(contestant, Contestant::Fast | Contestant::Default) {
                    command.arg(&out);
                }
                command
            }
        };
        let before = children_time()?;
        let output = command
            .stdin(Stdio::null())
            .current_dir(self.directory.path())
            .output()?;
        let seconds = children_time()? - before;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{}: {said}", contestant.name()).into());
        }
        Ok(match contestant {
            // Of this one only the signatures count, for which it prints the nanoseconds.
            Contestant::FastBare | Contestant::DefaultBare => {
                String::from_utf8(output.stdout)?.trim().parse::<f64>()? / 1e9
            }
            _ => seconds,
        })
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

/// Reads a zone, signs it and writes it, as the command does; without a file to write to, makes some of the signatures once more, and
/// prints for how many nanoseconds of processor time.
pub(crate) fn sign(
    backend: &str,
    keys: [&str; 2],
    zone: &Path,
    out: Option<&Path>,
) -> Result<(), Box<dyn Error>> {
    let [entry_point, plain] = keys.map(|stem| signer(backend, Path::new(stem)));
    let (entry_point, plain) = (entry_point?, plain?);
    let apex: Name = "bench.test.".parse()?;
    let config = SigningConfig {
        validity: VALIDITY,
        denial: Denial::Nsec,
    };
    let mut rng = Rng::new(&Seed::from_number(1));
    let Some(out) = out else {
        let listener = Listener::new(plain.as_ref());
        let keys = [ZoneSigner::new(&apex, FLAG_ZONE, &listener)];
        sign_zone(&load(zone)?, &keys, &config, &mut rng)?;
        let messages = listener.some()?;
        let before = processor_time()?;
        for message in &messages {
            black_box(plain.sign(&mut rng, black_box(message))?);
        }
        println!("{}", processor_time()? - before);
        return Ok(());
    };
    let keys = [
        ZoneSigner::new(&apex, FLAG_ZONE | FLAG_SECURE_ENTRY_POINT, entry_point.as_ref()),
        ZoneSigner::new(&apex, FLAG_ZONE, plain.as_ref()),
    ];
    let mut out = File::create(out)?;
    let signed = SigningPlan::new(&load(zone)?, &keys, &config, None)?.finish(&mut rng)?;
    let mut text = String::new();
    for record in signed.records() {
        writeln!(text, "{record}")?;
        if text.len() >= PIECE {
            out.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    Ok(out.write_all(text.as_bytes())?)
}

/// What does not sign, but keeps what is to be signed.
struct Listener<'k> {
    key: &'k dyn Signer,
    messages: Mutex<Vec<Vec<u8>>>,
}

impl<'k> Listener<'k> {
    const fn new(key: &'k dyn Signer) -> Self {
        Self {
            key,
            messages: Mutex::new(Vec::new()),
        }
    }

    /// As many messages as there are to be signatures, from all over the zone; those of a small zone more than once.
    fn some(self) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
        let messages = self.messages.into_inner()?;
        let count = SIGNATURES as usize;
        let from = |number: usize| number * messages.len() / count;
        Ok((0..count).map(|number| messages[from(number)].clone()).collect())
    }
}

impl Signer for Listener<'_> {
    fn algorithm(&self) -> SecurityAlgorithm {
        self.key.algorithm()
    }

    fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    fn sign(&self, _: &mut Rng, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let mut messages = self.messages.lock().map_err(|_| SigningError::Failed)?;
        messages.push(message.to_vec());
        Ok(Vec::new())
    }
}

fn signer(backend: &str, stem: &Path) -> Result<Box<dyn Signer>, Box<dyn Error>> {
    let key: PrivateKey = KeyFile::parse(&fs::read_to_string(with_ending(stem, "private"))?)?.key;
    Ok(match backend {
        "fast" => Box::new(AwsLcSigningKey::new(&key)?),
        _ => Box::new(SigningKey::new(&key)?),
    })
}
