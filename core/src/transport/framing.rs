//! Messages on a stream: two octets of length, then the message (RFC 1035 section 4.2.2, RFC 7766 section 8).

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

/// Takes a stream in arbitrary pieces and gives whole messages.
///
/// It holds the bytes of the unfinished message only: never more than the largest message, 65 537 octets, once all
/// finished ones are taken out.
///
/// ```
/// use nameward_core::transport::framing::Deframer;
///
/// let mut deframer = Deframer::new();
/// deframer.push(&[0, 3, b'a']);
/// assert_eq!(deframer.message(), None);
/// deframer.push(&[b'b', b'c', 0]);
/// assert_eq!(deframer.message().as_deref(), Some(&b"abc"[..]));
/// assert_eq!(deframer.message(), None);
/// ```
#[derive(Debug, Default)]
pub struct Deframer {
    bytes: BytesMut,
}

impl Deframer {
    /// Nothing received yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of the stream.
    pub fn push(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    /// The next whole message, without its length, if there is one. It may be empty or no DNS message at all.
    pub fn message(&mut self) -> Option<Bytes> {
        let &[high, low, ref rest @ ..] = &*self.bytes else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if rest.len() < length {
            return None;
        }
        self.bytes.advance(2);
        Some(self.bytes.split_to(length).freeze())
    }

    /// How many octets of an unfinished message are held.
    pub fn held(&self) -> usize {
        self.bytes.len()
    }
}

/// The bytes that wait to be written to a stream.
///
/// What was written is skipped, not moved; the space is used again when it grows.
#[derive(Debug, Default)]
pub struct Outgoing {
    bytes: BytesMut,
}

impl Outgoing {
    /// Nothing waits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Queues one message, with its length before it. Says whether the queue was empty before: then the machine owes an
    /// [`Action::Writable`](crate::machine::Action::Writable).
    ///
    /// # Errors
    ///
    /// The message has more than 65 535 octets.
    pub fn push(&mut self, message: &[u8]) -> Result<bool, TooLong> {
        let length = u16::try_from(message.len()).map_err(|_| TooLong)?;
        let was_empty = self.bytes.is_empty();
        self.bytes.reserve(message.len().saturating_add(2));
        self.bytes.put_u16(length);
        self.bytes.put_slice(message);
        Ok(was_empty)
    }

    /// What waits.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    /// The first `count` octets were written. More than wait counts as all.
    pub fn sent(&mut self, count: usize) {
        self.bytes.advance(count.min(self.bytes.len()));
    }
}

/// A message is too long for a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message on a stream has at most 65535 octets")]
pub struct TooLong;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        /// RFC 7766 section 8: pieces of any size, cut anywhere, give the same messages.
        #[test]
        fn rfc7766_8_messages_survive_arbitrary_pieces(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8),
            cuts in prop::collection::vec(1usize..50, 1..20),
        ) {
            let mut out = Outgoing::new();
            for (number, message) in messages.iter().enumerate() {
                prop_assert_eq!(out.push(message), Ok(number == 0));
            }
            let mut deframer = Deframer::new();
            let mut received = Vec::new();
            let mut cuts = cuts.into_iter().cycle();
            while !out.as_slice().is_empty() {
                let count = cuts.next().unwrap_or(1).min(out.as_slice().len());
                deframer.push(&out.as_slice()[..count]);
                out.sent(count);
                while let Some(message) = deframer.message() {
                    received.push(message.to_vec());
                }
            }
            prop_assert_eq!(received, messages);
            prop_assert_eq!(deframer.held(), 0);
        }
    }

    #[test]
    fn rfc1035_4_2_2_the_length_has_two_octets() {
        let mut out = Outgoing::new();
        assert_eq!(out.push(&vec![7; 65_535]), Ok(true));
        assert_eq!(out.push(&vec![7; 65_536]), Err(TooLong));
        assert_eq!(out.as_slice().len(), 65_537);
        assert_eq!(&out.as_slice()[..3], &[0xff, 0xff, 7]);
    }

    #[test]
    fn an_empty_message_is_a_message() {
        let mut deframer = Deframer::new();
        deframer.push(&[0, 0, 0]);
        assert_eq!(deframer.message().as_deref(), Some(&[][..]));
        assert_eq!(deframer.message(), None);
        assert_eq!(deframer.held(), 1);
    }
}
