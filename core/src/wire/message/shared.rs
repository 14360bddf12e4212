//! A message that owns its octets.

use core::fmt;

use bytes::{Bytes, BytesMut};

use super::Message;
use super::check::{Layout, check};
use crate::wire::error::ParseError;
use crate::wire::header::Header;
use crate::wire::name::Name;

/// A checked message with octets of its own, which clones share.
///
/// ```
/// use nameward_core::wire::SharedMessage;
///
/// let message = SharedMessage::parse(bytes::Bytes::from_static(&[0; 12])).unwrap();
/// assert_eq!(message.view().question_count(), 0);
/// ```
#[derive(Clone)]
pub struct SharedMessage {
    octets: Bytes,
    layout: Layout,
}

impl SharedMessage {
    /// Checks a message, as [`Message::parse`] does.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks, and where.
    pub fn parse(octets: Bytes) -> Result<Self, ParseError> {
        let layout = check(&octets)?;
        Ok(Self { octets, layout })
    }

    /// The message, which is not checked again.
    pub fn view(&self) -> Message<'_> {
        Message {
            octets: &self.octets,
            layout: self.layout,
        }
    }

    /// The octets, which are not copied.
    pub const fn as_bytes(&self) -> &Bytes {
        &self.octets
    }
}

impl Message<'_> {
    /// A copy with octets of its own. If its question is `asked` but for the case of letters, it has the letters of `asked`, and
    /// so have all names that are compressed to it.
    pub fn to_shared_as_asked(self, asked: &Name) -> SharedMessage {
        self.to_shared_in(&mut BytesMut::new(), asked)
    }

    /// The same, in `room` if there is enough without more memory.
    pub(crate) fn to_shared_in(self, room: &mut BytesMut, asked: &Name) -> SharedMessage {
        let mut octets = if room.try_reclaim(self.octets.len()) {
            room.extend_from_slice(self.octets);
            room.split()
        } else {
            BytesMut::from(self.octets)
        };
        // The first name after the header cannot be compressed. Case is no part of the structure that was checked.
        let end = Header::LENGTH.saturating_add(asked.as_wire().len());
        if self.question_count() > 0
            && let Some(name) = octets.get_mut(Header::LENGTH..end)
            && name.eq_ignore_ascii_case(asked.as_wire())
        {
            name.copy_from_slice(asked.as_wire());
        }
        SharedMessage {
            octets: octets.freeze(),
            layout: self.layout,
        }
    }
}

/// What was checked stays checked when it is copied.
impl From<Message<'_>> for SharedMessage {
    fn from(message: Message<'_>) -> Self {
        Self {
            octets: Bytes::copy_from_slice(message.octets),
            layout: message.layout,
        }
    }
}

impl fmt::Debug for SharedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// The same octets are the same message.
impl PartialEq for SharedMessage {
    fn eq(&self, other: &Self) -> bool {
        self.octets == other.octets
    }
}

impl Eq for SharedMessage {}
