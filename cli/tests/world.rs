//! `nameward query --world`: the demo world, and a folder of the user's own.

#![allow(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The name of a file, and what is in it.
type File = (&'static str, &'static str);

/// A folder of zone files, which is gone when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str, files: &[File]) -> Self {
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("world-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }

    /// Asks in it.
    fn query(&self, words: &[&str]) -> Said {
        query(self.0.to_str().unwrap(), words)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The exit status, and what was printed.
struct Said {
    status: Option<i32>,
    output: String,
    error: String,
}

fn query(world: &str, words: &[&str]) -> Said {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_nameward"))
        .args(["query", "--world", world])
        .args(words)
        .output()
        .unwrap();
    Said {
        status: status.code(),
        output: String::from_utf8(stdout).unwrap(),
        error: String::from_utf8(stderr).unwrap(),
    }
}

const ROOT: File = (
    "root.zone",
    "$TTL 60\n. SOA a. h. 1 2 3 4 5\n. NS a.\na. A 192.0.2.1\nhome. NS ns.home.\nns.home. A 192.0.2.2\n",
);

const HOME: File = (
    "home.zone",
    "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.2\nwww A 192.0.2.80\n",
);

#[test]
fn a_folder_of_zone_files_is_a_world() {
    let folder = Folder::new("served", &[ROOT, HOME, ("notes.txt", "This is no zone.")]);
    let said = folder.query(&["www.home.", "A", "+short"]);
    assert_eq!(
        (said.status, &*said.output),
        (Some(0), "192.0.2.80\n"),
        "{}",
        said.error
    );
    // Who asks for a name that is not there gets an answer, too.
    let said = folder.query(&["no.home.", "A"]);
    assert_eq!(said.status, Some(0));
    assert!(said.output.contains("status: NXDOMAIN"), "{}", said.output);
    let said = folder.query(&["www.home.", "A", "+trace"]);
    let from: Vec<_> = said
        .output
        .lines()
        .filter(|line| line.starts_with(";; Received"))
        .collect();
    assert_eq!(from.len(), 2, "{}", said.output);
    assert!(from[0].contains("192.0.2.1#53(a.)") && from[1].contains("192.0.2.2#53(ns.home.)"));
}

/// Each sentence says which file it is about, and what to do where that is not plain.
#[test]
fn what_is_no_world_is_refused_with_a_sentence_about_the_file() {
    let bad = "; a comment\n$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.300\n";
    let warned = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns 4000000000 A 192.0.2.2\nwww A here\n";
    let no_server = "$TTL 60\n@ SOA ns.far. h 1 2 3 4 5\n@ NS ns.far.\n";
    let cases: [(&str, &[File], &str); 7] = [
        ("no root", &[HOME], "there is no root zone"),
        (
            "empty",
            &[("notes.txt", "no zone")],
            "no file there is named *.zone",
        ),
        ("bad", &[ROOT, ("home.zone", bad)], "home.zone:5:"),
        ("warned", &[ROOT, ("home.zone", warned)], "home.zone:5:"),
        (
            "no SOA",
            &[ROOT, ("home.zone", "@ 60 NS ns\nns 60 A 192.0.2.2\n")],
            "home.zone: home.: the zone has no SOA",
        ),
        (
            "no server",
            &[ROOT, ("home.zone", no_server)],
            "the zone home. has no server",
        ),
        (
            "twice",
            &[
                ROOT,
                HOME,
                (
                    "other.zone",
                    "$ORIGIN home.\n@ 60 SOA ns h 1 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.2\n",
                ),
            ],
            "there are two zones home.",
        ),
    ];
    for (test, files, sentence) in cases {
        let folder = Folder::new(&test.replace(' ', "-"), files);
        let said = folder.query(&["www.home.", "A"]);
        assert_eq!(
            (said.status, &*said.output),
            (Some(2), ""),
            "{test}: {}",
            said.error
        );
        assert!(said.error.contains(sentence), "{test}: {}", said.error);
        assert_eq!(said.error.lines().count(), 1, "{test}: {}", said.error);
    }
    let said = query("/nowhere/at/all", &["www.home.", "A"]);
    assert_eq!(said.status, Some(10));
    assert!(said.error.contains("/nowhere/at/all"), "{}", said.error);
}

#[test]
fn words_that_make_no_sense_in_a_world_are_refused() {
    for (words, sentence) in [
        (&["@192.0.2.1", "www.example."][..], "leave '@192.0.2.1' out"),
        (&["www.example.", "+trace", "+short"], "leave out '+short'"),
        (
            &["www.example.", "+trace", "--json"],
            "leave out '+short' and '--json'",
        ),
    ] {
        let said = query("demo", words);
        assert_eq!((said.status, &*said.output), (Some(1), ""), "{words:?}");
        assert!(said.error.contains(sentence), "{words:?}: {}", said.error);
    }
}

/// RFC 4035 section 3.1: signatures come to who asks for them, and to nobody else; dig's `+trace` always asks.
#[test]
fn signatures_are_shown_to_who_asks_for_them() {
    let name = "www.expired.broken.test.";
    let plain = query("demo", &[name, "A", "+trace"]);
    assert!(!plain.output.contains("RRSIG"), "{}", plain.output);
    let signed = query("demo", &[name, "A", "+trace", "+dnssec"]);
    for record in [
        "broken.test.\t\t3600\tIN\tDS\t",
        "expired.broken.test.\t3600\tIN\tRRSIG\tDS 15 3 3600 20260115000000 20251218000000 2897 broken.test.",
        "www.expired.broken.test. 3600\tIN\tRRSIG\tA 15 4 3600 20251231000000 20251218000000 16667 expired.broken.test.",
    ] {
        assert!(signed.output.contains(record), "{record}: {}", signed.output);
    }
}

/// What one sees does not depend on when one looks.
#[test]
fn the_same_question_has_the_same_answer_on_the_same_way() {
    let words = ["oak.tree.cdn.test.", "TXT", "+trace", "+dnssec"];
    let (first, second) = (query("demo", &words), query("demo", &words));
    assert_eq!(first.status, Some(0), "{}", first.error);
    assert!(
        first.output.contains("the end of two redirections"),
        "{}",
        first.output
    );
    assert_eq!(first.output, second.output);
}

#[test]
fn what_fits_no_datagram_comes_over_tcp() {
    let said = query("demo", &["large.hosting.example.", "TXT"]);
    assert!(
        said.output.contains(" ANSWER: 8,") && said.output.contains("(TCP)"),
        "{}",
        said.output
    );
}

#[test]
fn a_delegation_that_leads_nowhere_says_why() {
    let said = query("demo", &["www.dead.example.", "A"]);
    assert_eq!((said.status, &*said.output), (Some(9), ""));
    assert!(
        said.error.contains("no server of dead.example. gave an answer"),
        "{}",
        said.error
    );
}
