//! Zone files that other implementations test with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nameward_core::text::zone::{ZoneReaderConfig, read_records};
use nameward_tests::peer::{corpus, skip};

use crate::command::{finished, nameward, printed};

/// The folders whose files are zones.
const FOLDERS: [&str; 5] = [
    "bind9-checkzone",
    "knot-semantic",
    "knot-zones",
    "ldns",
    "zonemd-verisign",
];

/// The files of a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|file| file.is_file()).collect();
    files.sort();
    files
}

/// The records of a zone file that includes no other, each on a line; none if something is wrong with it.
fn records(text: &[u8]) -> Option<Vec<String>> {
    let records = read_records(text, "example.".parse().unwrap(), ZoneReaderConfig::default()).ok()?;
    Some(records.iter().map(ToString::to_string).collect())
}

#[test]
fn a_formatted_zone_has_the_same_records_and_stays_as_it_is() {
    let Some(zones) = corpus("zones") else {
        return skip("NAMEWARD_CORPORA names no folder with the zones");
    };
    let formatted = |file: &Path| {
        let mut command = nameward();
        command.args(["zone", "format", "--origin", "example."]).arg(file);
        finished(&mut command)
    };
    let again = Path::new(env!("CARGO_TARGET_TMPDIR")).join("formatted.zone");
    let mut compared = 0;
    for file in FOLDERS.into_iter().flat_map(|folder| files(&zones.join(folder))) {
        let Some(expected) = records(&fs::read(&file).unwrap()) else {
            // It is wrong, or it includes others.
            continue;
        };
        let once = printed(formatted(&file));
        assert_eq!(once.lines().collect::<Vec<_>>(), expected, "{}", file.display());
        fs::write(&again, &once).unwrap();
        assert_eq!(printed(formatted(&again)), once, "{}", file.display());
        let mut check = nameward();
        check.args(["zone", "check", "--origin", "example."]).arg(&file);
        // Not all of them are zones that can be served, which the exit status says.
        let counted = String::from_utf8(finished(&mut check).stdout).unwrap();
        assert!(
            counted.contains(&format!(": {} record", expected.len())),
            "{counted}"
        );
        compared += 1;
    }
    assert!(compared > 100, "only {compared} zones");
}

#[test]
fn a_wrong_zone_is_exit_status_2_and_a_missing_one_10() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let wrong = folder.join("wrong.zone");
    fs::write(&wrong, "a 1 A 192.0.2.1\nb 1 A 192.0.2\nc 1 A 192.0.2.3\n").unwrap();
    for (verb, lines) in [("check", 3), ("format", 1)] {
        let output = finished(nameward().args(["zone", verb]).arg(&wrong));
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), complaint.lines().count()),
            (Some(2), 1),
            "{verb}: {complaint}"
        );
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed.lines().count(), lines, "{verb}: {printed}");
        let place = format!(
            "{}:2:7: not recognised: '192.0.2'; expected an IPv4 address\n",
            wrong.display()
        );
        assert!(
            complaint.ends_with(&place) || printed.contains(&place),
            "{verb}: {printed}{complaint}"
        );
        let output = finished(nameward().args(["zone", verb]).arg(folder.join("missing.zone")));
        assert_eq!(
            (output.status.code(), output.stdout.len()),
            (Some(10), 0),
            "{verb}"
        );
    }
}

/// The file has more octets than the command may have of memory, code and stack included.
#[test]
fn the_memory_of_format_does_not_grow_with_the_file() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("long.zone");
    let line = format!("a 3600 IN TXT \"{}\"\n", "text ".repeat(50));
    fs::write(&file, line.repeat((32 << 20) / line.len() + 1)).unwrap();
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            "ulimit -v 32768 && exec \"$0\" zone format \"$1\" >/dev/null",
        ])
        .arg(nameward().get_program())
        .arg(&file);
    printed(finished(&mut shell));
    fs::remove_file(&file).unwrap();
}
