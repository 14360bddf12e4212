//! A response, in a form in which two can be compared.

use std::collections::BTreeSet;

use nameward_core::wire::{Message, OwnedMessage, Record, Rtype, Section};

/// What a response says, without regard to order and case.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) rcode: String,
    pub(crate) aa: bool,
    pub(crate) tc: bool,
    /// Whether there is an OPT record, and what DO is in it.
    pub(crate) edns: Option<bool>,
    pub(crate) answer: BTreeSet<String>,
    pub(crate) authority: BTreeSet<String>,
    /// The addresses in the additional section that a referral cannot do without (RFC 9471 section 2.1).
    pub(crate) glue: BTreeSet<String>,
    /// What else is there, which only helps.
    pub(crate) additional: BTreeSet<String>,
}

impl Reply {
    /// Reads a response. Left out are the name servers that an answer does not need.
    pub(crate) fn read(octets: &[u8]) -> Self {
        let message = Message::parse(octets).unwrap();
        let (flags, rcode) = (message.flags(), message.rcode().to_string());
        let edns = message.opt().map(|opt| opt.dnssec_ok());
        let message = OwnedMessage::try_from(message).unwrap();
        let [answer, authority, additional] = Section::ALL.map(|section| message.records(section));
        let answered =
            flags.aa() && !authority.iter().any(|record| record.rtype() == Rtype::SOA) && !answer.is_empty();
        let set = |records: &[Record], keep: &dyn Fn(Rtype) -> bool| -> BTreeSet<String> {
            let kept = records.iter().filter(|record| keep(subject(record)));
            let lines: Vec<String> = kept
                .map(|record| record.to_canonical(record.ttl).to_string())
                .collect();
            let set: BTreeSet<String> = lines.iter().cloned().collect();
            assert_eq!(
                set.len(),
                lines.len(),
                "RFC 2181 section 5: a record comes twice: {lines:?}"
            );
            set
        };
        let cut = authority
            .iter()
            .find(|record| record.rtype() == Rtype::NS && !answered);
        let is_glue = |record: &Record| cut.is_some_and(|cut| record.owner.is_subdomain_of(&cut.owner));
        let (glue, additional): (Vec<_>, Vec<_>) = additional.iter().cloned().partition(is_glue);
        Self {
            rcode,
            aa: flags.aa(),
            tc: flags.tc(),
            edns,
            answer: set(answer, &|_| true),
            authority: set(authority, &|rtype| match rtype {
                Rtype::NS => !answered,
                _ => true,
            }),
            glue: set(&glue, &|_| true),
            additional: set(&additional, &|_| true),
        }
    }
}

/// The type of a record, or that which it is the signature of.
fn subject(record: &Record) -> Rtype {
    match (record.rtype(), record.rdata.octets()) {
        (Rtype::RRSIG, [high, low, ..]) => Rtype(u16::from_be_bytes([*high, *low])),
        (rtype, _) => rtype,
    }
}
