//! What cryptography costs, in time, in instructions and in the units of which a question may spend so many.

use std::hint::black_box;
use std::time::{Duration, Instant};

use nameward_core::budget::Budget;
use nameward_core::crypto::{
    PrivateKey, PublicKey, RustCrypto, Signature, Signer, SigningKey, Verifier, nsec3_hash, nsec3_hash_units,
};
use nameward_core::limits::Limits;
use nameward_core::seed::{Rng, Seed};
use nameward_core::time::Instant as CoreInstant;
use nameward_core::wire::{Name, SecurityAlgorithm};
use nameward_rustls::crypto::{AwsLc, AwsLcSigningKey};

use crate::valgrind::Count;

/// What is measured: a name, an algorithm, and the length of RSA keys.
const KEYS: [(&str, SecurityAlgorithm, u16); 7] = [
    ("rsa1024", SecurityAlgorithm::RSASHA256, 1024),
    ("rsa2048", SecurityAlgorithm::RSASHA256, 2048),
    ("rsa3072", SecurityAlgorithm::RSASHA256, 3072),
    ("rsa4096", SecurityAlgorithm::RSASHA256, 4096),
    ("p256", SecurityAlgorithm::ECDSAP256SHA256, 0),
    ("p384", SecurityAlgorithm::ECDSAP384SHA384, 0),
    ("ed25519", SecurityAlgorithm::ED25519, 0),
];

/// How often names are hashed again.
const ITERATIONS: [(&str, u16); 3] = [("nsec3-0", 0), ("nsec3-50", 50), ("nsec3-2500", 2_500)];

/// How long the message is that is signed, in octets: about what an RRset is.
const MESSAGE: [u8; 300] = [0x5A; 300];

/// How often each thing is done in a round, and how many rounds there are, of which the best counts.
const TIMES: u32 = 50;
const ROUNDS: u32 = 7;

/// How often in the two runs that Valgrind compares.
const COUNTED: [u32; 2] = [5, 25];

/// Who computes.
#[derive(Clone, Copy)]
enum Backend {
    Default,
    Fast,
}

impl Backend {
    fn verifier(self) -> &'static dyn Verifier {
        match self {
            Self::Default => &RustCrypto,
            Self::Fast => &AwsLc,
        }
    }

    fn signer(self, private: &PrivateKey) -> Option<Box<dyn Signer>> {
        Some(match self {
            Self::Default => Box::new(SigningKey::new(private).ok()?),
            Self::Fast => Box::new(AwsLcSigningKey::new(private).ok()?),
        })
    }
}

/// Something to be done again and again, and its price.
struct Work {
    units: u32,
    act: Box<dyn FnMut()>,
}

/// Prints a table of all.
pub(crate) fn report(count: bool) {
    println!(
        "\ncrypto: verifying 300 octets, the key parsed each time; hashing a name; signing. Instructions are those of the default backend, and a \
        unit is the price of so many; the fast one has the same prices"
    );
    println!(
        "{:<14} {:>10} {:>10} {:>14} {:>6} {:>14}",
        "", "us", "us, fast", "instructions", "units", "instr./unit"
    );
    let names = KEYS
        .iter()
        .map(|key| key.0)
        .chain(ITERATIONS.iter().map(|hash| hash.0));
    for name in names {
        for action in ["verify", "sign"] {
            let Some(mut default) = work(Backend::Default, name, action) else {
                continue;
            };
            let time = microseconds(&mut default);
            let fast = work(Backend::Fast, name, action).map(|mut fast| microseconds(&mut fast));
            let fast = fast.map_or_else(|| "-".into(), |time| format!("{time:.2}"));
            let counted = count.then(|| instructions(name, action)).flatten();
            let instructions = counted.map_or_else(|| "-".into(), |counted| format!("{counted:.0}"));
            let of_a_unit = counted
                .filter(|_| default.units > 0)
                .map(|counted| counted / f64::from(default.units));
            let of_a_unit = of_a_unit.map_or_else(|| "-".into(), |counted| format!("{counted:.0}"));
            let name = if action == "sign" {
                format!("{name} sign")
            } else {
                name.into()
            };
            println!(
                "{name:<14} {time:>10.2} {fast:>10} {instructions:>14} {:>6} {of_a_unit:>14}",
                default.units
            );
        }
    }
}

/// Does one thing so often, for a profiler.
pub(crate) fn run(name: &str, action: &str, times: u32) -> Result<(), String> {
    let mut work =
        work(Backend::Default, name, action).ok_or_else(|| format!("nothing is known of {name} {action}"))?;
    (0..times).for_each(|_| (work.act)());
    Ok(())
}

fn work(backend: Backend, name: &str, action: &str) -> Option<Work> {
    if let Some(&(_, iterations)) = ITERATIONS.iter().find(|hash| hash.0 == name) {
        let units = nsec3_hash_units(iterations, 8);
        let owner: Name = "www.department.example.com".parse().ok()?;
        let act = move || {
            if let Ok(debit) = budget().nsec3_hash(units) {
                black_box(nsec3_hash(debit, owner.view(), iterations, &[7; 8]));
            }
        };
        // Of hashes there is one implementation.
        return matches!((backend, action), (Backend::Default, "verify")).then(|| Work {
            units,
            act: Box::new(act),
        });
    }
    let &(_, algorithm, bits) = KEYS.iter().find(|key| key.0 == name)?;
    let mut rng = Rng::new(&Seed::from_number(1));
    let signing = backend.signer(&SigningKey::generate(algorithm, bits, &mut rng).ok()?)?;
    if action == "sign" {
        let act = move || drop(black_box(signing.sign(&mut rng, &MESSAGE)));
        return Some(Work {
            units: 0,
            act: Box::new(act),
        });
    }
    let signature = signing.sign(&mut rng, &MESSAGE).ok()?;
    let public = signing.public_key().to_vec();
    let units = PublicKey::parse(algorithm, &public).ok()?.units();
    let act = move || {
        let verified = PublicKey::parse(algorithm, black_box(&public))
            .ok()
            .and_then(|key| {
                let signature = Signature::parse(&key, &signature).ok()?;
                let debit = budget().verification(key.units()).ok()?;
                backend.verifier().verify(debit, &key, &MESSAGE, &signature).ok()
            });
        assert_eq!(verified, Some(()), "a signature of our own");
    };
    Some(Work {
        units,
        act: Box::new(act),
    })
}

fn budget() -> Budget {
    Budget::new(&Limits::default(), CoreInstant::ZERO)
}

#[allow(clippy::disallowed_methods, reason = "what is measured here is real time")]
fn microseconds(work: &mut Work) -> f64 {
    let round = |work: &mut Work| {
        let start = Instant::now();
        (0..TIMES).for_each(|_| (work.act)());
        start.elapsed()
    };
    let best = (0..ROUNDS).map(|_| round(work)).min().unwrap_or(Duration::MAX);
    best.as_secs_f64() * 1e6 / f64::from(TIMES)
}

/// The difference of two runs, so that drawing the key cancels out. None if Valgrind cannot be run.
fn instructions(name: &str, action: &str) -> Option<f64> {
    let [few, many] = COUNTED;
    let counted = |times: u32| Count::Instructions.total(&["crypto", name, action, &times.to_string()]);
    let difference = counted(many)?.checked_sub(counted(few)?)?;
    Some(difference as f64 / f64::from(many - few))
}
