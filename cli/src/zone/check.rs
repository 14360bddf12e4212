//! `nameward zone check`: whether zone files can be read, and what they hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nameward_core::wire::{Class, Name, Record, Rtype};
use nameward_core::zone::{Place, Severity, Zone, ZoneBuilder};

use super::files::{Shown, ZoneError, ZoneFiles};
use crate::colour::Console;
use crate::failure::Failure;

/// How many errors, and how many warnings, are printed for a file.
const MOST_PRINTED: u64 = 100;
const MOST_KEPT: usize = 100;

const TTL: &str = "a TTL above 2147483647 counts as 0 (RFC 2181 section 8)";

/// Reads each file to its end, and prints what is wrong, what is odd, and how many records there are of which type.
///
/// Errors are entries that break a rule of the format, and records that make the zone one that cannot be served. The zone is judged as
/// a whole only if all entries are in order, for what is missing then is missing from the file.
pub(crate) fn check(files: &[PathBuf], origin: &Name, console: Console) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    for file in files {
        let report = judge(file, origin)?;
        console.print(&report.text)?;
        if report.errors > 0 {
            wrong.push(format!("{}: {}", file.display(), counted(report.errors, "error")));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::Malformed(wrong.join("; ")))
}

/// What there is to say about a file.
pub(crate) struct Report {
    /// Findings, each with its place, and a summary at the end.
    pub(crate) text: String,
    /// What it holds, if there are no errors.
    pub(crate) zone: Option<Zone>,
    errors: u64,
}

/// Reads a file and those that it includes. An error is one that keeps it from being read.
pub(crate) fn judge(file: &Path, origin: &Name) -> Result<Report, ZoneError> {
    let mut files = ZoneFiles::open(file, origin.clone())?;
    let mut types: BTreeMap<Rtype, u64> = BTreeMap::new();
    let mut builder = None;
    let mut paths = Vec::new();
    let mut text = String::new();
    let (mut errors, mut warnings) = (0, 0);
    loop {
        match files.next() {
            Ok(Some(record)) => {
                *types.entry(record.rtype()).or_default() += 1;
                let (path, line) = files.place();
                if record.ttl.leading_zeros() == 0 {
                    warnings += 1;
                    if warnings <= MOST_PRINTED {
                        text += &format!("{}:{line}: warning: {TTL}\n", Shown(path));
                    }
                }
                let place = Place {
                    file: number(path, &mut paths),
                    line,
                };
                builder
                    .get_or_insert_with(|| new_zone(&record, origin))
                    .add((&record).into(), place);
            }
            Ok(None) => break,
            Err(error @ ZoneError::Read { .. }) => return Err(error),
            Err(error) => {
                errors += 1;
                if errors <= MOST_PRINTED {
                    text += &format!("{error}\n");
                }
            }
        }
    }
    let mut zone = None;
    if errors == 0 {
        let builder = builder.unwrap_or_else(|| ZoneBuilder::new(origin.clone(), Class::IN));
        let built = builder.build();
        let findings = built.findings;
        zone = built.zone;
        (errors, warnings) = (findings.errors(), warnings + findings.warnings());
        for (severity, word) in [(Severity::Error, ""), (Severity::Warning, "warning: ")] {
            let kept = findings.kept().iter();
            let of_severity = kept.filter(|finding| finding.kind.severity() == severity);
            for finding in of_severity.take(MOST_KEPT) {
                // What is missing in the whole has no line.
                let path = paths
                    .get(usize::from(finding.place.file))
                    .map_or(file, PathBuf::as_path);
                text += &match finding.place.line {
                    0 => format!("{}: {word}{finding}\n", Shown(path)),
                    line => format!("{}:{line}: {word}{finding}\n", Shown(path)),
                };
            }
        }
    }
    text += &summary(file, files.count, &types, errors, warnings);
    Ok(Report { text, zone, errors })
}

/// A zone whose first record this is. What begins with an SOA record is its zone; else the origin is the name of the zone.
pub(super) fn new_zone(record: &Record, origin: &Name) -> ZoneBuilder {
    let apex = if record.rtype() == Rtype::SOA {
        &record.owner
    } else {
        origin
    };
    ZoneBuilder::new(apex.clone(), record.class)
}

/// The number of a file among those that were read so far.
fn number(path: &Path, paths: &mut Vec<PathBuf>) -> u16 {
    let found = paths.iter().rposition(|known| known == path);
    let index = found.unwrap_or_else(|| {
        paths.push(path.to_owned());
        paths.len() - 1
    });
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// One line about the whole, and one with the number of records of each type.
fn summary(file: &Path, files: u32, types: &BTreeMap<Rtype, u64>, errors: u64, warnings: u64) -> String {
    let mut text = format!("{}: {}", file.display(), counted(types.values().sum(), "record"));
    if files > 1 {
        text += &format!(" in {files} files");
    }
    text += &format!(
        ", {}, {}\n",
        counted(errors, "error"),
        counted(warnings, "warning")
    );
    if !types.is_empty() {
        let each: Vec<String> = types
            .iter()
            .map(|(rtype, count)| format!("{rtype} {count}"))
            .collect();
        text += &format!("  {}\n", each.join(", "));
    }
    text
}

/// How many there are of a thing.
pub(super) fn counted(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

impl From<ZoneError> for Failure {
    fn from(error: ZoneError) -> Self {
        match error {
            ZoneError::Read { .. } => Self::System(error.to_string()),
            _ => Self::Malformed(error.to_string()),
        }
    }
}
