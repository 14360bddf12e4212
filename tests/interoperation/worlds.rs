//! The zones of the demo world, verified by others.

use std::fs;

use nameward_core::time::UnixTime;
use nameward_core::wire::{Rdata, Record, Rtype};
use nameward_core::zone::Zone;
use nameward_sim::worlds::{Flaw, Protection, WALL, ZONES, demo_zones, demo_zones_at};
use nameward_tests::peer::{program, skip};

use crate::signing::{folder, now, run};

/// Who verifies, in the order of the answers below.
const PEERS: [&str; 3] = ["dnssec-verify", "ldns-verify-zone", "kzonecheck"];

/// For each flaw: whether each of the peers finds nothing wrong, and what one of those says that do.
///
/// * DS records stand in the zone above, so that nobody who sees one zone can say that they are wrong.
/// * BIND and ldns let a key without the zone flag sign, and ldns one that was revoked; Knot does not (RFC 4034 section 2.1.1, RFC 5011
///   section 2.1).
/// * One good signature is enough for ldns (RFC 6840 section 5.11). The others want one of each algorithm (RFC 4035 section 2.2).
/// * ldns does not compare an NSEC record with what its name has.
const FLAWS: [(Flaw, [bool; 3], &str); 20] = {
    use Flaw::*;
    [
        (Expired, [false, false, false], "DNSSEC signature has expired"),
        (
            NotYetValid,
            [false, false, false],
            "DNSSEC signature not incepted yet",
        ),
        (
            ReversedTimes,
            [false, false, false],
            "expiration date earlier than inception",
        ),
        (WrongDs, [true, true, true], ""),
        (OldDs, [true, true, true], ""),
        (Unsigned, [false, false, false], "No DNSKEY records at zone apex"),
        (
            MissingDnskey,
            [false, false, false],
            "No DNSKEY records at zone apex",
        ),
        (UnsignedDnskey, [false, false, false], "DNSKEY is not signed"),
        (RevokedKey, [false, true, false], "No self-signed DNSKEY found"),
        (NoZoneKey, [true, true, false], "invalid DNSKEY"),
        (MissingSignature, [false, false, false], "No signatures for www"),
        (
            CorruptedSignature,
            [false, false, false],
            "Bogus DNSSEC signature for www",
        ),
        (
            AlteredRecord,
            [false, false, false],
            "Bogus DNSSEC signature for www",
        ),
        (WrongSigner, [false, false, false], "No keys with the keytag"),
        (
            MissingAlgorithm,
            [false, true, false],
            "No correct ECDSAP256SHA256 signature for",
        ),
        (MissingNsec, [false, false, false], "Missing NSEC record for www"),
        (WrongNsec, [false, true, false], "bit map mismatch"),
        (
            MissingNsec3,
            [false, false, false],
            "Missing NSEC3 record for www",
        ),
        (
            UnsupportedAlgorithm,
            [false, false, false],
            "Unknown cryptographic algorithm",
        ),
        (UnsupportedDigest, [true, true, true], ""),
    ]
};

/// A zone file, with the SOA record at its head.
fn text_of(zone: &Zone) -> String {
    let mut lines = Vec::new();
    for node in zone.nodes() {
        for set in node.rrsets() {
            let signatures = set.signatures().map(|octets| Rdata::opaque(Rtype::RRSIG, octets));
            lines.extend(set.rdata().chain(signatures).map(|rdata| Record {
                owner: node.name().to_name(),
                class: zone.class(),
                ttl: set.ttl(),
                rdata,
            }));
        }
    }
    lines.sort_by_key(|record| record.rtype() != Rtype::SOA);
    lines.iter().map(|record| format!("{record}\n")).collect()
}

/// Each peer accepts each zone that is in order, and refuses each that is broken in a way that it can see.
///
/// ldns and Knot are told the time of the world. BIND is not, for it has no option for that: it gets the zones of a world that begins now.
#[test]
fn the_zones_of_the_demo_world_are_judged_by_dnssec_verify_ldns_and_knot() {
    let [Some(bind), Some(ldns), Some(knot)] = PEERS.map(program) else {
        return skip("dnssec-verify, ldns-verify-zone and kzonecheck are not all installed");
    };
    let folder = folder("worlds");
    let (wall, today) = (WALL.as_secs().to_string(), UnixTime::from_secs(now().into()));
    let (zones, zones_of_today) = (demo_zones(), demo_zones_at(today));
    assert_eq!((zones.len(), zones_of_today.len()), (ZONES.len(), ZONES.len()));
    let mut judged = 0;
    for ((zone, zone_of_today), listed) in zones.iter().zip(&zones_of_today).zip(ZONES) {
        let (accepted, complaint) = match (listed.protection, listed.name) {
            (Protection::Signed(signing), name) => match signing.flaw {
                Some(flaw) => {
                    let (_, accepted, complaint) = FLAWS.iter().find(|(listed, ..)| *listed == flaw).unwrap();
                    (*accepted, *complaint)
                }
                // It has a DS record with an unassigned digest, of `unsupported-digest`, which Knot takes as an error.
                None if name == "broken.test." => ([true, true, false], "invalid algorithm in DS"),
                None => ([true; 3], ""),
            },
            // What is stored has expired for who has the real time.
            (Protection::Stored, _) => ([false, true, true], "signature has expired"),
            _ => continue,
        };
        fs::write(folder.join("zone"), text_of(zone)).unwrap();
        fs::write(folder.join("today"), text_of(zone_of_today)).unwrap();
        let verdicts = [
            run(&bind, &["-q", "-z", "-o", listed.name, "today"], &folder),
            run(&ldns, &["-t", "20260101000000", "zone"], &folder),
            run(
                &knot,
                &["-o", listed.name, "-d", "on", "-t", &wall, "zone"],
                &folder,
            ),
        ];
        let good = [0, 1, 2].map(|peer: usize| verdicts[peer].0);
        assert_eq!(good, accepted, "{}: {PEERS:?}: {verdicts:#?}", listed.name);
        let mut refusals = verdicts.iter().filter(|(good, _)| !good).peekable();
        let told = refusals.peek().is_none() || refusals.any(|(_, said)| said.contains(complaint));
        assert!(told, "{}: nobody says {complaint:?}: {verdicts:#?}", listed.name);
        judged += 1;
    }
    assert_eq!(judged, ZONES.len() - 2, "two zones are not signed");
    fs::remove_dir_all(&folder).unwrap();
}
