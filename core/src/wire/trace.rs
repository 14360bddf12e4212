//! How a recording holds names, questions, records, EDNS options and messages: by their octets.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{Class, Name, Options, Question, Rdata, Rtype, SharedMessage};
use crate::record;
use crate::trace::{Damage, Reader, Record, RecordingError, encode_bytes};

record!(struct Rtype { 0 });
record!(struct Class { 0 });
record!(struct Question { name, rtype, class });

impl Record for Name {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_bytes(self.as_wire(), out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let undefined = reader.error(Damage::Undefined("name"));
        Self::from_wire(reader.bytes()?).map_err(|_| undefined)
    }
}

impl Record for super::Record {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.owner.clone(), self.rtype(), self.class, self.ttl).encode(out);
        encode_bytes(self.rdata.octets(), out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let (owner, rtype, class, ttl) = <(Name, Rtype, Class, u32)>::decode(reader)?;
        let rdata = Rdata::opaque(rtype, reader.bytes()?);
        Ok(Self {
            owner,
            class,
            ttl,
            rdata,
        })
    }
}

impl Record for Options {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_bytes(self.as_wire(), out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let undefined = reader.error(Damage::Undefined("options"));
        Self::from_wire(reader.bytes()?).ok_or(undefined)
    }
}

impl Record for SharedMessage {
    fn encode(&self, out: &mut Vec<u8>) {
        self.as_bytes().encode(out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, RecordingError> {
        let undefined = reader.error(Damage::Undefined("message"));
        Self::parse(Bytes::decode(reader)?).map_err(|_| undefined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::OptionCode;

    #[test]
    fn damaged_names_options_and_messages_are_errors() {
        let mut recorded = Vec::new();
        let name: Name = "Example.ORG".parse().unwrap();
        name.encode(&mut recorded);
        assert_eq!(
            Name::decode(&mut Reader::new(&recorded)).map(|name| name.as_wire().to_vec()),
            Ok(name.as_wire().to_vec())
        );
        recorded.pop();
        assert!(Name::decode(&mut Reader::new(&recorded)).is_err());
        let mut options = Options::default();
        options.push(OptionCode::NSID, b"here");
        let mut recorded = Vec::new();
        options.encode(&mut recorded);
        assert_eq!(Options::decode(&mut Reader::new(&recorded)), Ok(options));
        let mut half_an_option = Vec::new();
        encode_bytes(&[0, 3, 0], &mut half_an_option);
        assert!(Options::decode(&mut Reader::new(&half_an_option)).is_err());
        let mut no_message = Vec::new();
        Bytes::from_static(b"no message").encode(&mut no_message);
        assert!(SharedMessage::decode(&mut Reader::new(&no_message)).is_err());
    }
}
