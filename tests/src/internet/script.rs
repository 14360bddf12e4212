//! A plan as text, and how it is made smaller.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use nameward_core::client::Preference;
use nameward_core::limits::Limits;
use nameward_core::time::Instant;
use nameward_sim::canned::{CookieSupport, EdnsSupport};
use nameward_sim::{Case, Decisions, Fault, FaultPlan, Intensity, Knowledge, Ran, kept};

use super::plan::{AttackerPlan, Behaviour, LookupPlan, Plan, ServerPlan, StubPlan};
use super::run_in;
use crate::words::{Line, LineError, Millis};

const PREFERENCES: [Preference; 3] = [Preference::Fastest, Preference::InOrder, Preference::Rotate];
const COOKIES: [CookieSupport; 3] = [CookieSupport::None, CookieSupport::Given, CookieSupport::Required];
const EDNS: [EdnsSupport; 7] = [
    EdnsSupport::Full,
    EdnsSupport::Ignored,
    EdnsSupport::FormErr,
    EdnsSupport::NotImp,
    EdnsSupport::FormErrWithOpt,
    EdnsSupport::BadVers,
    EdnsSupport::Silent,
];

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed is={}", self.seed)?;
        writeln!(f, "{}", self.stub)?;
        for (fault, how) in self.faults.faults() {
            writeln!(f, "fault row={fault:?} how={how:?}")?;
        }
        self.servers
            .iter()
            .try_for_each(|server| writeln!(f, "{server}"))?;
        for attacker in &self.attackers {
            match attacker {
                AttackerPlan::Told(Knowledge { port, id, question }) => {
                    writeln!(f, "attacker port={port} id={id} question={question}")?;
                }
                AttackerPlan::Folding => writeln!(f, "folding")?,
                AttackerPlan::Blind { guesses, finds_ports } => {
                    writeln!(f, "blind guesses={guesses} finds={finds_ports}")?;
                }
            }
        }
        self.lookups.iter().try_for_each(|lookup| writeln!(f, "{lookup}"))
    }
}

impl fmt::Display for StubPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            packets,
            octets,
            attempts,
            most_in_flight,
            preference,
            ..
        } = self;
        let (time, timeout) = (Millis(self.time), Millis(self.timeout));
        write!(
            f,
            "stub packets={packets} octets={octets} time={time} timeout={timeout} attempts={attempts}"
        )?;
        write!(f, " in-flight={most_in_flight} preference={preference:?}")?;
        flags(
            f,
            &[
                ("stream-only", self.stream_only),
                ("edns", self.edns),
                ("do", self.dnssec_ok),
                ("cookies", self.cookies),
                ("case", self.case_randomization),
                ("single", self.single_request),
                ("cache", self.cache),
            ],
        )
    }
}

impl fmt::Display for ServerPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            number,
            behaviour,
            edns,
            cookies,
            ..
        } = self;
        let thinks = Millis(self.thinks);
        write!(
            f,
            "server number={number} behaviour={behaviour:?} edns={edns:?} cookies={cookies:?} thinks={thinks}"
        )?;
        if let Some(idle) = self.keeps_streams {
            write!(f, " keeps={}", Millis(idle))?;
        }
        flags(
            f,
            &[
                ("ipv6", self.ipv6),
                ("corp", self.of_corp),
                ("trusted", self.trusted),
                ("says-authentic", self.says_authentic),
                ("folds", self.folds_case),
                ("only-streams", self.only_streams),
                ("only-datagrams", self.only_datagrams),
            ],
        )
    }
}

impl fmt::Display for LookupPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, .. } = self;
        write!(
            f,
            "lookup id={id} at={} name={name}",
            Millis(self.at.since(Instant::ZERO))
        )?;
        if let Some(rtype) = self.rtype {
            write!(f, " type={rtype}")?;
        }
        if let Some(after) = self.cancelled_after {
            write!(f, " cancelled={}", Millis(after))?;
        }
        flags(f, &[("fresh", self.fresh)])
    }
}

fn flags(f: &mut fmt::Formatter<'_>, flags: &[(&str, bool)]) -> fmt::Result {
    flags
        .iter()
        .filter(|(_, set)| *set)
        .try_for_each(|(name, _)| write!(f, " {name}"))
}

impl FromStr for Plan {
    type Err = LineError;

    fn from_str(text: &str) -> Result<Self, LineError> {
        let mut lines = text.lines().map(Line::read).peekable();
        let mut first = |word: &str| {
            let line = lines.next().unwrap_or_else(|| Line::read(""));
            if line.word == word {
                Ok(line)
            } else {
                Err(line.error(word))
            }
        };
        let seed = first("seed")?.get("is")?;
        let stub = stub(&first("stub")?)?;
        let mut plan = Self {
            seed,
            faults: FaultPlan::NONE,
            stub,
            servers: Vec::new(),
            lookups: Vec::new(),
            attackers: Vec::new(),
        };
        let mut faults = Vec::new();
        for line in lines {
            match line.word {
                "fault" => faults.push((
                    line.one_of("row", Fault::ALL)?,
                    line.one_of("how", [Intensity::Light, Intensity::Heavy])?,
                )),
                "server" => plan.servers.push(server(&line)?),
                "attacker" => plan.attackers.push(AttackerPlan::Told(Knowledge {
                    port: line.get("port")?,
                    id: line.get("id")?,
                    question: line.get("question")?,
                })),
                "folding" => plan.attackers.push(AttackerPlan::Folding),
                "blind" => plan.attackers.push(AttackerPlan::Blind {
                    guesses: line.get("guesses")?,
                    finds_ports: line.get("finds")?,
                }),
                "lookup" => plan.lookups.push(lookup(&line)?),
                _ => return Err(line.error(line.word)),
            }
        }
        plan.faults = FaultPlan::of(faults);
        Ok(plan)
    }
}

fn stub(line: &Line<'_>) -> Result<StubPlan, LineError> {
    Ok(StubPlan {
        packets: line.get("packets")?,
        octets: line.get("octets")?,
        time: line.get::<Millis>("time")?.0,
        timeout: line.get::<Millis>("timeout")?.0,
        attempts: line.get("attempts")?,
        most_in_flight: line.get("in-flight")?,
        preference: line.one_of("preference", PREFERENCES)?,
        stream_only: line.has("stream-only"),
        edns: line.has("edns"),
        dnssec_ok: line.has("do"),
        cookies: line.has("cookies"),
        case_randomization: line.has("case"),
        single_request: line.has("single"),
        cache: line.has("cache"),
    })
}

fn server(line: &Line<'_>) -> Result<ServerPlan, LineError> {
    Ok(ServerPlan {
        number: line.get("number")?,
        ipv6: line.has("ipv6"),
        of_corp: line.has("corp"),
        trusted: line.has("trusted"),
        says_authentic: line.has("says-authentic"),
        thinks: line.get::<Millis>("thinks")?.0,
        behaviour: line.one_of("behaviour", Behaviour::ALL)?,
        edns: line.one_of("edns", EDNS)?,
        cookies: line.one_of("cookies", COOKIES)?,
        folds_case: line.has("folds"),
        only_streams: line.has("only-streams"),
        only_datagrams: line.has("only-datagrams"),
        keeps_streams: line.maybe::<Millis>("keeps")?.map(|idle| idle.0),
    })
}

fn lookup(line: &Line<'_>) -> Result<LookupPlan, LineError> {
    Ok(LookupPlan {
        id: line.get("id")?,
        at: Instant::ZERO.after(line.get::<Millis>("at")?.0),
        name: line.get("name")?,
        rtype: line.maybe("type")?,
        fresh: line.has("fresh"),
        cancelled_after: line.maybe::<Millis>("cancelled")?.map(|after| after.0),
    })
}

/// The parts that can be left out.
const ATTACKERS: usize = 0;
const ROWS: usize = 1;
const SERVERS: usize = 2;

impl Case for Plan {
    fn run(&self, decisions: Option<Decisions>) -> Ran {
        Ran::of(self.seed, decisions, |world| run_in(self, world))
    }

    fn parts(&self) -> Vec<usize> {
        vec![
            self.attackers.len(),
            self.faults.faults().len(),
            self.servers.len(),
            self.lookups.len(),
        ]
    }

    fn keep(&self, kind: usize, positions: &[usize]) -> Self {
        let mut plan = self.clone();
        match kind {
            ATTACKERS => plan.attackers = kept(&self.attackers, positions),
            ROWS => plan.faults = self.faults.keep(positions),
            SERVERS => plan.servers = kept(&self.servers, positions),
            _ => plan.lookups = kept(&self.lookups, positions),
        }
        plan
    }

    fn simpler(&self) -> Vec<Self> {
        let mut simpler = Vec::new();
        let mut add = |change: &dyn Fn(&mut Self)| {
            let mut plan = self.clone();
            change(&mut plan);
            if plan != *self {
                simpler.push(plan);
            }
        };
        add(&|plan| {
            let Limits {
                packets,
                octets,
                time,
                ..
            } = Limits::default();
            (plan.stub.packets, plan.stub.octets, plan.stub.time) = (packets, octets, time);
        });
        add(&|plan| plan.stub.preference = Preference::InOrder);
        add(&|plan| plan.stub.attempts = 1);
        add(&|plan| plan.stub.edns = false);
        add(&|plan| plan.stub.dnssec_ok = false);
        add(&|plan| plan.stub.cookies = false);
        add(&|plan| plan.stub.case_randomization = false);
        add(&|plan| plan.stub.single_request = false);
        add(&|plan| plan.stub.cache = false);
        for at in 0..self.servers.len() {
            add(&|plan| plan.servers[at].behaviour = Behaviour::Honest);
            add(&|plan| plan.servers[at].edns = EdnsSupport::Full);
            add(&|plan| plan.servers[at].cookies = CookieSupport::None);
            add(&|plan| plan.servers[at].thinks = Duration::from_millis(1));
            add(&|plan| plan.servers[at].ipv6 = false);
            add(&|plan| plan.servers[at].folds_case = false);
            add(&|plan| plan.servers[at].only_streams = false);
            add(&|plan| plan.servers[at].only_datagrams = false);
            add(&|plan| plan.servers[at].says_authentic = false);
            add(&|plan| plan.servers[at].trusted = false);
            add(&|plan| plan.servers[at].keeps_streams = None);
        }
        for at in 0..self.lookups.len() {
            // One after the other, in the order in which they begin now.
            let earlier = self
                .lookups
                .iter()
                .filter(|other| other.at < self.lookups[at].at)
                .count();
            let soon = Instant::ZERO.after(Duration::from_millis(10) * u32::try_from(earlier).unwrap_or(0));
            add(&|plan| plan.lookups[at].at = soon);
            add(&|plan| plan.lookups[at].cancelled_after = None);
            add(&|plan| plan.lookups[at].fresh = false);
            if self.lookups[at].rtype.is_none() {
                add(&|plan| plan.lookups[at].rtype = Some(1));
            }
        }
        simpler
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_reads_back_as_it_was_written() {
        for seed in 0..300 {
            let plan = Plan::from_seed(seed);
            assert_eq!(plan.to_string().parse(), Ok(plan));
        }
    }

    #[test]
    fn every_plan_is_one_that_a_stub_takes() {
        for seed in 0..300 {
            assert_eq!(Plan::from_seed(seed).config().validate(), Ok(()));
        }
    }
}
