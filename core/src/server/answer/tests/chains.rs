//! Which records of a chain are chosen. The hashes are those that `nsec3hash` of BIND gives.

use super::proofs::{EXAMPLE, denials, nsec3, signed, signed_records, zone_of, zones};
use super::*;
use crate::zone::Denial;

/// A record whose next hash and types nobody reads who answers.
fn link(owner: &str) -> String {
    format!("{owner} NSEC3 1 0 0 - 3MSEV9USMD4BR9S97V51R2TDVMR9IQO1 A\n")
}

fn owners(zones: &Zones, name: &str, rtype: Rtype) -> Vec<String> {
    denials(zones, name, rtype, 4096).1
}

#[test]
fn rfc5155_7_1_a_hash_before_the_first_is_covered_by_the_last() {
    let zones = zones(signed(EXAMPLE, nsec3(12)));
    // Its hash begins with 0m1a, and that of the apex comes first.
    let expected = [
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom",
        "t644ebqk9bibcna874givr6joj62mlhv",
        "gjeqe526plbf1g8mklp59enfd789njgi",
    ];
    assert_eq!(owners(&zones, "ac", Rtype::A), expected);
}

/// Nothing but an unsigned delegation is below `ee`, so that it has no record either, and no wildcard below it has to be denied.
#[test]
fn rfc5155_7_2_1_the_wildcard_below_the_closest_provable_encloser_is_denied() {
    let text = format!("{EXAMPLE}sub.ee NS ns1\n");
    let expected = [
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom",
        "kohar7mbb8dc2ce8a9qvl8hon4k53uhi",
        "gjeqe526plbf1g8mklp59enfd789njgi",
    ];
    assert_eq!(
        owners(&zones(signed(&text, nsec3(12))), "missing.ee", Rtype::A),
        expected
    );
}

/// The 32 bits by which hashes are found first are the same in records on both sides.
#[test]
fn rfc5155_7_1_hashes_that_begin_alike_are_told_apart() {
    let text = [
        "@ SOA ns1 hostmaster 1 3600 300 3600000 3600\n@ NS ns1\nns1 A 192.0.2.1\n@ NSEC3PARAM 1 0 0 -\n",
        &link("3msev9usmd4br9s97v51r2tdvmr9iqo1"),
        // The hash of `x` is b9e19nmoctkt8pv8o8t3t5balvqcr3f2. What is not right below the apex is no hash.
        &link("b9e19nm0000000000000000000000000"),
        &link("b9e19nmo000000000000000000000000.b9e19nm0000000000000000000000000"),
        &link("b9e19nmvvvvvvvvvvvvvvvvvvvvvvvvv"),
        &link("m1o89lf0000000000000000000000000"),
        &link("M1O89LFDO9RRF2F8R8SS42D81D09V48M"),
        &link("m1o89lfvvvvvvvvvvvvvvvvvvvvvvvvv"),
    ];
    let zones = |more: &str| Zones::new(build("example.", &[&text.concat(), more].concat()).zone);
    let expected = [
        "3msev9usmd4br9s97v51r2tdvmr9iqo1",
        "b9e19nm0000000000000000000000000",
    ];
    assert_eq!(owners(&zones(""), "x", Rtype::A), expected);
    // It exists, and has no record of its own.
    assert_eq!(owners(&zones("a.x A 192.0.2.1\n"), "b.x", Rtype::A), expected);
    // Letters of either case count.
    assert_eq!(
        owners(&zones(""), "ns1", Rtype::TXT),
        ["M1O89LFDO9RRF2F8R8SS42D81D09V48M"]
    );
}

#[test]
fn rfc5155_10_4_a_chain_in_the_making_proves_nothing() {
    let finished = signed_records(EXAMPLE, nsec3(12));
    let alone = zones(zone_of(&finished));
    let others = signed_records(
        EXAMPLE,
        Denial::Nsec3 {
            iterations: 0,
            salt: Vec::new(),
            opt_out: false,
        },
    );
    let apex: Name = "3msev9usmd4br9s97v51r2tdvmr9iqo1.example.".parse().unwrap();
    // Nobody announces it yet; or the apex does, but has no record of its own in it.
    for announced in [false, true] {
        let unfinished = others.iter().filter(|record| match record.rdata.rtype() {
            Rtype::NSEC3 => record.owner != apex,
            Rtype::NSEC3PARAM => announced,
            _ => false,
        });
        assert_eq!(unfinished.clone().count(), 12 + usize::from(announced));
        let both = zones(zone_of(unfinished.chain(&finished)));
        for name in ["a.c.x.w", "ns1", "y.w", "mc.c", "c", "a.z.w", "example.", "ac"] {
            for rtype in [Rtype::DS, Rtype::MX, Rtype::AAAA] {
                assert_eq!(
                    denials(&both, name, rtype, 4096),
                    denials(&alone, name, rtype, 4096),
                    "{name} {rtype}"
                );
            }
        }
    }
}

/// A zone that has an NSEC record there all the same is served as if it had none.
#[test]
fn rfc4035_2_3_no_name_below_a_zone_cut_is_in_the_chain() {
    let text = "\
@ SOA ns1 hostmaster 1 3600 300 3600000 3600
@ NS ns1
@ NSEC c SOA NS NSEC
c NS ns1.c
c NSEC ns1 NS NSEC
ns1.c A 192.0.2.7
ns1.c NSEC ns1 A NSEC
ns1 A 192.0.2.1
ns1 NSEC @ A NSEC
";
    let zones = Zones::new(build("example.", text).zone);
    assert_eq!(owners(&zones, "d", Rtype::A), ["c", "@"]);
}

#[test]
fn rfc5155_7_2_6_what_proves_that_nothing_is_in_the_way_of_two_wildcards_comes_once() {
    let text = format!("{EXAMPLE}*.k CNAME j.l\n*.l MX 1 xx\n");
    let zones = zones(signed(&text, nsec3(12)));
    assert_eq!(denials(&zones, "c.k", Rtype::MX, 4096).0, "NOERROR aa");
    // It covers c.k.example. and j.l.example.
    assert_eq!(
        owners(&zones, "c.k", Rtype::MX),
        ["t644ebqk9bibcna874givr6joj62mlhv"]
    );
}

#[test]
fn the_longest_name_has_a_proof_too() {
    let label = "a".repeat(59);
    let long = [label.as_str(); 4].join(".");
    let name: Name = format!("{long}.abcde.example.").parse().unwrap();
    assert_eq!(name.as_wire().len(), Name::LONGEST);
    let text = format!("{EXAMPLE}{long}.abcde A 192.0.2.1\n");
    let zones = zones(signed(&text, nsec3(12)));
    assert_eq!(owners(&zones, &name.to_string(), Rtype::TXT).len(), 1);
}
