//! Where zones come from, and what becomes of one whose file is wrong.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use nameward_core::client::HostsIndex;
use nameward_core::text::hosts::Hosts;
use nameward_core::wire::{Class, Name};
use nameward_core::zone::{Zone, Zones};

use super::log::Log;
use crate::failure::Failure;
use crate::zone::{Report, judge};

/// The files of the zones that are served.
#[derive(Debug)]
pub(super) struct Sources {
    files: Vec<(Name, PathBuf)>,
    folders: Vec<PathBuf>,
}

impl Sources {
    /// These files, and all files of these folders that are named after their zones.
    pub(super) fn new(files: &[(Name, PathBuf)], folders: &[PathBuf]) -> Self {
        Self {
            files: files.to_vec(),
            folders: folders.to_vec(),
        }
    }

    /// All zones. At the start, one that is wrong is an error: whoever starts a server is there to mend it.
    pub(super) fn load(&self, log: &Log) -> Result<Zones, Failure> {
        let mut zones = Vec::new();
        for (name, file) in self.find().map_err(Failure::System)? {
            zones.push(read(&name, &file, log)?);
        }
        Ok(Zones::new(zones))
    }

    /// All zones as the files are now. One that is wrong stays as it was, and the log says why.
    pub(super) fn reload(&self, before: &Zones, log: &Log) -> Zones {
        let files = match self.find() {
            Ok(files) => files,
            Err(error) => {
                log.error("zones stay as they were", &[("why", &error)]);
                return before.clone();
            }
        };
        let mut zones = Vec::new();
        for (name, file) in files {
            let old = before.get(&name, Class::IN);
            match (read(&name, &file, log), old) {
                (Ok(zone), _) => zones.push(zone),
                (Err(error), Some(old)) => {
                    log.error(
                        "zone stays as it was",
                        &[("zone", &name), ("serial", &old.serial()), ("why", &error)],
                    );
                    zones.push(old.clone());
                }
                (Err(error), None) => log.error("zone not served", &[("zone", &name), ("why", &error)]),
            }
        }
        Zones::new(zones)
    }

    /// The files that there are now, and the zone of each.
    fn find(&self) -> Result<Vec<(Name, PathBuf)>, String> {
        let mut found = self.files.clone();
        for folder in &self.folders {
            let unreadable = |error| format!("cannot read {}: {error}", folder.display());
            let entries = fs::read_dir(folder).map_err(unreadable)?;
            let mut files = Vec::new();
            for entry in entries {
                let file = entry.map_err(unreadable)?.path();
                if file.extension() == Some(OsStr::new("zone")) {
                    files.push((named_after(&file)?, file));
                }
            }
            // A folder has no order, and a server that starts twice should do twice the same.
            files.sort();
            found.extend(files);
        }
        Ok(found)
    }
}

/// What a hosts file says. What is odd about it is in the log.
pub(super) fn hosts(file: &Path, log: &Log) -> Result<HostsIndex, Failure> {
    let text = fs::read(file).map_err(|error| Failure::reading(file, &error))?;
    let hosts = Hosts::read(&text);
    for fault in &hosts.faults {
        log.info("warning", &[("file", &file.display()), ("what", fault)]);
    }
    log.info(
        "hosts read",
        &[("file", &file.display()), ("entries", &hosts.entries.len())],
    );
    Ok(HostsIndex::from(&hosts))
}

/// The zone that a file is named after.
fn named_after(file: &Path) -> Result<Name, String> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let name = stem.parse();
    name.map_err(|error| format!("{} is not named after a zone: {error}", file.display()))
}

/// Reads the zone of this name. What is odd about it is in the log.
fn read(name: &Name, file: &Path, log: &Log) -> Result<Zone, Failure> {
    let Report { text, zone, .. } = judge(file, name)?;
    let Some(zone) = zone else {
        // The first finding is the gravest; `nameward zone check` lists all.
        let first = text.lines().next().unwrap_or_default();
        return Err(Failure::Malformed(first.to_owned()));
    };
    if zone.apex() != name {
        let sentence = format!("{} holds the zone {}", file.display(), zone.apex());
        return Err(Failure::Malformed(sentence));
    }
    for warning in text.lines().filter(|line| line.contains("warning: ")) {
        log.info("warning", &[("what", &warning)]);
    }
    log.info(
        "zone read",
        &[
            ("zone", &name),
            ("serial", &zone.serial()),
            ("records", &zone.record_count()),
        ],
    );
    Ok(zone)
}
