//! What happens to a datagram or a segment on its way: drawn, and applied.

use core::time::Duration;

use bytes::Bytes;
use nameward_core::machine::Proto;
use nameward_core::seed::Rng;
use nameward_core::time::Instant;

use crate::decision::Choice;
use crate::edit::Edit;
use crate::fault::{Fault, Tally};
use crate::link::{Link, Rate};
use crate::random::duration_up_to;

/// What there is on a way from one moment to the next.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WayState {
    /// The way is bad: see [`Bursts`](crate::link::Bursts).
    pub(crate) bad: bool,
    /// When all that was sent before is on its way.
    free_at: Instant,
}

impl WayState {
    /// One more crossing: the way may turn bad or good. Says whether a burst takes what crosses.
    fn burst_takes(&mut self, link: &Link, rng: &mut Rng) -> bool {
        let Some(bursts) = link.bursts else {
            return false;
        };
        let turns = if self.bad { bursts.end } else { bursts.begin };
        self.bad ^= turns.happens(rng);
        bursts.loss.happens(rng) && self.bad
    }

    /// How long so many octets that are sent now wait and take; `None` if too much waits already.
    pub(crate) fn admit(
        &mut self,
        rate: Rate,
        now: Instant,
        octets: usize,
        proto: Proto,
    ) -> Option<Duration> {
        let rate_per_second = u128::from(rate.octets_per_second.max(1));
        let waits = self.free_at.since(now);
        let waiting = waits.as_nanos() * rate_per_second / NANOSECONDS;
        if proto == Proto::Datagram && waiting > u128::from(rate.queue) {
            return None;
        }
        // A usize is at most 64 bits wide.
        let takes = (octets as u128 * NANOSECONDS).div_ceil(rate_per_second);
        let total = waits + Duration::from_nanos(u64::try_from(takes).unwrap_or(u64::MAX));
        self.free_at = now.after(total);
        Some(total)
    }

    /// Whether something waits.
    pub(crate) fn is_busy(&self, now: Instant) -> bool {
        self.free_at > now
    }
}

const NANOSECONDS: u128 = 1_000_000_000;

/// Draws what happens to a datagram of so many fragments. Everything is drawn whether or not it happens, so that one fault less
/// changes none of the others.
pub(crate) fn draw_datagram(
    link: &Link,
    way: &mut WayState,
    fragments: u32,
    data: &[u8],
    rng: &mut Rng,
) -> Vec<Choice> {
    let mut choices = Vec::new();
    let lost = (0..fragments).fold(false, |lost, _| link.loss.happens(rng) || lost);
    let in_burst = way.burst_takes(link, rng);
    let doubled = link.duplication.happens(rng);
    choices.extend(in_burst.then_some(Choice::LostInBurst));
    choices.extend((lost && !in_burst).then_some(Choice::Lost));
    choices.extend(doubled.then_some(Choice::Doubled));
    if lost || in_burst {
        choices.truncate(1);
        return choices;
    }
    choices.extend(draw_copy(link, data, rng));
    choices
}

/// Draws what happens to one copy of a datagram that arrives.
pub(crate) fn draw_copy(link: &Link, data: &[u8], rng: &mut Rng) -> Vec<Choice> {
    let jitter = duration_up_to(link.jitter, rng);
    let overtaken = link.reordering.happens(rng);
    let by = duration_up_to((link.latency + link.jitter) * 4, rng);
    let delayed = link.delay.happens(rng);
    let corrupted = link.corruption.happens(rng);
    let edit = Edit::draw(data, rng);
    let choices = [
        (!jitter.is_zero()).then_some(Choice::Late(jitter)),
        overtaken.then_some(Choice::Overtaken(by)),
        delayed.then_some(Choice::Delayed(link.lateness)),
        corrupted.then_some(Choice::Altered(edit)),
    ];
    choices.into_iter().flatten().collect()
}

/// When a copy arrives, and how, if this was chosen for it.
pub(crate) fn arrive(choices: &[Choice], link: &Link, data: &Bytes, tally: &mut Tally) -> (Duration, Bytes) {
    let (mut after, mut data) = (link.latency, data.clone());
    for choice in choices {
        match choice {
            Choice::Late(by) => after += *by,
            Choice::Overtaken(by) => {
                tally.count(Fault::Reordering);
                after += *by;
            }
            Choice::Delayed(by) => {
                tally.count(Fault::Delay);
                after += *by;
            }
            Choice::Altered(edit) => {
                let altered = edit.apply(&data);
                if altered != data {
                    tally.count(Fault::Corruption);
                }
                data = altered;
            }
            _ => {}
        }
    }
    (after, data)
}

/// Draws what happens to a segment. What ends a stream, or opens it, is cut or half closed by nothing.
pub(crate) fn draw_segment(
    link: &Link,
    way: &mut WayState,
    carries_data: bool,
    rng: &mut Rng,
) -> Vec<Choice> {
    let faults = &link.streams;
    let jitter = duration_up_to(link.jitter, rng);
    let losses = (0..6).take_while(|_| link.loss.happens(rng)).count() as u8;
    let in_burst = way.burst_takes(link, rng);
    let cut = faults.reset.happens(rng);
    let stalls = faults.stall.happens(rng);
    let half_closes = faults.half_close.happens(rng) && carries_data;
    let choices = [
        (!jitter.is_zero()).then_some(Choice::Late(jitter)),
        (losses > 0).then_some(Choice::Resent(losses)),
        in_burst.then_some(Choice::LostInBurst),
        cut.then_some(Choice::Reset),
        stalls.then_some(Choice::Stalled),
        (half_closes && !cut).then_some(Choice::HalfClosed),
    ];
    choices.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::Bursts;
    use crate::random::PerMille;
    use nameward_core::seed::Seed;

    #[test]
    fn losses_of_a_bad_way_come_in_bursts_of_the_length_that_was_asked_for() {
        let bursts = Bursts {
            begin: PerMille(20),
            end: PerMille(250),
            loss: PerMille::ALWAYS,
        };
        let link = Link {
            bursts: Some(bursts),
            ..Link::default()
        };
        let (mut way, mut rng) = (WayState::default(), Rng::new(&Seed::from_number(1)));
        let lost: Vec<bool> = (0..20_000)
            .map(|_| draw_datagram(&link, &mut way, 1, b"data", &mut rng) == [Choice::LostInBurst])
            .collect();
        let total = lost.iter().filter(|lost| **lost).count();
        let runs = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count();
        // A burst begins every 50 crossings and is 4 long: losses are 4 in 54.
        assert!((1_250..1_750).contains(&total), "{total} lost");
        assert!(
            (3_500..4_500).contains(&(total * 1_000 / runs)),
            "{total} in {runs} bursts"
        );
    }

    #[test]
    fn a_slow_way_makes_wait_what_it_cannot_take_at_once_and_drops_what_is_too_much() {
        let rate = Rate {
            octets_per_second: 1_000,
            queue: 250,
        };
        let mut way = WayState::default();
        let mut send = |at| {
            way.admit(
                rate,
                Instant::ZERO.after(Duration::from_millis(at)),
                100,
                Proto::Datagram,
            )
        };
        let taken = [0, 0, 0, 0, 100, 1_000].map(|at| send(at).map(|takes| takes.as_millis()));
        assert_eq!(
            taken,
            [Some(100), Some(200), Some(300), None, Some(300), Some(100)]
        );
        assert!(way.admit(rate, Instant::ZERO, 1_000_000, Proto::Stream).is_some());
    }
}
