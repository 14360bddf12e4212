//! Places on the globe.

use super::{Field, FieldType, Fields, Octets};
use crate::wire::error::ParseError;

/// A place on the globe, as version 0 of LOC has it (RFC 1876 section 2). Values are checked against their ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    size: Precision,
    horizontal: Precision,
    vertical: Precision,
    latitude: u32,
    longitude: u32,
    altitude: u32,
}

impl Location {
    /// What stands for the equator and for the prime meridian.
    const MIDDLE: u32 = 1 << 31;
    /// Thousandths of a second of arc from the equator to a pole.
    const QUARTER: u32 = 90 * 3_600_000;
    /// How far below the reference spheroid altitude 0 is, in centimetres.
    const DEPTH: i64 = 10_000_000;

    /// The place at this latitude and longitude, in thousandths of a second of arc to the north and to the east, and altitude in
    /// centimetres above the reference spheroid. None if the latitude is beyond a pole, the longitude beyond 180 degrees, or
    /// the altitude not from -10 000 000 to 4 284 967 295.
    ///
    /// Sizes are the defaults of RFC 1876 section 3: 1 m for the place, 10 000 m and 10 m for the precision.
    pub fn new(latitude: i32, longitude: i32, altitude: i64) -> Option<Self> {
        let from_middle = |angle: i32| Self::MIDDLE.wrapping_add_signed(angle);
        let in_range = latitude.unsigned_abs() <= Self::QUARTER
            && longitude.unsigned_abs() <= Self::QUARTER.saturating_mul(2);
        in_range.then_some(Self {
            size: Precision::metres(0, 1),
            horizontal: Precision::metres(4, 1),
            vertical: Precision::metres(1, 1),
            latitude: from_middle(latitude),
            longitude: from_middle(longitude),
            altitude: u32::try_from(altitude.saturating_add(Self::DEPTH)).ok()?,
        })
    }

    /// The same with this diameter of the place, and these horizontal and vertical precisions.
    #[must_use]
    pub const fn with_precision(self, size: Precision, horizontal: Precision, vertical: Precision) -> Self {
        Self {
            size,
            horizontal,
            vertical,
            ..self
        }
    }

    /// Thousandths of a second of arc to the north of the equator.
    pub fn latitude(self) -> i32 {
        self.latitude.wrapping_sub(Self::MIDDLE).cast_signed()
    }

    /// Thousandths of a second of arc to the east of the prime meridian.
    pub fn longitude(self) -> i32 {
        self.longitude.wrapping_sub(Self::MIDDLE).cast_signed()
    }

    /// Centimetres above the reference spheroid of WGS 84.
    pub fn altitude(self) -> i64 {
        i64::from(self.altitude).saturating_sub(Self::DEPTH)
    }

    /// The diameter of a sphere around all that is there.
    pub const fn size(self) -> Precision {
        self.size
    }

    /// The diameter of the circle of horizontal error.
    pub const fn horizontal_precision(self) -> Precision {
        self.horizontal
    }

    /// The size of the vertical error.
    pub const fn vertical_precision(self) -> Precision {
        self.vertical
    }
}

impl FieldType<'_> for Location {
    const FIELD: Field = Field::Location;

    fn read(fields: &mut Fields<'_>, _: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        let [version, size, horizontal, vertical] = fields.array()?;
        let location = Self {
            size: Precision(size),
            horizontal: Precision(horizontal),
            vertical: Precision(vertical),
            latitude: fields.array().map(u32::from_be_bytes)?,
            longitude: fields.array().map(u32::from_be_bytes)?,
            altitude: fields.array().map(u32::from_be_bytes)?,
        };
        let known = version == 0
            && [location.size, location.horizontal, location.vertical]
                .into_iter()
                .all(Precision::is_valid)
            && location.latitude.abs_diff(Self::MIDDLE) <= Self::QUARTER
            && location.longitude.abs_diff(Self::MIDDLE) <= Self::QUARTER.saturating_mul(2);
        if known { Ok(location) } else { Err(before.wrong()) }
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        octets.extend_from_slice(&[0, self.size.0, self.horizontal.0, self.vertical.0]);
        for number in [self.latitude, self.longitude, self.altitude] {
            octets.extend_from_slice(&number.to_be_bytes());
        }
    }
}

/// A size as a digit and a power of ten, both from 0 to 9, in centimetres (RFC 1876 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Precision(u8);

impl Precision {
    /// The largest one that is not above this many centimetres; none above 9 999 999 999.
    ///
    /// ```
    /// use nameward_core::wire::rdata::Precision;
    ///
    /// assert_eq!(Precision::from_centimetres(1_234).unwrap().centimetres(), 1_000);
    /// assert_eq!(Precision::from_centimetres(10_000_000_000), None);
    /// ```
    pub fn from_centimetres(centimetres: u64) -> Option<Self> {
        let (mut digit, mut power) = (centimetres, 0_u8);
        while digit > 9 {
            digit /= 10;
            power = power.saturating_add(1);
        }
        let digit = u8::try_from(digit).ok()?;
        (power <= 9).then_some(Self(digit << 4 | power))
    }

    /// Its value: up to 9 000 000 000.
    pub fn centimetres(self) -> u64 {
        u64::from(self.0 >> 4).saturating_mul(10_u64.saturating_pow(u32::from(self.0 & 15)))
    }

    /// A digit and a power of ten, in metres.
    const fn metres(power: u8, digit: u8) -> Self {
        Self(digit << 4 | power.saturating_add(2))
    }

    /// Both from 0 to 9, and zero is written in one way only.
    const fn is_valid(self) -> bool {
        let (digit, power) = (self.0 >> 4, self.0 & 15);
        digit <= 9 && power <= 9 && (digit > 0 || power == 0)
    }
}
