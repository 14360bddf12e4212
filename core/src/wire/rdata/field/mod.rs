//! The kinds of field that RDATA is made of.
//!
//! A [`Field`] says how far a field reaches, which values it takes, and what it looks like as text; the Rust type beside it in
//! a declaration is a [`FieldType`] and says what a program sees of it.

mod bitmap;
mod gateway;
mod host_identity;
mod location;
mod numbers;
mod params;
mod ports;
mod prefixes;
mod reader;
mod strings;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use smallvec::SmallVec;

use super::schema::Piece;
use crate::wire::error::{ParseError, ParseErrorKind};

pub use bitmap::{NxtBitmap, TypeBitmap};
pub use gateway::{Gateway, KeyGateway, Relay};
pub use host_identity::HostIdentity;
pub use location::{Location, Precision};
pub use params::{Registry, ServiceParams};
pub use ports::Ports;
pub use prefixes::{AddressPrefix, AddressPrefixes, PartialAddress};
pub use reader::{Fields, Names};
pub use strings::{CharacterString, CharacterStrings, LongOctets};

pub(crate) use params::Value;

/// A kind of field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// One octet, a decimal number.
    U8,
    /// Two octets, a decimal number.
    U16,
    /// Four octets, a decimal number.
    U32,
    /// Six octets, a decimal number.
    U48,
    /// Eight octets, a decimal number. It may be put in as its halves with a dot between them.
    U64,
    /// Four octets, a number of seconds. As text it may be put in with units: `1h30m`.
    Duration,
    /// Four octets, a moment in seconds since 1970 that wraps around. As text it is `YYYYMMDDHHmmSS` in UTC.
    Time,
    /// A number that has mnemonics.
    Code(Code),
    /// Four octets, an IPv4 address.
    Ipv4,
    /// Sixteen octets, an IPv6 address.
    Ipv6,
    /// Eight octets, four groups of hexadecimal digits with colons between them.
    Locator,
    /// Six octets, hexadecimal with hyphens between them.
    Eui48,
    /// Eight octets, hexadecimal with hyphens between them.
    Eui64,
    /// A name.
    Name,
    /// A name that may be missing at the end of the RDATA.
    OptionalName,
    /// Names up to the end of the RDATA, perhaps none.
    Names,
    /// One character string.
    CharacterString,
    /// A character string that may be missing at the end of the RDATA.
    OptionalCharacterString,
    /// Character strings up to the end of the RDATA, one at least.
    CharacterStrings,
    /// A character string of letters and digits, one at least, that is put in and out without quotes.
    Tag,
    /// Octets up to the end of the RDATA, perhaps none, that are one quoted string.
    Text,
    /// Octets up to the end of the RDATA, one at least, in hexadecimal.
    Hex,
    /// Octets up to the end of the RDATA, one at least, in hexadecimal after `0x`, perhaps with dots between them.
    Nsap,
    /// Octets up to the end of the RDATA: a zero and an address that is put out in hexadecimal, or a one and decimal digits, which
    /// are put out after a plus sign. Both may be put in with dots. What begins otherwise has no text of its own.
    AtmAddress,
    /// Octets up to the end of the RDATA, one at least, in base 64.
    Base64,
    /// Octets up to the end of the RDATA, perhaps none, in base 64.
    OptionalBase64,
    /// Octets up to the end of the RDATA, perhaps none, in base 64, a hyphen for none.
    HyphenBase64,
    /// Octets up to the end of the RDATA that have no text of their own.
    Opaque,
    /// Octets after one octet with their number, in hexadecimal, a hyphen for none.
    Salt,
    /// Octets after one octet with their number, one at least, in base 32 with the extended hexadecimal alphabet.
    HashedName,
    /// Octets after two octets with their number. As text the number is followed by base 64.
    LongOctets,
    /// A set of types ([`TypeBitmap`]).
    TypeBitmap,
    /// The set of types of an NXT record ([`NxtBitmap`]).
    NxtBitmap,
    /// A set of ports ([`Ports`]).
    Ports,
    /// Keys with values ([`ServiceParams`]).
    Params(Registry),
    /// A place on the globe ([`Location`]).
    Location,
    /// Address prefixes ([`AddressPrefixes`]).
    AddressPrefixes,
    /// The end of an IPv6 address after the number of bits that are missing ([`PartialAddress`]).
    PartialAddress,
    /// The gateway of an IPSECKEY record with the algorithm of its key ([`KeyGateway`]).
    KeyGateway,
    /// The relay of an AMTRELAY record ([`Relay`]).
    Relay,
    /// A host identity tag and its key ([`HostIdentity`]).
    HostIdentity,
}

/// The numbers that have mnemonics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Two octets, a record type.
    Rtype,
    /// One octet, a DNSSEC algorithm. It is put out as a number.
    Algorithm,
    /// One octet, a DNSSEC algorithm. It is put out as a mnemonic.
    NamedAlgorithm,
    /// One octet, a digest type of DS records. It is put out as a number.
    DigestType,
    /// Two octets, a certificate type.
    CertificateType,
    /// One octet, a DSYNC scheme.
    Scheme,
    /// One octet, an Internet protocol. It is put out as a number.
    Protocol,
    /// Two octets, the flags of KEY records (RFC 2535 section 7.1). They are put out as a number.
    KeyFlags,
    /// One octet, the protocol of KEY records (RFC 2535 section 7.1). It is put out as a number.
    KeyProtocol,
    /// Two octets, an error of TSIG or TKEY.
    TransactionError,
}

impl Field {
    /// How many octets it has, if they are always as many and may have any values.
    #[inline]
    pub(in crate::wire) const fn width(self) -> Option<usize> {
        match self {
            Self::U8 => Some(1),
            Self::U16 => Some(2),
            Self::U32 | Self::Duration | Self::Time | Self::Ipv4 => Some(4),
            Self::U48 | Self::Eui48 => Some(6),
            Self::U64 | Self::Locator | Self::Eui64 => Some(8),
            Self::Ipv6 => Some(16),
            Self::Code(code) => Some(code.width()),
            Self::Name
            | Self::OptionalName
            | Self::Names
            | Self::CharacterString
            | Self::OptionalCharacterString
            | Self::CharacterStrings
            | Self::Tag
            | Self::Text
            | Self::Hex
            | Self::Nsap
            | Self::AtmAddress
            | Self::Base64
            | Self::OptionalBase64
            | Self::HyphenBase64
            | Self::Opaque
            | Self::Salt
            | Self::HashedName
            | Self::LongOctets
            | Self::TypeBitmap
            | Self::NxtBitmap
            | Self::Ports
            | Self::Params(_)
            | Self::Location
            | Self::AddressPrefixes
            | Self::PartialAddress
            | Self::KeyGateway
            | Self::Relay
            | Self::HostIdentity => None,
        }
    }

    /// The value of a field that has these octets, without compression; none if they do not fit.
    pub(crate) fn view<'a, T: FieldType<'a>>(self, octets: &'a [u8]) -> Option<T> {
        Fields::only(octets, self).ok()
    }

    /// Appends the octets of a field with this value.
    pub(crate) fn append<'a, T: FieldType<'a>>(self, value: &T, octets: &mut Vec<u8>) {
        let mut field = Octets::new();
        value.write(self, &mut field);
        octets.extend_from_slice(&field);
    }
}

impl Code {
    /// How many octets it has.
    const fn width(self) -> usize {
        match self {
            Self::Rtype | Self::CertificateType | Self::TransactionError | Self::KeyFlags => 2,
            Self::Algorithm
            | Self::NamedAlgorithm
            | Self::DigestType
            | Self::Scheme
            | Self::Protocol
            | Self::KeyProtocol => 1,
        }
    }
}

/// What RDATA is written to.
pub(crate) type Octets = SmallVec<[u8; 128]>;

/// A type that a field of a typed view can have.
pub(crate) trait FieldType<'a>: Sized {
    /// The kind of field that it is if the declaration names no other.
    const FIELD: Field;

    /// Reads a field of this kind.
    fn read(fields: &mut Fields<'a>, field: Field) -> Result<Self, ParseError>;

    /// Appends the octets of a field of this kind.
    fn write(&self, field: Field, octets: &mut Octets);
}

impl<'a> Fields<'a> {
    /// The next field, which is of this kind.
    #[inline]
    pub(in crate::wire) fn piece(&mut self, field: Field) -> Result<Piece<'a>, ParseError> {
        if field == Field::Name || field == Field::OptionalName && !self.is_empty() {
            return self.name().map(Piece::Name);
        }
        let before = self.clone();
        self.pass(field)?;
        Ok(Piece::Octets(before.until(self)))
    }

    /// Checks the next field, which is of this kind, and goes on behind it.
    fn pass(&mut self, field: Field) -> Result<(), ParseError> {
        fn check<'a, T: FieldType<'a>>(fields: &mut Fields<'a>, field: Field) -> Result<(), ParseError> {
            T::read(fields, field).map(drop)
        }
        match field {
            Field::U8
            | Field::U16
            | Field::U32
            | Field::Duration
            | Field::Time
            | Field::Ipv4
            | Field::U48
            | Field::Eui48
            | Field::U64
            | Field::Locator
            | Field::Eui64
            | Field::Ipv6
            | Field::Code(_) => self.octets(field.width().unwrap_or_default()).map(drop),
            Field::Name => self.name().map(drop),
            Field::OptionalName => check::<Option<crate::wire::NameRef<'_>>>(self, field),
            Field::Names => check::<Names<'_>>(self, field),
            Field::CharacterString | Field::Tag | Field::Salt | Field::HashedName => {
                check::<CharacterString<'_>>(self, field)
            }
            Field::OptionalCharacterString => check::<Option<CharacterString<'_>>>(self, field),
            Field::CharacterStrings => check::<CharacterStrings<'_>>(self, field),
            Field::LongOctets => check::<LongOctets<'_>>(self, field),
            Field::Text
            | Field::Hex
            | Field::Nsap
            | Field::AtmAddress
            | Field::Base64
            | Field::OptionalBase64
            | Field::HyphenBase64
            | Field::Opaque => check::<&[u8]>(self, field),
            Field::TypeBitmap => check::<TypeBitmap<'_>>(self, field),
            Field::NxtBitmap => check::<NxtBitmap<'_>>(self, field),
            Field::Ports => check::<Ports<'_>>(self, field),
            Field::Params(_) => check::<ServiceParams<'_>>(self, field),
            Field::Location => check::<Location>(self, field),
            Field::AddressPrefixes => check::<AddressPrefixes<'_>>(self, field),
            Field::PartialAddress => check::<PartialAddress>(self, field),
            Field::KeyGateway => check::<KeyGateway<'_>>(self, field),
            Field::Relay => check::<Relay<'_>>(self, field),
            Field::HostIdentity => check::<HostIdentity<'_>>(self, field),
        }
    }

    /// Reads a value from octets that are one field without compression.
    fn only<T: FieldType<'a>>(octets: &'a [u8], field: Field) -> Result<T, ParseError> {
        let mut fields = Self::new(octets, 0, octets.len());
        let value = T::read(&mut fields, field)?;
        fields.finish()?;
        Ok(value)
    }

    /// The next field has a value that its type does not have.
    #[cold]
    fn wrong(&self) -> ParseError {
        self.fail(ParseErrorKind::RdataValue)
    }
}
