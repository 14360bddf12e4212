//! The honest part of the internet: what its zones say, and what is to be found there.

use nameward_core::client::Outcome;
use nameward_core::recursor::{Answer, ResolutionError};
use nameward_core::rrset::Rrset;
use nameward_core::wire::Rtype;
use nameward_core::zone::Zone;

use crate::zones::zone;

/// Whom nobody in charge names. Who sends something there believed somebody else.
pub const BYSTANDER: &str = "203.0.113.99";

/// The zones of the honest servers. Those of `evil.` are hostile.
const ZONES: [(&str, &str); 3] = [
    (
        ".",
        "$TTL 600\n@ SOA a.root. h. 1 2 3 4 5\n@ NS a.root.\n@ NS b.root.\na.root. A 192.0.2.1\nb.root. A 192.0.2.2\n\
         test. NS ns.test.\nns.test. A 192.0.2.10\n\
         evil. NS ns1.evil.\nevil. NS ns2.evil.\nns1.evil. A 203.0.113.66\nns2.evil. A 203.0.113.67\n",
    ),
    (
        "test.",
        "$TTL 600\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.10\n\
         victim NS ns1.victim\nvictim NS ns2.victim\nns1.victim A 192.0.2.21\nns2.victim A 192.0.2.22\n\
         guest NS ns1.victim\nguest NS ns2.victim\n",
    ),
    (
        "victim.test.",
        "$TTL 600\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1\n@ NS ns2\nns1 A 192.0.2.21\nns2 A 192.0.2.22\nwww A 192.0.2.80\n\
         alias CNAME www\nout CNAME www.evil.\n*.wild A 192.0.2.81\nold DNAME new\nwww.new A 192.0.2.82\n",
    ),
];

/// Who has this one has no address of its own.
const GUEST: &str = "$TTL 600\n@ SOA ns1.victim.test. h 1 2 3 4 5\n@ NS ns1.victim.test.\n@ NS ns2.victim.test.\nwww A 192.0.2.83\n";

/// A set that fits no datagram.
const LARGE: usize = 8;

/// The zones of the honest servers.
pub(super) fn zones() -> Vec<Zone> {
    let (name, text) = ZONES[2];
    let mut large = text.to_owned();
    for number in 0..LARGE {
        large += &format!("large TXT {}\n", large_text(number));
    }
    let [root, test, _] = ZONES;
    [root, test, (name, &large), ("guest.test.", GUEST)]
        .map(|(name, text)| zone(name, text))
        .into()
}

fn large_text(number: usize) -> String {
    format!("\"{number}{}\"", "x".repeat(200))
}

/// What can be asked that hostile servers have no part in, and the records that come of it, aliases first. None is a name that is not
/// there.
pub(super) const QUESTIONS: [(&str, Rtype, &[&str]); 8] = [
    ("www.victim.test.", Rtype::A, &["192.0.2.80"]),
    (
        "alias.victim.test.",
        Rtype::A,
        &["www.victim.test.", "192.0.2.80"],
    ),
    ("x.wild.victim.test.", Rtype::A, &["192.0.2.81"]),
    (
        "www.old.victim.test.",
        Rtype::A,
        &["new.victim.test.", "www.new.victim.test.", "192.0.2.82"],
    ),
    ("www.guest.test.", Rtype::A, &["192.0.2.83"]),
    ("ns1.victim.test.", Rtype::A, &["192.0.2.21"]),
    ("no.victim.test.", Rtype::A, &[]),
    ("large.victim.test.", Rtype::TXT, &[]),
];

/// Whether the outcome of one of these questions is as it should be.
pub(super) fn is_true(number: usize, outcome: &Answer) -> bool {
    let (name, rtype, records) = QUESTIONS[number];
    let found: Vec<String> = texts(&outcome.rrsets);
    match (rtype, records) {
        (Rtype::TXT, _) => {
            let mut large: Vec<_> = (0..LARGE).map(large_text).collect();
            let mut found = found;
            large.sort();
            found.sort();
            outcome.outcome == Outcome::Positive && found == large
        }
        (_, []) => {
            outcome.outcome == Outcome::NxDomain && found.is_empty() && name == outcome.name.to_string()
        }
        _ => outcome.outcome == Outcome::Positive && found == records,
    }
}

/// Whether what an answer says about names of honest zones is there. Answers about other names may be anything.
pub(super) fn is_believable(answer: &Answer) -> bool {
    let honest = |set: &&Rrset| set.owner().to_canonical().to_string().ends_with("test.");
    answer.rrsets.iter().filter(honest).all(|set| {
        texts(std::slice::from_ref(set)).iter().all(|text| {
            text == "www.evil."
                || QUESTIONS
                    .iter()
                    .any(|(_, _, records)| records.contains(&text.as_str()))
        })
    })
}

/// A server makes the target of an alias with the letters of the query, which are random.
fn texts(sets: &[Rrset]) -> Vec<String> {
    let rdata = sets.iter().flat_map(|set| set.rdata().collect::<Vec<_>>());
    rdata
        .map(|rdata| match rdata.rtype() {
            Rtype::CNAME => rdata.to_string().to_ascii_lowercase(),
            _ => rdata.to_string(),
        })
        .collect()
}

/// In a word, for the list of what was seen.
pub(super) fn outcome(outcome: &Result<Answer, ResolutionError>) -> String {
    match outcome {
        Ok(answer) => format!("{:?}", answer.outcome),
        Err(ResolutionError::Exhausted { limit, .. }) => format!("{limit:?} exhausted"),
        Err(_) => "no server".into(),
    }
}
