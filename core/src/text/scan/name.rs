//! Names in tokens, written straight into wire form.
//!
//! A zone file consists of octets, and those that are not ASCII stand for themselves: a label may have any octets
//! (RFC 2181 section 11).

use alloc::vec::Vec;

use super::error::{TextError, TextErrorKind};
use super::token::Token;
use crate::wire::{Name, NameErrorKind};

/// The longest name in wire form, in octets (RFC 1035 section 2.3.4).
const LONGEST_NAME: usize = 255;

/// The longest label, in octets.
const LONGEST_LABEL: usize = 63;

/// What names are, for errors.
const EXPECTED: &str = "a name";

/// Appends the wire form of the name in `token`.
#[inline]
pub(super) fn append_name(
    token: &Token<'_>,
    origin: Option<&Name>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    if token.is_quoted() {
        return Err(token.error(TextErrorKind::Quoted, EXPECTED));
    }
    let text = token.octets();
    let before = octets.len();
    match *text {
        [b'@'] => {
            let origin = origin.ok_or_else(|| token.error(TextErrorKind::NoOrigin, EXPECTED))?;
            octets.extend_from_slice(origin.as_wire());
            return Ok(());
        }
        [b'.'] => {
            octets.push(0);
            return Ok(());
        }
        _ => {}
    }
    let absolute = if token.is_escaped() {
        append_escaped(token, octets)?
    } else {
        append_plain(token, octets)?
    };
    if !absolute {
        let origin = origin.ok_or_else(|| token.error(TextErrorKind::NoOrigin, EXPECTED))?;
        octets.extend_from_slice(origin.as_wire());
    }
    if octets.len().wrapping_sub(before) > LONGEST_NAME {
        return Err(wrong(token, 0, NameErrorKind::NameTooLong));
    }
    Ok(())
}

#[cold]
fn wrong(token: &Token<'_>, index: usize, kind: NameErrorKind) -> TextError {
    token.error_at(index, TextErrorKind::Name(kind), EXPECTED)
}

/// Appends the labels of a name without escapes, and the root's if the name is absolute, which is what comes back.
///
/// With a place for the first length before it, the text has the layout of the wire form: each dot stands where the length
/// of the next label belongs.
#[inline]
fn append_plain(token: &Token<'_>, octets: &mut Vec<u8>) -> Result<bool, TextError> {
    let text = token.octets();
    let start = octets.len();
    octets.push(0);
    octets.extend_from_slice(text);
    let mut rest = octets.get_mut(start..).unwrap_or_default();
    loop {
        let Some((length, after)) = rest.split_first_mut() else {
            return Ok(false);
        };
        let dot = after.iter().position(|&octet| octet == b'.');
        let label = dot.unwrap_or(after.len());
        let index = text.len().wrapping_sub(after.len());
        *length = match u8::try_from(label) {
            Ok(0) if after.is_empty() && !text.is_empty() => {
                *length = 0;
                return Ok(true);
            }
            Ok(0) if text.is_empty() => return Err(wrong(token, 0, NameErrorKind::Empty)),
            Ok(0) => return Err(wrong(token, index, NameErrorKind::EmptyLabel)),
            Ok(label) if usize::from(label) <= LONGEST_LABEL => label,
            _ => return Err(wrong(token, index, NameErrorKind::LabelTooLong)),
        };
        match dot {
            None => return Ok(false),
            Some(dot) => rest = after.get_mut(dot..).unwrap_or_default(),
        }
    }
}

/// Appends the labels of a name, character by character.
fn append_escaped(token: &Token<'_>, octets: &mut Vec<u8>) -> Result<bool, TextError> {
    let mut label = octets.len();
    octets.push(0);
    for character in token.characters() {
        let character = character?;
        let length = octets.len().wrapping_sub(label).wrapping_sub(1);
        if character.octet == b'.' && !character.escaped {
            if length == 0 {
                return Err(wrong(token, character.index, NameErrorKind::EmptyLabel));
            }
            label = octets.len();
            octets.push(0);
            continue;
        }
        if length >= LONGEST_LABEL {
            return Err(wrong(token, character.index, NameErrorKind::LabelTooLong));
        }
        octets.push(character.octet);
        if let Some(counted) = octets.get_mut(label) {
            *counted = counted.wrapping_add(1);
        }
    }
    // What was begun after the last dot is the label of the root.
    Ok(octets.len() == label.wrapping_add(1))
}
