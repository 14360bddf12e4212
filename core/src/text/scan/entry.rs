//! An entry, and the cursor over its tokens.

use super::error::{Position, TextError, TextErrorKind};
use super::token::{Span, Token};
use crate::wire::Name;

/// An entry of a zone file: its text, and where its tokens are.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub(super) text: &'a [u8],
    pub(super) spans: &'a [Span],
    /// Where the text begins: at the first column of this line.
    pub(super) line: u32,
    pub(super) offset: u64,
}

impl<'a> Entry<'a> {
    /// All of its text, comments included.
    pub const fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Whether it begins with a blank, so that its owner is that of the entry before.
    #[inline]
    pub fn begins_blank(&self) -> bool {
        self.spans.first().is_some_and(|span| span.start > 0)
            && matches!(self.text.first(), Some(b' ' | b'\t' | b'\r'))
    }

    /// Its tokens. Relative names among them are completed with `origin`.
    #[inline]
    pub const fn tokens(&'a self, origin: Option<&'a Name>) -> Tokens<'a> {
        Tokens {
            entry: self,
            next: 0,
            origin,
        }
    }

    /// Where the octet of the text is that has this index.
    #[cold]
    pub fn position(&self, index: usize) -> Position {
        let before = self.text.get(..index).unwrap_or(self.text);
        let lines = before.iter().filter(|&&octet| octet == b'\n').count();
        let column = before.iter().rev().take_while(|&&octet| octet != b'\n').count();
        Position {
            offset: self.offset.saturating_add(index as u64),
            line: self.line.saturating_add(saturated(lines)),
            column: saturated(column).saturating_add(1),
        }
    }

    #[cold]
    pub(super) fn error(
        &self,
        index: usize,
        length: usize,
        kind: TextErrorKind,
        expected: &'static str,
    ) -> TextError {
        TextError::new(kind, expected, self.position(index), length)
    }
}

fn saturated(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The tokens of an entry that were not taken yet.
///
/// ```
/// use nameward_core::text::scan::{Progress, Scanner, TextErrorKind};
///
/// let mut scanner = Scanner::new(Scanner::LONGEST_ENTRY);
/// scanner.push(b"10 mail ; the first\n");
/// assert_eq!(scanner.advance(), Ok(Progress::Entry));
/// let entry = scanner.entry();
/// let origin = "example.".parse().unwrap();
/// let mut tokens = entry.tokens(Some(&origin));
/// let mut octets = Vec::new();
/// assert_eq!(tokens.u16(), Ok(10));
/// tokens.name(&mut octets).unwrap();
/// assert_eq!(octets, b"\x04mail\x07example\x00");
/// let missing = tokens.take("a weight").unwrap_err();
/// assert_eq!((missing.kind(), missing.position().column), (TextErrorKind::Missing, 8));
/// ```
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    entry: &'a Entry<'a>,
    next: usize,
    origin: Option<&'a Name>,
}

impl<'a> Tokens<'a> {
    /// Takes the next token.
    ///
    /// # Errors
    ///
    /// There is none where `expected` should be: a phrase such as "an IPv4 address".
    #[inline]
    pub fn take(&mut self, expected: &'static str) -> Result<Token<'a>, TextError> {
        let token = self.peek().ok_or_else(|| self.missing(expected))?;
        self.next = self.next.wrapping_add(1);
        Ok(token)
    }

    /// The next token, which stays the next.
    #[inline]
    pub fn peek(&self) -> Option<Token<'a>> {
        let &span = self.entry.spans.get(self.next)?;
        Some(Token::new(self.entry, span))
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        self.entry.spans.len().saturating_sub(self.next)
    }

    /// Whether none is left.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.next >= self.entry.spans.len()
    }

    /// The name that completes relative names.
    pub const fn origin(&self) -> Option<&'a Name> {
        self.origin
    }

    /// Takes a number of 8 bits.
    ///
    /// # Errors
    ///
    /// No token is left, or the next is none.
    #[inline]
    pub fn u8(&mut self) -> Result<u8, TextError> {
        self.take("a number from 0 to 255")?.u8()
    }

    /// Takes a number of 16 bits.
    ///
    /// # Errors
    ///
    /// No token is left, or the next is none.
    #[inline]
    pub fn u16(&mut self) -> Result<u16, TextError> {
        self.take("a number from 0 to 65535")?.u16()
    }

    /// Takes a number of 32 bits.
    ///
    /// # Errors
    ///
    /// No token is left, or the next is none.
    #[inline]
    pub fn u32(&mut self) -> Result<u32, TextError> {
        self.take("a number from 0 to 4294967295")?.u32()
    }

    /// Takes a name and appends its wire form to `octets`.
    ///
    /// # Errors
    ///
    /// No token is left, or the next is none.
    #[inline]
    pub fn name(&mut self, octets: &mut alloc::vec::Vec<u8>) -> Result<(), TextError> {
        self.take("a name")?.name(self.origin, octets)
    }

    /// Takes a character string and appends its wire form, the length first, to `octets`.
    ///
    /// # Errors
    ///
    /// No token is left, or the next is none.
    #[inline]
    pub fn character_string(&mut self, octets: &mut alloc::vec::Vec<u8>) -> Result<(), TextError> {
        self.take("a character string")?.character_string(octets)
    }

    /// None may be left.
    ///
    /// # Errors
    ///
    /// One is.
    #[inline]
    pub fn finish(&self) -> Result<(), TextError> {
        match self.peek() {
            None => Ok(()),
            Some(token) => Err(token.error(TextErrorKind::Surplus, "the end of the entry")),
        }
    }

    /// That the entry as a whole is wrong, and what should be there.
    #[cold]
    pub fn wrong(&self, kind: TextErrorKind, expected: &'static str) -> TextError {
        self.entry.error(0, 0, kind, expected)
    }

    /// That the entry ends where `expected` should be.
    #[cold]
    pub fn missing(&self, expected: &'static str) -> TextError {
        let end = self.entry.spans.last().map_or(0, Span::outer_end);
        self.entry.error(end, 0, TextErrorKind::Missing, expected)
    }
}
