//! Tags, delegations and files of keys.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::crypto::{Recommendation, Requirement, Signer, SigningError};
use crate::dnssec::*;
use crate::rrset::Rrset;
use crate::seed::{Rng, Seed};
use crate::wire::rdata::{Cds, Dnskey, Ds};
use crate::wire::{A, Class, DigestType, Rdata, Rtype, SecurityAlgorithm};

fn dnskey(flags: u16, protocol: u8, algorithm: u8, public_key: &[u8]) -> Rdata {
    let algorithm = SecurityAlgorithm(algorithm);
    Dnskey {
        flags,
        protocol,
        algorithm,
        public_key,
    }
    .to_rdata()
}

proptest! {
    /// RFC 4034 appendix B, as the reference code there has it.
    #[test]
    fn rfc4034_b_tags_are_those_of_the_reference_code(octets: Vec<u8>) {
        let sum: u32 = octets
            .iter()
            .enumerate()
            .map(|(index, &octet)| if index % 2 == 1 { u32::from(octet) } else { u32::from(octet) << 8 })
            .sum();
        let expected = (sum + (sum >> 16 & 0xFFFF)) & 0xFFFF;
        let other = octets.get(3) != Some(&1);
        prop_assume!(other);
        prop_assert_eq!(u32::from(key_tag(&octets)), expected);
    }

    #[test]
    fn rfc4034_b_1_of_rsa_with_md5_the_tag_is_a_part_of_the_modulus(key in proptest::collection::vec(any::<u8>(), 0..20)) {
        let octets = [&[1, 0, 3, 1], &key[..]].concat();
        let expected = match key[..] {
            [.., high, low, _] => u16::from_be_bytes([high, low]),
            _ => 0,
        };
        prop_assert_eq!(key_tag(&octets), expected);
    }
}

/// The longest RDATA does not overflow the sum.
#[test]
fn rfc4034_b_tags_of_long_keys() {
    assert_eq!(key_tag(&[0xFF; 65_535]), 0xFF00);
    assert_eq!(key_tag(&[0xFF; 65_534]), 0xFFFF);
    assert_eq!(key_tag(&[]), 0);
}

#[test]
fn rfc4035_5_2_a_digest_is_of_one_zone_key_of_one_owner() {
    let (zone, key) = (name("Example."), dnskey(257, 3, 8, b"key"));
    for digest_type in [DigestType::SHA1, DigestType::SHA256, DigestType::SHA384] {
        let ds = ds_of(&zone, &key, digest_type).unwrap();
        let view: Ds<'_> = ds.view().unwrap();
        assert!(matches_ds(&name("eXample."), &key, &view));
        assert!(!matches_ds(&name("other."), &key, &view));
        assert!(!matches_ds(&zone, &dnskey(257, 3, 8, b"kez"), &view));
        for other in [
            Ds {
                key_tag: view.key_tag ^ 1,
                ..view
            },
            Ds {
                algorithm: SecurityAlgorithm(7),
                ..view
            },
            Ds {
                digest_type: DigestType(3),
                ..view
            },
            Ds {
                digest: &view.digest[1..],
                ..view
            },
            Ds { digest: b"", ..view },
        ] {
            assert!(!matches_ds(&zone, &key, &other), "{other:?}");
        }
    }
    assert_eq!(ds_of(&zone, &key, DigestType::GOST), None);
    assert_eq!(
        ds_of(
            &zone,
            &Rdata::opaque(Rtype::KEY, key.octets()),
            DigestType::SHA256
        ),
        None
    );
    // No zone key, and of another protocol.
    for key in [dnskey(1, 3, 8, b"key"), dnskey(257, 2, 8, b"key")] {
        let ds = ds_of(&zone, &key, DigestType::SHA256).unwrap();
        assert!(!matches_ds(&zone, &key, &ds.view().unwrap()));
    }
}

#[test]
fn rfc7344_3_cds_and_cdnskey_are_what_the_parent_is_to_have() {
    let (zone, key) = (name("example."), dnskey(257, 3, 15, &[7; 32]));
    let ds = ds_of(&zone, &key, DigestType::SHA256).unwrap();
    let cds = cds_of(&zone, &key, DigestType::SHA256).unwrap();
    assert_eq!((cds.rtype(), cds.octets()), (Rtype::CDS, ds.octets()));
    assert!(cds.view::<Cds<'_>>().is_some());
    let cdnskey = cdnskey_of(&key).unwrap();
    assert_eq!(
        (cdnskey.rtype(), cdnskey.octets()),
        (Rtype::CDNSKEY, key.octets())
    );
    assert_eq!(cdnskey_of(&ds), None);
    assert!(!is_delete(&cds) && !is_delete(&cdnskey));
}

/// RFC 8078 section 4, as its erratum 5049 has it.
#[test]
fn rfc8078_4_deletion_is_asked_for_with_zeros() {
    assert_eq!(delete_cds().to_string(), "0 0 0 00");
    assert_eq!(delete_cdnskey().to_string(), "0 3 0 AA==");
    assert!(is_delete(&delete_cds()) && is_delete(&delete_cdnskey()));
}

const ECDSA_FILE: &str = "Private-key-format: v1.3\n\
    Algorithm: 13 (ECDSAP256SHA256)\n\
    PrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n\
    Created: 20261121180000\n\
    Activate: 20261122000000\n";

#[test]
fn files_keep_their_times() {
    let file = KeyFile::parse(ECDSA_FILE).unwrap();
    let times: Vec<_> = file
        .timing
        .iter()
        .map(|(field, time)| (field.as_str(), time.as_secs()))
        .collect();
    assert_eq!(times, [("Created", 1_795_284_000), ("Activate", 1_795_305_600)]);
    assert_eq!(file.to_string(), ECDSA_FILE);
    let shown = alloc::format!("{file:?}");
    assert!(
        shown.contains("ECDSAP256SHA256") && !shown.contains("GU6S"),
        "{shown}"
    );
}

#[test]
fn files_that_are_no_keys_are_told_where() {
    let parse = |text: &str| KeyFile::parse(text).unwrap_err();
    for text in [
        "",
        "Private-key-format: v2.0\n",
        "Private-key-format: v1.\n",
        "Private-key-format: v1.3x\n",
    ] {
        assert_eq!(parse(text), KeyFileError::Version, "{text}");
    }
    let line = |line: &str| parse(&["Private-key-format: v1.2\n\n", line].concat());
    assert_eq!(line("PrivateKey"), KeyFileError::Line(3));
    assert_eq!(line("PrivateKey: a"), KeyFileError::Line(3));
    assert_eq!(line("Algorithm: (RSA)"), KeyFileError::Line(3));
    assert_eq!(line("Algorithm: 256"), KeyFileError::Line(3));
    assert_eq!(line("PrivateKey: AAAA"), KeyFileError::Missing("Algorithm"));
    assert_eq!(line("Algorithm: 15"), KeyFileError::Missing("PrivateKey"));
    assert_eq!(
        line("Algorithm: 8\nModulus: AAAA"),
        KeyFileError::Missing("PublicExponent")
    );
    assert!(KeyFile::parse("Private-key-format: v1.4\nAlgorithm: 200\nPrivateKey: AAAA\nLater: x\n").is_ok());
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader_of_files(text in "(Private-key-format: v1.3\n)?(Algorithm: [0-9]{1,3}\n|[A-Z][a-z]{2,8}: ?[A-Za-z0-9+/=]{0,8}\n|.{0,5}\n){0,8}") {
        if let Ok(file) = KeyFile::parse(&text) {
            prop_assert_eq!(KeyFile::parse(&file.to_string()), Ok(file));
        }
    }

    /// Whatever a zone is called, its files are in the folder where they are meant to be.
    #[test]
    fn names_of_files_mean_nothing_to_a_file_system(labels in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..8), 0..4)) {
        let zone = Name::from_labels(&labels).unwrap();
        let stem: String = key_file_stem(&zone, SecurityAlgorithm::ED25519, 7);
        prop_assert!(stem.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_%.+".contains(&octet)));
        prop_assert!(stem.starts_with('K') && !stem.contains(".."));
    }
}

/// As BIND's `dnssec-keygen` names them.
#[test]
fn files_have_the_names_by_which_zone_and_key_are_known() {
    let stem = |zone: &str| key_file_stem(&zone.parse().unwrap(), SecurityAlgorithm::RSASHA256, 7);
    assert_eq!(stem("Example.ORG"), "Kexample.org.+008+00007");
    assert_eq!(stem("_25.xn--0-a.9"), "K_25.xn--0-a.9.+008+00007");
    assert_eq!(stem("*.a/b"), "K%2A.a%2Fb.+008+00007");
    assert_eq!(stem("."), "K.+008+00007");
}

/// A backend of anybody's that signs with anything.
struct Willing(SecurityAlgorithm);

impl Signer for Willing {
    fn algorithm(&self) -> SecurityAlgorithm {
        self.0
    }

    fn public_key(&self) -> &[u8] {
        b"key"
    }

    fn sign(&self, _: &mut Rng, _: &[u8]) -> Result<Vec<u8>, SigningError> {
        Ok(b"signature".to_vec())
    }
}

/// RFC 9905 section 2, RFC 9906 section 2: it is not for the backend to say.
#[test]
fn rfc9905_2_nothing_new_is_signed_with_what_must_not_be_whoever_signs() {
    let validity = Validity {
        inception: 0,
        expiration: 1,
    };
    let rdata = A {
        address: core::net::Ipv4Addr::LOCALHOST,
    }
    .to_rdata();
    let set = Rrset::new(name("example."), Rtype::A, Class::IN, 60, [rdata]).unwrap();
    let mut refused = Vec::new();
    for algorithm in (0..=255).map(SecurityAlgorithm) {
        let willing = Willing(algorithm);
        let zone = name("example.");
        let signer = ZoneSigner::new(&zone, FLAG_ZONE, &willing);
        match signer.sign(&mut Rng::new(&Seed::from_number(1)), &set, validity) {
            Ok(_) => {
                let said = Recommendation::of_algorithm(algorithm);
                assert!(said.is_none_or(|said| said.signing > Requirement::MustNot));
            }
            Err(error) => {
                assert_eq!(error, SigningError::Deprecated(algorithm));
                refused.push(algorithm.0);
            }
        }
    }
    assert_eq!(refused, [1, 3, 5, 6, 7, 12]);
}
