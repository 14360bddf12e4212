//! A plan as text, and how it is made smaller.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use nameward_core::limits::Limits;
use nameward_core::machine::Proto;
use nameward_core::time::Instant;
use nameward_core::transport::{Config, Edns, QueryOptions, QuestionId};
use nameward_core::wire::{Question, Rtype};
use nameward_sim::{Case, Decisions, Fault, FaultPlan, Intensity, Knowledge, Ran, kept};

use super::plan::{Behaviour, Plan, QuestionPlan, ServerPlan};
use super::run_in;
use crate::words::{Line, LineError, Millis};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed is={}", self.seed)?;
        let Limits {
            packets,
            octets,
            time,
            ..
        } = self.requester.limits;
        writeln!(
            f,
            "limits packets={packets} octets={octets} time={}",
            Millis(time)
        )?;
        for (fault, how) in self.faults.faults() {
            writeln!(f, "fault row={fault:?} how={how:?}")?;
        }
        for ServerPlan {
            number,
            behaviour,
            thinks,
            garbage,
        } in &self.servers
        {
            write!(
                f,
                "server number={number} behaviour={behaviour:?} thinks={}",
                Millis(*thinks)
            )?;
            match *garbage {
                ServerPlan::ALL_GARBAGE => writeln!(f)?,
                garbage => writeln!(f, " garbage={garbage}")?,
            }
        }
        for Knowledge { port, id, question } in &self.attackers {
            writeln!(f, "attacker port={port} id={id} question={question}")?;
        }
        self.questions
            .iter()
            .try_for_each(|question| writeln!(f, "{question}"))
    }
}

impl fmt::Display for QuestionPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Question { name, rtype, .. } = &self.question;
        let QueryOptions {
            proto,
            edns,
            timeout,
            attempts,
            ..
        } = &self.options;
        write!(
            f,
            "ask id={} at={} server={}",
            self.id.0,
            Millis(self.at.since(Instant::ZERO)),
            self.server
        )?;
        write!(f, " name={name} type={} proto={proto:?}", rtype.0)?;
        write!(f, " timeout={} attempts={attempts}", Millis(*timeout))?;
        if let Some(edns) = edns {
            write!(f, " payload={} do={}", edns.udp_payload, edns.dnssec_ok)?;
        }
        if let Some(after) = self.cancelled_after {
            write!(f, " cancelled={}", Millis(after))?;
        }
        if self.must_be_answered {
            write!(f, " answered")
        } else {
            Ok(())
        }
    }
}

impl FromStr for Plan {
    type Err = LineError;

    fn from_str(text: &str) -> Result<Self, LineError> {
        let mut plan = Self {
            seed: 0,
            faults: FaultPlan::NONE,
            requester: Config::default(),
            servers: Vec::new(),
            questions: Vec::new(),
            attackers: Vec::new(),
        };
        let mut faults = Vec::new();
        for line in text.lines().map(Line::read) {
            match line.word {
                "seed" => plan.seed = line.get("is")?,
                "limits" => {
                    plan.requester.limits = Limits {
                        packets: line.get("packets")?,
                        octets: line.get("octets")?,
                        time: line.get::<Millis>("time")?.0,
                        udp_payload: super::plan::UDP_PAYLOAD,
                        ..Limits::default()
                    }
                }
                "fault" => faults.push((
                    line.one_of("row", Fault::ALL)?,
                    line.one_of("how", [Intensity::Light, Intensity::Heavy])?,
                )),
                "server" => plan.servers.push(ServerPlan {
                    number: line.get("number")?,
                    behaviour: line.one_of("behaviour", Behaviour::ALL)?,
                    thinks: line.get::<Millis>("thinks")?.0,
                    garbage: line.maybe("garbage")?.unwrap_or(ServerPlan::ALL_GARBAGE),
                }),
                "attacker" => plan.attackers.push(Knowledge {
                    port: line.get("port")?,
                    id: line.get("id")?,
                    question: line.get("question")?,
                }),
                "ask" => plan.questions.push(question(&line)?),
                _ => return Err(line.error(line.word)),
            }
        }
        plan.faults = FaultPlan::of(faults);
        Ok(plan)
    }
}

fn question(line: &Line<'_>) -> Result<QuestionPlan, LineError> {
    let payload = line.maybe("payload")?;
    let edns = match payload {
        None => None,
        Some(udp_payload) => Some(Edns {
            udp_payload,
            dnssec_ok: line.get("do")?,
            ..Edns::default()
        }),
    };
    Ok(QuestionPlan {
        id: QuestionId(line.get("id")?),
        at: Instant::ZERO.after(line.get::<Millis>("at")?.0),
        server: line.get("server")?,
        question: Question::new(line.get("name")?, Rtype(line.get("type")?)),
        options: QueryOptions {
            proto: line.one_of("proto", [Proto::Datagram, Proto::Stream])?,
            edns,
            timeout: line.get::<Millis>("timeout")?.0,
            attempts: line.get("attempts")?,
            ..QueryOptions::default()
        },
        cancelled_after: line.maybe::<Millis>("cancelled")?.map(|after| after.0),
        must_be_answered: line.has("answered"),
    })
}

/// The parts that can be left out.
const ATTACKERS: usize = 0;
const ROWS: usize = 1;

impl Case for Plan {
    fn run(&self, decisions: Option<Decisions>) -> Ran {
        Ran::of(self.seed, decisions, |world| run_in(self, world))
    }

    fn parts(&self) -> Vec<usize> {
        vec![
            self.attackers.len(),
            self.faults.faults().len(),
            self.questions.len(),
        ]
    }

    fn keep(&self, kind: usize, positions: &[usize]) -> Self {
        let mut plan = self.clone();
        match kind {
            ATTACKERS => plan.attackers = kept(&self.attackers, positions),
            ROWS => plan.faults = self.faults.keep(positions),
            _ => {
                plan.questions = kept(&self.questions, positions);
                let first = self.servers.first().map(ServerPlan::address);
                plan.servers.retain(|server| {
                    let address = Some(server.address());
                    let asked = plan
                        .questions
                        .iter()
                        .any(|question| Some(question.server) == address);
                    // The first one is whom attackers impersonate.
                    asked || (address == first && !plan.attackers.is_empty())
                });
            }
        }
        plan
    }

    fn simpler(&self) -> Vec<Self> {
        let mut simpler = Vec::new();
        let mut add = |change: &dyn Fn(&mut Self)| {
            let mut plan = self.clone();
            change(&mut plan);
            if plan.to_string() != self.to_string() {
                simpler.push(plan);
            }
        };
        add(&|plan| {
            plan.requester.limits = Limits {
                udp_payload: super::plan::UDP_PAYLOAD,
                ..Limits::default()
            }
        });
        for at in 0..self.servers.len() {
            add(&|plan| plan.servers[at].behaviour = Behaviour::Honest);
            add(&|plan| plan.servers[at].thinks = Duration::ZERO);
            if self.servers[at].behaviour == Behaviour::GarbageFirst {
                (0..7).for_each(|kind| add(&|plan| plan.servers[at].garbage &= !(1 << kind)));
            }
        }
        for at in 0..self.questions.len() {
            // One after the other, in the order in which they are asked now.
            let earlier = self
                .questions
                .iter()
                .filter(|other| other.at < self.questions[at].at)
                .count();
            let soon = Instant::ZERO.after(Duration::from_millis(10) * u32::try_from(earlier).unwrap_or(0));
            add(&|plan| plan.questions[at].at = soon);
            add(&|plan| plan.questions[at].cancelled_after = None);
            add(&|plan| plan.questions[at].must_be_answered = false);
            add(&|plan| plan.questions[at].question.rtype = Rtype::A);
            add(&|plan| plan.questions[at].options.edns = None);
            add(&|plan| plan.questions[at].options.attempts = 1);
        }
        simpler
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_reads_back_as_it_was_written() {
        for seed in 0..200 {
            let plan = Plan::from_seed(seed);
            let text = plan.to_string();
            let read: Plan = text.parse().expect("it was written");
            assert_eq!(read.to_string(), text);
            assert_eq!(format!("{read:?}"), format!("{plan:?}"), "nothing is left out");
        }
    }

    #[test]
    fn what_is_simpler_is_not_as_it_was_and_what_is_kept_is_less() {
        let mut parts = 0;
        for seed in 0..50 {
            let plan = Plan::from_seed(seed);
            assert!(
                plan.simpler()
                    .iter()
                    .all(|simpler| simpler.to_string() != plan.to_string())
            );
            for (kind, count) in plan.parts().into_iter().enumerate() {
                let first: Vec<_> = (0..count.min(1)).collect();
                assert_eq!(plan.keep(kind, &first).parts()[kind], first.len());
                parts += count;
            }
        }
        assert!(parts > 100);
    }
}
