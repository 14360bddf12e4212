//! What should happen sometimes.

use std::collections::BTreeMap;

use nameward_core::budget::Exhausted;
use nameward_core::client::{LookupError, Source, Trouble};
use nameward_core::machine::Proto;

use super::seen::{Query, Seen};

/// How often something happened, by its name. What never happens in many seeds is not tested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sightings {
    /// The counts.
    pub counts: BTreeMap<String, u64>,
    in_progress: u64,
    sent: BTreeMap<Query, u64>,
}

impl Sightings {
    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            *self.counts.entry(what.clone()).or_default() += count;
        }
    }

    pub(super) fn note(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    pub(super) fn look(&mut self, seen: &Seen) {
        match seen {
            Seen::Begun { .. } => self.in_progress += 1,
            Seen::Cancelled { .. } => {
                self.in_progress -= 1;
                self.note("cancelled");
            }
            Seen::Answered { answer, .. } => {
                self.in_progress -= 1;
                self.note(format!("{:?} from {}", answer.outcome, source(answer.source)));
                if answer.authentic_data {
                    self.note("AD from who is trusted");
                }
                if answer.incomplete.is_some() {
                    self.note("one family is missing");
                }
                if answer.rrsets.len() > 4 {
                    self.note("a chain of aliases beyond one reply");
                }
            }
            Seen::Failed { error, .. } => {
                self.in_progress -= 1;
                self.note(failure(error));
            }
            Seen::Query { query, .. } => {
                let sent = self.sent.entry(query.clone()).or_default();
                *sent += 1;
                if *sent == 3 && query.proto == Proto::Datagram {
                    self.note("three datagrams to one server");
                }
                let over = match query.proto {
                    Proto::Datagram => "a datagram",
                    Proto::Stream => "a stream",
                };
                self.note(format!("asked over {over}"));
                if query.advertised == 512 {
                    self.note("asked for 512 octets");
                }
            }
            Seen::Datagram {
                octets, advertised, ..
            } if octets > advertised => self.note("more came than was asked for"),
            Seen::Crashed if std::mem::take(&mut self.in_progress) > 0 => {
                self.note("power lost with look-ups in progress");
            }
            _ => {}
        }
    }
}

const fn source(source: Source) -> &'static str {
    match source {
        Source::Hosts => "the hosts file",
        Source::SpecialUse => "nobody: it is special",
        Source::Literal => "the name itself",
        Source::Cache => "the cache",
        Source::Server {
            proto: Proto::Datagram,
            ..
        } => "a datagram",
        Source::Server {
            proto: Proto::Stream, ..
        } => "a stream",
    }
}

fn failure(error: &LookupError) -> String {
    match error {
        LookupError::Servers(failure) => match failure.trouble {
            Trouble::Exchange(_) => "failed: no exchange".into(),
            Trouble::Rcode(rcode) => format!("failed: {rcode}"),
            Trouble::Lame => "failed: lame".into(),
            _ => "failed: nonsense".into(),
        },
        LookupError::Exhausted { limit, .. } => match limit {
            Exhausted::Time => "exhausted: time",
            Exhausted::Packets => "exhausted: packets",
            Exhausted::Octets => "exhausted: octets",
            Exhausted::Aliases => "exhausted: aliases",
            _ => "exhausted: otherwise",
        }
        .into(),
        _ => "failed: otherwise".into(),
    }
}
