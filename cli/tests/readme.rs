//! The README shows what the command prints.

use std::path::Path;
use std::process::Command;

#[test]
fn the_output_in_the_readme_is_the_commands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let mut statuses = Vec::new();
    // The quick start runs the command from the tree; further examples call it by its name.
    let readme = readme.replace("$ cargo run --release -- ", "$ nameward ");
    for example in readme.split("```console\n$ nameward ").skip(1) {
        let (words, shown) = example.split_once('\n').unwrap();
        let (shown, _) = shown.split_once("```").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_nameward"))
            .args(words.split(' '))
            .current_dir(root)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), shown);
        statuses.push(output.status.code());
    }
    assert_eq!(
        statuses,
        [Some(0), Some(0), Some(2)],
        "of the demo world, of a message, and of a broken one"
    );
}

/// The other example is broken on purpose.
#[test]
fn rfc1035_4_1_4_pointer_loop_is_shown_where_it_is() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/pointer-loop.hex");
    let output = Command::new(env!("CARGO_BIN_EXE_nameward"))
        .arg("decode")
        .arg(example)
        .output()
        .unwrap();
    let finding = "the compression pointer does not lead backwards, at octet 12 (RFC 1035 section 4.1.4); a server owes FORMERR\n";
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.starts_with(";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n"),
        "{shown}"
    );
    assert!(shown.contains(&format!("\n;; BROKEN: {finding}")), "{shown}");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), complaint.lines().count()), (Some(2), 1));
    assert!(complaint.ends_with(finding), "{complaint}");
}
