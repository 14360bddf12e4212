//! The demo world: a small internet, as zone files and keys in the tree.

mod flaw;
mod keys;
mod signing;

use alloc::vec::Vec;

use nameward_core::dnssec::Validity;
use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::time::UnixTime;
use nameward_core::wire::{Name, Record};
use nameward_core::zone::Zone;

use super::Internet;
use crate::ClockConfig;
use keys::key;

pub use flaw::Flaw;
pub use keys::DemoKey;

/// When the demo world begins, as all worlds do: 2026-01-01.
pub const WALL: UnixTime = ClockConfig::BEGINNING;

/// When the signatures of the demo world are valid: from two weeks before it begins, 2025-12-18, until two weeks after, 2026-01-15.
pub const VALIDITY: Validity = validity(WALL);

/// When signatures are valid in a world that begins then.
const fn validity(beginning: UnixTime) -> Validity {
    Validity {
        inception: beginning.as_serial().wrapping_sub(14 * 86_400),
        expiration: beginning.as_serial().wrapping_add(14 * 86_400),
    }
}

/// A zone of the demo world.
#[derive(Clone, Copy, Debug)]
pub struct DemoZone {
    /// Its name.
    pub name: &'static str,
    /// Its zone file, which is the file of that name in `sim/worlds/demo`.
    pub text: &'static str,
    /// What vouches for it.
    pub protection: Protection,
}

/// What vouches for the data of a zone.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Protection {
    /// Nothing: it is served as it stands in its file.
    Unsigned,
    /// The signatures that stand in its file.
    Stored,
    /// Signatures that are made when the world begins.
    Signed(Signing),
}

/// How a zone is signed when the world begins.
#[derive(Clone, Copy, Debug)]
pub struct Signing {
    /// With which keys.
    pub keys: &'static [DemoKey],
    /// How it denies what it does not have.
    pub chain: Chain,
    /// What is wrong with it on purpose.
    pub flaw: Option<Flaw>,
}

/// How a zone denies what it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// By the names that it has (RFC 4034 section 4).
    Nsec,
    /// By hashes of them (RFC 5155).
    Nsec3 {
        /// How often the hash is repeated.
        iterations: u16,
        /// What is hashed with each name.
        salt: &'static [u8],
        /// Whether delegations without DS records are left out.
        opt_out: bool,
    },
}

/// As RFC 9276 wants it.
const NSEC3: Chain = Chain::Nsec3 {
    iterations: 0,
    salt: b"",
    opt_out: false,
};

/// As large zones of delegations do it.
const OPT_OUT: Chain = Chain::Nsec3 {
    iterations: 0,
    salt: b"",
    opt_out: true,
};

/// As zones had it before RFC 9276.
const SALTED: Chain = Chain::Nsec3 {
    iterations: 5,
    salt: b"salt",
    opt_out: false,
};

const fn signed(keys: &'static [DemoKey], chain: Chain) -> Protection {
    let flaw = None;
    Protection::Signed(Signing { keys, chain, flaw })
}

const fn broken(keys: &'static [DemoKey], flaw: Flaw) -> Protection {
    let chain = match flaw {
        Flaw::MissingNsec3 => NSEC3,
        _ => Chain::Nsec,
    };
    let flaw = Some(flaw);
    Protection::Signed(Signing { keys, chain, flaw })
}

macro_rules! zones {
    ($($name:literal in $file:literal: $protection:expr,)*) => {
        &[$(DemoZone {
            name: $name,
            text: include_str!(concat!("../../../worlds/demo/", $file)),
            protection: $protection,
        }),*]
    };
}

/// The zones of the demo world. What is special in each of them stands in `sim/worlds/demo/README.md`.
pub const ZONES: &[DemoZone] = zones! {
    "." in "root.zone": signed(&[key!("K.+008+07869"), key!("K.+008+55027")], Chain::Nsec),
    "example." in "example.zone": signed(&[key!("Kexample.+013+34720"), key!("Kexample.+013+45652")], OPT_OUT),
    "test." in "test.zone": signed(&[key!("Ktest.+015+29523"), key!("Ktest.+015+52000")], Chain::Nsec),
    "shop.example." in "shop.example.zone": signed(&[key!("Kshop.example.+013+07561")], Chain::Nsec),
    "blog.example." in "blog.example.zone": signed(&[key!("Kblog.example.+015+38184")], SALTED),
    "corp.example." in "corp.example.zone": signed(&[key!("Kcorp.example.+014+59105")], Chain::Nsec),
    "eu.corp.example." in "eu.corp.example.zone": signed(&[key!("Keu.corp.example.+010+20377")], NSEC3),
    "hosting.example." in "hosting.example.zone": Protection::Unsigned,
    "dns.test." in "dns.test.zone": Protection::Unsigned,
    "cdn.test." in "cdn.test.zone": signed(&[key!("Kcdn.test.+013+26743")], NSEC3),
    "rsasha1.test." in "rsasha1.test.zone": Protection::Stored,
    "rsasha1-nsec3.test." in "rsasha1-nsec3.test.zone": Protection::Stored,
    "broken.test." in "broken.test.zone": signed(&[key!("Kbroken.test.+015+02897")], Chain::Nsec),
    "expired.broken.test." in "expired.broken.test.zone":
        broken(&[key!("Kexpired.broken.test.+015+16667")], Flaw::Expired),
    "not-yet-valid.broken.test." in "not-yet-valid.broken.test.zone":
        broken(&[key!("Knot-yet-valid.broken.test.+015+12856")], Flaw::NotYetValid),
    "reversed-times.broken.test." in "reversed-times.broken.test.zone":
        broken(&[key!("Kreversed-times.broken.test.+015+13725")], Flaw::ReversedTimes),
    "wrong-ds.broken.test." in "wrong-ds.broken.test.zone":
        broken(&[key!("Kwrong-ds.broken.test.+015+60491")], Flaw::WrongDs),
    "old-ds.broken.test." in "old-ds.broken.test.zone":
        broken(&[key!("Kold-ds.broken.test.+015+41634")], Flaw::OldDs),
    "unsigned.broken.test." in "unsigned.broken.test.zone":
        broken(&[key!("Kunsigned.broken.test.+015+28478")], Flaw::Unsigned),
    "missing-dnskey.broken.test." in "missing-dnskey.broken.test.zone":
        broken(&[key!("Kmissing-dnskey.broken.test.+015+58150")], Flaw::MissingDnskey),
    "unsigned-dnskey.broken.test." in "unsigned-dnskey.broken.test.zone":
        broken(&[key!("Kunsigned-dnskey.broken.test.+015+64712")], Flaw::UnsignedDnskey),
    "revoked-key.broken.test." in "revoked-key.broken.test.zone":
        broken(&[key!("Krevoked-key.broken.test.+015+14415")], Flaw::RevokedKey),
    "no-zone-key.broken.test." in "no-zone-key.broken.test.zone":
        broken(&[key!("Kno-zone-key.broken.test.+015+42036")], Flaw::NoZoneKey),
    "missing-signature.broken.test." in "missing-signature.broken.test.zone":
        broken(&[key!("Kmissing-signature.broken.test.+015+14357")], Flaw::MissingSignature),
    "corrupted-signature.broken.test." in "corrupted-signature.broken.test.zone":
        broken(&[key!("Kcorrupted-signature.broken.test.+013+33819")], Flaw::CorruptedSignature),
    "altered-record.broken.test." in "altered-record.broken.test.zone":
        broken(&[key!("Kaltered-record.broken.test.+015+16281")], Flaw::AlteredRecord),
    "wrong-signer.broken.test." in "wrong-signer.broken.test.zone":
        broken(&[key!("Kwrong-signer.broken.test.+015+10879")], Flaw::WrongSigner),
    "missing-algorithm.broken.test." in "missing-algorithm.broken.test.zone":
        broken(&[key!("Kmissing-algorithm.broken.test.+013+13063"), key!("Kmissing-algorithm.broken.test.+015+40907")], Flaw::MissingAlgorithm),
    "missing-nsec.broken.test." in "missing-nsec.broken.test.zone":
        broken(&[key!("Kmissing-nsec.broken.test.+015+55876")], Flaw::MissingNsec),
    "wrong-nsec.broken.test." in "wrong-nsec.broken.test.zone":
        broken(&[key!("Kwrong-nsec.broken.test.+015+01596")], Flaw::WrongNsec),
    "missing-nsec3.broken.test." in "missing-nsec3.broken.test.zone":
        broken(&[key!("Kmissing-nsec3.broken.test.+015+21517")], Flaw::MissingNsec3),
    "unsupported-algorithm.broken.test." in "unsupported-algorithm.broken.test.zone":
        broken(&[key!("Kunsupported-algorithm.broken.test.+015+59050")], Flaw::UnsupportedAlgorithm),
    "unsupported-digest.broken.test." in "unsupported-digest.broken.test.zone":
        broken(&[key!("Kunsupported-digest.broken.test.+015+21996")], Flaw::UnsupportedDigest),
    "nsec3-iterations.broken.test." in "nsec3-iterations.broken.test.zone": Protection::Stored,
};

/// The demo world.
///
/// # Panics
///
/// It does not: its zones are a part of this crate, and tests read them all.
pub fn demo() -> Internet {
    let internet = Internet::new(demo_zones());
    // Invariant: the zones are a part of this crate, and a test makes an internet of them.
    internet.expect("the demo world is whole")
}

/// The zones of the demo world as they are served: signed, and those that are broken, broken.
///
/// # Panics
///
/// As [`demo`].
pub fn demo_zones() -> Vec<Zone> {
    demo_zones_at(WALL)
}

/// The zones of the demo world as they would be served if it began at another time, for those who cannot be told what time it is. What is
/// stored signed keeps the times of its signatures.
///
/// # Panics
///
/// As [`demo`].
pub fn demo_zones_at(beginning: UnixTime) -> Vec<Zone> {
    signing::zones(ZONES, beginning)
}

/// The records of a zone file or of the public half of a key.
fn records_of(text: &str) -> Vec<Record> {
    let config = ZoneReaderConfig {
        // Keys have no TTL in their files; what a zone has of them takes it from elsewhere.
        first_ttl: Some(0),
        ..ZoneReaderConfig::default()
    };
    // Invariant: the files are a part of this crate, and tests read them all.
    read_records(text.as_bytes(), Name::root(), config).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_zone_of_the_demo_world_is_read_and_named_as_the_list_says() {
        let zones = demo_zones();
        assert_eq!(zones.len(), ZONES.len());
        for (zone, listed) in zones.iter().zip(ZONES) {
            assert_eq!(zone.apex().to_string(), listed.name);
        }
        let internet = demo();
        assert_eq!(internet.hints().len(), 4);
        let served: usize = internet
            .servers()
            .iter()
            .map(|server| server.zones.iter().len())
            .sum();
        assert!(served > ZONES.len(), "{served}");
    }
}
