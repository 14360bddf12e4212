//! `nameward zone keygen` and `nameward zone ds`: keys of zones, in the files that BIND and others use.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use nameward_core::crypto::{KeyError, PrivateKey, Recommendation, Requirement, Signer, SigningKey};
use nameward_core::dnssec::{
    FLAG_SECURE_ENTRY_POINT, FLAG_ZONE, KeyFile, dnskey_of, ds_of, key_file_stem, key_tag,
};
use nameward_core::seed::Rng;
use nameward_core::wire::rdata::Dnskey;
use nameward_core::wire::{DigestType, Name, Record, Rtype, SecurityAlgorithm};
use nameward_rustls::crypto::AwsLcSigningKey;

use super::files::ZoneFiles;
use crate::arguments::Keygen;
use crate::colour::Console;
use crate::failure::Failure;

/// A key of a zone with its private half.
pub(super) struct Key {
    pub(super) zone: Name,
    pub(super) flags: u16,
    pub(super) signing: Box<dyn Signer>,
}

impl Key {
    /// The key whose files have this name, with `.key`, `.private` or nothing at its end. It signs with the fast backend, or with that
    /// whose signatures depend on key and data only.
    pub(super) fn read(path: &Path, reproducible: bool) -> Result<Self, Failure> {
        let stem = match path.extension().and_then(|ending| ending.to_str()) {
            Some("key" | "private") => path.with_extension(""),
            _ => path.to_owned(),
        };
        let [public, private] = ["key", "private"].map(|ending| with_ending(&stem, ending));
        let malformed = |what: String| Failure::Malformed(format!("{}: {what}", private.display()));
        let record = public_key(&public)?;
        let text = fs::read_to_string(&private).map_err(|error| Failure::reading(&private, &error))?;
        let file = KeyFile::parse(&text).map_err(|error| malformed(error.to_string()))?;
        let signing = signer(&file.key, reproducible).map_err(|error| malformed(error.to_string()))?;
        let flags = record.rdata.view::<Dnskey<'_>>().map_or(0, |dnskey| dnskey.flags);
        if dnskey_of(signing.as_ref(), flags) != record.rdata {
            return Err(malformed(format!("not the private half of {}", public.display())));
        }
        Ok(Self {
            zone: record.owner,
            flags,
            signing,
        })
    }
}

fn signer(private: &PrivateKey, reproducible: bool) -> Result<Box<dyn Signer>, KeyError> {
    Ok(if reproducible {
        Box::new(SigningKey::new(private)?)
    } else {
        Box::new(AwsLcSigningKey::new(private)?)
    })
}

/// The first DNSKEY record of a file.
fn public_key(path: &Path) -> Result<Record, Failure> {
    let mut files = ZoneFiles::open(path, Name::root())?;
    while let Some(record) = files.next()? {
        if record.rtype() == Rtype::DNSKEY {
            return Ok(record);
        }
    }
    Err(Failure::Malformed(format!(
        "{}: no DNSKEY record",
        path.display()
    )))
}

/// Zones have dots in their names, so that what follows the last one need not be an ending.
fn with_ending(stem: &Path, ending: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Draws a key, writes its two files, and prints how they are called.
pub(crate) fn keygen(wanted: &Keygen, console: Console) -> Result<(), Failure> {
    let algorithm = SecurityAlgorithm::from_mnemonic(&wanted.algorithm)
        .ok_or_else(|| Failure::Usage(format!("{} is no algorithm", wanted.algorithm)))?;
    let allowed =
        Recommendation::of_algorithm(algorithm).is_some_and(|said| said.signing > Requirement::MustNot);
    if !allowed {
        return Err(Failure::Usage(format!(
            "nothing is to be signed with {algorithm} (RFC 9904)"
        )));
    }
    let seed = nameward_driver::seed::from_system().map_err(|error| Failure::System(error.to_string()))?;
    let usage = |error: KeyError| Failure::Usage(error.to_string());
    let private = SigningKey::generate(algorithm, wanted.bits, &mut Rng::new(&seed)).map_err(usage)?;
    let signing = SigningKey::new(&private).map_err(usage)?;
    let role = if wanted.zone_signing {
        0
    } else {
        FLAG_SECURE_ENTRY_POINT
    };
    let dnskey = dnskey_of(&signing, FLAG_ZONE | role);
    let stem = key_file_stem(&wanted.zone, algorithm, key_tag(dnskey.octets()));
    let file = KeyFile {
        key: private,
        timing: Vec::new(),
    };
    let stem_path = wanted.directory.join(&stem);
    write_new(&with_ending(&stem_path, "private"), 0o600, &file.to_string())?;
    let record = format!("{}\t3600\tIN\tDNSKEY\t{dnskey}\n", wanted.zone);
    write_new(&with_ending(&stem_path, "key"), 0o644, &record)?;
    console.print(&format!("{stem}\n"))
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, mode: u32, text: &str) -> Result<(), Failure> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::writing(path, &error))
}

/// Prints the DS records of the keys in these files.
pub(crate) fn ds(files: &[PathBuf], digest: &str, console: Console) -> Result<(), Failure> {
    let digest_type = DigestType::from_mnemonic(digest)
        .or_else(|| digest.parse().ok().map(DigestType))
        .ok_or_else(|| Failure::Usage(format!("{digest} is no digest type")))?;
    let mut text = String::new();
    for file in files {
        let key = public_key(file)?;
        let ds = ds_of(&key.owner, &key.rdata, digest_type)
            .ok_or_else(|| Failure::Usage(format!("the digest type {digest_type} is not implemented")))?;
        text += &format!("{}\t{}\t{}\tDS\t{ds}\n", key.owner, key.ttl, key.class);
    }
    console.print(&text)
}
