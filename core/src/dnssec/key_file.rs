//! Private keys in files, as BIND, ldns and Knot write and read them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use zeroize::Zeroizing;

use crate::crypto::{PrivateKey, RsaPrivateKey};
use crate::text::{Base64, Moment};
use crate::time::UnixTime;
use crate::wire::{Name, SecurityAlgorithm};

/// A file `K<zone>+<algorithm>+<tag>.private`, format 1.3.
///
/// It displays as it is written, which is the whole secret; as debug output it shows no part of the key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// The key.
    pub key: PrivateKey,
    /// When what happens to the key, by the names that such files use: `Created`, `Publish`, `Activate`, `Inactive`, `Delete`, and others.
    pub timing: Vec<(String, UnixTime)>,
}

/// Why a file is no private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It does not begin with the version of the format.
    #[error("the first line must be Private-key-format: v1.2 or v1.3")]
    Version,
    /// A line is no field with a value, or its value is not in order.
    #[error("line {0} is not in order")]
    Line(u32),
    /// A field is missing.
    #[error("the field {0} is missing")]
    Missing(&'static str),
}

/// The fields of an RSA key.
const RSA_FIELDS: [&str; 8] = [
    "Modulus",
    "PublicExponent",
    "PrivateExponent",
    "Prime1",
    "Prime2",
    "Exponent1",
    "Exponent2",
    "Coefficient",
];

impl KeyFile {
    /// Reads a file. Fields that are not known are passed over, as other implementations do.
    ///
    /// # Errors
    ///
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        let mut lines = (1..).zip(text.lines());
        let version = lines
            .next()
            .and_then(|(_, line)| line.strip_prefix("Private-key-format: v1."));
        if !version
            .is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|digit| digit.is_ascii_digit()))
        {
            return Err(KeyFileError::Version);
        }
        let mut algorithm = None;
        let mut secret = None;
        let mut rsa: [Option<Zeroizing<Vec<u8>>>; 8] = Default::default();
        let mut timing = Vec::new();
        for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = KeyFileError::Line(number);
            let (field, value) = line.split_once(':').ok_or(wrong)?;
            let (field, value) = (field.trim(), value.trim());
            let octets = || Base64::read(value.as_bytes()).map(Zeroizing::new).ok_or(wrong);
            if let Some(place) = RSA_FIELDS.iter().zip(&mut rsa).find(|(name, _)| **name == field) {
                *place.1 = Some(octets()?);
            } else if field == "Algorithm" {
                // The number, and the mnemonic in brackets.
                let number = value
                    .split_whitespace()
                    .next()
                    .and_then(|number| number.parse().ok());
                algorithm = Some(SecurityAlgorithm(number.ok_or(wrong)?));
            } else if field == "PrivateKey" {
                secret = Some(octets()?);
            } else if let Some(seconds) = Moment::read(value.as_bytes()) {
                timing.push((field.into(), UnixTime::from_secs(seconds)));
            }
        }
        let algorithm = algorithm.ok_or(KeyFileError::Missing("Algorithm"))?;
        let key = match algorithm {
            SecurityAlgorithm::RSASHA1
            | SecurityAlgorithm::RSASHA1_NSEC3_SHA1
            | SecurityAlgorithm::RSASHA256
            | SecurityAlgorithm::RSASHA512 => PrivateKey::Rsa(algorithm, rsa_key(rsa)?),
            _ => PrivateKey::Secret(algorithm, secret.ok_or(KeyFileError::Missing("PrivateKey"))?),
        };
        Ok(Self { key, timing })
    }
}

fn rsa_key(fields: [Option<Zeroizing<Vec<u8>>>; 8]) -> Result<RsaPrivateKey, KeyFileError> {
    if let Some((missing, _)) = RSA_FIELDS.iter().zip(&fields).find(|(_, field)| field.is_none()) {
        return Err(KeyFileError::Missing(missing));
    }
    let [
        modulus,
        public_exponent,
        private_exponent,
        p,
        q,
        dp,
        dq,
        coefficient,
    ] = fields.map(Option::unwrap_or_default);
    Ok(RsaPrivateKey {
        modulus: modulus.to_vec(),
        public_exponent: public_exponent.to_vec(),
        private_exponent,
        primes: [p, q],
        exponents: [dp, dq],
        coefficient,
    })
}

/// The whole file.
impl fmt::Display for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = self.key.algorithm();
        writeln!(f, "Private-key-format: v1.3")?;
        writeln!(
            f,
            "Algorithm: {} ({})",
            algorithm.0,
            algorithm.mnemonic().unwrap_or("?")
        )?;
        match &self.key {
            PrivateKey::Rsa(_, key) => {
                let ([p, q], [dp, dq]) = (&key.primes, &key.exponents);
                let secrets: [&[u8]; 8] = [
                    &key.modulus,
                    &key.public_exponent,
                    &key.private_exponent,
                    p,
                    q,
                    dp,
                    dq,
                    &key.coefficient,
                ];
                for (field, octets) in RSA_FIELDS.iter().zip(secrets) {
                    writeln!(f, "{field}: {}", Base64(octets))?;
                }
            }
            PrivateKey::Secret(_, octets) => writeln!(f, "PrivateKey: {}", Base64(octets))?,
        }
        for (field, time) in &self.timing {
            writeln!(f, "{field}: {}", Moment(time.as_secs()))?;
        }
        Ok(())
    }
}

/// The key shows nothing of itself.
impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFile({:?}, {:?})", self.key, self.timing)
    }
}

/// The name of the files of a key, without what follows the last dot: `Kexample.+013+12345`.
///
/// Octets that could mean something to a file system are written as a percent sign and two hexadecimal digits.
///
/// ```
/// use nameward_core::dnssec::key_file_stem;
/// use nameward_core::wire::SecurityAlgorithm;
///
/// let stem = |zone: &str| key_file_stem(&zone.parse().unwrap(), SecurityAlgorithm::ED25519, 99);
/// assert_eq!(stem("Example.ORG"), "Kexample.org.+015+00099");
/// assert_eq!(stem("a/b"), "Ka%2Fb.+015+00099");
/// assert_eq!(stem("."), "K.+015+00099");
/// ```
pub fn key_file_stem(zone: &Name, algorithm: SecurityAlgorithm, tag: u16) -> String {
    let mut stem = String::from("K");
    for label in zone.labels() {
        for octet in label.to_ascii_lowercase() {
            if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_') {
                stem.push(octet.into());
            } else {
                // Writing to a string does not fail.
                let _ = write!(stem, "%{octet:02X}");
            }
        }
        stem.push('.');
    }
    if zone.is_root() {
        stem.push('.');
    }
    let _ = write!(stem, "+{:03}+{tag:05}", algorithm.0);
    stem
}
