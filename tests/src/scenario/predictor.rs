//! An attacker who knows the literature: is the next message ID the output of a well-known weak generator?

/// Multiplier and increment of generators of 32 bits that libraries have used, seen through their upper 16 bits.
const GENERATORS: [(u32, u32); 4] = [
    (1_664_525, 1_013_904_223),
    (1_103_515_245, 12_345),
    (214_013, 2_531_011),
    (69_069, 1),
];

/// Watches the IDs of one machine.
#[derive(Debug, Default)]
pub(super) struct Predictor {
    seen: Vec<u16>,
}

impl Predictor {
    /// Takes the next ID. Says whether the three before it gave it away.
    pub(super) fn predicts(&mut self, id: u16) -> bool {
        let predicted = match *self.seen {
            [.., first, second, third] => GENERATORS
                .iter()
                .any(|generator| next(*generator, first, second, third) == Some(id)),
            _ => false,
        };
        self.seen.push(id);
        predicted
    }

    /// The machine was built anew.
    pub(super) fn forget(&mut self) {
        self.seen.clear();
    }
}

/// What follows on three outputs, if the generator can give them.
fn next((multiplier, increment): (u32, u32), first: u16, second: u16, third: u16) -> Option<u16> {
    let step = |state: u32| state.wrapping_mul(multiplier).wrapping_add(increment);
    let upper = |state: u32| (state >> 16) as u16;
    (0..=u16::MAX).find_map(|lower| {
        let state = step(u32::from(first) << 16 | u32::from(lower));
        if upper(state) != second {
            return None;
        }
        let state = step(state);
        (upper(state) == third).then(|| upper(step(state)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameward_core::seed::{Rng, Seed};

    #[test]
    fn weak_generators_are_seen_through_and_strong_ones_are_not() {
        for (multiplier, increment) in GENERATORS {
            let mut state = 0x1234_5678_u32;
            let mut predictor = Predictor::default();
            let predicted = (0..8).filter(|_| {
                state = state.wrapping_mul(multiplier).wrapping_add(increment);
                predictor.predicts((state >> 16) as u16)
            });
            assert_eq!(predicted.count(), 5, "all but the first three");
        }
        let mut rng = Rng::new(&Seed::from_number(1));
        let mut predictor = Predictor::default();
        assert!((0..8).all(|_| !predictor.predicts(rng.next_u16())));
    }
}
