//! The time of day in dig's words.

use std::fmt;

use nameward_core::time::UnixTime;

/// A moment in the calendar, in UTC: a command that prints the same everywhere is easier to compare.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calendar(UnixTime);

impl Calendar {
    /// This moment; without a clock, the one with which the calendar of Unix begins.
    pub(super) fn of(time: Option<UnixTime>) -> Self {
        Self(time.unwrap_or(UnixTime::from_secs(0)))
    }
}

/// `Thu Jan 01 00:00:00 UTC 1970`
impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let days = seconds / 86_400;
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(days % 7) as usize];
        let (year, month, day) = date(days);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{weekday} {month} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year}"
        )
    }
}

/// Year, month and day of a day counted from 1970-01-01, by taking off whole years and then whole months.
fn date(mut days: u64) -> (u64, &'static str, u64) {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let months = [
        ("Jan", 31),
        ("Feb", february),
        ("Mar", 31),
        ("Apr", 30),
        ("May", 31),
        ("Jun", 30),
        ("Jul", 31),
        ("Aug", 31),
        ("Sep", 30),
        ("Oct", 31),
        ("Nov", 30),
    ];
    for (month, length) in months {
        if days < length {
            return (year, month, days + 1);
        }
        days -= length;
    }
    (year, "Dec", days + 1)
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
}
