//! Randomness, as a value.
//!
//! A machine is built with a [`Seed`] and draws everything unpredictable from it: message IDs, letter case, server choice,
//! jitter, cookies. The same seed and the same inputs give the same outputs, on every platform.

use core::fmt;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// 32 bytes of entropy, from which a machine draws all that must be unpredictable.
///
/// There is no default: a forgotten seed would be a predictable message ID. In production take it from the operating
/// system (the drivers do); in tests and simulations count it up.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A seed of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed number `number`, for tests and simulations: the number, then zeros.
    pub fn from_number(number: u64) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(number.to_le_bytes()) {
            *to = from;
        }
        Self(bytes)
    }

    /// The bytes themselves. They are a secret: who knows them can forge replies.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Says that there is a seed, not which: a seed must not reach a log.
impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A cryptographically secure generator, the same on every platform (ChaCha20).
///
/// It cannot be cloned: two copies would draw the same message IDs.
pub struct Rng(ChaCha20Rng);

impl Rng {
    /// The generator that `seed` begins.
    pub fn new(seed: &Seed) -> Self {
        Self(ChaCha20Rng::from_seed(seed.0))
    }

    /// A seed for a part of this machine. A part that has its own seed can draw once more without shifting what the
    /// others draw.
    #[must_use]
    pub fn fork(&mut self) -> Seed {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        Seed(bytes)
    }

    /// 16 random bits, as a message ID needs them (RFC 5452 section 4.3).
    pub fn next_u16(&mut self) -> u16 {
        let mut bytes = [0; 2];
        self.fill(&mut bytes);
        u16::from_le_bytes(bytes)
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Fills `bytes` with random ones.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// The generator itself, for a library that draws by traits of its own.
    #[cfg(feature = "crypto")]
    pub(crate) const fn generator(&mut self) -> &mut ChaCha20Rng {
        &mut self.0
    }

    /// A number below `bound`, each equally likely; zero if `bound` is zero.
    pub fn below(&mut self, bound: u32) -> u32 {
        // Lemire's multiplication method; the rejected low part is what would make small results likelier.
        let threshold = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
        loop {
            let product = u64::from(self.0.next_u32()).wrapping_mul(u64::from(bound));
            let [a, b, c, d, e, f, g, h] = product.to_be_bytes();
            if u32::from_be_bytes([e, f, g, h]) >= threshold {
                return u32::from_be_bytes([a, b, c, d]);
            }
        }
    }
}

/// Shows no state: it is as secret as the seed.
impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rng(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn same_seed_draws_the_same() {
        let (mut a, mut b) = (Rng::new(&Seed::from_number(7)), Rng::new(&Seed::from_number(7)));
        for _ in 0..100 {
            assert_eq!(a.next_u64(), b.next_u64());
        }
        assert_ne!(
            Rng::new(&Seed::from_number(8)).next_u64(),
            Rng::new(&Seed::from_number(7)).next_u64()
        );
    }

    #[test]
    fn a_draw_more_in_a_part_does_not_shift_its_parent() {
        let draw_after = |draws: u32| {
            let mut parent = Rng::new(&Seed::from_number(1));
            let mut part = Rng::new(&parent.fork());
            for _ in 0..draws {
                part.next_u64();
            }
            parent.next_u64()
        };
        assert_eq!(draw_after(0), draw_after(1));
    }

    #[test]
    fn below_stays_below_and_reaches_everything() {
        let mut rng = Rng::new(&Seed::from_number(3));
        let mut seen = [0u32; 6];
        for _ in 0..6_000 {
            seen[usize::try_from(rng.below(6)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (800..1200).contains(count)), "{seen:?}");
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.below(1), 0);
    }

    /// RFC 8439 appendix A.1, test vector 1: the key stream of the all-zero key, nonce and counter.
    #[test]
    fn rfc8439_a_1_first_key_stream_block() {
        let mut rng = Rng::new(&Seed::from_number(0));
        let mut block = [0; 16];
        rng.fill(&mut block);
        assert_eq!(
            block,
            [
                0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd,
                0x28
            ]
        );
    }

    #[test]
    fn neither_seed_nor_generator_reaches_a_log() {
        assert_eq!(format!("{:?}", Seed::from_number(5)), "Seed(..)");
        assert_eq!(format!("{:?}", Rng::new(&Seed::from_number(5))), "Rng(..)");
    }
}
