//! Octets from the network: whatever they are, they are refused with a place, or everything in them can be looked at; and which
//! of both it is a naive reader says, too.

mod naive;

use std::collections::BTreeSet;

use bytes::Bytes;
use nameward_core::edns::{Refusal, ViolationKind, violations};
use nameward_core::machine::Proto;
use nameward_core::rrset::TtlRule;
use nameward_core::wire::{Message, Name, NameRef, ParseError, RecordRef, Rtype, Section, SharedMessage};

use crate::rdata::rebuilt_from_message;
use crate::steps::at_most;

/// Checks `data` as a message, and walks along all of it.
pub fn body(data: &[u8]) {
    let expected = naive::names(data);
    // An owner takes eleven octets, and 128 labels and 127 pointers at most.
    let message = match at_most(400 + 24 * data.len(), || Message::parse(data)) {
        Ok(message) => message,
        Err(error) => {
            assert_eq!(expected, None, "{error}");
            return refused(data, error);
        }
    };
    let questions = message.questions().map(|question| question.name);
    let records = Section::ALL
        .into_iter()
        .flat_map(|section| message.records(section));
    let names = questions.chain(records.map(|record| record.owner));
    let names: Vec<_> = names.map(|name| name.to_name().as_wire().to_vec()).collect();
    assert_eq!(Some(names), expected);
    let shared = SharedMessage::parse(Bytes::copy_from_slice(data)).expect("both check alike");
    assert_eq!(shared.view().as_bytes(), message.as_bytes());
    assert_eq!(message.as_bytes(), data);
    assert_eq!(message.questions().count(), usize::from(message.question_count()));
    for question in message.questions() {
        check_name(question.name);
        assert!(question.repeats(&question.to_question()));
    }
    check_opt(message);
    for section in Section::ALL {
        let opt = section == Section::Additional && message.opt().is_some();
        let count = message.records(section).count();
        assert_eq!(
            count + usize::from(opt),
            usize::from(message.record_count(section))
        );
        message.records(section).for_each(check_record);
        check_rrsets(message, section);
    }
    assert!(!format!("{message:?}").is_empty());
}

/// A refusal names a place in the message, and a server that answers it repeats nothing but the header.
fn refused(data: &[u8], error: ParseError) {
    assert!(usize::from(error.offset()) <= data.len(), "{error}");
    if let Some(refusal) = Refusal::of(data, error) {
        let octets = refusal.to_octets();
        let response = Message::parse(&octets).expect("what we send can be read");
        assert!(response.flags().qr() && response.as_bytes()[..2] == data[..2]);
        assert_eq!(response.rcode(), refusal.rcode());
    }
}

fn check_name(name: NameRef<'_>) {
    let owned = name.to_name();
    assert!(name == owned && name.same_octets(&owned));
    assert_eq!(
        Name::from_wire(owned.as_wire()).map(|name| name.as_wire().to_vec()),
        Ok(owned.as_wire().to_vec())
    );
    assert_eq!(usize::from(name.wire_len()), owned.as_wire().len());
    assert!(name.labels().eq(owned.labels()));
}

fn check_record(record: RecordRef<'_>) {
    check_name(record.owner);
    assert!(record.to_string().contains(&record.class.to_string()));
    match record.to_record() {
        Ok(owned) => {
            // What is known of a type in another class says nothing here, nor of an update that has no RDATA.
            if let Some(rebuilt) = rebuilt_from_message(&record) {
                assert_eq!(rebuilt, owned.rdata);
            }
            if !record.rdata_octets().is_empty() {
                assert_eq!(owned.to_string(), record.to_string());
            }
        }
        Err(error) => {
            assert!(
                rebuilt_from_message(&record).is_none(),
                "{error}, and there is a view"
            );
            let unknown = format!("\\# {}", record.rdata_octets().len());
            assert!(record.rdata_text().to_string().starts_with(&unknown));
        }
    }
}

fn check_opt(message: Message<'_>) {
    // Where something can be wrong: at the OPT record, or at one of its options.
    let mut places = Vec::from_iter(message.opt_offset());
    let mut at = message.opt_offset().unwrap_or(0) + 11;
    for option in message.opt().into_iter().flat_map(|opt| opt.options()) {
        places.push(at);
        at += option.data.len() as u16 + 4;
    }
    for proto in [Proto::Datagram, Proto::Stream] {
        let found: Vec<_> = violations(message, proto).collect();
        let offsets: Vec<_> = found.iter().map(|violation| violation.offset()).collect();
        assert!(
            offsets.is_sorted() && offsets.iter().all(|offset| places.contains(offset)),
            "{found:?}"
        );
        for violation in found {
            assert!(
                violation.owed().is_none() || !message.flags().qr(),
                "something is owed to a response"
            );
            assert!(!matches!(violation.kind(), ViolationKind::Unreadable(_)));
        }
    }
    if let Some(opt) = message.opt() {
        assert!(opt.text().to_string().starts_with("; EDNS: version: "));
        assert!(opt.options().count() <= 100 || opt.version() > 0);
        assert_eq!(message.rcode().split().1, opt.extended_rcode());
    }
}

/// Each record is in exactly one set, in order, and the sets differ.
fn check_rrsets(message: Message<'_>, section: Section) {
    let sets = message.rrsets(section);
    let mut keys = BTreeSet::new();
    let mut members = 0;
    for set in sets.iter() {
        let (owner, class, rtype) = (set.owner().to_name(), set.class(), set.rtype());
        for record in set.records().chain(set.signatures()) {
            members += 1;
            assert!(record.owner == owner && record.class == class);
        }
        assert!(set.records().all(|record| record.rtype == rtype));
        assert!(set.signatures().all(|record| record.rtype == Rtype::RRSIG));
        if let Ok(owned) = set.to_rrset(TtlRule::Lowest) {
            assert!(owned.len() <= set.records().len());
            assert!(
                owned
                    .canonical_rdata()
                    .windows(2)
                    .all(|pair| pair[0].canonical_cmp(&pair[1]).is_lt())
            );
            assert!(owned.rdata().all(|rdata| owned.contains(&rdata)));
        }
        let _ = (set.ttl(TtlRule::Strict), set.to_signatures(TtlRule::Lowest));
        let found = sets.get(&owner, class, rtype).expect("a set is found by its key");
        assert!(found.records().len() == set.records().len());
        assert!(keys.insert((owner, class, rtype)), "two sets have the same key");
    }
    assert_eq!(members, message.records(section).count());
}
