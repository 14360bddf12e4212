//! Which server is asked first, how long it is waited for, and which ones are dead.
//!
//! A server that kept silent twice in a row is *dead*: it comes last, and after a pause that doubles each time it is asked beside
//! one that lives. So nobody waits for a dead server, and one that comes back is noticed (c-ares issues 650, 717, 731).
//!
//! All times are whole microseconds, so that the choice is the same on every platform.

use alloc::collections::BTreeMap;
use core::net::SocketAddr;
use core::time::Duration;

use smallvec::SmallVec;

use super::config::{Preference, Server};
use crate::seed::Rng;
use crate::time::Instant;
use crate::transport::QuestionId;

/// How often in a row a server fails before it counts as dead.
const DEAD_AFTER: u8 = 2;

/// How long a dead server is left alone at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The shortest time for which a reply is waited, before anybody else is asked.
pub(crate) const SHORTEST_WAIT: Duration = Duration::from_millis(200);

/// Beyond this a round trip says no more.
const LONGEST_ROUND_TRIP: u64 = 10_000_000;

/// What is known about the servers that are configured.
#[derive(Debug, Default)]
pub(crate) struct Servers {
    known: BTreeMap<SocketAddr, Memory>,
    /// How many orders were given, for those who take turns.
    turn: u32,
}

#[derive(Debug)]
struct Memory {
    /// The smoothed round trip and how much it varies, in microseconds (RFC 6298 section 2); none before the first.
    round_trip: Option<(u64, u64)>,
    failures: u8,
    pause: Duration,
    /// When it may be probed, if it is dead.
    probe_at: Instant,
    probe: Option<QuestionId>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            round_trip: None,
            failures: 0,
            pause: FIRST_PAUSE,
            probe_at: Instant::ZERO,
            probe: None,
        }
    }
}

/// The servers of a group by their places in it, best first.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) places: SmallVec<[u8; 4]>,
    /// A dead one that is to be probed beside the first.
    pub(crate) probe: Option<u8>,
}

impl Servers {
    /// The order in which the servers of a group are asked now.
    pub(crate) fn order(
        &mut self,
        now: Instant,
        rng: &mut Rng,
        group: &[Server],
        preference: Preference,
    ) -> Order {
        let turn = self.turn;
        self.turn = turn.wrapping_add(1);
        let count = u32::try_from(group.len()).unwrap_or(u32::MAX);
        let mut ranked: SmallVec<[(bool, u64, u8); 4]> = SmallVec::new();
        for (place, server) in (0u8..).zip(group) {
            let memory = self.known.entry(server.address).or_default();
            let rank = match preference {
                Preference::InOrder => u64::from(place),
                // Invariant: there are servers, for this is one.
                Preference::Rotate => {
                    let behind = u32::from(place).wrapping_sub(turn.checked_rem(count).unwrap_or(0));
                    u64::from(behind.wrapping_add(count).checked_rem(count).unwrap_or(0))
                }
                // One that nobody has tried is tried early, and of several any.
                Preference::Fastest => memory
                    .round_trip
                    .map_or_else(|| u64::from(rng.below(32)), |(smoothed, _)| smoothed),
            };
            ranked.push((memory.is_dead(), rank, place));
        }
        ranked.sort_unstable();
        let first_lives = ranked.first().is_some_and(|&(dead, ..)| !dead);
        let mut probe = None;
        for &(dead, _, place) in ranked.iter().skip(1) {
            let memory = group
                .get(usize::from(place))
                .and_then(|server| self.known.get_mut(&server.address));
            let Some(memory) = memory else { continue };
            if dead && first_lives && memory.probe.is_none() && memory.probe_at <= now {
                probe.get_or_insert(place);
            } else if !dead && preference == Preference::Fastest {
                memory.decay();
            }
        }
        let places = ranked.into_iter().map(|(.., place)| place).collect();
        Order { places, probe }
    }

    /// How long a reply of this server is worth waiting for, even if it turns out to need a connection, which takes two round
    /// trips; none if that is not known.
    pub(crate) fn wait(&self, server: SocketAddr) -> Option<Duration> {
        let (smoothed, variation) = self.known.get(&server)?.round_trip?;
        let wait = smoothed
            .saturating_mul(2)
            .saturating_add(variation.saturating_mul(4));
        Some(Duration::from_micros(wait).max(SHORTEST_WAIT))
    }

    /// It replied after that long, over whatever: who truncates its replies is as slow as the stream.
    pub(crate) fn replied(&mut self, server: SocketAddr, round_trip: Duration) {
        let Some(memory) = self.known.get_mut(&server) else {
            return;
        };
        memory.failures = 0;
        memory.pause = FIRST_PAUSE;
        memory.observe(u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX));
    }

    /// It kept silent for `waited`, or it cannot be reached, or it does not do its work.
    pub(crate) fn failed(&mut self, now: Instant, server: SocketAddr, waited: Duration) {
        let Some(memory) = self.known.get_mut(&server) else {
            return;
        };
        memory.failures = memory.failures.saturating_add(1);
        let waited = u64::try_from(waited.as_micros())
            .unwrap_or(u64::MAX)
            .min(LONGEST_ROUND_TRIP);
        if let Some((smoothed, _)) = &mut memory.round_trip {
            *smoothed = waited.max(*smoothed);
        }
        // Many questions at a time may fail for one reason: that is one failure.
        if memory.is_dead() && memory.probe_at <= now {
            memory.probe_at = now.after(memory.pause);
            memory.pause = memory.pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    /// It is probed by this question.
    pub(crate) fn probing(&mut self, server: SocketAddr, probe: QuestionId) {
        if let Some(memory) = self.known.get_mut(&server) {
            memory.probe = Some(probe);
        }
    }

    /// The probe that it has not replied to yet is over, or about to be.
    pub(crate) fn take_probe(&mut self, server: SocketAddr) -> Option<QuestionId> {
        self.known.get_mut(&server)?.probe.take()
    }

    /// Forgets what was measured: in another network it means nothing.
    pub(crate) fn forget(&mut self) {
        for memory in self.known.values_mut() {
            *memory = Memory {
                probe: memory.probe,
                ..Memory::default()
            };
        }
    }

    /// Forgets servers that are not configured any more.
    pub(crate) fn retain(&mut self, configured: impl Fn(SocketAddr) -> bool) {
        self.known.retain(|&address, _| configured(address));
    }
}

impl Memory {
    const fn is_dead(&self) -> bool {
        self.failures >= DEAD_AFTER
    }

    /// Takes in a round trip (RFC 6298 section 2).
    fn observe(&mut self, measured: u64) {
        let measured = measured.min(LONGEST_ROUND_TRIP);
        let (smoothed, variation) = match self.round_trip {
            None => (measured, measured / 2),
            Some((smoothed, variation)) => (
                weighted(smoothed, 7, measured, 8),
                weighted(variation, 3, smoothed.abs_diff(measured), 4),
            ),
        };
        self.round_trip = Some((smoothed, variation));
    }

    /// It was not chosen: it seems a little faster each time, until it is.
    fn decay(&mut self) {
        if let Some((smoothed, _)) = &mut self.round_trip {
            *smoothed = smoothed.saturating_sub((*smoothed / 512).max(1));
        }
    }
}

/// `old` with `weight` parts of `parts`, and `new` with the one part that is left.
fn weighted(old: u64, weight: u64, new: u64, parts: u64) -> u64 {
    old.saturating_mul(weight)
        .saturating_add(new)
        .checked_div(parts)
        .unwrap_or(old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{Rng, Seed};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn group(count: u8) -> Vec<Server> {
        (0..count)
            .map(|last| Server::new(([192, 0, 2, last], 53).into()))
            .collect()
    }

    fn at(milliseconds: u64) -> Instant {
        Instant::ZERO.after(Duration::from_millis(milliseconds))
    }

    struct Bench {
        servers: Servers,
        group: Vec<Server>,
        rng: Rng,
        preference: Preference,
    }

    impl Bench {
        fn new(count: u8, preference: Preference) -> Self {
            let group = group(count);
            let known = group.iter().map(|server| (server.address, Memory::default()));
            Self {
                servers: Servers {
                    known: known.collect(),
                    turn: 0,
                },
                group,
                rng: Rng::new(&Seed::from_number(1)),
                preference,
            }
        }

        fn order(&mut self, milliseconds: u64) -> (Vec<u8>, Option<u8>) {
            let order = self
                .servers
                .order(at(milliseconds), &mut self.rng, &self.group, self.preference);
            (order.places.to_vec(), order.probe)
        }

        fn replied(&mut self, place: usize, milliseconds: u64) {
            self.servers
                .replied(self.group[place].address, Duration::from_millis(milliseconds));
        }

        fn failed(&mut self, place: usize, now: u64) {
            self.servers
                .failed(at(now), self.group[place].address, Duration::from_millis(300));
        }
    }

    #[test]
    fn resolv_conf_5_servers_are_asked_in_order_or_in_turn() {
        let mut bench = Bench::new(3, Preference::InOrder);
        bench.replied(2, 1);
        assert_eq!(bench.order(0).0, [0, 1, 2]);
        assert_eq!(bench.order(0).0, [0, 1, 2]);
        let mut bench = Bench::new(3, Preference::Rotate);
        let firsts: Vec<_> = (0..7).map(|_| bench.order(0).0).collect();
        assert_eq!(firsts[..4], [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
    }

    #[test]
    fn the_fastest_is_asked_first_and_the_others_now_and_then() {
        let mut bench = Bench::new(3, Preference::Fastest);
        bench.replied(0, 40);
        bench.replied(1, 10);
        assert_eq!(
            bench.order(0).0,
            [2, 1, 0],
            "one that nobody has tried comes first"
        );
        bench.replied(2, 20);
        let mut asked = [0u32; 3];
        for _ in 0..3_000 {
            let first = usize::from(bench.order(0).0[0]);
            asked[first] += 1;
            bench.replied(first, [40, 10, 20][first]);
        }
        assert!(asked[1] > 2_700 && asked[0] > 3 && asked[2] > 3, "{asked:?}");
        // The slowest has become the fastest.
        for _ in 0..1_000 {
            let first = usize::from(bench.order(0).0[0]);
            bench.replied(first, [1, 10, 20][first]);
        }
        assert_eq!(bench.order(0).0[0], 0);
    }

    #[test]
    fn a_dead_server_comes_last_and_a_single_loss_kills_nobody() {
        let mut bench = Bench::new(3, Preference::InOrder);
        bench.failed(0, 0);
        assert_eq!(bench.order(1), (Vec::from([0, 1, 2]), None));
        bench.failed(0, 10);
        assert_eq!(bench.order(11), (Vec::from([1, 2, 0]), None));
        bench.failed(1, 20);
        bench.failed(1, 21);
        assert_eq!(bench.order(22).0, [2, 0, 1], "of the dead, the first configured");
    }

    #[test]
    fn cares_877_a_dead_server_is_probed_beside_a_live_one_and_comes_back() {
        let mut bench = Bench::new(2, Preference::InOrder);
        bench.failed(0, 0);
        bench.failed(0, 0);
        assert_eq!(bench.order(999).1, None);
        assert_eq!(bench.order(1_000), (Vec::from([1, 0]), Some(0)));
        bench.servers.probing(bench.group[0].address, QuestionId(7));
        assert_eq!(bench.order(1_000).1, None, "one probe at a time");
        assert_eq!(
            bench.servers.take_probe(bench.group[0].address),
            Some(QuestionId(7))
        );
        bench.failed(0, 1_200);
        assert_eq!(bench.order(3_199).1, None, "the pause has doubled");
        assert_eq!(bench.order(3_200).1, Some(0));
        bench.replied(0, 5);
        assert_eq!(bench.order(3_210), (Vec::from([0, 1]), None));
        // The next time it dies, the pause is short again.
        bench.failed(0, 4_000);
        bench.failed(0, 4_000);
        assert_eq!((bench.order(4_999).1, bench.order(5_000).1), (None, Some(0)));
    }

    #[test]
    fn a_hundred_questions_that_fail_together_are_one_failure_and_pauses_are_bounded() {
        let mut bench = Bench::new(2, Preference::InOrder);
        for _ in 0..100 {
            bench.failed(0, 0);
        }
        assert_eq!(bench.order(1_000).1, Some(0));
        for second in 1..2_000 {
            bench.failed(0, second * 1_000);
        }
        assert_eq!(bench.order(2_000_000 + 60_000).1, Some(0));
    }

    #[test]
    fn nobody_is_probed_where_nobody_lives() {
        let mut bench = Bench::new(2, Preference::InOrder);
        for place in [0, 0, 1, 1] {
            bench.failed(place, 0);
        }
        assert_eq!(bench.order(100_000), (Vec::from([0, 1]), None));
    }

    #[test]
    fn firezone_2939_in_another_network_what_was_measured_is_forgotten() {
        let mut bench = Bench::new(2, Preference::InOrder);
        bench.replied(0, 900);
        bench.failed(0, 0);
        bench.failed(0, 0);
        bench.servers.forget();
        assert_eq!(bench.order(0).0, [0, 1]);
        assert_eq!(bench.servers.wait(bench.group[0].address), None);
    }

    proptest! {
        /// Each server is in the order once, and whoever is probed is not first.
        #[test]
        fn an_order_is_a_permutation(count in 1u8..6, steps in prop::collection::vec((0usize..6, prop::option::of(0u64..5_000)), 0..60), preference in prop::sample::select(&[Preference::Fastest, Preference::InOrder, Preference::Rotate])) {
            let mut bench = Bench::new(count, preference);
            for (now, (place, replied)) in (0u64..).map(|now| now * 100).zip(steps) {
                let (mut places, probe) = bench.order(now);
                prop_assert!(probe.is_none() || probe != places.first().copied());
                places.sort_unstable();
                prop_assert_eq!(places, (0..count).collect::<Vec<_>>());
                let place = place % usize::from(count);
                match replied {
                    Some(milliseconds) => bench.replied(place, milliseconds),
                    None => bench.failed(place, now),
                }
                let wait = bench.servers.wait(bench.group[place].address);
                prop_assert!(wait.is_none_or(|wait| wait >= SHORTEST_WAIT && wait <= Duration::from_secs(60)));
            }
        }
    }
}
