//! Bounds of numbers that stand as octets.

/// The prime of the field of P-256 (SEC 2 section 2.4.2), the most significant word first.
pub(super) const P256_FIELD: [u64; 4] = [
    0xFFFF_FFFF_0000_0001,
    0,
    0x0000_0000_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
];
/// The order of the group of P-256.
pub(super) const P256_ORDER: [u64; 4] = [
    0xFFFF_FFFF_0000_0000,
    0xFFFF_FFFF_FFFF_FFFF,
    0xBCE6_FAAD_A717_9E84,
    0xF3B9_CAC2_FC63_2551,
];
/// The prime of the field of P-384 (SEC 2 section 2.5.1).
pub(super) const P384_FIELD: [u64; 6] = [
    0xFFFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFE,
    0xFFFF_FFFF_0000_0000,
    0x0000_0000_FFFF_FFFF,
];
/// The order of the group of P-384.
pub(super) const P384_ORDER: [u64; 6] = [
    0xFFFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
    0xC763_4D81_F437_2DDF,
    0x581A_0DB2_48B0_A77A,
    0xECEC_196A_CCC5_2973,
];
/// The prime of the field of Ed25519: 2^255 - 19 (RFC 7748 section 4.1).
const ED25519_FIELD: [u64; 4] = [
    0x7FFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFED,
];
/// The order of the group of Ed25519 (RFC 8032 section 5.1).
const ED25519_ORDER: [u64; 4] = [
    0x1000_0000_0000_0000,
    0,
    0x14DE_F9DE_A2F7_9CD6,
    0x5812_631A_5CF5_D3ED,
];
/// The second coordinates of the points of Ed25519 whose order divides eight. The first coordinate of each is, but for its sign,
/// determined by the second.
const ED25519_SMALL_ORDER: [[u64; 4]; 5] = [
    // Order 4.
    [0, 0, 0, 0],
    // Order 1: the neutral element.
    [0, 0, 0, 1],
    // Order 2.
    [
        0x7FFF_FFFF_FFFF_FFFF,
        0xFFFF_FFFF_FFFF_FFFF,
        0xFFFF_FFFF_FFFF_FFFF,
        0xFFFF_FFFF_FFFF_FFEC,
    ],
    // Order 8.
    [
        0x05FC_536D_8802_38B1,
        0x3933_C6D3_05AC_DFD5,
        0xF098_EFF2_89F4_C345,
        0xB027_B2C2_8F95_E826,
    ],
    [
        0x7A03_AC92_77FD_C74E,
        0xC6CC_392C_FA53_202A,
        0x0F67_100D_760B_3CBA,
        0x4FD8_4D3D_706A_17C7,
    ],
];

/// What stands in the 32 octets of a point of Ed25519 (RFC 8032 section 5.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EdwardsPoint {
    /// A coordinate that is not below the prime of the field.
    NotCanonical,
    /// A point whose order divides eight.
    SmallOrder,
    /// Something else, which may be a point or none.
    Other,
}

/// Whether a number, the most significant octet first, is below `bound`. Both are equally long.
pub(super) fn is_below(octets: &[u8], bound: &[u64]) -> bool {
    words(octets).lt(bound.iter().copied())
}

/// Whether a number, the most significant octet first, is from one to `bound` less one.
pub(super) fn is_positive_below(octets: &[u8], bound: &[u64]) -> bool {
    octets.iter().any(|&octet| octet != 0) && is_below(octets, bound)
}

/// Whether a number, the least significant octet first, is below the order of the group of Ed25519.
pub(super) fn is_ed25519_scalar(octets: &[u8; 32]) -> bool {
    is_below(&reversed(octets), &ED25519_ORDER)
}

/// What stands in the octets of a point of Ed25519.
pub(super) fn ed25519_point(octets: &[u8; 32]) -> EdwardsPoint {
    let mut coordinate = reversed(octets);
    // The highest bit is the sign of the other coordinate.
    if let Some(first) = coordinate.first_mut() {
        *first &= 0x7F;
    }
    if !is_below(&coordinate, &ED25519_FIELD) {
        return EdwardsPoint::NotCanonical;
    }
    let small = ED25519_SMALL_ORDER
        .iter()
        .any(|small| words(&coordinate).eq(small.iter().copied()));
    if small {
        EdwardsPoint::SmallOrder
    } else {
        EdwardsPoint::Other
    }
}

fn words(octets: &[u8]) -> impl Iterator<Item = u64> {
    octets.as_chunks().0.iter().map(|word| u64::from_be_bytes(*word))
}

fn reversed(octets: &[u8; 32]) -> [u8; 32] {
    let mut reversed = *octets;
    reversed.reverse();
    reversed
}
