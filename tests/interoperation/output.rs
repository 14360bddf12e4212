//! What is printed where: colour, JSON, completions.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use nameward_tests::peer::program;

use crate::command::{RUNTIMES, nameward, printed, query};
use crate::scripted::Scripted;

/// The example of RFC 1034 section 6.2.3.
fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/rfc1034-6.2.3.hex")
}

#[test]
fn colour_is_for_terminals_and_for_those_who_want_it() {
    let decoded = |when: &[&str]| {
        let mut command = nameward();
        printed(command.args(when).arg("decode").arg(example()).output().unwrap())
    };
    let plain = decoded(&[]);
    assert!(!plain.contains('\u{1b}'));
    assert_eq!(decoded(&["--color", "auto"]), plain);
    assert_eq!(decoded(&["--color", "never"]), plain);
    let coloured = decoded(&["--color", "always"]);
    assert!(coloured.contains('\u{1b}'));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    // What programs read is not coloured.
    let mut json = nameward();
    json.args(["--color", "always", "decode", "--json"])
        .arg(example());
    assert!(!printed(json.output().unwrap()).contains('\u{1b}'));
}

#[test]
fn rfc8427_a_reply_in_json_is_the_same_as_its_octets_decoded() {
    let scripted = Scripted::new();
    for runtime in RUNTIMES {
        let mut command = query(runtime, scripted.address());
        let received = printed(scripted.serve(command.args(["--json", "a.example"]), |query, _| {
            let end = query[12..].iter().position(|&octet| octet == 0).unwrap() + 12 + 5;
            let mut reply = query[..end].to_vec();
            reply[2..12].copy_from_slice(&[0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
            reply.extend(b"\xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04\xc0\0\x02\x01");
            vec![reply]
        }));
        let mut received: serde_json::Value = serde_json::from_str(&received).unwrap();
        assert_eq!(received["answerRRs"][0]["rdataA"], "192.0.2.1", "on {runtime}");
        let mut decode = nameward();
        let mut decode = decode
            .args(["decode", "--json", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let octets = received["messageOctetsHEX"].as_str().unwrap();
        decode.stdin.take().unwrap().write_all(octets.as_bytes()).unwrap();
        let decoded = printed(decode.wait_with_output().unwrap());
        let members = received.as_object_mut().unwrap();
        assert!(members.remove("dateString").is_some() && members.remove("dateSeconds").is_some());
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&decoded).unwrap(),
            received
        );
    }
}

#[test]
fn completions_are_scripts_that_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(nameward().args(["completions", shell]).output().unwrap());
        for word in [
            "query",
            "decode",
            "zone",
            "check",
            "format",
            "sim",
            "replay",
            "completions",
        ] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        // Where the shell is there, it says whether it understands the script.
        if let Some(program) = program(shell).filter(|_| ["bash", "zsh", "fish"].contains(&shell)) {
            let mut child = Command::new(program)
                .arg("-n")
                .stdin(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
            assert!(child.wait().unwrap().success(), "{shell}");
        }
    }
}
