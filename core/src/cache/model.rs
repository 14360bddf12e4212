//! What the cache must do, said a second time: a list of facts, and a scan over it. It has no bounds.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// All times in nanoseconds.
pub(super) const SECOND: u64 = 1_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// With the number by which the data is known again.
    Records(u16),
    Denial(u16),
    Failure {
        seconds: u64,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) view: u16,
    pub(super) name: String,
    /// A type; none if it is about the name.
    pub(super) rtype: Option<u16>,
    /// AD first, then the rank.
    pub(super) credibility: (bool, u8),
    pub(super) what: What,
    pub(super) ttl: u64,
    pub(super) until: u64,
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) facts: Vec<Fact>,
}

impl Model {
    fn known(&self, view: u16, name: &str, rtype: Option<u16>) -> Option<&Fact> {
        let name = name.to_ascii_lowercase();
        self.facts
            .iter()
            .find(|fact| (fact.view, fact.rtype) == (view, rtype) && fact.name == name)
    }

    fn drop(&mut self, view: u16, name: &str, rtype: Option<u16>) {
        let name = name.to_ascii_lowercase();
        self.facts
            .retain(|fact| (fact.view, fact.rtype) != (view, rtype) || fact.name != name);
    }

    /// Whether it is taken.
    pub(super) fn tell(&mut self, now: u64, mut fact: Fact) -> bool {
        fact.name.make_ascii_lowercase();
        if fact.ttl == 0 {
            return false;
        }
        let (view, rtype, name) = (fact.view, fact.rtype, fact.name.to_string());
        if let Some(known) = self.known(view, &name, rtype).filter(|known| now < known.until) {
            let better = match (known.what, fact.what) {
                (What::Failure { .. }, _) => true,
                (_, What::Failure { .. }) => false,
                (What::Records(_), What::Denial(_)) => fact.credibility > known.credibility,
                _ => fact.credibility >= known.credibility,
            };
            if !better {
                return false;
            }
        }
        self.drop(view, &name, rtype);
        if rtype.is_some() && !matches!(fact.what, What::Failure { .. }) {
            let denied = self.known(view, &name, None);
            if denied.is_some_and(|denied| denied.credibility <= fact.credibility) {
                self.drop(view, &name, None);
            }
        }
        self.facts.push(fact);
        true
    }

    /// RFC 9520 section 3.2: 5 s, then twice as long each time, to 5 minutes.
    pub(super) fn fail(&mut self, now: u64, view: u16, name: &str, rtype: u16) -> bool {
        let seconds = match self.known(view, name, Some(rtype)) {
            Some(&Fact {
                what: What::Failure { seconds },
                until,
                ..
            }) if now < until => seconds,
            Some(&Fact {
                what: What::Failure { seconds },
                until,
                ..
            }) if now < until + seconds * SECOND => (2 * seconds).min(300),
            _ => 5,
        };
        let (what, until) = (What::Failure { seconds }, now + seconds * SECOND);
        let (name, rtype) = (name.to_string(), Some(rtype));
        self.tell(
            now,
            Fact {
                view,
                name,
                rtype,
                credibility: (false, 0),
                what,
                ttl: seconds,
                until,
            },
        )
    }

    /// The fact that answers, which may be one about the alias `cname`.
    pub(super) fn ask(&self, now: u64, view: u16, name: &str, rtype: u16, cname: u16) -> Option<&Fact> {
        let alias = self.known(view, name, Some(cname));
        let alias = alias.filter(|alias| matches!(alias.what, What::Records(_)));
        // In the order of preference, among equally credible ones.
        let exact = self.known(view, name, Some(rtype));
        let records = exact.filter(|exact| matches!(exact.what, What::Records(_)));
        let denied = exact.filter(|exact| matches!(exact.what, What::Denial(_)));
        let all = [records, alias, denied, self.known(view, name, None)];
        let valid = |fact: &&Fact| now < fact.until;
        let mut best: Option<&Fact> = None;
        for fact in all.into_iter().flatten().filter(valid) {
            if best.is_none_or(|best| fact.credibility > best.credibility) {
                best = Some(fact);
            }
        }
        best.or_else(|| exact.filter(valid))
    }
}
