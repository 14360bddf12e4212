//! Versions of zones: signed, verified, digested, and compared.

use nameward_core::crypto::Policy;
use nameward_core::dnssec::{FLAG_ZONE, Validity, ZoneSigner};
use nameward_core::seed::{Rng, Seed};
use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use nameward_core::time::UnixTime;
use nameward_core::wire::{Class, Name, Record, Rtype};
use nameward_core::zone::{
    Denial, Difference, DifferenceConfig, PreviousVersion, SigningConfig, SigningPlan, Zone, ZoneBuilder,
    ZoneVerification, ZonemdHash, ZonemdVerdict, check_zonemd, verify_zone, zonemd_of,
};

use crate::pretended::key;

const HEAD: &[u8] = b"$TTL 60\n@ SOA ns. h. 1 2 3 4 5\n@ NS ns.\n";
/// So many records may a version have.
const MOST_RECORDS: usize = 24;
/// When all is signed and verified.
const NOW: u32 = 1_790_000_000;

/// Takes `data` as the denials that are wanted and two versions of a zone, with an octet of zero between them.
pub fn body(data: &[u8]) {
    let Some((&denial, files)) = data.split_first() else {
        return;
    };
    let mut files = files.splitn(2, |&octet| octet == 0).map(records);
    let (Some(old), Some(new)) = (files.next(), files.next()) else {
        return;
    };
    let (Some(old_zone), Some(new_zone)) = (zone(&old), zone(&new)) else {
        return;
    };
    compared(&old_zone, &new_zone);
    digested(&new);
    let denial = match denial {
        0..=99 => Denial::Nsec,
        iterations => Denial::Nsec3 {
            iterations: u16::from(iterations % 3),
            salt: vec![iterations; usize::from(iterations % 5)],
            opt_out: iterations % 2 == 0,
        },
    };
    if let Some(signed) = signed(&old_zone, &denial, None) {
        verified(&signed);
        if let Some(next) = self::signed(&new_zone, &denial, Some(&signed)) {
            verified(&next);
            compared(&signed, &next);
        }
    }
}

/// The first records of a file, without those that claim to be other keys of the zone.
fn records(file: &[u8]) -> Vec<Record> {
    let mut reader = ZoneReader::new(apex(), ZoneReaderConfig::default());
    reader.push(HEAD);
    reader.push(file);
    reader.finish();
    let mut records = Vec::new();
    while records.len() < MOST_RECORDS {
        match reader.advance() {
            Ok(ZoneEvent::Record(record)) if record.rtype == Rtype::DNSKEY => {}
            Ok(ZoneEvent::Record(record)) => records.push(record.to_record()),
            Ok(ZoneEvent::Include { .. }) => reader.finish(),
            Ok(ZoneEvent::IncludeEnded) | Err(_) => {}
            Ok(ZoneEvent::Wanted | ZoneEvent::Ended) => break,
        }
    }
    records
}

fn apex() -> Name {
    "example.".parse().expect("a name")
}

fn zone(records: &[Record]) -> Option<Zone> {
    let mut builder = ZoneBuilder::new(apex(), Class::IN);
    records.iter().for_each(|record| builder.add_record(record));
    builder.build().zone
}

/// Backwards a difference is the contrary, and nothing differs from itself.
fn compared(old: &Zone, new: &Zone) {
    let config = DifferenceConfig::default();
    let between = |old, new| Difference::between(old, new, &config).expect("versions of one zone");
    let (there, back) = (between(old, new), between(new, old));
    assert!(there.deleted().eq(back.added()) && there.added().eq(back.deleted()));
    assert!(between(new, new).is_empty(), "a zone differs from itself");
    for (records, zone) in [
        (there.deleted().collect::<Vec<_>>(), old),
        (there.added().collect(), new),
    ] {
        for record in records
            .into_iter()
            .filter(|record| record.rtype() != Rtype::RRSIG)
        {
            let node = zone.node(&record.owner);
            let set = node.and_then(|node| node.rrset(record.rtype()));
            let there = set.is_some_and(|set| set.rdata().any(|rdata| rdata == record.rdata));
            assert!(there, "{record} is not there");
        }
    }
}

/// The digest that is put into a zone is the one that it has.
fn digested(records: &[Record]) {
    let plain = records.iter().filter(|record| record.rtype() != Rtype::ZONEMD);
    let mut plain: Vec<Record> = plain.cloned().collect();
    let Some(before) = zone(&plain) else { return };
    for hash in ZonemdHash::ALL {
        let rdata = zonemd_of(&before, hash);
        plain.push(Record {
            owner: apex(),
            class: Class::IN,
            ttl: 60,
            rdata,
        });
    }
    let after = zone(&plain).expect("a digest breaks no rule");
    let report = check_zonemd(&after);
    assert_eq!(report.verdict, ZonemdVerdict::Verified);
    assert!(
        report.records.iter().all(|(_, outcome)| outcome.is_ok()),
        "{report:?}"
    );
}

/// What is signed can be served and is in order, with all that it had.
fn signed(zone: &Zone, denial: &Denial, previous: Option<&Zone>) -> Option<Zone> {
    let apex = apex();
    let keys = [ZoneSigner::new(&apex, FLAG_ZONE, key())];
    let config = SigningConfig {
        validity: Validity {
            inception: NOW - 100,
            expiration: NOW + 100,
        },
        denial: denial.clone(),
    };
    let previous = previous.map(|zone| PreviousVersion {
        zone,
        wall: UnixTime::from_secs(NOW.into()),
        refresh: 50,
    });
    let plan = SigningPlan::new(zone, &keys, &config, previous).ok()?;
    let signed = plan
        .finish(&mut Rng::new(&Seed::from_number(2)))
        .expect("a key that signs");
    let records: Vec<Record> = signed.records().collect();
    Some(self::zone(&records).expect("signatures break no rule"))
}

/// What we signed has no fault, however the work is shared out.
fn verified(zone: &Zone) {
    let wall = Some(UnixTime::from_secs(NOW.into()));
    let faults = verify_zone(zone, key(), Policy::default(), wall);
    assert!(faults.is_empty(), "{faults:?}");
    let later = Some(UnixTime::from_secs(u64::from(NOW) + 101));
    let mut verification = ZoneVerification::new(zone, Policy::default(), later);
    for mut part in verification.parts(3) {
        part.step(key());
    }
    assert_eq!(
        verification.finish(key()),
        verify_zone(zone, key(), Policy::default(), later)
    );
}
