//! Cutting a file into entries.

use alloc::vec::Vec;

use super::entry::Entry;
use super::error::TextError;
use super::lexer::{Lexer, State};

/// Cuts a file, which comes in pieces of any size, into entries.
///
/// It holds the entry that it is at and what was pushed after it, so that the memory it takes does not depend on the length
/// of the file. Each octet is looked at once, however the file is cut.
///
/// ```
/// use nameward_core::text::scan::{Progress, Scanner};
///
/// let mut scanner = Scanner::new(Scanner::LONGEST_ENTRY);
/// scanner.push(b"www A (192.0.2.1 ; one line");
/// assert_eq!(scanner.advance(), Ok(Progress::Wanted));
/// scanner.push(b"\n) ; and another\n\nftp CNAME www");
/// assert_eq!(scanner.advance(), Ok(Progress::Entry));
/// assert_eq!(scanner.entry().tokens(None).len(), 3);
/// assert_eq!(scanner.advance(), Ok(Progress::Wanted));
/// scanner.finish();
/// assert_eq!(scanner.advance(), Ok(Progress::Entry));
/// assert!(scanner.entry().tokens(None).peek().unwrap().is_word("ftp"));
/// assert_eq!(scanner.advance(), Ok(Progress::Ended));
/// ```
#[derive(Clone, Debug)]
pub struct Scanner {
    buffer: Vec<u8>,
    /// Where the entry begins in the buffer.
    start: usize,
    /// The line and the offset in the file where the entry begins.
    line: u32,
    offset: u64,
    lexer: Lexer,
    longest_entry: usize,
    finished: bool,
}

/// How far the scanner came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is an entry.
    Entry,
    /// The next entry needs more of the file.
    Wanted,
    /// The file has no more entries.
    Ended,
}

impl Scanner {
    /// A limit for the length of an entry with which each RDATA can be written, octet by octet as `\DDD`.
    pub const LONGEST_ENTRY: usize = 1 << 20;

    /// A scanner of a file with entries of up to `longest_entry` octets each, comments included. A longer one is an error.
    pub const fn new(longest_entry: usize) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            line: 1,
            offset: 0,
            lexer: Lexer::new(),
            longest_entry,
            finished: false,
        }
    }

    /// Takes the next piece of the file.
    pub fn push(&mut self, octets: &[u8]) {
        // At least as much is dropped as is moved, so that moving costs no more than a step for each octet.
        if self.start > self.buffer.len() / 2 {
            #[cfg(any(test, planted, fuzzing))]
            (self.start..self.buffer.len()).for_each(|_| crate::wire::steps::step());
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(octets);
    }

    /// Says that the file ends here. The last line needs no newline.
    pub const fn finish(&mut self) {
        self.finished = true;
    }

    /// Goes to the next entry. The rest of a line that had an error is skipped.
    ///
    /// # Errors
    ///
    /// Quotes or parentheses are not in order, or the entry is too long. Scanning can go on at the next line.
    #[inline]
    pub fn advance(&mut self) -> Result<Progress, TextError> {
        loop {
            match self.lexer.state {
                State::Complete => {
                    self.line = self.line.saturating_add(1);
                    self.consume();
                    self.lexer.state = State::Between;
                }
                State::Skipped => self.skip(),
                State::Between
                | State::Plain
                | State::Quoted
                | State::QuotedValue
                | State::Closed
                | State::Comment => {}
            }
            self.scan()?;
            if self.lexer.state != State::Complete {
                break;
            }
            if !self.lexer.spans.is_empty() {
                return Ok(Progress::Entry);
            }
        }
        Ok(if self.finished {
            Progress::Ended
        } else {
            Progress::Wanted
        })
    }

    /// The entry that [`advance`](Self::advance) came to.
    #[inline]
    pub fn entry(&self) -> Entry<'_> {
        let end = self.start.saturating_add(self.lexer.at);
        Entry {
            text: self.buffer.get(self.start..end).unwrap_or_default(),
            spans: &self.lexer.spans,
            line: self.line,
            offset: self.offset,
        }
    }

    /// How much memory it holds for text, in octets.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.buffer.capacity()
    }

    /// Looks at octets until the entry is complete or they end.
    #[inline]
    fn scan(&mut self) -> Result<(), TextError> {
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        // One octet more is looked at than an entry may have, so that what is too long does not depend on the pieces.
        let most = self.longest_entry.saturating_add(1);
        let text = rest.get(..most).unwrap_or(rest);
        let scanned = self.lexer.scan(text, self.finished).and_then(|()| {
            if matches!(self.lexer.state, State::Complete | State::Skipped) {
                Ok(())
            } else if text.len() == most {
                Err(self.lexer.too_long())
            } else if self.finished {
                self.lexer.finish()
            } else {
                Ok(())
            }
        });
        scanned.map_err(|(index, kind, expected)| {
            self.lexer.state = State::Skipped;
            self.entry().error(index, 1, kind, expected)
        })
    }

    /// Leaves behind what was looked at.
    #[inline]
    fn consume(&mut self) {
        self.start = self.start.saturating_add(self.lexer.at);
        self.offset = self.offset.saturating_add(self.lexer.at as u64);
        self.line = self.line.saturating_add(self.lexer.newlines);
        self.lexer.restart();
    }

    /// Leaves behind the rest of the line.
    #[cold]
    fn skip(&mut self) {
        self.consume();
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        let newline = rest.iter().position(|&octet| octet == b'\n');
        self.lexer.at = newline.map_or(rest.len(), |newline| newline.saturating_add(1));
        self.lexer.newlines = u32::from(newline.is_some());
        self.consume();
        if newline.is_some() {
            self.lexer.state = State::Between;
        }
    }
}
