//! One look-up: the names that it may mean, the questions about each, and what comes of all together.

use core::net::IpAddr;

use smallvec::SmallVec;

use super::answer::{Answer, LookupError, Outcome, Source, Trouble};
use super::config::Config;
use super::fetch::{FetchId, Waiting};
use super::question::{Lookup as Asked, Query};
use super::resolution::{Resolution, address_record};
use super::search::candidates;
use crate::budget::Budget;
use crate::time::Instant;
use crate::wire::{Name, Rcode};

/// A look-up in progress.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) budget: Budget,
    /// Whether the cache is not looked into.
    pub(super) fresh: bool,
    query: Query,
    /// The names that are still to be tried, the next one last.
    candidates: SmallVec<[Name; 1]>,
    /// The questions about the present candidate.
    slots: SmallVec<[Slot; 2]>,
    /// The best denial so far, valid as long as all of them.
    denied: Option<Answer>,
    /// What failed without ending the search.
    failed: Option<LookupError>,
}

/// A question of a look-up.
#[derive(Debug)]
enum Slot {
    /// It is not its turn yet.
    Unasked(Resolution),
    Asking {
        resolution: Resolution,
        waiting: Option<Waiting>,
    },
    Ended(Result<Answer, LookupError>),
}

impl Slot {
    const fn asking(resolution: Resolution) -> Self {
        Self::Asking {
            resolution,
            waiting: None,
        }
    }
}

/// What a look-up wants next.
#[derive(Debug)]
pub(super) enum Next {
    /// Others of its questions are still under way.
    Wait,
    /// These questions are to be resolved.
    Resolve(SmallVec<[u8; 2]>),
    Done(Result<Answer, LookupError>),
}

impl Lookup {
    /// A look-up that is valid. A name that is `known` without asking, from the hosts file or because it means something special,
    /// means that and nothing else: it is not shown to servers as a part of other names.
    pub(super) fn new(now: Instant, asked: Asked, config: &Config, known: bool) -> Self {
        let mut limits = config.limits.clone();
        if let Some(time) = asked.options.time {
            limits.time = limits.time.min(time);
        }
        let (name, relative) = asked.query.name();
        let mut names = candidates(
            name,
            relative && !known,
            &config.search,
            config.ndots,
            config.no_top_level,
        );
        names.reverse();
        Self {
            budget: Budget::new(&limits, now),
            fresh: asked.options.fresh,
            query: asked.query,
            candidates: names,
            slots: SmallVec::new(),
            denied: None,
            failed: None,
        }
    }

    /// Begins with the first candidate.
    pub(super) fn begin(&mut self, now: Instant, config: &Config) -> Next {
        match self.literal(now) {
            Some(answer) => Next::Done(Ok(answer)),
            None => self.next_candidate(config),
        }
    }

    /// The answer to a question for the addresses of an address (RFC 1123 section 2.1).
    fn literal(&self, now: Instant) -> Option<Answer> {
        let Query::Addresses { name, .. } = &self.query else {
            return None;
        };
        let address = address_in_text(name)?;
        let (class, first, second) = self.query.types();
        let rdata = |rtype| Some((rtype, address_record(rtype, address)?));
        let (rtype, rdata) = rdata(first)
            .or_else(|| second.and_then(rdata))
            .map_or((first, None), |(rtype, rdata)| (rtype, Some(rdata)));
        let mut resolution = Resolution::new(name.clone(), rtype, class, false, 0);
        let rdata = rdata.into_iter().collect();
        Some(resolution.local(now, rdata, Outcome::NoData, Source::Literal))
    }

    /// Goes on with the next name that is meant, if there is one left.
    fn next_candidate(&mut self, config: &Config) -> Next {
        let Some(name) = self.candidates.pop() else {
            return Next::Done(self.outcome());
        };
        let (class, first, second) = self.query.types();
        let aliases = config.limits.aliases;
        let resolution = |rtype| Resolution::new(name.clone(), rtype, class, config.no_aaaa, aliases);
        self.slots.clear();
        self.slots.push(Slot::asking(resolution(first)));
        let mut begun = SmallVec::from_slice(&[0]);
        match second {
            Some(second) if config.single_request => self.slots.push(Slot::Unasked(resolution(second))),
            Some(second) => {
                self.slots.push(Slot::asking(resolution(second)));
                begun.push(1);
            }
            None => {}
        }
        Next::Resolve(begun)
    }

    /// A question that is being resolved, with the budget for it.
    pub(super) fn asking(
        &mut self,
        slot: u8,
    ) -> Option<(&mut Resolution, &mut Option<Waiting>, &mut Budget)> {
        match self.slots.get_mut(usize::from(slot))? {
            Slot::Asking { resolution, waiting } => Some((resolution, waiting, &mut self.budget)),
            Slot::Unasked(_) | Slot::Ended(_) => None,
        }
    }

    /// The fetches that it waits for, with the slots that do.
    pub(super) fn fetches(&self) -> impl Iterator<Item = (u8, FetchId)> {
        (0u8..).zip(&self.slots).filter_map(|(number, slot)| match slot {
            Slot::Asking { waiting, .. } => waiting.map(|waiting| (number, waiting.fetch)),
            Slot::Unasked(_) | Slot::Ended(_) => None,
        })
    }

    /// Among how many questions what is left of the budget is to be shared: those that have no share yet, and may want one. Who
    /// waits for the fetch of another may have to go on from there.
    pub(super) fn sharers(&self) -> u16 {
        let without = |slot: &&Slot| match slot {
            Slot::Unasked(_) => true,
            Slot::Asking { waiting, .. } => waiting.is_none_or(|waiting| !waiting.shares),
            Slot::Ended(_) => false,
        };
        u16::try_from(self.slots.iter().filter(without).count())
            .unwrap_or(1)
            .max(1)
    }

    /// A question ended.
    pub(super) fn ended(&mut self, config: &Config, slot: u8, result: Result<Answer, LookupError>) -> Next {
        if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
            *slot = Slot::Ended(result);
        }
        if self.slots.iter().any(|slot| matches!(slot, Slot::Asking { .. })) {
            return Next::Wait;
        }
        match self.slots.pop() {
            Some(Slot::Unasked(resolution)) => {
                let number = u8::try_from(self.slots.len()).unwrap_or(u8::MAX);
                self.slots.push(Slot::asking(resolution));
                return Next::Resolve(SmallVec::from_slice(&[number]));
            }
            last => self.slots.extend(last),
        }
        match self.combined() {
            Ok(answer) if answer.outcome == Outcome::Positive => Next::Done(Ok(answer)),
            Ok(denial) => {
                self.deny(denial);
                self.next_candidate(config)
            }
            // A server that failed with one name may know the next: so the GNU C library has it.
            Err(error) if is_server_failure(&error) => {
                self.failed.get_or_insert(error);
                self.next_candidate(config)
            }
            Err(error) => Next::Done(Err(error)),
        }
    }

    /// The time is over: what there is has to do.
    pub(super) fn expire(&mut self, error: &LookupError) -> Result<Answer, LookupError> {
        for slot in &mut self.slots {
            if !matches!(slot, Slot::Ended(_)) {
                *slot = Slot::Ended(Err(error.clone()));
            }
        }
        let combined = self.combined()?;
        match combined.outcome {
            Outcome::Positive => Ok(combined),
            Outcome::NoData | Outcome::NxDomain
                if self.candidates.is_empty() && combined.incomplete.is_none() =>
            {
                Ok(combined)
            }
            Outcome::NoData | Outcome::NxDomain => Err(error.clone()),
        }
    }

    /// What all questions about one name say together.
    fn combined(&mut self) -> Result<Answer, LookupError> {
        let mut whole: Option<Answer> = None;
        let mut failed = None;
        for slot in self.slots.drain(..) {
            match (slot, &mut whole) {
                (Slot::Ended(Ok(part)), None) => whole = Some(part),
                (Slot::Ended(Ok(part)), Some(whole)) => whole.add(part),
                (Slot::Ended(Err(error)), _) => failed = Some(error),
                (Slot::Asking { .. } | Slot::Unasked(_), _) => {}
            }
        }
        match (whole, failed) {
            (Some(answer), None) => Ok(answer),
            (Some(answer), Some(error)) if answer.outcome == Outcome::Positive => Ok(Answer {
                incomplete: Some(error),
                ..answer
            }),
            // That there is nothing can be said only if everything was found out.
            (_, Some(error)) => Err(error),
            (None, None) => Err(LookupError::NoServer),
        }
    }

    /// Notes that there is nothing under one of the names.
    fn deny(&mut self, denial: Answer) {
        let denied = match self.denied.take() {
            None => denial,
            Some(before) => {
                let (ttl, valid_until) = (
                    before.ttl.min(denial.ttl),
                    before.valid_until.min(denial.valid_until),
                );
                // A name that exists says more than one that does not.
                let better = before.outcome == Outcome::NxDomain && denial.outcome == Outcome::NoData;
                Answer {
                    ttl,
                    valid_until,
                    ..if better { denial } else { before }
                }
            }
        };
        self.denied = Some(denied);
    }

    /// What comes of it if no name has what was asked for.
    fn outcome(&mut self) -> Result<Answer, LookupError> {
        match (self.denied.take(), self.failed.take()) {
            (_, Some(error)) => Err(error),
            (Some(denied), None) => Ok(denied),
            (None, None) => Err(LookupError::NoServer),
        }
    }
}

impl Answer {
    /// Adds what another question about the same name says.
    fn add(&mut self, other: Self) {
        for set in other.rrsets {
            let known = |other: &crate::rrset::Rrset| {
                other.rtype() == set.rtype() && other.owner() == set.owner() && *other == set
            };
            if !self.rrsets.iter().any(known) {
                self.rrsets.push(set);
            }
        }
        for set in other.authority {
            if !self.authority.contains(&set) {
                self.authority.push(set);
            }
        }
        let (ours, theirs) = (self.outcome, other.outcome);
        // Something is better than nothing, and a name that exists is, too.
        if theirs < ours {
            self.outcome = theirs;
            self.source = other.source;
        }
        self.ttl = self.ttl.min(other.ttl);
        self.valid_until = self.valid_until.min(other.valid_until);
        self.authentic_data &= other.authentic_data;
    }
}

/// Whether the error is that a server said that it failed.
fn is_server_failure(error: &LookupError) -> bool {
    matches!(error, LookupError::Servers(failure) if failure.trouble == Trouble::Rcode(Rcode::SERVFAIL))
}

/// The address that a name is in text.
fn address_in_text(name: &Name) -> Option<IpAddr> {
    let last = name.labels().last()?;
    let numeric = last.iter().all(u8::is_ascii_digit) || last.contains(&b':');
    if !numeric {
        return None;
    }
    let mut text = alloc::string::String::new();
    for label in name.labels() {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(core::str::from_utf8(label).ok()?);
    }
    text.parse().ok()
}
