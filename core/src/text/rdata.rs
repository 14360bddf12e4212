//! RDATA as text.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::wire::{CharacterStrings, Class, Field, Piece, Rdata, Record, RecordRef, Schema};

/// How many hexadecimal digits stand together.
const GROUP: usize = 56;

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
            Some(pieces) if pieces.clone().all(|piece| piece.is_ok()) => {
                for (index, (field, piece)) in pieces.flatten().enumerate() {
                    if index > 0 {
                        f.write_str(" ")?;
                    }
                    match piece {
                        Piece::Name(name) => write!(f, "{name}")?,
                        Piece::Octets(octets) => write_field(f, field, octets)?,
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

/// Writes a field whose octets were checked.
fn write_field(f: &mut fmt::Formatter<'_>, field: Field, octets: &[u8]) -> fmt::Result {
    match field {
        Field::U16 | Field::U32 => write!(f, "{}", number(octets)),
        Field::Ipv4 => octets
            .first_chunk::<4>()
            .map_or(Ok(()), |&octets| write!(f, "{}", Ipv4Addr::from(octets))),
        Field::Ipv6 => octets
            .first_chunk::<16>()
            .map_or(Ok(()), |&octets| write_ipv6(f, octets)),
        Field::CharacterStrings => write_strings(f, octets),
        // A name is no piece of octets.
        Field::Name => Ok(()),
    }
}

/// As RFC 5952 wants it, and an address that contains an IPv4 address (RFC 4291 section 2.5.5.1) with its last part as such.
fn write_ipv6(f: &mut fmt::Formatter<'_>, octets: [u8; 16]) -> fmt::Result {
    match octets {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] if (a, b) != (0, 0) => {
            write!(f, "::{a}.{b}.{c}.{d}")
        }
        _ => write!(f, "{}", Ipv6Addr::from(octets)),
    }
}

fn number(octets: &[u8]) -> u32 {
    octets
        .iter()
        .fold(0, |number, &octet| number << 8 | u32::from(octet))
}

fn write_strings(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    let Ok(strings) = CharacterStrings::from_wire(octets) else {
        return Ok(());
    };
    for (index, string) in strings.iter().enumerate() {
        f.write_str(if index > 0 { " \"" } else { "\"" })?;
        for &octet in string {
            match octet {
                b'"' | b'\\' => write!(f, "\\{}", char::from(octet))?,
                b' '..=b'~' => write!(f, "{}", char::from(octet))?,
                _ => write!(f, "\\{octet:03}")?,
            }
        }
        f.write_str("\"")?;
    }
    Ok(())
}

fn write_unknown(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    write!(f, "\\# {}", octets.len())?;
    for group in octets.chunks(GROUP / 2) {
        f.write_str(" ")?;
        group.iter().try_for_each(|octet| write!(f, "{octet:02X}"))?;
    }
    Ok(())
}
