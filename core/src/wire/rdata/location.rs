//! Where something is.

use super::field::{CharacterString, Location};
use super::record_types;

record_types! {
    /// Where a host is (RFC 1876 section 2).
    Loc = LOC, None {
        /// The place.
        location: Location,
    }

    /// Where a host is, in decimal numbers (RFC 1712 section 3).
    Gpos<'a> = GPOS, None {
        /// Degrees to the east, from -180 to 180.
        longitude: CharacterString<'a>,
        /// Degrees to the north, from -90 to 90.
        latitude: CharacterString<'a>,
        /// Metres above the mean level of the sea.
        altitude: CharacterString<'a>,
    }
}
