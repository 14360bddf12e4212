//! The way of one question from the root to its answer.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::ops::ControlFlow;
use core::time::Duration;

use super::answer::{Answer, ResolutionError, Said, Step};
use super::config::Config;
use super::delegation::Delegation;
use super::reading::{Reading, read};
use crate::budget::{Budget, Exhausted};
use crate::client::classify::{Denial, End, Finding, Signed, alias_target};
use crate::client::{Failure, Families, Outcome, Trouble};
use crate::limits::Limits;
use crate::planted::planted;
use crate::rrset::Rrset;
use crate::seed::Rng;
use crate::time::Instant;
use crate::transport::{Ended, ExchangeError, QueryOptions};
use crate::wire::{A, Aaaa, Name, Question, Rcode, Rtype};

/// Where servers are asked.
const PORT: u16 = 53;

/// How many names of servers may lead nowhere before no more are looked up.
const MOST_DEAD_ENDS: usize = 5;

/// A question on its way. It asks one server at a time, and says whom.
#[derive(Debug)]
pub(super) struct Walk {
    /// The question that was asked, and the questions that it waits for, each for the next one. The budget of the first is that of all.
    tasks: Vec<Task>,
    /// Names of servers that lead nowhere.
    dead_ends: Vec<Name>,
    /// A limit that cost us a server.
    limit: Option<Exhausted>,
    last: Option<Failure>,
    answer: Answer,
}

/// One question, and how far it has come.
#[derive(Debug)]
struct Task {
    question: Question,
    /// A share of that of the task before, which gets back what is left.
    budget: Budget,
    delegation: Delegation,
    /// The server that is being asked: its name and its address.
    asking: Option<(Name, IpAddr)>,
}

/// A server that is to be asked.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) server: SocketAddr,
    pub(super) question: Question,
    pub(super) options: QueryOptions,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Next {
    /// This server is to be asked, and [`Walk::take`] is to be told what came of it.
    Ask(Ask),
    /// The end.
    Over(Result<Answer, ResolutionError>),
}

/// Whether a walk goes on.
pub(super) type Course = ControlFlow<Result<Answer, ResolutionError>>;

/// It does.
const ON: Course = Course::Continue(());

impl Walk {
    /// A question that nobody was asked yet.
    pub(super) fn new(rng: &mut Rng, config: &Config, question: Question, now: Instant) -> Self {
        let answer = Answer {
            name: question.name.clone(),
            outcome: Outcome::Positive,
            rrsets: Vec::new(),
            authority: Vec::new(),
        };
        let first = Task {
            question,
            budget: Budget::new(&config.limits, now),
            delegation: Delegation::root(rng, &config.hints, config.families),
            asking: None,
        };
        Self {
            tasks: alloc::vec![first],
            dead_ends: Vec::new(),
            limit: None,
            last: None,
            answer,
        }
    }

    /// What the packets of the present question are paid from.
    pub(super) fn budget(&mut self) -> Option<&mut Budget> {
        self.tasks.last_mut().map(|task| &mut task.budget)
    }

    /// What comes next.
    pub(super) fn next(&mut self, rng: &mut Rng, config: &Config) -> Next {
        loop {
            let Some(task) = self.tasks.last_mut() else {
                return Next::Over(Err(self.failure(Name::root())));
            };
            if let Some(ask) = task.ask(config, 1) {
                return Next::Ask(ask);
            }
            if let Some(server) = task.delegation.next_nameless() {
                self.look_for(rng, config, server);
                continue;
            }
            if let Some(ask) = task.ask(config, config.options.attempts) {
                return Next::Ask(ask);
            }
            let zone = task.delegation.zone.clone();
            if !self.dead_end() {
                return Next::Over(Err(self.failure(zone)));
            }
        }
    }

    /// Takes what came of asking a server: what there is to tell of it, and whether the walk goes on.
    pub(super) fn take(
        &mut self,
        rng: &mut Rng,
        config: &Config,
        now: Instant,
        ended: Ended,
    ) -> (Option<Step>, Course) {
        let depth = u8::try_from(self.tasks.len().saturating_sub(1)).unwrap_or(u8::MAX);
        let Some(task) = self.tasks.last_mut() else {
            return (None, ON);
        };
        let Some((server, ip)) = task.asking.take() else {
            return (None, ON);
        };
        task.delegation.tried(ip, ended.datagrams);
        let address = SocketAddr::new(ip, PORT);
        let mut step = Step {
            depth,
            question: task.question.clone(),
            zone: task.delegation.zone.clone(),
            server,
            address,
            said: Said::Outcome(Outcome::Positive),
            reply: None,
        };
        let reply = match ended.outcome {
            Ok(reply) => reply,
            Err(ExchangeError::Exhausted(limit)) => return (None, self.exhausted(now, limit)),
            Err(error) => {
                let trouble = Trouble::Exchange(error);
                step.said = Said::Trouble(trouble);
                self.last = Some(Failure {
                    server: address,
                    trouble,
                });
                return (Some(step), ON);
            }
        };
        let reading = read(reply.message.view(), &task.question, &task.delegation.zone);
        step.reply = Some(reply);
        let course = match reading {
            Reading::Referral(zone, servers) => {
                task.delegation = Delegation::new(rng, zone.clone(), servers, config.families);
                step.said = Said::Referral(zone);
                ON
            }
            Reading::Found(finding) => {
                step.said = match &finding.end {
                    End::Unsaid => Said::Alias(finding.name.clone()),
                    End::Positive(_) => Said::Outcome(Outcome::Positive),
                    End::NoData(_) => Said::Outcome(Outcome::NoData),
                    End::NxDomain(_) => Said::Outcome(Outcome::NxDomain),
                };
                if depth == 0 {
                    self.found(rng, config, finding)
                } else {
                    self.found_server(config, finding);
                    ON
                }
            }
            Reading::Lame(why) => {
                step.said = Said::Lame(why);
                self.useless(address, Trouble::Lame);
                ON
            }
            Reading::Trouble(trouble) => {
                step.said = Said::Trouble(trouble);
                self.useless(address, trouble);
                // The name that a DNAME record makes is too long: any other server would say so, too (RFC 6672 section 2.2).
                if trouble == Trouble::Rcode(Rcode::YXDOMAIN) && depth == 0 {
                    Course::Break(Err(self.failure(step.zone.clone())))
                } else {
                    ON
                }
            }
        };
        (Some(step), course)
    }

    /// A server replied, and that is of no use.
    fn useless(&mut self, server: SocketAddr, trouble: Trouble) {
        self.last = Some(Failure { server, trouble });
        if let Some(task) = self.tasks.last_mut() {
            task.delegation.useless(server.ip());
        }
    }

    /// A server has said something about the question that was asked.
    fn found(&mut self, rng: &mut Rng, config: &Config, finding: Finding) -> Course {
        let Finding { aliases, name, end } = finding;
        for alias in aliases {
            if let Err(limit) = self.follow(alias) {
                let zone = self
                    .tasks
                    .first()
                    .map_or_else(Name::root, |task| task.delegation.zone.clone());
                let last = self.last;
                return Course::Break(Err(ResolutionError::Exhausted { limit, zone, last }));
            }
        }
        self.answer.name = name;
        let (outcome, denial) = match end {
            End::Positive(sets) => {
                sets.into_iter()
                    .for_each(|set| push(&mut self.answer.rrsets, set));
                (Outcome::Positive, Denial::default())
            }
            End::NoData(denial) => (Outcome::NoData, denial),
            End::NxDomain(denial) => (Outcome::NxDomain, denial),
            End::Unsaid => {
                if let Some(task) = self.tasks.first_mut() {
                    task.question.name = self.answer.name.clone();
                    task.delegation = Delegation::root(rng, &config.hints, config.families);
                }
                return ON;
            }
        };
        self.answer.outcome = outcome;
        let sets = denial.soa.into_iter().chain(denial.proofs);
        sets.for_each(|set| push(&mut self.answer.authority, set));
        let nothing = Answer {
            name: Name::root(),
            outcome,
            rrsets: Vec::new(),
            authority: Vec::new(),
        };
        Course::Break(Ok(core::mem::replace(&mut self.answer, nothing)))
    }

    /// Takes an alias set. A DNAME set is followed by the CNAME set that it makes.
    fn follow(&mut self, alias: Signed) -> Result<(), Exhausted> {
        if let Some(target) = alias_target(&alias.rrset) {
            if let Some(first) = self.tasks.first_mut() {
                first.budget.alias()?;
            }
            let mut before = self
                .answer
                .rrsets
                .iter()
                .filter(|set| set.rtype() == Rtype::CNAME);
            if target == *alias.rrset.owner() || before.any(|set| *set.owner() == target) {
                // It would go on like this until no alias may be followed any more.
                return Err(Exhausted::Aliases);
            }
        }
        push(&mut self.answer.rrsets, alias);
        Ok(())
    }

    /// Begins to look for the address of a server of the present zone, unless that leads nowhere.
    fn look_for(&mut self, rng: &mut Rng, config: &Config, server: Name) {
        let is_asked = |task: &Task| task.question.name == server;
        if self.dead_ends.len() >= MOST_DEAD_ENDS
            || self.dead_ends.contains(&server)
            || self.tasks.iter().any(is_asked)
        {
            return;
        }
        let entered = self.tasks.first_mut().map(|first| first.budget.enter());
        if let Some(Err(limit)) = entered {
            self.limit = Some(limit);
            return;
        }
        let Some(task) = self.tasks.last_mut() else { return };
        let (packets, octets) = (task.budget.packets_left() / 2, task.budget.octets_left() / 2);
        let first_type = if config.families == Families::Ipv6 {
            Rtype::AAAA
        } else {
            Rtype::A
        };
        let budget = if planted!(ServerGetsFullBudget) {
            let time = Duration::ZERO;
            let limits = Limits {
                time,
                ..config.limits.clone()
            };
            Budget::new(&limits, task.budget.deadline())
        } else {
            task.budget.split(packets, octets)
        };
        let task = Task {
            question: Question::new(server, first_type),
            budget,
            delegation: Delegation::root(rng, &config.hints, config.families),
            asking: None,
        };
        self.tasks.push(task);
    }

    /// Somebody has said something about the name of a server. One that is an alias is not followed (RFC 2181 section 10.3).
    fn found_server(&mut self, config: &Config, finding: Finding) {
        let Some(task) = self.tasks.last_mut() else { return };
        let has_other_family = task.question.rtype == Rtype::A && config.families == Families::Both;
        match finding.end {
            End::Positive(sets) if finding.aliases.is_empty() => {
                let server = task.question.name.clone();
                let records = sets.iter().flat_map(|set| set.rrset.rdata());
                let addresses: Vec<IpAddr> = records
                    .filter_map(|rdata| {
                        let ipv4 = || rdata.view::<A>().map(|a| a.address.into());
                        let ipv6 = || rdata.view::<Aaaa>().map(|aaaa| aaaa.address.into());
                        ipv4().or_else(ipv6)
                    })
                    .collect();
                self.leave();
                let asker = self.tasks.last_mut();
                let any =
                    asker.is_some_and(|task| task.delegation.found(&server, addresses, config.families));
                if !any {
                    self.dead_ends.push(server);
                }
            }
            End::NoData(_) if finding.aliases.is_empty() && has_other_family => {
                task.question.rtype = Rtype::AAAA;
                task.delegation.renew();
            }
            End::Positive(_) | End::NoData(_) | End::NxDomain(_) | End::Unsaid => {
                self.dead_end();
            }
        }
    }

    /// The present question, if it is about a server, leads nowhere: the one that waits for it goes on. Whether there is one.
    fn dead_end(&mut self) -> bool {
        let is_about_server = self.tasks.len() > 1;
        if is_about_server && let Some(question) = self.leave() {
            self.dead_ends.push(question.name);
        }
        is_about_server
    }

    /// Ends the present question; what is left of its budget goes back.
    fn leave(&mut self) -> Option<Question> {
        let Task { question, budget, .. } = self.tasks.pop()?;
        if let Some(task) = self.tasks.last_mut() {
            task.budget.rejoin(budget);
        }
        if let Some(first) = self.tasks.first_mut() {
            first.budget.leave();
        }
        Some(question)
    }

    /// The budget of the present question is used up. That of the one that waits for it need not be.
    fn exhausted(&mut self, now: Instant, limit: Exhausted) -> Course {
        self.limit = Some(limit);
        let in_time = self.budget().is_some_and(|budget| now < budget.deadline());
        let zone = self
            .tasks
            .last()
            .map_or_else(Name::root, |task| task.delegation.zone.clone());
        if in_time && self.dead_end() {
            return ON;
        }
        Course::Break(Err(self.failure(zone)))
    }

    /// Nobody is left to be asked.
    fn failure(&self, zone: Name) -> ResolutionError {
        let last = self.last;
        match self.limit {
            Some(limit) => ResolutionError::Exhausted { limit, zone, last },
            None => ResolutionError::Servers { zone, last },
        }
    }
}

impl Task {
    /// Asks the server that was tried least, if that was less than `most` times.
    fn ask(&mut self, config: &Config, most: u8) -> Option<Ask> {
        let candidate = self.delegation.fewest_tries(most)?;
        self.asking = Some((candidate.server, candidate.address));
        let patience = 1u32.checked_shl(candidate.tries.into()).unwrap_or(u32::MAX);
        let options = QueryOptions {
            recursion_desired: false,
            timeout: config.options.timeout.saturating_mul(patience),
            attempts: 1,
            sent_before: candidate.datagrams,
            ..config.options.clone()
        };
        Some(Ask {
            server: SocketAddr::new(candidate.address, PORT),
            question: self.question.clone(),
            options,
        })
    }
}

fn push(sets: &mut Vec<Rrset>, Signed { rrset, signatures }: Signed) {
    sets.push(rrset);
    sets.extend(signatures);
}
