//! A user's own world: a folder of zone files.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use nameward_core::wire::Name;
use nameward_core::zone::Zone;

use crate::failure::Failure;
use crate::zone::{Report, judge};

/// The zones of all files of a folder that are named `*.zone`.
pub(super) fn read(folder: &Path) -> Result<Vec<Zone>, Failure> {
    let unreadable = |error| Failure::reading(folder, &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension() == Some(OsStr::new("zone")) {
            files.push(file);
        }
    }
    // A folder has no order, and of two files that are wrong it should be the same one each time that is told.
    files.sort();
    if files.is_empty() {
        let sentence = format!("{}: no file there is named *.zone", folder.display());
        return Err(Failure::Malformed(sentence));
    }
    files.iter().map(|file| read_one(file)).collect()
}

fn read_one(file: &Path) -> Result<Zone, Failure> {
    let Report { text, zone, .. } = judge(file, &named_after(file))?;
    zone.ok_or_else(|| {
        // Warnings may stand before the first error, and do not keep a zone from being served.
        let error = text.lines().find(|line| !line.contains(": warning: "));
        Failure::Malformed(error.unwrap_or_default().to_owned())
    })
}

/// The zone that a file is named after: `root.zone` is the root's.
fn named_after(file: &Path) -> Name {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let root = Name::root();
    if stem == "root" {
        root
    } else {
        stem.parse().unwrap_or(root)
    }
}
