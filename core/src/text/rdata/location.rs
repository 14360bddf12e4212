//! Places on the globe as text (RFC 1876 section 3).

use alloc::vec::Vec;
use core::fmt;

use crate::text::scan::{TextError, TextErrorKind, Token, Tokens};
use crate::wire::rdata::{Field, Location, Precision};

/// Writes degrees, minutes and seconds, and metres.
pub(super) fn write(f: &mut fmt::Formatter<'_>, place: Location) -> fmt::Result {
    write_angle(f, place.latitude(), 'N', 'S')?;
    write_angle(f, place.longitude(), 'E', 'W')?;
    let altitude = place.altitude();
    let sign = if altitude < 0 { "-" } else { "" };
    let altitude = altitude.unsigned_abs();
    write!(f, "{sign}{}.{:02}m", altitude / 100, altitude % 100)?;
    for precision in [
        place.size(),
        place.horizontal_precision(),
        place.vertical_precision(),
    ] {
        match precision.centimetres() {
            centimetres @ ..100 => write!(f, " 0.{centimetres:02}m")?,
            centimetres => write!(f, " {}m", centimetres / 100)?,
        }
    }
    Ok(())
}

fn write_angle(f: &mut fmt::Formatter<'_>, angle: i32, positive: char, negative: char) -> fmt::Result {
    let side = if angle < 0 { negative } else { positive };
    let angle = angle.unsigned_abs();
    let (degrees, minutes) = (angle / 3_600_000, angle / 60_000 % 60);
    let (seconds, thousandths) = (angle / 1_000 % 60, angle % 1_000);
    write!(f, "{degrees} {minutes} {seconds}.{thousandths:03} {side} ")
}

/// Reads a place. What is left out at the end has the defaults of the RFC.
pub(super) fn read(tokens: &mut Tokens<'_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let latitude = read_angle(tokens, 90, "N", "S", "a latitude such as 52 22 23.000 N")?;
    let longitude = read_angle(tokens, 180, "E", "W", "a longitude such as 4 53 32.000 E")?;
    let expected = "an altitude in metres, from -100000.00m to 42849672.95m";
    let token = tokens.take(expected)?;
    let (negative, altitude) = match token.text(expected)?.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, token.text(expected)?),
    };
    let altitude = metres(altitude)
        .and_then(|centimetres| i64::try_from(centimetres).ok())
        .ok_or_else(|| token.error(TextErrorKind::NotNumber, expected))?;
    let altitude = if negative {
        altitude.saturating_neg()
    } else {
        altitude
    };
    let place = Location::new(latitude, longitude, altitude)
        .ok_or_else(|| token.error(TextErrorKind::OutOfRange, expected))?;
    let size = read_precision(tokens, place.size())?;
    let horizontal = read_precision(tokens, place.horizontal_precision())?;
    let vertical = read_precision(tokens, place.vertical_precision())?;
    Field::Location.append(&place.with_precision(size, horizontal, vertical), octets);
    Ok(())
}

/// Degrees, perhaps minutes, perhaps seconds, and a letter: thousandths of a second of arc.
fn read_angle(
    tokens: &mut Tokens<'_>,
    most: u64,
    positive: &str,
    negative: &str,
    expected: &'static str,
) -> Result<i32, TextError> {
    let first = tokens.take(expected)?;
    let mut angle = first.number(most, expected)?.saturating_mul(3_600_000);
    let mut next = tokens.take(expected)?;
    let is_side = |token: &Token<'_>| token.is_word(positive) || token.is_word(negative);
    if !is_side(&next) {
        angle = angle.saturating_add(next.number(59, expected)?.saturating_mul(60_000));
        next = tokens.take(expected)?;
    }
    if !is_side(&next) {
        let seconds = decimal(next.text(expected)?, 3).filter(|&thousandths| thousandths < 60_000);
        angle = angle.saturating_add(seconds.ok_or_else(|| next.error(TextErrorKind::NotNumber, expected))?);
        next = tokens.take(expected)?;
    }
    let angle = i32::try_from(angle).unwrap_or(i32::MAX);
    if angle.unsigned_abs() > u32::try_from(most).unwrap_or_default().saturating_mul(3_600_000) {
        return Err(first.error(TextErrorKind::OutOfRange, expected));
    }
    if next.is_word(positive) {
        Ok(angle)
    } else if next.is_word(negative) {
        Ok(angle.saturating_neg())
    } else {
        Err(next.error(TextErrorKind::Unrecognised, expected))
    }
}

fn read_precision(tokens: &mut Tokens<'_>, default: Precision) -> Result<Precision, TextError> {
    let expected = "a size in metres, from 0.00m to 90000000.00m";
    if tokens.is_empty() {
        return Ok(default);
    }
    let token = tokens.take(expected)?;
    let centimetres =
        metres(token.text(expected)?).ok_or_else(|| token.error(TextErrorKind::NotNumber, expected))?;
    Precision::from_centimetres(centimetres).ok_or_else(|| token.error(TextErrorKind::OutOfRange, expected))
}

/// Metres with up to two decimals, perhaps with their unit: centimetres.
fn metres(text: &str) -> Option<u64> {
    decimal(text.strip_suffix(['m', 'M']).unwrap_or(text), 2)
}

/// A decimal number with up to `places` decimals, multiplied so that they are whole.
fn decimal(text: &str, places: usize) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > places {
        return None;
    }
    let missing = places.saturating_sub(decimals.len());
    let scale = |power: usize| 10_u64.checked_pow(u32::try_from(power).ok()?);
    let whole = whole.parse::<u64>().ok()?.checked_mul(scale(places)?)?;
    let decimals = if decimals.is_empty() {
        0
    } else {
        decimals.parse::<u64>().ok()?
    };
    whole.checked_add(decimals.checked_mul(scale(missing)?)?)
}
