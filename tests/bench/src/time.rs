//! Time, measured so that whatever else the machine does disturbs all contestants alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::contestants::Contestant;

/// How often each contestant has its turn. What counts is its best turn.
const ROUNDS: u32 = 300;

/// How long a turn lasts, about.
const TURN: Duration = Duration::from_micros(300);

/// Nanoseconds that each contestant takes for once.
pub(crate) fn nanoseconds(contestants: &mut [Contestant]) -> Vec<f64> {
    let counts: Vec<u32> = contestants.iter_mut().map(count_for_a_turn).collect();
    let mut best = vec![Duration::MAX; contestants.len()];
    for _ in 0..ROUNDS {
        for ((contestant, &count), best) in contestants.iter_mut().zip(&counts).zip(&mut best) {
            *best = turn(contestant, count).min(*best);
        }
    }
    best.iter()
        .zip(&counts)
        .map(|(best, &count)| best.as_secs_f64() * 1e9 / f64::from(count))
        .collect()
}

fn count_for_a_turn(contestant: &mut Contestant) -> u32 {
    let mut count = 1;
    while turn(contestant, count) < TURN {
        count *= 2;
    }
    count
}

#[allow(clippy::disallowed_methods, reason = "what is measured here is real time")]
fn turn(contestant: &mut Contestant, count: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        black_box((contestant.work)());
    }
    start.elapsed()
}
