//! BIND's dig, the oracle for what a reply looks like.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Output};

/// Runs `program` with dig's words for one question, without the settings of the user who runs the test.
///
/// # Errors
///
/// It cannot be started.
pub fn ask(program: &Path, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> io::Result<Output> {
    Command::new(program)
        .args(["-r", "+nocookie"])
        .args(words)
        .output()
}

/// What dig, or who prints like dig, printed, without what differs from one run to the next: the banner with the
/// program's name and arguments, the message ID, how long it took, and when it was.
pub fn masked(printed: &str) -> String {
    let mask = |line: &str| {
        for (start, end) in [
            ("; <<>> ", ""),
            (";; ->>HEADER<<- ", ", id: "),
            (";; Query time: ", ""),
            (";; WHEN: ", ""),
        ] {
            if line.starts_with(start) {
                let kept = line
                    .rfind(end)
                    .filter(|_| !end.is_empty())
                    .map_or(start.len(), |at| at + end.len());
                return format!("{}*\n", &line[..kept]);
            }
        }
        format!("{line}\n")
    };
    printed.lines().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_varies_is_masked() {
        let printed = "; <<>> DiG 9 <<>> a.example\n;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 17\n\
                       ;; Query time: 3 msec\n;; WHEN: now\n;; MSG SIZE  rcvd: 17\na.example.\t17\tIN\tA\t192.0.2.1\n";
        let expected = "; <<>> *\n;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: *\n\
                        ;; Query time: *\n;; WHEN: *\n;; MSG SIZE  rcvd: 17\na.example.\t17\tIN\tA\t192.0.2.1\n";
        assert_eq!(masked(printed), expected);
    }
}
