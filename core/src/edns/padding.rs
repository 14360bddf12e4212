//! Padding (RFC 7830).

use core::fmt;

use super::types::Padding;

/// The longest padding that is made here: more than the blocks of RFC 8467 section 4.1 need.
static ZEROS: [u8; 512] = [0; 512];

/// The octets of an option without its data.
const OPTION_HEADER: usize = 4;

impl Padding<'static> {
    /// What makes a message, `length` octets long without this option, as long as a multiple of `block` octets. RFC 8467
    /// section 4.1 recommends 128 for queries and 468 for responses; blocks of more than 512 octets are taken as 512, and
    /// without a block nothing is padded.
    ///
    /// ```
    /// use nameward_core::edns::Padding;
    ///
    /// assert_eq!(Padding::to_block(100, 128).octets.len(), 24);
    /// assert_eq!(Padding::to_block(124, 128).octets.len(), 0);
    /// ```
    pub fn to_block(length: usize, block: u16) -> Self {
        let block = usize::from(block).min(ZEROS.len());
        let length = length.saturating_add(OPTION_HEADER);
        let missing = length
            .checked_next_multiple_of(block)
            .unwrap_or(length)
            .saturating_sub(length);
        Self {
            octets: ZEROS.get(..missing).unwrap_or_default(),
        }
    }
}

/// How many octets there are.
impl fmt::Display for Padding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.octets.len() {
            0 => Ok(()),
            length => write!(f, " ({length} bytes)"),
        }
    }
}
