//! Octets as hexadecimal, base 32 and base 64 (RFC 4648), out and in.

use alloc::vec::Vec;
use core::fmt;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32_HEX: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
const BASE16: &[u8; 16] = b"0123456789ABCDEF";

/// How many characters stand together where octets are put out in groups.
const GROUP: usize = 56;

/// A way to write octets as characters of a few bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) enum Encoding {
    /// Four bits, in upper case.
    Base16,
    /// Five bits in the extended hexadecimal alphabet, without padding at the end.
    Base32Hex,
    /// Six bits, padded.
    Base64,
}

impl Encoding {
    const fn bits(self) -> u32 {
        match self {
            Self::Base16 => 4,
            Self::Base32Hex => 5,
            Self::Base64 => 6,
        }
    }

    /// How many octets, and how many characters, belong together.
    const fn quantum(self) -> (usize, usize) {
        match self {
            Self::Base16 => (1, 2),
            Self::Base32Hex => (5, 8),
            Self::Base64 => (3, 4),
        }
    }

    const fn alphabet(self) -> &'static [u8] {
        match self {
            Self::Base16 => BASE16,
            Self::Base32Hex => BASE32_HEX,
            Self::Base64 => BASE64,
        }
    }

    /// Writes octets without blanks.
    pub(in crate::text) fn write(self, f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
        self.groups(octets)
            .try_for_each(|group| self.write_group(f, group))
    }

    /// Writes octets with a blank after each 56 characters.
    pub(in crate::text) fn write_groups(self, f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
        for (index, group) in self.groups(octets).enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            self.write_group(f, group)?;
        }
        Ok(())
    }

    /// The octets that 56 characters stand for, again and again.
    fn groups(self, octets: &[u8]) -> impl Iterator<Item = &[u8]> {
        let (size, width) = self.quantum();
        octets.chunks(GROUP.checked_div(width).unwrap_or(1).saturating_mul(size))
    }

    fn write_group(self, f: &mut fmt::Formatter<'_>, group: &[u8]) -> fmt::Result {
        let mut text = [b'='; GROUP];
        let length = match self {
            Self::Base16 => fill::<1, 2>(Self::Base16, group, &mut text),
            Self::Base32Hex => fill::<5, 8>(Self::Base32Hex, group, &mut text),
            Self::Base64 => fill::<3, 4>(Self::Base64, group, &mut text),
        };
        // Invariant: the alphabets are ASCII, and a group has 56 characters at most.
        let text = core::str::from_utf8(text.get(..length).unwrap_or_default());
        f.write_str(text.unwrap_or_default())
    }

    /// A reader of octets.
    pub(in crate::text) const fn reader(self) -> Reader {
        Reader {
            encoding: self,
            bits: 0,
            held: 0,
            characters: 0,
            padding: 0,
        }
    }

    fn value(self, character: u8) -> Option<u8> {
        let value = match (self, character) {
            (Self::Base64, b'A'..=b'Z') => character.wrapping_sub(b'A'),
            (Self::Base64, b'a'..=b'z') => character.wrapping_sub(b'a').wrapping_add(26),
            (Self::Base64, b'0'..=b'9') => character.wrapping_sub(b'0').wrapping_add(52),
            (Self::Base64, b'+') => 62,
            (Self::Base64, b'/') => 63,
            (Self::Base16 | Self::Base32Hex, b'0'..=b'9') => character.wrapping_sub(b'0'),
            (Self::Base16, b'A'..=b'F') | (Self::Base32Hex, b'A'..=b'V') => {
                character.wrapping_sub(b'A').wrapping_add(10)
            }
            (Self::Base16, b'a'..=b'f') | (Self::Base32Hex, b'a'..=b'v') => {
                character.wrapping_sub(b'a').wrapping_add(10)
            }
            _ => return None,
        };
        Some(value)
    }
}

/// Puts the characters of a group into `text`, which is full of padding. How many there are to be shown.
#[inline]
fn fill<const SIZE: usize, const WIDTH: usize>(
    encoding: Encoding,
    group: &[u8],
    text: &mut [u8; GROUP],
) -> usize {
    let (parts, rest) = group.as_chunks::<SIZE>();
    let (places, _) = text.as_chunks_mut::<WIDTH>();
    for (part, place) in parts.iter().zip(places.iter_mut()) {
        spell(encoding, part, place);
    }
    let length = parts.len().saturating_mul(WIDTH);
    match places.get_mut(parts.len()) {
        Some(place) if !rest.is_empty() => {
            let full = spell(encoding, rest, place);
            let shown = if encoding == Encoding::Base64 { WIDTH } else { full };
            length.saturating_add(shown)
        }
        _ => length,
    }
}

/// Puts as many characters as octets that belong together have into a place. How many.
#[inline]
fn spell<const WIDTH: usize>(encoding: Encoding, part: &[u8], place: &mut [u8; WIDTH]) -> usize {
    // The bits of the part, from the highest of 64 on.
    let mut whole = [0; 8];
    whole.iter_mut().zip(part).for_each(|(to, &octet)| *to = octet);
    let mut rest = u64::from_be_bytes(whole);
    let bits = encoding.bits();
    let full = part.len().saturating_mul(8).div_ceil(bits as usize);
    for character in place.iter_mut().take(full) {
        let [highest, ..] = rest.to_be_bytes();
        let index = usize::from(highest >> 8_u32.saturating_sub(bits));
        *character = encoding.alphabet().get(index).copied().unwrap_or_default();
        rest <<= bits;
    }
    full
}

/// Turns characters, which may come in pieces, into octets.
#[derive(Clone, Debug)]
pub(in crate::text) struct Reader {
    encoding: Encoding,
    /// Bits that make no octet yet, the last `held` of them.
    bits: u16,
    held: u32,
    /// Characters so far, counted up to the size of what belongs together.
    characters: usize,
    /// How many of them are padding.
    padding: usize,
}

impl Reader {
    /// Takes characters and appends the octets that they complete. The error is the index of the first wrong one.
    pub(in crate::text) fn read(&mut self, characters: &[u8], octets: &mut Vec<u8>) -> Result<(), usize> {
        let (_, width) = self.encoding.quantum();
        for (index, &character) in characters.iter().enumerate() {
            self.characters = self.characters.wrapping_add(1);
            if self.characters >= width {
                self.characters = 0;
            }
            if character == b'=' && self.encoding != Encoding::Base16 {
                self.padding = self.padding.saturating_add(1);
                continue;
            }
            let value = self.encoding.value(character).filter(|_| self.padding == 0);
            self.bits = self.bits << self.encoding.bits() | u16::from(value.ok_or(index)?);
            self.held = self.held.saturating_add(self.encoding.bits());
            if let Some(left) = self.held.checked_sub(8) {
                let [_, octet] = (self.bits >> left).to_be_bytes();
                octets.push(octet);
                self.held = left;
                self.bits &= (1_u16 << left).wrapping_sub(1);
            }
        }
        Ok(())
    }

    /// Whether the octets may end here: no character is missing, none too many, and no bit is lost.
    pub(in crate::text) const fn is_complete(&self) -> bool {
        let whole = self.characters == 0;
        let padded = match self.encoding {
            Encoding::Base16 => whole,
            Encoding::Base64 => whole && self.padding < 3,
            Encoding::Base32Hex => self.padding == 0 || whole && self.padding < 7,
        };
        // As many bits are left as a character more could not have been without.
        padded && self.bits == 0 && self.held < self.encoding.bits()
    }
}
