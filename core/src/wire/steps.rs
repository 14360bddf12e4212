//! Counts steps, so that tests can bound work without a clock.

std::thread_local! {
    static STEPS: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

/// One step more: a label or a pointer of a name, a comparison of two labels, an octet of a text or a group of them.
pub(crate) fn step() {
    STEPS.set(STEPS.get() + 1);
}

/// What `work` returns, and how many steps it took.
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = STEPS.get();
    let result = work();
    (result, STEPS.get() - before)
}
