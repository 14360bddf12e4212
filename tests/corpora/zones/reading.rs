//! Reading a zone file with the files that it includes.

use std::fs;
use std::path::{Path, PathBuf};

use nameward_core::text::scan::TextError;
use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use nameward_core::wire::{Name, Record};

/// What an entry came to, and the line of the outermost file where it begins, or where the file is included that has it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) line: u32,
    pub(super) came: Result<Record, Fault>,
}

/// Why an entry gave no record.
#[derive(Debug)]
pub(super) enum Fault {
    /// It breaks a rule.
    Text(TextError),
    /// It includes a file that cannot be read.
    Include,
}

/// All records and faults of a file, in order. Names of included files are relative to the folder of the file.
pub(super) fn read(path: &Path, origin: &str, config: ZoneReaderConfig) -> Vec<Outcome> {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    read_text(&text, path.parent().unwrap_or(path), origin, config)
}

/// All records and faults of a text, in order.
pub(super) fn read_text(text: &[u8], folder: &Path, origin: &str, config: ZoneReaderConfig) -> Vec<Outcome> {
    let origin: Name = origin.parse().unwrap_or_else(|error| panic!("{origin}: {error}"));
    let mut reader = ZoneReader::new(origin, config);
    reader.push(text);
    reader.finish();
    let mut folders: Vec<PathBuf> = vec![folder.to_path_buf()];
    let mut outcomes = Vec::new();
    loop {
        let came = match reader.advance() {
            Ok(ZoneEvent::Record(record)) => Some(Ok(record.to_record())),
            Ok(ZoneEvent::Include { path, .. }) => {
                let name = String::from_utf8_lossy(path).into_owned();
                let path = folders.last().expect("the outermost folder").join(name);
                let text = fs::read(&path);
                if let Ok(text) = &text {
                    reader.push(text);
                }
                reader.finish();
                folders.push(path.parent().map(Path::to_path_buf).unwrap_or_default());
                text.err().map(|_| Err(Fault::Include))
            }
            Ok(ZoneEvent::IncludeEnded) => {
                folders.pop();
                None
            }
            Ok(ZoneEvent::Wanted) => panic!("every file was finished"),
            Ok(ZoneEvent::Ended) => return outcomes,
            Err(error) => Some(Err(Fault::Text(error))),
        };
        let line = reader.files().next().map_or(0, |file| file.line);
        if let Some(came) = came {
            outcomes.push(Outcome { line, came });
        }
    }
}
