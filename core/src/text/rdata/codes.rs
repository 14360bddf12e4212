//! Numbers that have mnemonics.

use alloc::vec::Vec;
use core::fmt;

use super::services;
use crate::text::scan::{TextError, TextErrorKind, Token, Tokens};
use crate::wire::rdata::Code;
use crate::wire::{CertificateType, DigestType, Rcode, Rtype, Scheme, SecurityAlgorithm};

/// Mnemonics of DNSSEC algorithms that were common before those of the registry.
const OLDER_ALGORITHMS: &[(&str, u8)] = &[("ECC", 4), ("NSEC3DSA", 6), ("NSEC3RSASHA1", 7), ("ECCGOST", 12)];

/// The protocols of KEY records (RFC 2535 section 7.1).
const KEY_PROTOCOLS: &[(&str, u8)] = &[
    ("TLS", 1),
    ("EMAIL", 2),
    ("DNSSEC", 3),
    ("IPSEC", 4),
    ("ALL", 255),
];

/// The flags of KEY records without the signatory field (RFC 2535 section 7.1).
const KEY_FLAGS: &[(&str, u16)] = &[
    ("NOCONF", 0x4000),
    ("NOAUTH", 0x8000),
    ("NOKEY", 0xC000),
    ("FLAG2", 0x2000),
    ("EXTEND", 0x1000),
    ("FLAG4", 0x0800),
    ("FLAG5", 0x0400),
    ("USER", 0x0000),
    ("ZONE", 0x0100),
    ("HOST", 0x0200),
    ("NTYP3", 0x0300),
    ("FLAG8", 0x0080),
    ("FLAG9", 0x0040),
    ("FLAG10", 0x0020),
    ("FLAG11", 0x0010),
];

/// Writes a code whose octets were checked.
pub(super) fn write(f: &mut fmt::Formatter<'_>, code: Code, number: u64) -> fmt::Result {
    let low = u16::try_from(number).unwrap_or_default();
    let [_, octet] = low.to_be_bytes();
    match code {
        Code::Rtype => write!(f, "{}", Rtype(low)),
        Code::CertificateType => write!(f, "{}", CertificateType(low)),
        Code::NamedAlgorithm => match SecurityAlgorithm(octet) {
            // This mnemonic is for the algorithm field of CDS records.
            SecurityAlgorithm::DELETE => f.write_str("0"),
            algorithm => write!(f, "{algorithm}"),
        },
        Code::Scheme => write!(f, "{}", Scheme(octet)),
        Code::TransactionError if low == 16 => f.write_str("BADSIG"),
        Code::TransactionError => match Rcode(low).mnemonic() {
            Some(mnemonic) => f.write_str(mnemonic),
            None => write!(f, "{low}"),
        },
        Code::Algorithm | Code::DigestType | Code::Protocol | Code::KeyFlags | Code::KeyProtocol => {
            write!(f, "{number}")
        }
    }
}

/// Reads a number or a mnemonic.
pub(super) fn read(code: Code, tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    match code {
        Code::Rtype => octets.extend_from_slice(&read_type(tokens)?.0.to_be_bytes()),
        Code::Protocol => octets.push(services::read_protocol(tokens)?),
        Code::Algorithm | Code::NamedAlgorithm => {
            octets.push(read_number_or(tokens, "an algorithm", algorithm, |token| {
                token.u8()
            })?);
        }
        Code::DigestType => {
            let known = |text: &str| DigestType::from_mnemonic(text).map(|digest| digest.0);
            octets.push(read_number_or(tokens, "a digest type", known, |token| {
                token.u8()
            })?);
        }
        Code::Scheme => {
            let known = |text: &str| Scheme::from_mnemonic(text).map(|scheme| scheme.0);
            octets.push(read_number_or(tokens, "a scheme", known, |token| token.u8())?);
        }
        Code::KeyFlags => {
            let flags = read_number_or(tokens, "flags", key_flags, |token| token.u16())?;
            octets.extend_from_slice(&flags.to_be_bytes());
        }
        Code::KeyProtocol => {
            let known = |text: &str| among(KEY_PROTOCOLS, text);
            octets.push(read_number_or(tokens, "a protocol", known, |token| token.u8())?);
        }
        Code::CertificateType => {
            let known = |text: &str| CertificateType::from_mnemonic(text).map(|kind| kind.0);
            let kind = read_number_or(tokens, "a certificate type", known, |token| token.u16())?;
            octets.extend_from_slice(&kind.to_be_bytes());
        }
        Code::TransactionError => {
            let known = |text: &str| match text {
                "BADSIG" => Some(16),
                _ => Rcode::from_mnemonic(text).map(|rcode| rcode.0),
            };
            let error = read_number_or(tokens, "an error", known, |token| token.u16())?;
            octets.extend_from_slice(&error.to_be_bytes());
        }
    }
    Ok(())
}

fn among<T: Copy>(mnemonics: &[(&str, T)], text: &str) -> Option<T> {
    let found = mnemonics
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(text));
    found.map(|&(_, value)| value)
}

fn algorithm(text: &str) -> Option<u8> {
    let known = SecurityAlgorithm::from_mnemonic(text).map(|algorithm| algorithm.0);
    known.or_else(|| among(OLDER_ALGORITHMS, text))
}

/// Flags with bars between them; `SIG0` to `SIG15` are the signatory field.
fn key_flags(text: &str) -> Option<u16> {
    text.split('|').try_fold(0, |flags, flag| {
        let signatory = || {
            let (prefix, digits) = flag.split_at_checked(3)?;
            let number = digits.parse().ok().filter(|&number| number < 16);
            prefix.eq_ignore_ascii_case("SIG").then_some(number)?
        };
        Some(flags | among(KEY_FLAGS, flag).or_else(signatory)?)
    })
}

fn read_number_or<T>(
    tokens: &mut Tokens<'_>,
    expected: &'static str,
    known: impl FnOnce(&str) -> Option<T>,
    number: impl FnOnce(&Token<'_>) -> Result<T, TextError>,
) -> Result<T, TextError> {
    let token = tokens.take(expected)?;
    if token.octets().first().is_some_and(u8::is_ascii_digit) {
        return number(&token);
    }
    known(token.text(expected)?).ok_or_else(|| token.error(TextErrorKind::Unrecognised, expected))
}

/// Reads a type.
pub(super) fn read_type(tokens: &mut Tokens<'_>) -> Result<Rtype, TextError> {
    let token = tokens.take("a type")?;
    token
        .rtype()
        .ok_or_else(|| token.error(TextErrorKind::Unrecognised, "a type"))
}
