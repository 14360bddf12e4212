//! EDNS options as dig prints them.

use core::fmt;

use nameward_core::wire::{OptionCode, OptionRef};

/// An option, without the semicolon before it.
pub(super) struct PresentedOption<'a>(pub(super) OptionRef<'a>);

impl fmt::Display for PresentedOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = self.0.data;
        match (self.0.code, data) {
            (OptionCode::EDE, &[high, low, ref text @ ..]) => {
                extended_error(f, u16::from_be_bytes([high, low]), text)
            }
            (OptionCode::COOKIE, data) => {
                f.write_str("COOKIE: ")?;
                data.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
            (OptionCode::PADDING, data) => write!(f, "PAD: ({} bytes)", data.len()),
            (OptionCode::TCP_KEEPALIVE, &[high, low]) => {
                let tenths = u16::from_be_bytes([high, low]);
                write!(f, "TCP KEEPALIVE: {}.{} secs", tenths / 10, tenths % 10)
            }
            (OptionCode::NSID, data) => {
                f.write_str("NSID:")?;
                octets_and_text(f, data)
            }
            (code, data) => {
                write!(f, "OPT={}:", code.0)?;
                octets_and_text(f, data)
            }
        }
    }
}

/// An extended error: its number, what the number means, and what the server adds (RFC 8914).
fn extended_error(f: &mut fmt::Formatter<'_>, number: u16, text: &[u8]) -> fmt::Result {
    write!(f, "EDE: {number}")?;
    if let Some(meaning) = EXTENDED_ERRORS.get(usize::from(number)) {
        write!(f, " ({meaning})")?;
    }
    match core::str::from_utf8(text) {
        Ok("") => Ok(()),
        Ok(text) => write!(f, ": ({text})"),
        Err(_) => {
            f.write_str(": ")?;
            text.iter().try_for_each(|octet| write!(f, "{octet:02x} "))?;
            f.write_str("(")?;
            printable(f, text)?;
            f.write_str(")")
        }
    }
}

fn octets_and_text(f: &mut fmt::Formatter<'_>, data: &[u8]) -> fmt::Result {
    if data.is_empty() {
        return Ok(());
    }
    f.write_str(" ")?;
    data.iter().try_for_each(|octet| write!(f, "{octet:02x} "))?;
    f.write_str("(\"")?;
    printable(f, data)?;
    f.write_str("\")")
}

fn printable(f: &mut fmt::Formatter<'_>, data: &[u8]) -> fmt::Result {
    data.iter().try_for_each(|&octet| {
        let visible = matches!(octet, b' '..=b'~');
        write!(f, "{}", if visible { char::from(octet) } else { '.' })
    })
}

/// What the numbers mean, from 0 on (RFC 8914 section 5.2).
const EXTENDED_ERRORS: [&str; 25] = [
    "Other",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
];
