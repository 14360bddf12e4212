//! Counts steps, so that tests and fuzzing can bound work without a clock. The module is there under `cfg(test)` and
//! `cfg(fuzzing)` only.

std::thread_local! {
    static STEPS: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

/// One step more: a label or a pointer of a name, a comparison of two labels, an octet of a text or a group of them.
pub fn step() {
    STEPS.set(STEPS.get() + 1);
}

/// What `work` returns, and how many steps it took.
pub fn counted<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = STEPS.get();
    let result = work();
    (result, STEPS.get() - before)
}
