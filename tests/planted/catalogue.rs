//! Every bug, with the invariant that must report it.

use nameward_core::planted::Bug;
use nameward_tests::{internet, recursion, scenario, serving};

use crate::hunt::hunt;
use crate::{logging, proofs, responses, signatures, transactions};

/// What questions to one server show.
const OF_QUESTIONS: [(Bug, &str); 8] = [
    (Bug::PredictableIds, "INV-1:"),
    (Bug::MalformedReplyEndsQuestion, "INV-11:"),
    (Bug::MatchedOnIdAlone, "INV-1:"),
    (Bug::TakenAfterClose, "INV-1:"),
    (Bug::BudgetRefilledOnRetry, "INV-11:"),
    (Bug::CaseIgnored, "INV-1:"),
    (Bug::TruncatedIsFinal, "INV-1:"),
    (Bug::CancelLeavesFlow, "INV-15:"),
];

/// What look-ups of a stub show.
const OF_LOOKUPS: [(Bug, &str); 14] = [
    (Bug::MatchedOnIdAlone, "INV-1:"),
    (Bug::CaseIgnored, "INV-1:"),
    (Bug::TruncatedIsFinal, "INV-1:"),
    (Bug::BudgetRefilledOnRetry, "INV-6:"),
    (Bug::LearntFromOneReply, "S6:"),
    (Bug::NearMissesTolerated, "S4:"),
    (Bug::KeepaliveIgnored, "RFC 7828:"),
    (Bug::AdCopied, "INV-20:"),
    (Bug::FetchGetsFullBudget, "INV-6:"),
    (Bug::EqualAskedApart, "INV-2:"),
    (Bug::CancelLeavesFetch, "INV-15:"),
    (Bug::AliasTtlIgnored, "INV-9:"),
    (Bug::AliasBelievedBeyondRoute, "INV-1:"),
    (Bug::SpecialNameAsked, "INV-17:"),
];

/// What a recursor shows among hostile servers.
const OF_RECURSION: [(Bug, &str); 3] = [
    (Bug::GlueBelievedFromElsewhere, "INV-4:"),
    (Bug::AnswerBelievedFromElsewhere, "INV-4:"),
    (Bug::ServerGetsFullBudget, "INV-6:"),
];

/// What a server with all its layers shows.
const OF_SERVING: [(Bug, &str); 7] = [
    (Bug::ResponseAnswered, "P11:"),
    (Bug::PayloadUnasked, "INV-7:"),
    (Bug::ForwardedTogether, "INV-14:"),
    (Bug::ZonesForwarded, "INV-17:"),
    (Bug::ForwardedForAll, "INV-17:"),
    (Bug::StreamKeepsPlace, "INV-15:"),
    (Bug::RefusedWaits, "INV-18:"),
];

/// One test, because one bug at a time is planted in the whole process.
#[test]
fn every_planted_bug_is_found_by_its_invariant_and_shrinks_and_nothing_is_found_without_one() {
    responses::hunt();
    proofs::hunt();
    signatures::hunt();
    transactions::hunt();
    logging::hunt();
    hunt::<scenario::Plan>(&OF_QUESTIONS);
    hunt::<internet::Plan>(&OF_LOOKUPS);
    hunt::<recursion::Plan>(&OF_RECURSION);
    hunt::<serving::Plan>(&OF_SERVING);
}
