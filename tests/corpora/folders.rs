//! Where the corpora are, and who consumes which folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub(crate) use nameward_tests::corpora::{corpora, table};

/// The text of a file of this project, seen from the folder `tests`.
pub(crate) fn own(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Each folder of the corpora is consumed by a test, or a work to come is named that will do so.
#[test]
fn every_folder_has_an_owner() {
    let Some(corpora) = corpora() else { return };
    let owners = owners(&own("corpora.toml"));
    let mut found = Vec::new();
    for area in folders_in(&corpora) {
        for folder in folders_in(&corpora.join(&area)) {
            if folder != "LICENSES" {
                found.push(format!("{area}/{folder}"));
            }
        }
    }
    assert!(!found.is_empty(), "no folders in {}", corpora.display());
    let listed: Vec<&String> = owners.keys().collect();
    assert_eq!(
        found.iter().collect::<Vec<_>>(),
        listed,
        "tests/corpora.toml must list what there is"
    );
    for (folder, owner) in owners {
        assert!(!owner.is_empty(), "{folder} needs an owner");
    }
}

fn folders_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let entries = entries.map(|entry| entry.expect("a readable folder"));
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders
        .map(|folder| folder.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The lines `"folder" = "owner"`.
fn owners(toml: &str) -> BTreeMap<String, String> {
    let lines = toml
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let unquote = |text: &str| text.trim().trim_matches('"').to_owned();
            let (folder, owner) = line.split_once('=').unwrap_or_else(|| panic!("no owner: {line}"));
            (unquote(folder), unquote(owner))
        })
        .collect()
}
