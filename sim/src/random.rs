//! Named streams of randomness.
//!
//! Each purpose of each actor has a stream of its own, named by a hash. So one more draw somewhere shifts nothing elsewhere,
//! and a failing seed stays recognisable while one looks for the cause.

use core::hash::Hasher as _;

use nameward_core::seed::{Rng, Seed};
use siphasher::sip128::{Hasher128 as _, SipHasher24};

/// The seed of stream number `number` of `actor` for `purpose`.
pub(crate) fn seed(world: u64, actor: &str, purpose: &str, number: u64) -> Seed {
    let half = |which: u64| {
        let mut hasher = SipHasher24::new_with_keys(world, which);
        for part in [actor, purpose] {
            // A usize is at most 64 bits wide; the length keeps ("ab", "c") and ("a", "bc") apart.
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part.as_bytes());
        }
        hasher.write(&number.to_le_bytes());
        hasher.finish128().as_bytes()
    };
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&half(0));
    bytes[16..].copy_from_slice(&half(1));
    Seed::from_bytes(bytes)
}

/// How often something happens: so many times in a thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PerMille(pub u16);

impl PerMille {
    /// It never happens.
    pub const NEVER: Self = Self(0);
    /// It always happens.
    pub const ALWAYS: Self = Self(1000);

    /// Whether it happens this time. Draws once, whatever the chance.
    pub fn happens(self, rng: &mut Rng) -> bool {
        rng.below(1000) < u32::from(self.0)
    }
}

/// A duration from zero to `most`, each microsecond equally likely. Draws once.
pub(crate) fn duration_up_to(most: core::time::Duration, rng: &mut Rng) -> core::time::Duration {
    let microseconds = u32::try_from(most.as_micros()).unwrap_or(u32::MAX - 1);
    core::time::Duration::from_micros(u64::from(rng.below(microseconds + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_name_makes_another_stream() {
        let seeds = [
            seed(1, "ab", "c", 0),
            seed(2, "ab", "c", 0),
            seed(1, "a", "bc", 0),
            seed(1, "ab", "d", 0),
            seed(1, "ab", "c", 1),
        ];
        for (number, one) in seeds.iter().enumerate() {
            assert!(!seeds[number + 1..].contains(one));
            assert_ne!(one.expose()[..16], one.expose()[16..]);
        }
        assert_eq!(seeds[0], seed(1, "ab", "c", 0));
    }

    #[test]
    fn chances_are_kept() {
        let mut rng = Rng::new(&Seed::from_number(1));
        let hits = (0..10_000).filter(|_| PerMille(300).happens(&mut rng)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
        assert!((0..1000).all(|_| PerMille::ALWAYS.happens(&mut rng) && !PerMille::NEVER.happens(&mut rng)));
    }
}
