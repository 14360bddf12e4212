//! Reading a zone file.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::assembly::Assembly;
use super::directive::{Directive, read_directive};
use super::generate::Generation;
use super::record::ZoneRecord;
use crate::text::scan::{Progress, Scanner, TextError, TextErrorKind};
use crate::wire::{Class, Name};

/// How a zone file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneReaderConfig {
    /// The class of the zone. If there is none, it is that of the first record, or IN if that has none either.
    pub class: Option<Class>,
    /// The TTL in seconds of records before the first that has one. If there is none, such a record is an error, but an SOA
    /// takes its MINIMUM.
    pub first_ttl: Option<u32>,
    /// How many octets an entry may have, comments included: from 1 to 2^30.
    pub longest_entry: usize,
    /// How deep files may include others; 0 forbids it.
    pub deepest_include: u8,
    /// How many records `$GENERATE` may make in all.
    pub most_generated: u32,
}

impl Default for ZoneReaderConfig {
    /// Any class, no TTL, entries as long as RDATA can make them, seven files deep, 2^20 records generated.
    fn default() -> Self {
        Self {
            class: None,
            first_ttl: None,
            longest_entry: Scanner::LONGEST_ENTRY,
            deepest_include: 7,
            most_generated: 1 << 20,
        }
    }
}

impl ZoneReaderConfig {
    /// Whether each value is in its range.
    ///
    /// # Errors
    ///
    /// One is not.
    pub fn validate(&self) -> Result<(), InvalidConfig> {
        match self.longest_entry {
            1..=0x4000_0000 => Ok(()),
            _ => Err(InvalidConfig),
        }
    }
}

/// A configuration that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("set longest_entry to a number of octets from 1 to 2^30")]
pub struct InvalidConfig;

/// What a zone file has next, or what is needed to know.
#[derive(Clone, Copy, Debug)]
pub enum ZoneEvent<'a> {
    /// A record.
    Record(ZoneRecord<'a>),
    /// `$INCLUDE`: push the file of this name next, then say [`finish`](ZoneReader::finish). To leave it out, do only that.
    Include {
        /// The name of the file as it is written, escapes resolved. It may lie anywhere: whether to follow it is for the caller to
        /// decide.
        path: &'a [u8],
        /// What relative names in it will be completed with.
        origin: &'a Name,
    },
    /// The included file has no more. The file that includes it goes on.
    IncludeEnded,
    /// More of the file that is being read.
    Wanted,
    /// Nothing: all is read.
    Ended,
}

/// Reads a zone file that comes in pieces of any size.
///
/// Push a piece, then take events until one is [`Wanted`](ZoneEvent::Wanted). After an error the reader goes on at the next
/// entry, if the caller does. A record without an owner after one whose owner is wrong is an error, too, so that no record
/// gets the owner of another.
///
/// ```
/// use nameward_core::text::zone::{ZoneEvent, ZoneReader, ZoneReaderConfig};
///
/// let mut reader = ZoneReader::new("example.".parse().unwrap(), ZoneReaderConfig::default());
/// reader.push(b"$TTL 1h\n@ NS ns\n$INCLUDE hosts\n  TXT (\"some\"\n \"text\")");
/// reader.finish();
/// let mut seen = Vec::new();
/// loop {
///     match reader.advance().unwrap() {
///         ZoneEvent::Record(record) => seen.push(record.to_record().to_string()),
///         ZoneEvent::Include { path, .. } => {
///             assert_eq!(path, b"hosts");
///             reader.push(b"ns AAAA 2001:db8::53");
///             reader.finish();
///         }
///         ZoneEvent::IncludeEnded => {}
///         ZoneEvent::Wanted => unreachable!("each file was finished"),
///         ZoneEvent::Ended => break,
///     }
/// }
/// assert_eq!(seen, [
///     "example.\t3600\tIN\tNS\tns.example.",
///     "ns.example.\t3600\tIN\tAAAA\t2001:db8::53",
///     "example.\t3600\tIN\tTXT\t\"some\" \"text\"",
/// ]);
/// ```
#[derive(Clone, Debug)]
pub struct ZoneReader {
    config: ZoneReaderConfig,
    assembly: Assembly,
    /// The file that is being read.
    source: Source,
    /// The files that include it, the outermost first.
    outer: Vec<Outer>,
    /// What `$GENERATE` has left to make.
    generation: Option<Generation>,
    /// How many records it may still make.
    generable: u32,
}

/// A file that is being read, or that includes one that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFile<'a> {
    /// Its name as `$INCLUDE` has it; empty for the outermost.
    pub path: &'a [u8],
    /// The line on which the entry begins that was read last.
    pub line: u32,
}

/// A file.
#[derive(Clone, Debug)]
struct Source {
    scanner: Scanner,
    path: Box<[u8]>,
}

/// A file that includes another, and what is in force again after that.
#[derive(Clone, Debug)]
struct Outer {
    source: Source,
    origin: Name,
    owner: Vec<u8>,
}

/// What an entry came to.
enum Step {
    Record,
    Include,
    IncludeEnded,
    Wanted,
    Ended,
}

impl ZoneReader {
    /// A reader that completes relative names with `origin` until `$ORIGIN` says otherwise.
    ///
    /// A `longest_entry` that is [not valid](ZoneReaderConfig::validate) is taken for the nearest that is.
    pub fn new(origin: Name, config: ZoneReaderConfig) -> Self {
        let source = Source::new(&config, Box::default());
        let assembly = Assembly::new(origin, config.class, config.first_ttl);
        Self {
            generable: config.most_generated,
            config,
            assembly,
            source,
            outer: Vec::new(),
            generation: None,
        }
    }

    /// Takes the next piece of the file that is being read.
    pub fn push(&mut self, octets: &[u8]) {
        self.source.scanner.push(octets);
    }

    /// Says that the file that is being read ends here. Its last line needs no newline.
    pub const fn finish(&mut self) {
        self.source.scanner.finish();
    }

    /// Goes to the next event.
    ///
    /// # Errors
    ///
    /// An entry breaks a rule. Positions count in the last of the open [`files`](Self::files). Reading can go on.
    #[inline]
    pub fn advance(&mut self) -> Result<ZoneEvent<'_>, TextError> {
        Ok(match self.step()? {
            Step::Record => ZoneEvent::Record(self.assembly.record()),
            Step::Include => ZoneEvent::Include {
                path: &self.source.path,
                origin: &self.assembly.origin,
            },
            Step::IncludeEnded => ZoneEvent::IncludeEnded,
            Step::Wanted => ZoneEvent::Wanted,
            Step::Ended => ZoneEvent::Ended,
        })
    }

    /// What is in force as the origin.
    pub const fn origin(&self) -> &Name {
        &self.assembly.origin
    }

    /// The files that are open, from the outermost to the one that is being read.
    pub fn files(&self) -> impl Iterator<Item = OpenFile<'_>> {
        let outer = self.outer.iter().map(|outer| &outer.source);
        outer.chain([&self.source]).map(|source| OpenFile {
            path: &source.path,
            line: source.scanner.entry().position(0).line,
        })
    }

    /// The text of the entry that the last record or error comes from, comments included, until more is pushed or read.
    pub fn entry_text(&self) -> &[u8] {
        self.source.scanner.entry().text()
    }

    #[inline]
    fn step(&mut self) -> Result<Step, TextError> {
        loop {
            if self.generation.is_some() && self.generate()? {
                return Ok(Step::Record);
            }
            match self.source.scanner.advance()? {
                Progress::Entry => {}
                Progress::Wanted => return Ok(Step::Wanted),
                Progress::Ended => return Ok(self.leave()),
            }
            let entry = self.source.scanner.entry();
            if !matches!(entry.text().first(), Some(b'$')) {
                self.assembly.read(&entry)?;
                return Ok(Step::Record);
            }
            match read_directive(&entry, &self.assembly.origin)? {
                Directive::Origin(origin) => self.assembly.origin = origin,
                Directive::Ttl(ttl) => self.assembly.default_ttl = Some(ttl),
                Directive::Include { path, origin } => {
                    if self.outer.len() >= usize::from(self.config.deepest_include) {
                        let wrong = entry
                            .tokens(None)
                            .wrong(TextErrorKind::IncludeDepth, "fewer files");
                        return Err(wrong);
                    }
                    self.enter(path, origin);
                    return Ok(Step::Include);
                }
                Directive::Generate(generation) => {
                    let rest = self.generable.checked_sub(generation.count());
                    self.generable = rest.ok_or_else(|| {
                        entry
                            .tokens(None)
                            .wrong(TextErrorKind::TooManyGenerated, "a shorter range")
                    })?;
                    self.generation = Some(generation);
                }
            }
        }
    }

    /// Makes the next record of `$GENERATE`; whether there was one.
    #[cold]
    fn generate(&mut self) -> Result<bool, TextError> {
        let Some(generation) = &mut self.generation else {
            return Ok(false);
        };
        let made = generation.advance().and_then(|entry| match entry {
            Some(entry) => self.assembly.read(&entry).map(|()| true),
            None => Ok(false),
        });
        match made {
            Ok(true) => Ok(true),
            Ok(false) => {
                self.generation = None;
                Ok(false)
            }
            // The records after it would be wrong likewise.
            Err(error) => {
                let error = error.at(generation.position());
                self.generation = None;
                Err(error)
            }
        }
    }

    /// Goes into an included file.
    #[cold]
    fn enter(&mut self, path: Box<[u8]>, origin: Option<Name>) {
        let included = Source::new(&self.config, path);
        let inner = origin.unwrap_or_else(|| self.assembly.origin.clone());
        self.outer.push(Outer {
            source: core::mem::replace(&mut self.source, included),
            origin: core::mem::replace(&mut self.assembly.origin, inner),
            owner: core::mem::take(&mut self.assembly.owner),
        });
    }

    /// Comes out of an included file, or to the end.
    #[cold]
    fn leave(&mut self) -> Step {
        let Some(outer) = self.outer.pop() else {
            return Step::Ended;
        };
        self.source = outer.source;
        self.assembly.origin = outer.origin;
        self.assembly.owner = outer.owner;
        Step::IncludeEnded
    }
}

impl Source {
    fn new(config: &ZoneReaderConfig, path: Box<[u8]>) -> Self {
        Self {
            scanner: Scanner::new(config.longest_entry.clamp(1, 0x4000_0000)),
            path,
        }
    }
}
