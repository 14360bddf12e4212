//! Names in presentation format (RFC 1035 section 5.1, RFC 4343 section 2.1).

use core::fmt;
use core::str::FromStr;

use smallvec::SmallVec;

use super::{LONGEST, Labels, Name};

/// Reads an absolute name: labels with dots between them, `.` for the root. The last dot may be missing. `\` before a
/// character that is no digit takes it literally, `\` and three decimal digits stand for any octet.
///
/// A character that is not ASCII is refused, since it stands for no octet by itself: who writes one means an A-label as a rule.
/// In a zone file, which has octets and not characters, each stands for itself.
impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let fail = |kind, at: usize| NameError {
            kind,
            position: u16::try_from(at).unwrap_or(u16::MAX),
        };
        if text == "." {
            return Ok(Self::root());
        }
        let mut wire: SmallVec<[u8; LONGEST]> = SmallVec::from_slice(&[0]);
        // Where the length of the label stands that is being read.
        let mut label = 0_usize;
        let mut rest = text.as_bytes();
        loop {
            let at = text.len().saturating_sub(rest.len());
            let octet = match *rest {
                [] => break,
                [b'.', ref after @ ..] => {
                    if wire.len() == label.saturating_add(1) {
                        return Err(fail(NameErrorKind::EmptyLabel, at));
                    }
                    rest = after;
                    label = wire.len();
                    wire.push(0);
                    continue;
                }
                [
                    b'\\',
                    a @ b'0'..=b'9',
                    b @ b'0'..=b'9',
                    c @ b'0'..=b'9',
                    ref after @ ..,
                ] => {
                    let value = [a, b, c].iter().fold(0_u16, |value, digit| {
                        value
                            .wrapping_mul(10)
                            .wrapping_add(u16::from(digit.wrapping_sub(b'0')))
                    });
                    rest = after;
                    u8::try_from(value).map_err(|_| fail(NameErrorKind::BadEscape, at))?
                }
                [b'\\', b'0'..=b'9', ..] | [b'\\'] => return Err(fail(NameErrorKind::BadEscape, at)),
                [b'\\', octet, ref after @ ..] | [octet, ref after @ ..] => {
                    if !octet.is_ascii() {
                        return Err(fail(NameErrorKind::NotAscii, at));
                    }
                    rest = after;
                    octet
                }
            };
            // The empty label of the root needs an octet too.
            if wire.len() >= LONGEST.saturating_sub(1) {
                return Err(fail(NameErrorKind::NameTooLong, at));
            }
            wire.push(octet);
            match wire.get_mut(label) {
                Some(length) if *length < 63 => *length = length.saturating_add(1),
                _ => return Err(fail(NameErrorKind::LabelTooLong, at)),
            }
        }
        match wire.last() {
            _ if text.is_empty() => return Err(fail(NameErrorKind::Empty, 0)),
            // What was begun after the last dot is the label of the root.
            _ if wire.len() == label.saturating_add(1) => {}
            _ => wire.push(0),
        }
        Ok(Self::from_checked(&wire))
    }
}

/// A text that is no absolute name, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind}, at octet {position} of the name")]
pub struct NameError {
    kind: NameErrorKind,
    position: u16,
}

impl NameError {
    /// What is wrong.
    pub const fn kind(self) -> NameErrorKind {
        self.kind
    }

    /// Where: octets from the start of the text.
    pub const fn position(self) -> u16 {
        self.position
    }
}

/// What can be wrong with the text of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NameErrorKind {
    /// There is no text. The root is a dot.
    Empty,
    /// Two dots follow each other, or the first character is a dot.
    EmptyLabel,
    /// A label has more than 63 octets.
    LabelTooLong,
    /// The name has more than 255 octets in wire form.
    NameTooLong,
    /// A backslash is followed by neither three digits up to 255 nor a character that is no digit.
    BadEscape,
    /// A character is not ASCII. Write internationalised names in their A-label form (`xn--`).
    NotAscii,
}

impl fmt::Display for NameErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the name is empty: write the root as a dot",
            Self::EmptyLabel => "a label is empty",
            Self::LabelTooLong => "the label is longer than 63 octets",
            Self::NameTooLong => "the name is longer than 255 octets",
            Self::BadEscape => "a backslash needs three digits up to 255, or a character that is no digit",
            Self::NotAscii => "the character is not ASCII: write the name in its A-label form",
        })
    }
}

/// With a dot after each label, and all escaped that could be misread in a zone file.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.view(), f)
    }
}

/// As displayed.
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text of a name in which nothing is to be escaped, put together in `room`; none if something is.
pub(super) fn plain_text<'r>(labels: Labels<'_>, room: &'r mut [u8; LONGEST]) -> Option<&'r str> {
    let mut length = 0_usize;
    for label in labels {
        if !label.iter().copied().all(plain) {
            return None;
        }
        let end = length.checked_add(label.len())?;
        room.get_mut(length..end)?.copy_from_slice(label);
        *room.get_mut(end)? = b'.';
        length = end.checked_add(1)?;
    }
    core::str::from_utf8(room.get(..length)?).ok()
}

/// Writes the octets of a label: what means something in zone files after a backslash, what is not visible ASCII as
/// `\DDD`.
pub(super) fn write_label(f: &mut fmt::Formatter<'_>, label: &[u8]) -> fmt::Result {
    for run in label.chunk_by(|&a, &b| plain(a) && plain(b)) {
        match *run {
            [octet @ (b'"' | b'$' | b'(' | b')' | b'.' | b';' | b'@' | b'\\')] => {
                write!(f, "\\{}", char::from(octet))?
            }
            [octet] if !octet.is_ascii_graphic() => write!(f, "\\{octet:03}")?,
            // Invariant: a longer run, and what is left here, is visible ASCII.
            _ => f.write_str(core::str::from_utf8(run).unwrap_or_default())?,
        }
    }
    Ok(())
}

fn plain(octet: u8) -> bool {
    octet.is_ascii_graphic() && !matches!(octet, b'"' | b'$' | b'(' | b')' | b'.' | b';' | b'@' | b'\\')
}
