//! What was decided where the sources of the corpora and the peers disagree, or where an RFC says otherwise.

use crate::folders::{own, table};

/// A decision about a file, or about one entry of it.
pub(super) struct Decision {
    pub(super) file: String,
    /// The line where the entry begins; none for the file as a whole.
    pub(super) line: Option<u32>,
    /// Whether it is accepted.
    pub(super) accepted: bool,
}

impl Decision {
    /// Whether it is about this file. A `*` in its name stands for anything.
    pub(super) fn is_about(&self, file: &str) -> bool {
        match self.file.split_once('*') {
            None => self.file == file,
            Some((before, after)) => file
                .strip_prefix(before)
                .is_some_and(|rest| rest.ends_with(after)),
        }
    }
}

/// All decisions, each with a reason.
pub(super) fn decisions() -> Vec<Decision> {
    let rows = table(&own("corpora/zones/decisions.tsv"));
    assert!(!rows.is_empty());
    rows.iter()
        .map(|row| {
            let [file, line, verdict, reason] = &row[..] else {
                panic!("not four columns: {row:?}");
            };
            assert!(reason.len() > 10, "a decision needs a reason: {row:?}");
            let accepted = match verdict.as_str() {
                "accept" => true,
                "reject" => false,
                _ => panic!("neither accept nor reject: {row:?}"),
            };
            Decision {
                file: file.clone(),
                line: (line != "-").then(|| line.parse().expect("a line number")),
                accepted,
            }
        })
        .collect()
}
