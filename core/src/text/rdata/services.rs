//! Names of protocols and services in WKS records (RFC 1035 section 3.4.2), as the registry has them.

use crate::text::scan::{TextError, TextErrorKind, Tokens};
use alloc::vec::Vec;

const PROTOCOLS: &[(&str, u8)] = &[
    ("icmp", 1),
    ("igmp", 2),
    ("ggp", 3),
    ("tcp", 6),
    ("egp", 8),
    ("pup", 12),
    ("udp", 17),
    ("hmp", 20),
    ("xns-idp", 22),
    ("rdp", 27),
];

const SERVICES: &[(&str, u16)] = &[
    ("tcpmux", 1),
    ("rje", 5),
    ("echo", 7),
    ("discard", 9),
    ("systat", 11),
    ("daytime", 13),
    ("netstat", 15),
    ("qotd", 17),
    ("chargen", 19),
    ("ftp-data", 20),
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("time", 37),
    ("rlp", 39),
    ("nameserver", 42),
    ("whois", 43),
    ("domain", 53),
    ("bootps", 67),
    ("bootpc", 68),
    ("tftp", 69),
    ("gopher", 70),
    ("finger", 79),
    ("http", 80),
    ("www", 80),
    ("kerberos", 88),
    ("hostname", 101),
    ("iso-tsap", 102),
    ("pop2", 109),
    ("pop3", 110),
    ("sunrpc", 111),
    ("auth", 113),
    ("sftp", 115),
    ("nntp", 119),
    ("ntp", 123),
    ("netbios-ns", 137),
    ("netbios-dgm", 138),
    ("netbios-ssn", 139),
    ("imap", 143),
    ("snmp", 161),
    ("snmptrap", 162),
    ("bgp", 179),
    ("irc", 194),
    ("ldap", 389),
    ("https", 443),
];

/// Reads a protocol by number or name.
pub(super) fn read_protocol(tokens: &mut Tokens<'_>) -> Result<u8, TextError> {
    let expected = "an Internet protocol by number or name";
    let token = tokens.take(expected)?;
    match PROTOCOLS.iter().find(|(name, _)| token.is_word(name)) {
        Some(&(_, protocol)) => Ok(protocol),
        None => token.u8(),
    }
}

/// Reads all ports that are left, by number or name, and appends their bits.
pub(super) fn read_ports(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let expected = "a port or the name of a service";
    let start = octets.len();
    while !tokens.is_empty() {
        let token = tokens.take(expected)?;
        let port = match SERVICES.iter().find(|(name, _)| token.is_word(name)) {
            Some(&(_, port)) => port,
            None => u16::try_from(token.number(u64::from(u16::MAX), expected)?)
                .map_err(|_| token.error(TextErrorKind::OutOfRange, expected))?,
        };
        let at = start.saturating_add(usize::from(port >> 3));
        if octets.len() <= at {
            octets.resize(at.saturating_add(1), 0);
        }
        if let Some(octet) = octets.get_mut(at) {
            *octet |= 0x80 >> (port & 7);
        }
    }
    Ok(())
}
