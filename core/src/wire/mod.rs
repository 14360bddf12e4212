//! The wire format: messages, names, records, and the codes in them (RFC 1035 and its successors).
//!
//! There are two kinds of type. A borrowed view, such as [`Message`], [`NameRef`] or [`RecordRef`], stands for octets that were
//! checked once; looking at it cannot fail and costs no memory. An owned value, such as [`Name`], [`Record`] or [`Rdata`],
//! holds wire octets without compression. [`MessageWriter`] turns either into a message.
//!
//! Unknown types take the same way as known ones (RFC 3597): what is known about a type is one declaration in `rdata`.

mod codes;
mod error;
mod header;
mod message;
mod name;
mod opt;
mod question;
pub mod raw;
pub mod rdata;
mod record;
#[cfg(any(test, planted, fuzzing))]
pub mod steps;
mod storage;
mod trace;
mod writer;

pub use codes::{
    CertificateType, Class, DigestType, Opcode, OptionCode, Rcode, Rtype, Scheme, SecurityAlgorithm,
    UnknownMnemonic,
};
pub use error::{ParseError, ParseErrorKind};
pub use header::{Flags, Header};
pub use message::{Message, OwnedMessage, Questions, Records, SharedMessage};
pub use name::{Labels, Name, NameError, NameErrorKind, NameRef};
pub use opt::{Opt, OptRef, OptionRef, OptionRefs, Options};
pub use question::{Question, QuestionRef};
pub use rdata::{
    A, Aaaa, CharacterStrings, Cname, Dname, Field, Fields, Mx, NameRule, Ns, Ptr, Rdata, RecordType, Schema,
    Soa, Txt,
};
pub use record::{Record, RecordRef, Section};
pub use writer::{Checkpoint, MessageWriter, WriteError};
pub(crate) use writer::{FIRST_NAME, OwnerName};

pub(crate) use rdata::Piece;
pub(crate) use storage::Storage;
