//! Keys with values as text (RFC 9460 section 2.1).

use alloc::vec::Vec;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::encoding::Encoding;
use super::octets::read_encoded;
use super::print::{write_escaped, write_ipv6, write_joined, write_quoted};
use crate::text::scan::{TextError, TextErrorKind, Token, Tokens};
use crate::wire::rdata::{CharacterStrings, Names, Registry, ServiceParams, Value};
use crate::wire::{Name, NameRef};

/// Writes `key` or `key=value` for each.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    registry: Registry,
    params: ServiceParams<'_>,
) -> fmt::Result {
    write_joined(f, params.iter(), " ", |f, (key, value)| {
        let kind = registry.value(key);
        // A known key without a value that it should have has no other text.
        if value.is_empty() && kind != Value::Empty {
            return write!(f, "key{key}");
        }
        write_key(f, registry, key)?;
        if value.is_empty() {
            return Ok(());
        }
        f.write_str("=")?;
        write_value(f, registry, kind, value)
    })
}

fn write_key(f: &mut fmt::Formatter<'_>, registry: Registry, key: u16) -> fmt::Result {
    match registry.mnemonic(key) {
        Some(mnemonic) => f.write_str(mnemonic),
        None => write!(f, "key{key}"),
    }
}

fn write_value(f: &mut fmt::Formatter<'_>, registry: Registry, kind: Value, value: &[u8]) -> fmt::Result {
    let (pairs, _) = value.as_chunks::<2>();
    let numbers = pairs.iter().map(|&pair| u16::from_be_bytes(pair));
    match kind {
        Value::Empty => Ok(()),
        Value::Keys => write_joined(f, numbers, ",", |f, key| write_key(f, registry, key)),
        Value::Port | Value::Numbers => write_joined(f, numbers, ",", |f, number| write!(f, "{number}")),
        Value::Protocols => {
            f.write_str("\"")?;
            let protocols = CharacterStrings::from_wire(value)
                .into_iter()
                .flat_map(CharacterStrings::iter);
            write_joined(f, protocols, ",", write_protocol)?;
            f.write_str("\"")
        }
        Value::Ipv4 => write_joined(f, value.as_chunks::<4>().0, ",", |f, &octets| {
            write!(f, "{}", Ipv4Addr::from(octets))
        }),
        Value::Ipv6 => write_joined(f, value.as_chunks::<16>().0, ",", |f, &octets| {
            write_ipv6(f, octets.into())
        }),
        Value::Names => {
            let names = Names::from_wire(value).into_iter().flat_map(Names::iter);
            write_joined(f, names, ",", write_name)
        }
        Value::Base64 => Encoding::Base64.write(f, value),
        Value::Text | Value::Octets => write_quoted(f, value),
    }
}

/// An item of a list: commas and backslashes need a backslash, which needs one itself (RFC 9460 appendix A.1).
fn write_protocol(f: &mut fmt::Formatter<'_>, protocol: &[u8]) -> fmt::Result {
    for part in protocol.chunk_by(|a, b| !matches!(a, b',' | b'\\') && !matches!(b, b',' | b'\\')) {
        match part {
            b"," => f.write_str(r"\\,")?,
            b"\\" => f.write_str(r"\\\\")?,
            _ => write_escaped(f, part)?,
        }
    }
    Ok(())
}

/// A name of a list, so that its commas are not taken for those between names.
fn write_name(f: &mut fmt::Formatter<'_>, name: NameRef<'_>) -> fmt::Result {
    struct Commas<'f, 'g>(&'f mut fmt::Formatter<'g>);
    impl fmt::Write for Commas<'_, '_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            text.split_inclusive(',')
                .try_for_each(|part| match part.strip_suffix(',') {
                    Some(before) => write!(self.0, r"{before}\,"),
                    None => self.0.write_str(part),
                })
        }
    }
    fmt::write(&mut Commas(f), format_args!("{name}"))
}

/// Reads all parameters that are left, and appends them in the order of their keys.
pub(super) fn read(
    registry: Registry,
    tokens: &mut Tokens<'_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let expected = "parameters, each key once, with those that are mandatory";
    let Some(first) = tokens.peek() else {
        return Ok(());
    };
    let mut values = Vec::new();
    // Each key with where its value begins and ends.
    let mut keys: Vec<(u16, usize, usize)> = Vec::new();
    while !tokens.is_empty() {
        let token = tokens.take("a parameter such as port=53")?;
        let (key, value) = token.split_value();
        let start = values.len();
        let (key, kind) = read_key(registry, &key)?;
        read_value(registry, kind, &token, value, tokens.origin(), &mut values)?;
        keys.push((key, start, values.len()));
    }
    keys.sort_unstable();
    let start = octets.len();
    for &(key, from, to) in &keys {
        let value = values.get(from..to).unwrap_or_default();
        let length = u16::try_from(value.len())
            .map_err(|_| first.error(TextErrorKind::RdataTooLong, "a value of at most 65535 octets"))?;
        octets.extend_from_slice(&key.to_be_bytes());
        octets.extend_from_slice(&length.to_be_bytes());
        octets.extend_from_slice(value);
    }
    match ServiceParams::from_wire(registry, octets.get(start..).unwrap_or_default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(first.error(TextErrorKind::Rdata(error.kind()), expected)),
    }
}

/// A key and how its value is written: a known key that is written as a number has that of an unknown one.
fn read_key(registry: Registry, token: &Token<'_>) -> Result<(u16, Value), TextError> {
    let expected = "a key in lower case, or `key` and a number from 0 to 65535";
    let text = token.text(expected)?;
    if let Some(key) = registry.key(text) {
        return Ok((key, registry.value(key)));
    }
    let key = key_of(registry, text).map(|key| (key, Value::Octets));
    key.ok_or_else(|| token.error(TextErrorKind::Unrecognised, expected))
}

/// The number of a key that is written as a mnemonic, or as `key` and a number without zeros before it.
fn key_of(registry: Registry, text: &str) -> Option<u16> {
    let number = || {
        let digits = text.strip_prefix("key")?;
        let plain = digits.bytes().all(|octet| octet.is_ascii_digit());
        let shortest = digits == "0" || !digits.starts_with('0');
        (plain && shortest).then(|| digits.parse().ok())?
    };
    registry.key(text).or_else(number)
}

fn read_value(
    registry: Registry,
    kind: Value,
    token: &Token<'_>,
    value: Option<Token<'_>>,
    origin: Option<&Name>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let expected = match kind {
        Value::Keys => "keys with commas between them",
        Value::Protocols => "protocols of 1 to 255 octets with commas between them",
        Value::Empty => "no value",
        Value::Port => "a number from 0 to 65535",
        Value::Numbers => "numbers from 0 to 65535 with commas between them",
        Value::Ipv4 => "IPv4 addresses with commas between them",
        Value::Ipv6 => "IPv6 addresses with commas between them",
        Value::Names => "names with commas between them",
        Value::Base64 => "octets in base 64",
        Value::Text => "a text",
        Value::Octets => "a value",
    };
    let wrong = |token: &Token<'_>| token.error(TextErrorKind::Unrecognised, expected);
    let value = match (kind, value) {
        (Value::Empty | Value::Octets, None) => return Ok(()),
        (Value::Empty, Some(value)) => return Err(wrong(&value)),
        (_, None) => return Err(token.error(TextErrorKind::Missing, expected)),
        (_, Some(value)) => value,
    };
    if kind == Value::Octets {
        return value.unescape(octets);
    }
    if value.octets().is_empty() {
        return Err(wrong(&value));
    }
    let mut text = Vec::new();
    if kind == Value::Names {
        return read_names(&value, origin, octets);
    }
    value.unescape(&mut text)?;
    match kind {
        Value::Text => {
            if core::str::from_utf8(&text).is_err() {
                return Err(wrong(&value));
            }
            octets.extend_from_slice(&text);
        }
        Value::Base64 => read_encoded(Encoding::Base64, &value, &text, octets)?,
        Value::Protocols => read_protocols(&text, octets).ok_or_else(|| wrong(&value))?,
        Value::Keys => {
            let mut keys = Vec::new();
            for item in text.split(|&octet| octet == b',') {
                let item = core::str::from_utf8(item).map_err(|_| wrong(&value))?;
                keys.push(key_of(registry, item).ok_or_else(|| wrong(&value))?);
            }
            keys.sort_unstable();
            keys.iter()
                .for_each(|key| octets.extend_from_slice(&key.to_be_bytes()));
        }
        Value::Port | Value::Numbers | Value::Ipv4 | Value::Ipv6 => {
            if kind == Value::Port && text.contains(&b',') {
                return Err(wrong(&value));
            }
            for item in text.split(|&octet| octet == b',') {
                read_item(kind, item, octets).ok_or_else(|| wrong(&value))?;
            }
        }
        Value::Empty | Value::Names | Value::Octets => {}
    }
    Ok(())
}

fn read_item(kind: Value, item: &[u8], octets: &mut Vec<u8>) -> Option<()> {
    let text = core::str::from_utf8(item).ok()?;
    if kind == Value::Ipv4 {
        octets.extend_from_slice(&text.parse::<Ipv4Addr>().ok()?.octets());
    } else if kind == Value::Ipv6 {
        octets.extend_from_slice(&text.parse::<Ipv6Addr>().ok()?.octets());
    } else {
        let plain = text.bytes().all(|octet| octet.is_ascii_digit());
        octets.extend_from_slice(&plain.then(|| text.parse::<u16>().ok())??.to_be_bytes());
    }
    Some(())
}

/// Items with commas between them, in which a backslash takes a comma or a backslash literally (RFC 9460 appendix A.1).
fn read_protocols(text: &[u8], octets: &mut Vec<u8>) -> Option<()> {
    let mut item = Vec::new();
    let mut rest = text;
    loop {
        match *rest {
            [b'\\', octet @ (b',' | b'\\'), ref after @ ..] => {
                item.push(octet);
                rest = after;
            }
            [b'\\', ..] => return None,
            [b',', ..] | [] => {
                let length = u8::try_from(item.len()).ok().filter(|&length| length > 0)?;
                octets.push(length);
                octets.append(&mut item);
                match rest.split_first() {
                    Some((_, after)) => rest = after,
                    None => return Some(()),
                }
            }
            [octet, ref after @ ..] => {
                item.push(octet);
                rest = after;
            }
        }
    }
}

/// Names between commas that have no backslash before them.
fn read_names(value: &Token<'_>, origin: Option<&Name>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let mut start = 0;
    for character in value.characters() {
        let character = character?;
        if character.octet == b',' && !character.escaped {
            value.part(start..character.index).name(origin, octets)?;
            start = character.index.saturating_add(1);
        }
    }
    value.part(start..value.octets().len()).name(origin, octets)
}
