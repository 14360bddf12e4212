//! Zones that we signed, verified by others, and keys that others made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use nameward_core::crypto::{Policy as CryptoPolicy, RustCrypto, Signer as _, SigningKey};
use nameward_core::dnssec::{
    FLAG_SECURE_ENTRY_POINT, FLAG_ZONE, KeyFile, Validity, ZoneSigner, dnskey_of, ds_of, key_file_stem,
    key_tag,
};
use nameward_core::seed::{Rng, Seed};
use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_core::time::UnixTime;
use nameward_core::wire::rdata::Dnskey;
use nameward_core::wire::{Class, DigestType, Name, Record, SecurityAlgorithm};
use nameward_core::zone::{Denial, SigningConfig, Zone, ZoneBuilder, sign_zone, verify_zone};
use nameward_tests::peer::{program, skip};

use crate::command::{finished, nameward, printed};

pub(crate) const ZONE: &str = "\
$TTL 3600
@ SOA ns hostmaster 7 3600 600 604800 300
@ NS ns
@ NS ns.secure
@ MX 10 MAIL
ns A 192.0.2.53
mail AAAA 2001:db8::1
*.wild TXT \"x\"
*.wild MX 1 mail
deep.empty.name A 192.0.2.1
deep.empty.name A 192.0.2.0
UPPER.case PTR Mail.Case
secure NS ns.secure
secure DS 1 8 2 E7FF6B6C1C7B5A2C0D9F0A1B2C3D4E5F60718293A4B5C6D7E8F9010203040506
ns.secure A 192.0.2.2
plain.cut NS ns.plain.cut
plain NS ns.plain
ns.plain A 192.0.2.4
ns.plain.cut A 192.0.2.3
alias CNAME ns
service SVCB 1 . port=53
odd\\.name TYPE65280 \\# 3 010203
";

/// The algorithms that we sign with.
const ALGORITHMS: [(SecurityAlgorithm, u16); 5] = [
    (SecurityAlgorithm::RSASHA256, 2048),
    (SecurityAlgorithm::RSASHA512, 1024),
    (SecurityAlgorithm::ECDSAP256SHA256, 0),
    (SecurityAlgorithm::ECDSAP384SHA384, 0),
    (SecurityAlgorithm::ED25519, 0),
];

#[expect(clippy::disallowed_methods, reason = "the peers follow the real clock")]
pub(crate) fn now() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    UnixTime::from_secs(now).as_serial()
}

pub(crate) fn records(text: &str, origin: &str) -> Vec<Record> {
    let config = ZoneReaderConfig {
        first_ttl: Some(3600),
        ..ZoneReaderConfig::default()
    };
    read_records(text.as_bytes(), origin.parse().unwrap(), config)
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn zone_of(text: &str) -> Zone {
    let mut builder = ZoneBuilder::new("example.".parse().unwrap(), Class::IN);
    records(text, "example.")
        .iter()
        .for_each(|record| builder.add_record(record));
    builder.build().zone.expect("a zone without errors")
}

/// A folder of its own for a test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    folder
}

/// What a program says; its success too.
pub(crate) fn run(program: &Path, words: &[&str], folder: &Path) -> (bool, String) {
    let output = finished(Command::new(program).args(words).current_dir(folder));
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (output.status.success(), said.concat())
}

/// Each algorithm, with NSEC, NSEC3 and opt-out: BIND, ldns and Knot find nothing wrong; and they do if a signature is changed.
#[test]
fn our_zones_are_verified_by_dnssec_verify_ldns_and_knot() {
    let programs = ["dnssec-verify", "ldns-verify-zone", "kzonecheck"].map(program);
    let [Some(bind), Some(ldns), Some(knot)] = programs else {
        return skip("dnssec-verify, ldns-verify-zone and kzonecheck are not all installed");
    };
    let folder = folder("signing");
    let (apex, zone): (Name, _) = ("example.".parse().unwrap(), zone_of(ZONE));
    let mut rng = Rng::new(&Seed::from_number(5));
    let validity = Validity {
        inception: now().wrapping_sub(3_600),
        expiration: now().wrapping_add(86_400 * 30),
    };
    for (algorithm, bits) in ALGORITHMS {
        let [signing, plain] = [(), ()]
            .map(|()| SigningKey::new(&SigningKey::generate(algorithm, bits, &mut rng).unwrap()).unwrap());
        let keys = [
            ZoneSigner::new(&apex, FLAG_ZONE | FLAG_SECURE_ENTRY_POINT, &signing),
            ZoneSigner::new(&apex, FLAG_ZONE, &plain),
        ];
        let nsec3 = |opt_out, salt: &[u8]| Denial::Nsec3 {
            iterations: 0,
            salt: salt.to_vec(),
            opt_out,
        };
        for denial in [Denial::Nsec, nsec3(false, b""), nsec3(true, b"salt")] {
            let config = SigningConfig { validity, denial };
            let records = sign_zone(&zone, &keys, &config, &mut rng).unwrap();
            let text: String = records.iter().map(|record| format!("{record}\n")).collect();
            fs::write(folder.join("zone"), &text).unwrap();
            let what = format!("{algorithm} {:?}", config.denial);
            for (program, words) in [
                (&bind, &["-q", "-o", "example.", "zone"][..]),
                (&ldns, &["zone"]),
                (&knot, &["-o", "example.", "-d", "on", "zone"]),
            ] {
                let (good, said) = run(program, words, &folder);
                assert!(good, "{what}: {}: {said}", program.display());
            }
            // One that signs the wrong thing is found, so that the programs do look.
            let damaged = text.replacen("192.0.2.53", "192.0.2.54", 1);
            fs::write(folder.join("zone"), damaged).unwrap();
            let (good, _) = run(&bind, &["-q", "-o", "example.", "zone"], &folder);
            assert!(!good, "{what}");
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// Keys of dnssec-keygen and of ldns-keygen are read and written again, and belong to their public halves and their DS records.
#[test]
fn keys_of_bind_and_ldns_are_ours_too() {
    let (Some(bind), Some(ldns), Some(digest)) = (
        program("dnssec-keygen"),
        program("ldns-keygen"),
        program("dnssec-dsfromkey"),
    ) else {
        return skip("dnssec-keygen, ldns-keygen and dnssec-dsfromkey are not all installed");
    };
    let folder = folder("keys");
    for (algorithm, bits) in ALGORITHMS {
        let (mnemonic, bits) = (algorithm.to_string(), bits.to_string());
        for program in [&bind, &ldns] {
            let mut words = vec!["-a", mnemonic.as_str()];
            if bits != "0" {
                words.extend(["-b", bits.as_str()]);
            }
            words.push("example");
            let (good, said) = run(program, &words, &folder);
            assert!(good, "{}: {said}", program.display());
            // dnssec-keygen says more than the name of the key, but that comes last.
            let stem = said
                .split_whitespace()
                .find(|word| word.starts_with("Kexample."))
                .unwrap()
                .to_owned();
            let read = |ending: &str| fs::read_to_string(folder.join(format!("{stem}.{ending}"))).unwrap();
            let file = KeyFile::parse(&read("private")).unwrap_or_else(|error| panic!("{stem}: {error}"));
            let key = SigningKey::new(&file.key).unwrap_or_else(|error| panic!("{stem}: {error}"));
            let public = records(&read("key"), ".").remove(0);
            let dnskey: Dnskey<'_> = public.rdata.view().unwrap();
            assert_eq!(key.public_key(), dnskey.public_key);
            assert_eq!(
                key_file_stem(&public.owner, algorithm, key_tag(public.rdata.octets())),
                stem
            );
            assert_eq!(KeyFile::parse(&file.to_string()), Ok(file));

            let (good, said) = run(&digest, &["-2", &format!("{stem}.key")], &folder);
            assert!(good, "{said}");
            let ds = records(&said, ".").remove(0);
            assert_eq!(
                ds_of(&public.owner, &public.rdata, DigestType::SHA256),
                Some(ds.rdata)
            );
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// dnssec-signzone signs with keys that we drew, and ldns-signzone does; and we find nothing wrong with what they make.
#[test]
fn our_keys_are_keys_to_bind_and_ldns() {
    let (Some(bind), Some(ldns), Some(verify)) = (
        program("dnssec-signzone"),
        program("ldns-signzone"),
        program("dnssec-verify"),
    ) else {
        return skip("dnssec-signzone, ldns-signzone and dnssec-verify are not all installed");
    };
    let folder = folder("drawn");
    let apex: Name = "example.".parse().unwrap();
    let mut rng = Rng::new(&Seed::from_number(6));
    for (algorithm, bits) in ALGORITHMS {
        let private = SigningKey::generate(algorithm, bits, &mut rng).unwrap();
        let key = SigningKey::new(&private).unwrap();
        let rdata = dnskey_of(&key, FLAG_ZONE | FLAG_SECURE_ENTRY_POINT);
        let stem = key_file_stem(&apex, algorithm, key_tag(rdata.octets()));
        let file = KeyFile {
            key: private,
            timing: Vec::new(),
        };
        fs::write(folder.join(format!("{stem}.private")), file.to_string()).unwrap();
        fs::write(
            folder.join(format!("{stem}.key")),
            format!("example. 3600 IN DNSKEY {rdata}\n"),
        )
        .unwrap();
        fs::write(
            folder.join("zone"),
            ZONE.replace("@ SOA", "$ORIGIN example.\n@ SOA"),
        )
        .unwrap();
        let bind_words = ["-z", "-S", "-P", "-o", "example.", "-f", "signed", "-e", "+86400"];
        let ldns_words = ["-o", "example.", "-f", "signed"];
        let denials: [(&[&str], &[&str]); 3] = [
            (&[], &[]),
            (&["-3", "-", "-H", "0"], &["-n", "-t", "0"]),
            (
                &["-3", "BEEF", "-H", "3", "-A"],
                &["-n", "-t", "3", "-s", "beef", "-p"],
            ),
        ];
        for (of_bind, of_ldns) in denials {
            for (program, words, more) in [(&bind, &bind_words[..], of_bind), (&ldns, &ldns_words, of_ldns)] {
                let words = [words, more, &["zone", &stem]].concat();
                let (good, said) = run(program, &words, &folder);
                assert!(good, "{algorithm} {}: {said}", program.display());
                let (good, said) = run(&verify, &["-q", "-z", "-o", "example.", "signed"], &folder);
                assert!(good, "{algorithm} {}: {said}", program.display());
                let signed = zone_of(&fs::read_to_string(folder.join("signed")).unwrap());
                let wall = Some(UnixTime::from_secs(now().into()));
                let faults = verify_zone(&signed, &RustCrypto, CryptoPolicy::default(), wall);
                assert!(faults.is_empty(), "{algorithm} {words:?}: {faults:#?}");
            }
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// The command draws keys, signs a zone that dnssec-verify finds in order, twice the same, and makes the DS records that
/// dnssec-dsfromkey makes.
#[test]
fn the_command_draws_keys_and_signs_zones() {
    let (Some(verify), Some(digest)) = (program("dnssec-verify"), program("dnssec-dsfromkey")) else {
        return skip("dnssec-verify and dnssec-dsfromkey are not both installed");
    };
    let folder = folder("command");
    let command = |words: &[&str]| {
        let mut command = nameward();
        command.arg("zone").args(words).current_dir(&folder);
        command
    };
    let draw = |words: &[&str]| {
        let words = [&["keygen", "Example"], words].concat();
        printed(finished(&mut command(&words))).trim().to_owned()
    };
    let (signing, plain) = (
        draw(&["-a", "ED25519"]),
        draw(&["-a", "ed25519", "--zone-signing"]),
    );
    let mode = fs::metadata(folder.join(format!("{signing}.private")))
        .unwrap()
        .permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    fs::write(folder.join("zone"), ZONE).unwrap();
    let keys = ["--key", &signing, "--key", &format!("{plain}.private")];
    for denial in [
        &[][..],
        &["--nsec3"],
        &["--nsec3", "--salt", "BEEF", "--iterations", "3", "--opt-out"],
    ] {
        let words = [&["sign", "zone", "--origin", "example."], &keys[..], denial].concat();
        let text = printed(finished(&mut command(&words)));
        fs::write(folder.join("signed"), &text).unwrap();
        let (good, said) = run(&verify, &["-q", "-o", "example.", "signed"], &folder);
        assert!(good, "{denial:?}: {said}");
        assert!(printed(finished(&mut command(&["verify", "signed"]))).contains("no fault"));
        let late = finished(&mut command(&["verify", "signed", "--at", "1700000000"]));
        let said = String::from_utf8_lossy(&late.stdout).into_owned();
        assert!(
            !late.status.success() && said.contains("example. SOA: no good signature of ED25519"),
            "{said}"
        );
        let fixed = [&words[..], &["--start", "1795000000"]].concat();
        let [first, second] = [(), ()].map(|()| printed(finished(&mut command(&fixed))));
        assert!(first == second && first.contains("20261118110640"), "{first}");
    }
    let file = format!("{signing}.key");
    for (name, number) in [("SHA-256", "2"), ("SHA-384", "4")] {
        let ours = printed(finished(&mut command(&["ds", &file, "--digest", name])));
        let (_, theirs) = run(&digest, &["-a", name, &file], &folder);
        let rdata = |text: &str| records(text, ".").remove(0).rdata;
        assert_eq!(rdata(&ours), rdata(&theirs));
        assert_eq!(
            printed(finished(&mut command(&["ds", &file, "--digest", number]))),
            ours
        );
    }
    for (words, complaint) in [
        (
            &["keygen", "example", "-a", "RSASHA1"][..],
            "nothing is to be signed with RSASHA1",
        ),
        (
            &["keygen", "example", "-a", "RSASHA256", "-b", "512"],
            "the RSA modulus has 512 bits",
        ),
        (&["keygen", "example", "-a", "X"], "X is no algorithm"),
        (
            &["sign", "zone", "--origin", "other.", "--key", &signing],
            "is not a key of the zone",
        ),
        (&["sign", "zone", "--key", "nothing"], "cannot read nothing.key"),
        (&["ds", "zone"], "zone: no DNSKEY record"),
    ] {
        let output = finished(&mut command(words));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains(complaint),
            "{words:?}: {said}"
        );
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// With ECDSA the fast backend draws; what is to be reproducible does not depend on who signs, nor on what was drawn.
#[test]
fn signatures_of_ecdsa_are_the_same_again_if_they_are_to_be_reproducible() {
    let folder = folder("reproducible");
    fs::write(folder.join("zone"), ZONE).unwrap();
    let command = |words: &[&str]| {
        let mut command = nameward();
        command.arg("zone").args(words).current_dir(&folder);
        printed(finished(&mut command))
    };
    for (algorithm, random) in [
        ("ECDSAP256SHA256", true),
        ("ECDSAP384SHA384", true),
        ("ED25519", false),
    ] {
        let stem = command(&["keygen", "example", "-a", algorithm]).trim().to_owned();
        let start = now().wrapping_sub(60).to_string();
        let words = [
            "sign", "zone", "--origin", "example.", "--key", &stem, "--start", &start,
        ];
        let [first, second] = [(); 2].map(|()| command(&words));
        assert_eq!(first != second, random, "{algorithm}");
        let reproducible = [&words[..], &["--reproducible"]].concat();
        let [third, fourth] = [(); 2].map(|()| command(&reproducible));
        assert!(third == fourth, "{algorithm}");

        let private = KeyFile::parse(&fs::read_to_string(folder.join(format!("{stem}.private"))).unwrap());
        let key = SigningKey::new(&private.unwrap().key).unwrap();
        let zone = "example.".parse().unwrap();
        let keys = [ZoneSigner::new(&zone, FLAG_ZONE | FLAG_SECURE_ENTRY_POINT, &key)];
        let inception = start.parse().unwrap();
        let validity = Validity {
            inception,
            expiration: inception + 30 * 86_400,
        };
        let denial = Denial::Nsec;
        let mut rng = Rng::new(&Seed::from_number(1));
        let records = sign_zone(
            &zone_of(ZONE),
            &keys,
            &SigningConfig { validity, denial },
            &mut rng,
        )
        .unwrap();
        let expected: String = records.iter().map(|record| format!("{record}\n")).collect();
        assert_eq!(third, expected, "{algorithm}");
        for text in [first, second, third] {
            fs::write(folder.join("signed"), text).unwrap();
            assert!(command(&["verify", "signed"]).contains("no fault"), "{algorithm}");
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}
