//! How a recording holds names, questions and messages: by their octets.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{Class, Name, Question, Rtype, SharedMessage};
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

    #[test]
    fn damaged_names_and_messages_are_errors() {
        let mut recorded = Vec::new();
        let name: Name = "Example.ORG".parse().unwrap();
        name.encode(&mut recorded);
        assert_eq!(
            Name::decode(&mut Reader::new(&recorded)).map(|name| name.as_wire().to_vec()),
            Ok(name.as_wire().to_vec())
        );
        recorded.pop();
        assert!(Name::decode(&mut Reader::new(&recorded)).is_err());
        let mut no_message = Vec::new();
        Bytes::from_static(b"no message").encode(&mut no_message);
        assert!(SharedMessage::decode(&mut Reader::new(&no_message)).is_err());
    }
}
