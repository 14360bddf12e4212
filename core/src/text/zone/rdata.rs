//! RDATA from text (RFC 1035 section 5.1, RFC 3597 section 5).

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::text::scan::{TextError, TextErrorKind, Tokens};
use crate::wire::{Class, Field, Rdata, Rtype, Schema};

/// Reads all tokens that are left as the RDATA of a type, and appends its wire form without compression to `octets`.
///
/// RDATA of any type may be written as `\#`, its length, and its octets in hexadecimal (RFC 3597 section 5). If the type is
/// known they have to fit it.
///
/// # Errors
///
/// The tokens are no RDATA of the type, or it is not known and they do not begin with `\#`.
#[inline]
pub fn read_rdata(
    rtype: Rtype,
    class: Class,
    tokens: &mut Tokens<'_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let schema = Schema::of(rtype, class);
    let generic = tokens
        .peek()
        .filter(|token| !token.is_quoted() && token.octets() == br"\#");
    match schema {
        Some(schema) if generic.is_none() => {
            let start = octets.len();
            for &field in schema.fields {
                read_field(field, tokens, octets)?;
            }
            tokens.finish()?;
            if octets.len().wrapping_sub(start) > usize::from(u16::MAX) {
                return Err(tokens.wrong(TextErrorKind::RdataTooLong, "less RDATA"));
            }
            Ok(())
        }
        _ => read_generic(schema, rtype, tokens, octets),
    }
}

/// Reads one field.
#[inline]
fn read_field(field: Field, tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    match field {
        Field::U16 => octets.extend_from_slice(&tokens.u16()?.to_be_bytes()),
        Field::U32 => octets.extend_from_slice(&tokens.take("a number")?.seconds()?.to_be_bytes()),
        Field::Ipv4 => {
            const EXPECTED: &str = "an IPv4 address";
            let address: Ipv4Addr = tokens.take(EXPECTED)?.parse(EXPECTED)?;
            octets.extend_from_slice(&address.octets());
        }
        Field::Ipv6 => {
            const EXPECTED: &str = "an IPv6 address";
            let address: Ipv6Addr = tokens.take(EXPECTED)?.parse(EXPECTED)?;
            octets.extend_from_slice(&address.octets());
        }
        Field::Name => tokens.name(octets)?,
        Field::CharacterStrings => {
            tokens.character_string(octets)?;
            while !tokens.is_empty() {
                tokens.character_string(octets)?;
            }
        }
    }
    Ok(())
}

/// Reads `\#`, the length, and the octets.
#[cold]
fn read_generic(
    schema: Option<&'static Schema>,
    rtype: Rtype,
    tokens: &mut Tokens<'_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    const MARK: &str = r"\# and a length, as the type is not known";
    let mark = tokens.take(MARK)?;
    if mark.is_quoted() || mark.octets() != br"\#" {
        return Err(mark.error(TextErrorKind::Unrecognised, MARK));
    }
    let length = tokens.take("the number of octets")?;
    let count = length.u16()?;
    let start = octets.len();
    let mut high = None;
    while let Some(token) = tokens.peek() {
        for (index, &digit) in token.text("hexadecimal digits")?.as_bytes().iter().enumerate() {
            let value = char::from(digit)
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok());
            let value = value
                .ok_or_else(|| token.error_at(index, TextErrorKind::Unrecognised, "hexadecimal digits"))?;
            high = match high {
                None => Some(value << 4),
                Some(high) => {
                    octets.push(high | value);
                    None
                }
            };
        }
        tokens.take("hexadecimal digits")?;
    }
    let read = octets.get(start..).unwrap_or_default();
    if high.is_some() || read.len() != usize::from(count) {
        return Err(length.error(TextErrorKind::RdataLength, "the number of octets that follow"));
    }
    if schema.is_some() {
        Rdata::from_wire(rtype, read)
            .map_err(|error| mark.error(TextErrorKind::Rdata(error.kind()), "octets that fit the type"))?;
    }
    Ok(())
}
