//! `nameward zone diff`: what changed from one version of a zone to another.

use nameward_core::zone::{Difference, DifferenceConfig, SetChangeKind};

use super::check::counted;
use super::load::load;
use crate::arguments::Diff;
use crate::colour::Console;
use crate::failure::Failure;

/// Prints each set that changed, with the records that went and came; nothing if none did.
pub(crate) fn diff(wanted: &Diff, console: Console) -> Result<(), Failure> {
    let (old, new) = (
        load(&wanted.old, &wanted.origin)?,
        load(&wanted.new, &wanted.origin)?,
    );
    let config = DifferenceConfig {
        ignored_types: wanted.ignore.clone(),
        ignore_serial: wanted.ignore_serial,
    };
    let difference =
        Difference::between(&old, &new, &config).map_err(|error| Failure::Malformed(error.to_string()))?;
    console.print(&text(&difference))?;
    if difference.is_empty() {
        return Ok(());
    }
    Err(Failure::Differ(summary(&difference)))
}

/// A comment for each set, and its records after a sign.
pub(super) fn text(difference: &Difference) -> String {
    let mut text = String::new();
    for change in &difference.changes {
        let word = match change.kind {
            SetChangeKind::Added => "added",
            SetChangeKind::Removed => "removed",
            SetChangeKind::Changed => "changed",
        };
        text += &format!("; {} {} {word}\n", change.owner, change.rtype);
        for (sign, records) in [('-', &change.deleted), ('+', &change.added)] {
            records
                .iter()
                .for_each(|record| text += &format!("{sign} {record}\n"));
        }
    }
    text
}

/// How much changed.
fn summary(difference: &Difference) -> String {
    let number = |count: usize, thing| counted(count as u64, thing);
    format!(
        "from serial {} to {}: {} changed, {} deleted, {} added",
        difference.old_serial,
        difference.new_serial,
        number(difference.changes.len(), "set"),
        number(difference.deleted().count(), "record"),
        number(difference.added().count(), "record"),
    )
}
