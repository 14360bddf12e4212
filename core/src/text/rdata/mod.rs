//! RDATA as text.

mod codes;
pub(super) mod encoding;
mod location;
mod octets;
mod params;
mod prefixes;
mod print;
mod read;
mod services;
pub(super) mod time;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::fmt;

use crate::text::scan::{Progress, Scanner, TextError};
use crate::wire::rdata::{Field, Schema};
use crate::wire::{Class, Name, ParseError, Piece, Rdata, Record, RecordRef, Rtype};
use encoding::Encoding;

pub use read::read_rdata;

/// RDATA, to be displayed on one line as `dig` prints it: fields of known types one after the other, other types as
/// `\# length octets` (RFC 3597 section 5).
///
/// RDATA that does not fit its type is displayed like that of an unknown type.
#[derive(Clone, Copy, Debug)]
pub struct RdataText<'a> {
    schema: Option<&'static Schema>,
    /// The message up to the end of the RDATA.
    octets: &'a [u8],
    start: usize,
}

impl Rdata {
    /// Its text in the class of the Internet. The RDATA displays as this, too.
    pub fn text(&self) -> RdataText<'_> {
        RdataText {
            schema: Schema::of(self.rtype(), Class::IN),
            octets: self.octets(),
            start: 0,
        }
    }

    /// Reads the text of the RDATA of a type in the class of the Internet, as [`read_rdata`] does.
    ///
    /// ```
    /// use nameward_core::wire::{Rdata, Rtype};
    ///
    /// let origin = "example.".parse().unwrap();
    /// let rdata = Rdata::from_text(Rtype::MX, "10 mail", Some(&origin)).unwrap();
    /// assert_eq!(rdata.to_string(), "10 mail.example.");
    /// assert_eq!(Rdata::from_text(Rtype::MX, r"\# 3 000A00", None).unwrap().to_string(), "10 .");
    /// ```
    ///
    /// # Errors
    ///
    /// The text is no such RDATA, or it goes on after the end of a line.
    pub fn from_text(rtype: Rtype, text: &str, origin: Option<&Name>) -> Result<Self, TextError> {
        let mut scanner = Scanner::new(Scanner::LONGEST_ENTRY);
        scanner.push(text.as_bytes());
        scanner.finish();
        scanner.advance()?;
        let mut octets = Vec::new();
        read_rdata(rtype, Class::IN, &mut scanner.entry().tokens(origin), &mut octets)?;
        match scanner.advance()? {
            Progress::Entry => scanner.entry().tokens(origin).finish()?,
            Progress::Wanted | Progress::Ended => {}
        }
        Ok(Self::opaque(rtype, &octets))
    }
}

impl Record {
    /// The text of its RDATA, which depends on the class, too.
    pub fn rdata_text(&self) -> RdataText<'_> {
        RdataText {
            schema: Schema::of(self.rtype(), self.class),
            octets: self.rdata.octets(),
            start: 0,
        }
    }
}

impl<'a> RecordRef<'a> {
    /// The text of its RDATA, which depends on the class, too.
    pub fn rdata_text(&self) -> RdataText<'a> {
        let (message, start, end) = self.rdata_place();
        RdataText {
            schema: self.schema(),
            octets: message.get(..end).unwrap_or_default(),
            start,
        }
    }
}

impl fmt::Display for RdataText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pieces = self
            .schema
            .map(|schema| schema.pieces(self.octets, self.start, self.octets.len()));
        match pieces {
            // All of it is read before any of it is written.
            Some(pieces) if self.start < self.octets.len() && pieces.clone().all(has_text) => {
                let mut first = true;
                for (field, piece) in pieces.flatten() {
                    if is_absent(field, piece) {
                        continue;
                    }
                    if !core::mem::take(&mut first) {
                        f.write_str(" ")?;
                    }
                    match piece {
                        Piece::Name(name) => write!(f, "{name}")?,
                        Piece::Octets(octets) => print::write_field(f, field, octets)?,
                    }
                }
                Ok(())
            }
            _ => write_unknown(f, self.octets.get(self.start..).unwrap_or_default()),
        }
    }
}

impl fmt::Display for Rdata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.text(), f)
    }
}

/// The type, and the RDATA as displayed.
impl fmt::Debug for Rdata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {self}", self.rtype())
    }
}

/// Whether a field is in order, and its octets have a text from which they can be read again.
fn has_text(piece: Result<(Field, Piece<'_>), ParseError>) -> bool {
    match piece {
        Ok((field, Piece::Octets(octets))) => print::has_text(field, octets),
        Ok((_, Piece::Name(_))) => true,
        Err(_) => false,
    }
}

/// Whether nothing stands for a field that has no octets.
fn is_absent(field: Field, piece: Piece<'_>) -> bool {
    let shown = matches!(field, Field::Text | Field::HyphenBase64);
    matches!(piece, Piece::Octets([])) && !shown
}

fn write_unknown(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    write!(f, "\\# {}", octets.len())?;
    if octets.is_empty() {
        return Ok(());
    }
    f.write_str(" ")?;
    Encoding::Base16.write_groups(f, octets)
}
