//! What is answered.

use std::collections::{BTreeMap, BTreeSet};

use nameward_core::client::{Answer, Outcome, Source};
use nameward_core::rrset::Rrset;
use nameward_sim::Fault;

use super::{Check, Verdict};
use crate::internet::plan::{LookupPlan, Plan};
use crate::internet::seen::Seen;
use crate::internet::servers::is_authentic;
use crate::internet::truth::{NEGATIVE_TTL, Truth, end_of, is_special, truth, ttl};

/// INV-1 and INV-14: what a look-up gets is true, and about what it asked.
pub(in crate::internet) struct Truthful {
    lookups: BTreeMap<u64, LookupPlan>,
    /// Altered bits may hit the data of a reply, which nothing but DNSSEC would notice.
    altered: bool,
}

impl Truthful {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        Self {
            lookups: plan
                .lookups
                .iter()
                .map(|lookup| (lookup.id, lookup.clone()))
                .collect(),
            altered: plan.faults.faults().contains_key(&Fault::Corruption),
        }
    }
}

impl Check for Truthful {
    fn look(&mut self, seen: &Seen) -> Verdict {
        let Seen::Answered { id, answer, .. } = seen else {
            return Ok(());
        };
        let plan = planned(&self.lookups, *id)?;
        let name = answer.name.to_string().to_ascii_lowercase();
        if !plan.candidates().contains(&name) {
            return Err(format!(
                "INV-14: look-up {id} for {} got an answer about {name}",
                plan.name
            ));
        }
        if self.altered {
            return Ok(());
        }
        check_outcome(*id, plan, answer, &name)?;
        let of_sets = answer.rrsets.iter().map(|set| ttl(&set.owner().to_string()));
        let negative = (answer.outcome != Outcome::Positive).then_some(NEGATIVE_TTL);
        let most = of_sets.chain(negative).min().unwrap_or(0);
        if answer.ttl > most {
            return Err(format!(
                "INV-9: look-up {id} got a TTL of {}, not at most {most}",
                answer.ttl
            ));
        }
        answer.rrsets.iter().try_for_each(|set| check_set(*id, set))
    }
}

/// The look-up with a number. The second time it is looked up with a number that is larger by this.
pub(in crate::internet) const AGAIN: u64 = 1 << 32;

fn planned(lookups: &BTreeMap<u64, LookupPlan>, id: u64) -> Result<&LookupPlan, String> {
    let plan = lookups.get(&(id % AGAIN));
    plan.ok_or_else(|| format!("INV-14: look-up {id} was never begun"))
}

fn check_outcome(id: u64, plan: &LookupPlan, answer: &Answer, name: &str) -> Verdict {
    let rtypes = plan.rtypes();
    let positive = Plan::is_positive(name, &rtypes);
    match answer.outcome {
        Outcome::Positive if positive => {
            let wanted = answer.rrsets.iter().any(|set| rtypes.contains(&set.rtype().0));
            if wanted {
                Ok(())
            } else {
                Err(format!("INV-1: look-up {id} got nothing that it asked for"))
            }
        }
        // Of two types, one may be unknown.
        Outcome::NoData if answer.incomplete.is_some() => Ok(()),
        Outcome::NoData
            if !positive && rtypes.iter().any(|&rtype| end_of(name, rtype).1 == Truth::NoData) =>
        {
            Ok(())
        }
        Outcome::NxDomain
            if rtypes
                .iter()
                .all(|&rtype| end_of(name, rtype).1 == Truth::NxDomain) =>
        {
            Ok(())
        }
        outcome => Err(format!(
            "INV-1: look-up {id} was told {outcome:?} about {name}, which is not true"
        )),
    }
}

/// Whether all records of a set, and no others, are there.
fn check_set(id: u64, set: &Rrset) -> Verdict {
    let (owner, rtype) = (set.owner().to_string(), set.rtype().0);
    let records: BTreeSet<String> = set
        .records()
        .map(|record| {
            record
                .to_string()
                .splitn(5, '\t')
                .nth(4)
                .unwrap_or_default()
                .to_ascii_lowercase()
        })
        .collect();
    match (truth(&owner, rtype), truth(&owner, 5)) {
        (Truth::Positive(true_records), _) if true_records == records => Ok(()),
        (Truth::Alias(target), _) if rtype == 5 && records == BTreeSet::from([target.clone()]) => Ok(()),
        (is, _) => Err(format!(
            "INV-1: look-up {id} was told that {owner} of type {rtype} is {records:?}, but it is {is:?}"
        )),
    }
}

/// INV-20: only who is trusted says what is authentic, and it says so only of what is.
pub(in crate::internet) struct Authentic {
    trusted: BTreeSet<std::net::SocketAddr>,
    any_trusted: bool,
    altered: bool,
}

impl Authentic {
    pub(in crate::internet) fn new(plan: &Plan) -> Self {
        let trusted: BTreeSet<_> = plan
            .servers
            .iter()
            .filter(|server| server.trusted)
            .map(|server| server.address())
            .collect();
        Self {
            any_trusted: !trusted.is_empty(),
            trusted,
            altered: plan.faults.faults().contains_key(&Fault::Corruption),
        }
    }
}

impl Check for Authentic {
    fn look(&mut self, seen: &Seen) -> Verdict {
        let Seen::Answered { id, answer, .. } = seen else {
            return Ok(());
        };
        if !answer.authentic_data || self.altered {
            return Ok(());
        }
        let by_trusted = match answer.source {
            Source::Server { address, .. } => self.trusted.contains(&address),
            _ => self.any_trusted,
        };
        if !by_trusted {
            return Err(format!(
                "INV-20: look-up {id} got AD from {:?}, whom nobody trusts",
                answer.source
            ));
        }
        // A chain of aliases keeps its number.
        if !is_authentic(&answer.name.to_string()) || is_special(&answer.name.to_string()) {
            return Err(format!(
                "INV-20: look-up {id} got AD for {}, of which no trusted server says so",
                answer.name
            ));
        }
        Ok(())
    }
}
