//! The README shows the example of the documentation, which runs as a test.

use std::path::Path;

#[test]
fn the_example_in_the_readme_is_that_of_the_documentation() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(here.join("../README.md")).unwrap();
    let (_, shown) = readme.split_once("```rust\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();

    let documented = std::fs::read_to_string(here.join("src/lib.rs")).unwrap();
    let example = documented.split("//! ```\n").nth(1).unwrap();
    let lines = example.lines().map(|line| line.trim_start_matches("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let visible: Vec<_> = lines.filter(|line| !line.starts_with('#')).collect();
    assert_eq!(shown.trim(), visible.join("\n").trim());
}
