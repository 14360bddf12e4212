//! Reading a recording, whatever state it is in.

/// Reads the values of a recording one after the other.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Reader<'a> {
    /// A reader of all of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            offset: 0,
        }
    }

    /// How many octets were read before, from the start of the recording.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// What is left to read.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `count` octets.
    ///
    /// # Errors
    ///
    /// Fewer are left.
    pub fn take(&mut self, count: u64) -> Result<&'a [u8], RecordingError> {
        let split = usize::try_from(count)
            .ok()
            .and_then(|count| self.rest.split_at_checked(count));
        let (taken, rest) = split.ok_or_else(|| self.error(Damage::Truncated))?;
        self.rest = rest;
        self.offset = self.offset.saturating_add(count);
        Ok(taken)
    }

    /// The next `N` octets.
    ///
    /// # Errors
    ///
    /// Fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], RecordingError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk()
            .ok_or_else(|| self.error(Damage::Truncated))?;
        self.rest = rest;
        self.offset = self.offset.saturating_add(length(taken));
        Ok(*taken)
    }

    /// A length, and that many octets.
    ///
    /// # Errors
    ///
    /// Fewer are left.
    pub fn bytes(&mut self) -> Result<&'a [u8], RecordingError> {
        let count = u64::from_be_bytes(self.array()?);
        self.take(count)
    }

    /// A length, and a text of that many octets.
    ///
    /// # Errors
    ///
    /// Fewer are left, or they are not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, RecordingError> {
        let before = self.clone();
        core::str::from_utf8(self.bytes()?).map_err(|_| before.error(Damage::NotText))
    }

    /// A reader of the next `count` octets alone, which this one skips.
    pub(super) fn part(&mut self, count: u64) -> Result<Self, RecordingError> {
        let offset = self.offset;
        self.take(count).map(|rest| Self { rest, offset })
    }

    /// Nothing may be left.
    pub(super) fn finish(&self) -> Result<(), RecordingError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.error(Damage::Trailing))
        }
    }

    /// The error that something is wrong here.
    #[must_use]
    pub const fn error(&self, damage: Damage) -> RecordingError {
        RecordingError {
            offset: self.offset,
            damage,
        }
    }
}

/// The length of a slice, as it is recorded.
pub(super) fn length<T>(slice: &[T]) -> u64 {
    // A usize is at most 64 bits wide on every platform that Rust knows.
    u64::try_from(slice.len()).unwrap_or(u64::MAX)
}

/// A recording cannot be read on from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{damage}, at octet {offset} of the recording")]
pub struct RecordingError {
    /// Octets from the start of the recording.
    pub offset: u64,
    /// What is wrong there.
    pub damage: Damage,
}

/// What is wrong with a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// It does not begin as a recording does.
    #[error("this is no recording")]
    NotARecording,
    /// It has a format that this version does not know.
    #[error("the format has version {0}, which this program does not know")]
    Version(u16),
    /// It ends in the middle of something.
    #[error("the recording is cut off")]
    Truncated,
    /// The check of an entry is wrong: the file was altered.
    #[error("the entry was altered")]
    Altered,
    /// A number stands for nothing of this kind.
    #[error("the number stands for no {0}")]
    Undefined(&'static str),
    /// A text is not UTF-8.
    #[error("the text is not UTF-8")]
    NotText,
    /// An entry is longer than what it holds.
    #[error("the entry goes on after its end")]
    Trailing,
}
