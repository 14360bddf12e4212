//! Bugs of a server's log.

use nameward_core::planted::{Bug, activate};
use nameward_core::seed::{Rng, Seed};
use nameward_core::wire::Name;

use crate::log::line;

/// A bug that is not found in so many seeds is not found.
const SEEDS: u64 = 1_000;

/// Finds the bug by the invariant that it breaks, and nothing without it.
pub(crate) fn hunt() {
    activate(None, 0);
    for seed in 0..SEEDS {
        assert_eq!(violation(seed), None, "without any bug, seed {seed}");
    }
    activate(Some(Bug::LoggedRaw), 0);
    let found = (0..SEEDS).find_map(|seed| Some((seed, violation(seed)?)));
    let (seed, reason) = found.expect("what is logged raw is found");
    println!("{:?}: found in seed {seed}: {reason}", Bug::LoggedRaw);
    activate(None, 0);
}

/// INV-19: a line of a log is one event, in printable characters, whatever octets somebody gave a name, and whatever an error says of them.
fn violation(seed: u64) -> Option<String> {
    let mut rng = Rng::new(&Seed::from_number(seed));
    // Invariant: a remainder of 256 is an octet.
    let label: Vec<u8> = (0..1 + rng.below(20)).map(|_| rng.below(256) as u8).collect();
    let wire = [&[label.len() as u8], &label[..], &[0]].concat();
    let name = Name::from_wire(&wire).expect("it is a name of one label");
    let error = format!("cannot read {}", String::from_utf8_lossy(&label));
    let line = line(
        "now",
        "error",
        "zone not served",
        &[("zone", &name), ("why", &error)],
    );
    let event = line.strip_suffix('\n')?;
    let is_printable = event.chars().all(|character| matches!(character, ' '..='~'));
    // Behind what is there always, a value goes on to the quote that ends it.
    let value = event.rsplit_once(" why=\"").map(|(_, value)| value);
    let ends_once = value.is_some_and(|value| first_quote(value) == Some(value.len() - 1));
    (!is_printable || !ends_once).then(|| format!("INV-19: {line:?}"))
}

/// Where the first quote is that no backslash takes the meaning from.
fn first_quote(value: &str) -> Option<usize> {
    let mut escaped = false;
    value.bytes().position(|octet| {
        let ends = octet == b'"' && !escaped;
        escaped = octet == b'\\' && !escaped;
        ends
    })
}
