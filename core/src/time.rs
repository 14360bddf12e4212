//! The two clocks, as values.
//!
//! The core never reads a clock. Whoever drives a machine passes [`Now`] with every input, so that one wake-up sees one
//! consistent time, and a test can begin at zero.

use core::fmt;
use core::time::Duration;

/// A point on the driver's monotonic clock: nanoseconds since an epoch that the driver picks.
///
/// Time in which the device was suspended counts, so that a cached record does not outlive its TTL by a night's sleep.
/// Arithmetic saturates: 584 years after the epoch the clock stands still instead of wrapping.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The driver's epoch.
    pub const ZERO: Self = Self(0);

    /// The instant `nanoseconds` after the epoch.
    pub const fn from_nanos(nanoseconds: u64) -> Self {
        Self(nanoseconds)
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The instant that lies `duration` later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanoseconds))
    }

    /// How long ago `earlier` was; zero if it lies in the future.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Seconds since the epoch with nine decimals: `12.000000345`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since_epoch = Duration::from_nanos(self.0);
        write!(f, "{}.{:09}", since_epoch.as_secs(), since_epoch.subsec_nanos())
    }
}

/// A point on the wall clock: seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Only what is defined in calendar time uses it: the validity of signatures, TSIG, certificates and server cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The time `seconds` after the Unix epoch.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// The low 32 bits, for comparison by serial number arithmetic (RFC 1982; RFC 4034 section 3.1.5).
    pub const fn as_serial(self) -> u32 {
        let [_, _, _, _, a, b, c, d] = self.0.to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}

/// Both clocks, sampled together.
///
/// Timers follow `mono` alone, so a stepped wall clock moves no timer. `wall` is `None` on a device that has no calendar
/// clock, or not yet a trustworthy one; what needs it then stays undecided instead of guessing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock.
    pub mono: Instant,
    /// The wall clock, if there is one.
    pub wall: Option<UnixTime>,
}

impl Now {
    /// `mono` on a device without a wall clock.
    pub const fn without_wall(mono: Instant) -> Self {
        Self { mono, wall: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_saturate_instead_of_wrapping() {
        let late = Instant::from_nanos(u64::MAX);
        assert_eq!(late.after(Duration::from_secs(1)), late);
        assert_eq!(Instant::ZERO.after(Duration::MAX), late);
        assert_eq!(Instant::ZERO.since(late), Duration::ZERO);
    }

    #[test]
    fn rfc1982_serial_is_the_low_half_of_the_wall_clock() {
        assert_eq!(UnixTime::from_secs(0x1_2345_6789).as_serial(), 0x2345_6789);
    }
}
