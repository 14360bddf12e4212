//! Runs that break a rule, and those that broke one once.

use std::fmt::Debug;
use std::str::FromStr;

use nameward_sim::{Case, Script, Violation, shrink};

/// What came of a run.
///
/// # Panics
///
/// The run broke a rule. The message ends with the smallest script that breaks the same one, to be kept in `regressions`.
pub(crate) fn or_panic<T, C: Case>(ran: Result<T, Violation>, case: C) -> T {
    ran.unwrap_or_else(|violation| {
        let smallest = match shrink(case) {
            Some(shrunk) => format!("{}\n\n{}", shrunk.violation, shrunk.script),
            None => "the second time no rule is broken: INV-16".into(),
        };
        panic!("{violation}\n\n{smallest}")
    })
}

/// Runs scripts, each with what went wrong in it.
///
/// # Panics
///
/// One breaks a rule again, or is no script.
pub(crate) fn assert_fixed<C: Case + FromStr<Err: Debug>>(scripts: &[(&str, &str)]) {
    assert!(!scripts.is_empty());
    for (name, text) in scripts {
        let script: Script<C> = text.parse().unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let violation = script.run().violation;
        assert!(violation.is_none(), "{name}: {violation:?}");
    }
}
