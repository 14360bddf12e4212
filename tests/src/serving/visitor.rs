//! Messages that are no queries, or none that may be answered.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What somebody sends who has no business here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// NOTIFY (RFC 1996).
    Notify,
    /// UPDATE (RFC 2136).
    Update,
    /// STATUS (RFC 1035).
    Status,
    /// An opcode that means nothing.
    Unassigned,
    /// A response.
    Response,
    /// A query for what is elsewhere, signed with a key that nobody knows (RFC 8945).
    BadlySigned,
}

impl Message {
    pub(super) const ALL: [Self; 6] = [
        Self::Notify,
        Self::Update,
        Self::Status,
        Self::Unassigned,
        Self::Response,
        Self::BadlySigned,
    ];

    /// Its octets.
    pub(super) fn octets(self) -> Vec<u8> {
        let (name, rtype): (&[u8], u8) = match self {
            Self::Notify | Self::Update => (b"\x07example", 6),
            Self::Status | Self::Unassigned | Self::Response | Self::BadlySigned => {
                (b"\x03www\x09elsewhere", 1)
            }
        };
        // The second octet of the flags has nothing, the first RD and the opcode.
        let flags = match self {
            Self::Notify => 4 << 3,
            Self::Update => 5 << 3,
            Self::Status => 2 << 3,
            Self::Unassigned => 9 << 3,
            Self::Response => 0x80,
            Self::BadlySigned => 0,
        };
        let signed = self == Self::BadlySigned;
        let mut octets = vec![0x56, 0x49, flags | 1, 0, 0, 1, 0, 0, 0, 0, 0, signed.into()];
        octets.extend_from_slice(name);
        octets.extend_from_slice(&[0, 0, rtype, 0, 1]);
        if signed {
            // TSIG of class ANY, with a code of 32 octets that is none.
            octets.extend_from_slice(b"\x06nobody\0\0\xfa\0\xff\0\0\0\0\0\x3d\x0bhmac-sha256\0");
            octets.extend_from_slice(&[0, 0, 0x65, 0, 0, 0, 1, 0x2c, 0, 32]);
            octets.extend_from_slice(&[0; 32]);
            octets.extend_from_slice(&[0x56, 0x49, 0, 0, 0, 0]);
        }
        octets
    }
}

/// Where visitors are: whoever is there may send queries.
pub(super) const VISITOR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 9)), 4_000);

#[cfg(test)]
mod tests {
    use super::*;
    use nameward_core::wire::{Message as Parsed, Rtype, Section};

    #[test]
    fn what_is_signed_can_be_read() {
        for message in Message::ALL {
            let octets = message.octets();
            let read = Parsed::parse(&octets).expect("it is a message");
            assert_eq!(read.question_count(), 1);
            let additional: Vec<_> = read
                .records(Section::Additional)
                .map(|record| record.rtype)
                .collect();
            let expected = if message == Message::BadlySigned {
                vec![Rtype::TSIG]
            } else {
                Vec::new()
            };
            assert_eq!(additional, expected, "{message:?}");
        }
    }
}
