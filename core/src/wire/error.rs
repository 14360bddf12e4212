//! Why octets are no message, no name or no RDATA.

use core::fmt;

/// Octets that break a rule of the wire format: which rule, and where.
///
/// It is small and holds nothing of what the peer sent, so that it may be counted, logged and copied freely.
///
/// ```
/// use nameward_core::wire::{Message, ParseErrorKind};
///
/// let error = Message::parse(&[0; 5]).unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (ParseErrorKind::Short, 5));
/// assert_eq!(error.to_string(), "the octets end too early, at octet 5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind}, at octet {offset}")]
pub struct ParseError {
    kind: ParseErrorKind,
    offset: u16,
}

impl ParseError {
    /// `kind` at `offset` octets from the start of the message.
    #[cold]
    pub(crate) fn new(kind: ParseErrorKind, offset: usize) -> Self {
        Self {
            kind,
            offset: u16::try_from(offset).unwrap_or(u16::MAX),
        }
    }

    /// Which rule was broken.
    pub const fn kind(self) -> ParseErrorKind {
        self.kind
    }

    /// Where it was noticed: octets from the start of the message, or of the name or RDATA if that was parsed alone.
    /// 65 535 stands for everything further on.
    pub const fn offset(self) -> u16 {
        self.offset
    }
}

/// The rules of the wire format that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The octets end before what they announce: a header, a name, a record, an option.
    Short,
    /// The message is longer than 65 535 octets, more than any transport carries.
    MessageTooLong,
    /// Octets follow the last record that the header counts.
    TrailingOctets,
    /// A label begins with the bits 01 or 10, which are reserved (RFC 1035 section 4.1.4, RFC 6891 section 5).
    LabelType,
    /// A compression pointer does not lead strictly backwards, so that it could be part of a loop.
    PointerNotBackwards,
    /// A name is made of more than 126 compression pointers, more than there can be between its labels.
    TooManyPointers,
    /// The names of a message together follow more compression pointers than four for each of its octets.
    PointerBudget,
    /// A name is longer than 255 octets (RFC 1035 section 2.3.4).
    NameTooLong,
    /// A compression pointer stands where names are not compressed.
    PointerOutOfPlace,
    /// A field of RDATA reaches beyond RDLENGTH.
    RdataShort,
    /// RDATA has octets left after its last field.
    RdataLong,
    /// A field of RDATA has a value that its type does not allow.
    RdataValue,
    /// An OPT record stands outside the additional section (RFC 6891 section 6.1.1).
    OptOutOfPlace,
    /// An OPT record is owned by another name than the root (RFC 6891 section 6.1.2).
    OptOwner,
    /// The message has a second OPT record (RFC 6891 section 6.1.1).
    SecondOpt,
    /// The OPT record has more than 100 options.
    TooManyOptions,
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "the octets end too early",
            Self::MessageTooLong => "the message is longer than 65535 octets",
            Self::TrailingOctets => "octets follow the last record",
            Self::LabelType => "the label has a reserved type",
            Self::PointerNotBackwards => "the compression pointer does not lead backwards",
            Self::TooManyPointers => "the name has more than 126 compression pointers",
            Self::PointerBudget => "the message has too many compression pointers to follow",
            Self::NameTooLong => "the name is longer than 255 octets",
            Self::PointerOutOfPlace => "a compression pointer stands where names are not compressed",
            Self::RdataShort => "a field of the RDATA reaches beyond RDLENGTH",
            Self::RdataLong => "the RDATA has octets after its last field",
            Self::RdataValue => "a field of the RDATA has a value that its type does not allow",
            Self::OptOutOfPlace => "an OPT record stands outside the additional section",
            Self::OptOwner => "the OPT record is not owned by the root",
            Self::SecondOpt => "there is a second OPT record",
            Self::TooManyOptions => "the OPT record has more than 100 options",
        })
    }
}
