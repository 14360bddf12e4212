//! Gateways and relays: an address or a name, after a number that says which.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::{Field, FieldType, Fields, Octets};
use crate::wire::error::ParseError;
use crate::wire::name::NameRef;

/// The gateway of an IPSECKEY record (RFC 4025 section 2.3) or the relay of an AMTRELAY record (RFC 8777 section 4.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway<'a> {
    /// Type 0: there is none.
    None,
    /// Type 1.
    Ipv4(Ipv4Addr),
    /// Type 2.
    Ipv6(Ipv6Addr),
    /// Type 3: a name, which is not compressed.
    Name(NameRef<'a>),
}

impl<'a> Gateway<'a> {
    /// The number that stands for what it is.
    pub const fn kind(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Ipv4(_) => 1,
            Self::Ipv6(_) => 2,
            Self::Name(_) => 3,
        }
    }

    fn read(fields: &mut Fields<'a>, kind: u8) -> Result<Option<Self>, ParseError> {
        Ok(Some(match kind {
            0 => Self::None,
            1 => Self::Ipv4(fields.array::<4>()?.into()),
            2 => Self::Ipv6(fields.array::<16>()?.into()),
            3 => Self::Name(fields.name()?),
            _ => return Ok(None),
        }))
    }

    fn write(self, octets: &mut Octets) {
        match self {
            Self::None => {}
            Self::Ipv4(address) => octets.extend_from_slice(&address.octets()),
            Self::Ipv6(address) => octets.extend_from_slice(&address.octets()),
            Self::Name(name) => name.write(Field::Name, octets),
        }
    }
}

/// What an IPSECKEY record says between its precedence and its key (RFC 4025 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyGateway<'a> {
    /// The algorithm of the key: 1 for DSA, 2 for RSA, 0 if there is no key.
    pub algorithm: u8,
    /// The gateway.
    pub gateway: Gateway<'a>,
}

impl<'a> FieldType<'a> for KeyGateway<'a> {
    const FIELD: Field = Field::KeyGateway;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        let [kind, algorithm] = fields.array()?;
        let gateway = Gateway::read(fields, kind)?.ok_or_else(|| before.wrong())?;
        Ok(Self { algorithm, gateway })
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        octets.extend_from_slice(&[self.gateway.kind(), self.algorithm]);
        self.gateway.write(octets);
    }
}

/// What an AMTRELAY record says after its precedence (RFC 8777 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relay<'a> {
    /// Whether the gateway may skip the discovery of relays.
    pub discovery_optional: bool,
    /// The relay.
    pub relay: Gateway<'a>,
}

impl Relay<'_> {
    /// The bit before the type.
    const DISCOVERY_OPTIONAL: u8 = 0x80;
}

impl<'a> FieldType<'a> for Relay<'a> {
    const FIELD: Field = Field::Relay;

    fn read(fields: &mut Fields<'a>, _: Field) -> Result<Self, ParseError> {
        let before = fields.clone();
        let [octet] = fields.array()?;
        let relay =
            Gateway::read(fields, octet & !Self::DISCOVERY_OPTIONAL)?.ok_or_else(|| before.wrong())?;
        Ok(Self {
            discovery_optional: octet & Self::DISCOVERY_OPTIONAL != 0,
            relay,
        })
    }

    fn write(&self, _: Field, octets: &mut Octets) {
        let bit = if self.discovery_optional {
            Self::DISCOVERY_OPTIONAL
        } else {
            0
        };
        octets.push(bit | self.relay.kind());
        self.relay.write(octets);
    }
}
