//! Lines of words with blanks between them: what the configuration files of resolvers consist of.

use core::net::IpAddr;

use super::scan::{Position, TextError, TextErrorKind};
use crate::wire::Name;

/// A line, without its newline and its comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    text: &'a [u8],
    start: Position,
}

/// A word, and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    text: &'a [u8],
    position: Position,
}

/// The lines of a text.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = Position {
        offset: 0,
        line: 1,
        column: 1,
    };
    text.split(|&octet| octet == b'\n').map(move |text| {
        let line = Line { text, start };
        start.line = start.line.saturating_add(1);
        start.offset = start.offset.saturating_add(text.len() as u64).saturating_add(1);
        line
    })
}

impl<'a> Line<'a> {
    /// The same up to its first `mark`.
    pub(super) fn before(self, mark: u8) -> Self {
        let text = self.text.split(|&octet| octet == mark).next().unwrap_or_default();
        Self { text, ..self }
    }

    /// Its first octet.
    pub(super) fn first(self) -> Option<u8> {
        self.text.first().copied()
    }

    /// Its words.
    pub(super) fn words(self) -> impl Iterator<Item = Word<'a>> {
        let mut at = self.start;
        let pieces = self.text.split(|octet| matches!(octet, b' ' | b'\t' | b'\r'));
        let words = pieces.map(move |text| {
            let word = Word { text, position: at };
            at = forward(at, text.len().saturating_add(1));
            word
        });
        words.filter(|word| !word.text.is_empty())
    }

    /// That something is missing at its end.
    pub(super) fn missing(self, expected: &'static str) -> TextError {
        let end = forward(self.start, self.text.len());
        TextError::new(TextErrorKind::Missing, expected, end, 0)
    }
}

impl<'a> Word<'a> {
    /// What is written.
    pub(super) const fn text(self) -> &'a [u8] {
        self.text
    }

    /// Where it is.
    pub(super) const fn position(self) -> Position {
        self.position
    }

    /// That it is wrong.
    pub(super) fn error(self, kind: TextErrorKind, expected: &'static str) -> TextError {
        TextError::new(kind, expected, self.position, self.text.len())
    }

    /// The parts before and after its first `mark`.
    pub(super) fn split(self, mark: u8) -> (Self, Option<Self>) {
        let Some(at) = self.text.iter().position(|&octet| octet == mark) else {
            return (self, None);
        };
        let (before, after) = self.text.split_at_checked(at).unwrap_or_default();
        let rest = Self {
            text: after.get(1..).unwrap_or_default(),
            position: forward(self.position, at.saturating_add(1)),
        };
        (Self { text: before, ..self }, Some(rest))
    }

    /// Reads it as anything with a text form.
    pub(super) fn parse<T: core::str::FromStr>(self, expected: &'static str) -> Result<T, TextError> {
        let text = core::str::from_utf8(self.text).ok();
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| self.error(TextErrorKind::Unrecognised, expected))
    }

    /// Reads it as an absolute name. The dot at its end may be missing.
    pub(super) fn name(self) -> Result<Name, TextError> {
        const EXPECTED: &str = "a name";
        let text =
            core::str::from_utf8(self.text).map_err(|_| self.error(TextErrorKind::Unrecognised, EXPECTED))?;
        text.parse().map_err(|error: crate::wire::NameError| {
            let index = usize::from(error.position());
            let length = text.len().saturating_sub(index);
            let kind = TextErrorKind::Name(error.kind());
            TextError::new(kind, EXPECTED, forward(self.position, index), length)
        })
    }

    /// Reads it as an address, perhaps with the zone after a `%` that says which link it belongs to (RFC 4007 section 11).
    pub(super) fn address(self) -> Result<(IpAddr, Option<&'a str>), TextError> {
        let (address, zone) = self.split(b'%');
        let address = address.parse("an IP address")?;
        let Some(zone) = zone else {
            return Ok((address, None));
        };
        match core::str::from_utf8(zone.text) {
            Ok(name) if !name.is_empty() && address.is_ipv6() => Ok((address, Some(name))),
            _ => Err(self.error(TextErrorKind::Unrecognised, "a link after an IPv6 address")),
        }
    }
}

/// A place some octets further on in a line.
fn forward(position: Position, octets: usize) -> Position {
    Position {
        offset: position.offset.saturating_add(octets as u64),
        line: position.line,
        column: position
            .column
            .saturating_add(u32::try_from(octets).unwrap_or(u32::MAX)),
    }
}
