//! Instructions and allocations, counted by Valgrind, which gives the same numbers on a machine of any load.

use std::env::current_exe;
use std::process::Command;

use crate::contestants::Measure;

/// What is counted for one contestant.
#[derive(Clone, Copy)]
pub(crate) enum Count {
    /// Instructions that were carried out.
    Instructions,
    /// Allocations, growth of one among them.
    Allocations,
}

/// How often something is done in the two runs that are compared, so that start and end of the program cancel out.
const TIMES: [u32; 2] = [100, 600];

impl Count {
    /// How many there are each time. None if Valgrind cannot be run, or says something else than it used to.
    pub(crate) fn of(self, measure: Measure, contestant: &str, sample: &str) -> Option<f64> {
        let [few, many] = TIMES;
        let counted =
            |times: u32| self.total(&["run", measure.name(), contestant, sample, &times.to_string()]);
        let difference = counted(many)?.checked_sub(counted(few)?)?;
        Some(difference as f64 / f64::from(many - few))
    }

    /// How many there are when this program is run with these arguments.
    pub(crate) fn total(self, arguments: &[&str]) -> Option<u64> {
        let (options, before, after) = match self {
            Self::Instructions => (
                &["--tool=callgrind", "--callgrind-out-file=/dev/null"][..],
                "Collected : ",
                "\n",
            ),
            Self::Allocations => (&["--leak-check=no"][..], "total heap usage: ", " allocs"),
        };
        let run = Command::new("valgrind")
            .args(options)
            .arg(current_exe().ok()?)
            .args(arguments)
            .output()
            .ok()?;
        let report = String::from_utf8(run.stderr).ok()?;
        let (_, rest) = report.split_once(before)?;
        let (number, _) = rest.split_once(after)?;
        number.replace(',', "").trim().parse().ok()
    }
}
