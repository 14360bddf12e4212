//! Fields of RDATA, put out as `dig` prints them.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::encoding::Encoding;
use super::{codes, location, params, prefixes, time};
use crate::wire::rdata::{
    AddressPrefixes, CharacterStrings, Field, FieldType, Gateway, HostIdentity, KeyGateway, Location, Names,
    NxtBitmap, PartialAddress, Ports, Relay, TypeBitmap,
};

/// Whether the octets, which were checked, have a text from which they can be read again.
pub(super) fn has_text(field: Field, octets: &[u8]) -> bool {
    if field == Field::AddressPrefixes {
        let prefixes = field.view::<AddressPrefixes<'_>>(octets);
        prefixes.is_some_and(|prefixes| prefixes.iter().all(|prefix| prefix.address().is_some()))
    } else if field == Field::AtmAddress {
        match octets {
            [0, _, ..] => true,
            [1, digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
            _ => false,
        }
    } else {
        // Zeros at the end of a set of ports would get lost.
        field != Field::Opaque && (field != Field::Ports || octets.last() != Some(&0))
    }
}

/// Writes a field whose octets were checked.
pub(super) fn write_field(f: &mut fmt::Formatter<'_>, field: Field, octets: &[u8]) -> fmt::Result {
    match field {
        Field::U8 | Field::U16 | Field::U32 | Field::U48 | Field::U64 | Field::Duration => {
            write!(f, "{}", number(octets))
        }
        Field::Time => time::write(f, number(octets)),
        Field::Code(code) => codes::write(f, code, number(octets)),
        Field::Ipv4 => with(octets, |octets: [u8; 4]| write!(f, "{}", Ipv4Addr::from(octets))),
        Field::Ipv6 => with(octets, |octets: [u8; 16]| write_ipv6(f, octets.into())),
        Field::Locator => write_joined(f, octets.chunks(2), ":", |f, group| {
            write!(f, "{:x}", number(group))
        }),
        Field::Eui48 | Field::Eui64 => write_joined(f, octets, "-", |f, octet| write!(f, "{octet:02x}")),
        Field::CharacterString | Field::OptionalCharacterString => write_quoted(f, counted(octets)),
        Field::CharacterStrings => view(field, octets, |strings: CharacterStrings<'_>| {
            write_joined(f, strings.iter(), " ", write_quoted)
        }),
        Field::Tag => f.write_str(core::str::from_utf8(counted(octets)).unwrap_or_default()),
        Field::Text => write_quoted(f, octets),
        Field::Hex => Encoding::Base16.write_groups(f, octets),
        Field::Nsap => {
            f.write_str("0x")?;
            write_joined(f, octets, "", |f, octet| write!(f, "{octet:02x}"))
        }
        Field::AtmAddress => match octets {
            [1, digits @ ..] => write!(f, "+{}", core::str::from_utf8(digits).unwrap_or_default()),
            _ => write_joined(f, octets.get(1..).unwrap_or_default(), "", |f, octet| {
                write!(f, "{octet:02x}")
            }),
        },
        Field::Base64 | Field::OptionalBase64 => Encoding::Base64.write_groups(f, octets),
        Field::Salt => match counted(octets) {
            [] => f.write_str("-"),
            salt => Encoding::Base16.write(f, salt),
        },
        Field::HyphenBase64 if octets.is_empty() => f.write_str("-"),
        Field::HyphenBase64 => Encoding::Base64.write_groups(f, octets),
        Field::HashedName => Encoding::Base32Hex.write(f, counted(octets)),
        Field::LongOctets => write_long(f, octets.get(2..).unwrap_or_default()),
        Field::TypeBitmap => view(field, octets, |types: TypeBitmap<'_>| {
            write_joined(f, types.iter(), " ", |f, rtype| write!(f, "{rtype}"))
        }),
        Field::NxtBitmap => view(field, octets, |types: NxtBitmap<'_>| {
            write_joined(f, types.iter(), " ", |f, rtype| write!(f, "{rtype}"))
        }),
        Field::Ports => view(field, octets, |ports: Ports<'_>| {
            write_joined(f, ports.iter(), " ", |f, port| write!(f, "{port}"))
        }),
        Field::Params(registry) => view(field, octets, |found| params::write(f, registry, found)),
        Field::Location => view(field, octets, |place: Location| location::write(f, place)),
        Field::AddressPrefixes => view(field, octets, |found| prefixes::write(f, found)),
        Field::PartialAddress => {
            PartialAddress::from_wire(octets).map_or(Ok(()), |address| write_partial_address(f, address))
        }
        Field::KeyGateway => view(field, octets, |key: KeyGateway<'_>| {
            write!(f, "{} {} ", key.gateway.kind(), key.algorithm)?;
            write_gateway(f, key.gateway)
        }),
        Field::Relay => view(field, octets, |relay: Relay<'_>| {
            write!(
                f,
                "{} {} ",
                u8::from(relay.discovery_optional),
                relay.relay.kind()
            )?;
            write_gateway(f, relay.relay)
        }),
        Field::HostIdentity => view(field, octets, |identity: HostIdentity<'_>| {
            write!(f, "{} ", identity.algorithm())?;
            Encoding::Base16.write(f, identity.tag())?;
            f.write_str(" ")?;
            Encoding::Base64.write(f, identity.key())
        }),
        Field::Names => view(field, octets, |names: Names<'_>| {
            write_joined(f, names.iter(), " ", |f, name| write!(f, "{name}"))
        }),
        // A name is no piece of octets, and what is opaque has no text.
        Field::Name | Field::OptionalName | Field::Opaque => Ok(()),
    }
}

/// Writes octets in quotes: quotes and backslashes after a backslash, what is not visible ASCII as `\DDD`.
pub(super) fn write_quoted(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    f.write_str("\"")?;
    write_escaped(f, octets)?;
    f.write_str("\"")
}

/// The same without the quotes.
pub(super) fn write_escaped(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    fn plain(octet: u8) -> bool {
        matches!(octet, b' '..=b'~') && !matches!(octet, b'"' | b'\\')
    }
    for run in octets.chunk_by(|&a, &b| plain(a) && plain(b)) {
        match *run {
            [octet @ (b'"' | b'\\')] => write!(f, "\\{}", char::from(octet))?,
            [octet] if !plain(octet) => write!(f, "\\{octet:03}")?,
            // Invariant: a longer run, and what is left here, is visible ASCII and blanks.
            _ => f.write_str(core::str::from_utf8(run).unwrap_or_default())?,
        }
    }
    Ok(())
}

/// As RFC 5952 wants it, and an address that contains an IPv4 address (RFC 4291 section 2.5.5.1) with its last part as such.
pub(super) fn write_ipv6(f: &mut fmt::Formatter<'_>, address: Ipv6Addr) -> fmt::Result {
    match address.octets() {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] if (a, b) != (0, 0) => {
            write!(f, "::{a}.{b}.{c}.{d}")
        }
        _ => write!(f, "{address}"),
    }
}

/// Writes parts with something between them.
pub(super) fn write_joined<T>(
    f: &mut fmt::Formatter<'_>,
    parts: impl IntoIterator<Item = T>,
    between: &str,
    mut write: impl FnMut(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        write(f, part)?;
    }
    Ok(())
}

/// The number of missing bits, and the address unless all are missing.
fn write_partial_address(f: &mut fmt::Formatter<'_>, address: PartialAddress) -> fmt::Result {
    write!(f, "{}", address.missing())?;
    if address.missing() == 128 {
        return Ok(());
    }
    f.write_str(" ")?;
    write_ipv6(f, address.suffix())
}

fn write_gateway(f: &mut fmt::Formatter<'_>, gateway: Gateway<'_>) -> fmt::Result {
    match gateway {
        Gateway::None => f.write_str("."),
        Gateway::Ipv4(address) => write!(f, "{address}"),
        Gateway::Ipv6(address) => write_ipv6(f, address),
        Gateway::Name(name) => write!(f, "{name}"),
    }
}

/// The number of octets, and the octets if there are some.
fn write_long(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    write!(f, "{}", octets.len())?;
    if octets.is_empty() {
        return Ok(());
    }
    f.write_str(" ")?;
    Encoding::Base64.write(f, octets)
}

/// Writes a field through its view. Invariant: the octets were checked, so that there is one.
fn view<'a, T: FieldType<'a>>(
    field: Field,
    octets: &'a [u8],
    write: impl FnOnce(T) -> fmt::Result,
) -> fmt::Result {
    field.view(octets).map_or(Ok(()), write)
}

fn with<const N: usize>(octets: &[u8], write: impl FnOnce([u8; N]) -> fmt::Result) -> fmt::Result {
    octets.first_chunk().map_or(Ok(()), |&octets| write(octets))
}

fn number(octets: &[u8]) -> u64 {
    octets
        .iter()
        .fold(0, |number, &octet| number << 8 | u64::from(octet))
}

/// What follows the length octet.
fn counted(octets: &[u8]) -> &[u8] {
    octets.get(1..).unwrap_or_default()
}
