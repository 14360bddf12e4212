//! `nameward sim replay`: a recording, done again in the pure core.

use std::fs;
use std::path::Path;

use nameward_core::trace::{Recording, RecordingError, ReplayError};
use nameward_core::transport::Requester;

use crate::failure::Failure;

/// Does again what `file` holds, and compares. With `step`, prints each entry when it was found equal.
pub(crate) fn run(
    file: &Path,
    step: bool,
    mut print: impl FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let bytes = fs::read(file).map_err(|error| Failure::reading(file, &error))?;
    let describe = |error: ReplayError| {
        let sentence = format!("{}: {error}", file.display());
        match error {
            ReplayError::Divergence(_) => Failure::Diverged(sentence),
            _ => Failure::Malformed(sentence),
        }
    };
    let recording = Recording::parse(&bytes).map_err(|error: RecordingError| describe(error.into()))?;
    let mut replay = recording.replay::<Requester>().map_err(describe)?;
    let mut entries = 0;
    while let Some(entry) = replay.step().map_err(describe)? {
        entries = entry.number;
        if step {
            print(&format!("{entry}\n"))?;
        }
    }
    print(&format!(
        "{entries} entries of a {} replayed, all equal byte for byte\n",
        recording.kind()
    ))
}
