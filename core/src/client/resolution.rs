//! One name and one type, from the question to the end of its aliases.

use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

use super::answer::{Answer, LookupError, Outcome, Source};
use super::classify::{Denial, End, Finding, Signed, alias_target};
use super::fetch::Key;
use super::hosts::HostsIndex;
use super::reverse::address_of;
use super::routes::Routes;
use super::special::{Special, special};
use crate::budget::Exhausted;
use crate::cache::{Cache, Found, View};
use crate::planted::planted;
use crate::rrset::Rrset;
use crate::time::Instant;
use crate::wire::{A, Aaaa, Class, Name, Ptr, Question, Rdata, Rtype};

/// One question of a look-up.
#[derive(Debug)]
pub(super) struct Resolution {
    /// What is asked now: the name moves along aliases.
    question: Question,
    /// The type that is wanted: it is not asked for if another one tells as much.
    wanted: Rtype,
    /// What is known so far, with the lowest TTL of all that was used.
    answer: Answer,
    /// How many more aliases are followed. Each question has its own chain: those of two types are as long as that of one.
    aliases_left: u8,
}

/// What a resolution can know without asking.
pub(super) struct Sources<'a> {
    pub(super) hosts: &'a HostsIndex,
    pub(super) routes: &'a Routes,
    /// None if nothing is kept, or if only what is fresh counts.
    pub(super) cache: Option<&'a mut Cache>,
}

/// How far a resolution came.
#[derive(Debug)]
pub(super) enum Progress {
    Ended(Result<Answer, LookupError>),
    /// This must be fetched.
    Needs(Key),
}

/// For how long, and how far, something is believed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
    pub(super) ttl: u32,
    pub(super) valid_until: Instant,
    pub(super) authentic_data: bool,
    pub(super) source: Source,
}

impl Worth {
    /// Good for one look-up, by nobody's authority.
    fn passing(now: Instant, source: Source) -> Self {
        Self {
            ttl: 0,
            valid_until: now,
            authentic_data: false,
            source,
        }
    }

    fn with_ttl(self, now: Instant, ttl: u32) -> Self {
        let valid_until = now.after(Duration::from_secs(ttl.into()));
        Self {
            ttl,
            valid_until,
            ..self
        }
    }
}

impl Resolution {
    /// The question for type `wanted`, which follows so many `aliases`. With `no_aaaa`, A is asked for in place of AAAA.
    pub(super) fn new(name: Name, wanted: Rtype, class: Class, no_aaaa: bool, aliases: u8) -> Self {
        let rtype = if no_aaaa && wanted == Rtype::AAAA {
            Rtype::A
        } else {
            wanted
        };
        Self {
            answer: Self::blank(name.clone()),
            question: Question { name, rtype, class },
            wanted,
            aliases_left: aliases,
        }
    }

    /// Goes as far as it can without asking anybody.
    pub(super) fn advance(&mut self, now: Instant, sources: &mut Sources<'_>) -> Progress {
        loop {
            if let Some(answer) = self.look_in_hosts(now, sources.hosts) {
                return Progress::Ended(Ok(answer));
            }
            let view = sources.routes.of(&self.question.name);
            let route = sources.routes.group(view).map(|group| &group.suffix);
            let special = route.and_then(|route| special(&self.question.name, route));
            if let Some(special) = special.filter(|_| !planted!(SpecialNameAsked)) {
                return Progress::Ended(Ok(self.special(now, special)));
            }
            match self.look_in_cache(now, view, sources) {
                Ok(Some(Cached::Alias)) => {}
                Ok(Some(Cached::Answer)) => return Progress::Ended(Ok(self.finish())),
                Ok(None) => {
                    return Progress::Needs(Key {
                        view,
                        question: self.question.clone(),
                    });
                }
                Err(error) => return Progress::Ended(Err(error)),
            }
        }
    }

    /// Takes what a server said. If it did not say all, the resolution must [`advance`](Self::advance) again.
    pub(super) fn take(
        &mut self,
        now: Instant,
        finding: &Finding,
        (longest, longest_denial): (u32, u32),
        worth: Worth,
    ) -> Option<Result<Answer, LookupError>> {
        let kept = |signed: &Signed| {
            let mut signed = signed.clone();
            signed.rrset.cap_ttl(longest);
            signed
        };
        for alias in &finding.aliases {
            if let Err(error) = self.follow(kept(alias), worth.with_ttl(now, alias.rrset.ttl().min(longest)))
            {
                return Some(Err(error));
            }
        }
        match &finding.end {
            End::Unsaid => return None,
            End::Positive(sets) => {
                for set in sets {
                    self.push(kept(set), worth.with_ttl(now, set.rrset.ttl().min(longest)));
                }
            }
            End::NoData(denial) => self.deny(
                Outcome::NoData,
                denial,
                worth.with_ttl(now, denial.ttl().min(longest_denial)),
            ),
            End::NxDomain(denial) => {
                self.deny(
                    Outcome::NxDomain,
                    denial,
                    worth.with_ttl(now, denial.ttl().min(longest_denial)),
                );
            }
        }
        Some(Ok(self.finish()))
    }

    fn look_in_hosts(&mut self, now: Instant, hosts: &HostsIndex) -> Option<Answer> {
        let Question { name, class, .. } = &self.question;
        // An alias leads to what the DNS says of its target.
        if *class != Class::IN || !self.answer.rrsets.is_empty() {
            return None;
        }
        let rdata: Vec<Rdata> = match self.wanted {
            Rtype::A | Rtype::AAAA => {
                let addresses = hosts.addresses(name);
                if addresses.is_empty() {
                    return None;
                }
                addresses
                    .iter()
                    .filter_map(|&address| address_record(self.wanted, address))
                    .collect()
            }
            Rtype::PTR => {
                let names = hosts.names(address_of(name)?);
                names
                    .iter()
                    .map(|name| Ptr { target: name.view() }.to_rdata())
                    .collect()
            }
            _ => return None,
        };
        if rdata.is_empty() && self.wanted == Rtype::PTR {
            return None;
        }
        Some(self.local(now, rdata, Outcome::NoData, Source::Hosts))
    }

    fn special(&mut self, now: Instant, special: Special) -> Answer {
        let (rdata, otherwise) = match (special, self.wanted) {
            (Special::Nonexistent, _) => (None, Outcome::NxDomain),
            (Special::Loopback, Rtype::A) => {
                (address_record(Rtype::A, [127, 0, 0, 1].into()), Outcome::NoData)
            }
            (Special::Loopback, Rtype::AAAA) => {
                let loopback = core::net::Ipv6Addr::LOCALHOST;
                (address_record(Rtype::AAAA, loopback.into()), Outcome::NoData)
            }
            (Special::Loopback, _) => (None, Outcome::NoData),
        };
        self.local(now, rdata.into_iter().collect(), otherwise, Source::SpecialUse)
    }

    /// The answer with these records, or the `otherwise`, from nobody but us.
    pub(super) fn local(
        &mut self,
        now: Instant,
        rdata: Vec<Rdata>,
        otherwise: Outcome,
        source: Source,
    ) -> Answer {
        let worth = Worth::passing(now, source);
        let Question { name, class, .. } = &self.question;
        match Rrset::new(name.clone(), self.wanted, *class, 0, rdata) {
            Ok(rrset) => self.push(
                Signed {
                    rrset,
                    signatures: None,
                },
                worth,
            ),
            Err(_) => self.deny(otherwise, &Denial::default(), worth),
        }
        // What was asked for in place of what is wanted does not matter here.
        self.question.rtype = self.wanted;
        self.finish()
    }

    fn look_in_cache(
        &mut self,
        now: Instant,
        view: View,
        sources: &mut Sources<'_>,
    ) -> Result<Option<Cached>, LookupError> {
        let Question { name, rtype, class } = &self.question;
        let hit = sources
            .cache
            .as_mut()
            .and_then(|cache| cache.get(now, view, name, *rtype, *class));
        let Some(hit) = hit else { return Ok(None) };
        let worth = Worth {
            ttl: hit.ttl,
            valid_until: hit.valid_until,
            authentic_data: hit.credibility.authentic_data,
            source: Source::Cache,
        };
        let aged = |rrset: &Rrset, signatures: Option<&Rrset>| Signed {
            rrset: hit.aged(rrset),
            signatures: signatures.map(|set| hit.aged(set)),
        };
        let denial = |soa: &Rrset| Denial {
            soa: Some(aged(soa, None)),
            proofs: Vec::new(),
        };
        match hit.found {
            Found::Records { rrset, signatures } => self.push(aged(rrset, signatures), worth),
            Found::Alias { rrset, signatures } => {
                self.follow(aged(rrset, signatures), worth)?;
                return Ok(Some(Cached::Alias));
            }
            Found::NoData { soa } => self.deny(Outcome::NoData, &denial(soa), worth),
            Found::NxDomain { soa } => self.deny(Outcome::NxDomain, &denial(soa), worth),
            // The servers remember what failed. Who did so here, too, would not come back when they do.
            Found::Failure => return Ok(None),
        }
        Ok(Some(Cached::Answer))
    }

    /// Takes an alias set and goes on with its target.
    fn follow(&mut self, alias: Signed, worth: Worth) -> Result<(), LookupError> {
        let exhausted = LookupError::Exhausted {
            limit: Exhausted::Aliases,
            last: None,
        };
        // A DNAME set is followed by the CNAME set that it makes.
        if let Some(target) = alias_target(&alias.rrset) {
            let Some(left) = self.aliases_left.checked_sub(1) else {
                return Err(exhausted);
            };
            self.aliases_left = left;
            let mut before = self
                .answer
                .rrsets
                .iter()
                .filter(|set| set.rtype() == Rtype::CNAME);
            if target == *alias.rrset.owner() || before.any(|set| *set.owner() == target) {
                // It would go on like this until no alias may be followed any more.
                return Err(exhausted);
            }
            self.question.name = target;
        }
        let worth = if planted!(AliasTtlIgnored) {
            Worth {
                ttl: u32::MAX,
                valid_until: Instant::from_nanos(u64::MAX),
                ..worth
            }
        } else {
            worth
        };
        self.push(alias, worth);
        Ok(())
    }

    fn push(&mut self, set: Signed, worth: Worth) {
        self.answer.rrsets.push(set.rrset);
        self.answer.rrsets.extend(set.signatures);
        self.weigh(worth);
    }

    fn deny(&mut self, outcome: Outcome, denial: &Denial, worth: Worth) {
        self.answer.outcome = outcome;
        for set in denial.soa.iter().chain(&denial.proofs) {
            self.answer.authority.push(set.rrset.clone());
            self.answer.authority.extend(set.signatures.clone());
        }
        self.weigh(worth);
    }

    /// The whole is worth as much as the least of its parts.
    fn weigh(&mut self, worth: Worth) {
        self.answer.ttl = self.answer.ttl.min(worth.ttl);
        self.answer.valid_until = self.answer.valid_until.min(worth.valid_until);
        self.answer.authentic_data &= worth.authentic_data;
        self.answer.source = worth.source;
    }

    /// The answer, now that it is whole.
    fn finish(&mut self) -> Answer {
        let blank = Self::blank(Name::root());
        let mut answer = core::mem::replace(&mut self.answer, blank);
        if self.question.rtype != self.wanted && answer.outcome == Outcome::Positive {
            // There are addresses of the other family: the name exists, and that is all that was to be found out.
            answer.outcome = Outcome::NoData;
            answer.rrsets.retain(|set| alias_target(set).is_some());
        }
        answer
    }

    /// An answer of which nothing is known yet, so that nothing speaks against it.
    const fn blank(name: Name) -> Answer {
        Answer {
            name,
            outcome: Outcome::Positive,
            rrsets: Vec::new(),
            authority: Vec::new(),
            ttl: u32::MAX,
            valid_until: Instant::from_nanos(u64::MAX),
            source: Source::Cache,
            authentic_data: true,
            incomplete: None,
        }
    }
}

enum Cached {
    Alias,
    Answer,
}

/// The record of an address, if it is one of that type.
pub(super) fn address_record(rtype: Rtype, address: IpAddr) -> Option<Rdata> {
    match (rtype, address) {
        (Rtype::A, IpAddr::V4(address)) => Some(A { address }.to_rdata()),
        (Rtype::AAAA, IpAddr::V6(address)) => Some(Aaaa { address }.to_rdata()),
        _ => None,
    }
}
