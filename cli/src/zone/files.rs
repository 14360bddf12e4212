//! A zone file and those that it includes.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use nameward_core::text::scan::TextError;
use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
use nameward_core::wire::{Name, Record};

/// How many octets are read at once.
const PIECE: usize = 64 * 1024;

/// How many files may be included in all. Depth alone would let seven files that include each other be read for ever.
const MOST_FILES: u32 = 1000;

/// How much of a token is told.
const MOST_TOKEN: usize = 60;

/// Reads a zone file record by record, and the files that it includes where it includes them.
#[derive(Debug)]
pub(super) struct ZoneFiles {
    reader: ZoneReader,
    /// The files that are open, the outermost first.
    open: Vec<Open>,
    piece: Vec<u8>,
    /// Whether the file that the reader sees as included could not be opened.
    missing: bool,
    /// How many files were opened.
    pub(super) count: u32,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
}

/// What is wrong in a zone file, or with it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ZoneError {
    /// An entry breaks a rule. Reading can go on after it.
    #[error("{}:{}:{}: {}{}; expected {}", Shown(path), error.position().line, error.position().column, error.kind(), Token(token), error.expected())]
    Text {
        path: PathBuf,
        error: TextError,
        /// The token that is wrong; empty if one is missing.
        token: String,
    },
    /// An included file cannot be opened. Reading can go on without it.
    #[error("{}:{line}: cannot include {}: {error}", Shown(path), Shown(included))]
    Include {
        path: PathBuf,
        line: u32,
        included: PathBuf,
        error: io::Error,
    },
    /// There are too many of them. Reading can go on without this one.
    #[error(
        "{}:{line}: cannot include {}: more than {MOST_FILES} files would be read",
        Shown(path),
        Shown(included)
    )]
    TooManyFiles {
        path: PathBuf,
        line: u32,
        included: PathBuf,
    },
    /// A file cannot be read. Nothing more can be.
    #[error("cannot read {}: {error}", Shown(path))]
    Read { path: PathBuf, error: io::Error },
}

struct Token<'a>(&'a str);

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            token => write!(f, ": '{token}'"),
        }
    }
}

impl ZoneFiles {
    /// Opens the outermost file; '-' is standard input.
    pub(super) fn open(path: &Path, origin: Name) -> Result<Self, ZoneError> {
        let place = if path == Path::new("-") {
            Path::new("/dev/stdin")
        } else {
            path
        };
        let file = File::open(place).map_err(|error| ZoneError::Read {
            path: path.to_owned(),
            error,
        })?;
        Ok(Self {
            reader: ZoneReader::new(origin, ZoneReaderConfig::default()),
            open: vec![Open {
                path: path.to_owned(),
                file,
            }],
            piece: vec![0; PIECE],
            missing: false,
            count: 1,
        })
    }

    /// The next record; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record>, ZoneError> {
        loop {
            let event = match self.reader.advance() {
                Ok(event) => event,
                Err(error) => return Err(self.text_error(error)),
            };
            match event {
                ZoneEvent::Record(record) => return Ok(Some(record.to_record())),
                ZoneEvent::Include { path, .. } => {
                    let path = Path::new(OsStr::from_bytes(path)).to_owned();
                    self.include(&path)?;
                }
                ZoneEvent::IncludeEnded if std::mem::take(&mut self.missing) => {}
                ZoneEvent::IncludeEnded => {
                    self.open.pop();
                }
                ZoneEvent::Wanted => self.read()?,
                ZoneEvent::Ended => return Ok(None),
            }
        }
    }

    /// The file that is being read, and the line on which the entry begins that was read last.
    pub(super) fn place(&self) -> (&Path, u32) {
        let line = self.reader.files().last().map_or(0, |file| file.line);
        (self.path(), line)
    }

    fn path(&self) -> &Path {
        // Invariant: the outermost file stays open to the end.
        self.open.last().map_or_else(|| Path::new("-"), |open| &open.path)
    }

    fn read(&mut self) -> Result<(), ZoneError> {
        let Some(Open { path, file }) = self.open.last_mut() else {
            self.reader.finish();
            return Ok(());
        };
        match file.read(&mut self.piece) {
            Ok(0) => self.reader.finish(),
            Ok(length) => self.reader.push(&self.piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(ZoneError::Read {
                    path: path.clone(),
                    error,
                });
            }
        }
        Ok(())
    }

    /// Opens a file that is named relative to the one that includes it. One that cannot be opened is an empty one.
    fn include(&mut self, named: &Path) -> Result<(), ZoneError> {
        let path = self.path().to_owned();
        // The reader has the included file open already; the directive is in the file before it.
        let including = self.reader.files().nth(self.open.len() - 1);
        let line = including.map_or(0, |file| file.line);
        let included = path
            .parent()
            .map_or_else(|| named.to_owned(), |folder| folder.join(named));
        let failure = if self.count >= MOST_FILES {
            ZoneError::TooManyFiles { path, line, included }
        } else {
            match File::open(&included) {
                Ok(file) => {
                    self.count += 1;
                    self.open.push(Open { path: included, file });
                    return Ok(());
                }
                Err(error) => ZoneError::Include {
                    path,
                    line,
                    included,
                    error,
                },
            }
        };
        // The reader sees an empty file; what ends with it is one that is not open here.
        self.reader.finish();
        self.missing = true;
        Err(failure)
    }

    fn text_error(&self, error: TextError) -> ZoneError {
        let (path, first_line) = self.place();
        let lines = usize::try_from(error.position().line.saturating_sub(first_line)).unwrap_or(usize::MAX);
        let column = usize::try_from(error.position().column)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        let line_start: usize = self
            .reader
            .entry_text()
            .split_inclusive(|&octet| octet == b'\n')
            .take(lines)
            .map(<[u8]>::len)
            .sum();
        let length = usize::try_from(error.length()).unwrap_or(usize::MAX);
        let rest = self.reader.entry_text().get(line_start.saturating_add(column)..);
        let token = rest.map_or(&[][..], |rest| &rest[..rest.len().min(length).min(MOST_TOKEN)]);
        ZoneError::Text {
            path: path.to_owned(),
            error,
            token: token.iter().map(|&octet| visible(octet)).collect(),
        }
    }
}

/// An octet as a zone file could have it, so that nothing in a file reaches a terminal as it is.
fn visible(octet: u8) -> String {
    match octet {
        b' '..=b'~' => char::from(octet).to_string(),
        _ => format!("\\{octet:03}"),
    }
}

/// A path, of which nothing reaches a terminal as it is that a zone file could have put there.
pub(super) struct Shown<'a>(pub(super) &'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.to_string_lossy();
        path.chars()
            .try_for_each(|character| match character.is_control() {
                true => write!(f, "{}", character.escape_default()),
                false => write!(f, "{character}"),
            })
    }
}
