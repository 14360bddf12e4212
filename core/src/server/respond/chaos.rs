//! What a server tells about itself, in class CH (RFC 4892).

use super::policy::Checked;
use crate::server::answer::Outcome;
use crate::wire::{Class, MessageWriter, QuestionRef, Rcode, Rtype, Section};

/// Names that ask for the version, in wire form.
const VERSION: [&[u8]; 2] = [b"\x07version\x04bind\x00", b"\x07version\x06server\x00"];

/// Names that ask who the server is, in wire form.
const IDENTITY: [&[u8]; 2] = [b"\x02id\x06server\x00", b"\x08hostname\x04bind\x00"];

/// Answers a question about this server; none if it is about something else, or if nothing is to be told.
pub(super) fn answer(
    policy: &Checked,
    question: QuestionRef<'_>,
    out: &mut MessageWriter<'_>,
) -> Option<Outcome> {
    if !matches!(question.rtype, Rtype::TXT | Rtype::ANY) {
        return None;
    }
    let is_one = |names: [&[u8]; 2]| {
        question
            .name
            .with_wire(|wire| names.iter().any(|name| name.eq_ignore_ascii_case(wire)))
    };
    let text = if is_one(VERSION) {
        policy.version.as_deref()?
    } else if is_one(IDENTITY) {
        policy.identity.as_deref()?
    } else {
        return None;
    };
    let written = out.records(Section::Answer, question.name, Rtype::TXT, Class::CH, 0, [text]);
    debug_assert_eq!(written, Ok(()), "a short name leaves room for one text");
    Some(Outcome {
        authoritative: true,
        ..Outcome::bare(Rcode::NOERROR)
    })
}
