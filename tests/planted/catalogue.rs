//! Every bug, with the invariant that must report it.

use nameward_core::planted::Bug;
use nameward_tests::{internet, scenario};

use crate::hunt::hunt;
use crate::{proofs, recursion, responses, signatures, transactions};

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

/// One test, because one bug at a time is planted in the whole process.
#[test]
fn every_planted_bug_is_found_by_its_invariant_and_shrinks_and_nothing_is_found_without_one() {
    responses::hunt();
    proofs::hunt();
    signatures::hunt();
    transactions::hunt();
    recursion::hunt();
    hunt::<scenario::Plan>(&OF_QUESTIONS);
    hunt::<internet::Plan>(&OF_LOOKUPS);
}
