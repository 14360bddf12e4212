//! What was decided where another server answers otherwise.

use std::collections::BTreeSet;

/// The rows of the table for one server, and which of them were needed.
pub(crate) struct Differences {
    rows: Vec<[String; 4]>,
    needed: BTreeSet<usize>,
}

impl Differences {
    /// Reads what the table says of one server. Its columns are the servers, name, type, what differs, and the reason. A `*` at the
    /// beginning of a name stands for anything, and alone for any type.
    pub(crate) fn of(server: &str) -> Self {
        let text = include_str!("differences.tsv");
        let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
        let rows = lines.filter_map(|line| {
            let row: Vec<&str> = line.split('\t').collect();
            let [servers, name, rtype, what, reason] = row[..] else {
                panic!("not five columns: {row:?}")
            };
            assert!(reason.contains("RFC"), "a decision needs an RFC: {row:?}");
            let concerned = servers.split(' ').any(|concerned| concerned == server);
            concerned.then(|| [name, rtype, what, reason].map(str::to_owned))
        });
        Self {
            rows: rows.collect(),
            needed: BTreeSet::new(),
        }
    }

    /// Whether it was decided that this differs for this question.
    pub(crate) fn decide(&mut self, name: &str, rtype: &str, what: &str) -> bool {
        let row = self.rows.iter().position(|[of_name, of_rtype, part, _]| {
            let named = match of_name.strip_prefix('*') {
                Some(end) => name.ends_with(end),
                None => name == of_name,
            };
            named && (of_rtype == "*" || of_rtype == rtype) && part == what
        });
        self.needed.extend(row);
        row.is_some()
    }

    /// The rows that decide nothing.
    pub(crate) fn idle(&self) -> Vec<&[String; 4]> {
        let rows = self.rows.iter().enumerate();
        rows.filter(|(index, _)| !self.needed.contains(index))
            .map(|(_, row)| row)
            .collect()
    }
}
