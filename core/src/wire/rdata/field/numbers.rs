//! Numbers, codes and addresses.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::{Code, Field, FieldType, Fields, Octets};
use crate::wire::codes::{CertificateType, DigestType, Rcode, Rtype, Scheme, SecurityAlgorithm};
use crate::wire::error::ParseError;

/// Types that are a number of octets, the most significant first.
macro_rules! big_endian {
    ($( $type:ty, $field:expr, $from:expr, $to:expr; )+) => {$(
        impl FieldType<'_> for $type {
            const FIELD: Field = $field;

            #[inline]
            fn read(fields: &mut Fields<'_>, _: Field) -> Result<Self, ParseError> {
                fields.array().map($from)
            }

            fn write(&self, _: Field, octets: &mut Octets) {
                octets.extend_from_slice(&$to(*self));
            }
        }
    )+};
}

big_endian! {
    u8, Field::U8, Self::from_be_bytes, Self::to_be_bytes;
    u16, Field::U16, Self::from_be_bytes, Self::to_be_bytes;
    u32, Field::U32, Self::from_be_bytes, Self::to_be_bytes;
    [u8; 6], Field::Eui48, Self::from, Self::from;
    [u8; 8], Field::Eui64, Self::from, Self::from;
    Ipv4Addr, Field::Ipv4, <Self as From<[u8; 4]>>::from, |address: Self| address.octets();
    Ipv6Addr, Field::Ipv6, <Self as From<[u8; 16]>>::from, |address: Self| address.octets();
    Rtype, Field::Code(Code::Rtype), |octets| Self(u16::from_be_bytes(octets)), |code: Self| code.0.to_be_bytes();
    Rcode, Field::Code(Code::TransactionError), |octets| Self(u16::from_be_bytes(octets)), |code: Self| code.0.to_be_bytes();
    CertificateType, Field::Code(Code::CertificateType), |octets| Self(u16::from_be_bytes(octets)), |code: Self| code.0.to_be_bytes();
    SecurityAlgorithm, Field::Code(Code::Algorithm), |[octet]| Self(octet), |code: Self| [code.0];
    DigestType, Field::Code(Code::DigestType), |[octet]| Self(octet), |code: Self| [code.0];
    Scheme, Field::Code(Code::Scheme), |[octet]| Self(octet), |code: Self| [code.0];
}

/// Eight octets, or the lower six of them.
impl FieldType<'_> for u64 {
    const FIELD: Field = Field::U64;

    fn read(fields: &mut Fields<'_>, field: Field) -> Result<Self, ParseError> {
        let octets = if field == Field::U48 {
            let [a, b, c, d, e, f] = fields.array()?;
            [0, 0, a, b, c, d, e, f]
        } else {
            fields.array()?
        };
        Ok(Self::from_be_bytes(octets))
    }

    fn write(&self, field: Field, octets: &mut Octets) {
        let all = self.to_be_bytes();
        let [_, _, lower @ ..] = &all;
        octets.extend_from_slice(if field == Field::U48 { lower } else { &all });
    }
}
