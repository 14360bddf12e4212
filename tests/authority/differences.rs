//! What was decided where another server answers otherwise.

use std::collections::BTreeSet;

/// The table, and which of its rows were needed.
pub(crate) struct Differences {
    rows: Vec<[String; 4]>,
    needed: BTreeSet<usize>,
}

impl Differences {
    /// Reads the table: name, type, what differs, and the reason. A `*` at the beginning of a name stands for anything, and alone for any
    /// type.
    pub(crate) fn read() -> Self {
        let text = include_str!("differences.tsv");
        let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
        let rows = lines.map(|line| {
            let row: Vec<String> = line.split('\t').map(str::to_owned).collect();
            let row: [String; 4] = row
                .try_into()
                .unwrap_or_else(|row| panic!("not four columns: {row:?}"));
            assert!(row[3].contains("RFC"), "a decision needs an RFC: {row:?}");
            row
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
