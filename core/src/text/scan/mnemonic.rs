//! Types by their mnemonics, which each record of a zone file has one of.

use super::token::Token;
use crate::wire::Rtype;

/// How many octets of a mnemonic make its key. Longer ones are not in the table.
const LONGEST: usize = 8;

/// How many slots the table has: several times as many as there are types.
const SLOTS: usize = 512;

/// A mnemonic and its type.
type Slot = Option<(&'static str, Rtype)>;

/// The types with short mnemonics, each in the first free slot from that on which its key gives.
static TABLE: [Slot; SLOTS] = {
    let mut table = [None; SLOTS];
    let mut number = 0;
    // The registry has no more types than these with mnemonics (RFC 6895 section 3.1), but for a few above 32767.
    while number < 512 {
        insert(&mut table, Rtype(number));
        number += 1;
    }
    table
};

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which refuses what is out of bounds"
)]
const fn insert(table: &mut [Slot; SLOTS], rtype: Rtype) {
    let Some(mnemonic) = rtype.mnemonic() else {
        return;
    };
    if mnemonic.len() > LONGEST {
        return;
    }
    let mut slot = slot(mnemonic.as_bytes());
    while table[slot].is_some() {
        slot = (slot + 1) % SLOTS;
    }
    table[slot] = Some((mnemonic, rtype));
}

/// Where to look for a mnemonic first, in upper or lower case.
#[inline]
const fn slot(mut mnemonic: &[u8]) -> usize {
    let mut key = mnemonic.len() as u64;
    while let [octet, rest @ ..] = mnemonic {
        key = key << 7 ^ (*octet & 0xDF) as u64;
        mnemonic = rest;
    }
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 55) as usize
}

/// The type whose mnemonic the token is, or which it names as `TYPE` with a number (RFC 3597 section 5).
#[inline]
pub(super) fn rtype(token: &Token<'_>) -> Option<Rtype> {
    let octets = token.octets();
    if octets.len() <= LONGEST {
        let mut slot = slot(octets);
        while let Some((mnemonic, rtype)) = TABLE.get(slot).copied().flatten() {
            if mnemonic.as_bytes().eq_ignore_ascii_case(octets) {
                return (!token.is_quoted()).then_some(rtype);
            }
            slot = slot.wrapping_add(1) % SLOTS;
        }
    }
    token.parse("a type").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_short_mnemonic_is_in_the_table() {
        let known: alloc::vec::Vec<_> = TABLE.iter().flatten().collect();
        let short = (0..512)
            .filter_map(|number| Rtype(number).mnemonic())
            .filter(|mnemonic| mnemonic.len() <= LONGEST);
        assert_eq!(known.len(), short.count());
        assert!(known.len() > 90);
    }
}
