//! Addresses in tokens, read in one pass.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::error::{TextError, TextErrorKind};
use super::token::Token;

impl Token<'_> {
    /// Reads an IPv4 address: four decimal numbers with dots between them, without zeros in front.
    ///
    /// # Errors
    ///
    /// It is none.
    #[inline]
    pub fn ipv4(&self) -> Result<Ipv4Addr, TextError> {
        let address = read_ipv4(self.octets()).filter(|_| !self.is_quoted());
        address
            .map(Ipv4Addr::from)
            .ok_or_else(|| self.error(TextErrorKind::Unrecognised, "an IPv4 address"))
    }

    /// Reads an IPv6 address (RFC 4291 section 2.2).
    ///
    /// # Errors
    ///
    /// It is none.
    #[inline]
    pub fn ipv6(&self) -> Result<Ipv6Addr, TextError> {
        let groups = read_ipv6(self.octets()).filter(|_| !self.is_quoted());
        groups
            .map(Ipv6Addr::from)
            .ok_or_else(|| self.error(TextErrorKind::Unrecognised, "an IPv6 address"))
    }
}

#[inline]
fn read_ipv4(text: &[u8]) -> Option<u32> {
    let (mut address, mut parts) = (0_u32, 0_u32);
    // The part that is being read; none before its first digit.
    let mut part = None;
    for &octet in text {
        let digit = octet.wrapping_sub(b'0');
        part = match part {
            Some(number @ 0..=255) if octet == b'.' => {
                address = address << 8 | number;
                parts = parts.wrapping_add(1);
                None
            }
            None if digit <= 9 => Some(u32::from(digit)),
            Some(number @ 1..=25) if digit <= 9 => {
                Some(number.wrapping_mul(10).wrapping_add(u32::from(digit)))
            }
            _ => return None,
        };
    }
    match part {
        Some(number @ 0..=255) if parts == 3 => Some(address << 8 | number),
        _ => None,
    }
}

fn read_ipv6(text: &[u8]) -> Option<[u16; 8]> {
    let mut groups = [0; 8];
    let mut count = 0_usize;
    // After how many groups `::` stands.
    let (mut gap, mut rest) = match text.strip_prefix(b"::") {
        Some(rest) => (Some(0), rest),
        None => (None, text),
    };
    while !rest.is_empty() || gap != Some(count) {
        let (mut group, mut digits) = (0_u16, 0_usize);
        for digit in rest.iter().map_while(|&octet| hexadecimal(octet)) {
            group = group << 4 | digit;
            digits = digits.wrapping_add(1);
        }
        let after = rest.get(digits..)?;
        if let [b'.', ..] = after {
            let address = read_ipv4(rest)?.to_be_bytes();
            let last = groups.get_mut(count..)?.first_chunk_mut()?;
            *last = [
                u16::from_be_bytes([address[0], address[1]]),
                u16::from_be_bytes([address[2], address[3]]),
            ];
            count = count.wrapping_add(2);
            break;
        }
        if !(1..=4).contains(&digits) {
            return None;
        }
        *groups.get_mut(count)? = group;
        count = count.wrapping_add(1);
        rest = match after {
            [] => break,
            [b':', b':', after @ ..] if gap.is_none() => {
                gap = Some(count);
                after
            }
            [b':', after @ ..] => after,
            _ => return None,
        };
    }
    match gap {
        None => (count == 8).then_some(groups),
        // It stands for one group at least.
        Some(gap) => {
            let missing = 8_usize.checked_sub(count).filter(|&missing| missing > 0)?;
            groups.get_mut(gap..)?.rotate_right(missing);
            Some(groups)
        }
    }
}

#[inline]
fn hexadecimal(octet: u8) -> Option<u16> {
    match octet {
        b'0'..=b'9' => Some(u16::from(octet.wrapping_sub(b'0'))),
        b'a'..=b'f' | b'A'..=b'F' => Some(u16::from((octet | 0x20).wrapping_sub(b'a').wrapping_add(10))),
        _ => None,
    }
}
