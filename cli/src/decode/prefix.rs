//! What comes before the octet at which a message can no longer be read.

use nameward_core::wire::{Header, Message, ParseErrorKind};

/// The longest beginning of a message that is made of whole questions and records.
#[derive(Debug)]
pub(super) struct Prefix {
    /// The header of the message.
    header: Header,
    /// A message: the same header, but for the counts, and the questions and records that can be read.
    octets: Vec<u8>,
}

impl Prefix {
    /// The beginning that can be read; none if that is not even a header.
    ///
    /// The check of a message says where its last record ends, so that its beginning is found by asking how many can be counted.
    pub(super) fn of(octets: &[u8]) -> Option<Self> {
        let header = Header::parse(octets).ok()?;
        let octets = octets.get(..usize::from(u16::MAX)).unwrap_or(octets);
        let counts = [
            header.question_count,
            header.answer_count,
            header.authority_count,
            header.additional_count,
        ];
        // Invariant: `least` entries can be read, `most` cannot, if there are that many.
        let (mut least, mut most) = (0, counts.map(u32::from).iter().sum::<u32>() + 1);
        let mut longest = first(octets, header, counts, 0)?;
        while most - least > 1 {
            let middle = least.midpoint(most);
            match first(octets, header, counts, middle) {
                Some(longer) => (longest, least) = (longer, middle),
                None => most = middle,
            }
        }
        Some(Self {
            header,
            octets: longest,
        })
    }

    /// The header of the whole, and the message that its beginning is.
    pub(super) fn message(&self) -> Option<(Header, Message<'_>)> {
        Some((self.header, Message::parse(&self.octets).ok()?))
    }
}

/// The first questions and records of a message as a message of its own; none if they cannot be read.
fn first(octets: &[u8], header: Header, counts: [u16; 4], mut entries: u32) -> Option<Vec<u8>> {
    let [question_count, answer_count, authority_count, additional_count] = counts.map(|count| {
        let taken = u32::from(count).min(entries);
        entries -= taken;
        u16::try_from(taken).unwrap_or(count)
    });
    let header = Header {
        question_count,
        answer_count,
        authority_count,
        additional_count,
        ..header
    };
    let mut message = octets.to_vec();
    message
        .get_mut(..Header::LENGTH)?
        .copy_from_slice(&header.to_octets());
    if let Err(error) = Message::parse(&message) {
        if error.kind() != ParseErrorKind::TrailingOctets {
            return None;
        }
        message.truncate(error.offset().into());
    }
    Message::parse(&message).is_ok().then_some(message)
}
