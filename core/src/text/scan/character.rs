//! What characters mean to the scanner.

/// What a character means outside of quotes and comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Part of a token.
    Ordinary,
    /// Part of a token, and so is what follows it: a backslash.
    Escape,
    /// Between tokens: space, tab, and the carriage return before a newline.
    Blank,
    /// The end of the line.
    Newline,
    /// The beginning or the end of a quoted token.
    Quote,
    /// The beginning of a comment.
    Comment,
    /// From here on newlines are blanks.
    Open,
    /// From here on newlines end the entry again.
    Close,
}

/// The meaning of each octet.
#[allow(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses what is out of bounds"
)]
static MEANINGS: [Meaning; 256] = {
    let mut meanings = [Meaning::Ordinary; 256];
    meanings[b'\\' as usize] = Meaning::Escape;
    meanings[b' ' as usize] = Meaning::Blank;
    meanings[b'\t' as usize] = Meaning::Blank;
    meanings[b'\r' as usize] = Meaning::Blank;
    meanings[b'\n' as usize] = Meaning::Newline;
    meanings[b'"' as usize] = Meaning::Quote;
    meanings[b';' as usize] = Meaning::Comment;
    meanings[b'(' as usize] = Meaning::Open;
    meanings[b')' as usize] = Meaning::Close;
    meanings
};

impl Meaning {
    /// What `octet` means.
    #[inline]
    pub(super) fn of(octet: u8) -> Self {
        // Invariant: there is a meaning for each octet.
        MEANINGS
            .get(usize::from(octet))
            .copied()
            .unwrap_or(Self::Ordinary)
    }
}
