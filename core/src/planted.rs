//! Bugs that are planted on purpose, to prove that the tests find them.
//!
//! The module holds code only under the compiler cfg `planted`, which no cargo feature can set. Then a test chooses one bug
//! at a time and requires that the simulation reports the invariant that the bug breaks.

/// Whether this planted bug is active. `false`, and nothing else, in every build but that of the tests that look for it.
macro_rules! planted {
    ($bug:ident) => {{
        #[cfg(planted)]
        let active = $crate::planted::is_active($crate::planted::Bug::$bug);
        #[cfg(not(planted))]
        let active = false;
        active
    }};
}
pub(crate) use planted;

/// A bug of the catalogue.
#[cfg(planted)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// Message IDs come from a linear congruential generator of 32 bits, so that one tells the next.
    PredictableIds = 1,
    /// A reply that cannot be parsed ends the question.
    MalformedReplyEndsQuestion,
    /// A reply is matched on its message ID alone.
    MatchedOnIdAlone,
    /// A packet that arrives after its flow was closed is taken.
    TakenAfterClose,
    /// Each retry starts with a full budget.
    BudgetRefilledOnRetry,
    /// The letters of a question are compared without their case.
    CaseIgnored,
    /// A truncated reply is the answer.
    TruncatedIsFinal,
    /// One reply that anybody may have sent teaches a habit of the server.
    LearntFromOneReply,
    /// Wrong guesses on a flow lead nowhere.
    NearMissesTolerated,
    /// A cancelled question leaves its stream open.
    CancelLeavesFlow,
    /// How long a server wants to keep a connection is ignored.
    KeepaliveIgnored,
    /// The AD bit of any server is believed.
    AdCopied,
    /// What a look-up fetches gets a full budget in place of a share.
    FetchGetsFullBudget,
    /// Equal questions are asked each for itself.
    EqualAskedApart,
    /// What nobody waits for any more is fetched nevertheless.
    CancelLeavesFetch,
    /// How long an alias is valid does not count.
    AliasTtlIgnored,
    /// A server is believed about names that others are asked about.
    AliasBelievedBeyondRoute,
    /// Servers are asked about names that mean something special.
    SpecialNameAsked,
    /// What is itself a response is answered.
    ResponseAnswered,
    /// A datagram to a client that said nothing of its size is as long as one to others.
    PayloadUnasked,
    /// The address of a server is believed of whoever refers to it, whosever name that is.
    GlueBelievedFromElsewhere,
    /// A server is believed about names outside the zone that it was asked for.
    AnswerBelievedFromElsewhere,
    /// Looking for the address of a server gets a full budget in place of a share.
    ServerGetsFullBudget,
    /// What a wildcard stands for is answered without the proof that there is nothing else.
    WildcardUnproved,
    /// A proof for which there is no room is left out in silence.
    ProofOptional,
    /// A request is carried out whenever it was signed.
    SignedAnyTime,
    /// An authentication code is cut as short as its sender likes.
    CodeCutShort,
    /// The response to one request is as good for another.
    ResponseUnbound,
    /// The last messages of a long response need no signature.
    UnsignedEnd,
    /// Anybody's key signs for everybody.
    SignerOutside,
    /// A signature that has expired is good.
    ExpiredSignature,
    /// A set is kept for longer than its signature says.
    SignedTtlIgnored,
    /// A set that was made from a wildcard is taken for one that was signed as it is.
    WildcardForgotten,
    /// Signatures that are wrong cost nothing more than right ones.
    FailuresUncounted,
    /// Whoever asks other servers something while they are being asked gets the answer to what was asked first.
    ForwardedTogether,
    /// Other servers are asked about names that a zone has.
    ZonesForwarded,
    /// Other servers are asked for clients who may not have answers of theirs.
    ForwardedForAll,
    /// A stream that has ended keeps its place among those of its client.
    StreamKeepsPlace,
    /// A request that is refused takes the place of one that waits.
    RefusedWaits,
    /// What a line of a log says stands there as it is.
    LoggedRaw,
}

#[cfg(planted)]
static ACTIVE: core::sync::atomic::AtomicU8 = core::sync::atomic::AtomicU8::new(0);

#[cfg(planted)]
static GENERATOR: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(0);

/// Activates one bug, or none. `start` begins the generator of [`Bug::PredictableIds`].
#[cfg(planted)]
pub fn activate(bug: Option<Bug>, start: u32) {
    GENERATOR.store(start, core::sync::atomic::Ordering::SeqCst);
    ACTIVE.store(
        bug.map_or(0, |bug| bug as u8),
        core::sync::atomic::Ordering::SeqCst,
    );
}

/// Whether this bug is the active one.
#[cfg(planted)]
pub fn is_active(bug: Bug) -> bool {
    ACTIVE.load(core::sync::atomic::Ordering::SeqCst) == bug as u8
}

/// One step of a linear congruential generator: the state that three outputs in a row give away.
#[cfg(planted)]
pub const fn predictable_step(state: u32) -> u32 {
    state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)
}

#[cfg(planted)]
pub(crate) fn predictable_id() -> u16 {
    let state = predictable_step(GENERATOR.load(core::sync::atomic::Ordering::SeqCst));
    GENERATOR.store(state, core::sync::atomic::Ordering::SeqCst);
    let [a, b, _, _] = state.to_be_bytes();
    u16::from_be_bytes([a, b])
}
