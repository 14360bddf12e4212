//! What proves that something does not exist.

use super::*;
use crate::crypto::{Signer, SigningError};
use crate::dnssec::{FLAG_ZONE, Validity, ZoneSigner};
use crate::seed::{Rng, Seed};
use crate::wire::{Record, SecurityAlgorithm};
use crate::zone::{Denial, SigningConfig, ZoneBuilder, sign_zone};

/// The zone of RFC 5155 appendix A before it was signed.
pub(super) const EXAMPLE: &str = "\
$TTL 3600
@ SOA ns1 bugs.x.w 1 3600 300 3600000 3600
@ NS ns1
@ NS ns2
@ MX 1 xx
2t7b4g4vsa5smi47k61mv5bv1a22bojr A 192.0.2.127
a NS ns1.a
a DS 58470 5 1 3079F1593EBAD6DC121E202A8B766A6A4837206C
ns1.a A 192.0.2.5
c NS ns1.c
ns1.c A 192.0.2.7
ai A 192.0.2.9
ns1 A 192.0.2.1
ns2 A 192.0.2.2
*.w MX 1 ai
x.w MX 1 xx
x.y.w MX 1 xx
xx A 192.0.2.10
";

/// Makes signatures that nobody verifies.
struct Pretender;

impl Signer for Pretender {
    fn algorithm(&self) -> SecurityAlgorithm {
        SecurityAlgorithm::ED25519
    }

    fn public_key(&self) -> &[u8] {
        b"key"
    }

    fn sign(&self, _: &mut Rng, _: &[u8]) -> Result<Vec<u8>, SigningError> {
        Ok(b"signed".to_vec())
    }
}

pub(super) fn signed_records(text: &str, denial: Denial) -> Vec<Record> {
    let zone = build("example.", text).zone.unwrap();
    let keys = [ZoneSigner::new(zone.apex(), FLAG_ZONE, &Pretender)];
    let config = SigningConfig {
        validity: Validity {
            inception: 0,
            expiration: 1,
        },
        denial,
    };
    let mut rng = Rng::new(&Seed::from_number(1));
    sign_zone(&zone, &keys, &config, &mut rng).unwrap()
}

pub(super) fn zone_of<'r>(records: impl IntoIterator<Item = &'r Record>) -> ZoneBuilder {
    let mut builder = ZoneBuilder::new("example.".parse().unwrap(), Class::IN);
    for record in records {
        builder.add_record(record);
    }
    builder
}

pub(super) fn signed(text: &str, denial: Denial) -> ZoneBuilder {
    zone_of(&signed_records(text, denial))
}

pub(super) fn zones(builder: ZoneBuilder) -> Zones {
    Zones::new(builder.build().zone)
}

/// As the parameters of RFC 5155 appendix A are.
pub(super) fn nsec3(iterations: u16) -> Denial {
    Denial::Nsec3 {
        iterations,
        salt: [0xAA, 0xBB, 0xCC, 0xDD].to_vec(),
        opt_out: true,
    }
}

/// RCODE, AA and TC, and the owners of denials in the authority section.
pub(super) fn denials(zones: &Zones, name: &str, rtype: Rtype, limit: u16) -> (String, Vec<String>) {
    let (outcome, lines) = ask_of(zones, name, rtype, Class::IN, true, limit);
    let owners = lines.iter().filter_map(|line| {
        let mut words = line.split(' ');
        let owner = words.next()?.strip_prefix('+')?;
        matches!(words.nth(1)?, "NSEC" | "NSEC3").then(|| owner.to_string())
    });
    (head(outcome), owners.collect())
}

#[test]
fn rfc5155_b_the_examples_have_these_proofs() {
    let zones = zones(signed(EXAMPLE, nsec3(12)));
    const APEX: &str = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
    const BEFORE_C: &str = "35mthgpgcu1qg68fab165klnsnk3dpvl";
    let cases: [(&str, Rtype, &str, &[&str]); 8] = [
        (
            "a.c.x.w",
            Rtype::A,
            "NXDOMAIN aa",
            &["b4um86eghhds6nea196smvmlo4ors995", APEX, BEFORE_C],
        ),
        (
            "ns1",
            Rtype::MX,
            "NOERROR aa",
            &["2t7b4g4vsa5smi47k61mv5bv1a22bojr"],
        ),
        (
            "y.w",
            Rtype::A,
            "NOERROR aa",
            &["ji6neoaepv8b5o6k4ev33abha8ht9fgc"],
        ),
        ("mc.c", Rtype::MX, "NOERROR", &[APEX, BEFORE_C]),
        ("c", Rtype::DS, "NOERROR aa", &[APEX, BEFORE_C]),
        (
            "a.z.w",
            Rtype::MX,
            "NOERROR aa",
            &["q04jkcevqvmu85r014c7dkba38o0ji5r"],
        ),
        (
            "a.z.w",
            Rtype::AAAA,
            "NOERROR aa",
            &[
                "q04jkcevqvmu85r014c7dkba38o0ji5r",
                "k8udemvp1j2f7eg6jebps17vp3n8i58h",
                "r53bq7cc2uvmubfu5ocmm6pers9tk9en",
            ],
        ),
        ("example.", Rtype::DS, "NOERROR aa", &[APEX]),
    ];
    for (name, rtype, head, owners) in cases {
        assert_eq!(
            denials(&zones, name, rtype, 4096),
            (head.to_string(), owners.iter().map(ToString::to_string).collect()),
            "{name} {rtype}"
        );
    }
}

#[test]
fn rfc5155_7_2_8_the_owner_of_an_nsec3_record_is_no_name() {
    let zones = zones(signed(EXAMPLE, nsec3(12)));
    // This one is below the apex as any other name that does not exist is, and no wildcard is there.
    let (head, owners) = denials(&zones, "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", Rtype::NSEC3, 4096);
    assert_eq!((head.as_str(), owners.is_empty()), ("NXDOMAIN aa", false));
    // This one has an address too, and a record for its own hash.
    let name = "2t7b4g4vsa5smi47k61mv5bv1a22bojr";
    let of_itself = ["kohar7mbb8dc2ce8a9qvl8hon4k53uhi".to_string()].to_vec();
    for rtype in [Rtype::NSEC3, Rtype::TXT] {
        assert_eq!(
            denials(&zones, name, rtype, 4096),
            ("NOERROR aa".to_string(), of_itself.clone())
        );
    }
    assert_eq!(denials(&zones, name, Rtype::A, 4096).1.len(), 0);
    // Here a name lies below, so that there is one without data (RFC 4592 section 2.2.2).
    let text = alloc::format!("{EXAMPLE}below.0p9mhaveqvm6t7vbl5lop2u3t2rp3tom A 192.0.2.1\n");
    let zones = super::proofs::zones(signed(&text, nsec3(12)));
    let (head, _) = denials(&zones, "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", Rtype::A, 4096);
    assert_eq!(head, "NOERROR aa");
}

/// Appendix A of RFC 4035 has the same zone, but for one name more there and `b` for `c`. Letters of either case are the same.
#[test]
fn rfc4035_b_the_examples_have_these_proofs() {
    const ZONE: &str = "\
$TTL 3600
@ SOA ns1 bugs.x.w 1081539377 3600 300 3600000 3600
@ NS ns1
@ NS ns2
@ MX 1 xx
a NS ns1.a
a NS ns2.a
a DS 57855 5 1 B6DCD485719ADCA18E5F3D48A2331627FDD3636B
ns1.a A 192.0.2.5
ns2.a A 192.0.2.6
ai A 192.0.2.9
b NS ns1.b
b NS ns2.b
ns1.b A 192.0.2.7
ns2.b A 192.0.2.8
ns1 A 192.0.2.1
ns2 A 192.0.2.2
*.w MX 1 ai
x.w MX 1 xx
x.y.w MX 1 xx
xx A 192.0.2.10
";
    let cases: [(&str, Rtype, &str, &[&str]); 8] = [
        ("x.w", Rtype::MX, "NOERROR aa", &[]),
        ("ml", Rtype::A, "NXDOMAIN aa", &["b", "@"]),
        ("ns1", Rtype::MX, "NOERROR aa", &["ns1"]),
        ("mc.a", Rtype::MX, "NOERROR", &[]),
        ("mc.b", Rtype::MX, "NOERROR", &["b"]),
        ("a.z.w", Rtype::MX, "NOERROR aa", &["x.y.w"]),
        ("a.z.w", Rtype::AAAA, "NOERROR aa", &["x.y.w", "*.w"]),
        ("example.", Rtype::DS, "NOERROR aa", &["@"]),
    ];
    for text in [ZONE, &ZONE.replace("ns", "Ns").replace("b ", "B ")] {
        let zones = zones(signed(text, Denial::Nsec));
        for (name, rtype, head, owners) in cases {
            for name in [name, &name.to_ascii_uppercase()] {
                let name = name.replace("EXAMPLE.", "example.");
                let (found, mut denied) = denials(&zones, &name, rtype, 4096);
                denied.iter_mut().for_each(|owner| owner.make_ascii_lowercase());
                assert_eq!(
                    (found.as_str(), &denied[..]),
                    (
                        head,
                        &owners.iter().map(ToString::to_string).collect::<Vec<_>>()[..]
                    ),
                    "{name} {rtype}"
                );
            }
        }
        // What exists only because of a name below it is denied its types by the record before that.
        assert_eq!(denials(&zones, "y.w", Rtype::A, 4096).1, ["x.w"]);
    }
}

#[test]
fn rfc4035_3_1_3_without_its_proof_an_answer_is_truncated() {
    let zones = zones(signed(EXAMPLE, Denial::Nsec));
    for (name, rtype, rcode, denied) in [
        ("missing", Rtype::A, "NXDOMAIN aa", 2),
        ("a.z.w", Rtype::MX, "NOERROR aa", 1),
        ("ns1", Rtype::TXT, "NOERROR aa", 1),
        ("c", Rtype::A, "NOERROR", 1),
    ] {
        let (head, owners) = denials(&zones, name, rtype, 4096);
        assert_eq!((head.as_str(), owners.len()), (rcode, denied), "{name} {rtype}");
        let mut complete = 4096;
        while denials(&zones, name, rtype, complete - 1).1 == owners {
            complete -= 1;
        }
        let (head, fewer) = denials(&zones, name, rtype, complete - 1);
        assert_eq!(head, alloc::format!("{rcode} tc Denial"), "{name} {rtype}");
        assert!(fewer.len() < owners.len());
    }
}

#[test]
fn rfc4035_3_1_3_nothing_is_proved_about_what_was_left_out() {
    let text = alloc::format!("{EXAMPLE}*.v TXT {}\n", "a".repeat(200));
    let zones = zones(signed(&text, Denial::Nsec));
    assert_eq!(denials(&zones, "x.v", Rtype::TXT, 4096).1, ["*.v"]);
    let (outcome, lines) = ask_of(&zones, "x.v", Rtype::TXT, Class::IN, true, 220);
    assert_eq!(
        (head(outcome).as_str(), &lines[..]),
        ("NOERROR aa tc Answer", &[][..])
    );
}

#[test]
fn rfc4035_3_1_4_a_referral_has_ds_records_or_the_proof_that_there_are_none() {
    let zones = zones(signed(EXAMPLE, Denial::Nsec));
    let types = |name: &str, dnssec_ok| -> Vec<String> {
        let (_, lines) = ask_of(&zones, name, Rtype::A, Class::IN, dnssec_ok, 4096);
        let words = |line: &String| line.split(' ').nth(2).unwrap().to_string();
        lines.iter().map(words).collect()
    };
    assert_eq!(types("x.a", true), ["NS", "DS", "RRSIG", "A"]);
    assert_eq!(types("x.c", true), ["NS", "NSEC", "RRSIG", "A"]);
    assert_eq!(types("x.a", false), ["NS", "A"]);
    // Without the proof there would be room for glue, but who gets this asks again.
    let (outcome, lines) = ask_of(&zones, "x.c", Rtype::A, Class::IN, true, 110);
    assert_eq!(
        (head(outcome).as_str(), lines.len()),
        ("NOERROR tc Denial", 1),
        "{lines:?}"
    );
}

/// Each wildcard on the way is proved, and so is the end, each record once.
#[test]
fn rfc4035_3_1_3_3_each_wildcard_that_an_alias_goes_through_is_proved() {
    let text = alloc::format!("{EXAMPLE}*.u CNAME x.v\n*.v CNAME missing\n");
    let (head, owners) = denials(&zones(signed(&text, Denial::Nsec)), "x.u", Rtype::A, 4096);
    assert_eq!(
        (head.as_str(), &owners[..]),
        (
            "NXDOMAIN aa",
            &["*.u", "*.v", "c", "@"].map(ToString::to_string)[..]
        )
    );
}

#[test]
fn rfc9276_3_2_a_zone_with_many_iterations_is_served_without_hashing() {
    // What was made with 12 says that it was made with more: nobody can tell without hashing.
    let many = |iterations: u16| {
        let zone = signed(EXAMPLE, nsec3(12)).build().zone.unwrap();
        let mut builder = ZoneBuilder::new(zone.apex().clone(), Class::IN);
        for node in zone.nodes() {
            for set in node.rrsets() {
                for octets in set.octets() {
                    let mut octets = octets.to_vec();
                    if matches!(set.rtype(), Rtype::NSEC3 | Rtype::NSEC3PARAM) {
                        octets[2..4].copy_from_slice(&iterations.to_be_bytes());
                    }
                    builder.add_record(&Record {
                        owner: node.name().to_name(),
                        class: Class::IN,
                        ttl: set.ttl(),
                        rdata: crate::wire::Rdata::opaque(set.rtype(), &octets),
                    });
                }
            }
        }
        builder
    };
    let built = many(65_535).build();
    let found = built.findings.kept().iter().map(ToString::to_string);
    assert!(
        found
            .into_iter()
            .any(|found| found.contains("RFC 9276 section 3.1"))
    );
    let zones = Zones::new(built.zone);
    for (name, rtype) in [("a.c.x.w", Rtype::A), ("ns1", Rtype::MX), ("a.z.w", Rtype::AAAA)] {
        assert_eq!(
            denials(&zones, name, rtype, 4096).1,
            ["0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"]
        );
    }
    // Nobody can use a chain in which the apex is missing.
    let zones = super::proofs::zones(many(13));
    assert_eq!(denials(&zones, "ns1", Rtype::MX, 4096).1.len(), 0);
}
