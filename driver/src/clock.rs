//! The clocks.

use std::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use nameward_core::time::{Instant, Now, UnixTime};
use nix::time::{ClockId, clock_gettime};

/// Where a driver takes its time from. [`SystemClock`], except in tests.
pub trait Clock {
    /// Both clocks, sampled together.
    fn now(&self) -> Now;
}

/// The clocks of the operating system. The epoch of the monotonic one is the moment at which this was made.
#[derive(Debug)]
pub struct SystemClock {
    epoch: Duration,
}

/// Linux's `CLOCK_MONOTONIC` stands still while the system is suspended.
#[cfg(any(target_os = "linux", target_os = "android"))]
const CLOCK: ClockId = ClockId::CLOCK_BOOTTIME;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const CLOCK: ClockId = ClockId::CLOCK_MONOTONIC;

impl SystemClock {
    /// Clocks whose monotonic one is at zero now.
    pub fn new() -> Self {
        Self { epoch: monotonic() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        Now {
            mono: Instant::ZERO.after(monotonic().saturating_sub(self.epoch)),
            wall: wall(),
        }
    }
}

fn monotonic() -> Duration {
    // The call fails for an unknown clock only. The shell lets no clock go back, so that zero would stop the time.
    clock_gettime(CLOCK).map_or(Duration::ZERO, Duration::from)
}

/// A clock before 1970 was never set, and is no clock.
#[expect(clippy::disallowed_methods, reason = "this is the driver's one clock")]
fn wall() -> Option<UnixTime> {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(UnixTime::from_secs(since_epoch.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_is_the_clocks_birth_and_time_goes_on() {
        let clock = SystemClock::new();
        let first = clock.now();
        assert!(first.mono < Instant::ZERO.after(Duration::from_secs(3600)));
        assert!(clock.now().mono >= first.mono);
        assert!(first.wall.is_some());
    }
}
