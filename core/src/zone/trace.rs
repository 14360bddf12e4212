//! How a recording holds zones: by their records, in canonical order of the owners.

use alloc::vec::Vec;

use bytes::Bytes;

use super::builder::ZoneBuilder;
use super::snapshot::Zone;
use super::zones::Zones;
use crate::trace::{Damage, Reader, RecordingError};
use crate::wire::{Class, Name, Rdata, Record, Rtype};

/// Owner, type, TTL and RDATA.
type Fields = (Name, Rtype, u32, Bytes);

impl crate::trace::Record for Zone {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.apex().clone(), self.class()).encode(out);
        let mut records: Vec<Fields> = Vec::new();
        for node in self.nodes() {
            let owner = node.name().to_name();
            let sets = node.rrsets().map(|set| (set.rtype(), set.ttl(), set.octets()));
            let signatures = node
                .signed_sets()
                .map(|set| (Rtype::RRSIG, set.ttl(), set.signatures()));
            for (rtype, ttl, rdata) in sets.chain(signatures) {
                let fields = |octets| (owner.clone(), rtype, ttl, Bytes::copy_from_slice(octets));
                records.extend(rdata.map(fields));
            }
        }
        records.encode(out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let undefined = reader.error(Damage::Undefined("zone"));
        let (apex, class) = <(Name, Class)>::decode(reader)?;
        let mut builder = ZoneBuilder::new(apex, class);
        for (owner, rtype, ttl, octets) in Vec::<Fields>::decode(reader)? {
            builder.add_record(&Record {
                owner,
                class,
                ttl,
                rdata: Rdata::opaque(rtype, &octets),
            });
        }
        builder.build().zone.ok_or(undefined)
    }
}

impl crate::trace::Record for Zones {
    fn encode(&self, out: &mut Vec<u8>) {
        let zones: Vec<Zone> = self.iter().cloned().collect();
        zones.encode(out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        Vec::<Zone>::decode(reader).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Record as _;
    use crate::zone::tests::build;

    #[test]
    fn a_recorded_zone_is_the_same_zone() {
        let zones = Zones::new([
            build(
                "example.",
                "$TTL 60\n@ SOA ns h 7 2 3 4 5\n@ NS ns\nns 30 A 192.0.2.1\nns 30 A 192.0.2.0\n\
                 ns RRSIG A 8 2 60 20300101000000 20200101000000 1 example. AAAA\nCut NS ns.cut\nns.cut A 192.0.2.2\n\
                 *.a.b TYPE65280 \\# 3 010203\n",
            ),
            build("other.", "$TTL 1\n@ SOA ns.example. h 1 2 3 4 5\n@ NS ns.example.\n"),
        ]
        .map(|built| built.zone.unwrap()));
        let mut recorded = Vec::new();
        zones.encode(&mut recorded);
        let again = Zones::decode(&mut Reader::new(&recorded)).unwrap();
        let mut recorded_again = Vec::new();
        again.encode(&mut recorded_again);
        assert_eq!(recorded_again, recorded);
        let serials: Vec<_> = again
            .iter()
            .map(|zone| (zone.serial(), zone.record_count()))
            .collect();
        assert_eq!(serials, [(7, 8), (1, 2)]);
        // What is not checked again is nothing to answer from.
        assert!(Zone::decode(&mut Reader::new(&recorded)).is_err());
    }
}
