//! What is wrong with a message: which rule it breaks, where, who made the rule, and what a server owes for it.

use nameward_core::edns::{OptionErrorKind, Refusal, Violation, ViolationKind, violations};
use nameward_core::machine::Proto;
use nameward_core::wire::{Message, OptionCode, ParseError, ParseErrorKind, Rcode, Section};

/// Something that is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Octets from the start of the message.
    pub(super) offset: usize,
    /// Whether a part of the message cannot be read because of it.
    pub(super) broken: bool,
    /// What it is, in one sentence.
    pub(super) sentence: String,
}

/// What is wrong with these octets, in order: what makes them no message; or RDATA that breaks a rule of its type, and what
/// breaks the protocol in the OPT record. Nobody knows how the octets came, so that nothing is said about what belongs to
/// streams only.
pub(super) fn findings(octets: &[u8]) -> Vec<Finding> {
    let message = match Message::parse(octets) {
        Ok(message) => message,
        Err(error) => {
            let owed = Refusal::of(octets, error).map(Refusal::rcode);
            // What a `ParseError` tells of places ends with 65 535, and so does what can be a message.
            return vec![Finding::of_error(error, owed)];
        }
    };
    let mut findings: Vec<Finding> = Section::ALL
        .into_iter()
        .flat_map(|section| message.records(section))
        .filter_map(|record| record.to_rdata().err())
        .map(|error| Finding::of_error(error, None))
        .chain(violations(message, Proto::Stream).map(Finding::of_violation))
        .collect();
    findings.sort_by_key(|finding| finding.offset);
    findings
}

impl Finding {
    fn of_error(error: ParseError, owed: Option<Rcode>) -> Self {
        Self::new(&error, error.offset(), true, clause_of_error(error.kind()), owed)
    }

    fn of_violation(violation: Violation) -> Self {
        let clause = clause_of_violation(violation.kind());
        Self::new(&violation, violation.offset(), false, clause, violation.owed())
    }

    fn new(
        what: &impl ToString,
        offset: u16,
        broken: bool,
        clause: Option<&str>,
        owed: Option<Rcode>,
    ) -> Self {
        let mut sentence = what.to_string();
        if let Some(clause) = clause {
            sentence += &format!(" ({clause})");
        }
        if let Some(owed) = owed {
            sentence += &format!("; a server owes {owed}");
        }
        Self {
            offset: offset.into(),
            broken,
            sentence,
        }
    }
}

/// Which clause a message breaks, or that only a limit of this program is exceeded.
fn clause_of_error(kind: ParseErrorKind) -> Option<&'static str> {
    Some(match kind {
        ParseErrorKind::Short | ParseErrorKind::TrailingOctets => "RFC 1035 section 4.1",
        ParseErrorKind::MessageTooLong => "RFC 1035 section 4.2.2",
        ParseErrorKind::LabelType | ParseErrorKind::PointerNotBackwards => "RFC 1035 section 4.1.4",
        ParseErrorKind::NameTooLong => "RFC 1035 section 2.3.4",
        ParseErrorKind::PointerOutOfPlace => "RFC 3597 section 4",
        ParseErrorKind::RdataShort | ParseErrorKind::RdataLong => "RFC 1035 section 3.2.1",
        ParseErrorKind::OptOutOfPlace | ParseErrorKind::SecondOpt => "RFC 6891 section 6.1.1",
        ParseErrorKind::OptOwner => "RFC 6891 section 6.1.2",
        ParseErrorKind::TooManyPointers | ParseErrorKind::PointerBudget | ParseErrorKind::TooManyOptions => {
            "a limit of this program"
        }
        _ => return None,
    })
}

fn clause_of_violation(kind: ViolationKind) -> Option<&'static str> {
    Some(match kind {
        ViolationKind::Version(_) => "RFC 6891 section 6.1.3",
        ViolationKind::Malformed(error) => match error.kind {
            OptionErrorKind::ServerCookieLength => "RFC 7873 section 4",
            OptionErrorKind::PrefixLength | OptionErrorKind::AddressLength | OptionErrorKind::AddressBits => {
                "RFC 7871 section 6"
            }
            _ => return clause_of_option(error.code),
        },
        ViolationKind::ScopeInQuery => "RFC 7871 section 6",
        ViolationKind::Repeated(code)
        | ViolationKind::ValueInQuery(code)
        | ViolationKind::ResponsesOnly(code) => {
            return clause_of_option(code);
        }
        _ => return None,
    })
}

/// Which clause says what an option looks like.
fn clause_of_option(code: OptionCode) -> Option<&'static str> {
    Some(match code {
        OptionCode::LLQ => "RFC 8764 section 3.2",
        OptionCode::UL => "RFC 9664 section 4",
        OptionCode::CLIENT_SUBNET => "RFC 7871 section 6",
        OptionCode::EXPIRE => "RFC 7314 section 2",
        OptionCode::COOKIE => "RFC 7873 section 4",
        OptionCode::TCP_KEEPALIVE => "RFC 7828 section 3.1",
        OptionCode::CHAIN => "RFC 7901 section 4",
        OptionCode::KEY_TAG => "RFC 8145 section 4.1",
        OptionCode::EDE => "RFC 8914 section 2",
        OptionCode::REPORT_CHANNEL => "RFC 9567 section 5",
        OptionCode::ZONEVERSION => "RFC 9660 section 2",
        _ => return None,
    })
}
