//! How a recording holds RRsets.

use alloc::vec::Vec;

use bytes::Bytes;

use super::set::Rrset;
use super::ttl::{SetTtl, TtlRule};
use crate::record;
use crate::trace::{Damage, Reader, Record, RecordingError};
use crate::wire::{Class, Name, Rdata, Rtype};

record!(enum TtlRule { 0 => Strict, 1 => Lowest });
record!(struct SetTtl { seconds, inconsistent });

impl Record for Rrset {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.owner().clone(), self.rtype(), self.class()).encode(out);
        let ttl = SetTtl {
            seconds: self.ttl(),
            inconsistent: self.inconsistent(),
        };
        let rdata: Vec<_> = self
            .rdata()
            .map(|rdata| Bytes::copy_from_slice(rdata.octets()))
            .collect();
        (ttl, rdata).encode(out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let undefined = reader.error(Damage::Undefined("RRset"));
        let (owner, rtype, class) = <(Name, Rtype, Class)>::decode(reader)?;
        let (ttl, rdata) = <(SetTtl, Vec<Bytes>)>::decode(reader)?;
        let rdata = rdata.iter().map(|octets| Ok(Rdata::opaque(rtype, octets)));
        Self::collect(owner, rtype, class, ttl, rdata).map_err(|_| undefined)
    }
}
