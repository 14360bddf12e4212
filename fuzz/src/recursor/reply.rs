//! Replies of servers that say anything about a few names.

use arbitrary::{Result, Unstructured};
use bytes::BytesMut;
use nameward_core::wire::{Class, Message, MessageWriter, Rcode, Rdata, Record, Rtype, Section};

/// All names that are asked about and spoken of: few, so that replies are about what was asked, and lead to each other.
pub(super) const NAMES: [&str; 12] = [
    ".",
    "example.",
    "test.",
    "www.example.",
    "a.www.example.",
    "ns.example.",
    "sub.example.",
    "ns.sub.example.",
    "www.test.",
    "ns.test.",
    "sub.test.",
    "ns.sub.test.",
];

/// What records say, by their types.
const RECORDS: [(Rtype, [&str; 4]); 6] = [
    (
        Rtype::NS,
        ["ns.example.", "ns.sub.example.", "ns.test.", "www.test."],
    ),
    (Rtype::A, ["192.0.2.1", "192.0.2.53", "198.51.100.1", "127.0.0.1"]),
    (Rtype::AAAA, ["2001:db8::1", "2001:db8::53", "::1", "fe80::1"]),
    (Rtype::CNAME, ["www.example.", "www.test.", "sub.example.", "."]),
    (Rtype::DNAME, ["sub.example.", "test.", "www.test.", "."]),
    (
        Rtype::SOA,
        [
            "ns.example. h. 1 2 3 4 5",
            ". . 0 0 0 0 0",
            "ns.test. h. 1 2 3 4 5",
            ". . 9 9 9 9 9",
        ],
    ),
];

/// A reply to this query, with the records of the vocabulary; now and then a few octets are wrong.
pub(super) fn reply(source: &mut Unstructured<'_>, query: &[u8]) -> Result<Vec<u8>> {
    let Ok(query) = Message::parse(query) else {
        return Ok(Vec::new());
    };
    let rcode = *source.choose(&[
        Rcode::NOERROR,
        Rcode::NOERROR,
        Rcode::NXDOMAIN,
        Rcode::SERVFAIL,
        Rcode::YXDOMAIN,
    ])?;
    let flags = query.flags().with_qr(true).with_rcode(rcode);
    let flags = flags.with_aa(source.arbitrary()?).with_tc(source.ratio(1, 16)?);
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, query.id(), flags);
    let question = query.question().map(|question| question.to_question());
    if let Some(question) = &question {
        let written = writer.question(&question.name, question.rtype, question.class);
        assert_eq!(written, Ok(()));
    }
    for section in Section::ALL {
        for _ in 0..source.int_in_range(0..=4)? {
            let owner = match &question {
                Some(question) if source.arbitrary()? => question.name.clone(),
                _ => source.choose(&NAMES)?.parse().expect("it is a name"),
            };
            let (rtype, texts) = source.choose(&RECORDS)?;
            let rdata = Rdata::from_text(*rtype, source.choose(texts)?, None);
            let record = Record {
                owner,
                class: Class::IN,
                ttl: 60,
                rdata: rdata.expect("it is in order"),
            };
            assert_eq!(writer.record(section, &record), Ok(()));
        }
    }
    writer.finish();
    let mut message = out.to_vec();
    if source.ratio(1, 8)? {
        let at = source.choose_index(message.len())?;
        message[at] ^= source.arbitrary::<u8>()?;
    }
    Ok(message)
}
