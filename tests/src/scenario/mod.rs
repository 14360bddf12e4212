//! A client and its servers in a hostile internet, drawn from a seed.
//!
//! [`Plan::from_seed`] draws who is there, what is asked and what goes wrong; [`run`] lets it happen and checks the invariants
//! after every event. The invariants watch from outside: they parse queries themselves and keep their own accounts, so that the
//! requester's code is not its own witness.

mod attackers;
mod invariants;
mod plan;
mod predictor;
mod script;
mod servers;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use nameward_core::machine::{Action, Ignored, Misuse, Output, Proto};
use nameward_core::seed::Seed;
use nameward_core::time::Instant;
use nameward_core::trace::{Recorder, Recording};
use nameward_core::transport::{Ask, Command, Event, ExchangeError, QuestionId, Requester};
use nameward_sim::{Host, HostConfig, Link, Tally, Violation, What, World};

pub use plan::{Behaviour, Plan, QuestionPlan, ServerPlan};

use invariants::Invariants;

/// What is asked of the machine under test, as an observer sees it.
type Client = Recorder<Requester>;

/// What came of a plan, when no rule was broken.
#[derive(Debug)]
pub struct Outcome {
    /// Over all that went into machines and came out.
    pub trace_hash: u128,
    /// How often each fault happened.
    pub faults: Tally,
    /// How often each thing happened that should happen sometimes.
    pub sightings: Sightings,
    /// What the client's last machine did.
    pub recording: Vec<u8>,
}

/// How often something happened, by its name. What never happens in many seeds is not tested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sightings(pub BTreeMap<String, u64>);

impl Sightings {
    fn note(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what.clone()).or_default() += count;
        }
    }
}

/// Runs a plan until nothing more happens.
///
/// # Errors
///
/// The invariant that was broken, with the seed.
pub fn run(plan: &Plan) -> Result<Outcome, Violation> {
    run_in(plan, &mut World::new(plan.seed))
}

/// Runs a plan in a world that draws what goes wrong, or that replays it.
fn run_in(plan: &Plan, world: &mut World) -> Result<Outcome, Violation> {
    world.set_default_link(plan.faults.link(Link::default()));
    let servers: Vec<_> = plan
        .servers
        .iter()
        .map(|server| servers::add(world, server))
        .collect();
    let config = plan.requester.clone();
    let clock = plan.faults.clock(nameward_sim::ClockConfig::default());
    let client = HostConfig {
        clock,
        ..HostConfig::new("client", plan::CLIENT)
    };
    let invariants = Rc::new(RefCell::new(Invariants::new(plan, &servers)));
    let sightings = Rc::new(RefCell::new(Sightings::default()));
    // The observers come first: the client may already say something when it starts.
    invariants::watch(world, &invariants);
    watch_sightings(world, &sightings);
    let client: Host<Client> = world.host(client, move |boot| {
        // Invariant: the plan draws valid limits only.
        Recorder::new(boot.seed, config.clone()).expect("the plan is valid")
    });
    invariants.borrow_mut().client = Some(client.id);
    attackers::add(world, plan);
    plan.faults
        .disturb(world, client.id, Instant::ZERO.after(plan::HORIZON));

    for question in &plan.questions {
        schedule(world, client, question, &invariants);
    }
    world.run_until(Instant::ZERO.after(plan::HORIZON))?;
    world.run()?;
    let violated = |reason: String| Violation {
        seed: plan.seed,
        at: world.now(),
        host: "client".into(),
        rule: "at rest".into(),
        reason,
    };
    if world.is_up(client) {
        let machine = world.machine(client).machine();
        let left = (
            machine.in_flight(),
            machine.open_flows(),
            world.open_flows(client),
        );
        if left != (0, 0, 0) {
            return Err(violated(format!(
                "INV-15: questions, flows and sockets are left: {left:?}"
            )));
        }
    }
    let owed = invariants.borrow().at_rest().map_err(violated)?;
    for _ in 0..owed {
        sightings
            .borrow_mut()
            .note("answered because nothing was in the way");
    }
    Ok(Outcome {
        trace_hash: world.trace_hash(),
        faults: world.tally().clone(),
        sightings: sightings.take(),
        recording: world.machine_mut(client).map(Recorder::take).unwrap_or_default(),
    })
}

/// Replays the recording of a run in the core, and says how many entries it has.
///
/// # Errors
///
/// What differed, in words.
pub fn replay(recording: &[u8]) -> Result<u64, String> {
    let recording = Recording::parse(recording).map_err(|error| error.to_string())?;
    let mut replay = recording
        .replay::<Requester>()
        .map_err(|error| error.to_string())?;
    replay.run().map_err(|error| error.to_string())
}

fn schedule(
    world: &mut World,
    client: Host<Client>,
    question: &QuestionPlan,
    invariants: &Rc<RefCell<Invariants>>,
) {
    let asked = Rc::clone(invariants);
    let QuestionPlan {
        id,
        at,
        cancelled_after,
        ..
    } = *question;
    let ask = Ask {
        id,
        server: question.server,
        question: question.question.clone(),
        options: question.options.clone(),
    };
    world.at(at, move |world| {
        let now = world.clock(client).mono;
        // A host that is down takes no commands: then nothing was asked.
        if world.is_up(client) {
            asked.borrow_mut().asked(id, now, world.now());
            let answer = world.command(client, Command::Ask(ask));
            assert_eq!(answer, Ok(()), "the plan asks no nonsense");
        }
    });
    if let Some(after) = cancelled_after {
        let cancelled = Rc::clone(invariants);
        world.at(at.after(after), move |world| {
            if world.is_up(client) && cancelled.borrow().is_in_flight(id) {
                // A question may have ended though nobody was told yet.
                match world.command(client, Command::Cancel(id)) {
                    Ok(()) => cancelled.borrow_mut().cancelled(id),
                    Err(misuse) => assert_eq!(misuse, Misuse::NotInUse(id.0)),
                }
            }
        });
    }
}

fn watch_sightings(world: &mut World, sightings: &Rc<RefCell<Sightings>>) {
    let sightings = Rc::clone(sightings);
    let mut in_flight = BTreeSet::new();
    let mut sent = BTreeSet::new();
    world.observe("sightings", move |happening| {
        let mut sightings = sightings.borrow_mut();
        match happening.what {
            What::Command { command, .. } => match command.downcast_ref() {
                Some(Command::Ask(ask)) => {
                    in_flight.insert(ask.id);
                }
                Some(Command::Cancel(id)) => {
                    in_flight.remove(id);
                    sightings.note("cancelled");
                }
                None => {}
            },
            What::Output { output, .. } => match output {
                Output::Ignored {
                    why: Ignored::Malformed { .. },
                    ..
                } => sightings.note("ignored Malformed"),
                Output::Ignored { why, .. } => sightings.note(format!("ignored {why:?}")),
                Output::Event(event) => {
                    if let Some(event) = event.downcast_ref::<Event>() {
                        in_flight.remove(&event.id());
                        sightings.note(how_it_ended(event));
                    }
                }
                Output::Do(Action::Open {
                    proto: Proto::Stream, ..
                }) => sightings.note("asked over a stream"),
                Output::Do(Action::Send { data, .. }) if !sent.insert(data.slice(2..)) => {
                    sightings.note("sent again");
                }
                Output::Do(_) | Output::Idle(_) => {}
            },
            What::Crashed if !in_flight.is_empty() => {
                in_flight.clear();
                sightings.note("power lost with questions in flight");
            }
            _ => {}
        }
        Ok(())
    });
}

fn how_it_ended(event: &Event) -> String {
    match event {
        Event::Answered { reply, .. } => match reply.proto {
            Proto::Datagram => "answered by datagram".into(),
            Proto::Stream => "answered over a stream".into(),
        },
        Event::Failed { error, .. } => format!("failed {}", kind(*error)),
    }
}

fn kind(error: ExchangeError) -> &'static str {
    match error {
        ExchangeError::TimedOut => "TimedOut",
        ExchangeError::Rejected(_) => "Rejected",
        ExchangeError::Closed(_) => "Closed",
        ExchangeError::Truncated => "Truncated",
        ExchangeError::Exhausted(_) => "Exhausted",
        _ => "otherwise",
    }
}

/// The generator of one part of a plan: another part's draws shift nothing here.
fn rng(seed: u64, part: u64) -> nameward_core::seed::Rng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&part.to_le_bytes());
    nameward_core::seed::Rng::new(&Seed::from_bytes(bytes))
}

/// A duration from zero up to `most`.
fn up_to(rng: &mut nameward_core::seed::Rng, most: Duration) -> Duration {
    let milliseconds = u32::try_from(most.as_millis()).unwrap_or(u32::MAX);
    Duration::from_millis(rng.below(milliseconds).into())
}

/// The number of a question, as its name tells it: `q7.s1.example.` is 7.
fn number_of(name: &[u8]) -> Option<QuestionId> {
    let (&length, rest) = name.split_first()?;
    let label = rest.get(..usize::from(length))?;
    let digits = label.strip_prefix(b"q").or_else(|| label.strip_prefix(b"Q"))?;
    core::str::from_utf8(digits).ok()?.parse().ok().map(QuestionId)
}
