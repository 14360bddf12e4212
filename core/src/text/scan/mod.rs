//! Entries of a zone file, cut into tokens (RFC 1035 section 5.1).
//!
//! [`Scanner`] takes the file in pieces of any size and gives one [`Entry`] after the other: a line, or several that
//! parentheses or quotes join. [`Tokens`] walks along an entry, and a [`Token`] knows how to be read as a number, a name or a
//! character string. Whatever goes wrong is a [`TextError`] that says where, and what was expected there.

mod address;
mod character;
mod entry;
mod error;
mod lexer;
mod mnemonic;
mod name;
mod scanner;
mod token;

#[cfg(test)]
mod tests;

pub use entry::{Entry, Tokens};
pub use error::{Position, TextError, TextErrorKind};
pub use scanner::{Progress, Scanner};
pub use token::{Character, Characters, Token};
