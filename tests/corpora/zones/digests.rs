//! ZONEMD: each zone of the corpora, with its signatures if it has some.

use std::path::Path;

use nameward_core::crypto::{Policy, RustCrypto};
use nameward_core::text::zone::ZoneReaderConfig;
use nameward_core::time::UnixTime;
use nameward_core::wire::Rtype;
use nameward_core::zone::{Place, Zone, ZoneBuilder, ZonemdVerdict, check_zonemd, verify_zone};

use super::reading::read;
use crate::folders::{corpora, table};

/// 2020-10-20, when the signatures of Unbound's zones are valid.
const THEN: u64 = 1_603_202_127;

/// Zones of which the manifest says something else.
const DECISIONS: [(&str, Outcome, &str); 1] = [(
    "zonemd-unbound/zonemd.example_a5.zone",
    Outcome::Failure,
    "its addresses of b.root-servers.net are newer than its digest; ldns finds the same",
)];

/// What a verifier that trusts the zone's keys makes of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Success,
    Failure,
    /// There is no digest, and the zone's denials say so.
    ProvenAbsence,
    /// It is no zone file.
    NoZone,
}

#[test]
fn zones_with_digests_are_judged_as_their_publishers_do() {
    let Some(corpora) = corpora() else { return };
    let zones = corpora.join("zones");
    let manifest = std::fs::read_to_string(zones.join("MANIFEST.tsv")).expect("a manifest");
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in &table(&manifest) {
        let [file, origin, _, expectation, ..] = &row[..] else {
            panic!("too few columns: {row:?}");
        };
        if !file.starts_with("zonemd-") {
            continue;
        }
        let expected = match expectation.as_str() {
            "zonemd-success" => Outcome::Success,
            "zonemd-failure" => Outcome::Failure,
            "zonemd-absent-proven" => Outcome::ProvenAbsence,
            "reject" => Outcome::NoZone,
            other => panic!("{file}: {other}"),
        };
        let decided = DECISIONS.iter().find(|(decided, ..)| decided == file);
        assert!(
            decided.is_none_or(|&(_, outcome, _)| outcome != expected),
            "{file}: decides nothing"
        );
        let expected = decided.map_or(expected, |&(_, outcome, _)| outcome);
        let outcome = load(&zones.join(file), origin).map_or(Outcome::NoZone, |zone| judge(&zone));
        if outcome != expected {
            wrong.push(format!("{file}: {outcome:?}, but {expected:?} is expected"));
        }
        count += 1;
    }
    assert_eq!(count, 37);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn judge(zone: &Zone) -> Outcome {
    let apex = zone.node(zone.apex()).expect("an apex");
    let signed = apex.rrset(Rtype::DNSKEY).is_some();
    let wall = Some(UnixTime::from_secs(THEN));
    if signed && !verify_zone(zone, &RustCrypto, Policy::default(), wall).is_empty() {
        return Outcome::Failure;
    }
    match check_zonemd(zone).verdict {
        ZonemdVerdict::Verified => Outcome::Success,
        ZonemdVerdict::Absent if signed => Outcome::ProvenAbsence,
        _ => Outcome::Failure,
    }
}

/// The zone in a file, if there is one.
pub(super) fn load(path: &Path, origin: &str) -> Option<Zone> {
    let outcomes = read(path, origin, ZoneReaderConfig::default());
    let first = outcomes.first()?.came.as_ref().ok()?;
    let mut builder = ZoneBuilder::new(origin.parse().expect("a name"), first.class);
    for outcome in &outcomes {
        let record = outcome.came.as_ref().ok()?;
        builder.add(
            record.into(),
            Place {
                file: 0,
                line: outcome.line,
            },
        );
    }
    builder.build().zone
}
