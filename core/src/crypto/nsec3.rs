//! The hash of names in NSEC3 (RFC 5155 section 5).

use super::digest::sha1;
use crate::budget::{Debit, Nsec3Hash};
use crate::wire::{Name, NameRef};

/// The only hash algorithm of NSEC3 there is: SHA-1 (RFC 5155 section 11).
pub const NSEC3_SHA1: u8 = 1;

/// How many blocks of SHA-1 cost a unit: 1 700 instructions each, where the processor has none for SHA-1.
const BLOCKS_IN_A_UNIT: u32 = 224;

/// What one [`nsec3_hash`] costs, in units of [`Limits::crypto_units`](crate::limits::Limits::crypto_units).
///
/// ```
/// use nameward_core::crypto::nsec3_hash_units;
///
/// assert_eq!(nsec3_hash_units(0, 8), 1);
/// assert_eq!(nsec3_hash_units(50, 8), 1);
/// assert_eq!(nsec3_hash_units(65_535, 255), 1_463);
/// ```
pub fn nsec3_hash_units(iterations: u16, salt_length: u8) -> u32 {
    // A block has 64 octets, of which padding takes nine at least. The longest name takes four blocks more than a digest.
    let blocks = u32::from(salt_length).saturating_add(20 + 9).div_ceil(64);
    u32::from(iterations)
        .saturating_add(1)
        .saturating_mul(blocks)
        .saturating_add(4)
        .div_ceil(BLOCKS_IN_A_UNIT)
}

/// The hash of a name: SHA-1 of its canonical form and the salt, and then of the digest and the salt as often as `iterations` says.
pub fn nsec3_hash(_: Debit<Nsec3Hash>, name: NameRef<'_>, iterations: u16, salt: &[u8]) -> [u8; 20] {
    let first = name.with_wire(|wire| {
        // Here and not on the heap: a server hashes for each name that does not exist.
        let mut canonical = [0; Name::LONGEST];
        let (octets, _) = canonical.split_at_mut(wire.len().min(Name::LONGEST));
        for (octet, original) in octets.iter_mut().zip(wire) {
            // The length of a label is no letter.
            *octet = original.to_ascii_lowercase();
        }
        sha1(octets, salt)
    });
    (0..iterations).fold(first, |digest, _| sha1(&digest, salt))
}
