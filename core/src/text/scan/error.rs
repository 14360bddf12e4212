//! What can be wrong with text, and where.

use core::fmt;

use crate::wire::{NameErrorKind, ParseErrorKind};

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Octets from the beginning of the text.
    pub offset: u64,
    /// The line, counted from 1.
    pub line: u32,
    /// The octet in its line, counted from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A text that breaks a rule: which rule, where, and what was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {kind}; expected {expected}")]
pub struct TextError {
    pub(super) kind: TextErrorKind,
    pub(super) expected: &'static str,
    pub(super) position: Position,
    pub(super) length: u32,
}

impl TextError {
    /// An error of `length` octets at a place that has no token.
    pub(in crate::text) fn new(
        kind: TextErrorKind,
        expected: &'static str,
        position: Position,
        length: usize,
    ) -> Self {
        Self {
            kind,
            expected,
            position,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        }
    }

    /// The same at another place: where the text was made from that is wrong.
    pub(in crate::text) const fn at(self, position: Position) -> Self {
        Self {
            position,
            length: 0,
            ..self
        }
    }

    /// Which rule was broken.
    pub const fn kind(&self) -> TextErrorKind {
        self.kind
    }

    /// What was expected: a phrase such as "an IPv4 address".
    pub const fn expected(&self) -> &'static str {
        self.expected
    }

    /// Where the token begins that is wrong, or where one is missing.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// How many octets of text are wrong; 0 if something is missing.
    pub const fn length(&self) -> u32 {
        self.length
    }
}

/// The rules of presentation format that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TextErrorKind {
    /// A quoted token has no second quote.
    UnclosedQuote,
    /// A token goes on after a quote, or has a quoted value where it must be wholly in quotes or without.
    QuoteInToken,
    /// An opening parenthesis has no closing one.
    UnclosedParenthesis,
    /// A closing parenthesis has no opening one.
    UnopenedParenthesis,
    /// An opening parenthesis stands inside others.
    NestedParenthesis,
    /// The entry is longer than the limit of the scanner.
    EntryTooLong,
    /// The entry ends too early.
    Missing,
    /// The entry goes on after its end.
    Surplus,
    /// A backslash is followed by neither three digits up to 255 nor a character that is no digit.
    Escape,
    /// The token is quoted, and must not be.
    Quoted,
    /// The token is no name.
    Name(NameErrorKind),
    /// The name is relative, and there is no origin that would complete it.
    NoOrigin,
    /// A character string is longer than 255 octets.
    StringTooLong,
    /// The token is no number.
    NotNumber,
    /// The number is too large, or too small.
    OutOfRange,
    /// The token is no word of those that are allowed here, or it does not have the form that it needs.
    Unrecognised,
    /// The RDATA is longer than 65 535 octets.
    RdataTooLong,
    /// The length after `\#` is not that of the octets that follow (RFC 3597 section 5).
    RdataLength,
    /// The octets after `\#` do not fit the type (RFC 3597 section 5).
    Rdata(ParseErrorKind),
    /// The directive is not known.
    Directive,
    /// The entry has no owner, and no entry before it had a valid one.
    NoOwner,
    /// The entry has no TTL, and nothing before it says which to take.
    NoTtl,
    /// The class is another one than that of the zone (RFC 1035 section 5.2).
    OtherClass,
    /// The type exists in questions or messages only, not in zones (RFC 6895 section 3.1).
    MetaType,
    /// Files include each other deeper than the limit.
    IncludeDepth,
    /// The directive would generate more entries than the limit.
    TooManyGenerated,
}

impl fmt::Display for TextErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnclosedQuote => "the quote is not closed",
            Self::QuoteInToken => "a quote stands inside a token",
            Self::UnclosedParenthesis => "the parenthesis is not closed",
            Self::UnopenedParenthesis => "the parenthesis was not opened",
            Self::NestedParenthesis => "parentheses stand inside parentheses",
            Self::EntryTooLong => "the entry is too long",
            Self::Missing => "the entry ends too early",
            Self::Surplus => "the entry goes on after its end",
            Self::Escape => "a backslash needs three digits up to 255, or a character that is no digit",
            Self::Quoted => "the token must not be quoted",
            Self::Name(kind) => return fmt::Display::fmt(kind, f),
            Self::NoOrigin => "the name is relative, and there is no origin",
            Self::StringTooLong => "the string is longer than 255 octets",
            Self::NotNumber => "not a number",
            Self::OutOfRange => "the number is out of range",
            Self::Unrecognised => "not recognised",
            Self::RdataTooLong => "the RDATA is longer than 65535 octets",
            Self::RdataLength => "the length is not that of the octets",
            Self::Rdata(kind) => return write!(f, "the octets do not fit the type: {kind}"),
            Self::Directive => "the directive is not known",
            Self::NoOwner => "no owner is known",
            Self::NoTtl => "no TTL is known",
            Self::OtherClass => "the class is not that of the zone",
            Self::MetaType => "the type does not exist in zones",
            Self::IncludeDepth => "files include each other too deeply",
            Self::TooManyGenerated => "too many entries would be generated",
        })
    }
}
