//! Counts steps, so that tests can bound work without a clock.
//!
//! The module is there for the tests of this crate, and under the compiler cfgs `planted` and
//! `fuzzing` for those of others.

std::thread_local! {
    static STEPS: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

/// One step more: a label or a pointer of a name, a comparison of two labels, an octet of a text or a group of them.
pub(crate) fn step() {
    STEPS.set(STEPS.get().wrapping_add(1));
}

/// What `work` returns, and how many steps it took on this thread.
pub fn counted<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = STEPS.get();
    let result = work();
    (result, STEPS.get().wrapping_sub(before))
}
