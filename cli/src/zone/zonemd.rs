//! `nameward zone zonemd`: the digest of a zone.

use std::path::Path;

use nameward_core::wire::rdata::Zonemd;
use nameward_core::wire::{Name, Record, Rtype};
use nameward_core::zone::{Zone, ZonemdHash, ZonemdReport, ZonemdVerdict, check_zonemd, zonemd_of};

use super::load::load;
use crate::colour::Console;
use crate::failure::Failure;

/// Prints what each ZONEMD record of a zone is worth; or the record that it should have.
pub(crate) fn zonemd(
    file: &Path,
    origin: &Name,
    print: Option<ZonemdHash>,
    console: Console,
) -> Result<(), Failure> {
    let zone = load(file, origin)?;
    if let Some(hash) = print {
        return console.print(&format!("{}\n", record(&zone, hash)));
    }
    let report = check_zonemd(&zone);
    console.print(&text(&report))?;
    let said = match report.verdict {
        ZonemdVerdict::Verified => {
            let count = zone.record_count();
            return console.print(&format!(
                "{}: the digest of {count} records is good\n",
                file.display()
            ));
        }
        ZonemdVerdict::Failed => "no ZONEMD record has the digest of the zone",
        ZonemdVerdict::Absent => "no ZONEMD record",
        ZonemdVerdict::Removed => "no ZONEMD record, but the denial of the apex says that there is one",
    };
    Err(Failure::Malformed(format!("{}: {said}", file.display())))
}

/// The ZONEMD record of a zone, with the TTL of its SOA record (RFC 8976 section 2).
fn record(zone: &Zone, hash: ZonemdHash) -> Record {
    let apex = zone.node(zone.apex());
    let soa = apex.and_then(|apex| apex.rrset(Rtype::SOA));
    Record {
        owner: zone.apex().clone(),
        class: zone.class(),
        ttl: soa.map_or(0, |soa| soa.ttl()),
        rdata: zonemd_of(zone, hash),
    }
}

/// A line for each record.
pub(super) fn text(report: &ZonemdReport) -> String {
    let mut text = String::new();
    for (rdata, outcome) in &report.records {
        let head = rdata.view().map_or_else(String::new, |zonemd: Zonemd<'_>| {
            format!(" {} {} {}", zonemd.serial, zonemd.scheme, zonemd.hash_algorithm)
        });
        text += &match outcome {
            Ok(()) => format!("ZONEMD{head}: good\n"),
            Err(fault) => format!("ZONEMD{head}: {fault}\n"),
        };
    }
    text
}
