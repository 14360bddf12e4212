//! Each host has its own clocks.

use core::time::Duration;

use nameward_core::machine::Misuse;
use nameward_core::time::{Instant, Now, UnixTime};

/// How the clocks of a host run.
///
/// The monotonic clock begins at zero when the host starts, and when it restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockConfig {
    /// How much faster than the world's time the clocks run, in millionths: 50 000 is 5 % fast. From -500 000 to 1 000 000.
    pub drift: i32,
    /// What the wall clock shows when the world begins; `None` for a device that has none.
    pub wall: Option<UnixTime>,
    /// How late a timer fires, at most.
    pub lateness: Duration,
    /// How long a driver may take, after it told the machine something, until it asks what the machine wants. What happens
    /// meanwhile is told to a machine that already knows better.
    pub dawdling: Duration,
}

/// Exact clocks; the world begins on 2026-01-01.
impl Default for ClockConfig {
    fn default() -> Self {
        Self {
            drift: 0,
            wall: Some(Self::BEGINNING),
            lateness: Duration::ZERO,
            dawdling: Duration::ZERO,
        }
    }
}

impl ClockConfig {
    /// What the wall clocks show when a world begins, unless they are set: 2026-01-01.
    pub const BEGINNING: UnixTime = UnixTime::from_secs(1_767_225_600);

    /// Wall clocks that stand shortly before a number of seconds that some counter does not hold: 2^31, in 2038, and 2^32, in
    /// 2106.
    pub const ERAS: [UnixTime; 2] = [
        UnixTime::from_secs((1 << 31) - 5),
        UnixTime::from_secs((1 << 32) - 5),
    ];

    /// Whether the drift is in its range.
    ///
    /// # Errors
    ///
    /// It is not.
    pub const fn validate(&self) -> Result<(), Misuse> {
        if self.drift < -500_000 || self.drift > 1_000_000 {
            return Err(Misuse::Impossible(
                "drift must be from -500 000 to 1 000 000 millionths",
            ));
        }
        Ok(())
    }
}

/// The clocks of a host that runs.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    config: ClockConfig,
    booted: Instant,
    stepped: i64,
    /// From when to when the wall clock stands still, in the world's time.
    frozen: (Instant, Instant),
}

const MILLION: u128 = 1_000_000;

impl Clock {
    pub(crate) const fn new(config: ClockConfig, booted: Instant) -> Self {
        Self {
            config,
            booted,
            stepped: 0,
            frozen: (Instant::ZERO, Instant::ZERO),
        }
    }

    /// The clocks of the same host after a restart: a new epoch, the same calendar.
    pub(crate) const fn reboot(&mut self, at: Instant) {
        self.booted = at;
    }

    pub(crate) const fn step_wall(&mut self, seconds: i64) {
        self.stepped = self.stepped.saturating_add(seconds);
    }

    /// The wall clock stands still from now on. If it does already, it goes on standing, for `how_long` from now.
    pub(crate) fn freeze_wall(&mut self, now: Instant, how_long: Duration) {
        let (since, until) = self.frozen;
        if now < until {
            self.frozen = (since, until.max(now.after(how_long)));
            return;
        }
        self.stepped = self.stepped.saturating_sub_unsigned(self.lost(now));
        self.frozen = (now, now.after(how_long));
    }

    /// How many seconds the wall clock has lost in its present or last standstill.
    fn lost(&self, world: Instant) -> u64 {
        let (since, until) = self.frozen;
        let seconds = |at: Instant| Duration::from_nanos(self.drifted(at.since(Instant::ZERO))).as_secs();
        seconds(world.min(until)) - seconds(world.min(since))
    }

    pub(crate) const fn make_punctual(&mut self) {
        self.config.lateness = Duration::ZERO;
        self.config.dawdling = Duration::ZERO;
    }

    pub(crate) const fn lateness(&self) -> Duration {
        self.config.lateness
    }

    pub(crate) const fn dawdling(&self) -> Duration {
        self.config.dawdling
    }

    /// Host nanoseconds for a million world nanoseconds.
    fn rate(&self) -> u128 {
        // Invariant: `validate` keeps the sum positive.
        u128::try_from(1_000_000 + i64::from(self.config.drift)).unwrap_or(MILLION)
    }

    fn drifted(&self, world: Duration) -> u64 {
        u64::try_from(world.as_nanos() * self.rate() / MILLION).unwrap_or(u64::MAX)
    }

    pub(crate) fn now(&self, world: Instant) -> Now {
        let elapsed = Duration::from_nanos(self.drifted(world.since(Instant::ZERO))).as_secs();
        Now {
            mono: Instant::from_nanos(self.drifted(world.since(self.booted))),
            wall: self.config.wall.map(|wall| {
                let shown = wall.as_secs() + elapsed - self.lost(world);
                UnixTime::from_secs(shown.saturating_add_signed(self.stepped))
            }),
        }
    }

    /// The first moment of the world at which the monotonic clock shows `mono`.
    pub(crate) fn world_time(&self, mono: Instant) -> Instant {
        let nanoseconds = (u128::from(mono.as_nanos()) * MILLION).div_ceil(self.rate());
        self.booted.after(Duration::from_nanos(
            u64::try_from(nanoseconds).unwrap_or(u64::MAX),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_never_due_before_its_moment_whatever_the_drift() {
        for drift in [-500_000, -50_000, -1, 0, 1, 50_000, 1_000_000] {
            let config = ClockConfig {
                drift,
                ..ClockConfig::default()
            };
            assert_eq!(config.validate(), Ok(()));
            let clock = Clock::new(config, Instant::from_nanos(17));
            for mono in [0, 1, 2, 999, 1_000_000, 1_234_567_891, 3_600_000_000_000] {
                let due = clock.world_time(Instant::from_nanos(mono));
                assert!(clock.now(due).mono.as_nanos() >= mono);
                let before = Instant::from_nanos(due.as_nanos().saturating_sub(1));
                assert!(due.as_nanos() <= 17 || clock.now(before).mono.as_nanos() < mono);
            }
        }
    }

    #[test]
    fn a_wall_clock_that_was_frozen_goes_on_from_where_it_stood_and_the_other_never_stops() {
        let mut clock = Clock::new(ClockConfig::default(), Instant::ZERO);
        let at = |seconds: u64| Instant::from_nanos(seconds * 1_000_000_000);
        let wall = |clock: &Clock, seconds| clock.now(at(seconds)).wall.map_or(0, UnixTime::as_secs);
        let begin = wall(&clock, 0);
        clock.freeze_wall(at(10), Duration::from_secs(5));
        let shown = [9, 10, 12, 15, 16, 20].map(|second| wall(&clock, second) - begin);
        assert_eq!(shown, [9, 10, 10, 10, 11, 15]);
        clock.freeze_wall(at(20), Duration::from_secs(5));
        clock.freeze_wall(at(22), Duration::from_secs(5));
        let shown = [20, 26, 27, 30].map(|second| wall(&clock, second) - begin);
        assert_eq!(shown, [15, 15, 15, 18]);
        assert_eq!(clock.now(at(22)).mono, at(22));
    }

    #[test]
    fn a_step_of_the_wall_clock_moves_no_monotonic_clock() {
        let mut clock = Clock::new(ClockConfig::default(), Instant::ZERO);
        let at = Instant::from_nanos(5_000_000_000);
        let before = clock.now(at);
        clock.step_wall(-86_400);
        assert_eq!(clock.now(at).mono, before.mono);
        assert_eq!(
            clock.now(at).wall.map(UnixTime::as_secs),
            before.wall.map(|wall| wall.as_secs() - 86_400)
        );
    }
}
