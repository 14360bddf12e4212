//! Octets in some encoding, read from tokens.

use alloc::vec::Vec;

use super::encoding::Encoding;
use crate::text::scan::{TextError, TextErrorKind, Token, Tokens};

/// Reads octets from all tokens that are left: blanks may stand anywhere.
pub(super) fn read_octets(
    encoding: Encoding,
    tokens: &mut Tokens<'_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    match read_characters(encoding, tokens, octets)? {
        None => Ok(()),
        Some(last) => Err(last.error(TextErrorKind::Unrecognised, expected_octets(encoding))),
    }
}

/// The same. If the last octet is not complete, the token that should complete it comes back.
pub(super) fn read_characters<'a>(
    encoding: Encoding,
    tokens: &mut Tokens<'a>,
    octets: &mut Vec<u8>,
) -> Result<Option<Token<'a>>, TextError> {
    let expected = expected_octets(encoding);
    let mut reader = encoding.reader();
    let mut last = None;
    while !tokens.is_empty() {
        let token = tokens.take(expected)?;
        if token.is_quoted() {
            return Err(token.error(TextErrorKind::Quoted, expected));
        }
        reader
            .read(token.octets(), octets)
            .map_err(|index| token.error_at(index, TextErrorKind::Unrecognised, expected))?;
        last = Some(token);
    }
    Ok(last.filter(|_| !reader.is_complete()))
}

/// The same, but at least one octet.
pub(super) fn read_some_octets(
    encoding: Encoding,
    tokens: &mut Tokens<'_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let before = octets.len();
    read_octets(encoding, tokens, octets)?;
    if octets.len() == before {
        return Err(tokens.missing(expected_octets(encoding)));
    }
    Ok(())
}

/// Reads octets from the characters of one token.
pub(super) fn read_encoded(
    encoding: Encoding,
    token: &Token<'_>,
    characters: &[u8],
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let wrong = || token.error(TextErrorKind::Unrecognised, expected_octets(encoding));
    let mut reader = encoding.reader();
    reader.read(characters, octets).map_err(|_| wrong())?;
    if reader.is_complete() {
        Ok(())
    } else {
        Err(wrong())
    }
}

/// Octets from one token, after one octet with their number; a hyphen for none if they are a salt.
pub(super) fn read_counted(
    encoding: Encoding,
    tokens: &mut Tokens<'_>,
    expected: &'static str,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let token = tokens.take(expected)?;
    let at = octets.len();
    octets.push(0);
    if encoding == Encoding::Base16 && token.is_word("-") {
        return Ok(());
    }
    read_encoded(encoding, &token, token.octets(), octets)?;
    let length = octets.len().saturating_sub(at).saturating_sub(1);
    match (u8::try_from(length), octets.get_mut(at)) {
        (Ok(length @ 1..), Some(first)) => *first = length,
        _ => return Err(token.error(TextErrorKind::OutOfRange, expected)),
    }
    Ok(())
}

/// A number of octets, and that many octets in base 64.
pub(super) fn read_long(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let length = tokens.take("a number of octets from 0 to 65535")?;
    let announced = length.u16()?;
    octets.extend_from_slice(&announced.to_be_bytes());
    let end = octets.len().saturating_add(usize::from(announced));
    let expected = expected_octets(Encoding::Base64);
    let mut reader = Encoding::Base64.reader();
    while octets.len() < end || !reader.is_complete() {
        let token = tokens.take(expected)?;
        reader
            .read(token.octets(), octets)
            .map_err(|index| token.error_at(index, TextErrorKind::Unrecognised, expected))?;
    }
    if octets.len() > end {
        return Err(length.error(TextErrorKind::RdataLength, "the number of octets that follow"));
    }
    Ok(())
}

/// `0x`, and hexadecimal digits between which there may be dots.
pub(super) fn read_nsap(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let expected = "an address such as 0x47.0005.80.005a00";
    let token = tokens.take(expected)?;
    let text = token.text(expected)?;
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let digits = digits.ok_or_else(|| token.error(TextErrorKind::Unrecognised, expected))?;
    let digits: Vec<u8> = digits.bytes().filter(|&octet| octet != b'.').collect();
    if digits.is_empty() {
        return Err(token.error(TextErrorKind::Unrecognised, expected));
    }
    read_encoded(Encoding::Base16, &token, &digits, octets)
}

/// Hexadecimal digits after a zero octet, or, after a plus sign, decimal digits after a one. Between them there may be dots.
pub(super) fn read_atm_address(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let expected = "an address such as 39.246f.00.0e7c9c.0312.0001 or +358.400.1234567";
    let token = tokens.take(expected)?;
    let text = token.text(expected)?;
    let decimal = text.strip_prefix('+');
    let digits = decimal.unwrap_or(text).bytes();
    let digits: Vec<u8> = digits.filter(|&octet| octet != b'.').collect();
    if digits.is_empty() || decimal.is_some() && !digits.iter().all(u8::is_ascii_digit) {
        return Err(token.error(TextErrorKind::Unrecognised, expected));
    }
    octets.push(u8::from(decimal.is_some()));
    if decimal.is_none() {
        return read_encoded(Encoding::Base16, &token, &digits, octets);
    }
    octets.extend_from_slice(&digits);
    Ok(())
}

const fn expected_octets(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Base16 => "octets in hexadecimal",
        Encoding::Base32Hex => "octets in base 32",
        Encoding::Base64 => "octets in base 64",
    }
}
