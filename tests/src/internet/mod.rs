//! A stub and its servers in a hostile internet, drawn from a seed.
//!
//! [`Plan::from_seed`] draws who is there, what is looked up and what goes wrong; [`run`] lets it happen. First everything goes wrong
//! at once, and what must never happen is checked after every event. Then all heals that heals, and whatever can be looked up must
//! be: servers that are reached over streams only, that know no EDNS or require cookies, stay as they are.
//!
//! What is true is written in `truth`, and found by looking at a name: without messages, zones or a cache.

mod attackers;
mod checks;
mod plan;
mod script;
mod seen;
mod servers;
mod sightings;
mod strain;
mod truth;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use nameward_core::client::{Command, Families, Lookup, LookupId, LookupOptions, Query, Stub};
use nameward_core::machine::Misuse;
use nameward_core::seed::Seed;
use nameward_core::time::Instant;
use nameward_core::trace::{Recorder, Recording};
use nameward_core::wire::{Question, Rtype};
use nameward_sim::{Host, HostConfig, HostId, Link, Tally, Violation, World};

pub use plan::Plan;
pub use sightings::Sightings;

use checks::answers::AGAIN;
use plan::{HEALED, HORIZON, LookupPlan};
use seen::{Eyes, Seen};
use strain::Strain;

type Client = Recorder<Stub>;

/// What came of a plan, when no rule was broken.
#[derive(Debug)]
pub struct Outcome {
    /// Over all that went into machines and came out.
    pub trace_hash: u128,
    /// How many things happened.
    pub steps: u64,
    /// How often each fault happened.
    pub faults: Tally,
    /// How often each thing happened that should happen sometimes.
    pub sightings: Sightings,
    /// What the client's last machine did.
    pub recording: Vec<u8>,
}

/// Runs a plan until nothing more happens.
///
/// # Errors
///
/// The invariant that was broken, with the seed.
pub fn run(plan: &Plan) -> Result<Outcome, Violation> {
    run_in(plan, &mut World::new(plan.seed))
}

/// Replays the recording of a run in the core, and says how many entries it has.
///
/// # Errors
///
/// What differed, in words.
pub fn replay(recording: &[u8]) -> Result<u64, String> {
    let recording = Recording::parse(recording).map_err(|error| error.to_string())?;
    let mut replay = recording.replay::<Stub>().map_err(|error| error.to_string())?;
    replay.run().map_err(|error| error.to_string())
}

/// All that looks on.
struct Watch {
    client: Option<HostId>,
    eyes: Eyes,
    checks: Vec<Box<dyn checks::Check>>,
    sightings: Sightings,
    strain: Strain,
    in_progress: BTreeSet<u64>,
    answered: BTreeSet<u64>,
}

impl Watch {
    fn look(&mut self, seen: &Seen) -> Result<(), String> {
        self.sightings.look(seen);
        if let Some(what) = self.strain.look(seen) {
            self.sightings.note(what);
        }
        match seen {
            Seen::Begun { id, .. } => {
                self.in_progress.insert(*id);
            }
            Seen::Answered { id, .. } => {
                self.in_progress.remove(id);
                self.answered.insert(*id);
            }
            Seen::Cancelled { id } | Seen::Failed { id, .. } => {
                self.in_progress.remove(id);
            }
            Seen::Crashed => self.in_progress.clear(),
            _ => {}
        }
        self.checks.iter_mut().try_for_each(|check| check.look(seen))
    }
}

fn run_in(plan: &Plan, world: &mut World) -> Result<Outcome, Violation> {
    let servers = servers::add(world, plan);
    let clock = plan.faults.clock(nameward_sim::ClockConfig::default());
    let host = HostConfig {
        clock,
        addresses: plan::CLIENT.to_vec(),
        ..HostConfig::new("client", plan::CLIENT[0])
    };
    let watch = Rc::new(RefCell::new(Watch {
        client: None,
        eyes: Eyes::default(),
        checks: checks::all(plan),
        sightings: Sightings::default(),
        strain: Strain::new(plan),
        in_progress: BTreeSet::new(),
        answered: BTreeSet::new(),
    }));
    let looker = Rc::clone(&watch);
    world.observe("invariants", move |happening| {
        let mut watch = looker.borrow_mut();
        if watch.client.is_some_and(|client| client != happening.host) {
            return Ok(());
        }
        let seen = watch.eyes.see(happening)?;
        seen.iter().try_for_each(|seen| watch.look(seen))
    });
    let config = plan.config();
    let client: Host<Client> = world.host(host, move |boot| {
        // Invariant: the plan draws valid values only.
        Recorder::new(boot.seed, config.clone()).expect("the plan is valid")
    });
    watch.borrow_mut().client = Some(client.id);
    connect(world, plan, client.id, &servers, |link| plan.faults.link(link));
    let healed = Rc::new(Cell::new(false));
    attackers::add(world, plan, &healed);
    plan.faults
        .disturb(world, client.id, Instant::ZERO.after(HORIZON));
    for lookup in &plan.lookups {
        schedule(world, client, lookup, &watch);
    }
    world.run_until(Instant::ZERO.after(HORIZON))?;

    healed.set(true);
    world.make_punctual(client);
    connect(world, plan, client.id, &servers, |link| link);
    servers::heal(world, plan, &servers);
    world.run_until(Instant::ZERO.after(HEALED))?;
    live_again(world, plan, client, &watch)?;
    world.run()?;

    let violated = |world: &World, reason: String| Violation {
        seed: plan.seed,
        at: world.now(),
        host: "client".into(),
        rule: "at rest".into(),
        reason,
    };
    let machine = world.machine(client).machine();
    let left = [
        machine.in_progress(),
        machine.open_flows(),
        world.open_flows(client),
    ];
    let at_rest = watch.borrow_mut().look(&Seen::AtRest { left });
    at_rest.map_err(|reason| violated(world, reason))?;
    let sightings = std::mem::take(&mut watch.borrow_mut().sightings);
    Ok(Outcome {
        trace_hash: world.trace_hash(),
        steps: world.steps(),
        faults: world.tally().clone(),
        sightings,
        recording: world.machine_mut(client).map(Recorder::take).unwrap_or_default(),
    })
}

/// Liveness: what can be looked up is, at the first or the second time.
fn live_again(
    world: &mut World,
    plan: &Plan,
    client: Host<Client>,
    watch: &Rc<RefCell<Watch>>,
) -> Result<(), Violation> {
    let resolvable: Vec<_> = plan
        .lookups
        .iter()
        .filter(|lookup| plan.is_resolvable(lookup))
        .collect();
    let deadline = plan.stub.time + Duration::from_secs(1);
    for round in 1..=2 {
        for lookup in &resolvable {
            let was_answered = watch.borrow().answered.contains(&(lookup.id + AGAIN));
            if round == 1 || !was_answered {
                let again = lookup_of(lookup, lookup.id + round * AGAIN, true);
                world.command(client, again).expect("the plan asks no nonsense");
                // Where they would wait for each other, their time might be over before it is their turn.
                if plan.stub.most_in_flight < 256 {
                    world.run_for(deadline)?;
                }
            }
        }
        world.run_for(deadline)?;
    }
    for lookup in resolvable {
        let mut watch = watch.borrow_mut();
        let first = watch.answered.contains(&(lookup.id + AGAIN));
        if !first && !watch.answered.contains(&(lookup.id + 2 * AGAIN)) {
            let name = &lookup.name;
            return Err(Violation {
                seed: plan.seed,
                at: world.now(),
                host: "client".into(),
                rule: "liveness".into(),
                reason: format!("INV-11: {name} is not resolved, though all has healed that heals"),
            });
        }
        watch.sightings.note(if first {
            "resolved when all had healed"
        } else {
            "resolved at the second time"
        });
    }
    Ok(())
}

/// Sets the ways between the client and its servers: what is blocked is blocked for ever, all else is `faulty`.
fn connect(
    world: &mut World,
    plan: &Plan,
    client: HostId,
    servers: &[HostId],
    faulty: impl Fn(Link) -> Link,
) {
    for (server, &host) in plan.servers.iter().zip(servers) {
        let blocked = server.blocked();
        let link = faulty(Link {
            blocked,
            ..Link::default()
        });
        world.link(client, host, link.clone());
        world.link(host, client, link);
    }
}

fn schedule(world: &mut World, client: Host<Client>, lookup: &LookupPlan, watch: &Rc<RefCell<Watch>>) {
    let command = lookup_of(lookup, lookup.id, lookup.fresh);
    let id = lookup.id;
    world.at(lookup.at, move |world| {
        // A host that is down takes no commands: then nothing was looked up.
        if world.is_up(client) {
            let answer = world.command(client, command);
            assert_eq!(answer, Ok(()), "the plan asks no nonsense");
        }
    });
    if let Some(after) = lookup.cancelled_after {
        let watch = Rc::clone(watch);
        world.at(lookup.at.after(after), move |world| {
            let in_progress = watch.borrow().in_progress.contains(&id);
            if world.is_up(client) && in_progress {
                let answer = world.command(client, Command::Cancel(LookupId(id)));
                // A look-up may have ended though nobody was told yet.
                assert!(matches!(answer, Ok(()) | Err(Misuse::NotInUse(_))), "{answer:?}");
            }
        });
    }
}

fn lookup_of(plan: &LookupPlan, id: u64, fresh: bool) -> Command {
    let search = !plan.name.ends_with('.');
    let name = plan.name.parse().expect("a valid name");
    let query = match plan.rtype {
        Some(rtype) => Query::Records {
            question: Question::new(name, Rtype(rtype)),
            search,
        },
        None => Query::Addresses {
            name,
            families: Families::Both,
            search,
        },
    };
    Command::Lookup(Lookup {
        id: LookupId(id),
        query,
        options: LookupOptions {
            fresh,
            ..LookupOptions::default()
        },
    })
}

/// The generator of one part of a plan: another part's draws shift nothing here.
fn rng(seed: u64, part: u64) -> nameward_core::seed::Rng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&part.to_le_bytes());
    bytes[16] = 1;
    nameward_core::seed::Rng::new(&Seed::from_bytes(bytes))
}

/// A duration from zero up to `most`.
fn up_to(rng: &mut nameward_core::seed::Rng, most: Duration) -> Duration {
    let milliseconds = u32::try_from(most.as_millis()).unwrap_or(u32::MAX);
    Duration::from_millis(rng.below(milliseconds).into())
}
