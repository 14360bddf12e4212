//! Entries as they lie in the file: framed and checked.

use alloc::vec::Vec;

use super::reader::{Damage, Reader, RecordingError};
use super::record::{Record, encode_bytes};
use crate::record;

/// How a recording begins.
const MAGIC: [u8; 8] = *b"nameward";
/// The version of the format.
const VERSION: u16 = 1;

/// What an entry holds. The table in the module's documentation says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    Header,
    Input,
    Command,
    Answer,
    Taken,
    Sent,
    Output,
}
record!(enum EntryKind { 0 => Header, 1 => Input, 2 => Command, 3 => Answer, 4 => Taken, 5 => Sent, 6 => Output });

/// The running hash: FNV-1a, 32 bits.
#[derive(Clone, Copy, Debug)]
struct Check(u32);

impl Check {
    const fn new() -> Self {
        Self(0x811c_9dc5)
    }

    fn add(&mut self, bytes: &[u8]) {
        for &octet in bytes {
            self.0 = (self.0 ^ u32::from(octet)).wrapping_mul(0x0100_0193);
        }
    }
}

/// Writes entries.
#[derive(Debug)]
pub(super) struct LogWriter {
    bytes: Vec<u8>,
    body: Vec<u8>,
    check: Check,
}

impl LogWriter {
    pub(super) fn new() -> Self {
        let mut bytes = Vec::new();
        (MAGIC, VERSION).encode(&mut bytes);
        let mut check = Check::new();
        check.add(&bytes);
        Self {
            bytes,
            body: Vec::new(),
            check,
        }
    }

    pub(super) fn entry(&mut self, kind: EntryKind, body: impl FnOnce(&mut Vec<u8>)) {
        self.body.clear();
        body(&mut self.body);
        let start = self.bytes.len();
        kind.encode(&mut self.bytes);
        encode_bytes(&self.body, &mut self.bytes);
        self.check.add(self.bytes.get(start..).unwrap_or_default());
        self.check.0.encode(&mut self.bytes);
    }

    /// What was written and not taken yet.
    pub(super) fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.bytes)
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// Reads entries.
#[derive(Clone, Debug)]
pub(super) struct LogReader<'a> {
    reader: Reader<'a>,
    check: Check,
}

impl<'a> LogReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, RecordingError> {
        let mut reader = Reader::new(bytes);
        let mut check = Check::new();
        let start = reader.clone();
        if reader.array().ok() != Some(MAGIC) {
            return Err(start.error(Damage::NotARecording));
        }
        let before = reader.clone();
        match u16::decode(&mut reader)? {
            VERSION => {}
            other => return Err(before.error(Damage::Version(other))),
        }
        check.add(&MAGIC);
        check.add(&VERSION.to_be_bytes());
        Ok(Self { reader, check })
    }

    /// The next entry, checked; `None` at the end. After an error there is nothing more to read.
    pub(super) fn entry(&mut self) -> Result<Option<(EntryKind, Reader<'a>)>, RecordingError> {
        if self.reader.rest().is_empty() {
            return Ok(None);
        }
        let mut reader = core::mem::replace(&mut self.reader, Reader::new(&[]));
        let start = reader.clone();
        let kind = EntryKind::decode(&mut reader)?;
        let length = u64::decode(&mut reader)?;
        let body = reader.part(length)?;
        let whole = reader.offset().saturating_sub(start.offset());
        self.check.add(start.clone().take(whole)?);
        if u32::decode(&mut reader)? != self.check.0 {
            return Err(start.error(Damage::Altered));
        }
        self.reader = reader;
        Ok(Some((kind, body)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9923: test vectors of FNV-1a with 32 bits.
    #[test]
    fn rfc9923_the_check_is_fnv_1a() {
        for (text, hash) in [("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)] {
            let mut check = Check::new();
            check.add(text.as_bytes());
            assert_eq!(check.0, hash, "{text}");
        }
    }
}
