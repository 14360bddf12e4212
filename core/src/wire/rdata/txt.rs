//! Text.

use super::{CharacterStrings, record_types};

record_types! {
    /// Text whose meaning depends on where it stands (RFC 1035 section 3.3.14).
    Txt<'a> = TXT, None {
        /// TXT-DATA: one string or more.
        strings: CharacterStrings<'a>,
    }
}
