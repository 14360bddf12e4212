//! Whole messages: which are accepted, and what survives when they are written again.

mod bind;
mod names;
mod unbound;
mod wire;

use std::collections::BTreeMap;

use nameward_core::wire::{Message, MessageWriter, Opt, Options, ParseError, Section};

use bytes::BytesMut;

use crate::folders::{own, table};

/// What was decided: whether a message of a file, by its name there, is accepted.
fn decisions() -> BTreeMap<(String, String), bool> {
    table(&own("corpora/messages/decisions.tsv"))
        .into_iter()
        .map(|row| {
            let [file, name, verdict, reason] = &row[..] else {
                panic!("four columns: {row:?}")
            };
            assert!(
                !reason.is_empty() && ["accept", "reject"].contains(&verdict.as_str()),
                "{row:?}"
            );
            ((file.clone(), name.clone()), verdict == "accept")
        })
        .collect()
}

/// What a message says, whatever its compression.
#[derive(Debug, PartialEq)]
struct Meaning {
    id: u16,
    flags: u16,
    questions: Vec<String>,
    opt: Option<String>,
    /// The records of each section, in the order of their text: the order of a set means nothing.
    sections: [Vec<String>; 3],
}

fn meaning(message: Message<'_>) -> Result<Meaning, ParseError> {
    let section = |section| {
        let records = message.records(section).map(|record| {
            let rdata = record.to_rdata()?;
            let owner = record.owner.to_name();
            Ok(format!(
                "{owner:?} {} {} {} {:02x?}",
                record.rtype,
                record.class,
                record.ttl,
                rdata.octets()
            ))
        });
        let mut records: Vec<_> = records.collect::<Result<_, _>>()?;
        records.sort();
        Ok(records)
    };
    Ok(Meaning {
        id: message.id(),
        flags: message.flags().0,
        questions: message
            .questions()
            .map(|question| format!("{question:?}"))
            .collect(),
        // The other flags of OPT mean nothing, and are not sent on.
        opt: message.opt().map(|opt| {
            let (payload, rcode, version) = (opt.udp_payload(), opt.extended_rcode(), opt.version());
            format!(
                "{payload} {rcode} {version} {} {:?}",
                opt.dnssec_ok(),
                opt.options()
            )
        }),
        sections: [
            section(Section::Answer)?,
            section(Section::Authority)?,
            section(Section::Additional)?,
        ],
    })
}

/// The same message, written again with our compression.
fn rewritten(message: Message<'_>) -> BytesMut {
    let mut out = BytesMut::new();
    let mut writer = MessageWriter::new(&mut out, u16::MAX, message.id(), message.flags());
    for question in message.questions() {
        writer
            .question(&question.name.to_name(), question.rtype, question.class)
            .expect("a question fits again");
    }
    for section in Section::ALL {
        for record in message.records(section) {
            writer.copy(section, &record).expect("a record fits again");
        }
    }
    if let Some(opt) = message.opt() {
        let mut options = Options::default();
        for option in opt.options() {
            assert!(options.push(option.code, option.data), "an option fits again");
        }
        let again = Opt {
            udp_payload: opt.udp_payload(),
            extended_rcode: opt.extended_rcode(),
            version: opt.version(),
            dnssec_ok: opt.dnssec_ok(),
            options,
        };
        writer.opt(&again).expect("the OPT record fits again");
    }
    writer.finish();
    out
}

/// Why a message does not survive being written again, if it does not.
fn lost(message: Message<'_>) -> Option<String> {
    let before = match meaning(message) {
        Ok(meaning) => meaning,
        // RDATA that breaks the rules of its type has no meaning that could be kept.
        Err(error) => return Some(error.to_string()),
    };
    let out = rewritten(message);
    match Message::parse(&out).and_then(meaning) {
        Ok(after) if after == before => None,
        Ok(after) => Some(format!("{before:?}\nbecame\n{after:?}")),
        Err(error) => Some(format!("what was written again is not read: {error}")),
    }
}
