//! A plan as text, and how it is made smaller.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use nameward_core::machine::Proto;
use nameward_core::server::session::{PendingLimits, StreamLimits};
use nameward_core::time::Instant;
use nameward_sim::{Case, Decisions, Fault, FaultPlan, Intensity, Ran, kept};

use super::hostile::Manner;
use super::plan::{Change, Clientele, Data, Habit, LayersPlan, OtherPlan, Plan, QuestionPlan, Visit};
use super::run_in;
use super::visitor::Message;
use crate::words::{Line, LineError, Millis};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed is={}", self.seed)?;
        write_streams(f, &self.limits)?;
        writeln!(f, "{}", self.layers)?;
        for (fault, how) in self.faults.faults() {
            writeln!(f, "fault row={fault:?} how={how:?}")?;
        }
        for OtherPlan {
            number,
            habit,
            thinks,
        } in &self.layers.others
        {
            writeln!(
                f,
                "other number={number} habit={habit:?} thinks={}",
                Millis(*thinks)
            )?;
        }
        for Change { at, data, version } in &self.changes {
            writeln!(f, "change at={} data={data:?} version={version}", Since(*at))?;
        }
        for manner in &self.hostile {
            writeln!(f, "hostile manner={manner:?}")?;
        }
        for Visit { at, message } in &self.visits {
            writeln!(f, "visit at={} message={message:?}", Since(*at))?;
        }
        self.questions
            .iter()
            .try_for_each(|question| writeln!(f, "{question}"))
    }
}

fn write_streams(f: &mut fmt::Formatter<'_>, limits: &StreamLimits) -> fmt::Result {
    let StreamLimits {
        streams,
        streams_per_client,
        in_flight,
        output,
        idle,
        pressed_idle,
        patience,
    } = *limits;
    let [idle, pressed, patience] = [idle, pressed_idle, patience].map(Millis);
    write!(
        f,
        "streams all={streams} client={streams_per_client} in-flight={in_flight} output={output}"
    )?;
    writeln!(f, " idle={idle} pressed={pressed} patience={patience}")
}

/// The first line; the other servers have lines of their own.
impl fmt::Display for LayersPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PendingLimits {
            requests,
            requests_per_client,
            application,
        } = self.pending;
        let application = Millis(application);
        write!(
            f,
            "layers recursion={:?} pending={requests} client={requests_per_client} patience={application}",
            self.recursion
        )?;
        write_flags(
            f,
            &[
                ("hosts", self.hosts),
                ("application", self.application),
                ("tells", self.tells_strangers),
            ],
        )
    }
}

impl fmt::Display for QuestionPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            client,
            name,
            rtype,
            proto,
            ..
        } = self;
        write!(
            f,
            "ask id={id} at={} client={client} name={name} type={rtype} proto={proto:?}",
            Since(self.at)
        )?;
        if let Some((payload, dnssec_ok)) = self.edns {
            write!(f, " payload={payload}")?;
            write_flags(f, &[("do", dnssec_ok)])?;
        }
        write_flags(f, &[("rd", self.recursion_desired), ("keyed", self.keyed)])
    }
}

fn write_flags(f: &mut fmt::Formatter<'_>, flags: &[(&str, bool)]) -> fmt::Result {
    flags
        .iter()
        .filter(|(_, set)| *set)
        .try_for_each(|(name, _)| write!(f, " {name}"))
}

/// A moment, in milliseconds since the start.
struct Since(Instant);

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Millis(self.0.since(Instant::ZERO)).fmt(f)
    }
}

impl FromStr for Plan {
    type Err = LineError;

    fn from_str(text: &str) -> Result<Self, LineError> {
        let mut lines = text.lines().map(Line::read);
        let mut first = |word: &str| {
            let line = lines.next().unwrap_or_else(|| Line::read(""));
            if line.word == word {
                Ok(line)
            } else {
                Err(line.error(word))
            }
        };
        let mut plan = Self {
            seed: first("seed")?.get("is")?,
            limits: streams(&first("streams")?)?,
            layers: layers(&first("layers")?)?,
            faults: FaultPlan::NONE,
            changes: Vec::new(),
            questions: Vec::new(),
            visits: Vec::new(),
            hostile: Vec::new(),
        };
        let mut faults = Vec::new();
        for line in lines {
            match line.word {
                "fault" => faults.push((
                    line.one_of("row", Fault::ALL)?,
                    line.one_of("how", [Intensity::Light, Intensity::Heavy])?,
                )),
                "other" => plan.layers.others.push(OtherPlan {
                    number: line.get("number")?,
                    habit: line.one_of("habit", Habit::ALL)?,
                    thinks: line.get::<Millis>("thinks")?.0,
                }),
                "change" => plan.changes.push(Change {
                    at: moment(&line)?,
                    data: line.one_of("data", [Data::Zones, Data::Hosts])?,
                    version: line.get("version")?,
                }),
                "hostile" => plan.hostile.push(line.one_of("manner", Manner::ALL)?),
                "visit" => plan.visits.push(Visit {
                    at: moment(&line)?,
                    message: line.one_of("message", Message::ALL)?,
                }),
                "ask" => plan.questions.push(question(&line)?),
                _ => return Err(line.error(line.word)),
            }
        }
        plan.faults = FaultPlan::of(faults);
        Ok(plan)
    }
}

fn moment(line: &Line<'_>) -> Result<Instant, LineError> {
    Ok(Instant::ZERO.after(line.get::<Millis>("at")?.0))
}

fn streams(line: &Line<'_>) -> Result<StreamLimits, LineError> {
    Ok(StreamLimits {
        streams: line.get("all")?,
        streams_per_client: line.get("client")?,
        in_flight: line.get("in-flight")?,
        output: line.get("output")?,
        idle: line.get::<Millis>("idle")?.0,
        pressed_idle: line.get::<Millis>("pressed")?.0,
        patience: line.get::<Millis>("patience")?.0,
    })
}

fn layers(line: &Line<'_>) -> Result<LayersPlan, LineError> {
    Ok(LayersPlan {
        hosts: line.has("hosts"),
        application: line.has("application"),
        others: Vec::new(),
        recursion: line.one_of("recursion", Clientele::ALL)?,
        pending: PendingLimits {
            requests: line.get("pending")?,
            requests_per_client: line.get("client")?,
            application: line.get::<Millis>("patience")?.0,
        },
        tells_strangers: line.has("tells"),
    })
}

fn question(line: &Line<'_>) -> Result<QuestionPlan, LineError> {
    let payload = line.maybe("payload")?;
    Ok(QuestionPlan {
        id: line.get("id")?,
        at: moment(line)?,
        client: line.get("client")?,
        name: line.get("name")?,
        rtype: line.get("type")?,
        proto: line.one_of("proto", [Proto::Datagram, Proto::Stream])?,
        edns: payload.map(|payload| (payload, line.has("do"))),
        recursion_desired: line.has("rd"),
        keyed: line.has("keyed"),
    })
}

/// The parts that can be left out.
const HOSTILE: usize = 0;
const ROWS: usize = 1;
const CHANGES: usize = 2;
const VISITS: usize = 3;
const OTHERS: usize = 4;

impl Case for Plan {
    fn run(&self, decisions: Option<Decisions>) -> Ran {
        Ran::of(self.seed, decisions, |world| run_in(self, world))
    }

    fn parts(&self) -> Vec<usize> {
        vec![
            self.hostile.len(),
            self.faults.faults().len(),
            self.changes.len(),
            self.visits.len(),
            self.layers.others.len(),
            self.questions.len(),
        ]
    }

    fn keep(&self, kind: usize, positions: &[usize]) -> Self {
        let mut plan = self.clone();
        match kind {
            HOSTILE => plan.hostile = kept(&self.hostile, positions),
            ROWS => plan.faults = self.faults.keep(positions),
            CHANGES => plan.changes = kept(&self.changes, positions),
            VISITS => plan.visits = kept(&self.visits, positions),
            OTHERS => plan.layers.others = kept(&self.layers.others, positions),
            _ => plan.questions = kept(&self.questions, positions),
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
        add(&|plan| plan.limits = StreamLimits::default());
        add(&|plan| {
            plan.layers.pending = PendingLimits {
                application: plan.layers.pending.application,
                ..PendingLimits::default()
            }
        });
        add(&|plan| plan.layers.hosts = false);
        add(&|plan| plan.layers.application = false);
        add(&|plan| plan.layers.recursion = Clientele::All);
        add(&|plan| plan.layers.tells_strangers = true);
        for at in 0..self.layers.others.len() {
            add(&|plan| plan.layers.others[at].habit = Habit::Honest);
            add(&|plan| plan.layers.others[at].thinks = Duration::from_millis(1));
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
            add(&|plan| plan.questions[at].client = 0);
            add(&|plan| plan.questions[at].proto = Proto::Datagram);
            add(&|plan| plan.questions[at].edns = None);
            add(&|plan| plan.questions[at].keyed = false);
        }
        simpler
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_reads_back_as_it_was_written_and_is_one_that_a_server_takes() {
        for seed in 0..300 {
            let plan = Plan::from_seed(seed);
            assert_eq!(plan.session().validate(), Ok(()));
            assert_eq!(plan.to_string().parse(), Ok(plan));
        }
    }

    #[test]
    fn what_is_simpler_is_not_as_it_was_and_what_is_kept_is_less() {
        let mut parts = 0;
        for seed in 0..50 {
            let plan = Plan::from_seed(seed);
            assert!(plan.simpler().iter().all(|simpler| *simpler != plan));
            for (kind, count) in plan.parts().into_iter().enumerate() {
                let first: Vec<_> = (0..count.min(1)).collect();
                assert_eq!(plan.keep(kind, &first).parts()[kind], first.len());
                parts += count;
            }
        }
        assert!(parts > 100);
    }
}
