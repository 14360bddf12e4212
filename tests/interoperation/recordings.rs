//! What was recorded on a runtime replays in the pure core.

use std::fs;
use std::path::Path;

use nameward_tests::peer::Zone;
use nameward_tests::peer::nsd::Nsd;
use nameward_tests::peer::{corpus, program, skip};

use crate::command::{RUNTIMES, nameward, printed, query};
use crate::scripted::Scripted;

/// The end of every replay that found no difference.
const EQUAL: &str = "all equal byte for byte\n";

fn replay(file: &Path) -> std::process::Output {
    nameward()
        .args(["sim", "replay", "--step"])
        .arg(file)
        .output()
        .unwrap()
}

#[test]
fn a_recording_of_any_runtime_and_transport_replays_byte_for_byte() {
    let (Some(nsd), Some(file)) = (program("nsd"), corpus("zones/knot-zones/records.zone")) else {
        return skip("NSD or the corpora are missing");
    };
    let nsd = Nsd::start(
        &nsd,
        &[Zone {
            apex: "records.",
            file,
        }],
    )
    .expect("NSD starts");
    for runtime in RUNTIMES {
        // Over UDP, over TCP, over both after a truncated reply, and with options.
        for (number, words) in [
            ["+notcp", "+edns"],
            ["+tcp", "+edns"],
            ["+notcp", "+bufsize=512"],
            ["+cookie", "+ednsopt=65001:c0ffee"],
        ]
        .iter()
        .enumerate()
        {
            let recording =
                Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{runtime}-{number}.recording"));
            let question = ["+unknownformat", "naptr.records", "NAPTR", "--record"];
            let mut command = query(runtime, nsd.address());
            printed(
                command
                    .args(words)
                    .args(question)
                    .arg(&recording)
                    .output()
                    .unwrap(),
            );
            let steps = printed(replay(&recording));
            assert!(steps.ends_with(EQUAL), "{words:?} on {runtime}: {steps}");
            assert!(
                steps.contains("Answered"),
                "{words:?} on {runtime}: the event is no step in {steps}"
            );
        }
    }
}

#[test]
fn a_question_without_reply_replays_too_and_a_damaged_recording_does_not() {
    let silent = Scripted::new();
    let recording = Path::new(env!("CARGO_TARGET_TMPDIR")).join("silent.recording");
    let mut command = query("mio", silent.address());
    let output = command
        .args(["+time=1", "+tries=2", "a.example", "--record"])
        .arg(&recording)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(9));
    assert!(printed(replay(&recording)).ends_with(EQUAL));

    let mut octets = fs::read(&recording).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
    fs::write(&recording, octets).unwrap();
    let output = replay(&recording);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
}
