//! A record as a zone file has it.

use core::fmt;

use crate::wire::{Class, NameRef, Rdata, Record, Rtype};

/// A record that was read, where the reader holds it.
#[derive(Clone, Copy)]
pub struct ZoneRecord<'a> {
    /// The name that has it.
    pub owner: NameRef<'a>,
    /// Its type.
    pub rtype: Rtype,
    /// Its class.
    pub class: Class,
    /// Its time to live in seconds.
    pub ttl: u32,
    /// The octets of its RDATA, without compression, which fit its type.
    pub rdata: &'a [u8],
}

impl ZoneRecord<'_> {
    /// The same record, owned.
    pub fn to_record(self) -> Record {
        Record {
            owner: self.owner.to_name(),
            class: self.class,
            ttl: self.ttl,
            rdata: Rdata::opaque(self.rtype, self.rdata),
        }
    }
}

impl<'a> From<&'a Record> for ZoneRecord<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            owner: record.owner.view(),
            rtype: record.rtype(),
            class: record.class,
            ttl: record.ttl,
            rdata: record.rdata.octets(),
        }
    }
}

/// As the owned record is displayed.
impl fmt::Debug for ZoneRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_record(), f)
    }
}
