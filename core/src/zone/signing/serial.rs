//! The serial of the next version of a zone.

use crate::dnssec::serial_is_at_or_before;
use crate::text::Moment;
use crate::time::UnixTime;

/// How the serial of a zone follows from the one before. The next one is always later (RFC 1982), but for [`Keep`](Self::Keep).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialPolicy {
    /// It stays.
    Keep,
    /// It is one more.
    Increment,
    /// It is the time in seconds since 1970, or one more if that is not later.
    UnixTime(UnixTime),
    /// It is the date as `YYYYMMDD00`, in UTC, or one more if that is not later.
    Date(UnixTime),
}

impl SerialPolicy {
    /// The serial of the version after the one with this serial.
    ///
    /// ```
    /// use nameward_core::time::UnixTime;
    /// use nameward_core::zone::SerialPolicy;
    ///
    /// let now = UnixTime::from_secs(1_792_000_000);
    /// assert_eq!(SerialPolicy::Increment.next(u32::MAX), 0);
    /// assert_eq!(SerialPolicy::UnixTime(now).next(7), 1_792_000_000);
    /// assert_eq!(SerialPolicy::Date(now).next(7), 2_026_101_400);
    /// assert_eq!(SerialPolicy::Date(now).next(2_026_101_400), 2_026_101_401);
    /// ```
    #[must_use]
    pub fn next(self, serial: u32) -> u32 {
        let one_more = serial.wrapping_add(1);
        let wanted = match self {
            Self::Keep => return serial,
            Self::Increment => one_more,
            Self::UnixTime(now) => now.as_serial(),
            Self::Date(now) => date(now),
        };
        if serial_is_at_or_before(one_more, wanted) {
            wanted
        } else {
            one_more
        }
    }
}

/// The date in the calendar as a number, with two more digits.
fn date(now: UnixTime) -> u32 {
    let moment = alloc::format!("{}", Moment(now.as_secs()));
    let date = moment.get(..8).and_then(|digits| digits.parse::<u32>().ok());
    // Invariant: up to the year 42 949 such a date is a serial.
    date.map_or(0, |date| date.wrapping_mul(100))
}
