//! The core at work where there is no system.
//!
//! Built for `wasm32-unknown-unknown`, this program is a module whose import section must be empty: then no clock, no
//! entropy source and no socket can be reached from it, whatever it does. `run.mjs` checks that and runs it. A rule that
//! does not hold is a panic, which is a trap there.

use nameward_core::seed::{Rng, Seed};

fn main() {
    // RFC 8439 appendix A.1, test vector 1: the first eight bytes of the key stream of the all-zero key.
    let mut rng = Rng::new(&Seed::from_number(0));
    assert_eq!(
        rng.next_u64(),
        0x903d_f1a0_ade0_b876,
        "the generator differs on this target"
    );
}
