//! `nameward zone check`: whether zone files can be read, and what they hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nameward_core::wire::{Name, Rtype};

use super::files::{Shown, ZoneError, ZoneFiles};
use super::rules::Rules;
use crate::colour::Console;
use crate::failure::Failure;

/// How many errors, and how many warnings, are printed for a file.
const MOST_PRINTED: u64 = 100;

/// Reads each file to its end, and prints what is wrong, what is odd, and how many records there are of which type.
///
/// Errors are entries that break a rule of the format. Warnings are about rules between records, as far as they can be seen without
/// remembering the zone: in neighbours with the same owner. So a file without warnings may break such a rule all the same.
pub(crate) fn check(files: &[PathBuf], origin: &Name, console: Console) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    for file in files {
        let errors = check_one(file, origin, console)?;
        if errors > 0 {
            wrong.push(format!("{}: {}", file.display(), counted(errors, "error")));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::Malformed(wrong.join("; ")))
}

/// How many errors a file has.
fn check_one(file: &Path, origin: &Name, console: Console) -> Result<u64, Failure> {
    let mut files = ZoneFiles::open(file, origin.clone())?;
    let mut rules = Rules::default();
    let mut types: BTreeMap<Rtype, u64> = BTreeMap::new();
    let (mut errors, mut warnings) = (0, 0);
    loop {
        match files.next() {
            Ok(Some(record)) => {
                *types.entry(record.rtype()).or_default() += 1;
                for odd in rules.judge(record) {
                    warnings += 1;
                    if warnings <= MOST_PRINTED {
                        let (path, line) = files.place();
                        console.print(&format!("{}:{line}: warning: {odd}\n", Shown(path)))?;
                    }
                }
            }
            Ok(None) => break,
            Err(error @ ZoneError::Read { .. }) => return Err(error.into()),
            Err(error) => {
                errors += 1;
                if errors <= MOST_PRINTED {
                    console.print(&format!("{error}\n"))?;
                }
            }
        }
    }
    console.print(&summary(file, files.count, &types, errors, warnings))?;
    Ok(errors)
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
fn counted(count: u64, thing: &str) -> String {
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
