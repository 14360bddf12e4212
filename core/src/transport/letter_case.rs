//! Letters of a question in random case (draft-vixie-dnsext-dns0x20): one more bit to guess for each of them.

use crate::seed::Rng;
use crate::wire::Name;

/// `name` with the case of each letter drawn anew.
pub(crate) fn randomize(name: &Name, rng: &mut Rng) -> Name {
    let mut octets = [0; 255];
    let wire = name.as_wire();
    // Invariant: a name has at most 255 octets. Lengths of labels are below the letters, so flipping no letter is no length.
    let Some(octets) = octets.get_mut(..wire.len()) else {
        return name.clone();
    };
    octets.copy_from_slice(wire);
    for chunk in octets.chunks_mut(64) {
        let mut coins = rng.next_u64();
        for octet in chunk.iter_mut().filter(|octet| octet.is_ascii_alphabetic()) {
            if coins & 1 == 1 {
                *octet ^= 0x20;
            }
            coins >>= 1;
        }
    }
    Name::from_wire(octets).unwrap_or_else(|_| name.clone())
}

#[cfg(test)]
mod tests {
    use super::randomize;
    use crate::seed::{Rng, Seed};
    use crate::wire::Name;
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    proptest! {
        /// Nothing but the case changes, and every letter takes both.
        #[test]
        fn only_the_case_of_letters_changes(labels in prop::collection::vec("[ -~]{1,40}", 1..5), seed in any::<u64>()) {
            let mut wire = alloc::vec::Vec::new();
            for label in &labels {
                wire.push(u8::try_from(label.len()).unwrap());
                wire.extend_from_slice(label.as_bytes());
            }
            wire.push(0);
            let name = Name::from_wire(&wire).unwrap();
            let mut rng = Rng::new(&Seed::from_number(seed));
            let mut seen = alloc::vec![(false, false); wire.len()];
            for _ in 0..64 {
                let drawn = randomize(&name, &mut rng);
                prop_assert_eq!(&drawn, &name);
                prop_assert_eq!(drawn.as_wire().len(), wire.len());
                for (seen, octet) in seen.iter_mut().zip(drawn.as_wire()) {
                    seen.0 |= octet.is_ascii_lowercase();
                    seen.1 |= octet.is_ascii_uppercase();
                }
            }
            prop_assert_eq!(seen.len(), wire.len());
            for (seen, octet) in seen.iter().zip(&wire) {
                prop_assert_eq!(*seen, (octet.is_ascii_alphabetic(), octet.is_ascii_alphabetic()));
            }
        }
    }
}
