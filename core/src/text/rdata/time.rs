//! Moments as `YYYYMMDDHHmmSS` in UTC (RFC 4034 section 3.2).

use core::fmt;

const DAY: u64 = 86_400;

/// Days from the first of March of year 0 to the first of January 1970, in the calendar of today.
const EPOCH: u64 = 719_468;

/// Days in four hundred years.
const ERA: u64 = 146_097;

/// Writes the seconds since 1970 as a moment.
pub(in crate::text) fn write(f: &mut fmt::Formatter<'_>, seconds: u64) -> fmt::Result {
    // Years begin in March, so that the day that some of them have more is the last one.
    let days = (seconds / DAY).saturating_add(EPOCH);
    let (era, day) = (days / ERA, days % ERA);
    let year_of_era = day
        .saturating_sub(day / 1_460)
        .saturating_add(day / 36_524)
        .saturating_sub(day / 146_096)
        / 365;
    let day_of_year = day.saturating_sub(days_of(year_of_era));
    let shifted_month = day_of_year.saturating_mul(5).saturating_add(2) / 153;
    let day = day_of_year
        .saturating_sub(before_month(shifted_month))
        .saturating_add(1);
    let month = if shifted_month < 10 {
        shifted_month.saturating_add(3)
    } else {
        shifted_month.saturating_sub(9)
    };
    let year = era
        .saturating_mul(400)
        .saturating_add(year_of_era)
        .saturating_add(u64::from(month < 3));
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    // All that has two digits as one number: many signatures are written.
    let rest = [day, hour, minute, second]
        .iter()
        .fold(month, |rest, two_digits| {
            rest.saturating_mul(100).saturating_add(*two_digits)
        });
    write!(f, "{year:04}{rest:010}")
}

/// The seconds since 1970 of a moment of 14 digits from 1970 on; none if there is no such moment.
pub(in crate::text) fn read(digits: &[u8]) -> Option<u64> {
    if digits.len() != 14 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<u64> {
        core::str::from_utf8(digits.get(from..to)?).ok()?.parse().ok()
    };
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let most = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    // RFC 4034 allows no leap second; the 60 that some software writes is the next minute.
    if day == 0 || day > most || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let shifted_year = year.checked_sub(u64::from(month < 3))?;
    let shifted_month = if month < 3 {
        month.saturating_add(9)
    } else {
        month.saturating_sub(3)
    };
    let days = (shifted_year / 400)
        .saturating_mul(ERA)
        .saturating_add(days_of(shifted_year % 400))
        .saturating_add(before_month(shifted_month))
        .saturating_add(day)
        .saturating_sub(1)
        .checked_sub(EPOCH)?;
    let minutes = hour.saturating_mul(60).saturating_add(minute);
    Some(
        days.saturating_mul(DAY)
            .saturating_add(minutes.saturating_mul(60))
            .saturating_add(second),
    )
}

/// The days of this many years from the beginning of four hundred on.
fn days_of(years: u64) -> u64 {
    years
        .saturating_mul(365)
        .saturating_add(years / 4)
        .saturating_sub(years / 100)
}

/// The days before a month, counted from March, which is 0.
fn before_month(month: u64) -> u64 {
    month.saturating_mul(153).saturating_add(2) / 5
}
