//! `nameward decode`: a message in a file, printed, and what is wrong with it.

mod excerpt;
mod finding;
mod octets;
mod prefix;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use nameward_core::wire::{Header, Message};

use crate::colour::Console;
use crate::failure::Failure;
use crate::json;
use crate::present::Present;
use finding::{Finding, findings};
use prefix::Prefix;

/// How much is read: a message of the largest size as hex, and comments beside it.
const MOST: u64 = 4 << 20;

/// How many findings are printed.
const MOST_FINDINGS: usize = 20;

/// Prints the message that `file` holds, and what is wrong with it.
pub(crate) fn run(file: &Path, json: bool, console: Console) -> Result<(), Failure> {
    let input = read(file).map_err(|error| Failure::reading(file, &error))?;
    let malformed =
        |error: &dyn std::error::Error| Failure::Malformed(format!("{}: {error}", file.display()));
    let octets = octets::octets_of(&input).map_err(|error| malformed(&error))?;
    let (text, broken) = decode(&octets, json)?;
    console.print(&text)?;
    match broken {
        None => Ok(()),
        Some(broken) => Err(Failure::Malformed(format!(
            "{}: {}",
            file.display(),
            broken.sentence
        ))),
    }
}

/// What is to be printed of a message, and what makes it unreadable in whole or in part.
fn decode(octets: &[u8], json: bool) -> Result<(String, Option<Finding>), Failure> {
    let findings = findings(octets);
    let prefix;
    let read = match Message::parse(octets) {
        Ok(message) => Header::parse(octets).ok().map(|header| (header, message)),
        Err(_) => {
            prefix = Prefix::of(octets);
            prefix.as_ref().and_then(Prefix::message)
        }
    };
    let text = if json {
        let sentences: Vec<&str> = findings.iter().map(|finding| finding.sentence.as_str()).collect();
        let comment = (!sentences.is_empty()).then(|| sentences.join("\n"));
        json::decoded(octets, read, comment)?
    } else {
        let message = read.map_or_else(String::new, |(header, message)| {
            Present::beginning(header, message)
                .to_string()
                .trim_end()
                .to_owned()
                + "\n"
        });
        message + &list(&findings, octets)
    };
    let broken = findings.into_iter().find(|finding| finding.broken);
    Ok((text, broken))
}

/// The findings, each with the octets around it.
fn list(findings: &[Finding], octets: &[u8]) -> String {
    let mut text = String::new();
    for finding in findings.iter().take(MOST_FINDINGS) {
        let title = if finding.broken { "BROKEN" } else { "FINDING" };
        let excerpt = excerpt::around(octets, finding.offset);
        text += &format!("\n;; {title}: {}\n{excerpt}", finding.sentence);
    }
    if let more @ 1.. = findings.len().saturating_sub(MOST_FINDINGS) {
        text += &format!("\n;; FINDING: and {more} more\n");
    }
    text
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let file = if file == Path::new("-") {
        Path::new("/dev/stdin")
    } else {
        file
    };
    let mut input = Vec::new();
    let count = File::open(file)?.take(MOST + 1).read_to_end(&mut input)?;
    if u64::try_from(count).is_ok_and(|count| count <= MOST) {
        return Ok(input);
    }
    Err(io::Error::new(
        io::ErrorKind::FileTooLarge,
        "it is larger than 4 MiB, and a message is not",
    ))
}
