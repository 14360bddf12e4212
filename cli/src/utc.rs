//! The time of day in dig's words.

use std::fmt;

use nameward_core::time::UnixTime;

/// A moment in the calendar, in UTC: a command that prints the same everywhere is easier to compare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calendar(UnixTime);

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Calendar {
    /// This moment; without a clock, the one with which the calendar of Unix begins.
    pub(crate) fn of(time: Option<UnixTime>) -> Self {
        Self(time.unwrap_or(UnixTime::from_secs(0)))
    }

    /// Seconds since 1970.
    pub(crate) fn as_secs(self) -> u64 {
        self.0.as_secs()
    }

    /// `1970-01-01T00:00:00Z` (RFC 3339 section 5.6)
    pub(crate) fn rfc3339(self) -> String {
        let (year, month, day) = date(self.0.as_secs() / 86_400);
        let (hour, minute, second) = self.clock();
        format!(
            "{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z",
            month + 1
        )
    }

    fn clock(self) -> (u64, u64, u64) {
        let seconds = self.0.as_secs();
        (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
    }
}

/// `Thu Jan 01 00:00:00 UTC 1970`
impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.as_secs() / 86_400;
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(days % 7) as usize];
        let (year, month, day) = date(days);
        let (hour, minute, second) = self.clock();
        write!(
            f,
            "{weekday} {} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year}",
            MONTHS[month]
        )
    }
}

/// Year, month and day of a day counted from 1970-01-01, by taking off whole years and then whole months. January is 0.
fn date(mut days: u64) -> (u64, usize, u64) {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let before_december = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30];
    for (month, length) in before_december.into_iter().enumerate() {
        if days < length {
            return (year, month, days + 1);
        }
        days -= length;
    }
    (year, 11, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected lines are those of `LC_ALL=C date -u -d @SECONDS '+%a %b %d %H:%M:%S %Z %Y'`.
    #[test]
    fn dates_are_those_of_the_system() {
        for (seconds, expected) in [
            (0, "Thu Jan 01 00:00:00 UTC 1970"),
            (951_782_399, "Mon Feb 28 23:59:59 UTC 2000"),
            (951_782_400, "Tue Feb 29 00:00:00 UTC 2000"),
            (1_795_265_348, "Sat Nov 21 12:49:08 UTC 2026"),
            (4_107_542_400, "Mon Mar 01 00:00:00 UTC 2100"),
            (4_102_444_799, "Thu Dec 31 23:59:59 UTC 2099"),
        ] {
            assert_eq!(
                Calendar::of(Some(UnixTime::from_secs(seconds))).to_string(),
                expected
            );
        }
    }

    #[test]
    fn rfc3339_5_6_dates_are_those_of_the_system() {
        let at = |seconds| Calendar::of(Some(UnixTime::from_secs(seconds))).rfc3339();
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(4_102_444_799), "2099-12-31T23:59:59Z");
    }
}
