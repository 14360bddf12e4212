//! Messages that break rules on purpose.
//!
//! [`MessageWriter`](super::MessageWriter) writes only messages that are in order. To see how a server or a parser takes others,
//! one needs headers that lie, names that loop and records that end too early. A [`RawMessage`] appends whatever it is told
//! and checks nothing; parts that are in order take one call each, and parts that are not are put together from smaller ones.
//!
//! A query with two OPT records, of which the second is owned by a name that is a pointer to itself:
//!
//! ```
//! use nameward_core::wire::raw::RawMessage;
//! use nameward_core::wire::{Class, Flags, Header, Message, Name, Opt, ParseErrorKind, Rtype};
//!
//! let name: Name = "example.".parse().unwrap();
//! let header = Header {
//!     id: 1,
//!     flags: Flags::default(),
//!     question_count: 1,
//!     answer_count: 0,
//!     authority_count: 0,
//!     additional_count: 2,
//! };
//! let opt = Opt::default();
//! let message = RawMessage::new().header(header).name(&name).question(Rtype::A, Class::IN).opt(&opt);
//! let second = message.here();
//! let octets = message.pointer(second).record(Rtype::OPT, Class(1232), 0, b"").into_octets();
//!
//! let error = Message::parse(&octets).unwrap_err();
//! assert_eq!((error.kind(), error.offset()), (ParseErrorKind::PointerNotBackwards, second));
//! ```

use alloc::vec::Vec;
use core::fmt;

use super::codes::{Class, Rtype};
use super::header::Header;
use super::name::Name;
use super::opt::Opt;

/// Octets that are put together without any check, to be a message or not. Each method appends, unless it says otherwise.
///
/// A message is as a rule a [`header`](Self::header); questions, each of them a name and [`question`](Self::question); and
/// records, each of them a name and [`record`](Self::record). A name is [`name`](Self::name), or labels that
/// [`root`](Self::root) or [`pointer`](Self::pointer) ends, or doesn't.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RawMessage {
    octets: Vec<u8>,
}

impl RawMessage {
    /// No octets.
    pub const fn new() -> Self {
        Self { octets: Vec::new() }
    }

    /// These octets, of a message that shall be made worse, for instance.
    pub fn from_octets(octets: &[u8]) -> Self {
        Self::new().octets(octets)
    }

    /// What was put together.
    pub fn into_octets(self) -> Vec<u8> {
        self.octets
    }

    /// Where the next octet will be, which is where a [`pointer`](Self::pointer) to what follows leads: octets from the start,
    /// at most 65 535.
    pub fn here(&self) -> u16 {
        u16::try_from(self.octets.len()).unwrap_or(u16::MAX)
    }

    /// Octets as they are.
    #[must_use]
    pub fn octets(mut self, octets: &[u8]) -> Self {
        self.octets.extend_from_slice(octets);
        self
    }

    /// Two octets.
    #[must_use]
    pub fn u16(self, value: u16) -> Self {
        self.octets(&value.to_be_bytes())
    }

    /// Four octets.
    #[must_use]
    pub fn u32(self, value: u32) -> Self {
        self.octets(&value.to_be_bytes())
    }

    /// A header, whose counts may lie.
    #[must_use]
    pub fn header(self, header: Header) -> Self {
        self.octets(&header.to_octets())
    }

    /// A whole name, without compression.
    #[must_use]
    pub fn name(self, name: &Name) -> Self {
        self.octets(name.as_wire())
    }

    /// A label after an octet with its length. Labels of more than 63 octets get a reserved type or look like a pointer, and
    /// of more than 255 octets only the first 255 are taken. An empty one is the root.
    #[must_use]
    pub fn label(self, label: &[u8]) -> Self {
        let length = u8::try_from(label.len()).unwrap_or(u8::MAX);
        let label = label.get(..usize::from(length)).unwrap_or_default();
        self.octets(&[length]).octets(label)
    }

    /// The empty label, which ends a name.
    #[must_use]
    pub fn root(self) -> Self {
        self.octets(&[0])
    }

    /// A compression pointer to any place, of whose offset the lower 14 bits count.
    #[must_use]
    pub fn pointer(self, to: u16) -> Self {
        self.u16(to | 0xC000)
    }

    /// What follows the name of a question.
    #[must_use]
    pub fn question(self, rtype: Rtype, class: Class) -> Self {
        self.u16(rtype.0).u16(class.0)
    }

    /// What follows the owner of a record, with the RDLENGTH that `rdata` has; of more than 65 535 octets RDLENGTH says 65 535.
    #[must_use]
    pub fn record(self, rtype: Rtype, class: Class, ttl: u32, rdata: &[u8]) -> Self {
        let length = u16::try_from(rdata.len()).unwrap_or(u16::MAX);
        self.record_of_length(rtype, class, ttl, length).octets(rdata)
    }

    /// What follows the owner of a record up to its RDATA, with any RDLENGTH.
    #[must_use]
    pub fn record_of_length(self, rtype: Rtype, class: Class, ttl: u32, rdata_length: u16) -> Self {
        self.u16(rtype.0).u16(class.0).u32(ttl).u16(rdata_length)
    }

    /// A whole OPT record, as often as one likes.
    #[must_use]
    pub fn opt(self, opt: &Opt) -> Self {
        let record = opt.to_record();
        self.name(&record.owner)
            .record(Rtype::OPT, record.class, record.ttl, record.rdata.octets())
    }

    /// Writes `octets` over those that begin at `at`. What would be beyond the end is not written.
    #[must_use]
    pub fn overwrite(mut self, at: u16, octets: &[u8]) -> Self {
        let places = self.octets.iter_mut().skip(usize::from(at));
        places.zip(octets).for_each(|(place, octet)| *place = *octet);
        self
    }

    /// Cuts all behind the first `length` octets.
    #[must_use]
    pub fn cut(mut self, length: u16) -> Self {
        self.octets.truncate(length.into());
        self
    }
}

impl fmt::Debug for RawMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x?}", self.octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Flags, Message, ParseErrorKind, Section};
    use alloc::vec;
    use proptest::prelude::*;

    fn header(counts: [u16; 4]) -> Header {
        let [question_count, answer_count, authority_count, additional_count] = counts;
        Header {
            id: 0xABCD,
            flags: Flags::default().with_qr(true),
            question_count,
            answer_count,
            authority_count,
            additional_count,
        }
    }

    /// What the parser says about it.
    fn refused(message: RawMessage) -> (ParseErrorKind, u16) {
        let error = Message::parse(&message.into_octets()).unwrap_err();
        (error.kind(), error.offset())
    }

    #[test]
    fn a_raw_message_in_order_is_a_message() {
        let octets = RawMessage::new()
            .header(header([1, 1, 0, 1]))
            .label(b"www")
            .label(b"example")
            .root()
            .question(Rtype::A, Class::IN)
            .pointer(12)
            .record(Rtype::A, Class::IN, 300, &[192, 0, 2, 1])
            .opt(&Opt::default())
            .into_octets();
        let message = Message::parse(&octets).unwrap();
        let name: Name = "www.example.".parse().unwrap();
        assert_eq!(message.question().unwrap().name, name);
        let answers: Vec<_> = message.records(Section::Answer).collect();
        assert_eq!(answers.len(), 1);
        assert_eq!(
            (
                answers[0].owner.to_name(),
                answers[0].ttl,
                answers[0].rdata_octets()
            ),
            (name, 300, &[192, 0, 2, 1][..])
        );
        assert_eq!(message.opt().unwrap().udp_payload(), 1232);
    }

    #[test]
    fn each_malformation_of_rfc1035_and_rfc6891_can_be_built() {
        use ParseErrorKind as Kind;
        let opt = Opt::default();
        let start = |counts| RawMessage::new().header(header(counts));
        let cases = vec![
            (start([1, 0, 0, 0]), (Kind::Short, 12)),
            (start([0; 4]).octets(b"more"), (Kind::TrailingOctets, 12)),
            (start([0; 4]).cut(7), (Kind::Short, 7)),
            // A pointer to itself, and one forwards.
            (
                start([1, 0, 0, 0]).pointer(12).u32(0),
                (Kind::PointerNotBackwards, 12),
            ),
            (
                start([1, 0, 0, 0]).pointer(40).u32(0),
                (Kind::PointerNotBackwards, 12),
            ),
            // A loop of two.
            (
                start([2, 0, 0, 0])
                    .label(b"a")
                    .pointer(18)
                    .u32(0)
                    .pointer(12)
                    .u32(0),
                (Kind::PointerNotBackwards, 14),
            ),
            (
                start([1, 0, 0, 0]).label(&[b'x'; 64]).root().u32(0),
                (Kind::LabelType, 12),
            ),
            (
                start([1, 0, 0, 0])
                    .label(&[b'x'; 63])
                    .label(&[b'x'; 63])
                    .label(&[b'x'; 63])
                    .label(&[b'x'; 63])
                    .root()
                    .u32(0),
                (Kind::NameTooLong, 12 + 3 * 64),
            ),
            (
                start([0, 1, 0, 0])
                    .root()
                    .record_of_length(Rtype::A, Class::IN, 0, 4)
                    .octets(&[1, 2, 3]),
                (Kind::Short, 26),
            ),
            (start([0, 0, 0, 2]).opt(&opt).opt(&opt), (Kind::SecondOpt, 23)),
            (start([0, 1, 0, 0]).opt(&opt), (Kind::OptOutOfPlace, 12)),
            (
                start([0, 0, 0, 1])
                    .label(b"a")
                    .root()
                    .record(Rtype::OPT, Class(512), 0, b""),
                (Kind::OptOwner, 12),
            ),
            (
                start([0, 0, 0, 1])
                    .root()
                    .record(Rtype::OPT, Class(512), 0, &[0, 3, 0, 1]),
                (Kind::RdataShort, 23),
            ),
        ];
        for (message, expected) in cases {
            let shown = alloc::format!("{message:?}");
            assert_eq!(refused(message), expected, "{shown}");
        }
    }

    #[test]
    fn labels_beyond_what_a_length_octet_holds_are_cut() {
        let message = RawMessage::new().label(&[7; 300]);
        assert!(alloc::format!("{message:?}").starts_with("[ff, 07, 07, "));
        assert_eq!(message.into_octets(), [[255].as_slice(), &[7; 255]].concat());
    }

    proptest! {
        #[test]
        fn overwriting_and_cutting_touch_nothing_else(octets in prop::collection::vec(any::<u8>(), 0..40), at in 0_u16..50, over in prop::collection::vec(any::<u8>(), 0..40), cut in 0_u16..50) {
            let raw = RawMessage::from_octets(&octets).overwrite(at, &over);
            prop_assert_eq!(usize::from(raw.here()), octets.len());
            let expected: Vec<u8> = octets
                .iter()
                .enumerate()
                .map(|(index, octet)| index.checked_sub(at.into()).and_then(|index| over.get(index)).copied().unwrap_or(*octet))
                .collect();
            prop_assert_eq!(raw.clone().into_octets(), expected.clone());
            prop_assert_eq!(raw.cut(cut).into_octets(), &expected[..expected.len().min(cut.into())]);
        }
    }
}
