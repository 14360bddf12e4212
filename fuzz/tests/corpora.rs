//! Every input that was worth keeping, on stable and without libFuzzer.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use nameward_fuzz::BODIES;

/// The names of what is in a folder, without what follows a dot.
fn names(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| {
            let path = entry.expect("the folder can be listed").path();
            let stem = path.file_stem().expect("an entry has a name");
            stem.to_string_lossy().into_owned()
        })
        .collect()
}

#[test]
fn every_body_has_a_target_and_a_corpus_and_nothing_else_has() {
    let listed: BTreeSet<_> = BODIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed.len(), BODIES.len(), "a name is listed twice");
    assert_eq!(names("fuzz_targets"), listed);
    assert_eq!(names("corpus"), listed);
}

#[test]
fn every_input_of_the_corpora_keeps_the_promises() {
    for (name, body) in BODIES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut inputs: Vec<_> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("the folder can be listed").path())
            .collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{} is empty", folder.display());
        for input in inputs {
            let data = fs::read(&input).unwrap_or_else(|error| panic!("{}: {error}", input.display()));
            let kept = std::panic::catch_unwind(|| body(&data));
            assert!(kept.is_ok(), "{} breaks a promise, see above", input.display());
        }
    }
}
