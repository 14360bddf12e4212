//! Fields of RDATA, read from the tokens of an entry.

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::encoding::Encoding;
use super::octets::{
    read_atm_address, read_characters, read_counted, read_encoded, read_long, read_nsap, read_octets,
    read_some_octets,
};
use super::{codes, location, params, prefixes, services, time};
use crate::text::scan::{TextError, TextErrorKind, Token, Tokens};
use crate::wire::rdata::{Field, HostIdentity, PartialAddress, Schema};
use crate::wire::{Class, Rtype};

/// The longest RDATA, in octets.
const LONGEST: usize = 65_535;

/// Reads the RDATA of a record of this type and class from all tokens that are left, and appends it to `octets` without
/// compression.
///
/// It may be written as that of an unknown type, `\# length octets` (RFC 3597 section 5), whatever the type is.
///
/// # Errors
///
/// The tokens are no such RDATA. `octets` may have grown.
pub fn read_rdata(
    rtype: Rtype,
    class: Class,
    tokens: &mut Tokens<'_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let start = octets.len();
    let first = tokens.peek();
    let schema = Schema::of(rtype, class);
    let generic = first.filter(|token| !token.is_quoted() && token.octets() == b"\\#");
    match (schema, generic) {
        (_, Some(marker)) => read_unknown(schema, class, &marker, tokens, octets)?,
        (Some(schema), None) => {
            for &field in schema.fields {
                read_field(field, tokens, octets)?;
            }
            tokens.finish()?;
        }
        (None, None) => {
            let expected = r"\# and the length and octets of the RDATA, as the type has no other text";
            return Err(match first {
                Some(token) => token.error(TextErrorKind::Unrecognised, expected),
                None => tokens.missing(expected),
            });
        }
    }
    match first {
        Some(token) if octets.len().saturating_sub(start) > LONGEST => {
            Err(token.error(TextErrorKind::RdataTooLong, "RDATA of at most 65535 octets"))
        }
        _ => Ok(()),
    }
}

/// Reads `\# length octets`.
fn read_unknown(
    schema: Option<&'static Schema>,
    class: Class,
    marker: &Token<'_>,
    tokens: &mut Tokens<'_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let start = octets.len();
    tokens.take(r"\#")?;
    let length = tokens.take("the length of the RDATA in octets")?;
    let announced = length.u16()?;
    let incomplete = read_characters(Encoding::Base16, tokens, octets)?;
    let rdata = octets.get(start..).unwrap_or_default();
    if incomplete.is_some() || rdata.len() != usize::from(announced) {
        return Err(length.error(TextErrorKind::RdataLength, "the number of octets that follow"));
    }
    // In an update no RDATA stands for all or for none, whatever the type is (RFC 2136 section 2.4).
    let schema = schema.filter(|_| announced > 0 || !matches!(class, Class::ANY | Class::NONE));
    let fault = schema.and_then(|schema| schema.pieces(rdata, 0, rdata.len()).find_map(Result::err));
    match fault {
        Some(error) => Err(marker.error(TextErrorKind::Rdata(error.kind()), "octets that fit the type")),
        None => Ok(()),
    }
}

fn read_field(field: Field, tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    match field {
        Field::U8 => octets.push(tokens.u8()?),
        Field::U16 => octets.extend_from_slice(&tokens.u16()?.to_be_bytes()),
        Field::U32 => octets.extend_from_slice(&tokens.u32()?.to_be_bytes()),
        Field::U48 => {
            let expected = "a number from 0 to 281474976710655";
            let number = tokens.take(expected)?.number((1 << 48) - 1, expected)?;
            let [_, _, lower @ ..] = number.to_be_bytes();
            octets.extend_from_slice(&lower);
        }
        Field::U64 => octets.extend_from_slice(&read_u64(tokens)?.to_be_bytes()),
        Field::Duration => {
            let seconds = tokens
                .take("a number of seconds, or a time such as 1h30m")?
                .seconds()?;
            octets.extend_from_slice(&seconds.to_be_bytes());
        }
        Field::Time => octets.extend_from_slice(&read_time(tokens)?.to_be_bytes()),
        Field::Code(code) => codes::read(code, tokens, octets)?,
        Field::Ipv4 => octets.extend_from_slice(&read_ipv4(tokens)?.octets()),
        Field::Ipv6 => octets.extend_from_slice(&read_ipv6(tokens)?.octets()),
        Field::Locator => read_locator(tokens, octets)?,
        Field::Eui48 => read_hardware(tokens, 6, "six octets such as 00-00-5e-00-53-2a", octets)?,
        Field::Eui64 => read_hardware(tokens, 8, "eight octets such as 00-00-5e-ef-10-00-00-2a", octets)?,
        Field::Name => tokens.name(octets)?,
        Field::OptionalName => {
            if !tokens.is_empty() {
                tokens.name(octets)?;
            }
        }
        Field::Names => {
            while !tokens.is_empty() {
                tokens.name(octets)?;
            }
        }
        Field::CharacterString => tokens.character_string(octets)?,
        Field::OptionalCharacterString => {
            if !tokens.is_empty() {
                tokens.character_string(octets)?;
            }
        }
        Field::CharacterStrings => {
            tokens.character_string(octets)?;
            while !tokens.is_empty() {
                tokens.character_string(octets)?;
            }
        }
        Field::Tag => {
            let expected = "a tag of letters and digits";
            let token = tokens.take(expected)?;
            if token.octets().is_empty() || !token.octets().iter().all(u8::is_ascii_alphanumeric) {
                return Err(token.error(TextErrorKind::Unrecognised, expected));
            }
            token.character_string(octets)?;
        }
        Field::Text => tokens.take("a text in quotes")?.unescape(octets)?,
        Field::Hex => read_some_octets(Encoding::Base16, tokens, octets)?,
        Field::Nsap => read_nsap(tokens, octets)?,
        Field::AtmAddress => read_atm_address(tokens, octets)?,
        Field::Base64 => read_some_octets(Encoding::Base64, tokens, octets)?,
        Field::OptionalBase64 => read_octets(Encoding::Base64, tokens, octets)?,
        Field::HyphenBase64 => match tokens.peek() {
            Some(token) if token.is_word("-") => drop(tokens.take("-")?),
            _ => read_some_octets(Encoding::Base64, tokens, octets)?,
        },
        Field::Opaque => {
            let expected = r"\# and the length and octets of the RDATA, as the type has no other text";
            return Err(tokens
                .take(expected)?
                .error(TextErrorKind::Unrecognised, expected));
        }
        Field::Salt => read_counted(
            Encoding::Base16,
            tokens,
            "octets in hexadecimal, or a hyphen for none",
            octets,
        )?,
        Field::HashedName => read_counted(Encoding::Base32Hex, tokens, "a hash in base 32", octets)?,
        Field::LongOctets => read_long(tokens, octets)?,
        Field::TypeBitmap => read_types(tokens, octets)?,
        Field::NxtBitmap => read_nxt_types(tokens, octets)?,
        Field::Ports => services::read_ports(tokens, octets)?,
        Field::Params(registry) => params::read(registry, tokens, octets)?,
        Field::Location => location::read(tokens, octets)?,
        Field::AddressPrefixes => prefixes::read(tokens, octets)?,
        Field::PartialAddress => read_partial_address(tokens, octets)?,
        Field::KeyGateway => {
            let kind = tokens.take("a gateway type from 0 to 3")?;
            let algorithm = tokens.u8()?;
            octets.extend_from_slice(&[kind.u8()?, algorithm]);
            read_gateway(&kind, tokens, octets)?;
        }
        Field::Relay => {
            let optional = tokens.take("whether discovery is optional, 0 or 1")?;
            let bit = optional.number(1, "0 or 1")?;
            let kind = tokens.take("a relay type from 0 to 3")?;
            octets.push(if bit > 0 { 0x80 | kind.u8()? } else { kind.u8()? });
            read_gateway(&kind, tokens, octets)?;
        }
        Field::HostIdentity => read_host_identity(tokens, octets)?,
    }
    Ok(())
}

fn read_ipv4(tokens: &mut Tokens<'_>) -> Result<Ipv4Addr, TextError> {
    tokens.take("an IPv4 address")?.ipv4()
}

fn read_ipv6(tokens: &mut Tokens<'_>) -> Result<Ipv6Addr, TextError> {
    tokens.take("an IPv6 address")?.ipv6()
}

/// A number of 64 bits, or its halves with a dot between them (RFC 9758 section 4.2).
fn read_u64(tokens: &mut Tokens<'_>) -> Result<u64, TextError> {
    let expected = "a number from 0 to 18446744073709551615, or its halves such as 977000.100";
    let token = tokens.take(expected)?;
    let text = token.text(expected)?;
    let number = match text.split_once('.') {
        _ if !text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.') => None,
        None => text.parse().ok(),
        Some((upper, lower)) => {
            let halves = upper.parse::<u32>().ok().zip(lower.parse::<u32>().ok());
            halves.map(|(upper, lower)| u64::from(upper) << 32 | u64::from(lower))
        }
    };
    number.ok_or_else(|| token.error(TextErrorKind::Unrecognised, expected))
}

/// A moment, or a number of seconds since 1970. Moments after 2106 wrap around (RFC 4034 section 3.1.5).
fn read_time(tokens: &mut Tokens<'_>) -> Result<u32, TextError> {
    let expected = "a time as YYYYMMDDHHmmSS, or in seconds since 1970";
    let token = tokens.take(expected)?;
    if token.octets().len() != 14 {
        return token.u32();
    }
    let seconds = time::read(token.octets())
        .filter(|_| !token.is_quoted())
        .ok_or_else(|| token.error(TextErrorKind::NotNumber, expected))?;
    let [_, _, _, _, lower @ ..] = seconds.to_be_bytes();
    Ok(u32::from_be_bytes(lower))
}

/// Four groups of one to four hexadecimal digits.
fn read_locator(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let expected = "four groups of digits such as 2001:db8:1140:1000";
    let token = tokens.take(expected)?;
    let mut groups = token.text(expected)?.split(':');
    for _ in 0..4 {
        let group = groups.next().and_then(hexadecimal);
        let group = group.ok_or_else(|| token.error(TextErrorKind::Unrecognised, expected))?;
        octets.extend_from_slice(&group.to_be_bytes());
    }
    match groups.next() {
        None => Ok(()),
        Some(_) => Err(token.error(TextErrorKind::Unrecognised, expected)),
    }
}

fn hexadecimal(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|octet| octet.is_ascii_hexdigit()) && digits.len() <= 4;
    plain.then(|| u16::from_str_radix(digits, 16).ok())?
}

/// Octets of two hexadecimal digits with hyphens between them.
fn read_hardware(
    tokens: &mut Tokens<'_>,
    count: usize,
    expected: &'static str,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let token = tokens.take(expected)?;
    let text = token.text(expected)?;
    let right = text.split('-').count() == count && text.split('-').all(|pair| pair.len() == 2);
    for pair in text.split('-').filter(|_| right) {
        let octet = hexadecimal(pair).and_then(|octet| u8::try_from(octet).ok());
        octets.push(octet.ok_or_else(|| token.error(TextErrorKind::Unrecognised, expected))?);
    }
    if right {
        Ok(())
    } else {
        Err(token.error(TextErrorKind::Unrecognised, expected))
    }
}

/// All types that are left, as windows (RFC 4034 section 4.1.2).
fn read_types(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let mut types = read_all_types(tokens)?;
    types.sort_unstable();
    for window in types.chunk_by(|a, b| a >> 8 == b >> 8) {
        let mut bits = [0; 32];
        let mut length = 0;
        let mut number = 0;
        for rtype in window {
            let [high, low] = rtype.to_be_bytes();
            number = high;
            if let Some(octet) = bits.get_mut(usize::from(low >> 3)) {
                *octet |= 0x80 >> (low & 7);
            }
            length = (low >> 3).saturating_add(1);
        }
        octets.extend_from_slice(&[number, length]);
        octets.extend_from_slice(bits.get(..usize::from(length)).unwrap_or_default());
    }
    Ok(())
}

/// All types that are left, as one string of bits (RFC 2535 section 5.2).
fn read_nxt_types(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let expected = "a type with a number from 1 to 127";
    let first = tokens.peek().ok_or_else(|| tokens.missing(expected))?;
    let start = octets.len();
    for rtype in read_all_types(tokens)? {
        if !(1..128).contains(&rtype) {
            return Err(first.error(TextErrorKind::OutOfRange, expected));
        }
        let at = start.saturating_add(usize::from(rtype >> 3));
        if octets.len() <= at {
            octets.resize(at.saturating_add(1), 0);
        }
        if let Some(octet) = octets.get_mut(at) {
            *octet |= 0x80 >> (rtype & 7);
        }
    }
    Ok(())
}

fn read_all_types(tokens: &mut Tokens<'_>) -> Result<Vec<u16>, TextError> {
    let mut types = Vec::new();
    while !tokens.is_empty() {
        types.push(codes::read_type(tokens)?.0);
    }
    Ok(types)
}

/// A number of missing bits, the address unless all are missing, and whether a name follows.
fn read_partial_address(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let expected = "a number of missing bits from 0 to 128";
    let token = tokens.take(expected)?;
    let missing = u8::try_from(token.number(128, expected)?).unwrap_or_default();
    let suffix = if missing < 128 {
        read_ipv6(tokens)?
    } else {
        Ipv6Addr::UNSPECIFIED
    };
    let address = PartialAddress::new(missing, suffix).ok_or_else(|| {
        token.error(
            TextErrorKind::OutOfRange,
            "an address whose missing bits are zero",
        )
    })?;
    if missing > 0 && tokens.is_empty() {
        return Err(tokens.missing("the name that has the missing bits"));
    }
    if missing == 0 {
        tokens.finish()?;
    }
    Field::PartialAddress.append(&address, octets);
    Ok(())
}

/// The gateway of the type that `kind` says.
fn read_gateway(kind: &Token<'_>, tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    match kind.u8()? {
        0 => {
            let expected = "a dot, as there is no gateway";
            let token = tokens.take(expected)?;
            if !token.is_word(".") {
                return Err(token.error(TextErrorKind::Unrecognised, expected));
            }
        }
        1 => octets.extend_from_slice(&read_ipv4(tokens)?.octets()),
        2 => octets.extend_from_slice(&read_ipv6(tokens)?.octets()),
        3 => tokens.name(octets)?,
        _ => return Err(kind.error(TextErrorKind::OutOfRange, "a type from 0 to 3")),
    }
    Ok(())
}

/// The algorithm, the tag in hexadecimal and the key in base 64, each one token (RFC 8005 section 6).
fn read_host_identity(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let algorithm = tokens.u8()?;
    let token = tokens.take("a host identity tag in hexadecimal")?;
    let (mut tag, mut key) = (Vec::new(), Vec::new());
    read_encoded(Encoding::Base16, &token, token.octets(), &mut tag)?;
    let key_token = tokens.take("a public key in base 64")?;
    read_encoded(Encoding::Base64, &key_token, key_token.octets(), &mut key)?;
    let identity = HostIdentity::new(algorithm, &tag, &key).ok_or_else(|| {
        token.error(
            TextErrorKind::OutOfRange,
            "a tag of 1 to 255 octets and a key of 1 to 65535",
        )
    })?;
    Field::HostIdentity.append(&identity, octets);
    Ok(())
}
