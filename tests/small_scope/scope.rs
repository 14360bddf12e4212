//! Which zones and which questions there are.

use nameward_core::wire::Rtype;

use super::specification::Rec;

/// All names over these labels that are at most so deep, but the apex.
pub(crate) fn names(labels: &str, deepest: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut level = vec![String::new()];
    for _ in 0..deepest {
        level = level
            .iter()
            .flat_map(|name| labels.chars().map(move |label| format!("{name}{label}")))
            .collect();
        all.extend(level.iter().cloned());
    }
    all
}

/// All records that a name can have: aliases lead to a name on the first level, to one on the second, or outside; name servers
/// are inside or outside.
pub(crate) fn records(owner: &str) -> Vec<Rec> {
    let of = |rtype, targets: &[&str]| -> Vec<Rec> {
        let targets = targets.iter();
        targets
            .map(|&target| Rec {
                owner: owner.to_owned(),
                rtype,
                target: target.to_owned(),
            })
            .collect()
    };
    [
        of(Rtype::A, &[""]),
        of(Rtype::NS, &["aa", "!"]),
        of(Rtype::DS, &[""]),
        of(Rtype::CNAME, &["a", "ba", "!"]),
        of(Rtype::DNAME, &["b", "ba", "!"]),
    ]
    .concat()
}

/// The records of these names, and those that can stand at the apex.
pub(crate) fn all_records(names: &[String]) -> Vec<Rec> {
    let apex = records("")
        .into_iter()
        .filter(|record| matches!(record.rtype, Rtype::A | Rtype::DNAME));
    apex.chain(names.iter().flat_map(|name| records(name))).collect()
}

/// All sets of `size` of so many things, one after the other.
pub(crate) fn subsets(count: usize, size: usize, mut take: impl FnMut(&[usize])) {
    let mut chosen: Vec<usize> = (0..size).collect();
    if size > count {
        return;
    }
    loop {
        take(&chosen);
        let Some(last) = (0..size).rev().find(|&at| chosen[at] < count - size + at) else {
            return;
        };
        chosen[last] += 1;
        for at in last + 1..size {
            chosen[at] = chosen[at - 1] + 1;
        }
    }
}

#[test]
fn subsets_are_all_of_them_each_once() {
    let mut seen = std::collections::BTreeSet::new();
    subsets(7, 3, |subset| assert!(seen.insert(subset.to_vec())));
    assert_eq!(seen.len(), 35);
    assert!(seen.iter().all(|subset| subset.is_sorted_by(|a, b| a < b)));
}
