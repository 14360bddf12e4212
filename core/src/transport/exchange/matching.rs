//! Whether a message is the response to a question (RFC 5452 section 9.1). Flow and ID are the business of those who own them.

use crate::edns::Cookie;
use crate::machine::Ignored;
use crate::planted::planted;
use crate::wire::{Header, Message, Opcode, Question, Rcode, Section};

/// Whether every field that a response repeats is as in the question; `exact` asks for the case of letters too.
pub(super) fn check(message: Message<'_>, asked: &Question, exact: bool) -> Result<(), Ignored> {
    if planted!(MatchedOnIdAlone) {
        return Ok(());
    }
    if !message.flags().qr() {
        return Err(Ignored::NotAResponse);
    }
    if message.opcode() != Opcode::QUERY {
        return Err(Ignored::WrongOpcode);
    }
    match message.question() {
        Some(question) if question.repeats(asked) => Ok(()),
        Some(question) if (!exact || planted!(CaseIgnored)) && question.to_question() == *asked => Ok(()),
        None if is_bare_error(message) => Ok(()),
        _ => Err(Ignored::WrongQuestion),
    }
}

/// Whether what cannot be read says of itself that it was cut off: the ID was right already.
pub(super) fn says_truncated(data: &[u8]) -> bool {
    Header::parse(data).is_ok_and(|header| header.flags.qr() && header.flags.tc())
}

/// What a reply says about cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CookieCheck<'a> {
    /// It has ours, and the server's beside it, which may be empty.
    Verified(&'a [u8]),
    /// It has none.
    Absent,
    /// It has one that cannot be for us.
    Wrong,
}

/// Looks for the cookie that we sent (RFC 7873 section 5.3).
pub(super) fn cookie(message: Message<'_>, sent: [u8; 8]) -> CookieCheck<'_> {
    match message.opt().and_then(|opt| opt.options().first::<Cookie<'_>>()) {
        None => CookieCheck::Absent,
        Some(Ok(cookie)) if cookie.client == sent => CookieCheck::Verified(cookie.server),
        Some(_) => CookieCheck::Wrong,
    }
}

/// An error that does not repeat the question, as servers send that could not read it or do not want to. It says nothing
/// but its RCODE.
fn is_bare_error(message: Message<'_>) -> bool {
    message.question_count() == 0
        && ![Rcode::NOERROR, Rcode::NXDOMAIN].contains(&message.rcode())
        && Section::ALL
            .into_iter()
            .all(|section| message.records(section).next().is_none())
}
