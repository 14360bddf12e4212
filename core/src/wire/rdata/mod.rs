//! RDATA: a type and its octets, and typed views over them.
//!
//! An owned [`Rdata`] holds the octets without compression, whatever the type, so that a type which nobody here knows goes
//! the same way as any other (RFC 3597). What is known about a type is one declaration in the file of its family. It gives
//! the typed view, and the [`Schema`] that expansion, canonical form, compression and text walk along.

mod address;
mod certificates;
mod dnssec;
mod field;
mod identifiers;
mod location;
mod mail;
mod names;
mod schema;
mod service;
mod text;
mod transaction;
mod zone;

#[cfg(test)]
mod tests;

use super::codes::{Class, Rtype};
use super::error::ParseError;
use super::storage::Storage;

pub use address::{A, A6, Aaaa, Amtrelay, Apl, Wks};
pub use certificates::{Caa, Cert, Hip, Ipseckey, Openpgpkey, Smimea, Sshfp, Tlsa};
pub use dnssec::{Cdnskey, Cds, Dlv, Dnskey, Ds, Key, Nsec, Nsec3, Nsec3param, Nxt, Rkey, Rrsig, Sig, Ta};
pub use field::{
    AddressPrefix, AddressPrefixes, CharacterString, CharacterStrings, Code, Field, Fields, Gateway,
    HostIdentity, KeyGateway, Location, LongOctets, Names, NxtBitmap, PartialAddress, Ports, Precision,
    Registry, Relay, ServiceParams, TypeBitmap,
};
pub use identifiers::{
    Atma, Brid, Dhcid, Eid, Eui48, Eui64, Hhit, Ipn, Isdn, L32, L64, Lp, Nid, Nimloc, Nsap, X25,
};
pub use location::{Gpos, Loc};
pub use mail::{Mb, Md, Mf, Mg, Minfo, Mr, Mx, Px, Rp};
pub use names::{Cname, Dname, Ns, NsapPtr, Ptr, Talink};
pub use schema::{NameRule, RecordType, Schema};
pub use service::{Afsdb, Doa, Https, Kx, Naptr, Rt, Srv, Svcb, Uri};
pub use text::{Avc, Cla, Hinfo, Ninfo, Null, Resinfo, Sink, Spf, Txt, Wallet};
pub use transaction::{Tkey, Tsig};
pub use zone::{Csync, Deleg, Delegparam, Dsync, Soa, Zonemd};

pub(crate) use field::{FieldType, Value};
pub(crate) use schema::Piece;
use schema::record_types;

/// The families, each of which declares the types in one file.
const FAMILIES: [&[&Schema]; 11] = [
    address::TYPES,
    certificates::TYPES,
    dnssec::TYPES,
    identifiers::TYPES,
    location::TYPES,
    mail::TYPES,
    names::TYPES,
    service::TYPES,
    text::TYPES,
    transaction::TYPES,
    zone::TYPES,
];

/// How many of the lowest type numbers are looked up in one step: almost all that are assigned.
const DIRECT: usize = 512;

static LOW: [Option<&'static Schema>; DIRECT] = schema::by_number(&FAMILIES);

/// The few types with higher numbers.
static HIGH: [&Schema; 4] = [Deleg::SCHEMA, Delegparam::SCHEMA, Dlv::SCHEMA, Ta::SCHEMA];

impl Schema {
    /// What is known about the RDATA of this type in this class; none if it is opaque here (RFC 3597).
    ///
    /// Class NONE stands for the class of the zone that an update changes (RFC 2136 section 2.5.4), which is the Internet.
    pub fn of(rtype: Rtype, class: Class) -> Option<&'static Self> {
        let schema = match LOW.get(usize::from(rtype.0)) {
            Some(&low) => low?,
            None => HIGH.iter().copied().find(|schema| schema.rtype == rtype)?,
        };
        let known = class == Class::NONE || schema.class.is_none_or(|only| only == class);
        known.then_some(schema)
    }

    /// What is known, type by type.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        FAMILIES.into_iter().flatten().copied()
    }
}

/// RDATA, owned: the type and the octets, without compression.
///
/// Two are equal if the type and all octets are, the case of names included; for equality as DNSSEC and updates see it,
/// compare what [`to_canonical`](Self::to_canonical) gives.
///
/// ```
/// use nameward_core::wire::{Mx, Name, Rdata, Rtype};
///
/// let exchange: Name = "mail.example.".parse().unwrap();
/// let rdata = Mx { preference: 10, exchange: exchange.view() }.to_rdata();
/// assert_eq!(rdata.rtype(), Rtype::MX);
/// assert_eq!(rdata.to_string(), "10 mail.example.");
/// assert_eq!(rdata.view::<Mx>().unwrap().preference, 10);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Rdata {
    pub(super) octets: Storage<30>,
    pub(super) rtype: Rtype,
}

impl Rdata {
    /// These octets, whatever they are: unknown types, and whatever has no room in a typed view.
    ///
    /// If the type is known and the octets do not fit it, they are written and printed as those of an unknown type.
    pub fn opaque(rtype: Rtype, octets: &[u8]) -> Self {
        Self {
            octets: Storage::copied(octets),
            rtype,
        }
    }

    /// The octets of a type, without compression, that fit what is known about the type.
    ///
    /// # Errors
    ///
    /// The type is known, and the octets break its rules.
    pub fn from_wire(rtype: Rtype, octets: &[u8]) -> Result<Self, ParseError> {
        // By itself it is not compressed, so that it is taken as it is.
        if let Some(schema) = Schema::of(rtype, Class::IN) {
            schema.check(octets, 0, octets.len())?;
        }
        Ok(Self::opaque(rtype, octets))
    }

    /// Its type.
    pub const fn rtype(&self) -> Rtype {
        self.rtype
    }

    /// Its octets, without compression.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Its typed view; none if it is of another type, or does not fit its own.
    pub fn view<'a, T: RecordType<'a>>(&'a self) -> Option<T> {
        let fits = self.rtype == T::SCHEMA.rtype;
        fits.then(|| Fields::new(&self.octets, 0, self.octets.len()).read_all().ok())?
    }

    /// The canonical form, with the names in lower case that RFC 4034 section 6.2 lists, as RFC 6840 section 5.1 corrects it.
    #[must_use]
    pub fn to_canonical(&self) -> Self {
        Self::lowered(self.rtype, &self.octets).unwrap_or_else(|| self.clone())
    }

    /// The canonical form of octets of a type, if they are not in it.
    pub(crate) fn lowered(rtype: Rtype, octets: &[u8]) -> Option<Self> {
        let schema = Schema::of(rtype, Class::IN).filter(|schema| schema.names.lowers())?;
        // Without a capital there is none in a name.
        if !octets.iter().any(u8::is_ascii_uppercase) {
            return None;
        }
        Self::lower_names(schema, octets).ok()
    }

    /// The same with all names in lower case.
    fn lower_names(schema: &'static Schema, octets: &[u8]) -> Result<Self, ParseError> {
        let rtype = schema.rtype;
        let octets = Storage::try_written(|room| {
            for piece in schema.pieces(octets, 0, octets.len()) {
                match piece?.1 {
                    Piece::Octets(octets) => room.push(octets),
                    Piece::Name(name) => name.with_wire(|wire| room.push_lower(wire)),
                }
            }
            Ok(())
        })?;
        Ok(Self { octets, rtype })
    }
}
