//! How far long work has come, for who waits at a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// What is done faster than anybody reads needs no bar.
const FEW: u64 = 1_000;

/// A bar on standard error, which vanishes when the work is done. It is not there if standard error is no terminal.
#[derive(Clone)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Work of so many steps, of which none is done.
    pub(super) fn new(what: &'static str, steps: u64) -> Self {
        let target = if steps < FEW {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(steps), target).with_finish(ProgressFinish::AndClear);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}");
        // Invariant: the template is in order, as each use shows.
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar.with_message(what))
    }

    /// One more step is done.
    pub(super) fn step(&self) {
        self.0.inc(1);
    }
}
