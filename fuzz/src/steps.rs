//! Work that is bounded by its steps: those that the core counts in its own tests, such as a label, a pointer or an octet of text.

/// Does some work, which takes at most so many steps. They are counted under `cfg(fuzzing)` only, which `fuzz/run` sets.
pub(crate) fn at_most<T>(most: usize, work: impl FnOnce() -> T) -> T {
    #[cfg(fuzzing)]
    let work = || {
        let (result, steps) = nameward_core::wire::steps::counted(work);
        assert!(steps <= most as u64, "{steps} steps, and {most} are enough");
        result
    };
    let _ = most;
    work()
}
