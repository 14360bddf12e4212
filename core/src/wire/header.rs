//! The twelve octets that begin every message (RFC 1035 section 4.1.1).

use core::fmt;

use super::codes::{Opcode, Rcode};
use super::error::{ParseError, ParseErrorKind};

/// The header of a message.
///
/// It can be read from octets that are no whole message, which is what a server needs to answer them with FORMERR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The message ID, by which a response is matched with its query.
    pub id: u16,
    /// The flags, the opcode and the lower four bits of the response code.
    pub flags: Flags,
    /// QDCOUNT: how many questions are announced; in an update, zones.
    pub question_count: u16,
    /// ANCOUNT: how many records the answer section announces; in an update, prerequisites.
    pub answer_count: u16,
    /// NSCOUNT: how many records the authority section announces; in an update, changes.
    pub authority_count: u16,
    /// ARCOUNT: how many records the additional section announces, the OPT record among them.
    pub additional_count: u16,
}

impl Header {
    /// Its length in octets.
    pub const LENGTH: usize = 12;

    /// Reads the header at the start of `octets`.
    ///
    /// # Errors
    ///
    /// There are fewer than twelve octets.
    pub fn parse(octets: &[u8]) -> Result<Self, ParseError> {
        let Some(&[a, b, c, d, e, f, g, h, i, j, k, l]) = octets.first_chunk::<{ Self::LENGTH }>() else {
            return Err(ParseError::new(ParseErrorKind::Short, octets.len()));
        };
        Ok(Self {
            id: u16::from_be_bytes([a, b]),
            flags: Flags(u16::from_be_bytes([c, d])),
            question_count: u16::from_be_bytes([e, f]),
            answer_count: u16::from_be_bytes([g, h]),
            authority_count: u16::from_be_bytes([i, j]),
            additional_count: u16::from_be_bytes([k, l]),
        })
    }

    /// The twelve octets.
    pub const fn to_octets(self) -> [u8; Self::LENGTH] {
        let [a, b] = self.id.to_be_bytes();
        let [c, d] = self.flags.0.to_be_bytes();
        let [e, f] = self.question_count.to_be_bytes();
        let [g, h] = self.answer_count.to_be_bytes();
        let [i, j] = self.authority_count.to_be_bytes();
        let [k, l] = self.additional_count.to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }
}

/// The second word of the header: flags, opcode and the lower four bits of the response code, all sixteen bits as they are.
///
/// ```
/// use nameward_core::wire::{Flags, Opcode};
///
/// let query = Flags::default().with_opcode(Opcode::QUERY).with_rd(true);
/// assert_eq!(query.0, 0x0100);
/// assert!(query.rd() && !query.qr());
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flags(pub u16);

/// Declares a getter and a setter for each single bit.
macro_rules! bits {
    ($( $bit:literal $get:ident $with:ident $meaning:literal; )+) => {
        impl Flags {
            $(
                #[doc = $meaning]
                pub const fn $get(self) -> bool {
                    self.0 & $bit != 0
                }

                #[doc = concat!("With this bit: ", $meaning)]
                #[must_use]
                pub const fn $with(self, on: bool) -> Self {
                    Self(if on { self.0 | $bit } else { self.0 & !$bit })
                }
            )+
        }
    };
}

bits! {
    0x8000 qr with_qr "QR: it is a response.";
    0x0400 aa with_aa "AA: the answer is authoritative.";
    0x0200 tc with_tc "TC: the message was truncated.";
    0x0100 rd with_rd "RD: recursion is desired.";
    0x0080 ra with_ra "RA: recursion is available.";
    0x0040 z with_z "Z: reserved, and preserved.";
    0x0020 ad with_ad "AD: the data is authentic (RFC 4035 section 3.2.3), or a query understands AD (RFC 6840 section 5.7).";
    0x0010 cd with_cd "CD: checking is disabled (RFC 4035 section 3.2.2).";
}

impl Flags {
    /// What kind of request it is.
    pub const fn opcode(self) -> Opcode {
        let [high, _] = self.0.to_be_bytes();
        Opcode((high >> 3) & 0x0F)
    }

    /// With this opcode, of which the lower four bits count.
    #[must_use]
    pub const fn with_opcode(self, opcode: Opcode) -> Self {
        let bits = u16::from_be_bytes([(opcode.0 & 0x0F) << 3, 0]);
        Self(self.0 & !0x7800 | bits)
    }

    /// The lower four bits of the response code. The whole code is [`Message::rcode`](super::Message::rcode).
    pub const fn rcode(self) -> Rcode {
        Rcode(self.0 & 0x000F)
    }

    /// With the lower four bits of this response code. The others belong in the OPT record: [`Rcode::split`].
    #[must_use]
    pub const fn with_rcode(self, rcode: Rcode) -> Self {
        Self(self.0 & !0x000F | rcode.0 & 0x000F)
    }
}

/// The opcode, the response code and the flags that are set, as `dig` lists them: `QUERY NOERROR qr rd ra`.
impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.opcode(), self.rcode())?;
        let bits = [
            (self.qr(), " qr"),
            (self.aa(), " aa"),
            (self.tc(), " tc"),
            (self.rd(), " rd"),
            (self.ra(), " ra"),
            (self.z(), " z"),
            (self.ad(), " ad"),
            (self.cd(), " cd"),
        ];
        bits.iter()
            .filter(|(set, _)| *set)
            .try_for_each(|(_, name)| f.write_str(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rfc1035_4_1_1_header_survives_its_octets(octets: [u8; 12]) {
            prop_assert_eq!(Header::parse(&octets).map(Header::to_octets), Ok(octets));
        }

        #[test]
        fn parts_of_the_flags_do_not_touch_each_other(word: u16, opcode in 0u8..16, rcode in 0u16..16) {
            let flags = Flags(word).with_opcode(Opcode(opcode)).with_rcode(Rcode(rcode));
            prop_assert_eq!((flags.opcode(), flags.rcode()), (Opcode(opcode), Rcode(rcode)));
            prop_assert_eq!(flags.0 & 0x87F0, word & 0x87F0);
            for with in [Flags::with_qr, Flags::with_aa, Flags::with_tc, Flags::with_rd, Flags::with_ra, Flags::with_z, Flags::with_ad, Flags::with_cd] {
                prop_assert_eq!((with(flags, true).0 ^ with(flags, false).0).count_ones(), 1);
                prop_assert!(with(flags, true) == flags || with(flags, false) == flags);
            }
        }
    }

    #[test]
    fn rfc1035_4_1_1_bits_are_where_they_belong() {
        // RFC 4035 section 3.2 adds AD and CD to the figure of RFC 1035.
        let flags = Flags(0b1010_1101_1011_0101);
        assert_eq!(format!("{flags:?}"), "UPDATE REFUSED qr aa rd ra ad cd");
        assert!(!flags.tc() && !flags.z());
    }
}
