//! Zone files as whole zones.

use std::fmt::Display;
use std::path::Path;

use nameward_core::wire::{Name, Record};
use nameward_core::zone::{Place, Severity, Zone, ZoneBuilder};

use super::check::new_zone;
use super::files::ZoneFiles;
use crate::failure::Failure;

/// The zone in the file, which must have no errors.
pub(super) fn load(file: &Path, origin: &Name) -> Result<Zone, Failure> {
    build(file, read(file, origin, |record| record)?)
}

/// The records of the file, each as `change` leaves it.
pub(super) fn read(
    file: &Path,
    origin: &Name,
    mut change: impl FnMut(Record) -> Record,
) -> Result<ZoneBuilder, Failure> {
    let mut files = ZoneFiles::open(file, origin.clone())?;
    let mut builder = None;
    while let Some(record) = files.next()? {
        let (_, line) = files.place();
        let record = change(record);
        builder
            .get_or_insert_with(|| new_zone(&record, origin))
            .add((&record).into(), Place { file: 0, line });
    }
    builder.ok_or_else(|| named(file, &"no records"))
}

/// The zone of these records of a file, which must have no errors.
pub(super) fn build(file: &Path, builder: ZoneBuilder) -> Result<Zone, Failure> {
    let built = builder.build();
    built.zone.ok_or_else(|| {
        let findings = built.findings.kept().iter();
        let mut errors = findings.filter(|finding| finding.kind.severity() == Severity::Error);
        errors
            .next()
            .map_or_else(|| named(file, &"not a zone"), |error| named(file, error))
    })
}

fn named(file: &Path, what: &dyn Display) -> Failure {
    Failure::Malformed(format!("{}: {what}", file.display()))
}
