use super::*;
use data_encoding::HEXLOWER_PERMISSIVE;
use nameward_core::wire::{Rtype, Section};
use proptest::prelude::*;
use serde_json::{Value, json};

fn octets(hex: &str) -> Vec<u8> {
    HEXLOWER_PERMISSIVE
        .decode(hex.replace(' ', "").as_bytes())
        .unwrap()
}

fn parsed(octets: &[u8]) -> Value {
    let message = Message::parse(octets).unwrap();
    let header = Header::parse(octets).unwrap();
    serde_json::from_str(&decoded(octets, Some((header, message)), None).unwrap()).unwrap()
}

/// Each member of `expected` is in `found`, with this value.
fn assert_has(found: &Value, expected: &Value) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            for (name, value) in expected {
                assert_has(found.get(name).unwrap_or_else(|| panic!("no {name}")), value);
            }
        }
        (Value::Array(found), Value::Array(expected)) => {
            assert_eq!(found.len(), expected.len());
            found
                .iter()
                .zip(expected)
                .for_each(|(found, expected)| assert_has(found, expected));
        }
        _ => assert_eq!(found, expected),
    }
}

/// The RFC's example of a response has these members. It leaves out the question that it counts; here is one.
#[test]
fn rfc8427_example_is_what_its_message_gives() {
    let message = octets(
        "8010 8400 0001 0002 0001 0000 07 6578616d706c65 03 636f6d 00 0001 0001 \
         c00c 0001 0001 00000e10 0004 c0000201 c00c 0001 0001 00000e10 0004 c000aa01 \
         02 6e73 c00c 0001 0001 00007080 0004 cb007181",
    );
    let expected = json!({
        "ID": 32784, "QR": true, "AA": true, "RCODE": 0,
        "QDCOUNT": 1, "ANCOUNT": 2, "NSCOUNT": 1, "ARCOUNT": 0,
        "answerRRs": [
            { "NAME": "example.com.", "TYPE": 1, "CLASS": 1, "TTL": 3600, "RDATAHEX": "C0000201" },
            { "NAME": "example.com.", "TYPE": 1, "CLASS": 1, "TTL": 3600, "RDATAHEX": "C000AA01" },
        ],
        "authorityRRs": [
            { "NAME": "ns.example.com.", "TYPE": 1, "CLASS": 1, "TTL": 28800, "RDATAHEX": "CB007181" },
        ],
    });
    assert_has(&parsed(&message), &expected);
}

#[test]
fn rfc8427_2_members_have_the_names_and_types_of_the_rfc() {
    // An update for class CH; a compressed name; a TTL with the highest bit set; BADVERS in the OPT record.
    let message = octets(
        "1234 abb0 0001 0001 0000 0001 02 615c 00 00ff 0003 \
         c00c 000f 0001 ffffffff 0006 000a 01 6d c00c 00 0029 04d0 01 00 8000 0000",
    );
    let found = parsed(&message);
    let expected = json!({
        "ID": 4660, "QR": true, "Opcode": 5, "AA": false, "TC": true, "RD": true,
        "RA": true, "AD": true, "CD": true, "RCODE": 0,
        "QNAME": "a\\\\.", "QTYPE": 255, "QTYPEname": "ANY", "QCLASS": 3, "QCLASSname": "CH",
        "answerRRs": [{
            "NAME": "a\\\\.", "TYPE": 15, "TYPEname": "MX", "CLASS": 1, "CLASSname": "IN", "TTL": -1,
            "RDLENGTH": 8, "RDATAHEX": "000A016D02615C00", "rdataMX": "10 m.a\\\\.",
        }],
        "additionalRRs": [{
            "NAME": ".", "TYPE": 41, "TYPEname": "OPT", "CLASS": 1232, "CLASSname": "CLASS1232",
            "TTL": 16_809_984, "RDLENGTH": 0, "RDATAHEX": "",
        }],
        "messageOctetsHEX": HEXUPPER.encode(&message),
    });
    assert_has(&found, &expected);
    assert!(found.get("questionRRs").is_none() && found.get("authorityRRs").is_none());
}

#[test]
fn a_message_that_cannot_be_read_is_its_octets_and_what_is_wrong() {
    let text = decoded(b"\x01\x02", None, Some("too short".to_owned())).unwrap();
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        found,
        json!({ "messageOctetsHEX": "0102", "comment": "too short" })
    );
}

proptest! {
    /// The octets of RDATA and those of the message survive, whatever they are, and what is printed is JSON.
    #[test]
    fn any_rdata_of_any_type_survives(rtype: u16, class in 0_u16..5, rdata in prop::collection::vec(any::<u8>(), 0..60)) {
        prop_assume!(rtype != Rtype::OPT.0);
        let mut message = octets("0000 8000 0000 0001 0000 0000 00");
        message.extend(rtype.to_be_bytes());
        message.extend(class.to_be_bytes());
        message.extend([0, 0, 0, 1, 0, u8::try_from(rdata.len()).unwrap()]);
        message.extend(&rdata);
        let found = parsed(&message);
        let record = Message::parse(&message).unwrap().records(Section::Answer).next().unwrap();
        let expected = record.to_rdata().map_or(rdata, |rdata| rdata.octets().to_vec());
        prop_assert_eq!(&found["messageOctetsHEX"], &json!(HEXUPPER.encode(&message)));
        prop_assert_eq!(&found["answerRRs"][0]["RDATAHEX"], &json!(HEXUPPER.encode(&expected)));
        prop_assert_eq!(&found["answerRRs"][0]["RDLENGTH"], &json!(expected.len()));
    }
}
