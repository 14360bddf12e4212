//! Address prefixes as text (RFC 3123 section 5).

use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::print::{write_ipv6, write_joined};
use crate::text::scan::{TextError, TextErrorKind, Token, Tokens};
use crate::wire::rdata::AddressPrefixes;

/// Writes `[!]family:address/length` for each.
pub(super) fn write(f: &mut fmt::Formatter<'_>, prefixes: AddressPrefixes<'_>) -> fmt::Result {
    write_joined(f, prefixes.iter(), " ", |f, prefix| {
        let negation = if prefix.negated { "!" } else { "" };
        write!(f, "{negation}{}:", prefix.family)?;
        match prefix.address() {
            Some(IpAddr::V4(address)) => write!(f, "{address}")?,
            Some(IpAddr::V6(address)) => write_ipv6(f, address)?,
            None => {}
        }
        write!(f, "/{}", prefix.length)
    })
}

/// Reads all prefixes that are left.
pub(super) fn read(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let expected = "an address prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32";
    while !tokens.is_empty() {
        let token = tokens.take(expected)?;
        append(&token, expected, octets)?
            .ok_or_else(|| token.error(TextErrorKind::Unrecognised, expected))?;
    }
    Ok(())
}

fn append(token: &Token<'_>, expected: &'static str, octets: &mut Vec<u8>) -> Result<Option<()>, TextError> {
    let text = token.text(expected)?;
    Ok((|| {
        let (negation, text) = match text.strip_prefix('!') {
            Some(text) => (0x80, text),
            None => (0, text),
        };
        let (family, text) = text.split_once(':')?;
        let (address, length) = text.split_once('/')?;
        let plain = !length.is_empty() && length.bytes().all(|octet| octet.is_ascii_digit());
        let length: u8 = plain.then(|| length.parse().ok())??;
        let (address, most) = match family {
            "1" => (address.parse::<Ipv4Addr>().ok()?.octets().to_vec(), 32),
            "2" => (address.parse::<Ipv6Addr>().ok()?.octets().to_vec(), 128),
            _ => return None,
        };
        if length > most {
            return None;
        }
        let family: u8 = family.parse().ok()?;
        let shown = address
            .iter()
            .rposition(|&octet| octet != 0)
            .map_or(0, |last| last.saturating_add(1));
        octets.extend_from_slice(&[0, family, length, negation | u8::try_from(shown).ok()?]);
        octets.extend_from_slice(address.get(..shown)?);
        Some(())
    })())
}
