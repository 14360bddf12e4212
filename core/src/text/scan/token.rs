//! A token, and what it can be read as.

use alloc::vec::Vec;
use core::str::FromStr;

use super::entry::Entry;
use super::error::{Position, TextError, TextErrorKind};
use super::mnemonic::rtype;
use super::name::append_name;
use crate::wire::{Class, Name, Rtype};

/// Where a token is in the text of its entry, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Whether there are quotes around it.
    pub(super) quoted: bool,
    /// Whether it has a backslash.
    pub(super) escaped: bool,
    /// Whether there are quotes in it, which begin after a `=`.
    pub(super) value_quoted: bool,
}

impl Span {
    /// Of nothing.
    pub(super) const EMPTY: Self = Self {
        start: 0,
        end: 0,
        quoted: false,
        escaped: false,
        value_quoted: false,
    };

    /// Of a token that begins at this index.
    #[inline]
    pub(super) fn begin(start: usize) -> Self {
        Self {
            start: index(start),
            ..Self::EMPTY
        }
    }

    /// The index after it and its quote.
    pub(super) fn outer_end(&self) -> usize {
        let end = self.end.saturating_add(u32::from(self.quoted));
        usize::try_from(end).unwrap_or(usize::MAX)
    }
}

/// An index in an entry. Limits for the length of entries that do not fit are useless.
#[inline]
pub(super) fn index(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// A token of an entry: a word, or a text in quotes.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    octets: &'a [u8],
    entry: &'a Entry<'a>,
    start: u32,
    quoted: bool,
    escaped: bool,
    value_quoted: bool,
}

impl<'a> Token<'a> {
    #[inline]
    pub(super) fn new(entry: &'a Entry<'a>, span: Span) -> Self {
        let Span {
            start,
            end,
            quoted,
            escaped,
            value_quoted,
        } = span;
        Self {
            octets: entry.text.get(start as usize..end as usize).unwrap_or_default(),
            entry,
            start,
            quoted,
            escaped,
            value_quoted,
        }
    }

    /// What is written: without the quotes around it, and with its escapes as they are.
    #[inline]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// What is written, quotes included.
    pub fn source(&self) -> &'a [u8] {
        let quote = usize::from(self.quoted);
        let start = self.start as usize;
        let end = start.saturating_add(self.octets.len()).saturating_add(quote);
        self.entry
            .text
            .get(start.saturating_sub(quote)..end)
            .unwrap_or_default()
    }

    /// Where it begins, its quote included.
    pub fn position(&self) -> Position {
        self.entry
            .position((self.start as usize).saturating_sub(usize::from(self.quoted)))
    }

    /// Whether it is in quotes.
    #[inline]
    pub const fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// Whether it has a backslash in it.
    #[inline]
    pub const fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// Whether it is this word, without quotes or escapes, in upper or lower case.
    #[inline]
    pub fn is_word(&self, word: &str) -> bool {
        !self.quoted && self.octets.eq_ignore_ascii_case(word.as_bytes())
    }

    /// That this token is wrong, and what should be here: a phrase such as "an IPv4 address".
    #[cold]
    pub fn error(&self, kind: TextErrorKind, expected: &'static str) -> TextError {
        let quote = usize::from(self.quoted);
        let start = (self.start as usize).saturating_sub(quote);
        let length = self.octets.len().saturating_add(quote).saturating_add(quote);
        self.entry.error(start, length, kind, expected)
    }

    /// That this token is wrong from its octet `index` on, and what should be there.
    #[cold]
    pub fn error_at(&self, index: usize, kind: TextErrorKind, expected: &'static str) -> TextError {
        let index = index.min(self.octets.len());
        let length = self.octets.len().saturating_sub(index);
        let start = (self.start as usize).saturating_add(index);
        self.entry.error(start, length, kind, expected)
    }

    /// Its text, if it has neither quotes nor escapes: what mnemonics, numbers and addresses are read from.
    ///
    /// # Errors
    ///
    /// It has, or is not even UTF-8.
    #[inline]
    pub fn text(&self, expected: &'static str) -> Result<&'a str, TextError> {
        if self.quoted || self.value_quoted {
            return Err(self.error(TextErrorKind::Quoted, expected));
        }
        core::str::from_utf8(self.octets).map_err(|_| self.error(TextErrorKind::Unrecognised, expected))
    }

    /// Reads its text as anything that has a text form of its own: a type, a class, an address.
    ///
    /// # Errors
    ///
    /// It is none.
    #[inline]
    pub fn parse<T: FromStr>(&self, expected: &'static str) -> Result<T, TextError> {
        self.text(expected)?
            .parse()
            .map_err(|_| self.error(TextErrorKind::Unrecognised, expected))
    }

    /// The type that it names, by its mnemonic or as `TYPE` with a number (RFC 3597 section 5).
    #[inline]
    pub fn rtype(&self) -> Option<Rtype> {
        rtype(self)
    }

    /// The class that it names, by its mnemonic or as `CLASS` with a number (RFC 3597 section 5).
    #[inline]
    pub fn class(&self) -> Option<Class> {
        if self.is_word("IN") {
            return Some(Class::IN);
        }
        self.parse("a class").ok()
    }

    /// Reads a decimal number that is at most `most`.
    ///
    /// # Errors
    ///
    /// It is none, or larger.
    #[inline]
    pub fn number(&self, most: u64, expected: &'static str) -> Result<u64, TextError> {
        if self.octets.is_empty() || self.quoted {
            return Err(self.error(TextErrorKind::NotNumber, expected));
        }
        let mut number = 0_u64;
        for &octet in self.octets {
            let digit = octet.wrapping_sub(b'0');
            if digit > 9 {
                return Err(self.error(TextErrorKind::NotNumber, expected));
            }
            number = number.saturating_mul(10).saturating_add(u64::from(digit));
        }
        if number > most {
            return Err(self.error(TextErrorKind::OutOfRange, expected));
        }
        Ok(number)
    }

    /// Reads a decimal number of 8 bits.
    ///
    /// # Errors
    ///
    /// It is none.
    #[inline]
    pub fn u8(&self) -> Result<u8, TextError> {
        let number = self.number(u64::from(u8::MAX), "a number from 0 to 255")?;
        Ok(u8::try_from(number).unwrap_or_default())
    }

    /// Reads a decimal number of 16 bits.
    ///
    /// # Errors
    ///
    /// It is none.
    #[inline]
    pub fn u16(&self) -> Result<u16, TextError> {
        let number = self.number(u64::from(u16::MAX), "a number from 0 to 65535")?;
        Ok(u16::try_from(number).unwrap_or_default())
    }

    /// Reads a decimal number of 32 bits.
    ///
    /// # Errors
    ///
    /// It is none.
    #[inline]
    pub fn u32(&self) -> Result<u32, TextError> {
        let number = self.number(u64::from(u32::MAX), "a number from 0 to 4294967295")?;
        Ok(u32::try_from(number).unwrap_or_default())
    }

    /// Reads a span of time in seconds: a number, or numbers with the units `w d h m s`, as in `1h30m`.
    ///
    /// # Errors
    ///
    /// It is none, or longer than 32 bits hold.
    pub fn seconds(&self) -> Result<u32, TextError> {
        const EXPECTED: &str = "a number of seconds, or a time such as 1h30m";
        let wrong = || self.error(TextErrorKind::NotNumber, EXPECTED);
        if self.quoted || self.octets.is_empty() {
            return Err(wrong());
        }
        let (mut sum, mut number) = (0_u64, None::<u64>);
        for &octet in self.octets {
            let unit = match octet.to_ascii_lowercase() {
                digit @ b'0'..=b'9' => {
                    let digit = u64::from(digit.wrapping_sub(b'0'));
                    number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
                    continue;
                }
                b's' => 1,
                b'm' => 60,
                b'h' => 3_600,
                b'd' => 86_400,
                b'w' => 604_800,
                _ => return Err(wrong()),
            };
            let number = number.take().ok_or_else(wrong)?;
            sum = sum.saturating_add(number.saturating_mul(unit));
        }
        // A number without a unit is one of seconds.
        let sum = sum.saturating_add(number.unwrap_or(0));
        u32::try_from(sum).map_err(|_| self.error(TextErrorKind::OutOfRange, EXPECTED))
    }

    /// Reads a name and appends its wire form to `octets`. `@` is the origin, and a name without a dot at its end is
    /// completed with the origin.
    ///
    /// # Errors
    ///
    /// It is no name, or a relative one without an origin. `octets` may have grown.
    #[inline]
    pub fn name(&self, origin: Option<&Name>, octets: &mut Vec<u8>) -> Result<(), TextError> {
        append_name(self, origin, octets)
    }

    /// Reads a character string and appends its wire form, the length first, to `octets`.
    ///
    /// # Errors
    ///
    /// It is longer than 255 octets, or has a bad escape. `octets` may have grown.
    pub fn character_string(&self, octets: &mut Vec<u8>) -> Result<(), TextError> {
        let at = octets.len();
        octets.push(0);
        self.unescape(octets)?;
        let length = octets.len().saturating_sub(at).saturating_sub(1);
        let length = u8::try_from(length)
            .map_err(|_| self.error(TextErrorKind::StringTooLong, "at most 255 octets"))?;
        if let Some(first) = octets.get_mut(at) {
            *first = length;
        }
        Ok(())
    }

    /// Appends its octets to `octets`, escapes resolved.
    ///
    /// # Errors
    ///
    /// An escape is bad. `octets` may have grown.
    #[inline]
    pub fn unescape(&self, octets: &mut Vec<u8>) -> Result<(), TextError> {
        if self.value_quoted {
            return Err(self.error(TextErrorKind::QuoteInToken, "a text wholly in quotes, or without"));
        }
        if !self.escaped {
            octets.extend_from_slice(self.octets);
            return Ok(());
        }
        for character in self.characters() {
            octets.push(character?.octet);
        }
        Ok(())
    }

    /// Its characters, escapes resolved.
    pub const fn characters(&self) -> Characters<'a> {
        Characters {
            token: *self,
            next: 0,
        }
    }

    /// A part of it: the octets with these indices, which cut no escape in two.
    pub fn part(&self, octets: core::ops::Range<usize>) -> Self {
        let start = u32::try_from(octets.start).unwrap_or(u32::MAX);
        Self {
            octets: self.octets.get(octets).unwrap_or_default(),
            start: self.start.saturating_add(start),
            quoted: false,
            value_quoted: false,
            ..*self
        }
    }

    /// The parts before and after its first `=`, as in `alpn="h2,h3"` (RFC 9460 section 2.1). The second part may be quoted by
    /// itself. There is none if there is no `=`.
    pub fn split_value(&self) -> (Self, Option<Self>) {
        let Some(equals) = self.octets.iter().position(|&octet| octet == b'=') else {
            return (*self, None);
        };
        let (key, value) = self.octets.split_at_checked(equals).unwrap_or_default();
        let value = value.get(1..).unwrap_or_default();
        let key = Self {
            octets: key,
            value_quoted: false,
            ..*self
        };
        // Invariant: the quotes in a token begin after the first `=` and end with the token.
        let inner = value
            .strip_prefix(b"\"")
            .and_then(|value| value.strip_suffix(b"\""));
        let quoted = self.value_quoted && inner.is_some();
        let octets = if quoted { inner.unwrap_or_default() } else { value };
        let before = equals.saturating_add(1).saturating_add(usize::from(quoted));
        let start = self
            .start
            .saturating_add(u32::try_from(before).unwrap_or(u32::MAX));
        let value = Self {
            octets,
            start,
            quoted,
            value_quoted: false,
            ..*self
        };
        (key, Some(value))
    }
}

/// A character of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Character {
    /// The octet that it stands for.
    pub octet: u8,
    /// Whether it is written with a backslash, so that it has no special meaning.
    pub escaped: bool,
    /// The index of its first octet in the token.
    pub index: usize,
}

/// The characters of a token, escapes resolved. After an error there is nothing more.
#[derive(Clone, Debug)]
pub struct Characters<'a> {
    token: Token<'a>,
    next: usize,
}

impl Iterator for Characters<'_> {
    type Item = Result<Character, TextError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let index = self.next;
        let rest = self.token.octets.get(index..)?;
        let (octet, length) = match *rest {
            [] => return None,
            [b'\\', a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] => {
                let value = [a, b, c].iter().fold(0_u16, |value, digit| {
                    value
                        .wrapping_mul(10)
                        .wrapping_add(u16::from(digit.wrapping_sub(b'0')))
                });
                (u8::try_from(value).ok(), 4)
            }
            [b'\\', b'0'..=b'9', ..] | [b'\\'] => (None, 1),
            [b'\\', octet, ..] => (Some(octet), 2),
            [octet, ..] => (Some(octet), 1),
        };
        let Some(octet) = octet else {
            self.next = usize::MAX;
            let expected = "three digits up to 255, or a character that is no digit";
            return Some(Err(self.token.error_at(index, TextErrorKind::Escape, expected)));
        };
        self.next = index.wrapping_add(length);
        Some(Ok(Character {
            octet,
            escaped: length > 1,
            index,
        }))
    }
}
