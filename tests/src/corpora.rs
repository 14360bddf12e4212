//! The test corpora of other projects and of RFCs.

use std::path::PathBuf;

use crate::peer::skip;

/// The folder of the corpora, which `NAMEWARD_CORPORA` names. Without it the caller returns, and the skip was said.
#[expect(
    clippy::disallowed_methods,
    reason = "where the corpora are is known where the tests run"
)]
pub fn corpora() -> Option<PathBuf> {
    let folder = std::env::var_os("NAMEWARD_CORPORA").map(PathBuf::from);
    if folder.is_none() {
        skip("NAMEWARD_CORPORA does not say where the corpora are");
    }
    folder
}

/// The lines of a table, each with its cells, without the one that names the columns.
pub fn table(text: &str) -> Vec<Vec<String>> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .skip(1);
    lines
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}
